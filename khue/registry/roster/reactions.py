"""What the roster does when schools merge, split or close: classes and pupils follow, their history stays.

Only what is under way follows: classes of school years not yet over and everybody's current enrolment. Enrolments of
past years keep the school in which they were spent. Classes keep their ids; where two have one name, the one that
comes gets a suffix until the school renames it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work
from khue.kernel.org.events import UnitClosed, UnitsMerged, UnitSplit
from khue.kernel.org.models import Unit
from khue.registry.roster import head_counts, rules
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    EventKind,
    Status,
    Transfer,
    TransferState,
)

OPEN_TRANSFERS = (TransferState.SUBMITTED, TransferState.ACCEPTED, TransferState.RELEASED)
LONGEST_NAME = 30


def units_merged(work: Work, event: UnitsMerged) -> None:
    """Everything under way in the former schools goes on in the one that stays."""
    former = list(event.from_ids)
    target = Unit.objects.get(pk=event.into_id)
    rooms = list(_under_way(event.on).filter(school_id__in=former))
    enrolments = list(_current().filter(school_id__in=former))
    _hand_over(work, rooms, enrolments, target, event.on, dict(event.campuses), "Sáp nhập trường")
    for side in ("from_school_id", "to_school_id"):
        waiting = Transfer.objects.select_for_update().filter(
            state__in=OPEN_TRANSFERS, **{f"{side}__in": former}
        )
        rows = {row.pk: ([getattr(row, side)], [target.pk]) for row in waiting}
        work.change_many(Transfer, [side], rows)


def unit_split(work: Work, event: UnitSplit) -> None:
    """What is taught at the campuses goes on in the new school."""
    target = Unit.objects.get(pk=event.new_id)
    rooms = list(_under_way(event.on).filter(school_id=event.unit_id, campus_id__in=event.campus_ids))
    there = Q(classroom_id__in=[room.pk for room in rooms]) | Q(campus_id__in=event.campus_ids)
    enrolments = list(_current().filter(there, school_id=event.unit_id))
    _hand_over(work, rooms, enrolments, target, event.on, {}, "Chia tách trường")


def unit_closed(work: Work, event: UnitClosed) -> None:
    """A school with pupils, or a campus with classes, stays open."""
    here = Q(school_id=event.unit_id) | Q(campus_id=event.unit_id)
    pupils = Enrolment.objects.filter(here, is_current=True, status__in=rules.PRESENT).count()
    if pupils:
        raise DomainError(
            _("Còn %(count)s em đang học ở đây. Chuyển các em đi rồi mới giải thể.") % {"count": pupils}
        )
    rooms = _under_way(event.on).filter(here, closed_on__isnull=True).count()
    if rooms:
        raise DomainError(
            _("Còn %(count)s lớp ở đây. Đóng hoặc chuyển lớp rồi mới giải thể.") % {"count": rooms}
        )


def _under_way(on: date) -> QuerySet[Classroom]:
    return Classroom.objects.select_for_update(of=("self",)).filter(year__ends_on__gte=on).order_by("pk")


def _current() -> QuerySet[Enrolment]:
    return Enrolment.objects.select_for_update(of=("self",)).filter(is_current=True).order_by("pk")


def _hand_over(
    work: Work,
    rooms: list[Classroom],
    enrolments: list[Enrolment],
    target: Unit,
    on: date,
    campuses: Mapping[int, int],
    reason: str,
) -> None:
    former = {room.school_id for room in rooms} | {row.school_id for row in enrolments}
    years = {room.year_id for room in rooms} | {
        row.year_id for row in enrolments if row.status in rules.COUNTED
    }
    place = {room.pk: room.campus_id or campuses.get(room.school_id) for room in rooms}
    names = _free_names(rooms, target)
    work.change_many(
        Classroom,
        ["school_id", "campus_id", "name"],
        {
            room.pk: (
                [room.school_id, room.campus_id, room.name],
                [target.pk, place[room.pk], names[room.pk]],
            )
            for room in rooms
        },
    )
    _move_enrolments(work, enrolments, target, on, place, campuses)
    moved = [row for row in enrolments if row.status in rules.PRESENT]
    work.create_many(
        EnrolmentEvent,
        ["enrolment_id", "school_id", "classroom_id", "kind", "on", "reason", "other_school"],
        [
            [row.pk, target.pk, row.classroom_id, EventKind.CLASS_CHANGED, on, reason, target.name[:200]]
            for row in moved
        ],
    )
    work.touch_people(row.person_id for row in enrolments)
    for year_id in sorted(years):
        head_counts.recount(work, [*former, target.pk], year_id, on=on)


def _free_names(rooms: list[Classroom], target: Unit) -> dict[int, str]:
    """Each class's name in its new school: its own, or with a number behind where another has it."""
    taken = set(
        Classroom.objects.filter(school=target, year_id__in={room.year_id for room in rooms}).values_list(
            "year_id", "name"
        )
    )
    found = {}
    for room in rooms:
        name, number = room.name, 2
        while (room.year_id, name) in taken:
            end = f" ({number})"
            name, number = room.name[: LONGEST_NAME - len(end)] + end, number + 1
        taken.add((room.year_id, name))
        found[room.pk] = name
    return found


def _move_enrolments(
    work: Work,
    enrolments: list[Enrolment],
    target: Unit,
    on: date,
    place: Mapping[int, int | None],
    campuses: Mapping[int, int],
) -> None:
    """The pupils' current enrolments; who was in the target school earlier this year goes on in that very row."""
    known = {
        (row.person_id, row.year_id): row
        for row in Enrolment.objects.select_for_update().filter(
            school=target, is_current=False, person_id__in=[row.person_id for row in enrolments]
        )
    }
    moved = {}
    for row in enrolments:
        campus = place.get(row.classroom_id or 0) or row.campus_id or campuses.get(row.school_id)
        earlier = known.get((row.person_id, row.year_id))
        if earlier is None:
            moved[row.pk] = ([row.school_id, row.campus_id], [target.pk, campus])
            continue
        status, status_on = row.status, row.status_on
        work.change(row, is_current=False, status=Status.TRANSFERRED_OUT, status_on=on, left_on=on)
        work.change(
            earlier, is_current=True, status=status, status_on=status_on, left_on=None, classroom_id=row.classroom_id,
            campus_id=campus, grade=row.grade, level=row.level,
        )  # fmt: skip
        row.pk = earlier.pk
        row.status = status
    work.change_many(Enrolment, ["school_id", "campus_id"], moved)
