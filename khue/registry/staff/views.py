"""Pages of staff records."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.kernel.audit.queries import trail_of
from khue.kernel.home.year import year_of
from khue.registry.calendar.forms import show_refusal
from khue.registry.calendar.places import STEP, address, crumbs_of, place_of, reaches
from khue.registry.staff import actions, queries
from khue.registry.staff.choices import EVERY_POST, STATUS_LOOKS
from khue.registry.staff.forms import (
    AddForm,
    AppointForm,
    DayForm,
    DutyForm,
    EditForm,
    EndForm,
    LeaveForm,
    initial_of,
)
from khue.registry.staff.listing import STAFF, workbook
from khue.registry.staff.rules import USUAL_REDUCTION
from khue.ui import messages

if TYPE_CHECKING:
    from khue.registry.staff.models import StaffMember

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def tried(form: forms.Form, act: Callable[[], Any]) -> bool:
    """Do what a valid form asks for; what a rule says against it is put into the form."""
    try:
        act()
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        show_refusal(form, problem)
        return False
    return True


def member_or_404(request: ActorRequest, pk: int, permission: str = "staff.manage") -> StaffMember:
    """The staff file, when the permission reaches it."""
    return get_object_or_404(
        queries.members(request.actor, permission).select_related("person", "unit"), pk=pk
    )


@page("staff.view")
def staff_list(request: ActorRequest) -> HttpResponse:
    """The staff of a unit and of everything below it."""
    actor = request.actor
    unit = place_of(actor, "staff.view", request.GET.get(STEP, ""))
    state = STAFF.read(request, options={"subject": queries.subject_choices(actor, unit)})
    is_file = state.format == "xlsx"
    found = queries.staff_rows(
        actor, unit=unit, search=state.search, filters=state.filters, order_by=state.order_by, offset=state.offset,
        limit=state.limit, permission="staff.export" if is_file else "staff.view",
    )  # fmt: skip
    if is_file:
        return _download(request, unit, found.rows)
    return STAFF.respond(
        request, state, found.rows, total=found.total, of=found.of, template="staff/list.html",
        heading=_("Cán bộ, giáo viên"), lead=unit.name, unit=unit, step=STEP,
        crumbs=crumbs_of(actor, "staff.view", unit, "staff:list", _("Cán bộ, giáo viên")),
        may_add=unit.kind in ("school", "campus") and reaches(actor, "staff.manage", unit),
        import_url=address("exchange:start"),
    )  # fmt: skip


def _download(request: ActorRequest, unit: Any, rows: list[dict[str, Any]]) -> HttpResponse:
    if not request.actor.holds("staff.export"):
        raise Http404
    actions.record_export(request.actor, unit, rows=len(rows), address=request.get_full_path())
    note = f"{request.actor.name}, {timezone.localtime():%H:%M, %d/%m/%Y}"
    response = HttpResponse(workbook(f"Cán bộ, giáo viên {unit.name}", rows, note), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="can-bo-{unit.code}.xlsx"'
    return response


@page("staff.view_file")
def profile(request: ActorRequest, pk: int) -> HttpResponse:
    """One staff file: who, posts through time, duties, when they reach retirement."""
    return _profile_page(request, pk)


def _profile_page(
    request: ActorRequest, pk: int, *, number: str = "", duty_form: DutyForm | None = None, status: int = 200
) -> HttpResponse:
    actor = request.actor
    shown = queries.profile(actor, pk)
    if shown is None:
        raise Http404
    member = shown.member
    context = {
        "heading": shown.person.full_name, "shown": shown, "member": member, "person": shown.person,
        "look": STATUS_LOOKS[member.status], "number": number, "today": timezone.localdate(),
        "may_edit": reaches(actor, "staff.manage", member.unit),
        "may_appoint": reaches(actor, "staff.appoint", member.unit),
        "duty_form": duty_form or DutyForm(), "year": year_of(request),
        "teaching_url": address("curriculum:teaching", pk), "trail": trail_of(actor, _references(shown), limit=8),
        "crumbs": crumbs_of(actor, "staff.view", member.unit, "staff:list", shown.person.full_name),
    }  # fmt: skip
    return render(request, "staff/profile.html", context, status=status)


def _references(shown: queries.StaffProfile) -> list[str]:
    return [f"staff.staffmember:{shown.member.pk}", f"people.person:{shown.member.pk}"]


@page("staff.view_file", methods=("POST",))
def reveal(request: ActorRequest, pk: int) -> HttpResponse:
    """Show the personal number once, and write down who looked."""
    member = member_or_404(request, pk, "staff.view_file")
    return _profile_page(request, pk, number=actions.reveal_number(request.actor, member))


@page("staff.manage", methods=("GET", "POST"))
def add(request: ActorRequest) -> HttpResponse:
    """Add a member of staff; whoever may be meant is shown before a second record is made."""
    unit = place_of(request.actor, "staff.manage", request.GET.get(STEP, ""))
    form = (
        AddForm(request.POST)
        if request.method == "POST"
        else AddForm(initial={"starts_on": timezone.localdate()})
    )
    candidates: list[queries.Candidate] = []
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        candidates = queries.candidates(
            request.actor,
            **{name: data[name] for name in ("full_name", "birth_date", "ministry_code", "personal_id")},
        )
        wanted = data.pop("person")
        chosen = next((one for one in candidates if str(one.person_id) == wanted), None)
        if chosen is not None or not candidates or wanted == "new":
            person = queries.person_of(request.actor, chosen) if chosen else None
            made: list[Any] = []
            if tried(
                form, lambda: made.append(actions.add_member(request.actor, unit, person=person, **data))
            ):
                messages.done(request, _("Đã thêm %(name)s") % {"name": data["full_name"]})
                return HttpResponseRedirect(reverse("staff:profile", args=[made[0].person_id]))
    context = {
        "heading": _("Thêm cán bộ, giáo viên"), "lead": unit.name, "unit": unit, "form": form, "candidates": candidates,
        "crumbs": crumbs_of(request.actor, "staff.view", unit, "staff:list", _("Thêm người")),
    }  # fmt: skip
    return render(request, "staff/add.html", context, status=422 if request.method == "POST" else 200)


@page("staff.manage", methods=("GET", "POST"))
def edit(request: ActorRequest, pk: int) -> HttpResponse:
    """Change a staff file; two people on one file see each other's change."""
    member = member_or_404(request, pk)
    form = (
        EditForm(request.POST)
        if request.method == "POST"
        else EditForm(initial=initial_of(member.person, member))
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            if tried(form, lambda: actions.change_member(request.actor, member, **data)):
                messages.done(request, _("Đã ghi hồ sơ %(name)s") % {"name": data["full_name"]})
                return HttpResponseRedirect(reverse("staff:profile", args=[pk]))
            if data["version"] != member.person.version:
                status = 409
                posted = request.POST.copy()
                posted["version"] = str(member.person.version)
                form.data = posted
    context = {
        "heading": _("Sửa hồ sơ"), "lead": member.person.full_name, "form": form, "member": member,
        "is_conflict": status == 409, "person": member.person,
        "crumbs": _below(request, member, _("Sửa hồ sơ")),
    }  # fmt: skip
    return render(request, "staff/edit.html", context, status=status)


def _below(request: ActorRequest, member: StaffMember, here: str) -> list[tuple[str, str]]:
    steps = crumbs_of(request.actor, "staff.view", member.unit, "staff:list")
    return [*steps, (member.person.full_name, reverse("staff:profile", args=[member.pk])), (here, "")]


@page("staff.appoint", methods=("GET", "POST"))
def appoint(request: ActorRequest, pk: int) -> HttpResponse:
    """Give a post; asks for a fresh proof of identity."""
    member = member_or_404(request, pk, "staff.appoint")
    form = AppointForm(request.POST or None, initial={"starts_on": timezone.localdate(), "is_main": True})
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(form, lambda: actions.appoint(request.actor, member, **form.cleaned_data))
    ):
        label = dict(EVERY_POST)[form.cleaned_data["post"]]
        messages.done(request, _("Đã giao chức vụ %(post)s") % {"post": str(label).lower()})
        return HttpResponseRedirect(reverse("staff:profile", args=[pk]))
    context = {
        "heading": _("Giao chức vụ"), "lead": member.person.full_name, "form": form, "member": member,
        "crumbs": _below(request, member, _("Giao chức vụ")),
    }  # fmt: skip
    return render(request, "staff/appoint.html", context, status=422 if request.method == "POST" else 200)


