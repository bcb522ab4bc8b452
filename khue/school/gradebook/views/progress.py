"""The pages of progress: a school's heat map with its late teachers, and the steps down from the province to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotVisible, ProofNeeded
from khue.lib.numbers import whole
from khue.registry.curriculum.listing import LEVEL_NAMES
from khue.registry.roster.queries.places import Place, reaches
from khue.school.gradebook import actions
from khue.school.gradebook.actions.reminders import Reminded
from khue.school.gradebook.progress import percent_of, step_of
from khue.school.gradebook.queries import overview as overviews
from khue.school.gradebook.queries import progress as queries
from khue.school.gradebook.queries.terms import TermShown
from khue.school.gradebook.views.where import STEP, TERM, path_to, place_of, term_of
from khue.ui import messages
from khue.ui.templatetags.ui import icon
from khue.ui.words import number_vi

LATE_SHOWN = 15  # teachers on the page at first
PARTS = (("", gettext_lazy("Cả kì")), ("tx", gettext_lazy("Thường xuyên")), ("gk", gettext_lazy("Giữa kì")),
         ("ck", gettext_lazy("Cuối kì")))  # fmt: skip
VIEWS = (
    ("", gettext_lazy("Lớp và môn")),
    ("giao-vien", gettext_lazy("Giáo viên")),
    ("mon", gettext_lazy("Môn")),
)


@page("gradebook.view_progress")
def progress(request: ActorRequest) -> HttpResponse:
    """A school's sheets by class and subject; for offices and the department the schools below, with steps down."""
    term, place = term_of(request), place_of(request, "gradebook.view_progress")
    if place.is_campus:
        raise Http404
    if place.is_school:
        return _school(request, place, term)
    if not place.is_reached:
        raise Http404
    has_middle = place.is_root and request.GET.get("truc-thuoc") != "1"
    return _province(request, place, term) if has_middle else _schools(request, place, term)


# --- a school ------------------------------------------------------------------------------------------------------


def _school(request: ActorRequest, place: Place, term: TermShown) -> HttpResponse:
    unit = place.unit
    assert unit is not None
    part = _choice(request.GET.get("phan"), [key for key, _label in PARTS])
    look = _choice(request.GET.get("xem"), [key for key, _label in VIEWS])
    found = queries.board(request.actor, unit, term, part)
    may_open = request.actor.reach("gradebook.view")
    readable = set(may_open.course_ids)
    may_remind = _may_remind(request, term)
    remindable = sum(group.may_remind for group in found.late_teachers)
    opens_all = reaches(request.actor, "gradebook.view", unit)
    context = {
        "place": place, "unit": unit, "term": term, "board": found, "part": part, "parts": PARTS, "look": look,
        "views": VIEWS, "step": STEP,
        "heat": heat_rows(found, lambda line: opens_all or line.course_id in readable),
        "may_remind": may_remind,
        "remindable": remindable, "asks_remind": may_remind and remindable > 0 and request.GET.get("nhac") == "1",
        "classes_late": len({line.classroom_id for line in found.late_lines}),
        "late": found.late_teachers if request.GET.get("cham") == "tat-ca" else found.late_teachers[:LATE_SHOWN],
        "crumbs": path_to(place, "progress", term, _("Tiến độ vào điểm")),
    }  # fmt: skip
    return render(request, "gradebook/progress_school.html", context)


def _may_remind(request: ActorRequest, term: TermShown) -> bool:
    return request.actor.holds("gradebook.remind") and not term.is_closed


def heat_rows(found: queries.Board, may_open: Any) -> SafeString:
    """The body of the heat map, drawn flat: forty classes by fourteen subjects are six hundred cells."""
    columns = [group.key for group in found.subjects]
    done, none, late_word = str(icon("check")), _("chưa đến hạn"), _("chậm %(n)s ô")
    out: list[str] = []
    for room in found.classes:
        by_subject = {line.subject_key: line for line in room.lines}
        out.append(f'<tr><th scope="row"><b>{escape(room.label)}</b></th>')
        out += [_cell(by_subject.get(key), may_open, done, none, late_word) for key in columns]
        late = room.counted.late
        shown = f"<b>{number_vi(late)}</b>" if late else '<span class="faint">0</span>'
        out.append(f'<td class="sum">{shown}</td></tr>')
    return SafeString("".join(out))


def _cell(line: queries.Line | None, may_open: Any, done: str, none: str, late_word: str) -> str:
    if line is None:
        return "<td></td>"
    counted = line.counted
    percent = counted.percent
    if percent is None:
        shown, told, look = "–", none, "na"
    else:
        shown = done if percent >= 100 else str(percent)
        told = f"{percent} %" + (f", {late_word % {'n': counted.late}}" if counted.late else "")
        look = f"s{step_of(percent)}"
    name = escape(f"{line.class_name}, {line.label}: {told}" + (f", {line.teacher}" if line.teacher else ""))
    if may_open(line):
        return (
            f'<td class="{look}"><a href="{reverse("gradebook:sheet", args=[line.id])}" title="{name}" '
            f'aria-label="{name}">{shown}</a></td>'
        )
    return f'<td class="{look}" title="{name}">{shown}<span class="visually-hidden"> {name}</span></td>'


