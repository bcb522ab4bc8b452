"""Periods and reports for tests."""

from __future__ import annotations

from datetime import date

from khue.command.reports import actions
from khue.command.reports.actions.flow import digest_of
from khue.command.reports.models import Period, Report
from khue.command.reports.queries import reports as queries
from khue.kernel.access.actor import Actor
from tests.cast import Cast

DAY, DUE = date(2026, 11, 10), date(2026, 11, 19)


def opened(cast: Cast, kind: str = "mid", as_of: date = DAY, due_on: date = DUE) -> Period:
    """A period with the reports of all schools made."""
    period = actions.open_period(
        cast.son, cast.department, year=cast.year, kind=kind, as_of=as_of, due_on=due_on, fills=False
    )
    actions.prepare_many(cast.son, period, schools=[cast.school.pk, cast.other_school.pk])
    return period


def report_of(period: Period, unit_id: int) -> Report:
    """The newest report of a unit."""
    return Report.objects.select_related("period__year", "unit").get(
        period=period, unit_id=unit_id, is_latest=True
    )


def explained(actor: Actor, report: Report) -> queries.Seen:
    """The report with every cell typed in and every warning explained."""
    seen = queries.seen(report)
    hand = [code for code, cell in seen.form.cells(seen.levels).items() if cell.row.is_hand]
    if hand:
        actions.enter(actor, report, cells=dict.fromkeys(hand, 3), source="Kiểm kê tài sản ngày 30/9")
        seen = queries.seen(report)
    for one in queries.findings_of(seen):
        if not one.is_error:
            actions.explain(actor, report, key=one.key, text="Đã đối chiếu hồ sơ.")
    return queries.seen(report)


def signed(actor: Actor, report: Report) -> Report:
    """The report explained and signed."""
    actions.sign(actor, report, shown=digest_of(explained(actor, report)).hex())
    return report_of(report.period, report.unit_id)