@page("staff.appoint", methods=("GET", "POST"))
def end_position(request: ActorRequest, pk: int) -> HttpResponse:
    """End a post; asks for a fresh proof of identity."""
    position = get_object_or_404(
        queries.positions(request.actor, "staff.appoint").select_related(
            "person__staff_member__unit", "unit"
        ),
        pk=pk,
    )
    form = EndForm(request.POST or None, initial={"on": timezone.localdate()})
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(form, lambda: actions.end_position(request.actor, position, **form.cleaned_data))
    ):
        messages.done(
            request, _("Đã cho thôi chức vụ %(post)s") % {"post": position.get_post_display().lower()}
        )
        return HttpResponseRedirect(reverse("staff:profile", args=[position.person_id]))
    context = {
        "heading": _("Thôi chức vụ %(post)s") % {"post": position.get_post_display().lower()},
        "lead": f"{position.person.full_name}, {position.unit.name}", "form": form, "position": position,
        "crumbs": _below(request, position.person.staff_member, _("Thôi chức vụ")),
    }  # fmt: skip
    return render(
        request, "staff/end_position.html", context, status=422 if request.method == "POST" else 200
    )


@page("staff.manage", methods=("GET", "POST"))
def leave(request: ActorRequest, pk: int) -> HttpResponse:
    """Somebody leaves, for good or for a time."""
    member = member_or_404(request, pk)
    form = LeaveForm(request.POST or None, initial={"on": timezone.localdate()})
    if (
        request.method == "POST"
        and form.is_valid()
        and tried(form, lambda: actions.leave(request.actor, member, **form.cleaned_data))
    ):
        messages.done(request, _("Đã ghi tình trạng mới của %(name)s") % {"name": member.person.full_name})
        return HttpResponseRedirect(reverse("staff:profile", args=[pk]))
    context = {
        "heading": _("Nghỉ, chuyển công tác, thôi việc"), "lead": member.person.full_name, "form": form,
        "member": member, "crumbs": _below(request, member, _("Nghỉ, chuyển, thôi việc")),
    }  # fmt: skip
    return render(request, "staff/leave.html", context, status=422 if request.method == "POST" else 200)


