"""What curriculum does when others announce: staff who leave, staff who return, classes that are made."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from khue.kernel.actions import Work
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.curriculum import actions, queries
from khue.registry.roster.events import ClassOpened
from khue.registry.roster.models import Classroom, Homeroom
from khue.registry.staff.events import StaffLeft, StaffReturned


def staff_left(work: Work, event: StaffLeft) -> None:
    """Who leaves for good leaves their courses that day; either way the school looks for somebody."""
    unit = Unit.objects.get(pk=event.unit_id)
    classes: list[str] = []
    if event.for_good:
        actions.end_all_of(work, event.person_id, unit, event.on)
        classes = _end_homerooms(work, event.person_id, unit, event.on)
    waiting = queries.all_uncovered(unit, event.person_id, max(event.on, timezone.localdate()))
    waiting += [f"chủ nhiệm {name}" for name in classes]
    if not waiting:
        return
    name = Person.objects.values_list("full_name", flat=True).get(pk=event.person_id)
    school = unit if unit.is_school or unit.parent_id is None else Unit.objects.get(pk=unit.parent_id)
    open_task(
        work,
        kind=queries.SEARCH,
        title=f"Tìm người dạy thay {name}",
        detail=f"{len(waiting)} việc: {', '.join(waiting)}",
        url=f"{reverse('curriculum:edit')}?don-vi={school.code}&gv={event.person_id}",
        action_label=gettext_noop("Phân công"),
        subject=f"staff.staffmember:{event.person_id}",
        unit_id=school.pk,
        permission="curriculum.assign",
    )


def _end_homerooms(work: Work, person_id: int, unit: Unit, on: date) -> list[str]:
    """Take somebody off the classes they are homeroom teacher of at a unit; gives the names of the classes."""
    rows = list(
        Homeroom.objects.select_for_update(of=("self",))
        .filter(Q(classroom__school=unit) | Q(classroom__campus=unit), teacher_id=person_id, ends_on__gt=on)
        .select_related("classroom")
        .order_by("classroom__sort_key", "pk")
    )
    work.change_many(
        Homeroom, ["ends_on"], {row.pk: ([row.ends_on], [on]) for row in rows if row.starts_on < on}
    )
    work.remove_many(Homeroom, [row.pk for row in rows if row.starts_on >= on])
    return [row.classroom.name for row in rows]


def staff_returned(work: Work, event: StaffReturned) -> None:
    """Nobody is looked for any more."""
    close_tasks(work, f"staff.staffmember:{event.person_id}", [queries.SEARCH])


def class_opened(work: Work, event: ClassOpened) -> None:
    """A new class has what its grade's programme makes compulsory."""
    rooms = list(Classroom.objects.filter(pk=event.classroom_id, year__is_closed=False))
    if rooms:
        actions.make_compulsory(work, rooms)
