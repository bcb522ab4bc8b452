"""Marks in files: the template out, the file in, the preview, what was written, the same file with remarks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible
from khue.kernel.files.storing import content_of, store
from khue.kernel.home.year import year_of
from khue.lib.names import fold
from khue.lib.numbers import whole
from khue.lib.spreadsheets.kinds import FileKind
from khue.school.gradebook import queries as sheets
from khue.school.gradebook.actions.files import PageOutcome, bring_file, export_sheets
from khue.school.gradebook.actions.undoing import undo_file
from khue.school.gradebook.exchange.planning import PagePlan
from khue.school.gradebook.exchange.workbook import Wish, judge
from khue.school.gradebook.queries import files as queries
from khue.school.gradebook.queries.file_trail import undoable
from khue.school.gradebook.queries.files import PURPOSE, OwnSheet
from khue.school.gradebook.queries.sheets import all_term_today
from khue.school.gradebook.terms import ROMAN
from khue.school.gradebook.views.linking import crumbs, readable_frame
from khue.ui import messages

if TYPE_CHECKING:
    from khue.kernel.files.models import StoredFile

STEPS = (gettext_lazy("Chọn tệp"), gettext_lazy("Xem trước"), gettext_lazy("Ghi và đối chiếu"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("xlsx", "xls", "csv")


class MarksFileForm(forms.Form):
    """A file of marks."""

    file = forms.FileField(
        label=gettext_lazy("Tệp điểm"),
        help_text=gettext_lazy(
            ".xlsx, .xls hoặc .csv, không quá 10 MB. Mỗi trang một lớp, một môn; để nguyên như trường đang dùng."
        ),
        error_messages={
            "required": gettext_lazy("Chưa chọn tệp."),
            "empty": gettext_lazy("Tệp này rỗng, không có gì bên trong."),
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )


def _year(request: ActorRequest) -> int:
    found = year_of(request)
    if found is None:
        raise Http404
    return found.value


def _own(request: ActorRequest) -> list[OwnSheet]:
    """The sheets the reader writes; who writes none has no such page."""
    found = queries.own_sheets(request.actor, _year(request))
    if not found:
        raise Http404
    return found


def download(name: str, data: bytes) -> HttpResponse:
    """A workbook to keep."""
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@page("gradebook.view")
def sheet_file(request: ActorRequest, pk: int) -> HttpResponse:
    """One sheet as a workbook: as a record, or to be filled and given back."""
    found = readable_frame(request, pk)
    row = sheets.sheet(request.actor, pk)
    if row is None:
        raise Http404
    what = fold(found.subject_short or found.kind).replace(" ", "-")
    name = f"so-diem-{fold(found.class_name)}-{what}-hk{found.term}.xlsx".replace("/", "-")
    return download(name, export_sheets(request.actor, [row]))


@page("gradebook.view")
def own_file(request: ActorRequest) -> HttpResponse:
    """All sheets one writes in a term in one workbook, a page each."""
    own = _own(request)
    term = _term(request, own)
    rows = queries.readable(request.actor, [one.id for one in own if one.term == term])
    if not rows:
        raise Http404
    return download(f"so-diem-hk{term}.xlsx", export_sheets(request.actor, rows))


def _term(request: ActorRequest, own: list[OwnSheet]) -> int:
    begun = {one.term: one.term_starts_on for one in own}
    asked = whole(request.GET.get("ky", ""))
    if asked in begun:
        return asked
    return all_term_today([(t, day, day) for t, day in sorted(begun.items())], timezone.localdate())


@page("gradebook.view", methods=("GET", "POST"))
def marks_files(request: ActorRequest) -> HttpResponse:
    """Take templates, give a file."""
    own = _own(request)
    term = _term(request, own)
    wanted = whole(request.GET.get("so", ""))
    target = next((one for one in own if one.id == wanted), None)
    form = MarksFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            data = upload.read()
            stored = store(request.actor, (upload.name, data), purpose=PURPOSE, kinds=KINDS)
            judge(request.actor, data, stored.kind, Wish(_year(request), target.id if target else None))
        except DomainError as problem:
            form.add_error("file", problem.message)
        else:
            more = f"?{urlencode({'so': target.id})}" if target else ""
            return HttpResponseRedirect(reverse("gradebook:marks_preview", args=[stored.pk]) + more)
    return render(
        request,
        "gradebook/marks_files.html",
        {
            "form": form,
            "target": target,
            "term": term,
            "terms": sorted({one.term for one in own}),
            "sheets": [one for one in own if one.term == term],
            "past": queries.given_files(request.actor),
            "crumbs": [(_("Sổ điểm"), reverse("gradebook:sheets")), (_("Điểm từ Excel"), "")],
        },
        status=422 if form.is_bound and form.errors else 200,
    )


def _given(request: ActorRequest, pk: int) -> StoredFile:
    """A file of the reader's own, while they still write marks anywhere."""
    actor = request.actor
    if not (actor.reach("gradebook.enter").course_ids or actor.reach("gradebook.enter_class").class_ids):
        raise Http404
    found = queries.given_file(actor, pk)
    if found is None:
        raise Http404
    return found


