"""The gradebook's first page: own sheets with what is due, and a school's sheets by class and subject."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.home.year import year_of
from khue.school.gradebook.queries.sheets import Line, shelf
from khue.school.gradebook.terms import ROMAN
from khue.school.gradebook.views.linking import link

SHADES = (
    (100, 0),
    (90, 1),
    (75, 2),
    (50, 3),
    (25, 4),
    (0, 5),
)  # of what is due, in per cent: class of the heat map


@dataclass(frozen=True)
class Board:
    """The sheets of the classes of one grade as a table: a class a row, a subject a column."""

    grade: int
    title: str
    head: SafeString
    body: SafeString


@page("gradebook.view")
def sheets(request: ActorRequest) -> HttpResponse:
    """The sheets of a term: own ones as a list, those one only reads as a table of classes by subjects."""
    year = year_of(request)
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    asked = request.GET.get("ky", "")
    found = shelf(request.actor, year.value, int(asked) if asked in ("1", "2") else None)
    boards = _boards(found.others)
    return render(
        request,
        "gradebook/sheets.html",
        {
            "heading": _("Sổ điểm"),
            "term": found.term,
            "terms": [(number, ROMAN[number], number == found.term) for number in found.terms],
            "year": year,
            "own": found.own,
            "late": sum(line.late for line in found.own),
            "boards": boards,
            "is_empty": not found.lines,
            "crumbs": [(_("Sổ điểm"), "")],
            "links": {
                "progress": link("progress") if request.actor.holds("gradebook.view_progress") else "",
                "deadlines": link("deadlines") if request.actor.holds("gradebook.set_deadlines") else "",
                "unlocks": link("unlocks") if request.actor.holds("gradebook.unlock") else "",
                "results": link("results") if request.actor.holds("gradebook.view_results") else "",
                "phrases": link("phrases") if found.own else "",
            },
        },
    )


def _boards(lines: Iterable[Line]) -> list[Board]:
    by_grade: dict[tuple[str, int], list[Line]] = {}
    for line in lines:
        by_grade.setdefault((line.level, line.grade), []).append(line)
    found = []
    for (_level, grade), some in sorted(by_grade.items(), key=lambda one: one[0][1]):
        heads = sorted({(line.order or 999, line.short_label) for line in some})
        places = {name: at for at, (_order, name) in enumerate(heads)}
        rooms: dict[int, list[Line | None]] = {}
        names: dict[int, str] = {}
        for line in some:
            row = rooms.setdefault(line.classroom_id, [None] * len(heads))
            row[places[line.short_label]] = line
            names[line.classroom_id] = line.class_name
        head = "".join(f'<th scope="col">{escape(name)}</th>' for _order, name in heads)
        body = "".join(
            f'<tr><th scope="row">{escape(names[pk])}</th>{"".join(map(_cell, row))}</tr>'
            for pk, row in rooms.items()
        )
        title = _("Khối %(grade)s") % {"grade": grade} if grade > 0 else _("Mẫu giáo, nhà trẻ")
        found.append(Board(grade, title, SafeString(head), SafeString(body)))
    return found


def _cell(line: Line | None) -> str:
    if line is None:
        return '<td class="na"></td>'
    shade = next(shade for least, shade in SHADES if line.due_percent >= least)
    late = f", {_('quá hạn')} {line.late}" if line.late else ""
    mark = "!" if line.late else ""
    text = f"{line.percent}{mark}" if line.expected else "–"
    told = f"{text}: {line.label}, {line.class_name}, {line.done} / {line.expected}{late}"
    return (
        f'<td class="s{shade}"><a href="{link("sheet", line.id)}" title="{escape(told)}" '
        f'aria-label="{escape(told)}">{text}</a></td>'
    )
