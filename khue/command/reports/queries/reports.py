"""Reports of units: what they say, what they are held against, what the data says now."""

from __future__ import annotations

import hashlib
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import orjson
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from khue.command.reports.checking import Finding, Known, findings
from khue.command.reports.days import span_of
from khue.command.reports.definition import LEVELS, Form, form
from khue.command.reports.facts import all_facts
from khue.command.reports.filling import Values, differences, filled, rolled_up
from khue.command.reports.models import SENT, Kind, Period, Remark, Report, Sheet, Step, Verb
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import value_of
from khue.kernel.statements import fetch

OTHER: Final = {Kind.START: (-1, Kind.END), Kind.MID: (0, Kind.START), Kind.END: (0, Kind.START)}
"""Which earlier report a form is held against besides last year's: years back, and its kind."""


@dataclass
class Seen:
    """A report with its cells, explanations and steps."""

    report: Report
    form: Form
    levels: tuple[str, ...]
    values: Values
    typed: dict[str, dict[str, Any]] = field(
        default_factory=dict
    )  # table -> key -> [value, source, name, day]
    remarks: dict[str, Remark] = field(default_factory=dict)


def periods(actor: Actor) -> QuerySet[Period]:
    """The periods that were opened, newest first: which there are is no secret to whoever sees reports."""
    rows: QuerySet[Period] = Period.objects.select_related("year").order_by("-year_id", "-as_of")
    return rows if actor.holds("reports.view") else rows.none()


def reports(actor: Actor, permission: str = "reports.view") -> QuerySet[Report]:
    """The reports of the units a permission reaches."""
    rows: QuerySet[Report] = Report.objects.visible_to(actor, permission)
    return rows.select_related("period__year", "unit")


def latest(actor: Actor, period_id: int, unit: Unit, edition: int | None = None) -> Report | None:
    """The newest report of a unit in a period, or one of its editions."""
    rows = reports(actor).filter(period_id=period_id, unit=unit)
    return (rows.filter(edition=edition) if edition else rows.filter(is_latest=True)).first()


def own_latest(actor: Actor, unit: Unit) -> dict[int, Report]:
    """The newest report of a unit by period."""
    return {row.period_id: row for row in reports(actor).filter(unit=unit, is_latest=True)}


def editions(actor: Actor, period_id: int, unit: Unit) -> list[Report]:
    """All editions of a unit's report, newest first, with their steps."""
    return list(
        reports(actor).filter(period_id=period_id, unit=unit).order_by("-edition").prefetch_related("steps")
    )


def seen(report: Report, *, with_remarks: bool = True) -> Seen:
    """A report with its cells; the report itself was reached by its reader."""
    found = all_values([report.pk])
    remarks = {row.key: row for row in Remark.objects.filter(report=report)} if with_remarks else {}
    values, typed = found.get(report.pk, ({}, {}))
    return Seen(report, form_of(report.period), _levels(report.levels), values, typed, remarks)


def steps_of(report: Report) -> list[Step]:
    """What happened to a report, in order; the report itself was reached by its reader."""
    return list(Step.objects.filter(report=report).order_by("at", "pk"))


def form_of(period: Period) -> Form:
    """The form a period uses."""
    return form(period.kind, period.form_version)


def _levels(levels: Iterable[str]) -> tuple[str, ...]:
    known = set(levels)
    return tuple(level for level in LEVELS if level in known)


def all_values(report_ids: Sequence[int]) -> dict[int, tuple[Values, dict[str, dict[str, Any]]]]:
    """Cells and typed cells by report; for whoever has reached the reports. One query."""
    found: dict[int, tuple[Values, dict[str, dict[str, Any]]]] = defaultdict(lambda: ({}, {}))
    rows = Sheet.objects.filter(report_id__in=report_ids)
    for report_id, table, cells, typed in rows.values_list("report_id", "table", "cells", "typed"):
        values, hand = found[report_id]
        values[table] = cells
        if typed:
            hand[table] = typed
    return found


# --- filling ----------------------------------------------------------------------------------------------------------


