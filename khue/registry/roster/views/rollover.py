"""The year-end wizard of a school: classes and their names, pupils one by one, the sweep, taking back, confirming."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.lib.numbers import whole
from khue.registry.roster import rules
from khue.registry.roster.actions import rollover as actions
from khue.registry.roster.queries import rollover as queries
from khue.registry.roster.rules_year import Plan, PupilYear
from khue.registry.roster.views.frame_of import crumbs, page_place
from khue.ui import messages

if TYPE_CHECKING:
    from khue.registry.roster.models import Rollover

STEPS = (gettext_lazy("Chuẩn bị"), gettext_lazy("Kết chuyển"), gettext_lazy("Xác nhận"))
STEP_OF = {"draft": 1, "done": 2, "confirmed": 3}


def _one(request: ActorRequest, pk: int) -> Rollover:
    return get_object_or_404(queries.rollovers(request.actor), pk=pk)


def _version(request: ActorRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


@page("roster.roll_over")
def rollover(request: ActorRequest) -> HttpResponse:
    """Where the school stands: nothing begun, a draft with its preview, done, or confirmed."""
    return _page(request)


def _page(request: ActorRequest, problem: str = "", status: int = 200) -> HttpResponse:
    place = page_place(request, "roster.roll_over")
    school = place.unit
    if school is None or not place.is_school or not place.is_reached:
        raise Http404
    year = queries.ending_year(request.actor, school)
    context: dict[str, Any] = {
        "heading": _("Kết chuyển năm học"), "lead": school.name, "school": school, "year": year, "problem": problem,
        "crumbs": crumbs(place, "roster:rollover", _("Kết chuyển năm học")), "steps": [str(step) for step in STEPS],
    }  # fmt: skip
    if year is None:
        return render(request, "roster/rollover_none.html", context, status=status)
    found = queries.current(request.actor, school, year)
    if found is None:
        context |= {
            "next_label": f"{year.pk + 1} – {year.pk + 2}",
            "is_open": queries.all_is_open(year.pk + 1),
        }
        return render(request, "roster/rollover_none.html", context, status=status)
    plan = queries.plan(request.actor, found) if found.state != "confirmed" else Plan([], {}, [], [])
    context |= {
        "rollover": found, "plan": plan, "lines": _lines(plan), "totals": _totals(plan.totals),
        "done": _totals(Counter(found.result.get("totals", {}))), "moving": len(plan.moving),
        "problems": [(queries.all_words(one), one.is_blocking) for one in plan.problems if one.room_id is None],
        "blocking": [queries.all_words(one) for one in plan.blocking], "step": STEP_OF[found.state],
    }  # fmt: skip
    name = "rollover_draft" if found.state == "draft" else "rollover_done"
    return render(request, f"roster/{name}.html", context, status=status)


def _totals(found: Counter[str]) -> list[tuple[str, str, int]]:
    return [(name, str(label), found.get(name, 0)) for name, label in rules.OUTCOMES.items()]


def _lines(plan: Plan) -> list[dict[str, Any]]:
    members: dict[int, list[PupilYear]] = {}
    for pupil in plan.pupils:
        members.setdefault(pupil.classroom_id or 0, []).append(pupil)
    remarks: dict[int, list[tuple[str, bool]]] = {}
    for one in plan.problems:
        if one.room_id is not None:
            remarks.setdefault(one.room_id, []).append((queries.all_words(one), one.is_blocking))
    rooms = [(room.id, room.name, room.grade) for room in plan.rooms if room.id in members]
    if 0 in members:
        rooms.append((0, _("Chưa xếp lớp"), 0))
    return [
        {
            "id": pk, "name": name, "pupils": len(members[pk]), "next": plan.names.get(pk, ""),
            "may_name": pk in plan.names,
            "outcomes": Counter("held" if p.held else p.outcome for p in members[pk]), "remarks": remarks.get(pk, []),
            "edited": sum(1 for p in members[pk] if p.outcome != p.default or p.wanted),
        }
        for pk, name, _grade in rooms
    ]  # fmt: skip


@page("roster.roll_over", methods=("POST",))
def draft(request: ActorRequest) -> HttpResponse:
    """Begin to prepare."""
    place = page_place(request, "roster.roll_over")
    if place.unit is None or not place.is_reached:
        raise Http404
    year = queries.ending_year(request.actor, place.unit)
    if year is None:
        raise Http404
    school = place.unit
    return _act(request, lambda: actions.draft_rollover(request.actor, school, from_year_id=year.pk), "")


def _act(request: ActorRequest, act: Callable[[], Any], told: str, back: str = "") -> HttpResponse:
    """Do it and go back to the page; what a rule says against it stands above the page."""
    try:
        act()
    except (NotVisible, NotAllowed, ProofNeeded):
        raise
    except DomainError as problem:
        return _page(request, problem.message, problem.status)
    if told:
        messages.done(request, told)
    return HttpResponseRedirect(back or reverse("roster:rollover"))


@page("roster.roll_over", methods=("POST",))
def names(request: ActorRequest, pk: int) -> HttpResponse:
    """Keep what classes are called next year."""
    found = _one(request, pk)
    typed = {
        room: str(value)
        for key, value in request.POST.items()
        if key.startswith("ten-") and (room := whole(key[4:])) is not None
    }
    act = lambda: actions.set_outcomes(  # noqa: E731
        request.actor, found, version=_version(request), outcomes={}, class_names=typed
    )
    return _act(request, act, _("Đã ghi tên lớp năm sau"))


@page("roster.roll_over", methods=("GET", "POST"))
def room(request: ActorRequest, pk: int, room_id: int) -> HttpResponse:
    """What becomes of each pupil of a class (0: of those without one)."""
    found = _one(request, pk)
    if found.state not in ("draft", "done"):
        raise Http404
    plan = queries.plan(request.actor, found)
    pupils = [pupil for pupil in plan.pupils if (pupil.classroom_id or 0) == room_id]
    if not pupils:
        raise Http404
    problem = ""
    if request.method == "POST":
        choices = {
            one.enrolment_id: text
            for one in pupils
            if (text := request.POST.get(f"em-{one.enrolment_id}", ""))
        }
        try:
            actions.set_outcomes(
                request.actor, found, version=_version(request), outcomes=choices, class_names={}
            )
        except (NotVisible, NotAllowed, ProofNeeded):
            raise
        except DomainError as refused:
            problem = refused.message
        else:
            messages.done(request, _("Đã ghi %(n)s em") % {"n": len(choices)})
            return HttpResponseRedirect(reverse("roster:rollover"))
    name = next((one.name for one in plan.rooms if one.id == room_id), _("Chưa xếp lớp"))
    context = {
        "heading": _("Lớp %(name)s sang năm") % {"name": name} if room_id else _("Các em chưa xếp lớp, sang năm"),
        "lead": f"{found.from_year.label} → {found.to_year.label}", "rollover": found, "problem": problem,
        "rows": [(pupil, _choices(pupil, plan, found.school.levels)) for pupil in pupils],
        "crumbs": [(_("Kết chuyển năm học"), reverse("roster:rollover")), (name, "")],
    }  # fmt: skip
    return render(request, "roster/rollover_class.html", context, status=422 if problem else 200)


def _choices(pupil: PupilYear, plan: Plan, levels: list[str]) -> list[tuple[str, str, bool]]:
    """What may become of a pupil: value, words, chosen; for those who go on, by class."""
    found: list[tuple[str, str, bool]] = []
    now = f"{pupil.outcome}:{pupil.wanted}" if pupil.wanted else pupil.outcome
    for outcome in rules.allowed_outcomes(pupil.grade, pupil.level, tuple(levels)):
        label = str(rules.OUTCOMES[outcome])
        if outcome not in ("promote", "retain"):
            found.append((outcome, label, now == outcome))
            continue
        grade = pupil.grade + (1 if outcome == "promote" else 0)
        usual = pupil.target if pupil.outcome == outcome and not pupil.wanted else None
        verb = _("Lên") if outcome == "promote" else _("Ở lại")
        words = f"{verb} {usual.name}" if usual else label
        found.append((outcome, words, now == outcome))
        for other in plan.after:
            if other.grade == grade and other is not usual:
                value = f"{outcome}:{other.name}"
                found.append((value, f"{verb} {other.name}", now == value))
    return found


@page("roster.roll_over", methods=("POST",))
def run(request: ActorRequest, pk: int) -> HttpResponse:
    """The sweep."""
    found = _one(request, pk)
    told = _("Đã kết chuyển sang năm học %(year)s. Xem lại rồi xác nhận.") % {"year": found.to_year.label}
    return _act(request, lambda: actions.run_rollover(request.actor, found, version=_version(request)), told)


@page("roster.roll_over", methods=("POST",))
def undo(request: ActorRequest, pk: int) -> HttpResponse:
    """Take the sweep back."""
    found = _one(request, pk)
    told = _("Đã trả lại như trước khi kết chuyển")
    return _act(request, lambda: actions.undo_rollover(request.actor, found, version=_version(request)), told)


@page("roster.roll_over", methods=("POST",))
def confirm(request: ActorRequest, pk: int) -> HttpResponse:
    """Confirm the sweep."""
    found = _one(request, pk)
    told = _("Đã xác nhận kết chuyển")
    return _act(
        request, lambda: actions.confirm_rollover(request.actor, found, version=_version(request)), told
    )


@page("roster.roll_over", methods=("POST",))
def drop(request: ActorRequest, pk: int) -> HttpResponse:
    """Put the draft aside."""
    found = _one(request, pk)
    told = _("Đã bỏ bản chuẩn bị. Bắt đầu lại thì những chỗ đã sửa vẫn còn.")
    return _act(request, lambda: actions.drop_draft(request.actor, found, version=_version(request)), told)
