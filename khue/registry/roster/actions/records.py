"""Steps that several actions share: who holds the pupil, an event, a temporary code, an account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Identifier, Person
from khue.kernel.people.records import open_accounts, person_code
from khue.lib.codes import temporary_pupil_code
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.events import PupilPlaced
from khue.registry.roster.models import Classroom, Enrolment, EnrolmentEvent


def check_held(enrolment: Enrolment) -> None:
    """Refuse a pupil who has moved on: a former school no longer holds the record; raises NotVisible."""
    if not enrolment.is_current:
        raise NotVisible


def last_days(enrolments: Iterable[Enrolment]) -> dict[int, date]:
    """The day of the newest event of each pupil; what happens next happens on that day or later. One query."""
    rows = EnrolmentEvent.objects.filter(enrolment__in=list(enrolments)).order_by()
    return dict(rows.values("enrolment_id").annotate(last=Max("on")).values_list("enrolment_id", "last"))


def check_days(enrolments: Sequence[Enrolment], on: date, *, latest: date | None = None) -> None:
    """Refuse a day before the last thing that happened to one of the pupils, or after `latest` (today).

    Counts may be dated back, but never past an older change: the order of events is the order of days.
    """
    if on > (latest or timezone.localdate()):
        raise DomainError(_("Ngày này chưa đến."), fields={"on": _("Ngày này chưa đến.")})
    days = last_days(enrolments)
    newest = max([row.status_on for row in enrolments] + list(days.values()))
    if on < newest:
        text = _("Trước ngày %(day)s, là ngày của thay đổi gần nhất.") % {"day": f"{newest:%d/%m/%Y}"}
        raise DomainError(text, fields={"on": text})


def record_event(
    work: Work, enrolment: Enrolment, kind: str, on: date, *, reason_code: str = "", reason: str = "",
    decision: str = "", other_school: str = "",
) -> EnrolmentEvent:  # fmt: skip
    """Write down what happened to a pupil."""
    work.touch_people([enrolment.person_id])
    return work.create(
        EnrolmentEvent(
            enrolment=enrolment, school_id=enrolment.school_id, classroom_id=enrolment.classroom_id, kind=kind, on=on,
            reason_code=reason_code, reason=reason, decision=decision, other_school=other_school,
        )
    )  # fmt: skip


def announce_placed(work: Work, placed: Iterable[tuple[int, int | None]], on: date) -> None:
    """Tell the other rooms of enrolments (ids) that are in these classes now, once a class."""
    rooms: dict[int, list[int]] = {}
    for enrolment_id, room_id in placed:
        if room_id is not None:
            rooms.setdefault(room_id, []).append(enrolment_id)
    for room_id, ids in sorted(rooms.items()):
        work.announce(PupilPlaced(tuple(ids), room_id, on))


def give_temporary_code(work: Work, person: Person, school: Unit, year_id: int) -> Identifier:
    """A code that stands in until the ministry's comes: TAM-<school>-<year><number>."""
    taken = Identifier.objects.filter(system="temporary", unit=school).count()
    known = set(Identifier.objects.filter(system="temporary", unit=school).values_list("value", flat=True))
    code = temporary_pupil_code(school.code, year_id, taken + 1)
    while code in known:
        taken += 1
        code = temporary_pupil_code(school.code, year_id, taken + 1)
    return work.create(Identifier(person=person, system="temporary", value=code, unit=school))


def retire_temporary_codes(work: Work, person: Person, on: date) -> None:
    """The ministry's code has come: the stand-ins are history."""
    for row in Identifier.objects.select_for_update().filter(
        person=person, system="temporary", replaced_on__isnull=True
    ):
        work.change(row, replaced_on=on)


def open_account(work: Work, person: Person) -> None:
    """An account, when the person has none; its name is the ministry code, else Khuê's own."""
    if Account.objects.filter(person=person).exists():
        return
    wanted = (person.ministry_code or person.code).lower()
    if Account.objects.filter(login_name=wanted).exists():
        wanted = person_code(person.pk).lower()
    open_accounts(work, [(person.pk, wanted)])


def open_year(year_id: int) -> SchoolYear:
    """A school year that may be written to; raises DomainError when it is closed or unknown."""
    year = SchoolYear.objects.filter(pk=year_id).first()
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học này."))
    if year.is_closed:
        raise DomainError(_("Năm học %(year)s đã khóa, chỉ xem.") % {"year": year.label})
    return year


def class_for(school_id: int, year_id: int, classroom_id: int | None) -> Classroom | None:
    """An open class of the school and year; raises DomainError for another school's or a closed one."""
    if classroom_id is None:
        return None
    room = Classroom.objects.filter(pk=classroom_id, school_id=school_id, year_id=year_id).first()
    if room is None:
        raise DomainError(_("Trường không có lớp này."), fields={"classroom": _("Chọn một lớp của trường.")})
    if room.closed_on is not None:
        text = _("Lớp %(name)s đã giải thể.") % {"name": room.name}
        raise DomainError(text, fields={"classroom": text})
    return room
