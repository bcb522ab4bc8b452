"""Pure decisions about posts, staff statuses and duties."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from khue.lib.names import fold
from khue.lib.retirement import retirement_day
from khue.lib.sexes import Sex

POWER = ("principal", "vice_principal", "clerk")  # posts from which rights over others' data follow
TEACHING = ("principal", "vice_principal", "teacher", "youth_leader")
MOST_DUTIES = 2  # rules/12 section 3; care of a young child is a right and counts beside them
NOT_JOBS = ("young_child",)
TITLE_CODE = re.compile(r"^V\.\d{2}\.\d{2}\.\d{2}$", re.ASCII)
LEVEL_OF_TITLE = {"V.07.02": "MN", "V.07.03": "TH", "V.07.04": "THCS", "V.07.05": "THPT"}

# Periods a week that a duty takes off the norm (TT 05/2025); the form proposes them, a school may grant fewer.
USUAL_REDUCTION = {
    "group_head": 3, "group_deputy": 1, "equipment_room": 3, "party_secretary": 3, "union": 3, "young_child": 3,
    "boarding": 3, "other": 0,
}  # fmt: skip

# Wordings met in staff files (vị trí việc làm, nhóm chức vụ) and the post they mean, most telling first.
POST_WORDS: tuple[tuple[str, str], ...] = (
    ("pho hieu truong", "vice_principal"),
    ("pho giam doc", "vice_principal"),
    ("hieu pho", "vice_principal"),
    ("hieu truong", "principal"),
    ("giam doc", "principal"),
    ("tong phu trach", "youth_leader"),
    ("giao vu", "academic_clerk"),
    ("van thu", "clerk"),
    ("ke toan", "accountant"),
    ("thu vien", "librarian"),
    ("thiet bi", "equipment"),
    ("thi nghiem", "equipment"),
    ("y te", "health"),
    ("cong nghe thong tin", "ict"),
    ("cntt", "ict"),
    ("tu van", "counsellor"),
    ("thu quy", "treasurer"),
    ("nuoi duong", "nursery"),
    ("cap duong", "nursery"),
    ("nau an", "nursery"),
    ("bao ve", "guard"),
    ("phuc vu", "guard"),
    ("tap vu", "guard"),
    ("giao vien", "teacher"),
)

STATUS_WORDS: tuple[tuple[str, str], ...] = (
    ("dang lam viec", "working"),
    ("dang cong tac", "working"),
    ("dang day", "working"),
    ("chuyen den", "working"),
    ("nghi huu", "retired"),
    ("da huu", "retired"),
    ("chuyen", "moved"),
    ("thoi viec", "quit"),
    ("nghi viec", "quit"),
    ("cham dut", "quit"),
    ("qua doi", "deceased"),
    ("tu vong", "deceased"),
    ("da mat", "deceased"),
    ("nghi", "leave"),
    ("tam hoan", "leave"),
)


def _named(text: str, words: tuple[tuple[str, str], ...]) -> str | None:
    folded = fold(text)
    return next((meaning for wording, meaning in words if wording in folded), None)


def post_of(*texts: str) -> str | None:
    """The post some wordings mean, the strongest of them; None when the words are unknown."""
    found = {post for text in texts if text and (post := _named(text, POST_WORDS))}
    return next((post for _words, post in POST_WORDS if post in found), None)


def status_of(text: str) -> str | None:
    """The status a wording means; None when the words are unknown."""
    return _named(text, STATUS_WORDS)


def level_of_title(code: str) -> str:
    """The level a professional title belongs to (V.07.04.31 is lower secondary); empty when it tells none."""
    return LEVEL_OF_TITLE.get(code[:7], "")


def may_add_duty(held: Iterable[str], kind: str) -> bool:
    """Whether one more duty may lighten the teaching of somebody who holds these."""
    return kind in NOT_JOBS or sum(one not in NOT_JOBS for one in held) < MOST_DUTIES


def retires_on(birth: date | None, sex: int | None) -> date | None:
    """The first day of retirement by NĐ 135/2020; None when birth or sex is not known."""
    return retirement_day(birth, Sex(sex)) if birth is not None and sex in (1, 2) else None
