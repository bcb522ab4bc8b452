"""The pupil list, what is done with chosen rows, and taking lists out."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.refusing import put_errors
from khue.registry.roster import actions
from khue.registry.roster.forms import MovementForm, PlaceForm
from khue.registry.roster.queries import classes
from khue.registry.roster.queries import pupils as queries
from khue.registry.roster.queries.places import Place
from khue.registry.roster.queries.places import place as find_place
from khue.registry.roster.rules import may_follow
from khue.registry.roster.views import exports
from khue.registry.roster.views.frame_of import crumbs, page_place, year_id
from khue.registry.roster.views.listing import pupil_listing, shown
from khue.ui import messages
from khue.ui.lists import Listing, State

AT_ONCE = 2000


def _listing(request: ActorRequest, place: Place) -> Listing:
    actor = request.actor
    in_school = place.is_reached and (place.is_school or place.is_campus)
    return pupil_listing(
        is_wide=place.is_wide and place.is_reached,
        may_move=in_school and actor.holds("roster.move"),
        may_transfer=in_school and actor.holds("roster.transfer"),
        may_export=actor.holds("roster.export"),
        may_admit=in_school and actor.holds("roster.admit"),
    )


def _options(request: ActorRequest, place: Place, year: int) -> dict[str, Any]:
    found = queries.list_options(request.actor, year, place)
    here = [(place.unit.code, place.unit.name)] if place.unit else []
    return {"lop": found.classes, "khoi": found.grades, "diem-truong": found.campuses, "don-vi": here}


def _wanted(state: State) -> dict[str, Any]:
    return {"search": state.search, "filters": state.filters}


@page("roster.view_list")
def pupils(request: ActorRequest) -> HttpResponse:
    """The pupils of a place in the year of the session."""
    place, year = page_place(request, "roster.view_list"), year_id(request)
    listing = _listing(request, place)
    state = listing.read(request, options=_options(request, place, year))
    if state.format == "xlsx":
        return exports.pupils(request, place, year, state)
    columns = {column.key for column in state.columns}
    found = queries.pupil_rows(
        request.actor, year_id=year, place=place, **_wanted(state), order_by=state.order_by, offset=state.offset,
        limit=state.limit, with_guardian="guardian" in columns, with_school="school" in columns,
    )  # fmt: skip
    is_school = place.is_school and place.is_reached
    return listing.respond(
        request, state, shown(found.rows, can_open=request.actor.holds("roster.view_profile")), total=found.total,
        has_more=found.has_more, heading=_("Học sinh"), lead=_lead(found, f"{year} – {year + 1}"),
        crumbs=crumbs(place, "roster:pupils", _("Học sinh")), template="roster/pupils.html", place=place,
        may_admit=is_school and request.actor.holds("roster.admit"), back_url=request.path,
    )  # fmt: skip


def _lead(found: queries.PupilPage, year: str) -> str:
    if found.total is None:
        return _("Hơn %(n)s em. Gõ tên, mã hoặc chọn điều kiện để thu hẹp.") % {"n": "10.000"}
    return _("Năm học %(year)s.") % {"year": year}


def _chosen(request: ActorRequest, permission: str) -> list[Any]:
    """The rows chosen on the list, or everything that matched, or those a form carries along; only what one may."""
    ids: list[str] = request.POST.getlist("row") or request.GET.getlist("row")
    if request.POST.get("everything") == "1":
        _path, _mark, query = request.POST.get("state", "").partition("?")
        place = find_place(request.actor, "roster.view_list", QueryDict(query).get("don-vi", "")[:40])
        if place is None:
            raise Http404
        year = year_id(request)
        listing = _listing(request, place)
        state = listing.selection(request, options=_options(request, place, year)).state
        rows = queries.chosen_rows(request.actor, year_id=year, place=place, **_wanted(state))
        ids = [str(pk) for pk in rows.values_list("pk", flat=True)[: AT_ONCE + 1]]
        if len(ids) > AT_ONCE:
            raise DomainError(_("Nhiều nhất %(n)s em một lần. Chọn thêm điều kiện.") % {"n": AT_ONCE})
    found = queries.selected(request.actor, ids, permission)
    if not found:
        raise DomainError(_("Chưa chọn em nào."))
    return found


def _after(request: ActorRequest) -> str:
    path, _mark, query = request.POST.get("state", "").partition("?")
    safe = path == reverse("roster:pupils")
    return f"{path}?{query}" if safe and query else reverse("roster:pupils")


@page("roster.move", methods=("GET", "POST"))
def place_pupils(request: ActorRequest) -> HttpResponse:
    """Put chosen pupils into a class: first which class and from when, then it is done."""
    chosen = _chosen(request, "roster.move")
    first = chosen[0]
    grades = {row.grade for row in chosen}
    places = classes.free_places(
        request.actor,
        school_id=first.school_id,
        year_id=first.year_id,
        grade=first.grade if len(grades) == 1 else None,
    )
    is_answer = request.method == "POST" and "classroom" in request.POST
    form = PlaceForm(
        request.POST if is_answer else None, rooms=[(str(one.classroom.pk), one.label) for one in places],
        initial={"on": timezone.localdate()},
    )  # fmt: skip
    if is_answer and form.is_valid():
        given = form.cleaned_data
        try:
            room = actions.place_pupils(
                request.actor, chosen, classroom_id=given["classroom"], on=given["on"], reason=given["reason"]
            )
        except DomainError as problem:
            put_errors(form, problem)
        else:
            undo = f"{reverse('roster:undo_place')}?" + "&".join(f"row={row.pk}" for row in chosen[:200])
            messages.done(
                request, _("Đã chuyển %(n)s em sang lớp %(name)s") % {"n": len(chosen), "name": room.name},
                undo if len(chosen) <= 200 else "",
            )  # fmt: skip
            full = next((one for one in places if one.classroom.pk == room.pk), None)
            if full is not None and full.limit and full.pupils + len(chosen) > full.limit:
                messages.warn(
                    request,
                    _("Lớp %(name)s nay quá sĩ số %(limit)s em.") % {"name": room.name, "limit": full.limit},
                )
            return HttpResponseRedirect(_after(request))
    return render(
        request, "roster/place.html",
        {"form": form, "chosen": chosen, "state": request.POST.get("state", ""), "grades": grades,
         "crumbs": [(_("Học sinh"), reverse("roster:pupils")), (_("Chuyển lớp"), "")]},
    )  # fmt: skip


@page("roster.move", methods=("POST",))
def undo_place(request: ActorRequest) -> HttpResponse:
    """Take a change of class back."""
    ids = request.GET.getlist("row")
    chosen = queries.selected(request.actor, ids, "roster.move")
    if not chosen:
        raise Http404
    count = actions.undo_placing(request.actor, chosen)
    messages.done(request, _("Đã đưa %(n)s em về lớp cũ") % {"n": count})
    return HttpResponseRedirect(reverse("roster:pupils"))


@page("roster.move", methods=("GET", "POST"))
def movement(request: ActorRequest) -> HttpResponse:
    """Write down that chosen pupils dropped out, paused, came back: what, from when, why."""
    chosen = _chosen(request, "roster.move")
    kinds = [
        kind
        for kind in ("dropped", "reserved", "suspended", "returned", "deceased")
        if all(may_follow(row.status, kind) for row in chosen)
    ]
    is_answer = request.method == "POST" and "on" in request.POST
    form = MovementForm(
        request.POST if is_answer else None, kinds=kinds, initial={"on": timezone.localdate()}
    )
    if is_answer and form.is_valid():
        given = form.cleaned_data
        try:
            actions.record_movement(request.actor, chosen, **given)
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã ghi cho %(n)s em. Sĩ số đã cập nhật.") % {"n": len(chosen)})
            if len(chosen) == 1:
                return HttpResponseRedirect(reverse("roster:pupil", args=[chosen[0].person_id]))
            return HttpResponseRedirect(_after(request))
    return render(
        request, "roster/movement.html",
        {"form": form, "chosen": chosen, "state": request.POST.get("state", ""), "kinds": kinds,
         "crumbs": [(_("Học sinh"), reverse("roster:pupils")), (_("Ghi biến động"), "")]},
    )  # fmt: skip


@page("roster.export", methods=("POST",))
def export_chosen(request: ActorRequest) -> HttpResponse:
    """The chosen pupils in Excel."""
    chosen = _chosen(request, "roster.export")
    actions.export_chosen(request.actor, chosen, filters={"rows": str(len(chosen))})
    rows = queries.held(request.actor, "roster.export").filter(pk__in=[row.pk for row in chosen])
    return exports.workbook(request, rows, _("Danh sách học sinh"))