def all_schools(period: Period) -> QuerySet[Unit]:
    """The schools that owe a report: open on its day."""
    rows: QuerySet[Unit] = Unit.objects.filter(kind=UnitKind.SCHOOL, opened_on__lte=period.as_of)
    return rows.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=period.as_of)).order_by("pk")


def all_earlier_days(period: Period) -> dict[tuple[int, str], date]:
    """The days of the periods of this year and the one before."""
    rows = Period.objects.filter(year_id__in=[period.year_id, period.year_id - 1])
    return {(year, kind): day for year, kind, day in rows.values_list("year_id", "kind", "as_of")}


def all_fillings(
    period: Period, schools: Sequence[Unit], typed: dict[int, Values] | None = None
) -> dict[int, tuple[tuple[str, ...], Values]]:
    """Levels and cells of schools from the data as of the period's day; three queries however many schools."""
    of = form_of(period)
    facts = all_facts(
        period.kind, [school.pk for school in schools], span_of(period, all_earlier_days(period))
    )
    found = {}
    for school in schools:
        levels = _levels(school.levels)
        attributes = {"public": int(school.is_public), "region": school.region}
        hand = (typed or {}).get(school.pk)
        found[school.pk] = levels, filled(of, levels, attributes, facts.get(school.pk, ()), hand)
    return found


def plain(typed: dict[str, dict[str, Any]]) -> Values:
    """Typed cells without their sources."""
    return {table: {key: one[0] for key, one in cells.items()} for table, cells in typed.items()}


def moved_since(found: Seen) -> dict[str, tuple[Any, Any]]:
    """What the data says otherwise now than a school signed: code -> (signed, now); typed cells stay as they are."""
    _levels_now, now = all_fillings(
        found.report.period, [found.report.unit], {found.report.unit_id: plain(found.typed)}
    )[found.report.unit_id]
    return differences(found.values, now)


# --- what it is held against ------------------------------------------------------------------------------------------


def all_known(period: Period, units: Sequence[int]) -> dict[int, Known]:
    """By unit, last year's report of the same kind and the earlier one it follows on, where they were signed."""
    back, kind = OTHER[Kind(period.kind)]
    wanted = Q(report__period__year_id=period.year_id - 1, report__period__kind=period.kind)
    wanted |= Q(report__period__year_id=period.year_id + back, report__period__kind=kind)
    rows = Sheet.objects.filter(wanted, report__unit_id__in=units, report__state__in=SENT)
    last: dict[int, Values] = defaultdict(dict)
    other: dict[int, Values] = defaultdict(dict)
    for unit, year, of, table, cells in rows.values_list(
        "report__unit_id", "report__period__year_id", "report__period__kind", "table", "cells"
    ):
        if (year, of) == (period.year_id + back, kind):
            other[unit][table] = cells
        else:
            last[unit][table] = cells
    percent = int(value_of("reports.unusual_percent"))
    return {
        unit: Known(last.get(unit), {kind.value: other[unit]} if unit in other else None, percent)
        for unit in units
    }


def findings_of(found: Seen, known: Known | None = None) -> list[Finding]:
    """What does not hold in a report."""
    known = known or all_known(found.report.period, [found.report.unit_id])[found.report.unit_id]
    return findings(found.form, found.levels, found.values, known)


def unexplained(found: Seen, wrong: Sequence[Finding]) -> list[Finding]:
    """The warnings nobody has explained yet."""
    return [one for one in wrong if not one.is_error and one.key not in found.remarks]


# --- sums -------------------------------------------------------------------------------------------------------------

_COUNTED = """
select r.digest, r.id from reports_report r join org_unit u on u.id = r.unit_id
where r.period_id = %s and r.is_school and r.state in ('signed', 'checked', 'accepted') and u.path like %s
order by r.digest
"""
_CELLS = """
select r.levels::text, s."table", s.cells::text from reports_report r join reports_sheet s on s.report_id = r.id
where r.id = any(%s)
"""
_sums: Final[OrderedDict[tuple[str, str, bytes], tuple[tuple[str, ...], Values]]] = OrderedDict()
"""Sums worked out in this process. What is added up was signed and never moves, so its digests say all of it."""
SUMS_KEPT: Final = 64


