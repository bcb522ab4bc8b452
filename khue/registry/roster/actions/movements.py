"""Writes of movements: leaving, pausing, coming back, mistakes set right; every one an event and a new count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.people.models import Person
from khue.lib.enrolment_rules import TransitionProblem
from khue.registry.roster import rules
from khue.registry.roster.actions import records
from khue.registry.roster.events import PupilLeft, PupilReturned
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import Enrolment, EnrolmentEvent, EventKind, Status, Transfer, TransferState

KINDS = (EventKind.DROPPED, EventKind.RESERVED, EventKind.SUSPENDED, EventKind.RETURNED, EventKind.DECEASED)
BESIDE = (EventKind.CORRECTED, EventKind.CLASS_CHANGED)  # say nothing of whether a pupil is there
GONE = (Status.DROPPED, Status.DECEASED, Status.TRANSFERRED_OUT, Status.COMPLETED)
OPEN_TRANSFERS = (TransferState.SUBMITTED, TransferState.ACCEPTED, TransferState.RELEASED)


def next_status(enrolment: Enrolment, kind: str) -> str:
    """The status an event leads to; raises DomainError in plain words."""
    try:
        return rules.after(enrolment.status, kind)
    except TransitionProblem as problem:
        raise DomainError(problem.message, fields={"kind": problem.message}) from problem


@action("roster.record_movement", permission="roster.move")
def record_movement(
    work: Work, enrolments: Sequence[Enrolment], *, kind: str, on: date, reason_code: str = "", reason: str = "",
    decision: str = "",
) -> list[Enrolment]:  # fmt: skip
    """Drop out, pause, be suspended, come back or die: for one pupil or several, in one action."""
    if kind not in KINDS:
        raise DomainError(_("Việc này làm ở mục khác."))
    if kind == EventKind.DROPPED and reason_code not in rules.DROP_REASONS:
        text = _("Chọn lý do bỏ học, để tỉnh biết mà giúp.")
        raise DomainError(text, fields={"reason_code": text})
    if kind in (EventKind.SUSPENDED, EventKind.RESERVED) and not decision.strip():
        text = _("Ghi số quyết định.")
        raise DomainError(text, fields={"decision": text})
    work.reason = reason
    if decision:
        work.note(decision=decision)
    for enrolment in enrolments:
        records.check_held(enrolment)
    records.check_days(enrolments, on)
    for enrolment in enrolments:
        _check_no_transfer(enrolment)
        status = next_status(enrolment, kind)
        work.change(enrolment, status=status, status_on=on, left_on=on if status in GONE else None)
        records.record_event(
            work, enrolment, kind, on, reason_code=reason_code, reason=reason, decision=decision
        )
        if status == Status.DECEASED:
            work.change(Person.objects.select_for_update().get(pk=enrolment.person_id), died_on=on)
        if status in GONE:
            work.announce(PupilLeft(enrolment.person_id, enrolment.pk, enrolment.school_id, kind, on))
        elif kind == EventKind.RETURNED:
            work.announce(PupilReturned(enrolment.person_id, enrolment.pk, enrolment.school_id, on))
    _recount(work, enrolments, on)
    return list(enrolments)


def _check_no_transfer(enrolment: Enrolment) -> None:
    if Transfer.objects.filter(enrolment=enrolment, state__in=OPEN_TRANSFERS).exists():
        raise DomainError(_("Em đang có đơn chuyển trường. Rút đơn trước."))


def _recount(work: Work, enrolments: Sequence[Enrolment], on: date) -> None:
    for year_id in sorted({row.year_id for row in enrolments}):
        recount(work, {row.school_id for row in enrolments if row.year_id == year_id}, year_id, on=on)


@action("roster.correct_movement", permission="roster.move")
def correct_movement(work: Work, enrolment: Enrolment, *, reason: str) -> Enrolment:
    """The last movement was a mistake: the pupil is again what they were before; the mistake stays on record."""
    records.check_held(enrolment)
    if not reason.strip():
        text = _("Ghi lý do đính chính.")
        raise DomainError(text, fields={"reason": text})
    events = list(EnrolmentEvent.objects.filter(enrolment=enrolment).order_by("-pk"))
    standing = _standing(events)
    # What came after a movement stands on it: who has gone to another school since is not fetched back by this.
    last = next((event for event in standing if event.kind not in BESIDE), None)
    if last is None or last.kind not in KINDS:
        raise DomainError(_("Không có thay đổi nào để đính chính."))
    status, status_on = _before(standing, last, enrolment)
    wrong_status = enrolment.status
    work.reason = reason
    work.change(enrolment, status=status, status_on=status_on, left_on=status_on if status in GONE else None)
    if wrong_status == Status.DECEASED:
        work.change(Person.objects.select_for_update().get(pk=enrolment.person_id), died_on=None)
    records.record_event(
        work,
        enrolment,
        EventKind.CORRECTED,
        timezone.localdate(),
        reason_code=f"undo:{last.pk}",
        reason=reason,
    )
    recount(work, [enrolment.school_id], enrolment.year_id, on=last.on)
    return enrolment


def _standing(events: Sequence[EnrolmentEvent]) -> list[EnrolmentEvent]:
    """Events that no correction has taken back, newest first."""
    undone = {event.reason_code for event in events if event.kind == EventKind.CORRECTED}
    return [event for event in events if f"undo:{event.pk}" not in undone]


def _before(
    standing: Sequence[EnrolmentEvent], last: EnrolmentEvent, enrolment: Enrolment
) -> tuple[str, date]:
    """What the pupil was before an event, and since when."""
    earlier = [event for event in standing if event.pk < last.pk]
    for event in earlier:
        if event.kind in KINDS:
            found = {
                EventKind.DROPPED: Status.DROPPED, EventKind.RESERVED: Status.RESERVED,
                EventKind.SUSPENDED: Status.SUSPENDED, EventKind.DECEASED: Status.DECEASED,
                EventKind.RETURNED: Status.STUDYING,
            }[EventKind(event.kind)]  # fmt: skip
            return found, event.on
        if event.kind in (
            EventKind.ADMITTED,
            EventKind.TRANSFERRED_IN,
            EventKind.PROMOTED,
            EventKind.RETAINED,
        ):
            return Status.STUDYING, event.on
    return Status.STUDYING, enrolment.joined_on
