"""Announcements: what is for whom today, who has read and confirmed, what somebody has sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from khue.citizen.threads.models import FAMILIES, READ_ANNOUNCEMENTS, Announcement, Audience, Receipt
from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom

ANNOUNCE: Final = "threads.announce"
EMERGENCY: Final = "threads.announce_emergency"
SHOWN: Final = 100
PEOPLE_SHOWN: Final = 300

# The places of pupils today for whom an announcement `a` is; a place that it does not name does not narrow it.
PLACED: Final = """
e.school_id = a.unit_id and e.is_current and e.status in ('studying', 'suspended')
and (a.classroom_id is null or a.classroom_id = e.classroom_id) and (a.grade is null or a.grade = e.grade)
and (a.campus_id is null or a.campus_id = e.campus_id)
"""
LIVE: Final = "a.withdrawn_at is null and a.expires_on >= %s"
FOR_FAMILIES: Final = "a.audience in ('class', 'course', 'grade', 'campus', 'school')"
# A family has read or confirmed when one of the pupil's people has, the pupil not being one of them.
FAMILY_RECEIPTS: Final = """
select max(r.read_at) as read_at, max(r.confirmed_at) as confirmed_at from threads_receipt r
where r.announcement_id = a.id and r.pupil_id = e.person_id and r.person_id <> e.person_id
"""
_FOR_CHILDREN: Final = f"""
select a.id, a.title, left(a.text, 160), a.needs_confirming, a.is_emergency, a.written_at, a.edited_at is not null,
       u.name, coalesce(k.name, ''), array_agg(p.given_name order by p.birth_date, p.id),
       bool_or(not exists (select from threads_receipt r
               where r.announcement_id = a.id and r.person_id = %s and r.pupil_id = e.person_id)),
       bool_or(f.confirmed_at is null), array_agg(e.person_id order by p.birth_date, p.id)
from threads_announcement a
join roster_enrolment e on {PLACED}
join people_person p on p.id = e.person_id
join org_unit u on u.id = a.unit_id
left join roster_classroom k on k.id = a.classroom_id
cross join lateral ({FAMILY_RECEIPTS}) f
where e.person_id = any(%s) and {FOR_FAMILIES} and {LIVE}
group by a.id, u.name, k.name order by a.written_at desc, a.id desc limit {SHOWN}
"""  # noqa: S608 (our own SQL)
_ADDRESSED: Final = f"""
select e.person_id, p.given_name, f.confirmed_at,
       exists (select from threads_receipt r
               where r.announcement_id = a.id and r.person_id = %s and r.pupil_id = e.person_id)
from threads_announcement a join roster_enrolment e on {PLACED} join people_person p on p.id = e.person_id
cross join lateral ({FAMILY_RECEIPTS}) f
where a.id = %s and e.person_id = any(%s) and {FOR_FAMILIES} order by p.birth_date, p.id
"""  # noqa: S608
_PUPILS: Final = f"""
select e.person_id, p.full_name, coalesce(k.name, ''), f.read_at, f.confirmed_at,
       exists (select from roster_guardianship g where g.pupil_id = e.person_id and g.may_view and g.starts_on <= %s
               and (g.ends_on is null or g.ends_on > %s)) as has_family,
       coalesce(k.sort_key, '') || ' ' || e.sort_key as key
from threads_announcement a join roster_enrolment e on {PLACED} join people_person p on p.id = e.person_id
left join roster_classroom k on k.id = e.classroom_id
cross join lateral ({FAMILY_RECEIPTS}) f where a.id = %s
"""  # noqa: S608
_STAFF: Final = """
select s.person_id, p.full_name, ''::text, r.read_at, r.confirmed_at, true as has_family, p.sort_key as key
from threads_announcement a
join (select distinct person_id, unit_id from staff_position
      where starts_on <= %s and (ends_on is null or ends_on > %s)) s on s.unit_id = a.unit_id
join people_person p on p.id = s.person_id
left join threads_receipt r on r.announcement_id = a.id and r.person_id = s.person_id and r.pupil_id is null
where a.id = %s
"""
_HEADS: Final = """
select u.id, u.name, ''::text, max(r.read_at) as read_at, max(r.confirmed_at) as confirmed_at,
       count(s.person_id) > 0 as has_family, u.sort_key as key
from threads_announcement a
join org_unit o on o.id = a.unit_id
join org_unit u on u.kind = 'school' and u.closed_on is null and u.path like o.path || '%%'
left join staff_position s on s.unit_id = u.id and s.post in ('principal', 'vice_principal') and s.starts_on <= %s
  and (s.ends_on is null or s.ends_on > %s)
left join threads_receipt r on r.announcement_id = a.id and r.person_id = s.person_id and r.pupil_id is null
where a.id = %s group by u.id, u.name, u.sort_key
"""
_COUNTS: Final = """
select count(*), count(read_at), count(confirmed_at), count(*) filter (where not has_family) from ({rows}) x
"""
_LEFT: Final = """
select * from ({rows}) x where case %s
  when 'read' then read_at is not null when 'confirmed' then confirmed_at is not null
  when 'unread' then read_at is null else confirmed_at is null end order by key, 1 limit {limit}
