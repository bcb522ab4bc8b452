"""The wall of a unit: which figures, which map, which alerts, how old it all is; kept figures only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from khue.command.alerts import queries as alerts
from khue.command.ioc import judging, showing
from khue.command.ioc.queries import desk as desks
from khue.command.ioc.queries.wall import DAYS, Reading, parts, readings
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Moment, benchmarks, moment
from khue.kernel.indicators.words import label_of, say
from khue.kernel.org.models import Unit
from khue.lib.dates import days_up_to
from khue.ui import charts
from khue.ui.charts import Series
from khue.ui.templatetags.ui import icon

ALERTS = 6  # as many as can be read from five metres
ONE_FACE = 48  # more tiles than this need the whole screen for themselves
USUAL_FIGURES = (
    "roster.pupils", "gradebook.done", "gradebook.late_sheets", "roster.missing_rate", "roster.over_size_rate",
    "roster.dropouts",
)  # fmt: skip
FIGURES = 6
FEW = 16  # so few tiles leave room for how the map's figure went
_COLUMNS = (
    (4, 2),
    (9, 3),
    (16, 4),
    (30, 5),
    (ONE_FACE, 6),
    (77, 11),
    (99, 11),
    (121, 11),
    (143, 13),
    (165, 15),
)


@dataclass(frozen=True)
class AlertShown:
    """An open alert for the strip."""

    title: str
    detail: str
    kind: str
    icon: str
    state: str
    url: str

    @property
    def spoken(self) -> str:
        """Its colour in a word."""
        return _("báo động") if self.kind == "bad" else _("cần chú ý")


@dataclass(frozen=True)
class WallShown:
    """Everything on the screen of a unit."""

    unit: Unit
    shape: str  # 'one' face, two 'faces' in turn, 'plain' without a map
    figures: list[showing.FigureShown]
    map_label: str
    map_words: str
    map_note: str
    legend: list[tuple[int, str]]
    tiles: SafeString
    chart: SafeString
    columns: int
    units: int
    alerts: list[AlertShown]
    open_alerts: int
    moment: Moment | None
    age: str
    now: datetime
    days: int = DAYS


def chosen(actor: Actor, unit: Unit) -> tuple[list[str], str]:
    """The figures and the map of a unit's screen: as chosen there or above, else what says most of what is known."""
    known = desks.choosable(actor)
    kept = desks.wall_of(actor, unit)
    chosen_names, chosen_map = kept or ([], "")
    names = [name for name in chosen_names if name in known] or usual(known)
    by = chosen_map if chosen_map in known else usual_map(known, names)
    return names, by


def usual(known: dict[str, Indicator]) -> list[str]:
    """Six figures when nobody has chosen: the usual ones, then those with bounds, then the first of each group."""
    found = [name for name in USUAL_FIGURES if name in known]
    found += [name for name, one in known.items() if judging.has_bounds(one) and one.bottom is not None]
    groups = {one.group: name for name, one in reversed(known.items())}
    found += [name for name in known if name in groups.values()]
    return list(dict.fromkeys(found))[:FIGURES]


def usual_map(known: dict[str, Indicator], names: Sequence[str]) -> str:
    """The first share among the figures that can be coloured, else anything that can, else the first."""
    every = [name for name in [*names, *known] if name in known]
    coloured = [name for name in every if judging.has_bounds(known[name])]
    fair = [name for name in coloured if known[name].bottom is not None]
    return next(iter([*fair, *coloured, *every]), "")


