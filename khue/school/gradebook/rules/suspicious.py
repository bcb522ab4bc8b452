"""What looks odd in a gradebook, for a person to look at; never a verdict (S05; the case of 126 altered marks).

The strongest witness is a record: what the source of import said, or what stood in the cell when its column was
sealed. A cell that differs without an approved correction is ALTERED, whoever did it and however little. Only where
there is no record does statistics speak (UNLIKELY), and it hears loud voices only: of 126 alterations like those of
the case it finds 8 in 100 by itself, the records 98 in 100 (measured in the tests). Integers throughout: tenths, and
hundredths of tenths inside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from khue.school.gradebook.rules import marks, words
from khue.school.gradebook.rules.averages import half_up
from khue.school.gradebook.rules.marks import Assessed, Cell
from khue.school.gradebook.rules.words import Message, say, show_mark


class Suspicion(StrEnum):
    """Kinds of findings; the values are stored."""

    SAME = "same"
    COPIED = "copied"
    BURST = "burst"
    AFTER_LOCK = "after_lock"
    JUMP = "jump"
    ALTERED = "altered"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at: its kind, the pupil and column it is about (if one), how strongly it speaks (0..100)."""

    kind: Suspicion
    message: Message
    strength: int
    pupil: int | str | None = None
    column: str | None = None


LEAST_PUPILS: Final = 10
SAME_SHARE: Final = 90
BURST_MINUTES: Final = 30
BURST_LEAST: Final = 20
BURST_SHARE: Final = 50
PUPIL_JUMP: Final = 35
CLASS_JUMP: Final = 20

_SCALE: Final = 100
_UNLIKELY_LEAST: Final = 25 * _SCALE
_UNLIKELY_SPREADS: Final = 3
_MAD_TO_SPREAD: Final = (14826, 10000)


# --- one column or course ------------------------------------------------------------------------------------------


