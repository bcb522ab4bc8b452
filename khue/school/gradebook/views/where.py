"""Where the pages of progress stand: the year, the term, the unit stepped down to, the path to it."""

from __future__ import annotations

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest
from khue.kernel.actions import DomainError
from khue.kernel.home.year import year_of
from khue.registry.roster.queries.places import Place, place
from khue.school.gradebook.queries.terms import TermShown, term

STEP = "don-vi"  # key of the address: the code of the unit stepped down to
TERM = "ky"


def term_of(request: ActorRequest) -> TermShown:
    """The term of the page; raises DomainError before the province has opened a year."""
    year = year_of(request)
    found = term(request.actor, year.value, request.GET.get(TERM, "")) if year else None
    if found is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    return found


def place_of(request: ActorRequest, permission: str) -> Place:
    """The unit of the capacity, or the one in the address; Http404 when the permission does not lead there."""
    found = place(request.actor, permission, request.GET.get(STEP, "")[:40])
    if found is None or found.unit is None:
        raise Http404
    return found


def path_to(
    found: Place, url_name: str, term_shown: TermShown, *tail: tuple[str, str] | str
) -> list[tuple[str, str]]:
    """The path down the unit tree, each reached unit a link to the same page there, then where we are."""
    page = reverse(f"gradebook:{url_name}")
    steps = [
        (
            unit.name,
            f"{page}?{STEP}={unit.code}&{TERM}={term_shown.number}" if unit.pk in found.reached else "",
        )
        for unit in found.path
    ]
    return [*steps, *((one, "") if isinstance(one, str) else one for one in tail)]
