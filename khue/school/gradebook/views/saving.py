"""Saving as one types: cells of a sheet as JSON, the answer cell by cell."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.school.gradebook import cells, drawing, entering, queries
from khue.school.gradebook.actions.absences import fill_absences
from khue.school.gradebook.entering import COMMENT, Typed
from khue.school.gradebook.views.linking import writable_frame
from khue.ui import messages

MOST = 2000  # cells in one sending
SOURCES = frozenset({cells.TYPED, cells.PASTED})


@page("gradebook.view", methods=("POST",))
def save(request: ActorRequest, pk: int) -> HttpResponse:
    """Write cells: `{cells: [[enrolment, slot, seen, value or text]], remarks: [[enrolment, seen, text]]}`.

    `source` is a letter (typed, pasted), `reason` goes into the record. A key in the header Idempotency-Key makes a
    repeated sending act once.
    """
    found = writable_frame(request, pk)
    if request.content_type != "application/json":
        return _json({"error": _("Trang đã gửi thiếu phần. Tải lại trang rồi ghi lại.")}, 415)
    try:
        data = orjson.loads(request.body)
        typed = _typed(data)
    except (orjson.JSONDecodeError, ValueError, TypeError, AttributeError):
        return _json({"error": _("Trang đã gửi thiếu phần. Tải lại trang rồi ghi lại.")}, 400)
    source = data.get("source") if data.get("source") in SOURCES else cells.TYPED
    reason = cells.clean(str(data.get("reason") or ""))[:300]
    try:
        answer = entering.enter(request.actor, found, typed, source=source, reason=reason)
    except DomainError as problem:
        if problem.status == 404:
            raise Http404 from problem
        return _json({"error": problem.message}, problem.status)
    columns = queries.all_slots_of(found.columns)
    return _json(
        {
            "written": [
                [enrolment_id, slot, text if slot == COMMENT else value, text]
                for enrolment_id, slot, value, text in answer.written
            ],
            "problems": [
                [one.enrolment_id, one.slot, one.state, one.message, one.text if one.slot == COMMENT else one.value,
                 one.text, one.who]
                for one in answer.problems
            ],
            "averages": [
                [enrolment_id, drawing.show_average(found, value)] for enrolment_id, value in answer.averages.items()
            ],
            "filled": [[slot, answer.filled[slot]] for slot in columns if slot < len(answer.filled)],
            "at": f"{timezone.localtime():%H:%M:%S}",
        }
    )  # fmt: skip


@page("gradebook.enter_class", methods=("POST",))
def absences(request: ActorRequest, pk: int) -> HttpResponse:
    """Fill the absences of the homeroom teacher's sheet from roll call."""
    found = writable_frame(request, pk)
    outcome = fill_absences(
        request.actor, queries.target(found), also_typed=request.POST.get("ca_so_da_go") == "1"
    )
    count = len(outcome.written)
    if outcome.refusals:
        messages.warn(request, outcome.refusals[0].message)
    elif count:
        text = ngettext("Đã lấy %(n)s ô từ sổ điểm danh.", "Đã lấy %(n)s ô từ sổ điểm danh.", count)
        messages.done(request, text % {"n": count})
    return HttpResponseRedirect(reverse("gradebook:sheet", args=[pk]))


def _typed(data: Any) -> dict[entering.Place, Typed]:
    """The cells of a sending; raises ValueError or TypeError when it is no such thing."""
    sent, remarks = data.get("cells") or [], data.get("remarks") or []
    if len(sent) + len(remarks) > MOST:
        raise ValueError
    found: dict[entering.Place, Typed] = {}
    for enrolment_id, slot, seen, value in sent:
        if not isinstance(seen, int | None) or isinstance(seen, bool) or slot == COMMENT:
            raise ValueError
        if isinstance(value, str):
            found[entering.place(enrolment_id, slot)] = Typed(seen, text=value[:100])
        elif isinstance(value, int | None) and not isinstance(value, bool):
            found[entering.place(enrolment_id, slot)] = Typed(seen, value=value, is_value=True)
        else:
            raise TypeError
    for enrolment_id, seen, text in remarks:
        if not isinstance(seen, str) or not isinstance(text, str):
            raise ValueError
        found[entering.place(enrolment_id, COMMENT)] = Typed(seen[:1000], text=text[:1000])
    return found


def _json(data: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), content_type="application/json", status=status)
