"""The bank of sentences for comments: to choose from beside the grid; pages to add to it, one's own and shared ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.gradebook import actions
from khue.school.gradebook.phrases import GROUPS
from khue.school.gradebook.queries import phrases as queries
from khue.school.gradebook.views.where import STEP, place_of
from khue.ui import messages

FRAGMENT = "manh"


@page("gradebook.view", methods=("GET", "POST"))
def phrases(request: ActorRequest) -> HttpResponse:
    """Sentences for comments by level; one's own are added and dropped here."""
    more = {
        "heading": _("Câu nhận xét mẫu"),
        "lead": _("Chọn khi ghi nhận xét trong sổ; thêm câu của riêng thầy cô ở đây."),
        "label": _("Câu của tôi"),
        "crumbs": [(_("Sổ điểm"), reverse("gradebook:sheets")), (_("Câu nhận xét mẫu"), "")],
    }
    here = reverse("gradebook:phrases")
    return _bank_page(request, here, _change_own, lambda: queries.bank(request.actor), more)


@page("gradebook.set_phrases", methods=("GET", "POST"))
def shared_phrases(request: ActorRequest) -> HttpResponse:
    """Sentences that the department keeps for all schools, or a school for its teachers."""
    place = place_of(request, "gradebook.set_phrases")
    unit = place.unit
    if unit is None or not place.is_reached or not (place.is_school or place.is_root):
        raise Http404

    def change(request: ActorRequest) -> str:
        dropped = request.POST.get("drop", "")
        if dropped:
            found = queries.shared_phrase(request.actor, unit, _number(dropped))
            if found is None:
                raise Http404
            actions.remove_shared_phrase(request.actor, found)
            return _("Đã bỏ câu “%(text)s”.") % {"text": found.text}
        made = actions.add_shared_phrase(request.actor, unit, **_given(request))
        return _("Đã thêm câu “%(text)s”.") % {"text": made.text}

    more = {
        "heading": _("Câu nhận xét mẫu"),
        "lead": _("Giáo viên mọi trường trong tỉnh thấy các câu này khi ghi nhận xét.")
        if place.is_root
        else _("Giáo viên của trường thấy các câu này khi ghi nhận xét."),
        "label": _("Câu của Sở") if place.is_root else _("Câu của trường"),
        "crumbs": [*((one.name, "") for one in place.path), (_("Câu nhận xét mẫu"), "")],
    }
    here = f"{reverse('gradebook:shared_phrases')}?{STEP}={unit.code}"
    return _bank_page(request, here, change, lambda: queries.shared_bank(request.actor, unit), more)


def _bank_page(
    request: ActorRequest, here: str, change: Callable[[ActorRequest], str],
    read: Callable[[], Sequence[queries.Sentence]], more: dict[str, Any],
) -> HttpResponse:  # fmt: skip
    """Do what was posted and come back, or show the sentences by level."""
    problem: DomainError | None = None
    if request.method == "POST":
        try:
            messages.done(request, change(request))
        except DomainError as error:
            problem = error
        else:
            return HttpResponseRedirect(here)
    bank = read()
    is_fragment = FRAGMENT in request.GET
    return render(
        request,
        "gradebook/_phrases.html" if is_fragment else "gradebook/phrases.html",
        {
            **more,
            "groups": [
                (code, label, [one for one in bank if one.group == code]) for code, label in GROUPS.items()
            ],
            "problem": problem,
            "text": request.POST.get("text", "")[:300] if problem else "",
            "group": request.POST.get("group", "any"),
        },
        status=problem.status if problem else 200,
    )


def _change_own(request: ActorRequest) -> str:
    """Add the sentence of the form, or drop the one whose button was pressed; gives what was done, in words."""
    dropped = request.POST.get("drop", "")
    if dropped:
        found = queries.own_phrase(request.actor, _number(dropped))
        if found is None:
            raise Http404
        actions.remove_phrase(request.actor, found)
        return _("Đã bỏ câu “%(text)s”.") % {"text": found.text}
    person = queries.own_person(request.actor)
    if person is None:
        raise Http404
    made = actions.add_phrase(request.actor, person, **_given(request))
    return _("Đã thêm câu “%(text)s”.") % {"text": made.text}


def _given(request: ActorRequest) -> dict[str, str]:
    return {"text": request.POST.get("text", "")[:1000], "group": request.POST.get("group", "")}


def _number(text: str) -> int:
    """The key of a row; Http404 for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)
