"""One pupil: the record, changing it, reading a masked number, the family, who may see it and why."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import Conflict, DomainError
from khue.kernel.actions.refusing import put_errors
from khue.kernel.audit.queries import trail_of
from khue.kernel.manifest import PanelLine
from khue.lib.dates import DatePrecision, format_date
from khue.lib.disabilities import DisabilityDegree, DisabilityKind
from khue.lib.ethnic_groups import GROUPS
from khue.registry.roster import actions
from khue.registry.roster.forms import CorrectForm, GuardianForm, PupilForm, RestrictForm, TieForm
from khue.registry.roster.queries import profile as queries
from khue.ui import messages
from khue.ui.app import keepable

TABS = ("tong-quan", "gia-dinh", "giay-to", "lich-su")
PRECISION = {"d": DatePrecision.DAY, "m": DatePrecision.MONTH, "y": DatePrecision.YEAR}


def _record(
    request: ActorRequest, person_id: int, permission: str = "roster.view_profile", *, is_lean: bool = False
) -> queries.Record:
    found = queries.record(request.actor, person_id, permission, is_lean=is_lean)
    if found is None:
        raise Http404
    return found


def _crumbs(request: ActorRequest, found: queries.Record, *tail: str) -> list[tuple[str, str]]:
    enrolment, actor = found.enrolment, request.actor
    steps = [(enrolment.school.name, "")]
    if actor.holds("roster.view_list"):
        steps = [(enrolment.school.name, f"{reverse('roster:pupils')}?don-vi={enrolment.school.code}")]
    if enrolment.classroom is not None:
        room = (
            reverse("roster:classroom", args=[enrolment.classroom_id])
            if actor.holds("roster.view_classes")
            else ""
        )
        steps.append((_("Lớp %(name)s") % {"name": enrolment.classroom.name}, room))
    here = reverse("roster:pupil", args=[found.person.pk]) if tail else ""
    return [*steps, (found.person.full_name, here), *((one, "") for one in tail)]


def _words(found: queries.Record) -> dict[str, Any]:
    """Codes of the record as people read them."""
    person, profile = found.person, found.profile
    group = GROUPS.get(person.ethnicity)
    return {
        "ethnic": group.name if group else "",
        "born": format_date(person.birth_date, PRECISION[person.birth_precision])
        if person.birth_date
        else "",
        "disability": DisabilityKind(profile.disability).label if profile and profile.disability else "",
        "severity": DisabilityDegree(profile.disability_severity).label
        if profile and profile.disability_severity
        else "",
    }


def _links(request: ActorRequest, found: queries.Record) -> list[PanelLine]:
    """Where other modules show more of this pupil: marks, attendance."""
    links = (registry.load(dotted)(request.actor, found.enrolment) for dotted in registry.each("pupil_links"))
    return [link for link in links if link is not None]


@page("roster.view_profile")
def pupil(request: ActorRequest, person_id: int) -> HttpResponse:
    """The record of a pupil in four parts."""
    return _show(request, _record(request, person_id))


def _show(request: ActorRequest, found: queries.Record, *, number: str = "") -> HttpResponse:
    past = queries.history(request.actor, found.person.pk, found=found)
    trail = trail_of(request.actor, queries.all_references(found.person.pk, past.years), limit=30)
    mine = queries.why_mine(request.actor, found.enrolment)
    return render(
        request,
        "roster/pupil.html",
        {
            "record": found,
            "person": found.person,
            "enrolment": found.enrolment,
            "past": past,
            "trail": trail,
            "mine": mine,
            "number": number,
            "words": _words(found),
            "links": _links(request, found),
            "crumbs": _crumbs(request, found),
        },
    )


@page("roster.view_profile", methods=("POST",))
def reveal(request: ActorRequest, person_id: int) -> HttpResponse:
    """Show the personal number; that it was read is written down."""
    found = _record(request, person_id)
    number = actions.read_number(request.actor, found.enrolment)
    if request.headers.get("HX-Request"):
        return render(request, "roster/_number.html", {"number": number, "person": found.person})
    return _show(request, found, number=number)


@page("roster.see_who")
def who(request: ActorRequest, person_id: int) -> HttpResponse:
    """Who can see this pupil today, and why."""
    found = _record(request, person_id, "roster.see_who", is_lean=True)
    readers = queries.readers(request.actor, found.enrolment)
    return render(
        request,
        "roster/who.html",
        {
            "record": found,
            "person": found.person,
            "readers": readers,
            "crumbs": _crumbs(request, found, _("Ai xem được")),
        },
    )


@page("roster.edit_profile", methods=("GET", "POST"))
def edit(request: ActorRequest, person_id: int) -> HttpResponse:
    """Change a record; what was typed is never lost, and nobody is overwritten silently."""
    found = _record(request, person_id, "roster.edit_profile")
    form = PupilForm(request.POST or None, initial=_initial(found), with_sensitive=found.may_see_sensitive)
    conflict = ""
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_pupil(
                request.actor,
                found.enrolment,
                version=form.cleaned_data["version"],
                values=form.values(),
                confirmed=form.cleaned_data["confirmed"],
                reason=form.cleaned_data["reason"],
                decision=form.cleaned_data["decision"],
            )
        except Conflict as problem:
            conflict = problem.message
            typed = request.POST.copy()
            typed["version"] = str(found.person.version)
            form.data = typed
        except DomainError as problem:
            if problem.code == "confirm":
                form.ask_to_confirm()
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã ghi hồ sơ em %(name)s") % {"name": form.cleaned_data["full_name"]})
            return HttpResponseRedirect(reverse("roster:pupil", args=[person_id]))
    theirs = _differences(found, form) if conflict else []
    return render(
        request,
        "roster/pupil_edit.html",
        {
            "record": found,
            "person": found.person,
            "form": form,
            "conflict": conflict,
            "theirs": theirs,
            "crumbs": _crumbs(request, found, _("Sửa hồ sơ")),
        },
        status=409 if conflict else 200,
    )


def _initial(found: queries.Record) -> dict[str, Any]:
    person, profile = found.person, found.profile
    given = {
        name: getattr(person, name)
        for name in (
            "full_name",
            "ethnicity",
            "address",
            "birth_place",
            "home_town",
            "version",
        )
    }
    given |= {
        "sex": str(person.sex or ""),
        "birth_date": _words(found)["born"],
        "personal_id": person.personal_id or "",
        "ministry_code": person.ministry_code or "",
        "phone": person.phone,
    }
    if profile is not None:
        given |= {name: getattr(profile, name) for name in PupilForm.SENSITIVE}
    return given


def _differences(found: queries.Record, form: PupilForm) -> list[tuple[str, str, str]]:
    """Fields where what stands now is not what was typed: label, now, typed."""
    now = _initial(found)
    rows = []
    for name, field in form.fields.items():
        if name in ("version", "confirmed", "reason", "decision") or name not in now:
            continue
        typed = str(form.data.get(name, "") or "")
        if isinstance(now[name], bool):
            continue
        if typed != str(now[name] or ""):
            choices = {str(key): str(label) for key, label in getattr(field, "choices", ())}
            rows.append(
                (
                    str(field.label),
                    choices.get(str(now[name]), str(now[name] or "")),
                    choices.get(typed, typed),
                )
            )
    return rows


@page("roster.move", methods=("GET", "POST"))
def correct(request: ActorRequest, person_id: int) -> HttpResponse:
    """The last movement was a mistake: say why, and it is taken back."""
    found = _record(request, person_id, "roster.move", is_lean=True)
    form = CorrectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.correct_movement(request.actor, found.enrolment, reason=form.cleaned_data["reason"])
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã đính chính. Sĩ số đã cập nhật."))
            return HttpResponseRedirect(reverse("roster:pupil", args=[person_id]))
    return render(
        request,
        "roster/correct.html",
        {
            "record": found,
            "person": found.person,
            "form": form,
            "crumbs": _crumbs(request, found, _("Đính chính")),
        },
    )


# --- the family -----------------------------------------------------------------------------------------
@page("roster.edit_profile", methods=("GET", "POST"))
def add_guardian(request: ActorRequest, person_id: int) -> HttpResponse:
    """Name somebody who answers for a pupil; found by phone when on record."""
    found = _record(request, person_id, "roster.edit_profile")
    form = GuardianForm(request.POST or None)
    matches: list[Any] = []
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        matches = [
            one for one in queries.find_guardians(request.actor, given["phone"]) if one.pk != person_id
        ]
        if matches and not given["guardian_id"] and request.POST.get("somebody_new") != "1":
            form.add_error(
                "phone", _("Số này đã có trong hệ thống. Chọn người bên dưới, hoặc nói là người khác.")
            )
        else:
            try:
                actions.add_guardian(request.actor, found.enrolment, **given)
            except DomainError as problem:
                put_errors(form, problem)
            else:
                messages.done(
                    request, _("Đã thêm %(name)s vào hồ sơ gia đình") % {"name": given["full_name"]}
                )
                return HttpResponseRedirect(f"{reverse('roster:pupil', args=[person_id])}#gia-dinh")
    return render(
        request,
        "roster/guardian_add.html",
        {
            "record": found,
            "person": found.person,
            "form": form,
            "matches": matches,
            "crumbs": _crumbs(request, found, _("Thêm người giám hộ")),
        },
    )


@page("roster.edit_profile", methods=("GET", "POST"))
def guardian(request: ActorRequest, person_id: int, pk: int) -> HttpResponse:
    """One family tie: relation and phone, who is called first, what the guardian may see, its end."""
    found = _record(request, person_id, "roster.edit_profile")
    tie = next((one for one in found.guardians if one.pk == pk), None)
    if tie is None:
        raise Http404
    step = request.POST.get("step", "")
    form = TieForm(
        request.POST if step == "change" else None,
        initial={"relation": tie.relation, "phone": tie.guardian.phone},
    )
    restrict = RestrictForm(request.POST if step == "restrict" else None, initial={"basis": tie.restriction})
    if request.method == "POST":
        try:
            text = _guardian_step(request, found, tie, step, form, restrict)
        except DomainError as problem:
            put_errors(restrict if step == "restrict" else form, problem)
        else:
            if text:
                messages.done(request, text)
                return HttpResponseRedirect(f"{reverse('roster:pupil', args=[person_id])}#gia-dinh")
    return render(
        request,
        "roster/guardian.html",
        {
            "record": found,
            "person": found.person,
            "tie": tie,
            "form": form,
            "restrict": restrict,
            "crumbs": _crumbs(request, found, tie.guardian.full_name),
        },
    )


def _guardian_step(
    request: ActorRequest, found: queries.Record, tie: Any, step: str, form: TieForm, restrict: RestrictForm
) -> str:
    """Do one step; gives what to say, or nothing when the form wants mending."""
    name = {"name": tie.guardian.full_name}
    if step == "change" and form.is_valid():
        actions.change_guardian(request.actor, found.enrolment, guardianship=tie, **form.cleaned_data)
        return _("Đã ghi %(name)s") % name
    if step == "main":
        actions.set_main_contact(request.actor, found.enrolment, guardianship=tie)
        return _("%(name)s là liên hệ chính") % name
    if step == "end":
        actions.end_guardianship(
            request.actor,
            found.enrolment,
            guardianship=tie,
            on=timezone.localdate(),
            reason=request.POST.get("reason", "")[:200],
        )
        return _("%(name)s không còn trong hồ sơ gia đình") % name
    if step == "restrict" and restrict.is_valid():
        may_view = request.POST.get("may_view") == "1"
        actions.restrict_guardian(
            request.actor,
            found.enrolment,
            guardianship=tie,
            may_view=may_view,
            basis=restrict.cleaned_data["basis"],
        )
        return (
            _("%(name)s lại xem được hồ sơ") if may_view else _("%(name)s không xem được hồ sơ nữa")
        ) % name
    return ""


# --- the family's own pages ---------------------------------------------------------------------------
@page("roster.view_profile")
@keepable
def my_children(request: ActorRequest) -> HttpResponse:
    """A parent's children, whatever their schools, on one screen."""
    return render(
        request,
        "roster/my_children.html",
        {"children": queries.my_children(request.actor), "today": timezone.localdate()},
    )


@page("roster.view_profile")
@keepable
def my_record(request: ActorRequest) -> HttpResponse:
    """A pupil's own record."""
    child = queries.my_record(request.actor)
    if child is None:
        raise Http404
    return HttpResponseRedirect(reverse("roster:pupil", args=[child.enrolment.person_id]))
