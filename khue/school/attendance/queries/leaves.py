"""Requests for leave as teachers and guardians read them, absence notices, and the sessions a school planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.registry.roster.models import Enrolment
from khue.school.attendance.models import AbsenceNotice, LeaveRequest, LeaveState, SessionPlan

_CHILDREN = """
select e.id, e.person_id, p.full_name, p.given_name, e.classroom_id, coalesce(k.name, ''), u.name, t.full_name,
       t.given_name, t.sex, t.phone, coalesce(k.level, e.level)
from roster_enrolment e
join people_person p on p.id = e.person_id
join org_unit u on u.id = e.school_id
left join roster_classroom k on k.id = e.classroom_id
left join lateral (
  select q.full_name, q.given_name, q.sex, q.phone from roster_homeroom h join people_person q on q.id = h.teacher_id
  where h.classroom_id = e.classroom_id and h.starts_on <= %s and h.ends_on > %s order by h.starts_on desc limit 1
) t on true
where e.person_id = any(%s) and e.is_current and e.status = 'studying' and e.classroom_id is not null
order by p.birth_date, p.id
"""


_SEX = 9  # the place of the teacher's sex, which may be unknown


@dataclass(frozen=True, slots=True)
class Child:
    """An own child in class, and the homeroom teacher."""

    enrolment_id: int
    person_id: int
    full_name: str
    given_name: str
    classroom_id: int
    class_name: str
    school_name: str
    teacher: str
    teacher_given: str
    teacher_sex: int | None
    teacher_phone: str
    level: str


def own_children(actor: Actor, permission: str = "attendance.ask_leave") -> list[Child]:
    """The children for whom the actor may ask, the eldest first; one statement."""
    people = actor.reach(permission).person_ids
    today = timezone.localdate()
    found = []
    for row in fetch(_CHILDREN, [today, today, list(people)]) if people else ():
        values: list[Any] = ["" if value is None and n != _SEX else value for n, value in enumerate(row)]
        found.append(Child(*values))
    return found


def leaves(actor: Actor) -> QuerySet[LeaveRequest]:
    """The requests the actor answers, newest first."""
    rows: QuerySet[LeaveRequest] = LeaveRequest.objects.visible_to(actor, "attendance.answer_leave")
    return rows.select_related(
        "enrolment__person", "enrolment__classroom", "asked_by", "decided_by", "proof"
    ).order_by("-asked_at", "-pk")


def waiting(actor: Actor) -> QuerySet[LeaveRequest]:
    """The requests that wait for the actor's answer, the nearest day first."""
    return leaves(actor).filter(state=LeaveState.ASKED).order_by("from_day", "asked_at")


def own_leaves(actor: Actor) -> QuerySet[LeaveRequest]:
    """The requests for the actor's own children, newest first."""
    rows: QuerySet[LeaveRequest] = LeaveRequest.objects.visible_to(actor, "attendance.ask_leave")
    return rows.select_related("enrolment__person", "decided_by", "asked_by", "proof").order_by(
        "-asked_at", "-pk"
    )


def own_enrolment(actor: Actor, enrolment_id: int) -> Enrolment | None:
    """An own child's place as the target of a request."""
    found: Enrolment | None = (
        Enrolment.objects.visible_to(actor, "attendance.ask_leave")
        .filter(pk=enrolment_id, is_current=True)
        .first()
    )
    return found


def own_notices(actor: Actor) -> QuerySet[AbsenceNotice]:
    """What the actor was told of own children's absences, newest first."""
    rows: QuerySet[AbsenceNotice] = AbsenceNotice.objects.visible_to(actor, "attendance.view_own")
    return rows.filter(told_at__isnull=False).select_related("enrolment__person", "enrolment__classroom").order_by(
        "-told_at", "-pk"
    )  # fmt: skip


_TOLD = """
select p.full_name, m.sent_at, m.read_at from notify_message m join people_person p on p.id = m.person_id
where m.kind = 'attendance.absence' and m.dedupe_key = %s order by m.sent_at, m.id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told when, and whether they have read it."""

    name: str
    sent_at: datetime
    read_at: datetime | None


