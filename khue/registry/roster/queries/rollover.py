"""Reads of rollovers: who would go where, counted and one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.registry.roster import rules
from khue.registry.roster.models import Classroom, Enrolment, Rollover, RolloverState

Judge = Callable[[Sequence[int]], dict[int, str]]


@cache
def all_judges() -> list[Judge]:
    """Who knows the results of a year (the gradebook later): functions (enrolment ids) -> {id: outcome}, in order."""
    return []


def rollovers(actor: Actor) -> QuerySet[Rollover]:
    """The rollovers of the actor's schools, newest first."""
    rows = Rollover.objects.visible_to(actor, "roster.roll_over")
    return rows.select_related("school", "from_year", "to_year").order_by("-pk")


@dataclass(frozen=True)
class Pupil:
    """One pupil in a rollover."""

    enrolment_id: int
    person_id: int
    name: str
    sort_key: str
    status: str
    status_on: date
    classroom_id: int | None
    grade: int
    level: str
    default: str
    outcome: str


def all_pupils(rollover: Rollover, *, lock: bool = False) -> list[Pupil]:
    """Every pupil the sweep is about, in Vietnamese order; for the page and the action."""
    school = Unit.objects.get(pk=rollover.school_id)
    rows = Enrolment.objects.filter(
        school_id=rollover.school_id, year_id=rollover.from_year_id, is_current=True, status__in=rules.PRESENT
    )
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = list(
        rows.order_by("sort_key", "pk").values_list(
            "pk",
            "person_id",
            "person__full_name",
            "sort_key",
            "status",
            "status_on",
            "classroom_id",
            "grade",
            "level",
        )
    )
    judged: dict[int, str] = {}
    for judge in all_judges():
        judged.update(judge([row[0] for row in found]))
    pupils = []
    for pk, person, name, key, status, status_on, room, grade, level in found:
        default = rules.default_outcome(status, grade, level, school.levels)
        if status == "reserved":
            default = "retain"
        default = judged.get(pk, default)
        outcome = rollover.outcomes.get(str(pk), default)
        pupils.append(Pupil(pk, person, name, key, status, status_on, room, grade, level, default, outcome))
    return pupils


def all_default_class_names(school_id: int, year_id: int) -> dict[str, str]:
    """Class id -> its name next year ("" in a last grade)."""
    rows = Classroom.objects.filter(school_id=school_id, year_id=year_id, closed_on__isnull=True).order_by(
        "sort_key"
    )
    return {str(room.pk): rules.next_class_name(room.name) or "" for room in rows}


@dataclass(frozen=True)
class ClassLine:
    """One class of the draft: its pupils by outcome, and its name next year."""

    classroom: Classroom | None
    pupils: list[Pupil]
    next_name: str
    options: tuple[str, ...]

    @property
    def outcomes(self) -> Counter[str]:
        """How many of each outcome."""
        return Counter(p.outcome for p in self.pupils)


@dataclass(frozen=True)
class Preview:
    """What a sweep would do."""

    lines: list[ClassLine]
    totals: Counter[str]


def preview(actor: Actor, rollover: Rollover) -> Preview:
    """What the sweep would do, by class; nothing is written."""
    if not actor.holds("roster.roll_over"):
        return Preview([], Counter())
    pupils = all_pupils(rollover)
    levels = rollover.school.levels
    rooms = {
        room.pk: room
        for room in Classroom.objects.filter(school_id=rollover.school_id, year_id=rollover.from_year_id)
    }
    by_room: dict[int | None, list[Pupil]] = {}
    for pupil in pupils:
        by_room.setdefault(pupil.classroom_id, []).append(pupil)
    lines = []
    for pk, members in sorted(by_room.items(), key=lambda item: rooms[item[0]].sort_key if item[0] else "~"):
        options = rules.allowed_outcomes(members[0].grade, members[0].level, levels)
        lines.append(ClassLine(rooms.get(pk or 0), members, rollover.class_names.get(str(pk), ""), options))
    return Preview(lines, Counter(p.outcome for p in pupils))


def current(actor: Actor, school_id: int, year_id: int) -> Rollover | None:
    """The rollover of a school and year that was not taken back."""
    return (
        rollovers(actor)
        .filter(school_id=school_id, from_year_id=year_id)
        .exclude(state=RolloverState.UNDONE)
        .first()
    )
