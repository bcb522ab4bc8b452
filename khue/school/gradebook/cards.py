"""A pupil's marks as people read them: one card a subject, in words for young children, never beside another pupil's.

`is_open` cards are the school's own (everything, with a sign at what families cannot read yet); the others hold only
what is published: a comment from the day its own bit is (a teacher may publish marks first), an average only when
every mark behind it is, for from the average and all marks but one anybody can reckon the one that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.school.gradebook import cells, judging
from khue.school.gradebook.layout import TRAITS, Column, Kind
from khue.school.gradebook.models import SheetKind
from khue.school.gradebook.publishing import COMMENT_SLOT, is_published
from khue.school.gradebook.queries.pupils import Approved, PupilSheet
from khue.school.gradebook.rules import marks

FRESH: Final = timedelta(days=3)
_PARTS: Final[dict[str, str | Promise]] = {  # by the letters of a column's code
    "tx": gettext_lazy("Thường xuyên"),
    "cd": gettext_lazy("Chuyên đề"),
    "m": gettext_lazy("Miệng"),
    "p": gettext_lazy("15 phút"),
    "v": gettext_lazy("Một tiết"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One cell: its text, in words for those who listen, and whether families read it."""

    text: str
    words: str
    is_public: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """Cells of one kind: `Thường xuyên 8,0 9,0`."""

    label: str
    shown: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class TraitLine:
    """A quality or competence at the middle and at the end of a term."""

    label: str
    middle: Shown | None
    end: Shown | None


@dataclass(frozen=True, slots=True)
class TraitGroup:
    """Qualities, general or specific competences."""

    label: str
    lines: tuple[TraitLine, ...]


@dataclass(slots=True)
class Card:
    """One subject of a term, or the homeroom teacher's page."""

    title: str
    parts: list[Part] = field(default_factory=list)
    groups: list[TraitGroup] = field(default_factory=list)
    average: str = ""
    is_average_public: bool = True
    waits: bool = False  # an average is due but not there or not to be read yet
    comment: str = ""
    teacher: str = ""
    is_fresh: bool = False
    sheet_id: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read."""
        return not (self.parts or self.groups or self.comment)


def cards_of(sheets: Iterable[PupilSheet], term: int, *, is_open: bool, now: datetime) -> list[Card]:
    """The cards of a term; subjects the pupil does not take are left out."""
    found, labels = [], _Labels()
    for sheet in sheets:
        if sheet.term != term or (sheet.kind == SheetKind.CONDUCT and not is_open):
            continue
        if sheet.average == cells.NOT_TAKEN:
            continue
        found.append(_card(sheet, labels, is_open=is_open, now=now))
    return found


def terms_with_marks(sheets: Iterable[PupilSheet]) -> list[int]:
    """The terms in which something may be read."""
    return sorted({sheet.term for sheet in sheets if sheet.published and sheet.kind != SheetKind.CONDUCT})


def shows_average(sheet: PupilSheet) -> bool:
    """Whether families may read the average: every column that counts in this row is published."""
    counting = [c for c in sheet.columns if c.weight and (c.is_required or sheet.value(c.slot) is not None)]
    return bool(counting) and all(is_published(sheet.published, column.slot) for column in counting)


def _card(sheet: PupilSheet, labels: _Labels, *, is_open: bool, now: datetime) -> Card:
    title = sheet.subject_name or str(SheetKind(sheet.kind).label)
    card = Card(title, teacher=_teacher(sheet), sheet_id=sheet.id)
    readable = [c for c in sheet.columns if is_open or is_published(sheet.published, c.slot)]
    if sheet.kind == SheetKind.TRAITS:
        card.groups = list(_trait_groups(sheet, readable))
    else:
        card.parts = list(_parts(sheet, readable, labels))
    if any(column.weight for column in sheet.columns):
        card.is_average_public = shows_average(sheet)
        if sheet.average is not None and (is_open or card.is_average_public):
            card.average = marks.show(sheet.average, sheet.assessed_by)
        card.waits = not card.average
    if is_open or is_published(sheet.published, COMMENT_SLOT):
        card.comment = sheet.comment
    card.is_fresh = bool(
        not is_open and card.parts and sheet.published_at and now - sheet.published_at <= FRESH
    )
    return card


def _shown(sheet: PupilSheet, column: Column) -> Shown | None:
    value = sheet.value(column.slot)
    if value is None:
        return None
    text = cells.show(column, value)
    words = cells.describe(column, value)
    if column.kind in cells.FULL_WORDS and value >= 0:
        text = words
    elif column.kind == Kind.TEST:
        text = _("kiểm tra %(mark)s") % {"mark": text}
    return Shown(text, words, is_published(sheet.published, column.slot))


class _Labels:
    """The labels of the parts in the reader's language, looked up once a page: sheets share their columns."""

    def __init__(self) -> None:
        self._known: dict[
            int, tuple[Column, str]
        ] = {}  # the column too: as long as it lives its id is no other's

    def of(self, column: Column) -> str:
        found = self._known.get(id(column))
        if found is None:
            found = self._known[id(column)] = (column, _part_label(column))
        return found[1]


