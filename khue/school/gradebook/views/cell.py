"""One cell: its history, the states it can take, the way to an unlock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.school.gradebook import cells, queries
from khue.school.gradebook.drawing import COMMENT
from khue.school.gradebook.layout import Column
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.queries.history import COMMENT as COMMENT_SLOT
from khue.school.gradebook.queries.history import Change, cell_history, row_of, unlocks_of_cell
from khue.school.gradebook.rules import marks
from khue.school.gradebook.views.linking import crumbs, link, readable_frame
from khue.ui.words import date_vi, datetime_vi

FRAGMENT = "manh"


@dataclass(frozen=True)
class Event:
    """One line of the history of a cell."""

    at: datetime | None
    kind: str  # edit, done, or nothing: class of the trail
    old: str
    new: str
    text: str
    by: str


@page("gradebook.view")
def cell(request: ActorRequest, pk: int, enrolment_id: int, code: str) -> HttpResponse:
    """The history of one cell and what can be done with it; alone for the script, else as a page."""
    found = readable_frame(request, pk)
    column = next((one for one in found.columns if one.code == code), None)
    row = row_of(found, queries.all_rows(found), enrolment_id)
    if row is None or (column is None and code != COMMENT):
        raise Http404
    slot = column.slot if column else COMMENT_SLOT
    history = cell_history(found, row.row_id, slot)
    events = [_event(change, column) for change in history]
    if column:
        events += _unlock_events(request, found, row, column)
        events += _lock_event(found, column)
        events += _before_the_record(row, column, history)
    events.sort(key=lambda one: (one.at is not None, one.at or 0), reverse=True)
    writes = queries.may_enter(request.actor, found) and row.is_counted and column is not None
    is_open = column is not None and found.locks.may_write(column, row.enrolment_id)
    is_fragment = FRAGMENT in request.GET
    title = column.title if column else _("Nhận xét")
    return render(
        request,
        "gradebook/_cell.html" if is_fragment else "gradebook/cell.html",
        {
            "heading": f"{row.full_name} · {title}",
            "crumbs": crumbs(found, (row.full_name, "")),
            "found": found,
            "row": row,
            "column": column,
            "title": title,
            "events": events,
            "states": _states(column, row) if column and writes and is_open else [],
            "name": f"{enrolment_id}-{slot}",
            "seen": _seen(row),
            "unlock": link("ask_unlock", found.id) if writes and not is_open else "",
            "is_fragment": is_fragment,
        },
    )


def _seen(row: Row) -> str:
    from khue.school.gradebook.drawing import seen_of

    return seen_of([row])


def _event(change: Change, column: Column | None) -> Event:
    if column is None:
        return Event(change.at, "", change.old_text, change.new_text, change.reason, _by(change))
    parts = []
    source = cells.SOURCES.get(change.source)
    if change.is_after_lock:
        parts.append(_("Sửa sau khi khóa."))
    if source and change.source != cells.TYPED:
        many = ngettext("%(n)s ô", "%(n)s ô", change.together) % {"n": change.together}
        parts.append(f"{source}, {many}" if change.together > 1 else str(source))
    if change.reason:
        parts.append(change.reason)
    return Event(
        change.at,
        "edit" if change.is_after_lock else "",
        cells.show(column, change.old),
        cells.show(column, change.new) or _("để trống"),
        " ".join(parts),
        _by(change),
    )


def _by(change: Change) -> str:
    return f"{change.who or change.capacity}, {datetime_vi(change.at)}"


def _unlock_events(request: ActorRequest, found: Frame, row: Row, column: Column) -> list[Event]:
    events = []
    for one in unlocks_of_cell(request.actor, found, row.enrolment_id, column.slot):
        asked = f"{one.asked_by.full_name}, {datetime_vi(one.asked_at)}"
        events.append(Event(one.asked_at, "", "", "", _("Xin mở khóa: %(why)s") % {"why": one.reason}, asked))
        if one.decided_by and one.decided_at:
            said = _("Đã mở khóa đến %(until)s.") % {"until": datetime_vi(one.open_until)}
            said = said if one.open_until else _("Không mở khóa.")
            text = f"{said} {one.answer}".strip()
            by = f"{one.decided_by.full_name}, {datetime_vi(one.decided_at)}"
            events.append(Event(one.decided_at, "done" if one.open_until else "", "", "", text, by))
    return events


def _lock_event(found: Frame, column: Column) -> list[Event]:
    days = found.locks.days[column.code]
    if found.locks.today < days.locks_on:
        return []
    at = datetime.combine(days.locks_on, datetime.min.time(), tzinfo=found.locks.now.tzinfo)
    by = (
        _("Theo lịch của trường")
        if days.is_own
        else _("Theo lịch của Sở")
        if days.is_set
        else _("Hết học kì")
    )
    return [Event(at, "done", "", "", _("Khóa cột"), f"{by}, {date_vi(days.locks_on)}")]


def _before_the_record(row: Row, column: Column, history: list[Change]) -> list[Event]:
    """Where a value came from that no entry of this sheet wrote: brought along, or loaded with the class."""
    value = row.marks[column.slot]
    if history or value is None:
        return []
    letter, _after = cells.source_of(row.sources, column.slot)
    return [Event(None, "", "", cells.show(column, value), str(cells.SOURCES.get(letter, "")), "")]


def _states(column: Column, row: Row) -> list[tuple[str, str, bool]]:
    """The states a cell may take now: what is typed for it, in words, whether a decision is asked for."""
    value = row.marks[column.slot]
    if column.kind not in cells.TESTED:
        is_level = column.kind == "level"
        return [("M", cells.describe(column, cells.EXEMPT), True)] if is_level else []
    wanted = (cells.ABSENT, cells.MAKEUP, cells.ZEROED, cells.EXEMPT)
    return [
        (cells.show(column, state), cells.describe(column, state), state == cells.EXEMPT)
        for state in wanted
        if state != value and marks.move_problem(value, state) is None
    ]
