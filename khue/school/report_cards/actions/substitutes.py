"""Naming who signs in another's place: the teacher left, or nobody taught the course to its end."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom
from khue.registry.staff.models import Position
from khue.school.report_cards.models import Substitute


@action("report_cards.name_signer")
def name_signer(work: Work, room: Classroom, *, subject_id: str, person_id: int, reason: str) -> Substitute:
    """Let a member of staff sign cards as homeroom teacher (no subject) or a subject's rows, with a reason."""
    words = " ".join(reason.split())[:300]
    if not words:
        text = _("Ghi lý do, ví dụ: cô Hằng đã chuyển công tác từ 01/08/2026.")
        raise DomainError(text, fields={"reason": text})
    today = timezone.localdate()
    works = Position.objects.filter(
        person_id=person_id, unit_id=room.school_id, starts_on__lte=today
    ).exclude(ends_on__lte=today)
    if not works.exists():
        text = _("Chọn người đang làm việc ở trường.")
        raise DomainError(text, fields={"person": text})
    if subject_id and not Course.objects.filter(classroom=room, subject_id=subject_id).exists():
        text = _("Lớp không học môn này.")
        raise DomainError(text, fields={"subject": text})
    held = Substitute.objects.select_for_update().filter(
        classroom=room, subject_id=subject_id or None, ended_at__isnull=True
    )
    for row in held:
        if row.person_id == person_id:
            raise DomainError(_("Đã giao cho người này rồi."))
        work.change(row, ended_at=timezone.now())
    work.reason = words
    work.touch_people([person_id])
    assert work.actor.person_id is not None
    return work.create(
        Substitute(
            classroom=room, subject_id=subject_id or None, person_id=person_id, reason=words,
            named_by_id=work.actor.person_id,
        )
    )  # fmt: skip


@action("report_cards.end_substitute", permission="report_cards.name_signer")
def end_substitute(work: Work, row: Substitute) -> None:
    """Take it back; what was signed stays."""
    if row.ended_at is not None:
        raise DomainError(_("Đã thôi giao rồi."))
    work.touch_people([row.person_id])
    work.change(row, ended_at=timezone.now())
