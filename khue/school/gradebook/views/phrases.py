"""The bank of sentences for comments: to choose from beside the grid, to add to and drop from on its page."""

from __future__ import annotations

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.gradebook import actions
from khue.school.gradebook.phrases import GROUPS
from khue.school.gradebook.queries import phrases as queries
from khue.ui import messages

FRAGMENT = "manh"


@page("gradebook.view", methods=("GET", "POST"))
def phrases(request: ActorRequest) -> HttpResponse:
    """Sentences for comments by level; one's own are added and dropped here."""
    actor = request.actor
    problem: DomainError | None = None
    if request.method == "POST":
        try:
            _change(request)
        except DomainError as error:
            problem = error
        else:
            return HttpResponseRedirect(reverse("gradebook:phrases"))
    bank = queries.bank(actor)
    groups = [(code, label, [one for one in bank if one.group == code]) for code, label in GROUPS.items()]
    is_fragment = FRAGMENT in request.GET
    return render(
        request,
        "gradebook/_phrases.html" if is_fragment else "gradebook/phrases.html",
        {
            "heading": _("Câu nhận xét mẫu"),
            "lead": _("Chọn khi ghi nhận xét trong sổ; thêm câu của riêng thầy cô ở đây."),
            "crumbs": [(_("Sổ điểm"), reverse("gradebook:sheets")), (_("Câu nhận xét mẫu"), "")],
            "groups": groups,
            "problem": problem,
            "text": request.POST.get("text", "")[:300] if problem else "",
            "group": request.POST.get("group", "any"),
        },
        status=problem.status if problem else 200,
    )


def _change(request: ActorRequest) -> None:
    """Add the sentence of the form, or drop the one whose button was pressed."""
    dropped = request.POST.get("drop", "")
    if dropped:
        found = queries.own_phrase(request.actor, int(dropped)) if dropped.isdigit() else None
        if found is None:
            raise Http404
        actions.remove_phrase(request.actor, found)
        messages.done(request, _("Đã bỏ câu “%(text)s”.") % {"text": found.text})
        return
    person = queries.own_person(request.actor)
    if person is None:
        raise Http404
    made = actions.add_phrase(
        request.actor, person, text=request.POST.get("text", "")[:1000], group=request.POST.get("group", "")
    )
    messages.done(request, _("Đã thêm câu “%(text)s”.") % {"text": made.text})
