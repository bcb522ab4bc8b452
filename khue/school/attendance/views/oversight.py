"""Who has not taken the roll: the classes of a school by session, the units below an office or the department."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible
from khue.registry.calendar.places import STEP, crumbs_of, place_of, reaches
from khue.school.attendance import actions, rules, words
from khue.school.attendance.queries import oversight as queries
from khue.school.attendance.views.asked import day_of, number, roll_address
from khue.ui import messages
from khue.ui.words import percent_vi

HOME = "attendance:oversight"


@page(queries.PERMISSION)
def overview(request: ActorRequest) -> HttpResponse:
    """The sessions of a day whose roll nobody took; for offices and the department how many in each unit below."""
    unit = place_of(request.actor, queries.PERMISSION, request.GET.get(STEP, ""))
    today = timezone.localdate()
    day = min(day_of(request.GET), today)
    context: dict[str, Any] = {
        "unit": unit, "step": STEP, "day": day, "day_label": words.day_name(day), "is_today": day == today,
        "before": day - timedelta(days=1), "after": day + timedelta(days=1) if day < today else None,
        "crumbs": crumbs_of(request.actor, queries.PERMISSION, unit, HOME, _("Chưa điểm danh")),
    }  # fmt: skip
    if unit.kind == "school":
        return render(request, "attendance/oversight_school.html", {**context, **_school(request, unit, day)})
    if unit.kind == "campus":
        raise Http404
    rows = queries.below(request.actor, unit, day)
    return render(request, "attendance/oversight_area.html", {**context, **_area(rows)})


def _school(request: ActorRequest, unit: Any, day: date) -> dict[str, Any]:
    found = next(queries.all_school_days([unit.pk], day), None)
    turns = found.turns if found else ()
    missing = found.missing if found else []
    answer = queries.all_answerers(sorted({one.classroom_id for one in missing}), day) if missing else {}
    is_today = day == timezone.localdate()
    may_remind = is_today and reaches(request.actor, queries.REMIND, unit)
    opens = reaches(request.actor, "attendance.view", unit)
    groups = []
    for session in rules.TEACHING:
        of = [one for one in turns if one.session == session]
        if not of:
            continue
        lines = [_line(one, answer.get(one.classroom_id), day, opens) for one in of if one.is_missing]
        waits = [line for line in lines if line["may_remind"]]
        groups.append(
            {
                "session": session,
                "name": words.session_name(session),
                "lines": lines,
                "total": len(of),
                "taken": sum(one.taken_at is not None for one in of),
                "late": sum(one.taken_at is not None and not one.on_time for one in of),
                "has_begun": any(one.has_begun for one in of),
                "starts": min(one.starts for one in of),
                "remindable": waits if may_remind else [],
            }
        )
    counts = found.counts if found else (0, 0, 0, 0, 0)
    return {
        "found": found, "groups": groups, "may_remind": may_remind, "read_at": timezone.now(),
        "classes": counts[0], "planned": counts[1], "due": counts[2], "taken": counts[3], "on_time": counts[4],
        "missing": counts[2] - counts[3],
    }  # fmt: skip


def _line(one: queries.Turn, answer: queries.Answerer | None, day: date, opens: bool) -> dict[str, Any]:
    reminded = answer.reminded.get(one.session) if answer else None
    has_teacher = answer is not None and answer.person_id is not None
    return {
        "turn": one,
        "teacher": answer.full_name if answer and has_teacher else "",
        "reminded": reminded,
        "may_remind": has_teacher and reminded is None,
        "url": roll_address(one.classroom_id, day, one.session) if opens else "",
    }


def _area(rows: Sequence[queries.Below]) -> dict[str, Any]:
    lines = sorted(rows, key=lambda one: -one.missing)
    due, taken = sum(one.due for one in lines), sum(one.taken for one in lines)
    on_time = sum(one.on_time for one in lines)
    return {
        "lines": [
            {"row": one, "rate": _share(one.taken, one.due), "on_time": _share(one.on_time, one.due)}
            for one in lines
        ],
        "has_offices": any(one.kind != "school" for one in lines),
        "schools": sum(one.schools for one in lines), "with_lessons": sum(one.with_lessons for one in lines),
        "planned": sum(one.planned for one in lines), "due": due, "taken": taken, "missing": due - taken,
        "behind": sum(one.behind for one in lines), "without": sum(one.without for one in lines),
        "rate": _share(taken, due), "punctual": _share(on_time, due),
        "counted_at": min((one.counted_at for one in lines), default=None),
    }  # fmt: skip


def _share(part: int, whole: int) -> str:
    return percent_vi(100 * part / whole) if whole else ""


@page(queries.REMIND, methods=("POST",))
def remind(request: ActorRequest) -> HttpResponse:
    """Remind the teacher of one class, or of all classes of a session, that today's roll is missing."""
    unit = place_of(request.actor, queries.REMIND, request.GET.get(STEP, ""))
    wanted = [number(text) for text in request.POST.getlist("lop")][:200]
    session = request.POST.get("buoi", "")
    rooms = queries.classrooms(request.actor, wanted)
    if len(rooms) != len(set(wanted)):
        raise Http404
    try:
        told = actions.remind_roll(request.actor, rooms, session=session[:4])
    except NotVisible:
        messages.refuse(request, _("Chưa chọn lớp nào để nhắc."))
    except DomainError as problem:
        if problem.status == 403:
            raise
        messages.refuse(request, problem.message)
    else:
        if told:
            text = ngettext("Đã nhắc %(n)s lớp", "Đã nhắc %(n)s lớp", told)
            messages.done(request, text % {"n": told})
        else:
            messages.warn(request, _("Lớp này đã được nhắc buổi này rồi nên không nhắc lại."))
    return HttpResponseRedirect(f"{reverse(HOME)}?{STEP}={unit.code}")