def all_told(notice: AbsenceNotice) -> list[Told]:
    """The guardians who were told of an absence; the caller reads the notice by right."""
    return [Told(*row) for row in fetch(_TOLD, [f"attendance.absence:{notice.pk}"])]


def plans(actor: Actor) -> QuerySet[SessionPlan]:
    """The sessions planned at the schools the actor manages, newest first."""
    rows: QuerySet[SessionPlan] = SessionPlan.objects.visible_to(actor, "attendance.manage")
    return rows.select_related("classroom", "school").order_by(
        "-starts_on", "level", "classroom__sort_key", "pk"
    )


# --- what a family sees of a child's day ----------------------------------------------------------------------------

_DAY = """
select e.person_id, e.id, a.first_in, a.last_out,
       (select json_agg(json_build_array(s.session, s.period, s.taken_at, coalesce(m.code, ''), m.minutes, s.is_checkin)
            order by s.session, s.period)
          from attendance_sheet s left join attendance_mark m on m.sheet_id = s.id and m.enrolment_id = e.id
          where s.classroom_id = e.classroom_id and s.day = %s and s.taken_at is not null),
       (select json_agg(json_build_array(n.id, n.session, n.period, n.told_at, n.mended_at, n.answer) order by n.id)
          from attendance_absence_notice n where n.enrolment_id = e.id and n.day = %s and n.told_at is not null),
       (select json_agg(json_build_array(l.id, l.state) order by l.id)
          from attendance_leave_request l where l.enrolment_id = e.id and l.state in ('asked', 'granted')
          and l.from_day <= %s and l.to_day >= %s),
       exists (select from roster_classroom k join org_unit u on u.id = coalesce(k.campus_id, k.school_id)
          join calendar_closure c on c.unit_id = any(string_to_array(trim(both '/' from u.path), '/')::bigint[])
          where k.id = e.classroom_id and c.at_home and not c.is_cancelled and c.starts_on <= %s
            and (c.ends_on is null or c.ends_on >= %s))
from roster_enrolment e left join attendance_arrival a on a.enrolment_id = e.id and a.day = %s
where e.person_id = any(%s) and e.is_current
"""


@dataclass(frozen=True, slots=True)
class DayNotice:
    """News of an absence on the day."""

    id: int
    session: str
    period: int
    is_mended: bool
    answer: str


@dataclass(frozen=True, slots=True)
class ChildDay:
    """What a family sees of a child's day: the gate, each roll that was taken, news of absence, leave."""

    person_id: int
    enrolment_id: int
    first_in: datetime | None
    last_out: datetime | None
    rolls: tuple[
        tuple[str, int, datetime, str, int | None, bool], ...
    ]  # session, period, taken, code, minutes, home
    notices: tuple[DayNotice, ...]
    leaves: tuple[tuple[int, str], ...]  # id, state
    is_at_home: bool = False  # the school is closed and there are lessons at home


def day_of(actor: Actor, person_ids: list[int], day: date) -> dict[int, ChildDay]:
    """The day of the actor's own children by person; somebody else's child is left out. One statement."""
    own = sorted(set(actor.reach("attendance.view_own").person_ids) & set(person_ids))
    return {row[0]: _day(row) for row in fetch(_DAY, [*[day] * 7, own])} if own else {}


def _day(row: tuple[Any, ...]) -> ChildDay:
    person, enrolment, first_in, last_out, rolls, notices, asked, is_at_home = row
    return ChildDay(
        person, enrolment, first_in, last_out,
        tuple((s, n, datetime.fromisoformat(at), code, minutes, home) for s, n, at, code, minutes, home in rolls or ()),
        tuple(DayNotice(pk, s, n, mended is not None, answer) for pk, s, n, _told, mended, answer in notices or ()),
        tuple((pk, state) for pk, state in asked or ()), is_at_home,
    )  # fmt: skip
