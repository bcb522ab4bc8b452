"""What the pages of results show: the classes of a school, one class, one pupil, what is left to do, titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom, Enrolment, Homeroom
from khue.school.gradebook import cells, explaining, judging
from khue.school.gradebook.judging import PENDING, TERMS, YEAR, Course, Pupil, Room, Stored, Verdict
from khue.school.gradebook.layout import Column, columns_of
from khue.school.gradebook.models import Result, Review, Sheet, SheetKind
from khue.school.gradebook.queries import results as facts
from khue.school.gradebook.rules.rule_sets import DEFAULT_CHOICES

VIEW = "gradebook.view_results"


# --- the school ---------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ClassLine:
    """A class with how far its results have come."""

    id: int
    name: str
    level: str
    grade: int
    pupils: int
    teacher: str = ""
    state: str = "open"
    submitted_at: datetime | None = None
    approved_at: datetime | None = None
    returned_for: str = ""
    empty: int = 0  # cells that are still owed
    expected: int = 0
    pending: int = 0  # pupils with something before them after the year

    @property
    def is_complete(self) -> bool:
        """Whether no cell is owed."""
        return self.expected > 0 and not self.empty


def class_lines(actor: Actor, year_id: int, period: int, school_id: int | None = None) -> list[ClassLine]:
    """The classes that the actor sees, in the order of the school; four questions, five for the year."""
    rows = Classroom.objects.visible_to(actor, VIEW).filter(year_id=year_id, closed_on__isnull=True)
    if school_id is not None:
        rows = rows.filter(school_id=school_id)
    counted = Count("enrolments", filter=Q(enrolments__status__in=facts.JUDGED))
    lines = {
        pk: ClassLine(pk, name, level, grade, pupils)
        for pk, name, level, grade, pupils in rows.annotate(n=counted)
        .order_by("sort_key", "pk")
        .values_list("pk", "name", "level", "grade", "n")
        if judging.rules_of(level, grade, year_id, DEFAULT_CHOICES) is not None
    }
    if not lines:
        return []
    for room, state, submitted, approved, words in Review.objects.filter(
        classroom_id__in=list(lines), term=period
    ).values_list("classroom_id", "state", "submitted_at", "approved_at", "returned_for"):
        line = lines[room]
        line.state, line.submitted_at, line.approved_at, line.returned_for = state, submitted, approved, words
    for room, name in _teachers(list(lines)).items():
        lines[room].teacher = name
    _count_cells(lines, TERMS if period == YEAR else (period,))
    if period == YEAR:
        waiting = Result.objects.filter(
            classroom_id__in=list(lines), term=YEAR, is_approved=True, outcome__in=PENDING
        )
        for room, number in waiting.values_list("classroom_id").annotate(n=Count("pk")).order_by():
            lines[room].pending = number
    return list(lines.values())


def _teachers(room_ids: Sequence[int]) -> dict[int, str]:
    today = timezone.localdate()
    rows = Homeroom.objects.filter(
        classroom_id__in=list(room_ids), starts_on__lte=today, ends_on__gt=today
    ).order_by("starts_on")
    return dict(rows.values_list("classroom_id", "teacher__full_name"))


def _count_cells(lines: dict[int, ClassLine], terms: Sequence[int]) -> None:
    rows = Sheet.objects.filter(classroom_id__in=list(lines), term__in=list(terms)).exclude(
        kind=SheetKind.OBSERVATION
    )
    for room, *about, filled in rows.values_list(
        "classroom_id", "rule_set", "kind", "term", "regular", "has_topic", "course__subject_id",
        "course__assessed_by", "filled",
    ):  # fmt: skip
        line = lines[room]
        for column in _columns(about, line.grade):
            if column.is_required:
                done = filled[column.slot] if column.slot < len(filled) else 0
                line.expected += line.pupils
                line.empty += max(line.pupils - done, 0)


def _columns(about: Sequence[Any], grade: int) -> tuple[Column, ...]:
    rule, kind, term, regular, has_topic, subject, assessed_by = about
    return columns_of(
        rule, kind, grade=grade, subject=subject or "", term=term, regular=regular, has_topic=has_topic,
        is_scored=assessed_by in (None, "marks"),
    )  # fmt: skip


# --- a class ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ResultRow:
    """A pupil in the table of a class."""

    pupil: Pupil
    verdict: Verdict
    kept: Stored | None
    cells: list[str]
    missing: list[str]
    moved: list[str]  # what the sheets say differently since it was approved
    learning: str
    retest_learning: str
    conduct: str
    award: str
    outcome: str

    @property
    def is_adjusted(self) -> bool:
        """Whether the level was raised by the one-level adjustment."""
        return self.verdict.learning != self.verdict.learning_raw


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How far the results of a class have come, and by whom."""

    state: str = "open"  # open, submitted or approved
    returned_for: str = ""
    approved_at: datetime | None = None
    approved_by: str = ""


