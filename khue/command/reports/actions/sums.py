"""Fixing the sums: an office closes its own, the department locks the province's."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.reports import tasks
from khue.command.reports.actions.flow import keep_step
from khue.command.reports.filling import digest
from khue.command.reports.models import Period, Report, Sheet, State, Verb
from khue.command.reports.queries import reports as queries
from khue.command.reports.sealing import Hand, keep_paper
from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.workflow.tasks import close_tasks


@action("reports.close", permission="reports.check")
def close(work: Work, office: Unit, *, period: Period, reason: str = "", hand: Hand | None = None) -> Report:
    """An office fixes the sum of its schools when it has checked every one of them; again only with a reason.

    With a `hand` the paper is signed by the officer's key.
    """
    if not tasks.is_office(office):
        raise DomainError(_("Chỉ chốt số của xã, phường."))
    owed, checked = _standing(period, office)
    if checked < owed or not owed:
        raise DomainError(
            _("Mới kiểm tra xong %(n)s trong %(all)s trường nên chưa chốt được.")
            % {"n": checked, "all": owed}
        )
    made = _keep_sum(work, period, office, State.SIGNED, Verb.CLOSED, reason)
    close_tasks(work, tasks.subject_of(period, office.pk), ["reports.check"])
    if hand is not None:
        keep_paper(work, made, hand)
    return made


@action("reports.lock", permission="reports.accept")
def lock(work: Work, period: Period, *, reason: str = "", hand: Hand | None = None) -> Report:
    """The department fixes the province's report; with schools missing, or a second time, only with a reason.

    With a `hand` the paper is signed by the officer's key.
    """
    department = period.department
    owed = queries.all_schools(period).count()
    taken = Report.objects.filter(period=period, is_school=True, state=State.ACCEPTED).count()
    reason = " ".join(reason.split())[:300]
    if taken < owed and len(reason) < 5:
        message = _("Mới nhận %(n)s trong %(all)s trường. Khóa khi còn thiếu thì ghi lý do.") % {
            "n": taken,
            "all": owed,
        }
        raise DomainError(message, fields={"ly-do": message})
    if not taken:
        raise DomainError(_("Chưa nhận báo cáo của trường nào."))
    work.reason = reason
    made = _keep_sum(work, period, department, State.ACCEPTED, Verb.LOCKED, reason)
    work.change(period, locked_at=timezone.now())
    work.note(schools=taken, owed=owed)
    close_tasks(work, f"reports.lock:{period.pk}")
    if hand is not None:
        keep_paper(work, made, hand)
    return made


def _standing(period: Period, office: Unit) -> tuple[int, int]:
    owed = queries.all_schools(period).filter(path__startswith=office.path).count()
    checked = Report.objects.filter(
        period=period, is_school=True, unit__path__startswith=office.path,
        state__in=[State.CHECKED, State.ACCEPTED],
    ).count()  # fmt: skip
    return owed, checked


def _keep_sum(work: Work, period: Period, unit: Unit, state: State, verb: Verb, reason: str) -> Report:
    """Keep the sum of a unit as an edition of its own report."""
    last = Report.objects.select_for_update().filter(period=period, unit=unit, is_latest=True).first()
    reason = " ".join(reason.split())[:300]
    levels, values = queries.all_sum(period, unit.path)
    of = queries.form_of(period)
    what = digest(of, unit.code, f"{period.as_of:%Y-%m-%d}", values)
    if last is not None:
        if last.is_sent and last.digest is not None and bytes(last.digest) == what:
            raise DomainError(_("Số không đổi từ lần chốt trước."))
        if len(reason) < 5:
            message = _("Đã chốt một lần. Ghi lý do chốt lại.")
            raise DomainError(message, fields={"ly-do": message})
        work.change(last, state=State.SUPERSEDED, is_latest=False)
    now = timezone.now()
    report = work.create(
        Report(
            period=period, unit=unit, is_school=False, edition=last.edition + 1 if last else 1, levels=list(levels),
            reason=reason if last else "", filled_at=now,
        )
    )  # fmt: skip
    work.create_many(
        Sheet, ("report_id", "table", "cells"), [(report.pk, table, cells) for table, cells in values.items()],
        is_touched=False,
    )  # fmt: skip
    work.change(report, state=state, signed_at=now, digest=what)
    keep_step(work, report, verb, at=now, what=what, reason=reason)
    return report
