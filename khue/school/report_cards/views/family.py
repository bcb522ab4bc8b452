"""What parents and pupils read: the issued cards of a child, to open, to take away, to show to somebody."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from khue.kernel.access.pages import ActorRequest, page
from khue.school.report_cards import addresses
from khue.school.report_cards.actions import copies
from khue.school.report_cards.queries import family as queries
from khue.ui.app import keepable


@page("report_cards.view_own")
@keepable
def my_cards(request: ActorRequest) -> HttpResponse:
    """Every issued card of one's child by year, with its files and the code by which others verify it."""
    children = queries.own_children(request.actor)
    asked = request.GET.get("em", "")
    own = {str(pk) for pk in request.actor.reach("report_cards.view_own").person_ids}
    if asked and asked not in own:
        raise Http404  # another's child is as one who does not exist
    chosen = next((one for one in children if str(one.person_id) == asked), children[0] if children else None)
    site = addresses.site()
    shares = (
        {
            year.card.id: request.build_absolute_uri(addresses.of(site, year.card.reference))
            for year in chosen.years
        }
        if chosen
        else {}
    )
    return render(
        request,
        "report_cards/my_cards.html",
        {
            "children": children,
            "child": chosen,
            "years": [(year, shares[year.card.id]) for year in chosen.years] if chosen else [],
            "site": addresses.bare(site) or request.get_host(),
            "is_own": any(grant.role == "pupil" for grant in request.actor.grants),
        },
    )


@page("report_cards.view_own")
def my_card_file(request: ActorRequest, pk: int, kind: str) -> HttpResponse:
    """The paper or the data file of an issued card of one's child; taking it is written down."""
    card = queries.own_card(request.actor, pk)
    if card is None or kind not in (copies.PAPER, copies.DATA):
        raise Http404
    data = copies.take_own_copy(request.actor, card, kind=kind)
    name = f"hoc-ba-{card.year_id}-{card.year_id + 1}-ban-{card.edition}.{kind}"
    response = HttpResponse(
        data, content_type="application/pdf" if kind == copies.PAPER else "application/xml"
    )
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response