def _wish(request: ActorRequest) -> Wish:
    data: Mapping[str, Any] = request.POST if request.method == "POST" else request.GET
    by_page = {
        at: chosen
        for name in data
        if name[:1] == "t" and (at := whole(name[1:])) is not None and (chosen := whole(str(data[name])))
    }
    return Wish(_year(request), whole(str(data.get("so", ""))), by_page, data.get("nhan") == "1")


def _kept(wish: Wish) -> list[tuple[str, str]]:
    """What was said of the file, to be said again."""
    found = [(f"t{place}", str(sheet)) for place, sheet in (wish.by_page or {}).items()]
    if wish.sheet_id:
        found.append(("so", str(wish.sheet_id)))
    if wish.accepts_tenths:
        found.append(("nhan", "1"))
    return found


def _plans(request: ActorRequest, stored: StoredFile, wish: Wish) -> list[PagePlan]:
    return judge(request.actor, content_of(stored), stored.kind, wish)


@page("gradebook.view", methods=("GET", "POST"))
def marks_preview(request: ActorRequest, pk: int) -> HttpResponse:
    """What a file would do, page by page; written when its teacher says so."""
    stored, wish = _given(request, pk), _wish(request)
    try:
        plans = _plans(request, stored, wish)
    except DomainError as problem:
        messages.refuse(request, problem.message)
        return HttpResponseRedirect(reverse("gradebook:marks_files"))
    outcomes: dict[int, PageOutcome] = {}
    if request.method == "POST":
        seen = {plan.page.place: request.POST.get(f"thay-{plan.page.place}", "") for plan in plans}
        agreed = {plan.page.place for plan in plans if request.POST.get(f"dong-y-{plan.page.place}")}
        results = bring_file(request.actor, plans, seen=seen, agreed=agreed, file=stored)
        left = [one for one in results if one.is_stale or one.is_stopped]
        written = sum(one.written for one in results)
        if written:
            messages.done(request, ngettext("Đã ghi %(n)s ô.", "Đã ghi %(n)s ô.", written) % {"n": written})
        if not left:
            target = reverse("gradebook:marks_compare", args=[pk])
            return HttpResponseRedirect(f"{target}?{urlencode(_kept(wish))}" if _kept(wish) else target)
        outcomes = {one.plan.page.place: one for one in left}
        plans = _plans(request, stored, wish)
    questions = sum(plan.count("question") for plan in plans)
    return render(
        request,
        "gradebook/marks_preview.html",
        {
            "stored": stored,
            "pages": [_shown(plan, outcomes.get(plan.page.place)) for plan in plans],
            "kept": _kept(wish),
            "query": urlencode(_kept(wish)),
            "questions": questions,
            "to_write": sum(len(plan.written) for plan in plans),
            "refused": sum(plan.refused for plan in plans) + sum(bool(plan.refusal) for plan in plans),
            "added": sum(plan.count("new") for plan in plans if not plan.refusal),
            "changed": sum(plan.count("changed") for plan in plans if not plan.refusal),
            "same": sum(plan.count("same") for plan in plans if not plan.refusal),
            "steps": STEPS,
            "crumbs": _crumbs(plans, stored.name),
        },
        status=409 if outcomes else 200,
    )


