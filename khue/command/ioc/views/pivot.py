"""The pivot: one or two figures by rows and columns of the reader's choice; everything chosen stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from khue.command.ioc import tables, wording
from khue.command.ioc.queries import pivot as queries
from khue.command.ioc.queries.pivot import ALL, OFFICE, UNIT, Head, Table
from khue.command.ioc.queries.places import Standing
from khue.command.ioc.views.choices import grouped
from khue.command.ioc.views.where import Links, indicator_of, standing_of
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.indicators import queries as kept
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Value
from khue.kernel.indicators.words import label_of as indicator_label
from khue.kernel.indicators.words import say
from khue.lib.spreadsheets.write import OutColumn

PLACE, FIRST, SECOND, ROW, COLUMN = "don-vi", "ct", "ct2", "hang", "cot"
FILTER: Final = "l-"  # before the name of a dimension
USUAL: Final = "roster.pupils"
MOST_ROWS, MOST_COLUMNS = 100, 40


@dataclass(frozen=True)
class Chosen:
    """What the address asks for, as far as it can be had; what cannot is said in `problems`."""

    indicators: tuple[Indicator, ...]
    words: Mapping[str, str]
    row: str
    column: str
    where: Mapping[str, tuple[Any, ...]]
    problems: tuple[str, ...]


@page("indicators.view")
def pivot(request: ActorRequest) -> HttpResponse:
    """The table of one's own unit, or of the unit in the address."""
    here = standing_of(request, request.GET.get(PLACE, ""))
    moment = kept.moment(request.actor)
    offered = kept.offered(request.actor, here.unit)
    links = Links(None)
    context: dict[str, Any] = {
        "here": here, "place": request.GET.get(PLACE, ""), "moment": moment, "crumbs": [
            (_("Chỉ tiêu"), links.catalogue(here.unit.code)), (_("Bảng chéo"), ""),
        ],
    }  # fmt: skip
    if moment is None or not offered:
        return render(request, "ioc/pivot.html", context)
    chosen = _chosen(request, here, offered)
    problems = list(chosen.problems)
    table = Table()
    if chosen.row:
        try:
            table = queries.table(
                request.actor, chosen.indicators, here, moment.year, chosen.row, chosen.column, chosen.where
            )
        except DomainError as found:
            problems.append(found.message)
    if table.is_withheld:
        problems.append(_withheld())
    file = tables.wanted(request.GET.get("tep", ""))
    if file and table.rows:
        return _file(file, chosen, table, here)
    is_all = request.GET.get("het") == "1"
    rows, columns = table.rows if is_all else table.rows[:MOST_ROWS], table.columns[:MOST_COLUMNS]
    context |= {
        "indicator": chosen.indicators[0], "label": say(chosen.indicators[0].label),
        "second": chosen.indicators[1] if len(chosen.indicators) > 1 else None,
        "groups": grouped(offered), "words": list(chosen.words.items()), "row": chosen.row, "column": chosen.column,
        "row_label": chosen.words.get(chosen.row, ""), "column_label": chosen.words.get(chosen.column, ""),
        "filters": _filters(chosen), "narrowed": _narrowed(chosen), "problems": problems,
        "heads": [Head(ALL, _("Tổng")), *columns] if columns else [Head(ALL, "")],
        "measures": [(indicator_label(one), say(one.unit)) for one in chosen.indicators],
        "is_double": len(chosen.indicators) > 1, "has_columns": bool(columns),
        "lines": _lines(chosen, table, rows, columns, links), "total": _cells(chosen, table, ALL, columns),
        "row_count": len(table.rows), "shown": len(rows), "left_columns": len(table.columns) - len(columns),
    }  # fmt: skip
    return render(request, "ioc/pivot.html", context)


def _withheld() -> str:
    return _(
        "Chia như vậy sẽ có ô dưới 5 em. Người không mở được hồ sơ các em thì không xem được bảng này: "
        "bỏ bớt điều kiện lọc, hoặc chia theo nhóm lớn hơn."
    )