@dataclass(slots=True)
class ClassTable:
    """A class in a term or the year."""

    room: Room
    period: int
    school_name: str
    teacher: str
    review: Reviewed
    rows: list[ResultRow]

    @property
    def courses(self) -> tuple[Course, ...]:
        """The columns."""
        return self.room.courses

    @property
    def state(self) -> str:
        """open, submitted or approved."""
        return self.review.state

    @property
    def lacking(self) -> int:
        """How many pupils cannot be judged yet."""
        return sum(bool(row.missing) and not row.pupil.has_plan for row in self.rows)


def result_class(actor: Actor, pk: int, permission: str = VIEW) -> Classroom | None:
    """A class whose results the actor sees, as the target of an action."""
    rows = Classroom.objects.visible_to(actor, permission).select_related("school", "year")
    found: Classroom | None = rows.filter(pk=pk).first()
    return found


def result_classes(actor: Actor, ids: Sequence[int], permission: str) -> list[Classroom]:
    """Several, as the target of an action."""
    return list(Classroom.objects.visible_to(actor, permission).filter(pk__in=list(ids)).order_by("pk"))


_CLASS = """
select k.school_id, k.campus_id, u.name,
       coalesce((select p.full_name from roster_homeroom h join people_person p on p.id = h.teacher_id
                 where h.classroom_id = k.id and h.starts_on <= %s and h.ends_on > %s
                 order by h.starts_on desc limit 1), ''),
       r.state, r.returned_for, r.approved_at, coalesce(a.full_name, '')
from roster_classroom k
join org_unit u on u.id = k.school_id
left join gradebook_review r on r.classroom_id = k.id and r.term = %s
left join people_person a on a.id = r.approved_by_id
where k.id = %s
"""


def class_table(actor: Actor, pk: int, period: int) -> ClassTable | None:
    """A class with every pupil's results: as approved, else as the sheets are now; None when out of reach."""
    today = timezone.localdate()
    found = fetch(_CLASS, [today, today, period, pk])
    if not found:
        return None
    school_id, campus_id, school_name, teacher, *review = found[0]
    if not actor.can_all_as_read(VIEW, [Classroom(pk=pk, school_id=school_id, campus_id=campus_id)]):
        return None
    rooms = facts.all_rooms([pk])
    if not rooms:
        return None
    rows = [result_row(rooms[0], pupil, period) for pupil in facts.all_pupils([pk]).get(pk, ())]
    return ClassTable(
        rooms[0], period, school_name, teacher, Reviewed(*review) if review[0] else Reviewed(), rows
    )


def shown(room: Room, pupil: Pupil) -> dict[int, Verdict]:
    """The verdicts of all periods: as approved where they are."""
    live = judging.judge(room, pupil)
    return {
        period: kept.verdict if (kept := pupil.stored.get(period)) and kept.is_approved else verdict
        for period, verdict in live.items()
    }


def result_row(room: Room, pupil: Pupil, period: int) -> ResultRow:
    """One pupil as the table shows them."""
    live = judging.judge(room, pupil)[period]
    kept = pupil.stored.get(period)
    is_kept = kept is not None and kept.is_approved
    verdict = kept.verdict if kept is not None and is_kept else live
    return ResultRow(
        pupil, verdict, kept, explaining.shown_cells(room, verdict),
        explaining.missing_words(room, pupil, verdict, period),
        explaining.moved(room, verdict, live) if is_kept else [],
        _told(judging.learning_label(verdict.rule_set, verdict.learning)),
        _told(judging.learning_label(verdict.rule_set, verdict.retest_learning)),
        _told(judging.conduct_label(verdict.rule_set, (kept.summer_conduct if kept else "") or verdict.conduct)),
        _told(judging.award_label(verdict.award)), _told(judging.outcome_label(verdict.outcome, room.grade)),
    )  # fmt: skip


def _told(message: Any) -> str:
    return cells.told(message) if message else ""


# --- a pupil ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Behind:
    """A subject with the marks its result follows from."""

    name: str
    terms: list[tuple[list[tuple[str, str]], str]]  # by term: columns that have a mark with it, the average
    year: str


@dataclass(slots=True)
class PupilResult:
    """A pupil's result with its reasons."""

    enrolment: Enrolment
    room: Room
    row: ResultRow
    period: int
    why: explaining.Why
    behind: list[Behind]


def enrolment(actor: Actor, pk: int, permission: str = VIEW) -> Enrolment | None:
    """A pupil of a class whose results the actor sees, as the target of an action."""
    rows = Enrolment.objects.visible_to(actor, permission).select_related("person", "classroom", "school")
    found: Enrolment | None = rows.filter(pk=pk, classroom__isnull=False).first()
    return found


