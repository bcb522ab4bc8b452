"""Alerts as far as the actor's grants reach: the list, one with its history and trend, what is open now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import JSONObject, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.alerts import recipients, words
from khue.command.alerts.models import TEXTS, Alert, Change, Kind, Rule, State, Step
from khue.command.alerts.readings import Source, source
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import catalogue
from khue.kernel.indicators import queries as figures
from khue.kernel.org.models import MIDDLE_KINDS, Unit
from khue.registry.roster.queries.places import reaches
from khue.ui.words import declared

VIEW: Final = "alerts.view"
TREND_DAYS: Final = 60
_FIELDS: Final = (
    "id", "state", "step", "value", "past", "measured", "opened_at", "stepped_at", "closed_at", "acknowledged_at",
    "acknowledged_by__full_name", "assigned_to__full_name", "rule_id", "rule__name", "rule__figure", "rule__compare",
    "rule__window_days", "unit_id", "unit__name", "unit__code", "unit__kind", "unit__path",
)  # fmt: skip
_COUNTS: Final = {
    "red": Count("pk", filter=Q(step=Step.RED)),
    "amber": Count("pk", filter=Q(step=Step.AMBER)),
    "waiting": Count("pk", filter=Q(acknowledged_at__isnull=True)),
}


@dataclass(frozen=True)
class AlertPage:
    """Some alerts, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


@dataclass(frozen=True)
class Totals:
    """How many are open within reach."""

    red: int
    amber: int
    waiting: int  # nobody has taken them on


def alerts(actor: Actor, permission: str = VIEW) -> QuerySet[Alert]:
    """The alerts within reach that have been opened, also those that are closed."""
    rows: QuerySet[Alert] = Alert.objects.visible_to(actor, permission)
    return rows.exclude(state=State.PENDING)


def alert_rows(
    actor: Actor, *, filters: Mapping[str, str], search: str = "", order_by: Sequence[str] = (), offset: int = 0,
    limit: int | None = 50,
) -> AlertPage:  # fmt: skip
    """Alerts for the list, the open ones unless asked otherwise, the worst and newest first; two queries."""
    rows = alerts(actor)
    state = filters.get("tinh-trang", "")
    if state == "dong":
        rows = rows.filter(state=State.CLOSED)
    elif state == "chua-nhan":
        rows = rows.filter(state=State.OPEN, acknowledged_at__isnull=True)
    elif state == "giao-toi":
        rows = rows.filter(state=State.OPEN, assigned_to_id=actor.person_id)
    elif state != "moi":
        rows = rows.filter(state=State.OPEN)
    if filters.get("muc") in (Step.RED, Step.AMBER):
        rows = rows.filter(step=filters["muc"])
    if filters.get("quy-tac"):
        rows = rows.filter(rule__code=filters["quy-tac"])
    if filters.get("don-vi"):
        under = Unit.objects.filter(code=filters["don-vi"]).values("path")[:1]
        rows = rows.filter(unit__path__startswith=Subquery(under))
    if search:
        rows = rows.filter(Q(unit__search_key__contains=search) | Q(unit__code__iexact=search))
    total = rows.count()
    found = rows.order_by(*(order_by or ("-step", "-stepped_at")), "pk")
    chosen = found[offset : offset + limit if limit else None]
    return AlertPage([_row(actor, row) for row in chosen.values(*_FIELDS)], total)


def _row(actor: Actor, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "state": row["state"], "step": row["step"], "rule": declared(TEXTS, row["rule__name"]),
        "unit": row["unit__name"], "unit_id": row["unit_id"], "unit_code": row["unit__code"],
        "unit_kind": row["unit__kind"], "unit_path": row["unit__path"], "said": _said(actor, row),
        "opened_at": row["opened_at"], "stepped_at": row["stepped_at"], "closed_at": row["closed_at"],
        "acknowledged_at": row["acknowledged_at"], "acknowledged_by": row["acknowledged_by__full_name"] or "",
        "assigned_to": row["assigned_to__full_name"] or "", "figure": row["rule__figure"],
        "value": row["value"],
    }  # fmt: skip


def _said(actor: Actor, row: Mapping[str, Any]) -> str:
    """The figure in words; nothing where it is about children and their rows are not the actor's to see."""
    indicator = catalogue.indicators().get(row["rule__figure"])
    if indicator is not None:
        unit = Unit(pk=row["unit_id"], path=row["unit__path"], kind=row["unit__kind"])
        if not figures.sees_rows(actor, indicator, unit):
            return ""
    text = words.said(
        row["rule__compare"], source(row["rule__figure"]), row["value"], row["past"], row["measured"],
        row["rule__window_days"],
    )  # fmt: skip
    if row["rule__compare"] == "below" and row["state"] != State.CLOSED:
        return _("mới %(figure)s") % {"figure": text}  # "late marks: 73 %" would be read as 73 % late
    return text


def open_alerts(actor: Actor, unit: Unit | None = None, limit: int | None = None) -> list[dict[str, Any]]:
    """What is open at a unit and below it, as far as the actor sees, the worst first: flat rows for the wall, the desk
    and the first page; one query.

    With a limit, the worst of each rule before the second worst of any: a wall of six lines says six things, not one
    of six schools. Keys: id, step ('red', 'amber'), rule, unit, unit_id, unit_code, unit_kind, unit_path, said,
    stepped_at, acknowledged_at, assigned_to, figure, value.
    """
    rows = alerts(actor).filter(state=State.OPEN)
    if unit is not None:
        rows = rows.filter(unit__path__startswith=unit.path)
    if limit is None:
        return [_row(actor, row) for row in rows.order_by("-step", "-stepped_at", "pk").values(*_FIELDS)]
    return [_row(actor, row) for row in _ranked(rows).values(*_FIELDS)[:limit]]


