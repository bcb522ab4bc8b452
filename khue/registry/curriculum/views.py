"""Pages of the programme, the courses, who teaches them, and the workload."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.lib.numbers import whole
from khue.registry.calendar.forms import show_refusal
from khue.registry.calendar.places import STEP, crumbs_of, place_of, reaches
from khue.registry.calendar.views.year import shown_year
from khue.registry.curriculum import actions, queries, typed
from khue.registry.curriculum import rooms as rooms_of_school
from khue.registry.curriculum.forms import AddTeacherForm, CopyForm, CoursesForm, StartForm
from khue.registry.curriculum.listing import LEVEL_NAMES, STAFFING, staffing_workbook
from khue.registry.staff import queries as staff
from khue.registry.staff.views import XLSX
from khue.ui import messages

SCHOOLS = ("school", "campus")


def _unit(request: ActorRequest, permission: str) -> Any:
    return place_of(request.actor, permission, request.GET.get(STEP, ""), is_own_enough=True)


def _number(text: str) -> int | None:
    return number if (number := whole(text.removeprefix("-"))) is None or text[0] != "-" else -number


@page("curriculum.view_assignments")
def assignments(request: ActorRequest) -> HttpResponse:
    """Classes by subjects, and who teaches."""
    actor, permission = request.actor, "curriculum.view_assignments"
    unit, year = _unit(request, permission), shown_year(request)
    if unit.kind not in SCHOOLS:
        return HttpResponseRedirect(f"{reverse('curriculum:workload')}?{STEP}={unit.code}")
    rooms = queries.school_rooms(actor, unit, year)
    grades = rooms_of_school.grades_of(rooms)
    grade = _number(request.GET.get("khoi", ""))
    if grade is None and len(grades) > 4 and sum(count for *_rest, count in grades) > 24:
        grade = grades[0][1]
    grid = queries.grid(actor, unit, year, rooms=rooms, grade=grade)
    may_assign = not year.is_closed and reaches(actor, "curriculum.assign", unit)
    context = {
        "heading": _("Môn học, phân công"), "lead": f"{unit.name}, {year.label}",
        "unit": unit, "year": year, "step": STEP,
        "grid": grid, "grades": grades, "grade": grade, "may_assign": may_assign,
        "empty_rooms": rooms_of_school.empty_of(rooms) if may_assign else [],
        "crumbs": crumbs_of(actor, permission, unit, "curriculum:assignments", _("Môn học, phân công")),
    }  # fmt: skip
    return render(request, "curriculum/assignments.html", context)


@page("curriculum.assign", methods=("GET", "POST"))
def edit(request: ActorRequest) -> HttpResponse:
    """Type teachers into the grid of a grade, a subject, a class or a teacher; all of it is written at once."""
    actor, permission = request.actor, "curriculum.assign"
    unit, year = place_of(actor, permission, request.GET.get(STEP, "")), shown_year(request)
    chosen: dict[str, Any] = {
        "grade": _number(request.GET.get("khoi", "")), "subject": request.GET.get("mon", "")[:20],
        "classroom_id": _number(request.GET.get("lop", "")), "teacher_id": _number(request.GET.get("gv", "")),
    }  # fmt: skip
    rooms = queries.school_rooms(actor, unit, year, permission)
    grades = rooms_of_school.grades_of(rooms)
    if not any(chosen.values()) and grades:
        chosen["grade"] = grades[0][1]
    grid = queries.grid(actor, unit, year, rooms=rooms, permission=permission, **chosen)
    people = staff.teachers_of(actor, unit, permission=permission)
    choices = typed.choices_of(people, {p["id"]: _hint(p) for p in people})
    start = StartForm(request.POST if request.method == "POST" else None, initial={"starts_on": grid.day})
    problem = ""
    given = typed.Typed()
    if request.method == "POST":
        given = typed.read(request.POST, [cell.course_id for cell in grid.cells], choices)
        if start.is_valid() and not given.errors:
            try:
                return _write(request, unit, given, start.cleaned_data["starts_on"])
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as refused:
                problem = refused.message
                given.errors = {int(k[1:]): v for k, v in refused.fields.items() if k[1:].isdigit()}
                if "starts_on" in refused.fields:
                    start.add_error("starts_on", refused.fields["starts_on"])
    labels = {choice.id: choice.label for choice in choices}
    problem = problem or _("Có ô chưa ghi được, xem chỗ tô đỏ.") if given.errors else problem
    context = {
        "heading": _("Phân công giảng dạy"), "lead": f"{unit.name}, {year.label}",
        "unit": unit, "year": year, "step": STEP,
        "grid": grid, "choices": choices, "labels": labels, "typed": given, "start": start, "problem": problem,
        "grades": grades, "chosen": chosen, "query": request.GET.urlencode(),
        "seen": json.dumps({cell.course_id: cell.teacher_id for cell in grid.cells}),
        "lines": [(row, [(cell, *_shown(cell, labels, given)) for cell in row.cells]) for row in grid.rows],
        "is_list": len(grid.rows) == 1 or len(grid.subjects) == 1,
        "crumbs": [
            *crumbs_of(actor, permission, unit, "curriculum:assignments"), (_("Phân công giảng dạy"), ""),
        ],
    }  # fmt: skip
    return render(request, "curriculum/edit.html", context, status=422 if request.method == "POST" else 200)


def _hint(person: dict[str, Any]) -> str:
    parts = [
        person["subjects"],
        _("đang nghỉ") if person["is_away"] else "",
        _("trường khác") if person["is_guest"] else "",
    ]
    return ", ".join(part for part in parts if part)


def _shown(cell: Any, labels: dict[int, str], given: typed.Typed) -> tuple[str, str]:
    if cell is None:
        return "", ""
    text = given.texts.get(cell.course_id)
    if text is None:
        text = labels.get(cell.teacher_id, cell.teacher) if cell.teacher_id else ""
    return text, given.errors.get(cell.course_id, "")


def _write(request: ActorRequest, unit: Any, given: typed.Typed, day: Any) -> HttpResponse:
    changed = 0
    if given.wanted:
        courses = list(queries.courses(request.actor, "curriculum.assign").filter(pk__in=given.wanted))
        changed = actions.assign_teachers(
            request.actor, courses, teachers=given.wanted, seen=given.seen, starts_on=day
        )
    text = ngettext("Đã ghi phân công %(n)s môn", "Đã ghi phân công %(n)s môn", changed) % {"n": changed}
    messages.done(request, text if changed else _("Không có gì thay đổi"))
    return HttpResponseRedirect(f"{reverse('curriculum:edit')}?{request.GET.urlencode()}")


@page("curriculum.assign", methods=("POST",))
def make_courses(request: ActorRequest) -> HttpResponse:
    """Give every class without courses those its grade's programme makes compulsory."""
    unit, year = place_of(request.actor, "curriculum.assign", request.GET.get(STEP, "")), shown_year(request)
    rooms = queries.without_courses(request.actor, unit, year)
    made = actions.make_courses(request.actor, rooms) if rooms else 0
    messages.done(request, _("Đã lập %(n)s môn học cho %(m)s lớp") % {"n": made, "m": len(rooms)})
    return HttpResponseRedirect(f"{reverse('curriculum:assignments')}?{STEP}={unit.code}")


