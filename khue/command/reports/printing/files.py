"""The files of a unit's report: what it says now, on paper or as a workbook."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.utils.translation import override

from khue.command.reports.models import Period, Report
from khue.command.reports.printing.papers import REPORT
from khue.command.reports.printing.words import Printed, SchoolLine
from khue.command.reports.printing.workbook import note_of, workbook
from khue.command.reports.queries import reports as queries
from khue.command.reports.sealing import verified
from khue.kernel import papers
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit

AT_ONCE: Final = 200
"""Schools whose cells are put into a file while its reader waits, a fifth of a second; more are done by a run."""


def name_of(period: Period, unit: Unit, kind: str) -> str:
    """What the file is called."""
    return f"bao-cao-{period.kind}-{period.year_id}-{unit.code}.{kind}"


def is_big(actor: Actor, period: Period, unit: Unit, is_school: bool) -> bool:
    """Whether the file of a unit is more than anybody is to wait for."""
    return not is_school and queries.count_schools_of(actor, period, unit) > AT_ONCE


def made(
    actor: Actor, period: Period, unit: Unit, is_school: bool, kind: str, edition: int | None = None
) -> bytes | None:
    """The file; None when the unit has no report in the period."""
    if kind == "pdf":
        report = queries.latest(actor, period.pk, unit, edition)
        if report is not None and report.paper_id is not None:
            return verified(report)
    with override("vi"):  # the form is the ministry's, whoever takes it out
        one = printed(actor, period, unit, is_school, edition)
        if one is None:
            return None
        return papers.render(REPORT, one) if kind == "pdf" else workbook(one, note=note_of(actor.name))


def drawn(actor: Actor, report: Report) -> bytes:
    """The paper of a report just signed off, before the key of its official goes onto it."""
    with override("vi"):
        one = printed(actor, report.period, report.unit, report.is_school, report.edition)
        assert one is not None
        return papers.render(REPORT, replace(one, with_key=True))


def printed(
    actor: Actor, period: Period, unit: Unit, is_school: bool, edition: int | None = None
) -> Printed | None:
    """Everything the files say of a unit's report; of a sum that was kept, the schools it was added up from."""
    report = queries.latest(actor, period.pk, unit, edition)
    of = queries.form_of(period)
    over = unit.parent.name if unit.parent_id is not None and unit.parent is not None else ""
    if report is None:
        if is_school:
            return None
        levels, values = queries.sum_of(actor, period, unit)
        found = Printed(of, period.year_id, period.as_of, unit.name, over, levels, values, is_sum=True)
    else:
        found = _kept(report, over)
    if is_school:
        return found
    schools = [
        SchoolLine(
            row.unit.name, row.unit.parent.name if row.unit.parent else "", row.unit.code, row.signed_at, row.edition,
            tuple(row.levels), values,
        )
        for row, values in queries.schools_of(actor, period, unit, found.signed_at)
    ]  # fmt: skip
    return Printed(**{**found.__dict__, "schools": schools})


def _kept(report: Report, over: str) -> Printed:
    seen = queries.seen(report, with_remarks=False)
    steps = [step for step in queries.steps_of(report) if step.verb in ("signed", "closed", "locked")]
    period = report.period
    return Printed(
        seen.form, period.year_id, period.as_of, report.unit.name, over, seen.levels, seen.values,
        edition=report.edition, reason=report.reason,
        remarks=tuple((one["text"], one["why"]) for one in report.findings),
        signed_name=steps[-1].name if steps else "", signed_as=steps[-1].capacity if steps else "",
        signed_at=report.signed_at, digest=bytes(report.digest or b"").hex(), is_sum=not report.is_school,
    )  # fmt: skip