"""
# Guardians of those placed for an announcement whose family has not done what is asked (%s: ask for confirming too).
_TO_FAMILIES: Final = f"""
select distinct g.guardian_id from threads_announcement a join roster_enrolment e on {PLACED}
join roster_guardianship g on g.pupil_id = e.person_id and g.may_view and g.starts_on <= %s
  and (g.ends_on is null or g.ends_on > %s)
cross join lateral ({FAMILY_RECEIPTS}) f
where a.id = %s and (%s or case when a.needs_confirming then f.confirmed_at is null else f.read_at is null end)
"""  # noqa: S608
_TO_STAFF: Final = """
select distinct s.person_id from threads_announcement a
join staff_position s on s.unit_id = a.unit_id and s.starts_on <= %s and (s.ends_on is null or s.ends_on > %s)
left join threads_receipt r on r.announcement_id = a.id and r.person_id = s.person_id and r.pupil_id is null
where a.id = %s and (%s or case when a.needs_confirming then r.confirmed_at is null else r.read_at is null end)
"""
_TO_HEADS: Final = """
select distinct s.person_id from threads_announcement a
join org_unit o on o.id = a.unit_id
join org_unit u on u.kind = 'school' and u.closed_on is null and u.path like o.path || '%%'
join staff_position s on s.unit_id = u.id and s.post in ('principal', 'vice_principal') and s.starts_on <= %s
  and (s.ends_on is null or s.ends_on > %s)
left join threads_receipt r on r.announcement_id = a.id and r.person_id = s.person_id and r.pupil_id is null
where a.id = %s and (%s or case when a.needs_confirming then r.confirmed_at is null else r.read_at is null end)
"""


@dataclass(frozen=True, slots=True)
class Line:
    """One announcement for a family, with the children it is about."""

    id: int
    title: str
    text: str
    needs_confirming: bool
    is_emergency: bool
    written_at: datetime
    is_edited: bool
    unit: str
    class_name: str
    children: Sequence[str]
    is_unread: bool
    is_unconfirmed: bool  # by nobody of the family of one of the children
    pupil_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Addressed:
    """A child of the reader's for whom an announcement is; `has_read`: this reader."""

    pupil_id: int
    given_name: str
    confirmed_at: datetime | None
    has_read: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How many have read and confirmed: families of pupils, members of a staff, or schools."""

    total: int
    read: int
    confirmed: int
    unreachable: int  # nobody could: no guardian, no head


@dataclass(frozen=True, slots=True)
class Reached:
    """One family (or member of staff, or school) and what it has done."""

    id: int
    name: str
    place: str
    read_at: datetime | None
    confirmed_at: datetime | None
    is_reachable: bool


def for_children(actor: Actor) -> list[Line]:
    """What is said now to the families of the actor's children (or to the actor as a pupil); one statement."""
    own = list(actor.reach(READ_ANNOUNCEMENTS).person_ids)
    if not own:
        return []
    return [Line(*row) for row in fetch(_FOR_CHILDREN, [actor.person_id or 0, own, timezone.localdate()])]


def received(actor: Actor, most: int) -> list[dict[str, Any]]:
    """What is said now to the actor as staff or head, the newest first, as plain rows; one query."""
    mine = Receipt.objects.filter(announcement=OuterRef("pk"), person_id=actor.person_id or 0)
    rows = (
        announcements(actor)
        .filter(withdrawn_at__isnull=True, expires_on__gte=timezone.localdate())
        .annotate(has_read=Exists(mine), has_confirmed=Exists(mine.filter(confirmed_at__isnull=False)))
        .order_by("-written_at", "-pk")
        .values(
            "id", "title", "text", "audience", "needs_confirming", "is_emergency", "written_at", "edited_at",
            "unit__name", "classroom__name", "grade", "campus__name", "written_by__full_name", "written_by_id",
            "has_read", "has_confirmed",
        )
    )  # fmt: skip
    return [dict(row) for row in rows[:most]]


def sent(actor: Actor) -> QuerySet[Announcement]:
    """What the actor may manage: their own, and all of the unit they lead; the newest first."""
    return (
        announcements(actor, ANNOUNCE)
        .select_related("classroom", "campus", "written_by", "course__subject")
        .order_by("-written_at", "-pk")
    )


def announcements(actor: Actor, permission: str = READ_ANNOUNCEMENTS) -> QuerySet[Announcement]:
    """The announcements the permission reaches."""
    return Announcement.objects.visible_to(actor, permission)


def announcement(actor: Actor, pk: int, permission: str = READ_ANNOUNCEMENTS) -> Announcement | None:
    """One of them with what stands on its page; a withdrawn one only for those who manage it."""
    rows = announcements(actor, permission).filter(pk=pk)
    if permission == READ_ANNOUNCEMENTS:
        rows = rows.filter(
            Q(withdrawn_at__isnull=True) | Q(pk__in=announcements(actor, ANNOUNCE).values("pk"))
        )
    return rows.select_related("unit", "classroom", "campus", "course__subject", "written_by", "file").first()