@page("curriculum.assign", methods=("GET", "POST"))
def copy(request: ActorRequest) -> HttpResponse:
    """Take last year's assignments over for courses that have nobody yet."""
    unit, year = place_of(request.actor, "curriculum.assign", request.GET.get(STEP, "")), shown_year(request)
    form = CopyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        follow = form.cleaned_data["follow"] == "follow"
        try:
            count = actions.copy_last_year(request.actor, unit, year_id=year.pk, follow=follow)
        except (NotVisible, ProofNeeded):
            raise
        except DomainError as problem:
            show_refusal(form, problem)
        else:
            messages.done(request, _("Đã chép phân công của %(n)s môn từ năm trước") % {"n": count})
            return HttpResponseRedirect(f"{reverse('curriculum:assignments')}?{STEP}={unit.code}")
    context = {
        "heading": _("Chép phân công năm trước"), "lead": f"{unit.name}, {year.label}", "form": form, "unit": unit,
        "step": STEP,
        "crumbs": [
            *crumbs_of(request.actor, "curriculum.assign", unit, "curriculum:assignments"), (_("Chép năm trước"), ""),
        ],
    }  # fmt: skip
    return render(request, "curriculum/copy.html", context, status=422 if request.method == "POST" else 200)


@page("curriculum.view")
def programme(request: ActorRequest) -> HttpResponse:
    """Periods by grade, with the sums of the circular."""
    year = shown_year(request)
    tables = queries.programme(request.actor, year.pk)
    context = {
        "heading": _("Chương trình môn học"), "lead": _("Số tiết cả năm, năm học %(year)s") % {"year": year.label},
        "tables": [(LEVEL_NAMES.get(table.level, table.level), table) for table in tables],
    }  # fmt: skip
    return render(request, "curriculum/programme.html", context)