def _shown(plan: PagePlan, outcome: PageOutcome | None = None) -> dict[str, Any]:
    """A page of the preview: lines that change or are refused first; the others are counted."""
    order = {"refused": 0, "changed": 1, "new": 2}
    lines = sorted(
        (line for line in plan.lines if line.kind != "same" or line.note),
        key=lambda line: (order.get(line.kind, 3), line.number),
    )
    return {
        "plan": plan,
        "place": plan.page.place,
        "name": plan.page.name,
        "title": _title(plan),
        "columns": [column for _at, column in sorted(plan.columns.items())],
        "lines": lines,
        "same": len(plan.lines) - len(lines),
        "choices": [(one.id, _label(one)) for one in plan.choices],
        "chosen": plan.frame.id if plan.frame else 0,
        "to_write": len(plan.written),
        "is_stale": bool(outcome and outcome.is_stale),
        "is_stopped": bool(outcome and outcome.is_stopped),
    }


def _label(one: OwnSheet) -> str:
    what = one.subject_name or {
        "conduct": _("Rèn luyện, chuyên cần"),
        "traits": _("Phẩm chất, năng lực"),
    }.get(one.kind, one.kind)
    return _("%(room)s, %(what)s, học kì %(term)s") % {
        "room": one.class_name, "what": what, "term": ROMAN[one.term],
    }  # fmt: skip


def _title(plan: PagePlan) -> str:
    if plan.frame is None:
        return ""
    return _("%(sheet)s, học kì %(term)s") % {"sheet": plan.frame.title, "term": ROMAN[plan.frame.term]}


def _crumbs(plans: list[PagePlan], last: str) -> list[tuple[str, str]]:
    files = (_("Điểm từ Excel"), reverse("gradebook:marks_files"))
    only = plans[0].frame if len(plans) == 1 else None
    if only is not None:
        return crumbs(only, files, (last, ""))
    return [(_("Sổ điểm"), reverse("gradebook:sheets")), files, (last, "")]


@page("gradebook.view")
def marks_compare(request: ActorRequest, pk: int) -> HttpResponse:
    """The file against the gradebook as it is now: nought differences, or each of them by name."""
    stored = _given(request, pk)
    plans = _plans(request, stored, _wish(request))
    shown = []
    for plan in plans:
        different = [
            (line, cell)
            for line in plan.lines
            for cell in line.cells
            if cell.kind in ("new", "changed", "refused", "question")
        ]
        unknown = [line for line in plan.lines if line.problem]
        shown.append(
            {
                "plan": plan,
                "name": plan.page.name,
                "title": _title(plan),
                "sheet_id": plan.frame.id if plan.frame else 0,
                "equal": plan.count("same"),
                "different": different,
                "unknown": unknown,
                "n": len(different) + len(unknown) + bool(plan.refusal),
            }
        )
    return render(
        request,
        "gradebook/marks_compare.html",
        {
            "stored": stored,
            "pages": shown,
            "different": sum(one["n"] for one in shown),
            "equal": sum(one["equal"] for one in shown),
            "query": urlencode(_kept(_wish(request))),
            "undo": undoable(request.actor, stored),
            "steps": STEPS,
            "crumbs": _crumbs(plans, stored.name),
        },
    )


@page("gradebook.view", methods=("POST",))
def marks_undo(request: ActorRequest, pk: int) -> HttpResponse:
    """Take back what a file wrote, as a whole."""
    stored = _given(request, pk)
    try:
        count = undo_file(request.actor, stored)
    except NotVisible:
        raise
    except DomainError as problem:
        messages.refuse(request, problem.message)
    else:
        told = ngettext(
            "Đã hoàn tác %(n)s ô của tệp %(name)s.", "Đã hoàn tác %(n)s ô của tệp %(name)s.", count
        )
        messages.done(request, told % {"n": count, "name": stored.name})
    return HttpResponseRedirect(reverse("gradebook:marks_compare", args=[pk]))


@page("gradebook.view")
def marks_marked(request: ActorRequest, pk: int) -> HttpResponse:
    """The same file back with a remark in every cell that was not taken."""
    stored = _given(request, pk)
    plans = _plans(request, stored, _wish(request))
    from khue.lib.spreadsheets.remarks import with_remarks  # the library of workbooks, only now

    name, data = with_remarks(
        stored.name, content_of(stored), FileKind(stored.kind), [p for plan in plans for p in plan.problems],
        header_rows={plan.page.name: plan.page.header_row for plan in plans},
    )  # fmt: skip
    return download(name, data)
