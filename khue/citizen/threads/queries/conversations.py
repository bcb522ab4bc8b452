"""Threads as their two sides read them: the inbox, one conversation, how much is unread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from khue.citizen.threads.hours import Hours
from khue.citizen.threads.models import Complaint, Message, Side, Thread, teaching_at
from khue.citizen.threads.queries.partners import all_school_hours
from khue.kernel.access.actor import Actor
from khue.kernel.files.models import StoredFile
from khue.kernel.notify.models import Message as Notice
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.lib import names

READ: Final = "threads.read"
PAGE: Final = 50
MESSAGES: Final = 100

# How many messages of the other side (%s) of a thread `t` somebody (%s) has not read.
UNREAD: Final = """
select count(*) as n from threads_message m
where m.thread_id = t.id and m.side = %s and m.withdrawn_at is null
  and m.id > coalesce((select r.seen_to from threads_reader r where r.thread_id = t.id and r.person_id = %s), 0)
"""
_INBOX: Final = f"""
select t.id, t.pupil_id, p.full_name, p.given_name, coalesce(k.name, ''), q.full_name, q.given_name, q.sex, t.last_at,
       m.side, m.writer_id, left(m.text, 140), m.withdrawn_at is not null, m.seen_at, n.n
from threads_thread t
join people_person p on p.id = t.pupil_id
join people_person q on q.id = t.teacher_id
left join roster_classroom k on k.id = t.classroom_id
join lateral (select * from threads_message m where m.thread_id = t.id order by m.id desc limit 1) m on true
cross join lateral ({UNREAD}) n
where {{whose}} and (%s or n.n > 0) and p.search_key like all(%s)
order by t.last_at desc, t.id desc limit %s offset %s
"""  # noqa: S608 (our own SQL)
_OF_FAMILY: Final = _INBOX.format(whose="t.pupil_id = any(%s)")
_OF_TEACHER: Final = _INBOX.format(whose="t.teacher_id = %s and t.school_id = any(%s)")
_MESSAGES: Final = """
select m.id, m.side, m.writer_id, w.full_name, m.text, m.sent_at, m.due_at, m.seen_at, m.withdrawn_at, f.name, f.id
from threads_message m join people_person w on w.id = m.writer_id left join files_stored_file f on f.id = m.file_id
where m.thread_id = %s and m.id < %s order by m.id desc limit %s
"""
_TALK: Final = """
select t.id, t.pupil_id, p.full_name, coalesce(k.name, ''), t.teacher_id, q.full_name, q.given_name, q.sex, t.school_id,
  u.name, u.path, exists (
    select from roster_enrolment e
    where e.id = t.enrolment_id and e.is_current and e.status in ('studying', 'suspended') and (
      exists (select from roster_homeroom h where h.classroom_id = e.classroom_id and h.teacher_id = t.teacher_id
              and h.starts_on <= %s and h.ends_on > %s)
      or exists (select from curriculum_course c join curriculum_teaching_assignment a on a.course_id = c.id
                 where c.classroom_id = e.classroom_id and a.teacher_id = t.teacher_id and a.starts_on <= %s
                   and a.ends_on > %s))),
  coalesce((select seen_to from threads_reader where thread_id = t.id and person_id = %s), 0),
  exists (select from threads_complaint where thread_id = t.id and closed_at is null), o.days, o.start, o.until
from threads_thread t
join people_person p on p.id = t.pupil_id
join people_person q on q.id = t.teacher_id
join org_unit u on u.id = t.school_id
left join roster_classroom k on k.id = t.classroom_id
left join threads_office_hours o on o.person_id = t.teacher_id and o.school_id = t.school_id
where t.id = %s and (t.pupil_id = any(%s) or (t.teacher_id = %s and t.school_id = any(%s)))
"""
NEWEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Line:
    """One conversation in an inbox."""

    id: int
    pupil_id: int
    pupil: str
    pupil_given: str
    class_name: str
    teacher: str
    teacher_given: str
    teacher_sex: int | None
    last_at: datetime
    side: str
    writer_id: int
    text: str
    is_withdrawn: bool
    seen_at: datetime | None
    unread: int


@dataclass(frozen=True, slots=True)
class Said:
    """One message on the screen."""

    id: int
    side: str
    writer_id: int
    writer: str
    text: str
    sent_at: datetime
    due_at: datetime | None
    seen_at: datetime | None
    withdrawn_at: datetime | None
    file: str | None
    file_id: int | None


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation, what the records say of it now, and how far the reader has read."""

    id: int
    pupil_id: int
    pupil: str
    class_name: str
    teacher_id: int
    teacher: str
    teacher_given: str
    teacher_sex: int | None
    school_id: int
    school: str
    school_path: str
    is_open: bool  # the teacher still teaches the pupil's class
    seen_to: int
    is_complained_of: bool
    days: str | None
    start: int | None
    until: int | None

    @property
    def hours(self) -> Hours:
        """The teacher's own office hours, else the school's (one statement)."""
        if self.days is not None and self.start is not None and self.until is not None:
            return Hours(self.days, self.start, self.until)
        return all_school_hours(Unit(pk=self.school_id, path=self.school_path))