def all_same(column: str, cells: Iterable[Cell]) -> Finding | None:
    """Find a scored column in which nine in ten pupils (of ten at least) have one and the same mark."""
    values = [cell for cell in cells if cell is not None and cell >= 0]
    if len(values) < LEAST_PUPILS:
        return None
    mark, count = Counter(values).most_common(1)[0]
    if count * 100 < SAME_SHARE * len(values):
        return None
    message = say(words.ODD_SAME, column=column, count=count, all=len(values), mark=show_mark(mark))
    return Finding(Suspicion.SAME, message, count * 100 // len(values), None, column)


def copied_columns(columns: Mapping[str, Sequence[Cell]]) -> list[Finding]:
    """Find scored columns that repeat an earlier one for every pupil, though the pupils' marks differ."""
    found: list[Finding] = []
    seen: dict[tuple[Cell, ...], str] = {}
    for code, cells in columns.items():
        key = tuple(cells)
        values = [cell for cell in key if cell is not None and cell >= 0]
        if len(values) < LEAST_PUPILS or len(set(values)) < 3:
            continue
        if key in seen:
            message = say(words.ODD_COPIED, column=code, other=seen[key], count=len(values))
            found.append(Finding(Suspicion.COPIED, message, 90, None, code))
        else:
            seen[key] = code
    return found


def burst_before_lock(
    entered_at: Iterable[datetime], locks_at: datetime, *, minutes: int = BURST_MINUTES
) -> Finding | None:
    """Find a course of which half the marks (twenty at least) were entered in the last minutes before the lock."""
    times = [moment for moment in entered_at if moment <= locks_at]
    opens = locks_at - timedelta(minutes=minutes)
    late = sum(moment > opens for moment in times)
    if late < BURST_LEAST or late * 100 < BURST_SHARE * len(times):
        return None
    message = say(words.ODD_BURST, count=late, all=len(times), minutes=minutes)
    return Finding(Suspicion.BURST, message, late * 100 // len(times))


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a cell, from the audit record; `is_granted` when a granted unlock covered it."""

    pupil: int | str
    column: str
    before: Cell
    after: Cell
    at: datetime
    is_granted: bool = False


def changed_after_lock(
    changes: Iterable[Change], locks_at: datetime, assessed: Assessed | str = Assessed.MARKS
) -> list[Finding]:
    """List the changes made after the lock: those under a granted unlock softly, the others at full strength."""
    found = []
    for change in changes:
        if change.at < locks_at or change.before == change.after:
            continue
        text = words.ODD_AFTER_LOCK if change.is_granted else words.ODD_AFTER_LOCK_UNGRANTED
        before, after = (marks.show(cell, assessed) or "–" for cell in (change.before, change.after))
        message = say(text, before=before, after=after)
        strength = 30 if change.is_granted else 100
        found.append(Finding(Suspicion.AFTER_LOCK, message, strength, change.pupil, change.column))
    return found


def jumps(
    column: str, regular: Mapping[int | str, Sequence[Cell]], periodic: Mapping[int | str, Cell]
) -> list[Finding]:
    """Find periodic marks far from the regular ones: a class's mean by 2,0, and a pupil by 3,5 beyond the class's."""
    pairs = []
    for pupil, cells in regular.items():
        mark = periodic.get(pupil)
        values = [cell for cell in cells if cell is not None and cell >= 0]
        if mark is not None and mark >= 0 and values:
            pairs.append((pupil, mark, half_up(sum(values), len(values))))
    if len(pairs) < LEAST_PUPILS:
        return []
    mean_mark = half_up(sum(mark for _, mark, _ in pairs), len(pairs))
    mean_regular = half_up(sum(mean for _, _, mean in pairs), len(pairs))
    found = []
    if abs(mean_mark - mean_regular) >= CLASS_JUMP:
        message = say(
            words.ODD_JUMP_CLASS, column=column, mark=show_mark(mean_mark), mean=show_mark(mean_regular)
        )
        found.append(
            Finding(Suspicion.JUMP, message, min(100, 2 * abs(mean_mark - mean_regular)), None, column)
        )
    shift = sorted(mark - mean for _, mark, mean in pairs)[len(pairs) // 2]
    for pupil, mark, mean in pairs:
        if abs(mark - mean - shift) >= PUPIL_JUMP:
            message = say(words.ODD_JUMP_PUPIL, column=column, mark=show_mark(mark), mean=show_mark(mean))
            found.append(Finding(Suspicion.JUMP, message, min(100, abs(mark - mean - shift)), pupil, column))
    return found


# --- marks against their record ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a mark was when it was recorded: points of a scale, as the source wrote them (825 of 1000, 33 of 40)."""

    points: int
    full: int = 100

    @property
    def tenths(self) -> int:
        """The mark in tenths of the scale of ten, half up."""
        return half_up(self.points * 100, self.full)


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A cell with its witness: the source of import or the sealed value, and whether a correction was approved."""

    pupil: int | str
    column: str
    value: Cell
    recorded: Recorded | None = None
    is_corrected: bool = False


def altered(cells: Iterable[Witnessed]) -> list[Finding]:
    """Find the cells that differ from their record without an approved correction, an emptied one among them."""
    found = []
    for cell in cells:
        if cell.recorded is None or cell.is_corrected:
            continue
        was = cell.recorded.tenths
        if cell.value == was:
            continue
        if cell.value is None:
            message = say(words.ODD_LOST, recorded=show_mark(was))
        else:
            message = say(words.ODD_ALTERED, value=marks.show(cell.value), recorded=show_mark(was))
        found.append(Finding(Suspicion.ALTERED, message, 100, cell.pupil, cell.column))
    return found


def unlikely(cells: Sequence[Witnessed]) -> list[Finding]:
    """Find, among the marks of one course, those without a record that the pupil's other marks contradict.

    A mark is expected where the pupil's other marks stand against their columns' means. It is unlikely when it is off
    by 2,5 at least and by three times the usual spread of the course. Needs ten pupils and two other marks each.
    """
    by_column: dict[str, list[int]] = {}
    by_pupil: dict[int | str, list[Witnessed]] = {}
    for cell in cells:
        if cell.value is not None and cell.value >= 0:
            by_column.setdefault(cell.column, []).append(cell.value)
            by_pupil.setdefault(cell.pupil, []).append(cell)
    if len(by_pupil) < LEAST_PUPILS:
        return []
    means = {column: half_up(sum(values) * _SCALE, len(values)) for column, values in by_column.items()}
    residuals: list[tuple[Witnessed, int, int]] = []
    for own in by_pupil.values():
        if len(own) < 3:
            continue
        above = [(cell.value or 0) * _SCALE - means[cell.column] for cell in own]
        total, others = sum(above), len(own) - 1
        for cell, deviation in zip(own, above, strict=True):
            expected = (total - deviation) // (
                others + 1
            )  # drawn towards the class, the more the fewer marks
            residuals.append((cell, deviation - expected, means[cell.column] + expected))
    if not residuals:
        return []
    middle = sorted(abs(residual) for _, residual, _ in residuals)[len(residuals) // 2]
    spread = middle * _MAD_TO_SPREAD[0] // _MAD_TO_SPREAD[1]
    bound = max(_UNLIKELY_LEAST, _UNLIKELY_SPREADS * spread)
    found = []
    for cell, residual, likely in residuals:
        if cell.recorded is None and not cell.is_corrected and abs(residual) >= bound:
            shown = show_mark(max(0, min(marks.HIGHEST, half_up(max(likely, 0), _SCALE))))
            message = say(words.ODD_UNLIKELY, value=marks.show(cell.value), likely=shown)
            strength = min(90, abs(residual) // _SCALE)
            found.append(Finding(Suspicion.UNLIKELY, message, strength, cell.pupil, cell.column))
    return found


def inspect_course(cells: Sequence[Witnessed]) -> list[Finding]:
    """Inspect all marks of a course: against their records first, and by statistics where there is none."""
    return altered(cells) + unlikely(cells)
