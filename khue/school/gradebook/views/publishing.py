"""Letting families read columns of a sheet, and taking it back."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.lib.numbers import whole
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.publishing import COMMENT_SLOT, is_published
from khue.school.gradebook.queries.grid import all_families
from khue.school.gradebook.views.linking import crumbs, title_of, writable_frame
from khue.ui import messages


@page("gradebook.view", methods=("GET", "POST"))
def publish(request: ActorRequest, pk: int) -> HttpResponse:
    """Choose the columns that families may read; what follows and for how many is said before."""
    found = writable_frame(request, pk)
    problem: DomainError | None = None
    chosen = {slot for slot in range(COMMENT_SLOT + 1) if is_published(found.published, slot)}
    if request.method == "POST":
        chosen = {slot for text in request.POST.getlist("slots") if (slot := whole(text)) is not None}
        act = actions.publish_class if found.is_homeroom else actions.publish
        seen = whole(request.POST.get("seen", ""))
        try:
            added = act(
                request.actor,
                queries.target(found),
                slots=chosen,
                version=-1 if seen is None else seen,
                reason=request.POST.get("reason", "")[:300],
            )
        except DomainError as error:
            if error.is_for_middleware:
                raise
            problem = error
        else:
            if added:
                told = ngettext("Đã công bố %(n)s cột.", "Đã công bố %(n)s cột.", len(added)) % {
                    "n": len(added)
                }
            else:
                told = _("Đã thôi công bố.")
            messages.done(request, told)
            return HttpResponseRedirect(reverse("gradebook:sheet", args=[pk]))
    rows = [row for row in queries.all_rows(found) if row.is_counted]
    lines = [
        {
            "slot": column.slot,
            "title": column.title,
            "group": column.group,
            "done": sum(cells.is_filled(row.marks[column.slot]) for row in rows),
            "is_on": column.slot in chosen,
            "was_on": is_published(found.published, column.slot),
        }
        for column in found.columns
    ]
    lines.append(
        {
            "slot": COMMENT_SLOT, "title": _("Nhận xét"), "group": "", "done": sum(bool(row.comment) for row in rows),
            "is_on": COMMENT_SLOT in chosen, "was_on": is_published(found.published, COMMENT_SLOT),
        }
    )  # fmt: skip
    return render(
        request,
        "gradebook/publish.html",
        {
            "found": found,
            "heading": _("Công bố cho gia đình"),
            "lead": title_of(found),
            "crumbs": crumbs(found, (_("Công bố cho gia đình"), "")),
            "lines": lines,
            "pupils": len(rows),
            "families": all_families(found),
            "problem": problem,
            "reason": request.POST.get("reason", ""),
            "has_published": bool(found.published),
        },
        status=problem.status if problem else 200,
    )
