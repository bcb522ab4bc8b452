"""Something is said to many: announced, edited as a new version, withdrawn, read, confirmed, reminded of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.core.files.base import File
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.citizen.threads import rules
from khue.citizen.threads.models import (
    FAMILIES,
    READ_ANNOUNCEMENTS,
    Announcement,
    AnnouncementVersion,
    Audience,
    Receipt,
)
from khue.citizen.threads.queries import announcements as queries
from khue.kernel.access import roles
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, Work, action
from khue.kernel.files.storing import store
from khue.kernel.notify.models import Message as Notice
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom

ANNOUNCED: Final = "threads.announcement"
TO_CONFIRM: Final = "threads.to_confirm"
EMERGENCY: Final = "threads.emergency"
REMINDED: Final = "threads.reminder"
TITLE_MOST: Final = 160
TEXT_MOST: Final = 4000
KINDS: Final = frozenset({"pdf", "jpeg", "png", "webp", "xlsx"})


@dataclass(frozen=True, slots=True)
class Words:
    """What an announcement says and asks."""

    title: str
    text: str
    expires_on: date
    needs_confirming: bool = False


@action("threads.announce")
def announce(
    work: Work,
    place: Classroom | Course | Unit,
    *,
    audience: str,
    words: Words,
    grade: int | None = None,
    campus_id: int | None = None,
    is_emergency: bool = False,
    reason: str = "",
    upload: File[Any] | None = None,
) -> Announcement:
    """Say something to the families of a class, course, grade, campus or school, to a staff, or to schools' heads."""
    said = _checked(words)
    unit, where = _place(work, place, audience, grade, campus_id)
    if is_emergency:
        _check_emergency(work, unit, reason)
    file = store(work, upload, purpose="threads.announcement", unit=unit, kinds=KINDS) if upload else None
    made = work.create(
        Announcement(
            unit=unit, audience=audience, **where, title=said.title, text=said.text, expires_on=said.expires_on,
            needs_confirming=said.needs_confirming, is_emergency=is_emergency, file=file,
            written_by_id=work.actor.person_id or 0,
        )
    )  # fmt: skip
    counts, _rows = queries.progress(work.actor, made)
    work.change(made, addressed=counts.total, version=made.version)
    kind = EMERGENCY if is_emergency else TO_CONFIRM if said.needs_confirming else ANNOUNCED
    told = _tell(work, made, kind, f"{ANNOUNCED}:{made.pk}", everybody=True)
    work.note(told_people=told)
    return made


@action("threads.edit_announcement", permission="threads.announce")
def edit_announcement(work: Work, announcement: Announcement, *, words: Words, version: int) -> Announcement:
    """Say it otherwise: what it said before is kept as a version, and it is shown as edited."""
    _check_mine(work, announcement)
    if announcement.withdrawn_at is not None:
        raise DomainError(_("Thông báo đã rút, không sửa được nữa."))
    if announcement.version != version:
        raise Conflict(_("Thông báo vừa được người khác sửa. Xem lại rồi sửa."))
    said = _checked(words)
    if (announcement.title, announcement.text) != (said.title, said.text):
        number = AnnouncementVersion.objects.filter(announcement=announcement).count() + 1
        work.create(
            AnnouncementVersion(
                announcement=announcement, number=number, title=announcement.title, text=announcement.text,
                until=timezone.now(), edited_by_id=work.actor.person_id or 0,
            )
        )  # fmt: skip
        work.change(announcement, title=said.title, text=said.text, edited_at=timezone.now())
    return work.change(announcement, expires_on=said.expires_on, needs_confirming=said.needs_confirming)


@action("threads.withdraw_announcement", permission="threads.announce")
def withdraw_announcement(work: Work, announcement: Announcement) -> Announcement:
    """Take it back: nobody it was for sees it any more, and what has not left of its notices does not leave."""
    _check_mine(work, announcement)
    if announcement.withdrawn_at is not None:
        raise DomainError(_("Thông báo đã rút từ trước."))
    now = timezone.now()
    unread = Notice.objects.filter(url=_url(announcement), read_at__isnull=True).values_list("pk", flat=True)
    work.change_many(Notice, ["read_at"], {pk: ([None], [now]) for pk in unread}, is_touched=False)
    return work.change(announcement, withdrawn_at=now)


@action("threads.read_announcement", permission="threads.view_announcements")
def read_announcement(work: Work, announcement: Announcement) -> int:
    """Note that the reader has opened it, for each own child it is for, or for themselves; gives how many are new."""
    _check_mine(work, announcement, READ_ANNOUNCEMENTS)
    return len(_receipts(work, announcement))


@action("threads.confirm_announcement", permission="threads.view_announcements")
def confirm_announcement(work: Work, announcement: Announcement) -> int:
    """Confirm having read it, for each own child it is for, or for oneself as staff; gives how many are new."""
    _check_mine(work, announcement, READ_ANNOUNCEMENTS)
    if announcement.withdrawn_at is not None or not announcement.needs_confirming:
        raise DomainError(_("Thông báo này không hỏi xác nhận."))
    if roles.PUPIL in work.actor.roles:
        raise NotAllowed
    _receipts(work, announcement)
    now = timezone.now()
    own = Receipt.objects.filter(
        announcement=announcement, person_id=work.actor.person_id or 0, confirmed_at=None
    )
    pupils = [one.pupil_id for one in queries.addressed(work.actor, announcement.pk)]
    if announcement.audience in FAMILIES:
        own = own.filter(pupil__in=pupils)
    rows = {pk: ([None], [now]) for pk in own.values_list("pk", flat=True)}
    work.change_many(Receipt, ["confirmed_at"], rows, is_touched=False)
    return len(rows)