def worst(actor: Actor, limit: int) -> tuple[Totals, list[dict[str, Any]]]:
    """How many are open within reach, and the worst of them as `open_alerts` gives them; one query."""
    rows = _ranked(alerts(actor).filter(state=State.OPEN)).annotate(
        **{name: Window(count) for name, count in _COUNTS.items()}
    )
    found = list(rows.values(*_FIELDS, *_COUNTS)[:limit])
    counted = Totals(**{name: found[0][name] for name in _COUNTS}) if found else Totals(0, 0, 0)
    return counted, [_row(actor, row) for row in found]


def _ranked(rows: QuerySet[Alert]) -> QuerySet[Alert]:
    by_rule = Window(RowNumber(), partition_by=[F("rule_id")], order_by=["-step", "-stepped_at", "pk"])
    return rows.annotate(rank=by_rule).order_by("rank", "-step", "rule__order", "pk")


def totals(actor: Actor) -> Totals:
    """How many are open within reach; one query."""
    return Totals(**alerts(actor).filter(state=State.OPEN).aggregate(**_COUNTS))


def rule_choices(actor: Actor) -> list[tuple[str, str]]:
    """The rules by which the list can be narrowed; one query."""
    if not actor.holds(VIEW):
        return []
    rows = Rule.objects.order_by("order", "pk").values_list("code", "name")
    return [(code, declared(TEXTS, name)) for code, name in rows]


def unit_choices(actor: Actor) -> list[tuple[str, str]]:
    """The offices and communes within reach by which the list can be narrowed; one query."""
    rows = Unit.objects.visible_to(actor, VIEW).filter(kind__in=MIDDLE_KINDS, closed_on__isnull=True)
    return list(rows.order_by("sort_key").values_list("code", "name"))


def chosen(actor: Actor, ids: Sequence[int], permission: str = "alerts.act") -> list[Alert]:
    """Rows as the target of an action; one query."""
    return list(alerts(actor, permission).filter(pk__in=ids))


@dataclass(frozen=True)
class Event:
    """A step in an alert's life, as its page tells it."""

    at: datetime
    kind: str
    label: str
    step: str
    person: str
    about: str
    note: str


@dataclass(frozen=True)
class Found:
    """One alert with all its page shows but what lies behind it."""

    row: Alert
    rule: Rule
    unit: Unit
    source: Source | None
    said: str
    bounds: tuple[tuple[str, str], ...]  # (colour, bound in words)
    events: list[Event]
    may_act: bool
    may_close: bool
    may_reopen: bool


def alert(actor: Actor, pk: int) -> Found | None:
    """One alert within reach with its history; None when there is none. One query."""
    row = (
        alerts(actor)
        .select_related("rule", "unit", "acknowledged_by", "assigned_to", "closed_by")
        .annotate(events=_EVENTS)
        .filter(pk=pk)
        .first()
    )
    if row is None:
        return None
    shown = source(row.rule.figure)
    values = {
        "rule__compare": row.rule.compare, "rule__figure": row.rule.figure, "rule__window_days": row.rule.window_days,
        "state": row.state, "value": row.value, "past": row.past, "measured": row.measured, "unit_id": row.unit_id,
        "unit__path": row.unit.path, "unit__kind": row.unit.kind,
    }  # fmt: skip
    bounds = tuple(
        (step, words.bound(row.rule.compare, shown, bound))
        for step, bound in ((Step.AMBER, row.rule.amber), (Step.RED, row.rule.red))
        if bound is not None
    )
    is_open, may_close = row.state == State.OPEN, reaches(actor, "alerts.close", row.unit)
    return Found(
        row, row.rule, row.unit, shown, _said(actor, values), bounds, [_event(one) for one in row.events],
        is_open and reaches(actor, "alerts.act", row.unit), is_open and may_close,
        not is_open and may_close and row.closed_by_id is not None,
    )  # fmt: skip


_EVENTS: Final = ArraySubquery(
    Change.objects.filter(alert_id=OuterRef("pk"))
    .order_by("-at", "-pk")
    .values(
        json=JSONObject(
            at="at", kind="kind", step="step", person="person__full_name", about="about__full_name", note="note"
        )
    )
)  # fmt: skip


def _event(one: Mapping[str, Any]) -> Event:
    return Event(
        datetime.fromisoformat(one["at"]), one["kind"], str(Kind(one["kind"]).label), one["step"], one["person"] or "",
        one["about"] or "", one["note"],
    )  # fmt: skip


def assignable(actor: Actor, found: Found) -> list[tuple[int, str]]:
    """To whom the actor may give an alert; two queries."""
    return recipients.assignable(actor, found.unit) if found.may_act else []


def trend(actor: Actor, found: Found) -> list[tuple[date, float | None]]:
    """The figure of the alert's unit over the last days, when it is kept by day; one query, two when some is hidden."""
    if found.source is None or not found.source.is_indicator:
        return []
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(TREND_DAYS, -1, -1)]
    values = figures.trend(actor, found.rule.figure, found.unit, days)
    return list(zip(days, (one.value for one in values), strict=True)) if values else []
