"""Reminding schools that have not sent their report; nobody twice for the same stage or within a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.command.reports import tasks
from khue.command.reports.models import SENT, Period, Report
from khue.kernel.access import roles
from khue.kernel.access.grants import grants_reaching
from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import Notice, tell_each
from khue.kernel.org.models import Unit, UnitKind

LATE: Final = "reports.owed"


@action("reports.remind")
def remind(work: Work, schools: Sequence[Unit], *, period: Period, stage: str = "") -> int:
    """Tell the heads of schools that have not signed; gives how many were told; nobody twice for one `stage`."""
    sent = set(
        Report.objects.filter(period=period, unit__in=schools, state__in=SENT).values_list(
            "unit_id", flat=True
        )
    )
    owing = {one.pk: one for one in schools if one.kind == UnitKind.SCHOOL and one.pk not in sent}
    if not owing:
        raise DomainError(_("Các trường này đã gửi báo cáo."))
    key = stage or f"{timezone.localdate():%Y-%m-%d}"
    told = tell_each(
        work,
        [
            _notice(period, owing[grant.scope_id], grant.person_id, key, work.actor.name)
            for grant in grants_reaching(unit_ids=list(owing))
            if grant.role == roles.PRINCIPAL and grant.scope_id in owing
        ],
    )
    work.note(told_heads=told, schools=len(owing))
    return told


def _notice(period: Period, school: Unit, person_id: int, key: str, who: str) -> Notice:
    left = (period.due_on - timezone.localdate()).days
    when = (
        written(gettext_noop("Hạn nộp %(day)s."), day=f"{period.due_on:%d/%m/%Y}") if left >= 0
        else written(gettext_noop("Đã quá hạn %(n)s ngày."), n=-left)
    )  # fmt: skip
    return Notice(
        person_id, LATE,
        written(
            gettext_noop("%(school)s chưa gửi báo cáo: %(period)s"), school=school.name,
            period=tasks.period_words(period),
        ),
        when, tasks.address(period, school), f"{LATE}:{period.pk}:{school.pk}:{key}",
    )  # fmt: skip


def stage_of(period: Period, today: date, days_before: int) -> str:
    """Which reminder of the job is due on a day: before, on the day, then every week; empty when none is."""
    left = (period.due_on - today).days
    if left < 0:
        return f"late-{(-left - 1) // 7}"
    if left == 0:
        return "due"
    return "soon" if left <= days_before else ""
