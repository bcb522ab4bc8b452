"""Figures taken out as a file: Excel or CSV, numbers as numbers, with the day and where they come from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from django.http import HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from khue.command.ioc import wording
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import Moment, Value
from khue.kernel.indicators.words import say
from khue.lib.names import search_key
from khue.lib.spreadsheets.write import OutColumn, OutSheet, write_csv, write_xlsx

KINDS: Final = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
Row = dict[str, Any]


def wanted(text: str) -> str:
    """The kind of file asked for; empty for none."""
    return text if text in KINDS else ""


def part_columns(one: Indicator, first: str) -> list[OutColumn]:
    """The columns of a table of parts: name, what was counted, of what, the figure, its state."""
    top, bottom = wording.part_names(one)
    columns = [OutColumn(first, "name", 40), OutColumn(_("Mã"), "code", 18), OutColumn(top, "top", 22)]
    if bottom:
        columns.append(OutColumn(bottom, "bottom", 22))
        columns.append(OutColumn(f"{say(one.label)} ({say(one.unit)})", "value", 24))
    return [*columns, OutColumn(_("Mức"), "state", 14)]


def row_of(name: str, code: str, figure: Value) -> Row:
    """A line of it; what is hidden stays hidden in files."""
    value = figure.value
    return {
        "name": name, "code": code, "top": _bare(figure.top), "bottom": _bare(figure.bottom),
        "value": round(value, figure.indicator.decimals) if value is not None else None,
        "state": _("số nhỏ, không hiện") if figure.is_hidden else wording.state_word(figure.state),
    }  # fmt: skip


def _bare(value: float | None) -> int | float | None:
    return None if value is None else int(value) if float(value).is_integer() else round(value, 3)


def trend_sheet(one: Indicator, weeks: Sequence[tuple[date, Value]]) -> OutSheet:
    """The figure over the days, the newest first."""
    rows = [
        {"day": day, **row_of("", "", figure)}
        for day, figure in reversed(weeks)
        if figure.since or figure.is_hidden
    ]
    columns = [OutColumn(_("Ngày"), "day", 14), *part_columns(one, "")[2:]]
    return OutSheet(_("Diễn biến"), columns, rows)


def respond(
    kind: str, title: str, columns: Sequence[OutColumn], rows: Sequence[Row], *, moment: Moment | None, where: str,
    sheets: Sequence[OutSheet] = (),
) -> HttpResponse:  # fmt: skip
    """The file as an answer, named after what it holds."""
    note = where
    if moment is not None:
        note = _("%(where)s, số liệu ngày %(day)s, lấy từ Khuê lúc %(at)s") % {
            "where": where, "day": f"{moment.day:%d/%m/%Y}",
            "at": f"{timezone.localtime(moment.copied_at):%H:%M %d/%m/%Y}",
        }  # fmt: skip
    body = (
        write_csv(columns, rows)
        if kind == "csv"
        else write_xlsx(title, columns, rows, sheets=sheets, note=note)
    )
    name = f"{'-'.join(search_key(title).split())[:60]}.{kind}"
    response = HttpResponse(body, content_type=KINDS[kind])
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