_BEHIND = """
select s.course_id, s.term, s.rule_set, s.regular, s.has_topic, c.subject_id, c.assessed_by, r.marks
from gradebook_mark_row r join gradebook_sheet s on s.id = r.sheet_id
join curriculum_course c on c.id = s.course_id
where r.enrolment_id = %s and s.classroom_id = %s
"""


def pupil_result(actor: Actor, pk: int, period: int) -> PupilResult | None:
    """A pupil's term or year with every reason; None when out of reach."""
    one = enrolment(actor, pk)
    if one is None or one.classroom_id is None:
        return None
    rooms = facts.all_rooms([one.classroom_id])
    pupils = facts.all_pupils([one.classroom_id], pk).get(one.classroom_id)
    if not rooms or not pupils:
        return None
    room, pupil = rooms[0], pupils[0]
    found = shown(room, pupil)
    kept = pupil.stored.get(YEAR)
    why = explaining.explain(room, pupil, period, found, kept if kept and kept.is_approved else None)
    return PupilResult(one, room, result_row(room, pupil, period), period, why, _behind(room, pk, found))


def _behind(room: Room, enrolment_id: int, found: dict[int, Verdict]) -> list[Behind]:
    marks: dict[tuple[str, int], list[tuple[str, str]]] = {}
    for _course, term, rule, regular, has_topic, subject, assessed_by, values in fetch(
        _BEHIND, [enrolment_id, room.id]
    ):
        about = (rule, SheetKind.SUBJECT, term, regular, has_topic, subject, assessed_by)
        marks[subject, term] = [
            (str(column.label), mark)
            for column in _columns(about, room.grade)
            if column.slot < len(values) and (mark := cells.show(column, values[column.slot]))
        ]
    return [
        Behind(
            course.name,
            [
                (marks.get((course.subject, term), []), explaining.shown_cell(room, course, found[term].subjects))
                for term in TERMS
            ],
            explaining.shown_cell(room, course, found[YEAR].subjects),
        )
        for course in room.courses
    ]  # fmt: skip


# --- after the year, titles ------------------------------------------------------------------------------------------


@dataclass(slots=True)
class AfterLine:
    """A pupil with something before or behind them after the year."""

    enrolment_id: int
    name: str
    classroom_id: int
    class_name: str
    outcome: str
    label: str
    detail: str


def after_lines(
    actor: Actor, year_id: int, school_id: int | None, room_id: int | None = None
) -> list[AfterLine]:
    """Pupils whose approved year asks for more, and those for whom it was done; one question."""
    rows = Result.objects.visible_to(actor, VIEW).filter(
        Q(outcome__in=PENDING) | Q(is_retest_over=True) | ~Q(retest={}) | ~Q(summer_conduct="") | ~Q(decision=""),
        classroom__year_id=year_id, term=YEAR, is_approved=True,
    )  # fmt: skip
    if school_id is not None:
        rows = rows.filter(school_id=school_id)
    if room_id is not None:
        rows = rows.filter(classroom_id=room_id)
    return [
        AfterLine(pk, name, room, class_name, outcome, _told(judging.outcome_label(outcome, grade)), task or decision)
        for pk, name, room, class_name, grade, outcome, task, decision in rows.order_by(
            "classroom__sort_key", "enrolment__sort_key", "pk"
        ).values_list(
            "enrolment_id", "enrolment__person__full_name", "classroom_id", "classroom__name", "classroom__grade",
            "outcome", "summer_task", "decision",
        )
    ]  # fmt: skip


@dataclass(slots=True)
class AwardLine:
    """A pupil with a title."""

    enrolment_id: int
    name: str
    class_name: str
    award: str
    title: str
    why: str
    is_approved: bool


def award_lines(actor: Actor, year_id: int, school_id: int | None) -> list[AwardLine]:
    """Pupils with a title, by title, then by class and name; never by mark. One question."""
    rows = (
        Result.objects.visible_to(actor, VIEW).filter(classroom__year_id=year_id, term=YEAR).exclude(award="")
    )
    if school_id is not None:
        rows = rows.filter(school_id=school_id)
    found = [
        AwardLine(pk, name, room, award, _told(judging.award_label(award)), words, approved)
        for pk, name, room, award, words, approved in rows.order_by(
            "classroom__sort_key", "enrolment__sort_key", "pk"
        ).values_list(
            "enrolment_id", "enrolment__person__full_name", "classroom__name", "award", "distinction", "is_approved"
        )
    ]  # fmt: skip
    order = {"XUAT_SAC": 0, "GIOI": 1, "TIEU_BIEU": 2}
    found.sort(key=lambda line: order.get(line.award, 3))
    return found