@page("curriculum.view_workload")
def workload(request: ActorRequest) -> HttpResponse:
    """A school's workload by teacher, subject and level; above schools, thừa/thiếu of each school below."""
    actor, permission = request.actor, "curriculum.view_workload"
    unit, year = place_of(actor, permission, request.GET.get(STEP, "")), shown_year(request)
    if unit.kind not in SCHOOLS:
        return _staffing(request, unit, year)
    shown = queries.workloads(actor, unit, year)
    context = {
        "heading": _("Khối lượng giảng dạy"), "lead": f"{unit.name}, {year.label}", "unit": unit, "shown": shown,
        "step": STEP,
        "counts": {kind: shown.count(kind) for kind in ("under", "even", "over", "beyond")},
        "crumbs": crumbs_of(actor, permission, unit, "curriculum:workload", _("Khối lượng giảng dạy")),
    }  # fmt: skip
    return render(request, "curriculum/workload.html", context)


def _staffing(request: ActorRequest, unit: Any, year: Any) -> HttpResponse:
    state = STAFFING.read(request)
    rows = queries.staffing_rows(
        request.actor, unit, year, search=state.search, level=state.filters.get("level", "")
    )
    if state.sort != "difference" or state.is_descending:
        rows.sort(key=lambda row: row[state.order_by[0].lstrip("-")] or 0, reverse=state.is_descending)
    if state.format == "xlsx":
        response = HttpResponse(staffing_workbook(unit.name, rows), content_type=XLSX)
        response["Content-Disposition"] = f'attachment; filename="dinh-muc-{unit.code}.xlsx"'
        return response
    sums = {
        key: sum(row[key] for row in rows) for key in ("classes", "needed", "present", "difference", "over")
    }
    last = None if state.limit is None else state.offset + state.limit
    shown, here = rows[state.offset : last], reverse("curriculum:workload")
    for row in shown:
        row["url"] = f"{here}?{STEP}={row['code']}"
    return STAFFING.respond(
        request, state, shown, total=len(rows), sums=sums, heading=_("Thừa, thiếu giáo viên"),
        lead=f"{unit.name}, {year.label}",
        crumbs=crumbs_of(request.actor, "curriculum.view_workload", unit, "curriculum:workload", _("Thừa, thiếu")),
    )  # fmt: skip


@page("curriculum.view_assignments")
def teaching(request: ActorRequest, pk: int) -> HttpResponse:
    """What one teacher teaches this year; a part of the staff page when htmx asks."""
    year = shown_year(request)
    shown = queries.teaching_of(request.actor, pk, year)
    if shown is None:
        raise Http404
    template = "curriculum/_teaching.html" if _is_part(request) else "curriculum/teaching.html"
    context = {"heading": shown.name, "lead": _("Giảng dạy, %(year)s") % {"year": year.label}, "shown": shown}
    return render(request, template, context)


