"""Desks: one's own views of figures, put together, shared, sent as a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.command.ioc import actions
from khue.command.ioc.arranged import arranged
from khue.command.ioc.desks import FORMS, HOURS, MOST_TILES, Tile, changed_by, tiles_from, tiles_of
from khue.command.ioc.paper import drawn
from khue.command.ioc.queries import desk as queries
from khue.command.ioc.showing import age_words
from khue.command.ioc.views.choices import grouped
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.access.roles import ROLES
from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.files.storing import content_of
from khue.kernel.indicators.declare import Indicator
from khue.kernel.indicators.queries import moment
from khue.kernel.indicators.words import say
from khue.lib.numbers import whole
from khue.ui import messages
from khue.ui.words import date_vi

WEEKDAYS = (
    gettext_lazy("Thứ Hai"), gettext_lazy("Thứ Ba"), gettext_lazy("Thứ Tư"), gettext_lazy("Thứ Năm"),
    gettext_lazy("Thứ Sáu"), gettext_lazy("Thứ Bảy"), gettext_lazy("Chủ nhật"),
)  # fmt: skip
LETTERS = 14
Trail = list[tuple[str, str]]


def _crumbs(*more: tuple[str, str]) -> Trail:
    return [(_("Bàn theo dõi"), reverse("ioc:desks")), *more]


def _own(request: ActorRequest, pk: int) -> Any:
    return get_object_or_404(queries.own_desks(request.actor).filter(is_closed=False), pk=pk)


@dataclass(frozen=True)
class Listed:
    """A desk in a list, with when it is sent to the reader."""

    desk: Any
    sent: Any


@page("ioc.use_desk")
def desks(request: ActorRequest) -> HttpResponse:
    """One's own desks, those shared with one, and the letters that have come."""
    actor = request.actor
    sent = {one.desk_id: one for one in queries.schedules(actor)}
    own = queries.own_desks(actor).filter(is_closed=False)
    shared = queries.shared_desks(actor).select_related("owner")
    context = {
        "own": [Listed(one, sent.get(one.pk)) for one in own],
        "shared": [Listed(one, sent.get(one.pk)) for one in shared],
        "letters": queries.postings(actor, _keys(request))[:LETTERS],
    }
    return render(request, "ioc/desks.html", context)


def _keys(request: ActorRequest) -> list[str]:
    return [one.key for one in request.capacities]


@page("ioc.use_desk")
def desk(request: ActorRequest, pk: int) -> HttpResponse:
    """One desk with the reader's own figures."""
    found = get_object_or_404(queries.readable_desks(request.actor).select_related("owner"), pk=pk)
    when = moment(request.actor)
    context = {
        "desk": found,
        "is_own": found.owner_id == request.actor.person_id,
        "tiles": arranged(request.actor, tiles_of(found.tiles)),
        "moment": when,
        "age": age_words(when.computed_at, timezone.now()) if when else "",
        "schedule": queries.schedules(request.actor).filter(desk=found).first(),
        "crumbs": _crumbs((found.title, "")),
    }
    return render(request, "ioc/desk.html", context)


@page("ioc.use_desk")
def desk_paper(request: ActorRequest, pk: int) -> HttpResponse:
    """The same as a PDF, made now for whoever asks."""
    found = get_object_or_404(queries.readable_desks(request.actor), pk=pk)
    pdf = drawn(request.actor, found)
    if pdf is None:
        messages.refuse(request, _("Chưa in được: không ô nào trên bàn này nằm trong phần thầy cô được xem."))
        return HttpResponseRedirect(reverse("ioc:desk", args=[pk]))
    return _pdf(pdf, f"ban-theo-doi-{timezone.localdate():%Y-%m-%d}.pdf")