def shown(actor: Actor, unit: Unit, now: datetime, *, map_by: str = "") -> WallShown:
    """The wall of a unit for somebody; six statements, however many tiles."""
    names, by = chosen(actor, unit)
    by = map_by if map_by in desks.choosable(actor) else by
    found = readings(actor, [(unit, name) for name in [*names, by]], day=now.date())
    beside = benchmarks(actor, names, unit, now.date())  # of the province, for whoever is a part of it
    rows = parts(actor, [(unit, by)], day=now.date()).get((unit.pk, by), [])
    standing = [
        (path, step)
        for path, step in alerts.alerts(actor)
        .filter(state="open", unit__path__startswith=unit.path)
        .values_list("unit__path", "step")
    ]
    depth = len(unit.ancestor_ids)
    alerted = frozenset(
        int(ids[depth]) for path, _step in standing if len(ids := path.strip("/").split("/")) > depth
    )
    tiles = showing.tiles(rows, alerted=alerted)
    direct = showing.direct_schools(rows, unit)
    indicator = catalogue.indicators().get(by)
    when = moment(actor, now.date())
    return WallShown(
        unit=unit,
        shape="plain" if not tiles else "one" if len(tiles) <= ONE_FACE else "faces",
        figures=[
            showing.figure(
                found[unit.pk, name], unit, province=beside[name][-1].value if beside.get(name) else None
            )
            for name in names
            if (unit.pk, name) in found
        ],
        map_label=say(indicator.label) if indicator else "",
        map_words=showing.kind_words(rows) if tiles else "",
        map_note=_note(direct, indicator),
        legend=showing.legend(indicator) if indicator else [],
        tiles=drawn(tiles),
        chart=_chart(found.get((unit.pk, by)), now) if 0 < len(tiles) <= FEW else SafeString(""),
        columns=columns_for(len(tiles)),
        units=len(tiles),
        alerts=_alerts(actor, unit),
        open_alerts=len(standing),
        moment=when,
        age=showing.age_words(when.computed_at, now) if when else "",
        now=now,
    )


def _chart(reading: Reading | None, now: datetime) -> SafeString:
    """How the figure of the map went at the unit itself."""
    if reading is None:
        return SafeString("")
    indicator = reading.now.indicator
    days = days_up_to(now.date(), DAYS)
    return charts.line(
        [Series(say(indicator.label), reading.days)], showing.day_words(days), label=label_of(indicator),
        goal=indicator.target, decimals=indicator.decimals, width=900, height=250,
    )  # fmt: skip


def _note(direct: object, indicator: Indicator | None) -> str:
    said = []
    if indicator is not None and not judging.has_bounds(indicator):
        said.append(_("Chỉ tiêu này không đặt ngưỡng, nên các ô không tô màu."))
    if isinstance(direct, tuple):
        count, value = direct
        words = _("%(n)s trường trực thuộc Sở, không nằm trong ô nào: %(value)s.")
        said.append(words % {"n": count, "value": showing.value_words(value)})
    return " ".join(said)


def columns_for(tiles: int) -> int:
    """How many columns a map of so many tiles has, so that names of two words stay readable from four metres."""
    return next((columns for most, columns in _COLUMNS if tiles <= most), 16)


def drawn(tiles: Sequence[showing.TileShown]) -> SafeString:
    """The tiles as links: name, sign, figure; the whole is said in words for readers. Written by hand for its speed."""
    signs = {state: str(icon(name)) for state, name in showing.SIGNS.items()}
    parts = [
        f'<a class="tile s{tile.shade}{" has-alert" if tile.has_alert else ""}" href="{escape(tile.url)}" '
        f'title="{escape(tile.full)}"><span>{escape(tile.label)}</span> <b>{signs.get(tile.state, "")}'
        f'{escape(tile.value)}</b><i class="visually-hidden">{escape(tile.spoken)}</i></a>'
        for tile in tiles
    ]
    return mark_safe("".join(parts))  # noqa: S308 (every value is escaped above)


def _alerts(actor: Actor, unit: Unit) -> list[AlertShown]:
    found = []
    for row in alerts.open_alerts(actor, unit, ALERTS):
        if row["assigned_to"]:
            state = _("%(name)s đang xử lý") % {"name": row["assigned_to"]}
        else:
            state = _("Đã có người nhận") if row["acknowledged_at"] else _("Chưa ai nhận")
        is_red = row["step"] == "red"
        found.append(
            AlertShown(
                row["rule"]
                if row["unit_id"] == unit.pk
                else f"{showing.short_name(row['unit'])}: {row['rule']}",
                row["said"],
                "bad" if is_red else "wait",
                showing.SIGNS["bad" if is_red else "wait"],
                state,
                reverse("alerts:alert", args=[row["id"]]),
            )
        )
    return found
