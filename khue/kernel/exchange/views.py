"""The import wizard: choose a file, settle columns, look, write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.exchange import actions, queries, reading
from khue.kernel.exchange.forms import FileForm
from khue.kernel.exchange.preview import preview as preview_of
from khue.kernel.exchange.table import Outcome
from khue.lib.numbers import whole
from khue.lib.spreadsheets.write import write_xlsx
from khue.ui import messages

if TYPE_CHECKING:
    from khue.kernel.exchange.models import Import

STEPS = (gettext_lazy("Chọn tệp"), gettext_lazy("Ghép cột"), gettext_lazy("Xem trước"), gettext_lazy("Ghi"))
PERMISSION = "exchange.import"


def _found(request: ActorRequest, pk: int) -> Import:
    imported: Import = get_object_or_404(queries.imports(request.actor), pk=pk)
    return imported


@page(PERMISSION, methods=("GET", "POST"))
def start(request: ActorRequest) -> HttpResponse:
    """Choose what the file holds and give it; earlier imports below."""
    unit = queries.unit_of(request.actor)
    if unit is None:
        raise Http404
    tables = queries.tables_for(request.actor, unit)
    form = FileForm(request.POST or None, request.FILES or None, tables=tables)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            imported = actions.start_import(
                request.actor,
                unit,
                table=tables.get(form.cleaned_data["table"]),
                name=upload.name,
                data=upload.read(),
            )
        except DomainError as problem:
            form.take(problem)
        else:
            return HttpResponseRedirect(reverse("exchange:preview", args=[imported.pk]))
    return render(
        request,
        "exchange/start.html",
        {
            "form": form, "unit": unit, "tables": tables.values(), "past": queries.imports(request.actor, unit)[:10],
            "crumbs": queries.crumbs(unit),
        },
        status=422 if form.is_bound and form.errors else 200,
    )  # fmt: skip


@page(PERMISSION, methods=("GET", "POST"))
def columns(request: ActorRequest, pk: int) -> HttpResponse:
    """Which column holds what, where the words of the header did not say."""
    imported = _found(request, pk)
    table = reading.table_named(imported.table)
    plan = reading.plan_of(imported)
    headers = plan.parsed.parts[0].headers
    examples = reading.examples(imported, plan.parsed)
    if request.method == "POST":
        mapping = {}
        for letter in headers:
            field = request.POST.get(f"column-{letter}", "")
            if field != plan.parsed.mapping.get(letter, ""):
                mapping[letter] = field
        actions.settle_columns(request.actor, imported, mapping={**imported.mapping, **mapping})
        return HttpResponseRedirect(reverse("exchange:preview", args=[pk]))
    lines = [
        {
            "letter": letter, "header": text or _("(không có tiêu đề)"), "field": plan.parsed.mapping.get(letter, ""),
            "example": examples[letter], "by_hand": letter in imported.mapping,
        }
        for letter, text in headers.items()
    ]  # fmt: skip
    return render(
        request,
        "exchange/columns.html",
        {
            "imported": imported, "table": table, "lines": lines, "steps": STEPS,
            "choices": queries.field_choices(table),
            "missing": plan.parsed.missing, "part": plan.parsed.parts[0],
            "crumbs": queries.crumbs(imported.unit, _("Ghép cột")),
        },
    )  # fmt: skip


@page(PERMISSION, methods=("GET", "POST"))
def preview(request: ActorRequest, pk: int) -> HttpResponse:
    """What would be written, refused rows first; faulty cells can be put right here."""
    imported = _found(request, pk)
    if not queries.is_open(imported):
        return HttpResponseRedirect(reverse("exchange:done", args=[pk]))
    if request.method == "POST":
        typed = {
            key[5:]: str(value).strip() for key, value in request.POST.items() if key.startswith("cell:")
        }
        before = {key[4:]: str(value) for key, value in request.POST.items() if key.startswith("was:")}
        corrections = {place: text for place, text in typed.items() if text != before.get(place, "").strip()}
        if corrections:
            actions.correct_cells(request.actor, imported, corrections=corrections)
        return HttpResponseRedirect(request.get_full_path())
    table = reading.table_named(imported.table)
    plan = reading.plan_of(imported)
    chosen = request.GET.get("xem", "")
    shown = preview_of(
        plan,
        table,
        chosen=chosen if chosen in set(Outcome) else "",
        page=whole(request.GET.get("page")) or 1,
    )
    part = plan.parsed.parts[0]
    return render(
        request,
        "exchange/preview.html",
        {
            "imported": imported, "table": table, "plan": plan, "shown": shown, "part": part, "steps": STEPS,
            "to_write": shown.counts["added"] + shown.counts["changed"],
            "matched": sum(1 for field in part.mapping.values() if field),
            "of_columns": sum(1 for header in part.headers.values() if header),
            "crumbs": queries.crumbs(imported.unit, _("Xem trước")),
        },
    )  # fmt: skip


@page(PERMISSION, methods=("POST",))
def write(request: ActorRequest, pk: int) -> HttpResponse:
    """Write what the preview showed."""
    imported = _found(request, pk)
    try:
        actions.write_import(request.actor, imported)
    except DomainError as problem:
        messages.refuse(request, problem.message)
        return HttpResponseRedirect(reverse("exchange:preview", args=[pk]))
    return HttpResponseRedirect(reverse("exchange:done", args=[pk]))


@page(PERMISSION)
def done(request: ActorRequest, pk: int) -> HttpResponse:
    """What was written, what was not, and the way back."""
    imported = _found(request, pk)
    if queries.is_open(imported):
        return HttpResponseRedirect(reverse("exchange:preview", args=[pk]))
    table = reading.table_named(imported.table)
    return render(
        request,
        "exchange/done.html",
        {
            "imported": imported, "table": table, "steps": STEPS, "written": imported.added + imported.changed,
            "may_undo": queries.may_undo(imported), "next_url": queries.next_url(imported),
            "crumbs": queries.crumbs(imported.unit, imported.file.name),
        },
    )  # fmt: skip


@page(PERMISSION, methods=("POST",))
def undo(request: ActorRequest, pk: int) -> HttpResponse:
    """Take back what was written."""
    imported = _found(request, pk)
    try:
        actions.undo_import(request.actor, imported)
    except DomainError as problem:
        messages.refuse(request, problem.message)
    else:
        messages.done(request, _("Đã hoàn tác lần nhập %(name)s.") % {"name": imported.file.name})
    return HttpResponseRedirect(reverse("exchange:done", args=[pk]))


@page(PERMISSION, methods=("POST",))
def drop(request: ActorRequest, pk: int) -> HttpResponse:
    """Leave it: nothing was written."""
    actions.drop_import(request.actor, _found(request, pk))
    messages.done(request, _("Đã bỏ lần nhập, chưa ghi gì."))
    return HttpResponseRedirect(reverse("exchange:start"))


@page(PERMISSION)
def marked(request: ActorRequest, pk: int) -> HttpResponse:
    """The same file back with remarks in the faulty cells."""
    name, data = queries.marked_file(_found(request, pk))
    return _download(name, data)


@page(PERMISSION)
def blank(request: ActorRequest, name: str) -> HttpResponse:
    """An empty sheet with the columns Khuê knows, for schools that have no file yet."""
    unit = queries.unit_of(request.actor)
    tables = queries.tables_for(request.actor, unit) if unit else {}
    if name not in tables:
        raise Http404
    table = tables[name]
    return _download(f"mau-{name}.xlsx", write_xlsx(str(table.label), list(table.shape.columns), []))


def _download(name: str, data: bytes) -> HttpResponse:
    """A workbook to keep."""
    response = HttpResponse(
        data, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