def _pdf(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["Cache-Control"] = "no-store"
    return response


# --- putting together -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A tile in the editor."""

    tile: Tile
    label: str


@page("ioc.use_desk", methods=("GET", "POST"))
def desk_new(request: ActorRequest) -> HttpResponse:
    """Put a new desk together."""
    return _edit(request, None)


@page("ioc.use_desk", methods=("GET", "POST"))
def desk_edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Put one's own desk together anew; buttons work without script, nothing is written before it is said."""
    return _edit(request, _own(request, pk))


def _edit(request: ActorRequest, found: Any) -> HttpResponse:
    title = found.title if found else ""
    tiles = tiles_of(found.tiles) if found else []
    version = found.version if found else 0
    problem: DomainError | None = None
    if request.method == "POST":
        post = request.POST
        title = post.get("title", "")
        tiles = tiles_from(post.getlist("indicator"), post.getlist("form"), post.getlist("unit"))[
            : MOST_TILES + 1
        ]
        version = whole(post.get("version", "")) or 0
        wish = post.get("do", "")
        if wish == "save":
            try:
                return _save(request, found, title, tiles, version)
            except NotVisible:
                raise
            except DomainError as refused:
                problem = refused
        else:
            tiles = changed_by(tiles, wish)
    return _editor(request, found, title, tiles, version, problem)


def _save(request: ActorRequest, found: Any, title: str, tiles: list[Tile], version: int) -> HttpResponse:
    if found is None:
        found = actions.create_desk(request.actor, queries.self_of(request.actor), title=title, tiles=tiles)
        messages.done(request, _("Đã lập bàn %(title)s") % {"title": found.title})
    else:
        found = actions.save_desk(request.actor, found, title=title, tiles=tiles, version=version)
        messages.done(request, _("Đã ghi bàn %(title)s") % {"title": found.title})
    return HttpResponseRedirect(reverse("ioc:desk", args=[found.pk]))


def _editor(
    request: ActorRequest,
    found: Any,
    title: str,
    tiles: list[Tile],
    version: int,
    problem: DomainError | None,
) -> HttpResponse:
    known = queries.choosable(request.actor)
    rows = [Row(one, _label(known, one.indicator)) for one in tiles]
    here = _("Sửa bàn") if found else _("Lập bàn mới")
    context = {
        "desk": found, "title": title, "rows": rows, "version": version, "problem": problem,
        "errors": problem.fields if problem else {}, "groups": grouped(known.values()), "forms": FORMS.items(),
        "units": queries.units_to_choose(request.actor), "most": MOST_TILES, "heading": here,
        "crumbs": _crumbs(*([(found.title, reverse("ioc:desk", args=[found.pk]))] if found else []), (here, "")),
    }  # fmt: skip
    return render(request, "ioc/desk_edit.html", context, status=problem.status if problem else 200)


def _label(known: dict[str, Indicator], name: str) -> str:
    return say(known[name].label) if name in known else name


@page("ioc.use_desk", methods=("POST",))
def desk_close(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a desk away, with a way back."""
    found = actions.close_desk(request.actor, _own(request, pk))
    back = reverse("ioc:desk_reopen", args=[found.pk])
    messages.done(request, _("Đã bỏ bàn %(title)s") % {"title": found.title}, undo_url=back)
    return HttpResponseRedirect(reverse("ioc:desks"))


@page("ioc.use_desk", methods=("POST",))
def desk_reopen(request: ActorRequest, pk: int) -> HttpResponse:
    """Bring a desk back."""
    found = get_object_or_404(queries.own_desks(request.actor), pk=pk)
    actions.reopen_desk(request.actor, found)
    messages.done(request, _("Đã lấy lại bàn %(title)s") % {"title": found.title})
    return HttpResponseRedirect(reverse("ioc:desks"))


# --- sharing --------------------------------------------------------------------------------------------------------


@page("ioc.use_desk", methods=("GET", "POST"))
def desk_share(request: ActorRequest, pk: int) -> HttpResponse:
    """Who reads one's own desk: a role or everybody, at a unit and below."""
    found = _own(request, pk)
    problem: DomainError | None = None
    if request.method == "POST":
        try:
            _share(request, found)
        except NotVisible:
            raise
        except DomainError as refused:
            problem = refused
        else:
            return HttpResponseRedirect(reverse("ioc:desk_share", args=[pk]))
    context = {
        "desk": found, "shares": queries.shares(request.actor, found), "problem": problem,
        "roles": [(code, ROLES[code].label) for code in queries.SHAREABLE],
        "units": queries.units_to_choose(request.actor),
        "crumbs": _crumbs((found.title, reverse("ioc:desk", args=[pk])), (_("Chia sẻ"), "")),
    }  # fmt: skip
    return render(request, "ioc/desk_share.html", context, status=problem.status if problem else 200)


def _share(request: ActorRequest, found: Any) -> None:
    drop = request.POST.get("drop", "")
    if drop:
        rows = queries.share_rows(request.actor, found)
        share = get_object_or_404(rows, pk=int(drop) if drop.isascii() and drop.isdigit() else 0)
        actions.unshare_desk(request.actor, found, share=share)
        messages.done(request, _("Đã thôi chia sẻ"))
        return
    asked = request.POST.get("unit", "")
    pk = int(asked) if asked.isascii() and asked.isdigit() else 0
    unit = queries.units_at(request.actor, [pk]).get(pk)
    if unit is None:
        raise Http404
    actions.share_desk(request.actor, found, role=request.POST.get("role", ""), unit=unit)
    messages.done(request, _("Đã chia sẻ với %(unit)s") % {"unit": unit.name})


# --- letters --------------------------------------------------------------------------------------------------------


@page("ioc.use_desk", methods=("GET", "POST"))
def desk_schedule(request: ActorRequest, pk: int) -> HttpResponse:
    """When a desk is sent to oneself as a PDF."""
    found = get_object_or_404(queries.readable_desks(request.actor), pk=pk)
    schedule = queries.schedules(request.actor).filter(desk=found).first()
    problem: DomainError | None = None
    if request.method == "POST":
        try:
            _schedule(request, found, schedule)
        except NotVisible:
            raise
        except DomainError as refused:
            problem = refused
        else:
            return HttpResponseRedirect(reverse("ioc:desk", args=[pk]))
    context = {
        "desk": found, "schedule": schedule, "problem": problem, "weekdays": list(enumerate(WEEKDAYS)),
        "hours": HOURS, "has_mail": queries.has_mail(request.actor),
        "crumbs": _crumbs((found.title, reverse("ioc:desk", args=[pk])), (_("Gửi theo lịch"), "")),
    }  # fmt: skip
    return render(request, "ioc/desk_schedule.html", context, status=problem.status if problem else 200)


def _schedule(request: ActorRequest, found: Any, schedule: Any) -> None:
    if request.POST.get("stop") and schedule is not None:
        actions.unschedule_desk(request.actor, schedule)
        messages.done(request, _("Đã thôi gửi bàn này"))
        return
    post = request.POST
    hour = whole(post.get("hour", ""))
    kept = actions.schedule_desk(
        request.actor, queries.self_of(request.actor), desk=found, every=post.get("every", ""),
        weekday=whole(post.get("weekday", "")) or 0, hour=-1 if hour is None else hour,
    )  # fmt: skip
    when = str(WEEKDAYS[kept.weekday]) if kept.every == "week" else _("mỗi ngày")
    messages.done(request, _("Sẽ gửi %(when)s lúc %(hour)s giờ") % {"when": when, "hour": kept.hour})


@page("ioc.use_desk")
def posting(request: ActorRequest, pk: int) -> HttpResponse:
    """A letter that came to oneself: the PDF as it was made that day."""
    found = get_object_or_404(queries.postings(request.actor, _keys(request)), pk=pk)
    return _pdf(content_of(found.file), f"{_('ban-theo-doi')}-{date_vi(found.day).replace('/', '-')}.pdf")