def _is_part(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


@page("curriculum.view_assignments", methods=("GET", "POST"))
def classroom(request: ActorRequest, pk: int) -> HttpResponse:
    """The courses of a class; at upper secondary its electives and topics are chosen here."""
    room = get_object_or_404(queries.classrooms(request.actor).select_related("school", "year"), pk=pk)
    plan = queries.all_plan(room.year_id, room.level, room.grade)
    grid = queries.grid(request.actor, room.school, room.year, rooms=rooms_of_school.room_of(room))
    held = {cell.subject: cell.periods for cell in grid.cells}
    may_assign = not room.year.is_closed and reaches(request.actor, "curriculum.assign", room.school)
    choices, initial = queries.all_choices(plan, held)
    form = CoursesForm(request.POST or None, choices=choices, initial=initial)
    if request.method == "POST":
        if not may_assign:
            raise Http404
        if form.is_valid() and _set_courses(request, room, form):
            return HttpResponseRedirect(reverse("curriculum:classroom", args=[pk]))
    context = {
        "heading": _("Môn học lớp %(name)s") % {"name": room.name}, "lead": f"{room.school.name}, {room.year.label}",
        "room": room, "form": form, "has_choices": any(choices.values()), "may_assign": may_assign, "step": STEP,
        "lines": queries.class_lines(request.actor, room, plan, grid),
        "total": sum(cell.periods for cell in grid.cells),
        "expected": queries.all_expected(plan, room.level),
        "crumbs": [
            *crumbs_of(request.actor, "curriculum.view_assignments", room.school, "curriculum:assignments"),
            (_("Lớp %(name)s") % {"name": room.name}, ""),
        ],
    }  # fmt: skip
    return render(
        request, "curriculum/classroom.html", context, status=422 if request.method == "POST" else 200
    )


def _set_courses(request: ActorRequest, room: Any, form: CoursesForm) -> bool:
    data = form.cleaned_data
    rooms = [room]
    if data["whole_grade"]:
        same = queries.classrooms(request.actor, "curriculum.assign").filter(
            school=room.school, year=room.year, level=room.level, grade=room.grade, closed_on__isnull=True
        )
        rooms = list(same.order_by("sort_key"))
    chosen = {name: data.get(name, []) for name in ("electives", "topics", "optional")}
    try:
        done = actions.set_courses(request.actor, rooms, **chosen)
    except (NotVisible, ProofNeeded):
        raise
    except DomainError as problem:
        show_refusal(form, problem)
        return False
    messages.done(request, _("Đã ghi môn học: thêm %(made)s, đổi số tiết %(changed)s, bỏ %(removed)s") % done)
    return True


@page("curriculum.view_assignments", methods=("GET", "POST"))
def course(request: ActorRequest, pk: int) -> HttpResponse:
    """One course: who has taught it when; co-teachers and substitutes."""
    row = get_object_or_404(
        queries.courses(request.actor).select_related("school", "year", "classroom", "subject"), pk=pk
    )
    may_assign = not row.year.is_closed and reaches(request.actor, "curriculum.assign", row.school)
    people = (
        staff.teachers_of(request.actor, row.school, permission="curriculum.assign") if may_assign else []
    )
    form = AddTeacherForm(
        request.POST or None, teachers=[(p["id"], p["name"]) for p in people],
        initial={"starts_on": queries.day_in(request.actor, row.year)},
    )  # fmt: skip
    if request.method == "POST":
        if not may_assign:
            raise Http404
        if form.is_valid():
            data = dict(form.cleaned_data)
            teacher = staff.person_among(request.actor, people, data.pop("teacher"))
            try:
                actions.add_teacher(request.actor, row, teacher=teacher, **data)
            except (NotVisible, ProofNeeded):
                raise
            except DomainError as problem:
                show_refusal(form, problem)
            else:
                messages.done(request, _("Đã ghi %(name)s") % {"name": teacher.full_name})
                return HttpResponseRedirect(reverse("curriculum:course", args=[pk]))
    held = (
        queries.assignments(request.actor)
        .filter(course=row)
        .select_related("teacher")
        .order_by("-starts_on", "-pk")
    )
    context = {
        "heading": f"{row.subject.name}, {row.classroom.name}", "lead": f"{row.school.name}, {row.year.label}",
        "course": row, "held": held, "form": form, "may_assign": may_assign,
        "today": timezone.localdate(), "step": STEP,
        "crumbs": [
            *crumbs_of(request.actor, "curriculum.view_assignments", row.school, "curriculum:assignments"),
            (_("Lớp %(name)s") % {"name": row.classroom.name},
             reverse("curriculum:classroom", args=[row.classroom_id])),
            (row.subject.name, ""),
        ],
    }  # fmt: skip
    return render(request, "curriculum/course.html", context, status=422 if request.method == "POST" else 200)


@page("curriculum.assign", methods=("POST",))
def end_assignment(request: ActorRequest, pk: int) -> HttpResponse:
    """Take somebody off a course from today on."""
    row = get_object_or_404(
        queries.assignments(request.actor, "curriculum.assign").select_related("teacher", "course__year"),
        pk=pk,
    )
    actions.end_assignment(request.actor, row, on=queries.day_in(request.actor, row.course.year))
    messages.done(request, _("%(name)s thôi dạy môn này") % {"name": row.teacher.full_name})
    return HttpResponseRedirect(reverse("curriculum:course", args=[row.course_id]))
