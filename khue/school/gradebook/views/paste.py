"""Pasting a block from Excel: what it would do is shown first, nothing is written before the teacher says so."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.gradebook import cells, entering, pasting, queries
from khue.school.gradebook.entering import Typed
from khue.school.gradebook.layout import Column
from khue.school.gradebook.queries import Frame
from khue.school.gradebook.queries.grid import all_codes, all_elsewhere
from khue.school.gradebook.views.linking import crumbs, title_of, writable_frame
from khue.ui import messages

FRAGMENT = "manh"  # asked by the script: only the inside of the dialog


@page("gradebook.view", methods=("GET", "POST"))
def paste(request: ActorRequest, pk: int) -> HttpResponse:
    """A block from Excel on a sheet: a field to paste into, then the preview, then the writing."""
    found = writable_frame(request, pk)
    if request.method == "POST" and "cells" in request.POST:
        return _write(request, found)
    columns = _columns(found, request.POST.get("c") or request.GET.get("c", ""))
    if request.method == "POST":
        return _preview(request, found, columns)
    return render(request, "gradebook/paste.html", _context(found, columns, request.GET.get("c", "")))


def _columns(found: Frame, code: str) -> list[Column]:
    """The columns a block may reach: of qualities those of the same period."""
    if found.kind != "traits":
        return list(found.columns)
    first = code[:1] if code[:1] in ("g", "c") else "g"
    return [column for column in found.columns if column.code.startswith(first)]


def _context(found: Frame, columns: list[Column], code: str, **more: Any) -> dict[str, Any]:
    return {
        "found": found,
        "heading": _("Dán từ Excel"),
        "lead": title_of(found),
        "crumbs": crumbs(found, (_("Dán từ Excel"), "")),
        "columns": [(column.code, column.title, column.code == code) for column in columns],
        "code": code,
        **more,
    }


def _preview(request: ActorRequest, found: Frame, columns: list[Column]) -> HttpResponse:
    code, text = request.POST.get("c", ""), request.POST.get("text", "")
    is_fragment = FRAGMENT in request.POST
    rows = [row for row in queries.all_rows(found) if row.is_counted]
    at_column = next((at for at, column in enumerate(columns) if column.code == code), 0)
    first = request.POST.get("e", "")
    at_row = next((at for at, row in enumerate(rows) if str(row.enrolment_id) == first), 0)
    pasted = pasting.preview(
        text, found, columns, rows, codes=all_codes(found), elsewhere=all_elsewhere(found), at_row=at_row,
        at_column=at_column,
    )  # fmt: skip
    context = _context(
        found, columns, code, pasted=pasted, text=text, column=columns[at_column], at_row=at_row + 1,
        writes=len(pasted.writes), asked=len(pasted.asked), kinds=_kinds(pasted),
        cells=orjson.dumps(
            [[c.enrolment_id, c.slot, c.seen, c.value, c.text, int(c.is_asked)] for c in pasted.changes]
        ).decode(),
    )  # fmt: skip
    template = "gradebook/_pasted.html" if is_fragment else "gradebook/paste.html"
    return render(request, template, {**context, "is_fragment": is_fragment})


def _kinds(pasted: pasting.Pasted) -> list[tuple[str, str, int]]:
    names = (
        ("new", _("Điểm mới")), ("changed", _("Thay đổi")), ("same", _("Như cũ")), ("question", _("Hỏi lại")),
        ("refused", _("Chưa nhận")),
    )  # fmt: skip
    return [(kind, label, pasted.counts[kind]) for kind, label in names if pasted.counts[kind]]


def _write(request: ActorRequest, found: Frame) -> HttpResponse:
    """Write what the preview showed; cells that changed meanwhile are told, not overwritten."""
    try:
        sent = orjson.loads(request.POST["cells"])
        typed = {
            entering.place(e, slot): Typed(_whole(seen), value=_whole(value), is_value=True)
            for e, slot, seen, value, _text, is_asked in sent[:5000]
            if not is_asked or "asked" in request.POST
        }
    except (ValueError, TypeError, KeyError) as error:
        raise DomainError(_("Trang đã gửi thiếu phần. Dán lại khối từ Excel.")) from error
    if request.POST.get("stop") and not request.POST.get("agree"):
        raise DomainError(_("Có cảnh báo chưa xem. Quay lại, đánh dấu “Đã xem, vẫn ghi” rồi ghi."))
    answer = entering.enter(request.actor, found, typed, source=cells.PASTED)
    done = len(answer.written)
    if done:
        messages.done(request, ngettext("Đã ghi %(n)s ô.", "Đã ghi %(n)s ô.", done) % {"n": done})
    for problem in answer.problems[:10]:
        messages.refuse(request, problem.message)
    return HttpResponseRedirect(reverse("gradebook:sheet", args=[found.id]))


def _whole(value: object) -> int | None:
    """A cell's number as the preview sent it; raises TypeError for what none is."""
    if value is not None and type(value) is not int:
        raise TypeError
    return value