def addressed(actor: Actor, pk: int) -> list[Addressed]:
    """The actor's children for whom an announcement is; one statement."""
    own = list(actor.reach(READ_ANNOUNCEMENTS).person_ids)
    return [Addressed(*row) for row in fetch(_ADDRESSED, [actor.person_id or 0, pk, own])] if own else []


def is_for_actor(actor: Actor, found: Announcement) -> bool:
    """Whether it is said to the actor in person, as staff or as a head: asked to confirm like families are."""
    if found.audience == Audience.STAFF:
        return any(one.unit_id == found.unit_id for one in actor.grants if one.role not in roles.FAMILY)
    return found.audience == Audience.HEADS and bool(actor.roles & set(roles.HEADS))


def own_receipt(actor: Actor, found: Announcement) -> Receipt | None:
    """The actor's own receipt as staff or head."""
    return Receipt.objects.filter(announcement=found, person_id=actor.person_id or 0, pupil=None).first()


def progress(actor: Actor, found: Announcement, state: str = "") -> tuple[Progress, list[Reached]]:
    """Who has read and confirmed; `state`: read, unread, confirmed or unconfirmed (at most 300). Two statements."""
    del actor  # whoever manages the announcement
    rows, values = _rows_of(found)
    asked = state or ("unconfirmed" if found.needs_confirming else "unread")
    counts = Progress(*fetch(_COUNTS.format(rows=rows), values)[0])
    left = fetch(_LEFT.format(rows=rows, limit=PEOPLE_SHOWN), [*values, asked])
    return counts, [Reached(*row[:-1]) for row in left]


def _rows_of(found: Announcement) -> tuple[str, list[Any]]:
    today = timezone.localdate()
    text = _PUPILS if found.audience in FAMILIES else _STAFF if found.audience == Audience.STAFF else _HEADS
    return text, [today, today, found.pk]


def all_recipients(found: Announcement, *, everybody: bool) -> list[int]:
    """Whom it is for today as people; without `everybody` only those who have not done what it asks. One statement."""
    today = timezone.localdate()
    text = _TO_STAFF if found.audience == Audience.STAFF else _TO_HEADS
    text = _TO_FAMILIES if found.audience in FAMILIES else text
    return [pk for (pk,) in fetch(text, [today, today, found.pk, everybody])]


@dataclass(frozen=True, slots=True)
class Place:
    """One place to which the actor may announce: a key for the form, its name."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Places:
    """Every place to which the actor may announce."""

    unit: Unit | None
    is_leading: bool
    classes: Sequence[tuple[int, str]]
    courses: Sequence[tuple[int, str, str]]  # id, subject, class
    grades: Sequence[int]
    campuses: Sequence[tuple[int, str]]


def places(actor: Actor) -> Places:
    """To whom the actor may announce: own classes and courses; a school's office to its classes, grades, campuses."""
    unit = Unit.objects.filter(pk=actor.unit_id).first() if actor.unit_id else None
    leading = bool(actor.roles & {*roles.OVERSEERS, *roles.SCHOOL_OFFICE})
    if unit is None or unit.kind != "school":
        return Places(unit, leading, (), (), (), ())
    rooms = (
        Classroom.objects.visible_to(actor, ANNOUNCE)
        .filter(
            school=unit,
            year__is_closed=False,
            closed_on__isnull=True,
            year__starts_on__lte=timezone.localdate(),
        )
        .order_by("sort_key", "pk")
        .values_list("pk", "name", "grade", "level")
    )
    listed = list(rooms)
    courses = (
        Course.objects.visible_to(actor, ANNOUNCE)
        .filter(pk__in=actor.reach(ANNOUNCE).course_ids)
        .order_by("classroom__sort_key", "subject__order")
        .values_list("pk", "subject__name", "classroom__name")
    )
    campuses = Unit.objects.filter(parent=unit, kind="campus", closed_on__isnull=True) if leading else ()
    return Places(
        unit,
        leading,
        [(pk, name) for pk, name, _grade, _level in listed],
        list(courses),
        sorted({grade for _pk, _name, grade, _level in listed}) if leading else (),
        [(one.pk, one.name) for one in campuses],
    )


def place(actor: Actor, kind: str, pk: int) -> Classroom | Course | Unit | None:
    """The row to which an announcement is made: a class, a course, or the actor's own unit."""
    if kind == Audience.CLASS:
        return Classroom.objects.visible_to(actor, ANNOUNCE).filter(pk=pk).first()
    if kind == Audience.COURSE:
        return Course.objects.visible_to(actor, ANNOUNCE).filter(pk=pk).first()
    return Unit.objects.visible_to(actor, ANNOUNCE).filter(pk=actor.unit_id or 0).first()


def all_today() -> date:
    """The day of the province."""
    return timezone.localdate()
