"""Taking a pupil in: the form, and a look for the record that may be there already."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.refusing import put_errors
from khue.registry.roster import actions
from khue.registry.roster.actions import GuardianGiven
from khue.registry.roster.forms import AdmitForm
from khue.registry.roster.queries.classes import free_places
from khue.registry.roster.queries.profile import Candidate, candidates
from khue.registry.roster.rules import grades_of
from khue.registry.roster.views.frame_of import crumbs, school_place, year_id
from khue.ui import messages


@page("roster.admit", methods=("GET", "POST"))
def admit(request: ActorRequest) -> HttpResponse:
    """Take a pupil into the school, with the record that is there already when there is one."""
    place, year = school_place(request, "roster.admit"), year_id(request)
    school = place.unit
    assert school is not None
    rooms = free_places(request.actor, school_id=school.pk, year_id=year)
    grades = grades_of(school.levels)
    form = AdmitForm(
        request.POST or None,
        rooms=[(str(one.classroom.pk), one.label) for one in rooms],
        grades=grades,
        initial={"joined_on": timezone.localdate(), "sex": "2", "grade": grades[0] if grades else None},
    )
    found: list[Candidate] = []
    if request.method == "POST" and form.is_valid():
        try:
            enrolment = actions.admit(request.actor, school, year_id=year, **_given(form))
        except DomainError as problem:
            found = _candidates(request, form)
            if problem.code == "confirm":
                form.ask_to_confirm()
            if problem.code != "maybe_known" or not found:
                put_errors(form, problem)
        else:
            person = enrolment.person
            messages.done(request, _("Đã tiếp nhận em %(name)s") % {"name": person.full_name})
            full = next((one for one in rooms if one.classroom.pk == enrolment.classroom_id), None)
            if full is not None and full.is_full:
                others = ", ".join(
                    one.label
                    for one in rooms
                    if one.classroom.grade == full.classroom.grade and not one.is_full
                )
                messages.warn(
                    request,
                    _("Lớp %(name)s nay quá sĩ số %(limit)s em. Còn chỗ: %(others)s.")
                    % {
                        "name": full.classroom.name,
                        "limit": full.limit,
                        "others": others or _("không lớp nào"),
                    },
                )
            return HttpResponseRedirect(reverse("roster:pupil", args=[person.pk]))
    return render(
        request,
        "roster/admit.html",
        {
            "form": form,
            "candidates": found,
            "school": school,
            "has_class_choice": bool(rooms),
            "crumbs": crumbs(
                place, "roster:pupils", (_("Học sinh"), reverse("roster:pupils")), _("Tiếp nhận")
            ),
        },
    )


def _given(form: AdmitForm) -> dict[str, Any]:
    data = form.cleaned_data
    guardian = None
    if data["guardian_name"]:
        guardian = GuardianGiven(
            data["guardian_name"], data["guardian_phone"], data["guardian_relation"] or "guardian"
        )
    return {
        "values": form.values(),
        "grade": data["grade"],
        "joined_on": data["joined_on"],
        "classroom_id": int(data["classroom"]) if data["classroom"] else None,
        "person_id": data["person_id"],
        "is_somebody_new": data["is_somebody_new"],
        "came_from": data["came_from"].strip(),
        "decision": data["decision"],
        "is_repeat": data["is_repeat"],
        "confirmed": data["confirmed"],
        "guardian": guardian,
    }


def _candidates(request: ActorRequest, form: AdmitForm) -> list[Candidate]:
    values = form.values()
    return candidates(
        request.actor,
        full_name=values["full_name"],
        birth_date=values.get("birth_date"),
        sex=values["sex"],
        personal_id=values["personal_id"],
        ministry_code=values["ministry_code"],
    )