def _parts(sheet: PupilSheet, columns: Sequence[Column], labels: _Labels) -> Iterator[Part]:
    for label, members in groupby(columns, key=labels.of):
        shown = tuple(one for column in members if (one := _shown(sheet, column)) is not None)
        if shown:
            yield Part(label, shown)


def _part_label(column: Column) -> str:
    if column.group:
        return str(column.group)
    letters = column.code.rstrip("0123456789")
    return str(_PARTS.get(letters, column.title)) if column.weight else str(column.title)


def _trait_groups(sheet: PupilSheet, readable: Sequence[Column]) -> Iterator[TraitGroup]:
    by_slot = {column.slot: column for column in readable}

    def at(slot: int) -> Shown | None:
        column = by_slot.get(slot)
        return _shown(sheet, column) if column else None

    for group, members in groupby(enumerate(TRAITS), key=lambda one: str(one[1][3])):
        lines = [TraitLine(str(trait[2]), at(n), at(n + len(TRAITS))) for n, trait in members]
        lines = [line for line in lines if line.middle or line.end]
        if lines:
            yield TraitGroup(group, tuple(lines))


def _teacher(sheet: PupilSheet) -> str:
    """`cô Lan`, as families call the teacher."""
    if sheet.teacher is None:
        return ""
    _full, given, sex = sheet.teacher
    if sex == 2:
        return _("cô %(name)s") % {"name": given}
    return _("thầy %(name)s") % {"name": given} if sex == 1 else given


# --- what the head approved ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ResultShown:
    """An approved result in words; what a level does not have is empty."""

    term: int
    learning: str
    conduct: str
    absences: int | None
    award: str
    outcome: str


def result_shown(found: Approved | None, grade: int) -> ResultShown | None:
    """An approved result as families read it; what a re-test or the summer's training changed is told as it became."""
    if found is None:
        return None
    rule = found.rule_set
    learning = judging.learning_label(rule, found.retest_learning or found.learning)
    conduct = judging.conduct_label(rule, found.summer_conduct or found.conduct)
    return ResultShown(
        found.term,
        cells.told(learning) if learning else "",
        cells.told(conduct) if conduct else "",
        found.absences,
        cells.told(award) if (award := judging.award_label(found.award)) else "",
        cells.told(outcome) if (outcome := judging.outcome_label(found.outcome, grade)) else "",
    )


@dataclass(frozen=True, slots=True)
class YearLine:
    """A subject over the year: both terms and the year."""

    subject: str
    first: str
    second: str
    year: str


def year_lines(sheets: Iterable[PupilSheet], results: Sequence[Approved]) -> list[YearLine]:
    """Averages by subject of the approved results; empty before the year's are approved."""
    by_term = {one.term: one.subjects for one in results}
    if 0 not in by_term:
        return []
    known = {s.subject: s for s in sheets if s.subject}
    lines = []
    for sheet in sorted(known.values(), key=lambda one: (one.order, one.subject_name)):
        values = [by_term.get(term, {}).get(sheet.subject) for term in (1, 2, 0)]
        if any(value is not None for value in values):
            shown = [marks.show(v, sheet.assessed_by) if isinstance(v, int) else "" for v in values]
            lines.append(YearLine(sheet.subject_name, *shown))
    return lines
