"""Where a person decides: two values that clash, and values that came too late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, ProofNeeded
from khue.kernel.offline import actions, queries
from khue.kernel.offline.declare import collections
from khue.ui import messages
from khue.ui.words import datetime_vi

CLASHES, REVIEWS = "offline.settle", "offline.review"
LONGEST = 600
SHORT = 16  # letters of a value that stands large


@page(CLASHES)
def clashes(request: ActorRequest) -> HttpResponse:
    """Two values for one cell, side by side, to choose from."""
    return _clashes(request)


def _clashes(request: ActorRequest, problem: DomainError | None = None, pk: int = 0) -> HttpResponse:
    found = queries.held_page(request.actor, CLASHES)
    return render(
        request,
        "offline/clashes.html",
        {
            "lines": [_with_seen(line) for line in found.lines],
            "total": found.total,
            "more": found.total - len(found.lines),
            "settled": found.settled,
            "problem": problem,
            "problem_pk": pk,
        },
        status=422 if problem else 200,
    )


@page(CLASHES, methods=("POST",))
def settle(request: ActorRequest, pk: int) -> HttpResponse:
    """Choose one of the two values, or type a third."""
    held = get_object_or_404(queries.held(request.actor, CLASHES), pk=pk)
    choice = request.POST.get("choice", "")
    try:
        value = None
        if choice == "other":
            collection = collections().get(held.collection)
            if collection is None:
                raise Http404
            value = collection.read(held.key, held.part, request.POST.get("other", "")[:LONGEST])
        actions.settle_clash(request.actor, held, choice=choice, seen=_seen(request), value=value)
    except DomainError as problem:
        if problem.status == 404:
            raise Http404 from problem
        return _clashes(request, problem, pk)
    messages.done(request, _("Đã chọn giá trị, chỗ vênh đã hết."))
    return HttpResponseRedirect(reverse("offline:clashes"))


@page(REVIEWS)
def reviews(request: ActorRequest) -> HttpResponse:
    """What was entered without a line and came after a lock, or from who is not in charge any more."""
    return _reviews(request)


def _reviews(request: ActorRequest, problem: DomainError | None = None, pk: int = 0) -> HttpResponse:
    found = queries.held_page(request.actor, REVIEWS)
    return render(
        request,
        "offline/reviews.html",
        {
            "lines": [_with_seen(line) for line in found.lines],
            "total": found.total,
            "more": found.total - len(found.lines),
            "settled": found.settled,
            "me": request.actor.person_id,
            "problem": problem,
            "problem_pk": pk,
            "reason": request.POST.get("reason", ""),
        },
        status=422 if problem else 200,
    )


@page(REVIEWS, methods=("POST",))
def decide(request: ActorRequest, pk: int) -> HttpResponse:
    """Let it be written, or leave what stands."""
    held = get_object_or_404(queries.held(request.actor, REVIEWS), pk=pk)
    reason, verb = request.POST.get("reason", ""), request.POST.get("verb", "")
    try:
        if verb == "accept":
            actions.accept_review(request.actor, held, seen=_seen(request), reason=reason)
            messages.done(request, _("Đã ghi vào sổ."))
        elif verb == "reject":
            actions.reject_review(request.actor, held, reason=reason)
            messages.done(request, _("Không ghi; người ghi được báo lý do."))
        else:
            raise DomainError(_("Chọn ghi hay không ghi."))
    except ProofNeeded:
        raise
    except DomainError as problem:
        if problem.status == 404:
            raise Http404 from problem
        return _reviews(request, problem, pk)
    return HttpResponseRedirect(reverse("offline:reviews"))


def _seen(request: ActorRequest) -> Any:
    """What the page showed as standing there."""
    try:
        return orjson.loads(request.POST.get("seen", ""))
    except orjson.JSONDecodeError:
        raise DomainError(_("Trang đã gửi thiếu phần. Mở lại trang rồi gửi lại.")) from None


def _with_seen(line: queries.Line) -> dict[str, Any]:
    """A line as the templates draw it."""
    row, place = line.row, line.place
    mine, now = (place.mine_text, place.now_text) if place else ("", "")
    is_long = max(len(mine), len(now)) > SHORT
    theirs_from = row.theirs_by or _("Xem người ghi trong lịch sử ô")
    return {
        "row": row,
        "place": place,
        "seen": orjson.dumps(place.now if place else None).decode(),
        "same": line.is_settled_by_itself,
        "kind": "word" if is_long else "",
        "mine_text": mine or _("để trống"),
        "now_text": now or _("để trống"),
        "mine_short": _("giá trị ghi trên máy") if is_long else mine or _("để trống"),
        "now_short": _("giá trị trong sổ") if is_long else now or _("để trống"),
        "mine_from": f"{row.person.full_name}, {row.device_name}",
        "theirs_from": f"{theirs_from}, {datetime_vi(row.theirs_at)}" if row.theirs_at else theirs_from,
        "said_at": _moment(row.said_at),
    }


def _moment(text: str) -> datetime | None:
    """A device's own time, when it is one."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
