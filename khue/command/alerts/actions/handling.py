"""What people do about an alert: take it on, give it to somebody, remind those who are late, close and reopen it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.command.alerts.actions.evaluating import subject_of
from khue.command.alerts.models import Alert, Change, Kind, Rule, State
from khue.command.alerts.recipients import assignable
from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.org.models import Unit
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.school.gradebook import actions as gradebook
from khue.school.gradebook.actions.reminders import Reminded
from khue.school.gradebook.models import Sheet

HANDLE: Final = "alerts.handle"


def _need_open(alert: Alert) -> None:
    if alert.state != State.OPEN:
        raise DomainError(_("Cảnh báo này đã đóng."))


def _step(
    work: Work,
    alert: Alert,
    kind: Kind,
    *,
    about: int | None = None,
    note: str = "",
    at: datetime | None = None,
) -> datetime:
    moment = at or timezone.now()
    work.create(
        Change(
            alert=alert, at=moment, kind=kind, step=alert.step, value=alert.value, person_id=work.actor.person_id,
            about_id=about, note=note[:300],
        )
    )  # fmt: skip
    return moment


@action("alerts.acknowledge", permission="alerts.act")
def acknowledge(work: Work, alerts: list[Alert]) -> int:
    """Say that one has seen them and looks after them: nobody is told of them again unless they become worse.

    Gives how many were not acknowledged yet. Raises DomainError when none of them is open.
    """
    waiting = [alert for alert in alerts if alert.state == State.OPEN]
    if not waiting:
        raise DomainError(_("Cảnh báo này đã đóng."))
    new = [alert for alert in waiting if alert.acknowledged_at is None]
    for alert in new:
        at = _step(work, alert, Kind.ACKNOWLEDGED)
        work.change(alert, acknowledged_at=at, acknowledged_by_id=work.actor.person_id)
    return len(new)


@action("alerts.assign", permission="alerts.act")
def assign(work: Work, alert: Alert, *, person_id: int, note: str = "", due_on: date | None = None) -> None:
    """Give an alert to a person of its unit, or of an office above it that the actor oversees too: it stands in their
    Việc của tôi until it is closed.

    Raises DomainError with `person` among its fields when the person has no part in it, `due` when the day is over.
    """
    _need_open(alert)
    if person_id not in {pk for pk, _label in assignable(work.actor, alert.unit)}:
        raise DomainError(
            _("Chọn người phụ trách đơn vị này, không cao hơn cấp của mình."),
            fields={"person": _("Người này không phụ trách đơn vị.")},
        )
    if due_on is not None and due_on < timezone.localdate():
        raise DomainError(_("Hạn đã qua."), fields={"due": _("Hạn từ hôm nay trở đi.")})
    subject = subject_of(alert.pk)
    if alert.assigned_to_id not in (None, person_id):
        close_tasks(work, subject, [HANDLE])
    at = _step(work, alert, Kind.ASSIGNED, about=person_id, note=note)
    work.change(alert, assigned_to_id=person_id)
    if alert.acknowledged_at is None:
        work.change(alert, acknowledged_at=at, acknowledged_by_id=work.actor.person_id)
    rule, unit = Rule.objects.get(pk=alert.rule_id), Unit.objects.get(pk=alert.unit_id)
    open_task(
        work, kind=HANDLE, title=written("%(rule)s: %(unit)s", rule=rule.name, unit=unit.name),
        detail=note or rule.advice, url=reverse("alerts:alert", args=[alert.pk]), person_id=person_id,
        unit_id=alert.unit_id, action_label=gettext_noop("Xem cảnh báo"), subject=subject,
        due_at=timezone.make_aware(datetime.combine(due_on, time(23, 59))) if due_on else None,
    )  # fmt: skip
    work.touch_people([person_id])


@action("alerts.remind", permission="alerts.act")
def remind(work: Work, alert: Alert, *, sheets: list[Sheet]) -> Reminded:
    """Remind the teachers of late sheets, by the gradebook's own rule (nobody twice a day), and write it down here.

    Raises DomainError when none of the sheets is late, NotVisible when the actor may not remind there.
    """
    _need_open(alert)
    found = gradebook.remind(work.actor, sheets)
    _step(work, alert, Kind.REMINDED, note=written("%(n)s giáo viên", n=found.told))
    return found


@action("alerts.remind_heads", permission="alerts.act")
def remind_heads(work: Work, alert: Alert, *, schools: list[Unit], late: dict[int, int]) -> Reminded:
    """Remind the principals of late schools, by the gradebook's own rule, and write it down here.

    `late` is late sheets by school. Raises DomainError when no school is late.
    """
    _need_open(alert)
    found = gradebook.remind_heads(work.actor, schools, figures=late)
    _step(work, alert, Kind.REMINDED, note=written("%(n)s hiệu trưởng", n=found.told))
    return found


@action("alerts.close")
def close(work: Work, alert: Alert, *, reason: str) -> None:
    """Close an alert by hand though its figure is not well yet; for the rule's quiet days it is not opened again unless
    it becomes worse. Raises DomainError with `reason` among its fields without one."""
    _need_open(alert)
    if not reason.strip():
        raise DomainError(_("Ghi lý do đóng."), fields={"reason": _("Ghi lý do đóng.")})
    work.reason = reason
    at = _step(work, alert, Kind.CLOSED, note=reason)
    work.change(
        alert, state=State.CLOSED, closed_at=at, closed_by_id=work.actor.person_id, reason=reason[:300],
        amber_since=None, red_since=None,
    )  # fmt: skip
    close_tasks(work, subject_of(alert.pk))


@action("alerts.reopen", permission="alerts.close")
def reopen(work: Work, alert: Alert, *, reason: str) -> None:
    """Open again what somebody closed by hand. Raises DomainError when it closed by itself, or another is open."""
    if alert.state != State.CLOSED:
        raise DomainError(_("Cảnh báo này đang mở."))
    if alert.closed_by_id is None:
        raise DomainError(_("Cảnh báo này tự đóng vì số liệu đã ổn; xấu lại thì Khuê tự mở cảnh báo mới."))
    if not reason.strip():
        raise DomainError(_("Ghi lý do mở lại."), fields={"reason": _("Ghi lý do mở lại.")})
    others = Alert.objects.filter(rule_id=alert.rule_id, unit_id=alert.unit_id).exclude(state=State.CLOSED)
    for other in others.select_for_update(of=("self",)):
        if other.state == State.OPEN:
            raise DomainError(_("Đơn vị này đã có cảnh báo mới hơn đang mở."))
        work.remove(other)
    work.reason = reason
    at = _step(work, alert, Kind.REOPENED, note=reason)
    work.change(
        alert, state=State.OPEN, closed_at=None, closed_by_id=None, reason="", stepped_at=at, acknowledged_at=None,
        acknowledged_by_id=None, assigned_to_id=None,
    )  # fmt: skip
