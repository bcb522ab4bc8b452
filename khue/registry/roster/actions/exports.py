"""Taking lists of pupils out: every export is written down; a large one wants a second person (rules/13 section 11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, NotAllowed, Work, action, written
from khue.kernel.actions.work import reference
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import value_of
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Classroom, Enrolment, ExportRequest, ExportState
from khue.registry.roster.queries.places import all_nearest_holders

VALID = timedelta(hours=48)


def _note(work: Work, count: int, filters: dict[str, str], table: str) -> None:
    work.note(exported=table, pupils=count, filters=filters)


def _check_limit(count: int) -> None:
    limit = int(value_of("roster.export_limit"))
    if count > limit:
        raise DomainError(
            _("Danh sách có %(n)s em, quá %(limit)s em một lần xuất. Cần người thứ hai duyệt.")
            % {"n": count, "limit": limit},
            code="needs_approval",
        )


@action("roster.export", permission="roster.export")
def export_unit(
    work: Work, unit: Unit, *, count: int, filters: dict[str, str], table: str = "pupils"
) -> None:
    """Write down that a list of a unit was taken out; raises DomainError beyond the limit."""
    _check_limit(count)
    _note(work, count, filters, table)


@action("roster.export_class", permission="roster.export")
def export_class(work: Work, room: Classroom, *, count: int, filters: dict[str, str]) -> None:
    """Write down that a class list was taken out."""
    _check_limit(count)
    _note(work, count, filters, "class")


@action("roster.export_chosen", permission="roster.export")
def export_chosen(work: Work, enrolments: list[Enrolment], *, filters: dict[str, str]) -> None:
    """Write down that chosen pupils were taken out."""
    _check_limit(len(enrolments))
    _note(work, len(enrolments), filters, "chosen")
    work.touch_people(row.person_id for row in enrolments)


@action("roster.ask_export", permission="roster.export")
def ask_export(work: Work, unit: Unit, *, year_id: int, query: str, count: int, reason: str) -> ExportRequest:
    """Ask for a large export; whoever may approve it at this unit finds it in "Việc của tôi"."""
    if len(reason.strip()) < 10:
        text = _("Ghi rõ danh sách dùng vào việc gì, gửi cho ai.")
        raise DomainError(text, fields={"reason": text})
    assert work.actor.person_id is not None
    work.reason = reason
    found = work.create(
        ExportRequest(
            unit=unit, year_id=year_id, query=query[:500], pupils=count, reason=reason.strip()[:300],
            asked_by_id=work.actor.person_id,
        )
    )  # fmt: skip
    asked_unit, people = all_nearest_holders("roster.approve_export", unit, without=work.actor.person_id)
    url = reverse("roster:export_request", args=[found.pk])
    open_task(
        work,
        kind="roster.approve_export",
        title=written("Duyệt xuất danh sách %(n)s em", n=count),
        detail=written("%(who)s xin xuất: %(reason)s", who=work.actor.name, reason=reason.strip()),
        url=url,
        action_label=gettext_noop("Xem và trả lời"),
        unit_id=asked_unit,
        permission="roster.approve_export",
        subject=reference(found),
    )
    tell(
        work,
        people=people,
        kind="roster.approve_export",
        title=written("%(who)s xin xuất danh sách %(n)s em", who=work.actor.name, n=count),
        body=reason.strip(),
        url=url,
        dedupe_key=reference(found),
    )
    return found


@action("roster.decide_export", permission="roster.approve_export")
def decide_export(
    work: Work, request: ExportRequest, *, is_approved: bool, answer: str = ""
) -> ExportRequest:
    """Approve or refuse somebody else's export; nobody approves their own."""
    if request.asked_by_id == work.actor.person_id:
        raise NotAllowed(_("Không ai tự duyệt việc mình xin. Nhờ người khác có quyền duyệt."))
    if request.state != ExportState.ASKED:
        raise DomainError(_("Việc này đã được trả lời."))
    if not is_approved and not answer.strip():
        text = _("Ghi lý do từ chối.")
        raise DomainError(text, fields={"answer": text})
    now = timezone.now()
    values: dict[str, Any] = {
        "state": ExportState.APPROVED if is_approved else ExportState.REFUSED, "decided_by_id": work.actor.person_id,
        "decided_at": now, "answer": answer.strip()[:300], "valid_until": now + VALID if is_approved else None,
    }  # fmt: skip
    work.change(request, **values)
    close_tasks(work, reference(request))
    title = "Được xuất danh sách %(n)s em" if is_approved else "Chưa được xuất danh sách %(n)s em"
    tell(
        work, people=[request.asked_by_id], kind="roster.approve_export", title=written(title, n=request.pupils),
        body=answer.strip(), url=reverse("roster:export_request", args=[request.pk]),
        dedupe_key=f"{reference(request)}:{request.state}",
    )  # fmt: skip
    return request


@action("roster.use_export", permission="roster.export")
def use_export(work: Work, request: ExportRequest, *, count: int, filters: dict[str, str]) -> None:
    """Take an approved list out, once, within two days, and not many more pupils than were approved."""
    if request.asked_by_id != work.actor.person_id or request.state != ExportState.APPROVED:
        raise DomainError(_("Chưa có ai duyệt lần xuất này."))
    if request.valid_until is None or request.valid_until < timezone.now():
        raise DomainError(_("Lần duyệt đã hết hạn sau hai ngày. Xin duyệt lại."))
    if count > request.pupils * 1.02 + 5:
        raise DomainError(
            _("Danh sách nay có %(n)s em, nhiều hơn lúc duyệt (%(old)s em). Xin duyệt lại.")
            % {"n": count, "old": request.pupils}
        )
    _note(work, count, filters, "approved")
    work.note(request=request.pk)
    work.change(request, state=ExportState.USED)
