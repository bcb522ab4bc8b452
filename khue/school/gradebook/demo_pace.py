"""How far each sheet of the small demo province has come by 20 November 2026, and the days that are set for it.

Last year is complete. This year's first term is under way: most of what is due is there, some classes are behind, some
courses nearly empty, some untouched; the second term has not begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from khue.kernel.demo import small
from khue.registry.calendar.demo import YEAR
from khue.school.gradebook.demo_planted import SHEETS
from khue.school.gradebook.layout import TRAITS
from khue.school.gradebook.models import SheetKind
from khue.school.gradebook.sheets import Page

TODAY: Final = date(2026, 11, 20)

# Year, term: column -> due, locked from. Columns that are not named follow others (plan).
_Days = dict[str, tuple[date, date]]
OF_DEPARTMENT: Final[dict[tuple[int, int], _Days]] = {
    (2025, 1): {
        "tx1": (date(2025, 10, 11), date(2025, 10, 25)), "tx2": (date(2025, 11, 1), date(2025, 11, 15)),
        "gk": (date(2025, 11, 15), date(2025, 11, 29)), "tx3": (date(2025, 12, 6), date(2025, 12, 20)),
        "tx4": (date(2025, 12, 27), date(2026, 1, 5)), "ck": (date(2026, 1, 3), date(2026, 1, 12)),
        "rl": (date(2026, 1, 9), date(2026, 1, 17)), "nx": (date(2026, 1, 9), date(2026, 1, 17)),
        "qs": (date(2026, 1, 9), date(2026, 1, 17)),
    },
    (2025, 2): {
        "tx1": (date(2026, 2, 28), date(2026, 3, 14)), "tx2": (date(2026, 3, 21), date(2026, 4, 4)),
        "gk": (date(2026, 3, 28), date(2026, 4, 11)), "tx3": (date(2026, 4, 18), date(2026, 5, 2)),
        "tx4": (date(2026, 5, 9), date(2026, 5, 18)), "cd": (date(2026, 5, 9), date(2026, 5, 18)),
        "ck": (date(2026, 5, 16), date(2026, 5, 23)), "rl": (date(2026, 5, 22), date(2026, 5, 30)),
        "nx": (date(2026, 5, 22), date(2026, 5, 30)), "qs": (date(2026, 5, 22), date(2026, 5, 30)),
    },
    (2026, 1): {
        "tx1": (date(2026, 10, 10), date(2026, 10, 24)), "tx2": (date(2026, 10, 31), date(2026, 11, 14)),
        "gk": (date(2026, 11, 14), date(2026, 11, 28)), "tx3": (date(2026, 12, 5), date(2026, 12, 19)),
        "tx4": (date(2026, 12, 26), date(2027, 1, 4)), "ck": (date(2027, 1, 2), date(2027, 1, 11)),
        "rl": (date(2027, 1, 8), date(2027, 1, 16)), "nx": (date(2027, 1, 8), date(2027, 1, 16)),
        "qs": (date(2027, 1, 8), date(2027, 1, 16)),
    },
    (2026, 2): {
        "tx1": (date(2027, 2, 27), date(2027, 3, 13)), "tx2": (date(2027, 3, 20), date(2027, 4, 3)),
        "gk": (date(2027, 3, 27), date(2027, 4, 10)), "tx3": (date(2027, 4, 17), date(2027, 5, 1)),
        "tx4": (date(2027, 5, 8), date(2027, 5, 17)), "cd": (date(2027, 5, 8), date(2027, 5, 17)),
        "ck": (date(2027, 5, 15), date(2027, 5, 22)), "rl": (date(2027, 5, 21), date(2027, 5, 29)),
        "nx": (date(2027, 5, 21), date(2027, 5, 29)), "qs": (date(2027, 5, 21), date(2027, 5, 29)),
    },
}  # fmt: skip
OF_SCHOOLS: Final[dict[str, _Days]] = {  # this year's first term
    small.LE_QUY_DON: {
        "tx1": (date(2026, 10, 3), date(2026, 10, 17)), "tx2": (date(2026, 10, 24), date(2026, 11, 7)),
        "gk": (date(2026, 11, 14), date(2026, 12, 5)), "tx3": (date(2026, 11, 28), date(2026, 12, 12)),
        "tx4": (date(2026, 12, 12), date(2026, 12, 26)), "ck": (date(2026, 12, 26), date(2027, 1, 4)),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a sheet is: full slots, slots filled for the first pupils of the list only, what families may read."""

    mask: int = -1  # a bit a slot; below nought: every slot
    part: int = 0
    part_n: int = 0
    has_holes: bool = False
    published: int = 0
    touched_at: datetime | None = None


