"""What a family reads: published marks of an own child; and the same pupil's marks as the school sees them."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.school.gradebook import card_drawing, cards
from khue.school.gradebook.queries import pupils as queries
from khue.school.gradebook.queries.pupils import Place
from khue.school.gradebook.terms import KEYS
from khue.ui.app import keepable

YEAR = 0  # the "term" that stands for the whole year


@page("gradebook.view_own")
@keepable
def my_marks(request: ActorRequest) -> HttpResponse:
    """A child's published marks of one term, by subject; parents choose the child, everybody the term and the year."""
    places = queries.own_places(request.actor)
    place = _chosen(request, places)
    if place is None:
        return render(request, "gradebook/my_marks.html", {"place": None})
    sheets = queries.all_pupil_sheets(place)
    readable = cards.terms_with_marks(sheets)
    terms = [1, 2, *([YEAR] if place.result(YEAR) else [])]
    usual = max(readable, default=place.term_on(queries.all_today()))
    term = _term(request, terms, usual)
    shown = cards.cards_of(sheets, term, is_open=False, now=timezone.now())
    full = [card for card in shown if not card.is_empty]
    return render(
        request,
        "gradebook/my_marks.html",
        {
            "place": place,
            "children": _children(places, place),
            "years": [one for one in places if one.person_id == place.person_id],
            "term": term,
            "terms": terms,
            "drawn": card_drawing.body(full) if full else None,
            "quiet": [card.title for card in shown if card.is_empty],
            "fresh": [card.title for card in shown if card.is_fresh],
            "result": cards.result_shown(place.result(term), place.grade),
            "year_lines": cards.year_lines(sheets, place.approved) if term == YEAR else [],
            "has_averages": any(card.average or card.waits for card in shown),
            "is_own": any(grant.role == "pupil" for grant in request.actor.grants),
        },
    )


@page("gradebook.view_results")
def pupil_marks(request: ActorRequest, pk: int) -> HttpResponse:
    """All marks of a pupil (by enrolment) for the homeroom teacher and the office, published or not."""
    place = queries.pupil_place(request.actor, pk)
    if place is None:
        raise Http404
    sheets = queries.all_pupil_sheets(place)
    terms = [1, 2, *([YEAR] if place.result(YEAR) else [])]
    term = _term(request, terms, place.term_on(queries.all_today()))
    shown = cards.cards_of(sheets, term, is_open=True, now=timezone.now())
    crumbs = [(place.school_name, ""), (place.class_name, ""), (place.name, "")]
    if request.actor.holds("roster.view_profile"):
        crumbs[-1] = (place.name, reverse("roster:pupil", args=[place.person_id]))
    return render(
        request,
        "gradebook/pupil_marks.html",
        {
            "place": place,
            "term": term,
            "terms": terms,
            "drawn": card_drawing.body(shown, is_staff=True),
            "result": cards.result_shown(place.result(term), place.grade),
            "year_lines": cards.year_lines(sheets, place.approved) if term == YEAR else [],
            "crumbs": [*crumbs, (_("Điểm"), "")],
        },
    )


def _chosen(request: ActorRequest, places: Sequence[Place]) -> Place | None:
    """The place asked for by child (em), class (lop) and year (nam); the first child's current one else."""
    child, room, year = (_number(request, name) for name in ("em", "lop", "nam"))
    if child is not None and all(one.person_id != child for one in places):
        raise Http404  # another's child is as one who does not exist
    person = child
    if person is None and room is not None:
        person = next((one.person_id for one in places if one.classroom_id == room), None)
    if person is None and places:
        person = next((one.person_id for one in places if one.is_current), places[0].person_id)
    mine = [one for one in places if one.person_id == person]
    return next((one for one in mine if one.year == year), None) or next(
        (one for one in mine if one.is_current), mine[0] if mine else None
    )


def _children(places: Sequence[Place], chosen: Place) -> list[Place]:
    """One place a child, for the chooser; empty when there is but one child."""
    seen: dict[int, Place] = {}
    for one in places:
        known = seen.get(one.person_id)
        if known is None or (one.is_current and not known.is_current):
            seen[one.person_id] = one
    return list(seen.values()) if len(seen) > 1 else []


def _number(request: ActorRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _term(request: ActorRequest, terms: Sequence[int], usual: int) -> int:
    asked = KEYS.get(request.GET.get("ky", ""))
    return asked if asked is not None and asked in terms else usual