def _chosen(request: ActorRequest, here: Standing, offered: Sequence[Indicator]) -> Chosen:
    asked = request.GET
    names = [one.name for one in offered]
    first = indicator_of(request, asked.get(FIRST) or (USUAL if USUAL in names else names[0]), here)
    problems: list[str] = []
    indicators: tuple[Indicator, ...] = (first,)
    if asked.get(SECOND) and asked[SECOND] != first.name:
        other = indicator_of(request, asked[SECOND], here)
        if queries.all_words((first, other), here):
            indicators = (first, other)
        else:
            problems.append(_("Hai chỉ tiêu này không có cách chia nào chung."))
    words = queries.all_words(indicators, here)
    if not words:
        problems.append(_("Chỉ tiêu này không chia nhỏ được ở đây."))
    row, column = asked.get(ROW, ""), asked.get(COLUMN, "")
    for word in dict.fromkeys(word for word in (row, column) if word and word not in words):
        problems.append(_cannot(word))
    row = row if row in words else next(iter(words), "")
    column = column if column in words and column != row else ""
    where: dict[str, tuple[Any, ...]] = {}
    for key in asked:
        word = key.removeprefix(FILTER)
        if word == key or not any(asked.getlist(key)):
            continue
        known = queries.all_values(word) if word in words else {}
        among = tuple(value for value in known if str(value) in asked.getlist(key))
        if among:
            where[word] = among
        else:
            problems.append(_cannot(word))
    return Chosen(indicators, words, row, column, where, tuple(dict.fromkeys(problems)))


def _cannot(word: str) -> str:
    from khue.kernel.indicators import catalogue

    places = {
        OFFICE: _("phòng, xã, phường"),
        UNIT: _("trường"),
        "class": _("lớp"),
        "campus": _("điểm trường"),
    }
    known = catalogue.dimensions().get(word)
    said = places.get(word) or (say(known.label).lower() if known else word[:40])
    return _("Ở đây không chia, không lọc được theo “%(word)s”.") % {"word": said}


def _filters(chosen: Chosen) -> list[tuple[str, str, list[tuple[str, str, bool]]]]:
    """Dimensions to narrow by: name of the field, label, values."""
    found = []
    for word, label in chosen.words.items():
        known = queries.all_values(word)
        if known:
            picked = chosen.where.get(word, ())
            found.append(
                (f"{FILTER}{word}", label, [(str(key), said, key in picked) for key, said in known.items()])
            )
    return found


def _narrowed(chosen: Chosen) -> str:
    """The filters in words: 'Khối: 6, 7; Giới tính: Nữ'."""
    return "; ".join(
        f"{chosen.words[word]}: {', '.join(queries.all_values(word)[value] for value in among)}"
        for word, among in chosen.where.items()
    )


def _cells(
    chosen: Chosen, table: Table, row: Any, columns: Sequence[Head]
) -> list[tuple[str, str, str, str]]:
    """The figures of a row: told, state, what stands above it in words, whether it is a total."""
    heads = [Head(ALL, _("Tổng") if columns else ""), *columns]
    found = []
    for head in heads:
        for one in chosen.indicators:
            figure = table.at(one.name, row, head.key)
            said = " · ".join(
                part
                for part in (head.label, indicator_label(one) if len(chosen.indicators) > 1 else "")
                if part
            )
            told = wording.in_column(figure) if figure else wording.NONE
            found.append(
                (told, figure.state if figure else "", said, "total" if head.key == ALL and columns else "")
            )
    return found


def _lines(
    chosen: Chosen, table: Table, rows: Sequence[Head], columns: Sequence[Head], links: Links
) -> list[tuple[str, str, list[tuple[str, str, str, str]]]]:
    """Name, address of the figure there, cells."""
    return [
        (
            head.label,
            links.at(chosen.indicators[0].name, (head.code,))
            if head.code and chosen.row in (OFFICE, UNIT)
            else "",
            _cells(chosen, table, head.key, columns),
        )
        for head in rows
    ]


def _file(kind: str, chosen: Chosen, table: Table, here: Standing) -> HttpResponse:
    """Every row and column, with both parts of ratios in a sheet of their own order: numbers as numbers."""
    columns = [OutColumn(chosen.words[chosen.row], "name", 40), OutColumn(_("Mã"), "code", 18)]
    heads = [Head(ALL, _("Tổng")), *table.columns]
    keys: list[tuple[str, Indicator, Any]] = []
    for head in heads:
        for one in chosen.indicators:
            key = f"c{len(keys)}"
            keys.append((key, one, head.key))
            said = f"{head.label}: {say(one.label)}" if len(chosen.indicators) > 1 else head.label
            columns.append(OutColumn(f"{said} ({say(one.unit)})", key, 18))
    rows = []
    for line in (*table.rows, Head(ALL, _("Tổng"))):
        row: dict[str, Any] = {"name": line.label, "code": line.code}
        for key, one, column in keys:
            row[key] = _number(table.at(one.name, line.key, column))
        rows.append(row)
    title = f"{_('Bảng chéo')} {say(chosen.indicators[0].label)}"
    narrowed = _narrowed(chosen)
    where = f"{here.name} ({narrowed})" if narrowed else here.name
    return tables.respond(kind, title, columns, rows, moment=None, where=where)


def _number(figure: Value | None) -> float | int | None:
    value = figure.value if figure else None
    if figure is None or value is None:
        return None
    rounded = round(value, figure.indicator.decimals)
    return int(rounded) if float(rounded).is_integer() else rounded