WHOLE: Final = Pace(published=255, touched_at=datetime(2026, 11, 19, 2, 0, tzinfo=UTC))
_EMPTY: Final = Pace(mask=0)
_TX1, _TX2, _TX3, _GK = 1, 2, 4, 32
_LEVEL_GK, _TEST_GK = 1, 2
_MIDDLE_TRAITS: Final = (1 << len(TRAITS)) - 1
_WEIGHED: Final = 0b1100000
_LAST: Final = {1: datetime(2026, 1, 8, 9, 0, tzinfo=UTC), 2: datetime(2026, 5, 21, 9, 0, tzinfo=UTC)}
_SWIFT: Final = {  # share of sheets in which all that is due is there
    small.LE_QUY_DON: 88, small.SONG_LAM: 96, small.MUONG_KHOA: 70, "THTHCS-NAMLANH": 58, "THPT-NAMLANH": 66,
    "TH-MUONGKHOA": 74, "GDTX-DONGKINH": 72,
}  # fmt: skip
_USUALLY_SWIFT: Final = 84


class Paces:
    """Says of each sheet of the small province how far it is."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of(
        self, school: str, level: str, room: str, year: int, page: Page, subject: str, pupils: int, drawn: int
    ) -> Pace:
        """How far a sheet has come; `drawn` is a number of its own."""
        if year != YEAR:
            return Pace(published=(1 << 30) - 1, touched_at=_LAST[page.term] + timedelta(hours=drawn % 60))
        if page.term == 2:
            return _EMPTY
        named = _NAMED.get((school, room, subject))
        if named is None and (school, room, subject) in SHEETS:
            named = _ODD
        if named is not None:
            return named
        speed = drawn % 100
        swift = _SWIFT.get(school, _USUALLY_SWIFT)
        moment = datetime(2026, 11, 9, 1, 0, tzinfo=UTC) + timedelta(minutes=(drawn >> 7) % 14_000)
        rest = (speed - swift) / (100 - swift)  # of those that are behind
        if page.kind == SheetKind.CONDUCT:
            return _EMPTY  # due at the end of the term
        if page.kind == SheetKind.OBSERVATION:
            return Pace(_WEIGHED | (0b00111 if drawn & 3 == 0 else 0), touched_at=moment)
        if page.kind == SheetKind.TRAITS:
            if speed < swift:
                return Pace(_MIDDLE_TRAITS, published=_MIDDLE_TRAITS, touched_at=moment)
            return Pace(0, _MIDDLE_TRAITS, pupils // 2, touched_at=moment) if rest < 0.5 else _EMPTY
        steps = (_LEVEL_GK | _TEST_GK,) if level == "TH" else (_TX1, _TX2, _GK)
        due = sum(steps)
        if speed < swift:
            ahead = _TX3 if level != "TH" and page.regular > 2 and drawn >> 4 & 3 == 0 else 0
            shown = due if drawn >> 6 & 7 else 0
            return Pace(due | ahead, has_holes=drawn >> 9 & 7 == 0, published=shown, touched_at=moment)
        early = moment - timedelta(days=16)
        if rest < 0.55:  # the newest column is missing, wholly or from some pupil on
            part = pupils * (drawn >> 11 & 3) // 4
            return Pace(due & ~steps[-1], steps[-1], part, published=due & ~steps[-1], touched_at=early)
        if rest < 0.8:  # nearly empty
            return Pace(0, steps[0], pupils // 3, touched_at=early - timedelta(days=9))
        return _EMPTY


def _at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


_DUE: Final = _TX1 | _TX2 | _GK
_ODD: Final = Pace(_DUE, published=_TX1, touched_at=_at(11, 16, 8))
_NAMED: Final = {
    # Lan enters the third regular mark of 8A3 next; in 8A5 it is done; 9A2 is late.
    (small.LE_QUY_DON, "8A3", "TOAN"): Pace(_DUE, published=_DUE, touched_at=_at(11, 14, 14, 3)),
    (small.LE_QUY_DON, "8A5", "TOAN"): Pace(_DUE | _TX3, published=_DUE, touched_at=_at(11, 19, 13, 40)),
    (small.LE_QUY_DON, "9A2", "TOAN"): Pace(
        _TX1, _TX2, 31, published=_TX1, touched_at=_at(10, 21, 15, 10)
    ),
    (small.LE_QUY_DON, "8A6", "TOAN"): Pace(_DUE, published=_TX1 | _TX2, touched_at=_at(11, 17, 13, 5)),
    (small.LE_QUY_DON, "7A5", "NGU_VAN"): Pace(_DUE, published=_TX1, touched_at=_at(11, 17, 14, 20)),
    (small.LE_QUY_DON, "9A4", "LS_DL"): Pace(_DUE, published=_TX1, touched_at=_at(11, 13, 12, 40)),
    (small.SONG_LAM, "3B", "TIENG_VIET"): Pace(_LEVEL_GK, published=_LEVEL_GK, touched_at=_at(11, 12, 9)),
    (small.SONG_LAM, "3B", "TOAN"): Pace(_LEVEL_GK, published=_LEVEL_GK, touched_at=_at(11, 12, 10)),
    (small.MUONG_KHOA, "8A", "NGU_VAN"): Pace(_TX1 | _TX2, _GK, 12, touched_at=_at(11, 16, 13)),
}  # fmt: skip