@action("threads.remind", permission="threads.announce")
def remind(work: Work, announcement: Announcement) -> int:
    """Remind those who have not confirmed (or read), once a day; gives how many people were told."""
    _check_mine(work, announcement)
    today = timezone.localdate()
    if announcement.withdrawn_at is not None or announcement.expires_on < today:
        raise DomainError(_("Thông báo đã rút hoặc hết hạn, không nhắc nữa."))
    if not rules.may_remind(announcement.reminded_on, announcement.expires_on, today):
        raise DomainError(_("Hôm nay đã nhắc rồi. Mỗi ngày nhắc một lần."))
    told = _tell(work, announcement, REMINDED, f"{REMINDED}:{announcement.pk}:{today}", everybody=False)
    work.note(told_people=told)
    work.change(announcement, reminded_on=today)
    return told


def _check_mine(work: Work, announcement: Announcement, permission: str = queries.ANNOUNCE) -> None:
    """The Department's reach goes everywhere, its announcements and what it reads of them do not."""
    if not queries.announcements(work.actor, permission).filter(pk=announcement.pk).exists():
        raise NotVisible


def _url(announcement: Announcement) -> str:
    return reverse("threads:announcement", args=[announcement.pk])


def _tell(work: Work, announcement: Announcement, kind: str, key: str, *, everybody: bool) -> int:
    people = queries.all_recipients(announcement, everybody=everybody)
    return tell(
        work, people=set(people) - {work.actor.person_id or 0}, kind=kind, title=announcement.title,
        body=announcement.text[:300], url=_url(announcement), dedupe_key=key, unit_id=announcement.unit_id,
    )  # fmt: skip


def _receipts(work: Work, announcement: Announcement) -> Sequence[int]:
    """Rows of the reader that are not there yet; notices of it are read with it."""
    now, person_id = timezone.now(), work.actor.person_id
    if person_id is None or announcement.withdrawn_at is not None:
        raise NotVisible
    wanted: list[int | None] = [
        one.pupil_id for one in queries.addressed(work.actor, announcement.pk) if not one.has_read
    ]
    is_own = queries.is_for_actor(work.actor, announcement)
    if is_own and queries.own_receipt(work.actor, announcement) is None:
        wanted.append(None)
    notices = Notice.objects.filter(person_id=person_id, url=_url(announcement), read_at__isnull=True)
    work.change_many(
        Notice, ["read_at"], {pk: ([None], [now]) for pk in notices.values_list("pk", flat=True)}, is_touched=False,
    )  # fmt: skip
    return work.create_many(
        Receipt,
        ["announcement_id", "person_id", "pupil_id", "read_at"],
        [[announcement.pk, person_id, pupil, now] for pupil in wanted],
        is_touched=False,
    )


def _checked(words: Words) -> Words:
    title, text = " ".join(words.title.split()), rules.tidy(words.text)
    fields = {}
    if not 3 <= len(title) <= TITLE_MOST:
        fields["title"] = _("Tiêu đề dài từ 3 đến 160 chữ.")
    if not 3 <= len(text) <= TEXT_MOST:
        fields["text"] = _("Nội dung dài từ 3 đến 4.000 chữ.")
    if not rules.is_good_expiry(words.expires_on, timezone.localdate()):
        fields["expires_on"] = _("Ngày hết hạn từ hôm nay đến một năm nữa.")
    if fields:
        raise DomainError(next(iter(fields.values())), fields=fields)
    return Words(title, text, words.expires_on, words.needs_confirming)


def _check_emergency(work: Work, unit: Unit, reason: str) -> None:
    reason = rules.tidy(reason)
    if not work.actor.can("threads.announce_emergency", unit):
        raise NotAllowed
    if len(reason) < 5:
        raise DomainError(_("Ghi lý do báo khẩn cấp."), fields={"reason": _("Ghi lý do báo khẩn cấp.")})
    work.reason = reason[:500]


def _place(
    work: Work, place: Classroom | Course | Unit, audience: str, grade: int | None, campus_id: int | None
) -> tuple[Unit, dict[str, Any]]:
    """The unit that speaks and the columns that narrow; raises NotAllowed for a place that is not the actor's own."""
    if isinstance(place, Classroom):
        if audience != Audience.CLASS:
            raise NotAllowed
        return Unit.objects.get(pk=place.school_id), {"classroom": place}
    if isinstance(place, Course):
        if audience != Audience.COURSE:
            raise NotAllowed
        return Unit.objects.get(pk=place.school_id), {"classroom_id": place.classroom_id, "course": place}
    own = {one.scope_id for one in work.actor.grants if one.scope_kind == "unit"}
    is_school = place.kind == "school"
    if place.pk not in own:
        raise NotAllowed
    if is_school != (audience in (Audience.GRADE, Audience.CAMPUS, Audience.SCHOOL, Audience.STAFF)):
        raise NotAllowed
    if audience == Audience.GRADE:
        if grade is None:
            raise DomainError(_("Chọn khối."))
        return place, {"grade": grade}
    if audience == Audience.CAMPUS:
        if not Unit.objects.filter(pk=campus_id or 0, parent=place, kind="campus").exists():
            raise DomainError(_("Chọn điểm trường."))
        return place, {"campus_id": campus_id}
    return place, {}
