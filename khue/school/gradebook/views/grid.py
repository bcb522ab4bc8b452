"""The grid of one sheet: drawn for everybody who may read it, written as a plain form by who may write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed
from khue.school.gradebook import cells, chart, drawing, entering, queries, terms
from khue.school.gradebook.actions.absences import all_rolled
from khue.school.gradebook.drawing import COMMENT, Drawing, Problem
from khue.school.gradebook.layout import Column
from khue.school.gradebook.publishing import COMMENT_SLOT, is_published
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.queries.sheets import neighbours
from khue.school.gradebook.views.linking import crumbs, link, readable_frame, title_of
from khue.ui import messages
from khue.ui.templatetags.ui import icon
from khue.ui.words import date_vi

_NAME = re.compile(r"(\d{1,12})-(\d{1,2}|nx)", re.ASCII)
MOST_BESIDE = 7  # columns beside which there is still room for the panel
HALVES = {"giua": gettext_lazy("Giữa kì"), "cuoi": gettext_lazy("Cuối kì")}


@page("gradebook.view", methods=("GET", "POST"))
def sheet(request: ActorRequest, pk: int) -> HttpResponse:
    """One sheet as a grid of cells; posted by a browser without script, it writes what was changed."""
    found = readable_frame(request, pk)
    if request.method == "POST":
        return _write(request, found)
    return _show(request, found)


def _write(request: ActorRequest, found: Frame) -> HttpResponse:
    """Write the cells of a plain form; those that cannot be are shown again with what was typed and why."""
    if not queries.may_enter(request.actor, found):
        raise NotAllowed
    typed = _typed(found, request.POST)
    outcome = entering.enter(
        request.actor, found, typed, source="k", reason=request.POST.get("reason", "")[:300]
    )
    done = len(outcome.written)
    if not outcome.problems:
        if done:
            messages.done(request, ngettext("Đã ghi %(n)s ô.", "Đã ghi %(n)s ô.", done) % {"n": done})
        else:
            messages.warn(request, _("Chưa có ô nào thay đổi."))
        return HttpResponseRedirect(request.get_full_path())
    problems = {
        (one.enrolment_id, one.slot): Problem(typed[one.enrolment_id, one.slot].text, one.message, one.state)
        for one in outcome.problems
    }
    return _show(request, queries.all_frame(found.id), problems, done)


def _typed(found: Frame, data: QueryDict) -> dict[tuple[int, int], entering.Typed]:
    """The cells of a form that differ from what the form showed."""
    try:
        seen = orjson.loads(data.get("seen", ""))
    except orjson.JSONDecodeError:
        seen = None
    if not isinstance(seen, dict):
        raise DomainError(_("Trang đã gửi thiếu phần. Mở lại sổ rồi ghi lại."))
    columns = queries.all_slots_of(found.columns)
    changed = {}
    for name, text in data.items():
        match = _NAME.fullmatch(name)
        row = seen.get(match[1]) if match else None
        if match is None or not isinstance(row, list) or len(row) <= found.width:
            continue
        slot = -1 if match[2] == COMMENT else int(match[2])
        if slot >= 0 and slot not in columns:
            continue
        before = row[slot]
        shown = before if slot < 0 else cells.show(columns[slot], before) if _is_value(before) else ""
        if " ".join(str(text).split()) != shown:
            changed[int(match[1]), slot] = entering.Typed(before, str(text))
    return changed


def _is_value(value: object) -> bool:
    return value is None or (isinstance(value, int) and -9 <= value <= 10_000)


def _show(
    request: ActorRequest,
    found: Frame,
    problems: dict[tuple[int, int], Problem] | None = None,
    done: int = 0,
) -> HttpResponse:
    actor = request.actor
    rows = queries.all_rows(found)
    writes = queries.may_enter(actor, found) and not found.is_year_closed
    half, columns = _half(found, request.GET.get("nua", ""))
    picked = _picked(columns, rows, found, request.GET.get("cot", ""))
    column = next((one for one in columns if one.code == picked), columns[0])
    beside, other_term = neighbours(actor, found)
    how = Drawing(writes, picked, problems or {})
    icons = {"lock": icon("lock"), "eye": icon("eye")}
    rolled = all_rolled(found, rows)
    bars = chart.bars_of(column, (row.marks[column.slot] for row in rows if row.is_counted))
    counted = [row for row in rows if row.is_counted]
    return render(
        request,
        "gradebook/sheet.html",
        {
            "found": found,
            "heading": found.title,
            "term": terms.label(found.term),
            "full_title": title_of(found),
            "crumbs": crumbs(found),
            "writes": writes,
            "state": _state_of(found, columns, counted),
            "halves": [(code, label, code == half) for code, label in HALVES.items()] if half else [],
            "half": half,
            "beside": beside,
            "is_few": len(beside) <= 4,
            "here": next((one.label for one in beside if one.is_here), found.title),
            "other_term": other_term,
            "other_term_label": terms.label(3 - found.term),
            "segments": _segments(found, columns, picked),
            "head": drawing.head(found, columns, picked, icons),
            "body": drawing.body(found, columns, rows, how),
            "foot": drawing.foot(found, columns, rows, picked),
            "has_comments": drawing.has_comments(found),
            "average_head": _("TB") if found.is_scored else _("ĐG"),
            "comment_is_published": is_published(found.published, COMMENT_SLOT),
            "comment_class": "cm pick" if picked == COMMENT else "cm",
            "comment_days": found.locks.days[COMMENT],
            "rolled": rolled,
            "roll_url": link("fill_absences", found.id) if writes else "",
            "seen": drawing.seen_of(rows) if writes else "",
            "picked": picked,
            "picked_title": column.title,
            "bars": bars,
            "chart": chart.draw(column, bars) if bars else "",
            "filled": sum(bar.count for bar in bars),
            "counted": len(counted),
            "is_wide": len(columns) > MOST_BESIDE or found.kind == "observation",
            "problems": problems,
            "done": done,
            "links": _links(request, found, writes),
            "more_links": _more_links(found, writes),
        },
        status=422 if problems else 200,
    )


def _half(found: Frame, asked: str) -> tuple[str, Sequence[Column]]:
    """Of qualities and competences one period at a time: the middle of the term until it is past and full."""
    if found.kind != "traits":
        return "", found.columns
    middle = [column for column in found.columns if column.code.startswith("g")]
    end = [column for column in found.columns if column.code.startswith("c")]
    if asked not in HALVES:
        is_past = found.locks.is_due(middle[0]) and any(found.filled[: len(middle)])
        asked = "cuoi" if is_past else "giua"
    return asked, middle if asked == "giua" else end


def _picked(columns: Sequence[Column], rows: Sequence[Row], found: Frame, asked: str) -> str:
    """The column one works in: the one asked for, else the first that is open and not full, else the last."""
    if asked == COMMENT or any(column.code == asked for column in columns):
        return asked
    for column in columns:
        if not column.is_required or found.locks.is_locked(column):
            continue
        if any(row.is_counted and not cells.is_filled(row.marks[column.slot]) for row in rows):
            return column.code
    return columns[-1].code


@dataclass(frozen=True)
class State:
    """Where the sheet stands, in a sentence."""

    kind: str
    text: str


def _state_of(found: Frame, columns: Sequence[Column], rows: Sequence[Row]) -> State:
    """What is locked, late or due next."""
    locks = found.locks
    if found.is_year_closed:
        return State("", _("Năm học đã khóa sổ, chỉ xem."))
    if found.review == "approved":
        return State("", _("Kết quả của lớp đã được duyệt, sổ đã khóa."))
    if found.review == "submitted":
        return State("wait", _("Kết quả của lớp đang chờ duyệt, sổ đã khóa."))
    empty = {
        column.code: sum(not cells.is_filled(row.marks[column.slot]) for row in rows)
        for column in columns
        if column.is_required
    }
    late = [column for column in columns if empty.get(column.code) and locks.is_due(column)]
    if late:
        many = sum(empty[column.code] for column in late)
        names = ", ".join(str(column.label) for column in late[:4])
        return State("bad", _("Quá hạn %(n)s ô: %(columns)s.") % {"n": many, "columns": names})
    waiting = [column for column in columns if empty.get(column.code) and not locks.is_locked(column)]
    if waiting:
        first = min(waiting, key=lambda column: (locks.days[column.code].due_on, column.slot))
        days = locks.days[first.code]
        together = sum(locks.days[column.code].due_on == days.due_on for column in waiting)
        several = ngettext("%(n)s cột", "%(n)s cột", together) % {"n": together}
        return State(
            "",
            _("Đến hạn tiếp theo: %(column)s, %(due)s; khóa từ %(lock)s.")
            % {
                "column": first.title if together == 1 else several,
                "due": date_vi(days.due_on),
                "lock": date_vi(days.locks_on),
            },
        )
    return State("ok", _("Đã đủ các cột phải vào."))


def _segments(found: Frame, columns: Sequence[Column], picked: str) -> list[tuple[str, str, bool]]:
    found_ones = [(column.code, str(column.label), column.code == picked) for column in columns]
    labels = [label for _code, label, _on in found_ones]
    if len(set(labels)) < len(labels):  # primary: "Mức" and "Điểm KT" of two periods
        found_ones = [
            (
                column.code,
                ", ".join(map(str, filter(None, (column.label, column.group)))),
                column.code == picked,
            )
            for column in columns
        ]
    if drawing.has_comments(found):
        found_ones.append((COMMENT, _("Nhận xét"), picked == COMMENT))
    return found_ones


def _links(request: ActorRequest, found: Frame, writes: bool) -> dict[str, str]:
    is_locked = any(map(found.locks.is_locked, found.columns))
    return {
        "save": link("save", found.id) if writes else "",
        "paste": link("paste", found.id) if writes else "",
        "cell_of": link("cell", found.id, 0, "x").removesuffix("0/x/"),
        "publish": link("publish", found.id) if writes else "",
        "phrases": link("phrases") if writes else "",
        "unlock": link("ask_unlock", found.id) if writes and is_locked else "",
    }


def _more_links(found: Frame, writes: bool) -> list[tuple[str, str, str]]:
    """The pages beside the grid: files, the printed book; each where this installation has it."""
    wanted = [
        (link("marks_files") if writes else "", _("Nhập Excel"), "file-import"),
        (link("sheet_file", found.id), _("Xuất Excel"), "download"),
        (link("book", found.classroom_id), _("Sổ in"), "book-2"),
    ]
    return [one for one in wanted if one[0]]
