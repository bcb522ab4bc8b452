"""Pages of what looks odd: the list, asking teachers, one finding with its marks, the explanation and the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.actions.refusing import put_errors, tried
from khue.kernel.home.year import year_of
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.deadline_forms import ExplainForm
from khue.school.gradebook.queries import Frame
from khue.school.gradebook.queries import findings as reads
from khue.school.gradebook.views.linking import crumbs
from khue.ui import lists, messages
from khue.ui.templatetags.ui import badge
from khue.ui.words import date_vi

KINDS = (
    ("same", gettext_lazy("Cả lớp một điểm")), ("copied", gettext_lazy("Hai cột giống hệt")),
    ("burst", gettext_lazy("Vào dồn trước giờ khóa")), ("after_lock", gettext_lazy("Sửa sau khi khóa")),
    ("jump", gettext_lazy("Chênh lệch lớn")), ("altered", gettext_lazy("Khác với bản ghi")),
    ("unlikely", gettext_lazy("Khác các điểm còn lại")),
)  # fmt: skip
STATES = (
    ("open", gettext_lazy("Chưa giải thích")), ("explained", gettext_lazy("Đã giải thích")),
    ("accepted", gettext_lazy("Đã xem")),
)  # fmt: skip
_LOOKS = {"open": "wait", "explained": "info", "accepted": "ok"}


def shown_state(state: str) -> SafeString:
    """A state in colour, sign and word."""
    return format_html('<span class="nowrap">{}</span>', badge(_LOOKS[state], str(dict(STATES)[state])))


FINDINGS = lists.Listing(
    key="gradebook.findings",
    noun=gettext_lazy("điều cần xem"),
    columns=(
        lists.Column("what", gettext_lazy("Sổ điểm"), link="url", phone="title", is_fixed=True),
        lists.Column("column", gettext_lazy("Cột"), phone="line"),
        lists.Column("text", gettext_lazy("Điều cần xem"), phone="line"),
        lists.Column("pupil", gettext_lazy("Em"), phone="line"),
        lists.Column(
            "found_at",
            gettext_lazy("Thấy ngày"),
            sort=("found_at",),
            cell=lambda row: date_vi(row["found_at"]),
        ),
        lists.Column(
            "state", gettext_lazy("Tình trạng"), cell=lambda row: shown_state(row["state"]), phone="end"
        ),
    ),
    filters=(
        lists.Filter("loai", gettext_lazy("Loại"), KINDS),
        lists.Filter("tinh-trang", gettext_lazy("Tình trạng"), STATES),
    ),
    default_sort="-found_at",
    bulk=(
        lists.BulkAction(
            gettext_lazy("Hỏi giáo viên"), cast(str, reverse_lazy("gradebook:ask_explanation")), "message"
        ),
    ),
    empty=lists.Empty(
        gettext_lazy("Không có gì cần xem lại"),
        gettext_lazy("Mỗi đêm Khuê xem các sổ vừa vào điểm và nêu những con số khác thường."),
        icon="circle-check",
    ),
)


@page("gradebook.view_findings")
def findings(request: ActorRequest) -> HttpResponse:
    """What looks odd in the sheets one looks after, and nobody has accepted yet."""
    year = year_of(request)
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học nào. Hỏi chuyên viên Sở."))
    state = FINDINGS.read(request)
    found = reads.finding_rows(
        request.actor, year.value, filters=state.filters, order_by=state.order_by, offset=state.offset,
        limit=state.limit,
    )  # fmt: skip
    rows = [{**row, "url": reverse("gradebook:finding", args=[row["id"]])} for row in found.rows]
    return FINDINGS.respond(
        request, state, rows, total=found.total, of=found.total, heading=_("Cần xem lại"),
        template="gradebook/findings.html",
        crumbs=[(_("Sổ điểm"), reverse("gradebook:sheets")), (_("Cần xem lại"), "")],
    )  # fmt: skip


@page("gradebook.view_findings", methods=("POST",))
def ask(request: ActorRequest) -> HttpResponse:
    """Ask the teachers about those chosen."""
    ids = lists.ticked(request)
    chosen = reads.chosen(request.actor, ids)
    if len(chosen) != len(ids):
        raise Http404
    _try(request, lambda: _ask(request, chosen))
    return HttpResponseRedirect(reverse("gradebook:findings"))


def _ask(request: ActorRequest, chosen: list[Any]) -> None:
    asked = actions.ask_explanation(request.actor, chosen)
    text = ngettext("Đã hỏi giáo viên về %(n)s điều", "Đã hỏi giáo viên về %(n)s điều", asked) % {"n": asked}
    messages.done(request, text)


def _try(request: ActorRequest, do: Callable[[], object]) -> bool:
    return tried(request, do, nothing=_("Chưa chọn điều nào."))


@page("gradebook.view", methods=("GET", "POST"))
def finding(request: ActorRequest, pk: int) -> HttpResponse:
    """One finding with the marks it is about: its teacher explains, somebody else asks or accepts."""
    found = reads.finding(request.actor, pk)
    if found is None:
        raise Http404
    frame = queries.all_frame(found.sheet_id)
    is_own = queries.may_enter(request.actor, frame)
    may_review = request.actor.can("gradebook.view_findings", found) and not is_own
    form = ExplainForm(request.POST if request.POST.get("verb") == "explain" else None)
    if request.method == "POST":
        verb = request.POST.get("verb", "")
        if verb == "explain" and is_own:
            done = form.is_valid() and _explain(request, found, frame, form)
        elif verb == "ask" and may_review:
            done = _try(request, lambda: _ask(request, [found])) or True
        elif verb == "accept" and may_review:
            done = _try(request, lambda: actions.accept_finding(request.actor, [found])) or True
        else:
            raise NotVisible
        if done:
            return HttpResponseRedirect(request.path)
    columns = [column for column in frame.columns if column.weight or column.slot == found.slot]
    rows = [
        (row.full_name, row.enrolment_id == found.enrolment_id,
         [(cells.show(column, row.marks[column.slot]), column.slot == found.slot) for column in columns])
        for row in queries.all_rows(frame)
        if row.is_counted
    ]  # fmt: skip
    context = {
        "finding": found, "shown": frame, "told": reads.told(found.detail),
        "column": next((column.title for column in frame.columns if column.slot == found.slot), ""),
        "kind": dict(KINDS).get(found.kind, ""),
        "state": shown_state(found.state), "columns": [(column, column.slot == found.slot) for column in columns],
        "rows": rows, "form": form, "may_explain": is_own and found.state != "accepted",
        "may_ask": may_review and found.state == "open", "may_accept": may_review and found.state != "accepted",
        "crumbs": crumbs(frame, (_("Cần xem lại"), "")),
    }  # fmt: skip
    return render(request, "gradebook/finding.html", context, status=422 if form.errors else 200)


def _explain(request: ActorRequest, found: Any, frame: Frame, form: ExplainForm) -> bool:
    do = actions.explain_class_finding if frame.is_homeroom else actions.explain_finding
    try:
        do(request.actor, found, explanation=form.cleaned_data["explanation"])
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        put_errors(form, problem)
        return False
    messages.done(request, _("Đã gửi giải thích"))
    return True
