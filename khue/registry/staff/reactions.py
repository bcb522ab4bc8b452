"""What staff records do when schools merge or close: people follow their school, posts end and begin that day."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work
from khue.kernel.org.events import UnitClosed, UnitsMerged
from khue.registry.staff.models import Duty, Position, Post, StaffMember, StaffStatus

FIELDS = ["person_id", "unit_id", "post", "is_main", "starts_on", "ends_on", "decision"]


def units_merged(work: Work, event: UnitsMerged) -> None:
    """Everybody goes on in the school that stays; of two principals the one who comes waits for a new appointment."""
    former = list(event.from_ids)
    members = StaffMember.objects.select_for_update().filter(unit_id__in=former)
    work.change_many(StaffMember, ["unit_id"], {m.pk: ([m.unit_id], [event.into_id]) for m in members})
    is_open = Q(ends_on__isnull=True) | Q(ends_on__gt=event.on)
    positions = list(Position.objects.select_for_update().filter(is_open, unit_id__in=former).order_by("pk"))
    has_principal = Position.objects.filter(
        unit_id=event.into_id, post=Post.PRINCIPAL, ends_on__isnull=True
    ).exists()
    ends = {}
    begin = []
    for position in positions:
        day = max(event.on, position.starts_on)
        ends[position.pk] = ([position.ends_on], [day])
        post = position.post
        if post == Post.PRINCIPAL and position.ends_on is None:
            post, has_principal = (Post.TEACHER, True) if has_principal else (post, True)
        begin.append(
            [
                position.person_id,
                event.into_id,
                post,
                position.is_main,
                day,
                position.ends_on,
                "Sáp nhập trường",
            ]
        )
    work.change_many(Position, ["ends_on"], ends)
    work.create_many(Position, FIELDS, begin)
    held = set(Duty.objects.filter(unit_id=event.into_id).values_list("person_id", "year_id", "kind"))
    duties = Duty.objects.select_for_update().filter(unit_id__in=former, year__ends_on__gte=event.on)
    work.change_many(
        Duty,
        ["unit_id"],
        {
            d.pk: ([d.unit_id], [event.into_id])
            for d in duties
            if (d.person_id, d.year_id, d.kind) not in held
        },
    )
    work.touch_people(position.person_id for position in positions)


def unit_closed(work: Work, event: UnitClosed) -> None:
    """A unit with staff at work stays open."""
    working = StaffMember.objects.filter(unit_id=event.unit_id, status=StaffStatus.WORKING).count()
    if working:
        raise DomainError(
            _("Còn %(count)s cán bộ đang làm việc ở đây. Chuyển họ đi rồi mới giải thể.") % {"count": working}
        )
