"""Every read of the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import NotVisible
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gate import rules
from khue.school.gate.models import Badge, BadgeState, Reader, Tap, Verdict

MOST_TAPS = 200
FIRST_DAY = date(2020, 1, 1)  # nothing was kept before
LATE = timedelta(minutes=10)  # from here on it is worth saying that a tap was handed in later
VERDICTS = tuple(Verdict.choices)


def school(actor: Actor, pk: int) -> Unit:
    """A school where the actor looks after the gate; NotVisible elsewhere."""
    found = Unit.objects.visible_to(actor, "gate.manage").filter(pk=pk).first()
    if found is None:
        raise NotVisible
    return found


@dataclass(frozen=True)
class ClassBadges:
    """A class with how many of its pupils have a badge."""

    pk: int
    name: str
    pupils: int
    badges: int

    @property
    def missing(self) -> int:
        """Pupils without a badge in use."""
        return self.pupils - self.badges


def classes(actor: Actor, year_id: int, school_id: int) -> list[ClassBadges]:
    """The classes of a school with their badges; two queries."""
    rooms = Classroom.objects.visible_to(actor, "gate.manage").filter(
        school_id=school_id, year_id=year_id, closed_on__isnull=True
    )
    pupils = Q(enrolments__is_current=True, enrolments__status__in=("studying", "suspended"))
    found = rooms.annotate(pupils=Count("enrolments", filter=pupils)).order_by("sort_key", "pk")
    badges = dict(
        Badge.objects.filter(
            school_id=school_id, state=BadgeState.GOOD, enrolment__is_current=True, enrolment__year_id=year_id,
            enrolment__status__in=("studying", "suspended"),
        ).values_list("enrolment__classroom_id").annotate(n=Count("pk"))
    )  # fmt: skip
    return [ClassBadges(room.pk, room.name, room.pupils, badges.get(room.pk, 0)) for room in found]


def classroom(actor: Actor, pk: int) -> Classroom | None:
    """A class whose badges the actor looks after."""
    return Classroom.objects.visible_to(actor, "gate.manage").select_related("school").filter(pk=pk).first()


def class_list(actor: Actor, room: Classroom) -> list[dict[str, Any]]:
    """The pupils of a class with the badge each has in use, in the order of names; two queries."""
    pupils = (
        Enrolment.objects.visible_to(actor, "gate.manage")
        .filter(classroom=room, is_current=True, status__in=("studying", "suspended"))
        .order_by("sort_key", "pk")
        .values("pk", "person_id", name=F("person__full_name"), born=F("person__birth_date"))
    )
    badges = {
        badge.enrolment_id: badge
        for badge in Badge.objects.visible_to(actor, "gate.manage").filter(
            enrolment__classroom=room, state=BadgeState.GOOD
        )
    }
    return [{**row, "badge": badges.get(row["pk"])} for row in pupils]


def badges(actor: Actor) -> QuerySet[Badge]:
    """The badges the actor looks after."""
    rows: QuerySet[Badge] = Badge.objects.visible_to(actor, "gate.manage")
    return rows.select_related("enrolment__person", "enrolment__classroom")


def readers(actor: Actor) -> QuerySet[Reader]:
    """The readers the actor looks after, those that work first."""
    rows: QuerySet[Reader] = Reader.objects.visible_to(actor, "gate.manage")
    return rows.select_related("school").order_by(F("cut_off_at").asc(nulls_first=True), "name", "pk")


def has_wrong_clock(reader: Reader) -> bool:
    """Whether a reader's clock was minutes away when it last spoke."""
    return reader.drift_ms is not None and timedelta(milliseconds=abs(reader.drift_ms)) >= rules.DRIFTED


@dataclass(frozen=True, slots=True)
class Known:
    """A reader as the door knows it by its key."""

    pk: int
    name: str
    direction: str
    is_cut_off: bool
    school: str

    @property
    def reader(self) -> Reader:
        """The row to act on: an action reads and locks it anew."""
        return Reader(pk=self.pk)


_BY_KEY = """
select r.id, r.name, r.direction, r.cut_off_at is not null, u.name
from gate_reader r join org_unit u on u.id = r.school_id where r.key_hash = %s
"""


def all_reader_of_key(key_hash: str) -> Known | None:
    """The reader behind a key, cut off or not; one prepared statement, asked at every batch."""
    rows = fetch(_BY_KEY, [key_hash])
    return Known(*rows[0]) if rows else None


def taps(actor: Actor, school_id: int, day: date, verdict: str = "") -> list[Mapping[str, Any]]:
    """The newest taps of a school on a day, at most two hundred."""
    begin = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    rows = Tap.objects.visible_to(actor, "gate.view").filter(
        school_id=school_id, at__gte=begin, at__lt=begin + timedelta(days=1)
    )
    if verdict:
        rows = rows.filter(verdict=verdict)
    return list(
        rows.order_by("-at", "-pk").values(
            "at", "received_at", "direction", "verdict", "shown", reader_name=F("reader__name"),
            name=F("enrolment__person__full_name"), classroom=F("enrolment__classroom__name"),
        )[:MOST_TAPS]
    )  # fmt: skip


def tap_counts(actor: Actor, school_id: int, day: date) -> dict[str, int]:
    """How many taps of a day came to which verdict."""
    begin = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    rows = Tap.objects.visible_to(actor, "gate.view").filter(
        school_id=school_id, at__gte=begin, at__lt=begin + timedelta(days=1)
    )
    return dict(rows.values_list("verdict").annotate(n=Count("pk")).order_by())


def all_schools_with_taps(before: datetime) -> list[Unit]:
    """Schools that hold taps from before a moment; for the job that deletes them."""
    held = Tap.objects.filter(school_id=OuterRef("school_id"), at__lt=before)
    schools = Reader.objects.filter(Exists(held)).order_by().values("school_id")
    return list(Unit.objects.filter(pk__in=schools).order_by("pk"))
