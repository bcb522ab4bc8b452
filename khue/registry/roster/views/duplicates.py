"""Doubles: the list of likely pairs, two records side by side, and the decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.registry.roster.actions import duplicates as actions
from khue.registry.roster.queries import duplicates as queries
from khue.registry.roster.views.frame_of import STEP, crumbs, page_place
from khue.ui import messages
from khue.ui.lists import BulkAction, Column, Empty, Filter, Listing
from khue.ui.templatetags.ui import quiet

if TYPE_CHECKING:
    from khue.registry.roster.models import DuplicatePair


SURE = 85  # from this score on: a shared number, or a temporary code beside the same name and birth date


def _places(row: Mapping[str, Any]) -> SafeString:
    return format_html("{}<br>{}", row["first_place"] or "–", row["second_place"] or "–")


def _sureness(row: Mapping[str, Any]) -> SafeString | str:
    if row["decision"] != "open":
        return str(_("đã gộp") if row["decision"] == "merged" else _("hai người khác nhau"))
    return quiet("wait", _("rất giống"), "copy") if row["score"] >= SURE else str(_("giống"))


def _why(text: str) -> str:
    """The likenesses of a pair, kept in Vietnamese, in the reader's language."""
    return "; ".join(_(part) for part in text.split("; ") if part)


def _across(row: Mapping[str, Any]) -> str:
    if row["decision"] != "open" or row["may_open"]:
        return _why(row["why"])
    return f"{_why(row['why'])}; {_('hồ sơ kia ở trường khác, Sở xem và gộp')}"


COLUMNS = (
    Column(
        "name", gettext_lazy("Họ và tên"), sort=("first__sort_key",), link="url", phone="title", is_fixed=True
    ),
    Column("born", gettext_lazy("Ngày sinh"), kind="date", sort=("first__birth_date",), phone="line"),
    Column("places", gettext_lazy("Hai hồ sơ ở"), cell=_places, phone="line"),
    Column("why", gettext_lazy("Vì sao"), cell=_across, width="x-m", phone="line"),
    Column("score", gettext_lazy("Mức giống"), sort=("score",), cell=_sureness, phone="end"),
)
FILTERS = (
    Filter(
        "quyet-dinh", gettext_lazy("Đã xem"),
        (("merged", gettext_lazy("Đã gộp")), ("different", gettext_lazy("Hai người khác nhau"))),
    ),
    Filter("noi", gettext_lazy("Nơi học"), (("one", gettext_lazy("Cùng trường")), ("two", gettext_lazy("Hai trường")))),
)  # fmt: skip


def _listing(*, is_school: bool) -> Listing:
    ask = BulkAction(gettext_lazy("Nhờ Sở xem"), reverse("roster:duplicates_ask"), "send")
    return Listing(
        key="roster.duplicates", noun=gettext_lazy("cặp"), columns=COLUMNS, filters=FILTERS,
        search=gettext_lazy("Tên"), default_sort="-score", bulk=(ask,) if is_school else (), can_print=False,
        empty=Empty(
            gettext_lazy("Không có hồ sơ nào nghi trùng"),
            gettext_lazy("Khuê tìm mỗi đêm và sau mỗi lần dữ liệu đổi: cùng số định danh, hoặc cùng tên và ngày sinh."),
            icon="circle-check",
        ),
    )  # fmt: skip


@page("roster.merge")
def duplicates(request: ActorRequest) -> HttpResponse:
    """The likely pairs at a place, surest first."""
    place = page_place(request, "roster.merge")
    unit = place.unit
    if unit is None or not place.is_reached:
        raise Http404
    listing = _listing(is_school=place.is_school)
    state = listing.read(request)
    found = queries.pair_rows(
        request.actor, filters=state.filters, school_path="" if place.is_root else unit.path, search=state.search,
        order_by=state.order_by, offset=state.offset, limit=state.limit,
    )  # fmt: skip
    for row in found.rows:
        row["url"] = reverse("roster:duplicate", args=[row["id"]]) if row["may_open"] else ""
    return listing.respond(
        request, state, found.rows, total=found.total, template="roster/duplicates.html", unit=unit, step=STEP,
        heading=_("Hồ sơ trùng"), lead=unit.name, crumbs=crumbs(place, "roster:duplicates", _("Hồ sơ trùng")),
        may_find=request.actor.holds("roster.view_quality"),
    )  # fmt: skip


@page("roster.view_quality", methods=("POST",))
def find(request: ActorRequest) -> HttpResponse:
    """Look again now."""
    place = page_place(request, "roster.view_quality")
    if place.unit is None or not place.is_reached:
        raise Http404
    number = actions.find_duplicates(request.actor, place.unit)
    messages.done(request, _("Đã tìm xong: %(n)s cặp nghi trùng") % {"n": number})
    return HttpResponseRedirect(f"{reverse('roster:duplicates')}?{STEP}={place.unit.code}")