@page("staff.manage", methods=("POST",))
def come_back(request: ActorRequest, pk: int) -> HttpResponse:
    """Somebody returns from leave."""
    member = member_or_404(request, pk)
    form = DayForm(request.POST)
    on = form.cleaned_data["on"] if form.is_valid() else timezone.localdate()
    actions.come_back(request.actor, member, on=on)
    messages.done(request, _("%(name)s đã trở lại làm việc") % {"name": member.person.full_name})
    return HttpResponseRedirect(reverse("staff:profile", args=[pk]))


@page("staff.manage", methods=("POST",))
def set_duty(request: ActorRequest, pk: int) -> HttpResponse:
    """Set a duty of the year that is looked at."""
    member, year = member_or_404(request, pk), year_of(request)
    form = DutyForm(request.POST)
    if year is None or not form.is_valid():
        return _profile_page(request, pk, duty_form=form, status=422)
    data = dict(form.cleaned_data)
    if data["periods"] is None:
        data["periods"] = USUAL_REDUCTION[data["kind"]]
    if not tried(form, lambda: actions.set_duty(request.actor, member, year_id=year.value, **data)):
        return _profile_page(request, pk, duty_form=form, status=422)
    messages.done(request, _("Đã ghi việc kiêm nhiệm"))
    return HttpResponseRedirect(f"{reverse('staff:profile', args=[pk])}#kiem-nhiem")


@page("staff.manage", methods=("POST",))
def drop_duty(request: ActorRequest, pk: int) -> HttpResponse:
    """Take a duty away."""
    duty = get_object_or_404(queries.duties(request.actor, "staff.manage"), pk=pk)
    actions.drop_duty(request.actor, duty)
    messages.done(request, _("Đã bỏ việc kiêm nhiệm"))
    return HttpResponseRedirect(f"{reverse('staff:profile', args=[duty.person_id])}#kiem-nhiem")
