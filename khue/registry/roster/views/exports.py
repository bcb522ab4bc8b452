"""Taking lists out: the workbook, the entry in the record, and the second person for large ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.refusing import put_errors
from khue.lib.dates import format_date
from khue.lib.ethnic_groups import GROUPS
from khue.lib.numbers import whole
from khue.lib.phones import national_digits
from khue.lib.spreadsheets.write import OutColumn, write_xlsx
from khue.registry.roster import actions
from khue.registry.roster.forms import AnswerForm, ExportReasonForm
from khue.registry.roster.queries import exports as queries
from khue.registry.roster.queries import pupils as pupil_queries
from khue.registry.roster.queries.classes import class_record
from khue.registry.roster.queries.places import Place, people_at
from khue.registry.roster.views.frame_of import crumbs, filters_text, page_place, year_id
from khue.registry.roster.views.listing import PRECISION, STATUS_WORDS
from khue.ui import messages
from khue.ui.lists import State

if TYPE_CHECKING:
    from django.db.models import QuerySet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Headed as the import reads them, so that what is taken out can be brought in again.
COLUMNS = (
    OutColumn("STT", "number"),
    OutColumn("Lớp", "classroom__name"),
    OutColumn("Khối", "grade"),
    OutColumn("Mã học sinh", "code_shown"),
    OutColumn("Họ và tên", "person__full_name"),
    OutColumn("Ngày sinh", "born"),
    OutColumn("Giới tính", "sex"),
    OutColumn("Dân tộc", "ethnic"),
    OutColumn("Số định danh cá nhân", "person__personal_id"),
    OutColumn("Trạng thái", "status_shown"),
    OutColumn("Nơi sinh", "person__birth_place"),
    OutColumn("Quê quán", "person__home_town"),
    OutColumn("Chỗ ở", "person__address"),
    OutColumn("Họ tên cha", "father_name"),
    OutColumn("Điện thoại cha", "father_phone"),
    OutColumn("Họ tên mẹ", "mother_name"),
    OutColumn("Điện thoại mẹ", "mother_phone"),
    OutColumn("Trường", "school__name"),
    OutColumn("Điểm trường", "campus__name"),
)


def workbook(request: ActorRequest, rows: QuerySet[Any], title: str) -> HttpResponse:
    """The chosen pupils as a workbook that says who took it out, when."""
    found = pupil_queries.export_rows(request.actor, rows)
    actor = request.actor
    note = f"{actor.name}, {actor.capacity_label}, {timezone.localtime():%H:%M, %d/%m/%Y}"
    body = write_xlsx(title, COLUMNS, _table(found), note=note)
    return attachment(body, f"{_file_name(title)}.xlsx")


def attachment(body: bytes, name: str, kind: str = XLSX) -> HttpResponse:
    """A file to keep."""
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _file_name(title: str) -> str:
    from khue.lib.names import fold

    words = "".join(char if char.isalnum() else " " for char in fold(title)).split()
    return f"{'-'.join(words)}-{timezone.localdate():%Y%m%d}"


def _table(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for number, row in enumerate(rows, start=1):
        group = GROUPS.get(row["person__ethnicity"])
        born = row["person__birth_date"]
        if isinstance(born, date) and row["person__birth_precision"] != "d":
            born = format_date(born, PRECISION[row["person__birth_precision"]])
        yield {
            **row,
            "number": number,
            "born": born,
            "sex": {1: "Nam", 2: "Nữ"}.get(row["person__sex"], ""),
            "ethnic": group.name if group else "",
            "status_shown": str(STATUS_WORDS.get(row["status"], "")),
            "grade": row["grade"] if row["grade"] > 0 else None,
            "father_phone": national_digits(row.get("father_phone") or ""),
            "mother_phone": national_digits(row.get("mother_phone") or ""),
        }


def pupils(request: ActorRequest, place: Place, year: int, state: State) -> HttpResponse:
    """What the list shows, in Excel; beyond the limit the page that asks for a second person."""
    rows = pupil_queries.chosen_rows(
        request.actor,
        year_id=year,
        place=place,
        search=state.search,
        filters=state.filters,
        permission="roster.export",
    )
    count = rows.count()
    target = place.unit
    if target is None:
        raise Http404
    filters = filters_text({**state.filters, **({"q": state.search} if state.search else {})})
    approved = whole(request.GET.get("phep", ""))
    try:
        if approved is not None:
            asked = queries.export_request(request.actor, approved)
            if (
                asked is None
                or asked.unit_id != target.pk
                or asked.year_id != year
                or asked.query != _query(state)
            ):
                raise Http404
            actions.use_export(request.actor, asked, count=count, filters=filters)
        elif place.is_reached:
            actions.export_unit(request.actor, target, count=count, filters=filters)
        else:
            chosen = list(rows[:1001])
            actions.export_chosen(request.actor, chosen, filters=filters)
    except DomainError as problem:
        if problem.code != "needs_approval":
            raise
        return _ask_page(request, place, count, state, problem, ExportReasonForm())
    return workbook(request, rows, _("Danh sách học sinh"))


def _query(state: State) -> str:
    return state.query(page=None).partition("?")[2][:500]


def _ask_page(
    request: ActorRequest,
    place: Place,
    count: int,
    state: State,
    problem: DomainError,
    form: ExportReasonForm,
) -> HttpResponse:
    assert place.unit is not None
    return render(
        request,
        "roster/export_ask.html",
        {
            "form": form,
            "problem": problem,
            "count": count,
            "query": _query(state),
            "place": place,
            "approvers": people_at(request.actor, "roster.approve_export", place.unit),
            "list_url": state.query(),
            "crumbs": crumbs(place, "roster:pupils", _("Xin xuất danh sách")),
        },
        status=422,
    )


@page("roster.export", methods=("POST",))
def ask_export(request: ActorRequest) -> HttpResponse:
    """Ask for a large export, with the reason."""
    from khue.registry.roster.views.pupils import _listing, _options

    place, year = page_place(request, "roster.export"), year_id(request)
    state = _listing(request, place).selection(request, options=_options(request, place, year)).state
    rows = pupil_queries.chosen_rows(
        request.actor,
        year_id=year,
        place=place,
        search=state.search,
        filters=state.filters,
        permission="roster.export",
    )
    count = rows.count()
    form = ExportReasonForm(request.POST)
    assert place.unit is not None
    if form.is_valid():
        try:
            asked = actions.ask_export(
                request.actor,
                place.unit,
                year_id=year,
                query=_query(state),
                count=count,
                reason=form.cleaned_data["reason"],
            )
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã gửi. Khi được duyệt, Khuê báo trong Thông báo."))
            return HttpResponseRedirect(reverse("roster:export_request", args=[asked.pk]))
    return _ask_page(
        request, place, count, state, DomainError(_("Danh sách có %(n)s em.") % {"n": count}), form
    )


@page("roster.export", methods=("GET", "POST"))
def export_request(request: ActorRequest, pk: int) -> HttpResponse:
    """One request: its asker reads the answer and takes the list out, somebody else answers."""
    asked = queries.export_request(request.actor, pk)
    if asked is None:
        raise Http404
    may_decide = queries.may_decide(request.actor, asked)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and may_decide:
        is_approved = request.POST.get("answer") == "approve"
        try:
            actions.decide_export(
                request.actor, asked, is_approved=is_approved, answer=request.POST.get("refusal", "")
            )
        except DomainError as problem:
            if problem.code == "proof_needed":
                raise
            form = AnswerForm(request.POST)
            form.is_valid()
            form.add_error("refusal", problem.message)
        else:
            messages.done(request, _("Đã duyệt") if is_approved else _("Đã từ chối"))
            return HttpResponseRedirect(request.path)
    download = (
        f"{reverse('roster:pupils')}?{asked.query}{'&' if asked.query else ''}format=xlsx&phep={asked.pk}"
    )
    return render(
        request,
        "roster/export_request.html",
        {
            "asked": asked,
            "may_decide": may_decide,
            "form": form,
            "download": download,
            "is_mine": asked.asked_by_id == request.actor.person_id,
            "crumbs": [(_("Học sinh"), reverse("roster:pupils")), (_("Xin xuất danh sách"), "")],
        },
    )


@page("roster.export")
def class_export(request: ActorRequest, pk: int) -> HttpResponse:
    """A class list in Excel."""
    found = class_record(request.actor, pk)
    if found is None:
        raise Http404
    rows = pupil_queries.held(request.actor, "roster.export").filter(classroom_id=pk)
    actions.export_class(
        request.actor, found.classroom, count=rows.count(), filters={"lop": found.classroom.name}
    )
    return workbook(request, rows, _("Danh sách lớp %(name)s") % {"name": found.classroom.name})


def is_excel(request: HttpRequest) -> bool:
    """Whether the address asks for a file."""
    return request.GET.get("format") in ("xlsx", "csv")
