"""Links between the pages of the gradebook, and the path that stands above them."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import Http404
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest
from khue.school.gradebook import queries
from khue.school.gradebook.queries import Frame
from khue.school.gradebook.terms import ROMAN


def link(name: str, *args: object) -> str:
    """The address of a page of the gradebook; empty when this installation has no such page."""
    try:
        return reverse(f"gradebook:{name}", args=args)
    except NoReverseMatch:
        return ""


def title_of(found: Frame) -> str:
    """`Toán, lớp 8A3, học kì I`."""
    return _("%(sheet)s, học kì %(term)s") % {"sheet": found.title, "term": ROMAN[found.term]}


def readable_frame(request: ActorRequest, pk: int) -> Frame:
    """The frame of a sheet the reader may open; Http404 otherwise."""
    found = queries.frame(request.actor, pk)
    if found is None:
        raise Http404
    return found


def writable_frame(request: ActorRequest, pk: int) -> Frame:
    """The frame of a sheet the reader writes; Http404 for everybody else."""
    found = readable_frame(request, pk)
    if not queries.may_enter(request.actor, found):
        raise Http404
    return found


def crumbs(found: Frame, *tail: tuple[str, str]) -> list[tuple[str, str]]:
    """School, gradebook, class, sheet, then what is below it."""
    here = _("%(sheet)s, học kì %(term)s") % {
        "sheet": found.subject_name or found.kind_label, "term": ROMAN[found.term],
    }  # fmt: skip
    steps = [
        (found.school_name, ""),
        (_("Sổ điểm"), f"{reverse('gradebook:sheets')}?ky={found.term}"),
        (_("Lớp %(name)s") % {"name": found.class_name}, ""),
        (here, reverse("gradebook:sheet", args=[found.id])),
    ]
    return [*steps, *tail]


def choice(text: str | None, known: Iterable[str], otherwise: str = "") -> str:
    """A word of the address when it is one of those known."""
    return text if text in set(known) else otherwise  # type: ignore[return-value]
