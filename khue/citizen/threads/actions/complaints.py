"""Somebody of a conversation reports it; the school's head opens it for that complaint alone, and answers."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.citizen.threads import rules
from khue.citizen.threads.models import Complaint, Side, Thread
from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.people.models import Person
from khue.kernel.workflow.tasks import close_tasks, open_task

TASK: Final = "threads.complaint"
ANSWERED: Final = "threads.complaint_answered"
REASON_MOST: Final = 500


@action("threads.report", permission="threads.read")
def report(work: Work, thread: Thread, *, reason: str) -> Complaint:
    """Ask the head of the school to look into an own conversation; they may read it for this and only then."""
    reason = rules.tidy(reason)
    if len(reason) < 5:
        raise DomainError(_("Ghi lý do báo tin."), fields={"reason": _("Ghi lý do báo tin.")})
    if Complaint.objects.filter(thread=thread, closed_at__isnull=True).exists():
        raise DomainError(_("Cuộc trò chuyện này đã được báo, nhà trường đang xem."))
    is_family = thread.pupil_id in work.actor.reach("threads.read").person_ids
    work.reason = reason[:REASON_MOST]
    made = work.create(
        Complaint(
            thread=thread, side=Side.FAMILY if is_family else Side.TEACHER, reason=reason[:REASON_MOST],
            asked_by_id=work.actor.person_id or 0,
        )
    )  # fmt: skip
    open_task(
        work, kind=TASK, title=written(gettext_noop("Xem cuộc trò chuyện bị báo")),
        detail=written(gettext_noop("Về em %(pupil)s"), pupil=Person.objects.get(pk=thread.pupil_id).full_name),
        url=reverse("threads:complaint", args=[made.pk]), action_label=written(gettext_noop("Xem")),
        subject=f"{TASK}:{made.pk}", unit_id=thread.school_id, permission="threads.hear_complaints",
    )  # fmt: skip
    return made


@action("threads.open_complaint", permission="threads.hear_complaints")
def open_complaint(work: Work, complaint: Complaint) -> Complaint:
    """Open the conversation for reading, because of this complaint; the record says who, when and why."""
    if complaint.closed_at is not None:
        raise DomainError(_("Việc này đã có trả lời, cuộc trò chuyện đóng lại với người ngoài."))
    work.reason = complaint.reason
    work.touch(f"threads.thread:{complaint.thread_id}")
    if complaint.opened_at is not None:
        return complaint
    return work.change(complaint, opened_at=timezone.now(), opened_by_id=work.actor.person_id)


@action("threads.close_complaint", permission="threads.hear_complaints")
def close_complaint(work: Work, complaint: Complaint, *, answer: str) -> Complaint:
    """Answer who reported; the conversation is its two sides' alone again."""
    answer = rules.tidy(answer)
    if not answer:
        raise DomainError(
            _("Ghi trả lời cho người đã báo."), fields={"answer": _("Ghi trả lời cho người đã báo.")}
        )
    if complaint.closed_at is not None:
        raise DomainError(_("Việc này đã có trả lời."))
    close_tasks(work, f"{TASK}:{complaint.pk}")
    thread = Thread.objects.get(pk=complaint.thread_id)
    tell(
        work, people=[complaint.asked_by_id], kind=ANSWERED,
        title=written(gettext_noop("Nhà trường trả lời việc thầy cô, anh chị đã báo")), body=answer[:REASON_MOST],
        url=reverse("threads:thread", args=[thread.pk]), dedupe_key=f"{ANSWERED}:{complaint.pk}",
        unit_id=thread.school_id,
    )  # fmt: skip
    return work.change(
        complaint, answer=answer[:REASON_MOST], closed_at=timezone.now(), closed_by_id=work.actor.person_id
    )
