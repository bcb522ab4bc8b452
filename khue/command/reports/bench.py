"""What the statistical reports cost: filling those of a province, adding them up for the department's page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final

from django.db.models.expressions import RawSQL
from django.utils import timezone

from khue.command.reports.actions import prepare_many
from khue.command.reports.definition import newest
from khue.command.reports.jobs import AT_ONCE
from khue.command.reports.models import Kind, Period, Report, State
from khue.command.reports.queries import reports as queries
from khue.kernel.access.actor import Actor
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.org.models import Unit
from khue.registry.calendar.queries import all_year_of

GROUP: Final = "indicators"
SOME: Final = 100


@contextmanager
def _period() -> Iterator[tuple[Period, list[int]]]:
    """A period nobody has opened, with the schools that owe it; nothing stays."""
    year, department = all_year_of(), Unit.objects.filter(parent__isnull=True).first()
    if year is None or department is None:
        raise CannotMeasureError("chưa có năm học nào; chạy khue demo trước.")
    taken = set(Period.objects.filter(year=year).values_list("kind", flat=True))
    kind = next((one.value for one in (Kind.START, Kind.END, Kind.MID) if one.value not in taken), None)
    if kind is None:
        raise CannotMeasureError("cả ba kì của năm học đã mở.")
    as_of = min(timezone.localdate(), max(date(year.pk, 9, 30), year.starts_on + timedelta(days=60)))
    with leaving_nothing():
        period = Period.objects.create(
            department=department, year=year, kind=kind, form_version=newest(kind), as_of=as_of, due_on=as_of
        )
        yield period, list(queries.all_schools(period).values_list("pk", flat=True))


@bench("reports_fill", group=GROUP)
def reports_fill(run: Run) -> Iterator[Result]:
    """Counting and writing the reports of schools, as the job does; `n` schools. The baseline: the facts alone."""
    with _period() as (period, schools):
        wanted = schools if run.full else schools[:SOME]
        actor = Actor.system("reports.bench")

        def all_of_them() -> None:
            for begin in range(0, len(wanted), AT_ONCE):
                prepare_many(actor, period, schools=wanted[begin : begin + AT_ONCE])

        units = list(Unit.objects.filter(pk__in=wanted[:AT_ONCE]))
        facts = run.meter.typical(lambda: queries.all_fillings(period, units), rounds=3, warm=1)
        cost = run.meter.once(all_of_them)
        baseline = facts.cpu_ms * len(wanted) / max(1, len(units))
        yield Result(
            "reports_fill", cost.cpu_ms, cost.wall_ms, len(wanted), baseline, cost.cpu_ms / baseline,
            "đếm số liệu, không ghi", "trường",
        )  # fmt: skip
        again = run.meter.once(all_of_them)
        yield Result("reports_refresh", again.cpu_ms, again.wall_ms, len(wanted), note="trường")


@bench("reports_total", group=GROUP)
def reports_total(run: Run) -> Iterator[Result]:
    """Adding up every school's signed report for the department's page; `n` schools."""
    with _period() as (period, schools):
        wanted = schools if run.full else schools[:SOME]
        for begin in range(0, len(wanted), AT_ONCE):
            prepare_many(Actor.system("reports.bench"), period, schools=wanted[begin : begin + AT_ONCE])
        Report.objects.filter(period=period).update(
            state=State.SIGNED, signed_at=timezone.now(), digest=RawSQL("sha256(id::text::bytea)", [])
        )

        def anew() -> None:
            queries.all_sums_anew()
            queries.all_sum(period, period.department.path)

        cost = run.meter.typical(anew, rounds=5, warm=1)
        again = run.meter.typical(lambda: queries.all_sum(period, period.department.path), rounds=9, warm=1)
        yield Result("reports_total", cost.cpu_ms, cost.wall_ms, len(wanted), note="trường")
        yield Result("reports_total_again", again.cpu_ms, again.wall_ms, len(wanted), note="trường")
