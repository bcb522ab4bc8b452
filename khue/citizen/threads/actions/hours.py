"""A teacher says when families are answered."""

from __future__ import annotations

from django.utils.translation import gettext as _

from khue.citizen.threads.hours import Hours
from khue.citizen.threads.models import OfficeHours
from khue.citizen.threads.queries import partners
from khue.kernel.actions import DomainError, NotAllowed, Work, action
from khue.kernel.people.models import Person


@action("threads.set_hours", own=True)
def set_hours(work: Work, person: Person, *, hours: Hours | None) -> OfficeHours | None:
    """Set one's office hours at the school of the capacity; None goes back to the school's."""
    if not work.actor.holds("threads.set_hours"):
        raise NotAllowed
    school = partners.own_school(work.actor)
    if school is None:
        raise NotAllowed
    work.chain = school.pk
    row = OfficeHours.objects.select_for_update().filter(person=person, school=school).first()
    if hours is None:
        if row is not None:
            work.remove(row)
        return None
    if not hours.is_sound:
        raise DomainError(
            _("Chọn ít nhất một ngày, giờ hết phải sau giờ bắt đầu."),
            fields={"until": _("Giờ hết phải sau giờ bắt đầu.")},
        )
    values = {"days": hours.days, "start": hours.start, "until": hours.until}
    if row is None:
        return work.create(OfficeHours(person=person, school=school, **values))
    return work.change(row, **values)
