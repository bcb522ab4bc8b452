"""Families and teachers write to each other; messages are added, seen, taken back, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.core.files.base import File
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.citizen.threads import rules
from khue.citizen.threads.hours import Hours
from khue.citizen.threads.models import TEXT_MOST, Message, Reader, Side, Thread
from khue.citizen.threads.queries import conversations, partners
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.files.models import StoredFile
from khue.kernel.files.storing import store
from khue.kernel.notify.models import Message as Notice
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment

TO_FAMILY: Final = "threads.to_family"
TO_TEACHER: Final = "threads.to_teacher"
KINDS: Final = frozenset({"pdf", "jpeg", "png", "webp"})
MOST: Final = 60  # pupils of a class written to at once
Upload: TypeAlias = "File[Any] | None"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent: the conversations, and the pupils of whom nobody may read it."""

    threads: Sequence[Thread]
    left_out: Sequence[str]


@action("threads.write_to_teacher", permission="threads.write")
def write_to_teacher(
    work: Work, enrolment: Enrolment, *, teacher_id: int, text: str, upload: Upload = None
) -> Thread:
    """A guardian writes to a teacher of an own child; the conversation is opened when there is none."""
    if enrolment.person_id not in work.actor.reach("threads.write").person_ids:
        raise NotVisible
    if not partners.all_teaches(enrolment.pk, teacher_id):
        raise NotVisible
    said = _checked(text)
    found = _threads(work, [enrolment], teacher_id)
    _post(work, found, Side.FAMILY, said, _kept(work, upload, enrolment.school_id))
    return found[0]


@action("threads.write_to_families", permission="threads.write")
def write_to_families(
    work: Work, enrolments: Sequence[Enrolment], *, text: str, upload: Upload = None
) -> Sent:
    """A teacher writes to the families of pupils of own classes, each in a conversation of its own."""
    teacher_id = work.actor.person_id
    if teacher_id is None or work.actor.reach("threads.write").person_ids:
        raise NotVisible
    if len(enrolments) > MOST:
        raise DomainError(_("Mỗi lần nhiều nhất 60 em. Nhắn từng lớp."))
    rooms = set(work.actor.reach("threads.write").class_ids)
    guarded = partners.all_guardians([one.person_id for one in enrolments])
    chosen = []
    for one in enrolments:
        if one.classroom_id not in rooms or not one.is_current:
            raise NotVisible
        if one.person_id in guarded:
            chosen.append(one)
    if not chosen:
        raise DomainError(_("Chưa có phụ huynh nào gắn với các em này trên Khuê."))
    said = _checked(text)
    found = _threads(work, chosen, teacher_id)
    _post(work, found, Side.TEACHER, said, _kept(work, upload, chosen[0].school_id))
    missing = {one.person_id for one in enrolments} - guarded.keys()
    names = Person.objects.filter(pk__in=missing).order_by("sort_key").values_list("full_name", flat=True)
    return Sent(found, list(names))


@action("threads.send", permission="threads.write")
def send(work: Work, thread: Thread, *, text: str, upload: Upload = None) -> Thread:
    """Write into an own conversation; refused once the teacher teaches the pupil no more."""
    if not partners.all_teaches(thread.enrolment_id, thread.teacher_id):
        raise DomainError(_("Cuộc trò chuyện đã đóng: thầy cô không còn dạy lớp của em. Vẫn đọc lại được."))
    side = _side(work, thread)
    if side == Side.TEACHER and not partners.all_guardians([thread.pupil_id]):
        raise DomainError(_("Chưa có phụ huynh nào gắn với em trên Khuê."))
    said = _checked(text)
    _post(work, [thread], side, said, _kept(work, upload, thread.school_id))
    return thread


@action("threads.see", permission="threads.read")
def see(work: Work, thread: Thread) -> int:
    """Note that what the other side wrote was on the reader's screen; gives how many messages nobody had seen."""
    side, now, person_id = _side(work, thread), timezone.now(), work.actor.person_id or 0
    fresh = list(
        Message.objects.filter(thread=thread, withdrawn_at__isnull=True)
        .exclude(side=side)
        .order_by("pk")
        .values_list("pk", "seen_at")
    )
    unseen = [pk for pk, seen_at in fresh if seen_at is None]
    work.change_many(Message, ["seen_at"], {pk: ([None], [now]) for pk in unseen}, is_touched=False)
    newest = fresh[-1][0] if fresh else 0
    reader = Reader.objects.filter(thread=thread, person_id=person_id).first()
    if reader is None:
        if newest:
            work.create(Reader(thread=thread, person_id=person_id, seen_to=newest, seen_at=now))
    elif reader.seen_to < newest:
        work.change(reader, seen_to=newest, seen_at=now)
    notices = conversations.own_notices(work.actor, _url(thread))
    work.change_many(Notice, ["read_at"], {one.pk: ([None], [now]) for one in notices}, is_touched=False)
    return len(unseen)


@action("threads.withdraw", permission="threads.write")
def withdraw(work: Work, thread: Thread, *, message_id: int) -> Message:
    """Take back an own message within five minutes, while nobody of the other side has seen it; the record keeps it."""
    message = Message.objects.select_for_update().filter(thread=thread, pk=message_id).first()
    if message is None:
        raise NotVisible
    now = timezone.now()
    if message.writer_id != work.actor.person_id:
        raise NotVisible
    if message.seen_at is not None:
        raise Conflict(_("Người nhận đã xem tin này, không thu hồi được nữa."))
    if not rules.may_withdraw(message.sent_at, message.seen_at, message.withdrawn_at, now):
        raise DomainError(_("Chỉ thu hồi được trong 5 phút sau khi gửi."))
    work.change(message, withdrawn_at=now)
    waiting = Message.objects.filter(
        thread=thread, side=message.side, seen_at__isnull=True, withdrawn_at__isnull=True
    )
    if not waiting.exists():
        notices = Notice.objects.filter(url=_url(thread), read_at__isnull=True, sent_at__gte=message.sent_at)
        ids = list(notices.exclude(person_id=work.actor.person_id).values_list("pk", flat=True))
        work.change_many(Notice, ["read_at"], {pk: ([None], [now]) for pk in ids}, is_touched=False)
    return message