def side_of(actor: Actor, permission: str = READ) -> str:
    """The side on which the actor stands in this capacity."""
    return Side.FAMILY if actor.reach(permission).person_ids else Side.TEACHER


def threads(actor: Actor, permission: str = READ) -> QuerySet[Thread]:
    """The conversations of which the actor is a side."""
    return Thread.objects.visible_to(actor, permission)


def thread(actor: Actor, pk: int) -> Thread | None:
    """One of them with its people."""
    return threads(actor).filter(pk=pk).select_related("pupil", "teacher", "classroom", "school").first()


def inbox(
    actor: Actor, *, search: str = "", only_unread: bool = False, offset: int = 0, limit: int = PAGE
) -> list[Line]:
    """The actor's conversations, the newest first; one statement. One more than `limit` says that there are more."""
    words = [f"%{word}%" for word in names.search_tokens(search)] or ["%"]
    ends = [not only_unread, words, limit + 1, offset]
    people = actor.reach(READ).person_ids
    me = actor.person_id or 0
    if people:
        rows = fetch(_OF_FAMILY, [Side.TEACHER.value, me, list(people), *ends])
    else:
        rows = fetch(_OF_TEACHER, [Side.FAMILY.value, me, me, teaching_at(actor, READ), *ends])
    return [Line(*row) for row in rows]


def talk(actor: Actor, pk: int) -> Talk | None:
    """One of them for its page, by the rule of Thread.objects.visible_to; one statement."""
    today, me = timezone.localdate(), actor.person_id or 0
    values = [
        today,
        today,
        today,
        today,
        me,
        pk,
        list(actor.reach(READ).person_ids),
        me,
        teaching_at(actor, READ),
    ]
    found = fetch(_TALK, values)
    return Talk(*found[0]) if found else None


def messages(actor: Actor, thread_id: int, before: int = NEWEST) -> list[Said]:
    """The newest messages of an own conversation (or those before one), oldest first; one statement."""
    del actor  # whoever has the thread by right reads its messages
    return [Said(*row) for row in reversed(fetch(_MESSAGES, [thread_id, before, MESSAGES]))]


def file_of(actor: Actor, thread_id: int, pk: int) -> StoredFile | None:
    """What was sent with a message of an own conversation, unless it was withdrawn."""
    rows: QuerySet[Message] = Message.objects.visible_to(actor, READ)
    found = rows.filter(thread_id=thread_id, pk=pk, withdrawn_at__isnull=True).select_related("file").first()
    return found.file if found else None


def own_notices(actor: Actor, url: str) -> list[Notice]:
    """The actor's unread notices that lead to a page."""
    return list(Notice.objects.filter(person_id=actor.person_id or 0, url=url, read_at__isnull=True))


HEAR: Final = "threads.hear_complaints"


def complaints(actor: Actor) -> QuerySet[Complaint]:
    """The complaints the actor hears, the open ones first."""
    rows: QuerySet[Complaint] = Complaint.objects.visible_to(actor, HEAR)
    return rows.select_related(
        "thread__pupil", "thread__teacher", "thread__classroom", "asked_by", "opened_by", "closed_by"
    ).order_by("closed_at", "-asked_at", "-pk")


def complaint(actor: Actor, pk: int) -> Complaint | None:
    """One of them."""
    return complaints(actor).filter(pk=pk).first()


def complained_messages(actor: Actor, found: Complaint) -> list[Said]:
    """What a complaint is about, for the head who opened it, while it is not closed; withdrawn texts included."""
    if found.opened_at is None or found.closed_at is not None or complaint(actor, found.pk) is None:
        return []
    return messages(actor, found.thread_id)