@page("gradebook.remind", methods=("POST",))
def remind(request: ActorRequest) -> HttpResponse:
    """Remind one teacher, those chosen, or all who are late."""
    term, place = term_of(request), place_of(request, "gradebook.remind")
    code = place.unit.code if place.unit else ""
    rest = "&cham=tat-ca#cham" if request.GET.get("cham") else ""
    back = f"{reverse('gradebook:progress')}?{STEP}={code}&{TERM}={term.number}{rest}"
    if place.is_school and place.unit is not None:
        chosen = {pk for text in request.POST.getlist("teacher") if (pk := whole(text)) is not None}
        found = queries.board(request.actor, place.unit, term, permission="gradebook.remind")
        wanted = [line.id for line in found.late_lines if line.teacher_id in chosen or "all" in request.POST]
        return _answer(
            request, back, lambda: actions.remind(request.actor, queries.sheets_of(request.actor, wanted))
        )
    if not place.is_reached or place.unit is None:
        raise Http404
    codes = request.POST.getlist("school")
    units, late = overviews.late_schools(
        request.actor, place.unit, term, codes if "all" not in request.POST else None
    )
    return _answer(request, back, lambda: actions.remind_heads(request.actor, units, figures=late))


def _answer(request: ActorRequest, back: str, do: Any) -> HttpResponse:
    try:
        result: Reminded = do()
    except (NotVisible, ProofNeeded):
        messages.refuse(request, _("Chưa chọn ai để nhắc."))
    except DomainError as problem:
        messages.refuse(request, problem.message)
    else:
        _tell(request, result)
    return HttpResponseRedirect(back)


def _tell(request: ActorRequest, result: Reminded) -> None:
    if result.told:
        text = ngettext("Đã nhắc %(n)s người", "Đã nhắc %(n)s người", result.told) % {"n": result.told}
        messages.done(request, text)
    if result.lately:
        text = ngettext(
            "%(n)s người đã được nhắc trong vòng một ngày nên không nhắc lại.",
            "%(n)s người đã được nhắc trong vòng một ngày nên không nhắc lại.",
            result.lately,
        )
        messages.warn(request, text % {"n": result.lately})
    if result.nobody:
        messages.warn(request, _("%(n)s sổ, trường chưa có ai phụ trách để nhắc.") % {"n": result.nobody})


# --- many schools --------------------------------------------------------------------------------------------------


def _province(request: ActorRequest, place: Place, term: TermShown) -> HttpResponse:
    unit = place.unit
    assert unit is not None
    level = _choice(request.GET.get("cap"), list(LEVEL_NAMES))
    is_all = request.GET.get("xem") == "tat-ca"
    found = overviews.overview(
        request.actor, unit, term, level=level, limit=None if is_all else overviews.COMMUNES
    )
    context = {
        "place": place, "unit": unit, "term": term, "found": found, "percent": percent_of(found.done, found.due),
        "level": level, "levels": [("", _("Mọi cấp")), *LEVEL_NAMES.items()], "is_all": is_all, "step": STEP,
        "rows": area_rows(found.areas, term), "on_time": found.schools - found.late,
        "crumbs": path_to(place, "progress", term, _("Tiến độ vào điểm")),
    }  # fmt: skip
    return render(request, "gradebook/progress_province.html", context)


def area_rows(areas: Sequence[overviews.Area], term: TermShown) -> SafeString:
    """The body of the table, drawn flat: a tile for each of two thousand schools."""
    base = f"{reverse('gradebook:progress')}?{TERM}={term.number}&amp;{STEP}="
    none, direct = _("chưa đến hạn"), _("Trực thuộc Sở")
    out: list[str] = []
    for area in areas:
        url = f"{base}{escape(area.code)}" + ("&amp;truc-thuoc=1" if area.is_direct else "")
        name = escape(direct if area.is_direct else area.name)
        out.append(
            f'<tr><th scope="row"><a class="name" href="{url}">{name}</a></th>'
            '<td class="line"><div class="dots">'
        )
        for tile in area.tiles:
            told = escape(
                f"{tile.name}: {tile.percent} %" if tile.percent is not None else f"{tile.name}: {none}"
            )
            look = f"s{tile.step}" if tile.step is not None else "na"
            out.append(
                f'<a class="{look}" href="{base}{escape(tile.code)}" title="{told}" aria-label="{told}"></a>'
            )
        percent = f"{area.percent} %" if area.percent is not None else "–"
        late = f"<b>{area.late}</b>" if area.late else '<span class="faint">0</span>'
        out.append(
            f'</div></td><td class="num">{percent}</td><td class="num x-s">{late} / {area.schools}</td>'
            f'<td class="num x-s">{number_vi(area.late_sheets)}</td></tr>'
        )
    return SafeString("".join(out))


def _schools(request: ActorRequest, place: Place, term: TermShown) -> HttpResponse:
    unit = place.unit
    assert unit is not None
    sort = _choice(request.GET.get("xep"), ("ten",))
    lines = overviews.schools(request.actor, unit, term, sort)
    counted = [line.figures for line in lines if line.figures]
    late, may_remind = sum(bool(one["late_sheets"]) for one in counted), _may_remind(request, term)
    due, done = sum(one["due"] for one in counted), sum(one["done"] for one in counted)
    context = {
        "place": place, "unit": unit, "term": term, "lines": lines, "sort": sort, "step": STEP,
        "due": due, "done": done,
        "percent": percent_of(done, due), "late": late,
        "asks_remind": may_remind and late > 0 and request.GET.get("nhac") == "1",
        "late_sheets": sum(one["late_sheets"] for one in counted),
        "at": max((one["refreshed_at"] for one in counted), default=None),
        "may_remind": may_remind,
        "crumbs": path_to(place, "progress", term, _("Tiến độ vào điểm")),
    }  # fmt: skip
    return render(request, "gradebook/progress_schools.html", context)


def _choice(text: str | None, known: Sequence[str]) -> str:
    return text if text and text in known else ""