@page("roster.merge", methods=("POST",))
def ask(request: ActorRequest) -> HttpResponse:
    """Ask the department about chosen pairs of which the school holds one record."""
    chosen = [int(text) for text in request.POST.getlist("row") if text.isascii() and text.isdigit()][:100]
    asked = 0
    for pair in (
        queries.pairs(request.actor).filter(pk__in=chosen, decision="open").select_related("first", "second")
    ):
        mine = queries.enrolments_of(request.actor, pair)
        if len(mine) == 1:
            actions.ask_merge(request.actor, mine[0], pair=pair)
            asked += 1
    if asked:
        messages.done(request, _("Đã nhờ Sở xem %(n)s cặp") % {"n": asked})
    else:
        messages.warn(
            request, _("Chọn những cặp mà hồ sơ kia ở trường khác. Cặp cùng trường thì mở ra để gộp.")
        )
    return HttpResponseRedirect(reverse("roster:duplicates"))


def _pair(request: ActorRequest, pk: int) -> DuplicatePair:
    return get_object_or_404(queries.pairs(request.actor), pk=pk)


@page("roster.merge")
def duplicate(request: ActorRequest, pk: int) -> HttpResponse:
    """Two records side by side, with what differs to choose from."""
    return _compare(request, pk)


def _compare(request: ActorRequest, pk: int, problem: str = "", status: int = 200) -> HttpResponse:
    found = queries.comparison(request.actor, pk)
    if found is None:
        raise Http404
    kept = request.POST.get("kept", "")
    ids = {str(side.person.pk) for side in found.sides}
    context = {
        "heading": _("Đối chiếu hai hồ sơ"), "lead": _why(found.pair.why), "found": found, "pair": found.pair,
        "problem": problem,
        "kept": int(kept) if kept in ids else found.better, "twin": next(iter(found.twins), None),
        "taken": {key[2:]: int(value) for key, value in request.POST.items() if key.startswith("f-") and value in ids},
        "crumbs": [(_("Hồ sơ trùng"), reverse("roster:duplicates")), (found.sides[0].person.full_name, "")],
    }  # fmt: skip
    return render(request, "roster/duplicate.html", context, status=status)


def _act(
    request: ActorRequest, pk: int, act: Callable[[], Any], told: str, undo_url: str = ""
) -> HttpResponse:
    try:
        act()
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        return _compare(request, pk, problem.message, problem.status)
    messages.done(request, told, undo_url)
    return HttpResponseRedirect(reverse("roster:duplicate", args=[pk]))


@page("roster.merge", methods=("POST",))
def merge(request: ActorRequest, pk: int) -> HttpResponse:
    """Make one record of two."""
    pair = _pair(request, pk)
    people = {str(pair.first_id): pair.first_id, str(pair.second_id): pair.second_id}
    kept = people.get(request.POST.get("kept", ""))
    if kept is None:
        return _compare(request, pk, _("Chọn hồ sơ giữ lại."), 422)
    choices = {
        key[2:]: people[value]
        for key, value in request.POST.items()
        if key.startswith("f-") and value in people
    }
    rows = queries.enrolments_of(request.actor, pair)
    undo_url = reverse("roster:duplicate_undo", args=[pk])
    act = lambda: actions.merge(request.actor, rows, kept_person_id=kept, choices=choices)  # noqa: E731
    return _act(request, pk, act, _("Đã gộp hai hồ sơ thành một"), undo_url)


@page("roster.merge", methods=("POST",))
def apart(request: ActorRequest, pk: int) -> HttpResponse:
    """Two different people."""
    pair = _pair(request, pk)
    rows = queries.enrolments_of(request.actor, pair)
    act = lambda: actions.keep_apart(request.actor, rows, pair=pair)  # noqa: E731
    return _act(
        request, pk, act, _("Đã ghi: hai người khác nhau"), reverse("roster:duplicate_again", args=[pk])
    )


@page("roster.merge", methods=("POST",))
def again(request: ActorRequest, pk: int) -> HttpResponse:
    """Decide again."""
    pair = _pair(request, pk)
    rows = queries.enrolments_of(request.actor, pair)
    return _act(
        request, pk, lambda: actions.look_again(request.actor, rows, pair=pair), _("Cặp này lại chờ xem")
    )


@page("roster.merge", methods=("POST",))
def undo(request: ActorRequest, pk: int) -> HttpResponse:
    """Part two merged records."""
    pair = _pair(request, pk)
    rows = queries.enrolments_of(request.actor, pair)
    act = lambda: actions.undo_merge(request.actor, rows, pair=pair)  # noqa: E731
    return _act(request, pk, act, _("Đã tách lại thành hai hồ sơ như trước khi gộp"))
