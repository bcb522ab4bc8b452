"""A whole workbook of marks judged: every page with its sheet, in five statements however many pages there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError
from khue.lib.names import fold
from khue.lib.spreadsheets.cells import Sheet as Table
from khue.lib.spreadsheets.kinds import FileKind, UploadProblem
from khue.lib.spreadsheets.read import read_workbook
from khue.school.gradebook.exchange import planning
from khue.school.gradebook.exchange.planning import PagePlan
from khue.school.gradebook.exchange.reading import pages_of
from khue.school.gradebook.queries import files as queries
from khue.school.gradebook.queries.files import FilePupil, OwnSheet


@dataclass(frozen=True)
class Wish:
    """What the teacher said of a file: the sheet it was given for, pages settled by hand, 85 meant as 8,5."""

    year: int
    sheet_id: int | None = None
    by_page: Mapping[int, int] | None = None
    accepts_tenths: bool = False


def judge(actor: Actor, data: bytes, kind: str, wish: Wish) -> list[PagePlan]:
    """The plan of every page that holds pupils; raises DomainError when the file cannot be read or has none."""
    try:
        tables = read_workbook(data, FileKind(kind))
    except UploadProblem as problem:
        raise DomainError(
            problem.message_vi, fields={"file": problem.message_vi}, code=problem.code
        ) from problem
    return judge_tables(actor, tables, wish)


def judge_tables(actor: Actor, tables: list[Table], wish: Wish) -> list[PagePlan]:
    """The same for tables already read."""
    pages = pages_of(tables)
    if not pages:
        message = _("Không thấy bảng điểm nào: cần dòng tiêu đề có cột “Họ và tên” hoặc “Mã học sinh”.")
        raise DomainError(message, fields={"file": message}, code="no_table")
    own = queries.own_sheets(actor, wish.year)
    names = queries.all_class_names(own[0].classroom_id, wish.year) if own else []
    today = timezone.localdate()
    by_hand = {
        page: sheet for page, sheet in (wish.by_page or {}).items() if sheet in {one.id for one in own}
    }
    found: dict[int, tuple[list[OwnSheet], str]] = {}
    for page in pages:
        wanted = wish.sheet_id if len(pages) == 1 else None
        found[page.place] = planning.candidates(page, own, names, wanted, today)
        if page.place in by_hand:
            found[page.place] = ([one for one in own if one.id == by_hand[page.place]], "")
    one_a_class = {one.classroom_id: one.id for one in own}
    needed = {one.id for likely, _why in found.values() for one in likely} | set(one_a_class.values())
    frames = queries.all_frames_of(needed)
    pupils = queries.all_pupils(frames.values())
    plans = []
    for page in pages:
        likely, why = found[page.place]
        chosen = planning.settled(page, likely, pupils)
        if chosen is None:
            plan = PagePlan(page, None, likely or own)
            plan.refusal = why or _("Chưa rõ trang này là sổ nào. Chọn lớp và môn.")
        else:
            others = {
                room: pupils[sheet] for room, sheet in one_a_class.items() if room != chosen.classroom_id
            }
            plan = planning.plan_page(
                page, frames[chosen.id], pupils[chosen.id], own,
                elsewhere=_elsewhere(others, {one.classroom_id: one.class_name for one in own}),
                accepts_tenths=wish.accepts_tenths,
            )  # fmt: skip
        plans.append(plan)
    _once(plans)
    return plans


def _elsewhere(others: Mapping[int, list[FilePupil]], names: Mapping[int, str]) -> dict[str, str]:
    """In which other class of the teacher a code or a folded name is."""
    found = {}
    for room, pupils in others.items():
        for pupil in queries.all_counted(pupils):
            for key in (pupil.code.upper(), pupil.ministry_code.upper(), fold(pupil.row.full_name)):
                if key:
                    found[key] = names[room]
    return found


def _once(plans: list[PagePlan]) -> None:
    """Two pages never write one sheet: the second is refused."""
    taken: dict[int, str] = {}
    for plan in plans:
        if plan.frame is None or plan.refusal:
            continue
        if plan.frame.id in taken:
            plan.refusal = _("Trang “%(page)s” đã là sổ này.") % {"page": taken[plan.frame.id]}
        else:
            taken[plan.frame.id] = plan.page.name