def _url(thread: Thread) -> str:
    return reverse("threads:thread", args=[thread.pk])


def _side(work: Work, thread: Thread) -> Side:
    is_family = thread.pupil_id in work.actor.reach("threads.read").person_ids
    return Side.FAMILY if is_family else Side.TEACHER


def _checked(text: str) -> str:
    said = rules.tidy(text)
    if not said:
        raise DomainError(_("Viết lời nhắn rồi gửi."), fields={"text": _("Viết lời nhắn rồi gửi.")})
    if len(said) > TEXT_MOST:
        long = _("Dài nhất 2.000 chữ, tin này có %(n)d. Tách làm hai tin.") % {"n": len(said)}
        raise DomainError(long, fields={"text": long})
    return said


def _kept(work: Work, upload: Upload, school_id: int) -> StoredFile | None:
    if not upload:
        return None
    return store(work, upload, purpose="threads.message", unit=Unit(pk=school_id), kinds=KINDS)


def _threads(work: Work, enrolments: Sequence[Enrolment], teacher_id: int) -> list[Thread]:
    """One conversation a pupil with this teacher, made where there is none; locked."""
    now = timezone.now()
    ids = [one.pk for one in enrolments]
    mine = Thread.objects.select_for_update().filter(enrolment__in=ids, teacher_id=teacher_id).order_by("pk")
    known = {one.enrolment_id for one in mine}
    work.create_many(
        Thread,
        ["enrolment_id", "pupil_id", "school_id", "classroom_id", "teacher_id", "opened_at", "last_at"],
        [
            [one.pk, one.person_id, one.school_id, one.classroom_id, teacher_id, now, now]
            for one in enrolments
            if one.pk not in known
        ],
    )
    return list(mine.all())


def _post(work: Work, threads: Sequence[Thread], side: Side, text: str, file: StoredFile | None) -> None:
    """Add one message to each conversation, close what it answers, and tell the other side."""
    now = timezone.now()
    local = timezone.localtime(now)
    first = threads[0]
    school = Unit.objects.get(pk=first.school_id)
    hours = partners.all_hours(first.teacher_id, school)
    opens = hours.opens_at(local)
    due_at = opens if side == Side.FAMILY and opens > local else None
    ids = work.create_many(
        Message,
        ["thread_id", "side", "writer_id", "text", "file_id", "sent_at", "due_at"],
        [
            [one.pk, side.value, work.actor.person_id, text, file.pk if file else None, now, due_at]
            for one in threads
        ],
    )
    work.change_many(Thread, ["last_at"], {one.pk: ([one.last_at], [now]) for one in threads})
    work.touch_people(one.pupil_id for one in threads)
    if side == Side.TEACHER:
        _answer(work, threads, hours, now)
    pupils = Person.objects.in_bulk([one.pupil_id for one in threads])
    guardians = partners.all_guardians(list(pupils)) if side == Side.TEACHER else {}
    for one, pk in zip(threads, ids, strict=True):
        name = pupils[one.pupil_id].full_name
        if side == Side.TEACHER:
            title = written(
                gettext_noop("%(teacher)s nhắn về em %(pupil)s"), teacher=work.actor.name, pupil=name
            )
            people, kind, key = guardians.get(one.pupil_id, []), TO_FAMILY, f"{TO_FAMILY}:{pk}"
        else:
            title = written(gettext_noop("Phụ huynh em %(pupil)s nhắn"), pupil=name)
            held = f"{one.pk}:{due_at:%Y%m%d%H%M}:" if due_at else ""
            people, kind, key = [one.teacher_id], TO_TEACHER, f"{TO_TEACHER}:{held}{pk}"
            if held and _waits(one, f"{TO_TEACHER}:{held}"):
                continue
        tell(
            work, people=people, kind=kind, title=title, url=_url(one), dedupe_key=key, unit_id=one.school_id,
            not_before=due_at,
        )  # fmt: skip


def _waits(thread: Thread, key: str) -> bool:
    """Whether the teacher is told when the hours begin anyway: however often a family writes until then, it is once.

    A notice that was read, or whose message was taken back, tells nobody any more.
    """
    return Notice.objects.filter(
        person_id=thread.teacher_id, dedupe_key__startswith=key, read_at__isnull=True
    ).exists()


def _answer(work: Work, threads: Sequence[Thread], hours: Hours, now: datetime) -> None:
    """What families wrote and nobody had answered is answered now: after how many minutes of the teacher's hours."""
    waiting = Message.objects.filter(
        thread__in=[one.pk for one in threads], side=Side.FAMILY, answered_at__isnull=True,
        withdrawn_at__isnull=True,
    )  # fmt: skip
    local = timezone.localtime(now)
    rows = {
        pk: ([None, None], [now, hours.minutes_between(timezone.localtime(sent_at), local)])
        for pk, sent_at in waiting.values_list("pk", "sent_at")
    }
    work.change_many(Message, ["answered_at", "answer_minutes"], rows, is_touched=False)
