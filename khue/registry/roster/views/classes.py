"""Classes: the list, one class, making and changing them, homeroom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError
from khue.kernel.actions.refusing import put_errors
from khue.registry.roster import actions, rules
from khue.registry.roster.forms import ClassForm, HomeroomForm
from khue.registry.roster.queries import classes as queries
from khue.registry.roster.queries.places import holds_at, reaches
from khue.registry.roster.views.frame_of import crumbs, page_place, school_place, year_id
from khue.ui import messages
from khue.ui.lists import Column, Empty, Filter, Listing
from khue.ui.templatetags.ui import badge

if TYPE_CHECKING:
    from khue.registry.roster.models import Classroom

FULLNESS = {
    "over": ("bad", gettext_lazy("Quá sĩ số")),
    "full": ("wait", gettext_lazy("Đủ chỗ")),
    "near": ("wait", gettext_lazy("Gần đủ")),
}


def fullness(value: str) -> SafeString | str:
    """How a class stands to its limit, in colour, sign and word."""
    if value not in FULLNESS:
        return ""
    kind, text = FULLNESS[value]
    return badge(kind, str(text), "alert-triangle" if value == "over" else "")


CLASSES = Listing(
    key="roster.classes",
    noun=gettext_lazy("lớp"),
    columns=(
        Column("name", gettext_lazy("Lớp"), sort=("sort_key",), link="url", phone="title", is_fixed=True),
        Column("grade", gettext_lazy("Khối"), width="x-m"),
        Column("pupils", gettext_lazy("Sĩ số"), kind="number", phone="end"),
        Column("girls", gettext_lazy("Nữ"), kind="number", width="x-m"),
        Column("minority", gettext_lazy("Dân tộc thiểu số"), kind="number", width="x-m"),
        Column("teacher", gettext_lazy("Chủ nhiệm"), phone="line"),
        Column("campus", gettext_lazy("Điểm trường"), width="x-m"),
        Column("state", gettext_lazy("Sĩ số tối đa"), cell=lambda row: row["state"], phone="line"),
    ),
    filters=(
        Filter("don-vi", gettext_lazy("Đơn vị")),
        Filter("khoi", gettext_lazy("Khối")),
        Filter("diem-truong", gettext_lazy("Điểm trường")),
        Filter("thieu", gettext_lazy("Còn thiếu"), (("gvcn", gettext_lazy("Giáo viên chủ nhiệm")),)),
        Filter("tinh-trang", gettext_lazy("Tình trạng"), (("closed", gettext_lazy("Đã giải thể")),)),
    ),
    search=gettext_lazy("Tên lớp"),
    default_sort="name",
    tie_break=("school_id", "id"),
    empty=Empty(
        gettext_lazy("Chưa có lớp trong năm học này"),
        gettext_lazy("Lập từng lớp, hoặc nhập danh sách học sinh: Khuê lập lớp theo tệp."),
        icon="school",
    ),
)
WIDE = replace(
    CLASSES,
    columns=(
        CLASSES.columns[0],
        Column("school", gettext_lazy("Trường"), phone="line"),
        *CLASSES.columns[1:],
    ),
)


@page("roster.view_classes")
def classes(request: ActorRequest) -> HttpResponse:
    """The classes of a place in the year of the session."""
    place, year = page_place(request, "roster.view_classes"), year_id(request)
    listing = WIDE if place.is_wide else CLASSES
    grades = rules.grades_of(place.unit.levels if place.unit and not place.is_wide else ())
    state = listing.read(
        request,
        options={
            "khoi": [(str(grade), rules.grade_label(grade)) for grade in grades],
            "diem-truong": [(str(unit.pk), unit.name) for unit in place.below] if place.is_school else [],
            "don-vi": [(place.unit.code, place.unit.name)] if place.unit else [],
        },
    )
    found = queries.class_rows(
        request.actor,
        year_id=year,
        place=place,
        search=state.search,
        filters=dict(state.filters),
        order_by=state.order_by,
        offset=state.offset,
        limit=state.limit,
    )
    rows = [_line(row) for row in found.rows]
    sums = (
        {name: sum(row[name] for row in rows) for name in ("pupils", "girls", "minority")}
        if len(rows) == found.total
        else None
    )
    return listing.respond(
        request,
        state,
        rows,
        total=found.total,
        sums=sums,
        heading=pgettext("menu", "Lớp"),
        crumbs=crumbs(place, "roster:classes", pgettext("menu", "Lớp")),
        template="roster/classes.html",
        place=place,
        may_manage=place.is_school and place.is_reached and request.actor.holds("roster.manage_classes"),
    )


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **row,
        "url": reverse("roster:classroom", args=[row["id"]]),
        "grade": rules.grade_label(row["grade"]),
        "campus": row["campus__name"] or "",
        "school": row["school__name"],
        "state": fullness(row["fullness"]) or (f"{row['limit']}" if row["limit"] else ""),
        "teacher": row["teacher"] or _("Chưa có"),
    }


@page("roster.view_classes")
def classroom(request: ActorRequest, pk: int) -> HttpResponse:
    """One class with its pupils."""
    found = queries.class_record(request.actor, pk)
    if found is None:
        raise Http404
    return _show(request, found)


def _show(
    request: ActorRequest, found: queries.ClassRecord, form: HomeroomForm | None = None
) -> HttpResponse:
    room, actor = found.classroom, request.actor
    may_manage = reaches(actor, "roster.manage_classes", room.school)
    if may_manage and form is None and room.closed_on is None:
        teachers = queries.homeroom_candidates(actor, room.school)
        form = HomeroomForm(teachers=teachers, initial={"on": timezone.localdate()})
    school = f"{reverse('roster:classes')}?don-vi={room.school.code}"
    return render(
        request,
        "roster/classroom.html",
        {
            "found": found,
            "room": room,
            "grade": rules.grade_label(room.grade),
            "state": fullness(found.fullness),
            "may_manage": may_manage,
            "may_move": reaches(actor, "roster.move", room.school),
            "may_open": actor.holds("roster.view_profile"),
            "may_export": holds_at(
                actor,
                "roster.export",
                path=room.school.path,
                campus_id=room.campus_id,
                classroom_id=room.pk,
            ),
            "homeroom": form,
            "crumbs": [(room.school.name, school), (_("Lớp %(name)s") % {"name": room.name}, "")],
        },
    )


@page("roster.manage_classes", methods=("GET", "POST"))
def open_class(request: ActorRequest) -> HttpResponse:
    """Make a class."""
    place, year = school_place(request, "roster.manage_classes"), year_id(request)
    school = place.unit
    assert school is not None
    form = ClassForm(
        request.POST or None,
        grades=rules.grades_of(school.levels),
        campuses=[(str(unit.pk), unit.name) for unit in place.below],
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            room = actions.open_class(
                request.actor,
                school,
                year_id=year,
                name=given["name"],
                grade=given["grade"],
                campus_id=int(given["campus"]) if given.get("campus") else None,
                sessions_a_week=given["sessions_a_week"],
                is_special=given["is_special"],
            )
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã lập lớp %(name)s") % {"name": room.name})
            return HttpResponseRedirect(reverse("roster:classroom", args=[room.pk]))
    return render(
        request,
        "roster/class_form.html",
        {
            "form": form,
            "crumbs": crumbs(
                place, "roster:classes", (pgettext("menu", "Lớp"), reverse("roster:classes")), _("Lập lớp")
            ),
            "room": None,
        },
    )


def _managed(request: ActorRequest, pk: int) -> Classroom:
    room = queries.classroom(request.actor, pk)
    if room is None or not reaches(request.actor, "roster.manage_classes", room.school):
        raise Http404
    return room


@page("roster.manage_classes", methods=("GET", "POST"))
def change_class(request: ActorRequest, pk: int) -> HttpResponse:
    """Rename a class, move it to a campus, combine it with another."""
    room = _managed(request, pk)
    others = queries.open_classrooms(request.actor, school_id=room.school_id, year_id=room.year_id)
    from khue.registry.roster.queries.places import place as find_place

    place = find_place(request.actor, "roster.manage_classes", room.school.code)
    form = ClassForm(
        request.POST or None,
        is_new=False,
        campuses=[(str(u.pk), u.name) for u in (place.below if place else ())],
        others=[(str(one.pk), one.name) for one in others if one.pk != pk],
        initial={
            "name": room.name,
            "campus": str(room.campus_id or ""),
            "sessions_a_week": room.sessions_a_week,
            "is_special": room.is_special,
            "combined_with": str(room.combined_with_id or ""),
        },
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_class(
                request.actor,
                room,
                name=given["name"],
                campus_id=(int(given["campus"]) if given["campus"] else None)
                if "campus" in form.fields
                else room.campus_id,
                sessions_a_week=given["sessions_a_week"],
                is_special=given["is_special"],
                combined_with_id=int(given["combined_with"]) if given.get("combined_with") else None,
            )
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã ghi lớp %(name)s") % {"name": room.name})
            return HttpResponseRedirect(reverse("roster:classroom", args=[pk]))
    here = reverse("roster:classroom", args=[pk])
    return render(
        request,
        "roster/class_form.html",
        {
            "form": form,
            "room": room,
            "crumbs": [
                (room.school.name, ""),
                (_("Lớp %(name)s") % {"name": room.name}, here),
                (_("Sửa"), ""),
            ],
        },
    )


@page("roster.manage_classes", methods=("POST",))
def close_class(request: ActorRequest, pk: int) -> HttpResponse:
    """Close an empty class, or take its closing back."""
    room = _managed(request, pk)
    if room.closed_on is None:
        actions.close_class(request.actor, room, on=timezone.localdate())
        messages.done(request, _("Đã giải thể lớp %(name)s") % {"name": room.name}, request.path)
    else:
        actions.reopen_class(request.actor, room)
        messages.done(request, _("Lớp %(name)s hoạt động trở lại") % {"name": room.name})
    return HttpResponseRedirect(reverse("roster:classroom", args=[pk]))


@page("roster.manage_classes", methods=("POST",))
def homeroom(request: ActorRequest, pk: int) -> HttpResponse:
    """Give a class its homeroom teacher, or leave it without one."""
    room = _managed(request, pk)
    if request.POST.get("step") == "end":
        actions.end_homeroom(request.actor, room, on=timezone.localdate())
        messages.done(request, _("Lớp %(name)s chưa có chủ nhiệm từ hôm nay") % {"name": room.name})
        return HttpResponseRedirect(reverse("roster:classroom", args=[pk]))
    form = HomeroomForm(request.POST, teachers=queries.homeroom_candidates(request.actor, room.school))
    if form.is_valid():
        try:
            actions.assign_homeroom(
                request.actor, room, teacher_id=form.cleaned_data["teacher"], on=form.cleaned_data["on"]
            )
        except DomainError as problem:
            put_errors(form, problem)
        else:
            messages.done(request, _("Đã giao chủ nhiệm lớp %(name)s") % {"name": room.name})
            return HttpResponseRedirect(reverse("roster:classroom", args=[pk]))
    found = queries.class_record(request.actor, pk)
    if found is None:
        raise Http404
    return _show(request, found, form)