def all_sum(period: Period, path: str) -> tuple[tuple[str, ...], Values]:
    """Levels and cells of all signed reports below a path together; one statement when they were added up before."""
    counted = fetch(_COUNTED, [period.pk, f"{path}%"])
    key = (
        str(period.kind),
        period.form_version,
        hashlib.sha256(b"".join(bytes(row[0]) for row in counted)).digest(),
    )
    found = _sums.get(key)
    if found is None:
        found = _sums[key] = _added(form_of(period), [row[1] for row in counted])
        while len(_sums) > SUMS_KEPT:
            _sums.popitem(last=False)
    return found


def all_sums_anew() -> None:
    """Work every sum out anew: for measuring."""
    _sums.clear()


def _added(of: Form, report_ids: Sequence[int]) -> tuple[tuple[str, ...], Values]:
    levels: set[str] = set()
    summed: Values = {}
    for own, table, cells in fetch(_CELLS, [list(report_ids)]) if report_ids else ():
        levels.update(orjson.loads(own))
        total = summed.setdefault(table, {})
        for key, value in orjson.loads(cells).items():
            if type(value) is int:
                total[key] = total.get(key, 0) + value  # type: ignore[operator]
    taught = _levels(levels)
    return taught, rolled_up(of, taught, [summed])


def sum_of(actor: Actor, period: Period, unit: Unit) -> tuple[tuple[str, ...], Values]:
    """The same for a unit the actor reaches; nothing when they do not."""
    reach = actor.reach("reports.view")
    reached = (
        reach.everything
        or any(unit.path.startswith(path) for path in reach.unit_paths)
        or bool(set(unit.ancestor_ids) & set(reach.unit_ids))
    )
    return all_sum(period, unit.path) if reached else ((), {})


def schools_of(
    actor: Actor, period: Period, unit: Unit, at: datetime | None = None
) -> list[tuple[Report, Values]]:
    """The signed reports of the schools below a unit with their cells, by the unit above and name: those that count
    now, or those that counted at a moment, which add up to the sum that was kept then."""
    rows = list(
        (_schools_of(actor, period, unit) if at is None else _schools_at(actor, period, unit, at))
        .order_by(F("unit__parent__sort_key"), "unit__sort_key")
        .select_related("unit__parent")
    )
    found = all_values([row.pk for row in rows])
    return [(row, found[row.pk][0]) for row in rows]


def count_schools_of(actor: Actor, period: Period, unit: Unit) -> int:
    """How many schools below a unit have signed."""
    return _schools_of(actor, period, unit).count()


def _schools_of(actor: Actor, period: Period, unit: Unit) -> QuerySet[Report]:
    return reports(actor).filter(
        period=period, is_school=True, state__in=SENT, unit__path__startswith=unit.path
    )


def _schools_at(actor: Actor, period: Period, unit: Unit, at: datetime) -> QuerySet[Report]:
    """What counted at a moment: of each school the newest edition signed by then, unless it was given back by then."""
    own = reports(actor).filter(period=period, is_school=True, unit__path__startswith=unit.path)
    newer = Report.objects.filter(
        period=period, unit=OuterRef("unit"), edition__gt=OuterRef("edition"), signed_at__lte=at
    )
    returned = Step.objects.filter(report=OuterRef("pk"), verb=Verb.RETURNED, at__lte=at)
    return own.filter(~Exists(newer), ~Exists(returned), signed_at__lte=at)


def year_before(actor: Actor, period: Period) -> Period | None:
    """The period of the same kind a year earlier."""
    return periods(actor).filter(year_id=period.year_id - 1, kind=period.kind).first()


def values_at(actor: Actor, period: Period, unit: Unit) -> tuple[tuple[str, ...], Values]:
    """What a unit's report says: a school's newest, a sum as it was closed, else as it is; else nothing."""
    kept = latest(actor, period.pk, unit)
    if kept is not None:
        return _levels(kept.levels), all_values([kept.pk])[kept.pk][0]
    return ((), {}) if unit.kind == UnitKind.SCHOOL else sum_of(actor, period, unit)
