"""The end of a school year in one sweep: promote, retain, leave, complete; taken back exactly until it is confirmed.

A school sweeps once a year; who was left aside (an open transfer) is swept later by running the same rollover again.
Drafting is work on classes and asks no proof of identity; running, taking back and confirming do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.actions.work import new_ids
from khue.kernel.org.models import Unit, UnitKind
from khue.lib.class_names import class_sort_key, normalise_class_name
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import rules, rules_year
from khue.registry.roster.events import RolledOver
from khue.registry.roster.head_counts import recount
from khue.registry.roster.journal import (
    Journal,
    count_rows,
    drop_counts,
    references,
    restore_counts,
    take_back,
)
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    EventKind,
    HeadCount,
    Rollover,
    RolloverState,
    Status,
)
from khue.registry.roster.queries.rollover import all_plan, all_words
from khue.registry.roster.rules_year import Plan, PupilYear

_EVENTS = {
    "promote": EventKind.PROMOTED, "retain": EventKind.RETAINED, "complete": EventKind.COMPLETED,
    "leave": EventKind.DROPPED,
}  # fmt: skip
_ENDS = {"complete": Status.COMPLETED, "leave": Status.DROPPED}


def _check(rollover: Rollover, version: int, *states: str) -> None:
    if rollover.version != version:
        raise Conflict(_("Người khác vừa sửa bản kết chuyển này. Mở lại trang để xem bản mới."))
    if rollover.state not in states:
        raise DomainError(
            _("Bản kết chuyển đang ở bước “%(state)s”, không làm việc này được nữa.")
            % {"state": rollover.get_state_display().lower()}
        )


@action("roster.draft_rollover", permission="roster.manage_classes")
def draft_rollover(work: Work, school: Unit, *, from_year_id: int) -> Rollover:
    """Begin to prepare the sweep of a school; what was typed into one taken back before is kept."""
    if school.kind != UnitKind.SCHOOL:
        raise DomainError(_("Kết chuyển năm học làm ở từng trường."))
    target = SchoolYear.objects.filter(pk=from_year_id + 1).first()
    if target is None or target.is_closed:
        label = f"{from_year_id + 1} – {from_year_id + 2}"
        raise DomainError(_("Năm học %(year)s chưa mở. Sở mở năm học ở Lịch năm học.") % {"year": label})
    earlier = Rollover.objects.filter(school=school, from_year_id=from_year_id).order_by("-pk")
    if earlier.exclude(state=RolloverState.UNDONE).exists():
        raise DomainError(_("Trường đã có một bản kết chuyển của năm học này."))
    last = earlier.first()
    return work.create(
        Rollover(
            school=school, from_year_id=from_year_id, to_year=target,
            class_names=last.class_names if last else {}, outcomes=last.outcomes if last else {},
        )
    )  # fmt: skip


@action("roster.set_outcomes", permission="roster.manage_classes")
def set_outcomes(
    work: Work,
    rollover: Rollover,
    *,
    version: int,
    outcomes: Mapping[int, str],
    class_names: Mapping[int, str],
) -> Rollover:
    """Say what becomes of single pupils (`retain`, `retain:7A2`) and what classes are called next year.

    What follows by default is not kept, so that a later result of the year still counts for it.
    """
    _check(rollover, version, RolloverState.DRAFT, RolloverState.DONE)
    school = Unit.objects.get(pk=rollover.school_id)
    plan = all_plan(rollover)
    pupils = {pupil.enrolment_id: pupil for pupil in plan.pupils}
    kept = dict(rollover.outcomes)
    for pk, choice in outcomes.items():
        pupil = pupils.get(pk)
        if pupil is None:
            continue
        outcome, name = rules_year.split_choice(choice)
        if outcome not in rules.allowed_outcomes(pupil.grade, pupil.level, tuple(school.levels)):
            label = rules.OUTCOMES.get(outcome, outcome)
            text = _("Em %(name)s không chọn “%(outcome)s” được.") % {"name": pupil.name, "outcome": label}
            raise DomainError(text, fields={str(pk): text})
        if outcome == pupil.default and not name:
            kept.pop(str(pk), None)
        else:
            kept[str(pk)] = f"{outcome}:{normalise_class_name(name)[:30]}" if name else outcome
    names = dict(rollover.class_names)
    rooms = {room.id: room for room in plan.rooms}
    for pk, name in class_names.items():
        room = rooms.get(pk)
        if room is None:
            continue
        shown = normalise_class_name(name)[: rules_year.CLASS_NAME_LENGTH]
        if shown == rules_year.next_name(room.name, room.grade):
            names.pop(str(pk), None)
        else:
            names[str(pk)] = shown
    return work.change(rollover, outcomes=kept, class_names=names)


@action("roster.run_rollover", permission="roster.roll_over")
def run_rollover(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Write the coming year of a school: classes, enrolments and events by COPY, a handful of statements.

    Run again before it is confirmed, it takes those who were left aside the first time.
    """
    _check(rollover, version, RolloverState.DRAFT, RolloverState.DONE)
    source = SchoolYear.objects.get(pk=rollover.from_year_id)
    plan = all_plan(rollover, lock=True)
    if plan.blocking:
        raise DomainError(" ".join(all_words(problem) for problem in plan.blocking))
    target = SchoolYear.objects.get(pk=rollover.to_year_id)
    places = _places(rollover)
    before = rollover.result.get("counts_before") or count_rows(places)
    journal = Journal(work)
    day = min(timezone.localdate(), source.ends_on)
    classes = _open_classes(journal, rollover, plan)
    _enrol(journal, rollover, plan, min(timezone.localdate(), target.starts_on))
    _end(journal, plan, day)
    _record(journal, rollover, plan, day)
    recount(work, [rollover.school_id], target, on=target.starts_on)
    recount(work, [rollover.school_id], source, on=day)
    totals = {name: plan.totals.get(name, 0) for name in rules.OUTCOMES}
    work.note(**totals)
    work.touch_people(pupil.person_id for pupil in plan.moving)
    work.announce(RolledOver(rollover.pk, rollover.school_id, source.pk, target.pk))
    told = rollover.result.get("totals", {})
    result = {
        "entries": [*rollover.result.get("entries", ()), *journal.entries],
        "classes": [*rollover.result.get("classes", ()), *classes],
        "totals": {name: told.get(name, 0) + number for name, number in totals.items()},
        "day": day.isoformat(), "counts_before": before, "counts_after": count_rows(places),
    }  # fmt: skip
    return work.change(rollover, state=RolloverState.DONE, result=result)


def _places(rollover: Rollover) -> list[tuple[int, int]]:
    return [(rollover.school_id, rollover.from_year_id), (rollover.school_id, rollover.to_year_id)]


def _open_classes(journal: Journal, rollover: Rollover, plan: Plan) -> list[int]:
    rooms = [room for room in plan.after if room.id is None and room.pupils]
    for room, pk in zip(rooms, new_ids(Classroom, len(rooms)) if rooms else (), strict=True):
        room.id = pk
    follows = {old: room.id for room in plan.after for old in room.sources}
    partner = {room.id: room.combined_with_id for room in plan.rooms}
    table = []
    for room in rooms:
        with_id = next((follows.get(partner.get(old) or 0) for old in room.sources), None)
        table.append([
            rollover.to_year_id, rollover.school_id, room.campus_id, room.name, room.level, room.grade,
            with_id if with_id != room.id else None, room.sessions_a_week, room.is_special,
            class_sort_key(room.name)[:60],
        ])  # fmt: skip
    fields = ["year_id", "school_id", "campus_id", "name", "level", "grade", "combined_with_id", "sessions_a_week",
              "is_special", "sort_key"]  # fmt: skip
    return journal.create(Classroom, fields, table, ids=[room.id for room in rooms if room.id])


def _enrol(journal: Journal, rollover: Rollover, plan: Plan, day: date) -> None:
    going = [pupil for pupil in plan.moving if pupil.is_going]
    journal.change(Enrolment, ["is_current"], {pupil.enrolment_id: [False] for pupil in going})
    fields = ["person_id", "year_id", "school_id", "campus_id", "classroom_id", "level", "grade", "status", "status_on",
              "joined_on", "is_repeat", "is_current", "sort_key"]  # fmt: skip
    journal.create(Enrolment, fields, [_row(pupil, rollover, day) for pupil in going])


def _row(pupil: PupilYear, rollover: Rollover, day: date) -> list[Any]:
    room = pupil.target
    return [
        pupil.person_id, rollover.to_year_id, rollover.school_id, room.campus_id if room else pupil.campus_id,
        room.id if room else None, pupil.next_level, pupil.next_grade, pupil.status,
        day if pupil.status == Status.STUDYING else pupil.status_on, day, pupil.outcome == "retain", True,
        pupil.sort_key,
    ]  # fmt: skip


def _end(journal: Journal, plan: Plan, day: date) -> None:
    journal.change(
        Enrolment, ["status", "status_on", "left_on"],
        {
            pupil.enrolment_id: [str(_ENDS[pupil.outcome]), on, on]
            for pupil in plan.moving
            if pupil.outcome in _ENDS
            for on in [max(day, pupil.status_on)]
        },
    )  # fmt: skip


def _record(journal: Journal, rollover: Rollover, plan: Plan, day: date) -> None:
    """The outcome belongs to the year that ends, and to its class."""
    left = "Không học tiếp sau khi hết năm học"
    journal.create(
        EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on", "reason_code", "reason"],
        [
            [pupil.enrolment_id, rollover.school_id, pupil.classroom_id, str(_EVENTS[pupil.outcome]),
             max(day, pupil.status_on), *(("other", left) if pupil.outcome == "leave" else ("", ""))]
            for pupil in plan.moving
        ],
    )  # fmt: skip


@action("roster.undo_rollover", permission="roster.roll_over")
def undo_rollover(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Take the sweep back, exactly, as long as it is not confirmed and nobody has gone on in the coming year."""
    _check(rollover, version, RolloverState.DONE)
    result = rollover.result
    made: dict[str, list[int]] = {"roster.classroom": [], "roster.enrolment": [], "roster.enrolmentevent": []}
    for kind, label, ids, *_rest in result["entries"]:
        if kind == "create":
            made[label] += ids
    _check_untouched(made)
    places, classes = _places(rollover), made["roster.classroom"]
    is_exact = restore_counts(places, result["counts_before"], result["counts_after"])
    if not is_exact:
        drop_counts(classes)
    take_back(work, result["entries"])
    if not is_exact:
        target = SchoolYear.objects.get(pk=rollover.to_year_id)
        recount(work, [rollover.school_id], target, on=target.starts_on)
        recount(work, [rollover.school_id], rollover.from_year_id, on=date.fromisoformat(result["day"]))
    work.note(**result["totals"])
    return work.change(rollover, state=RolloverState.UNDONE, result={})


def _check_untouched(made: Mapping[str, list[int]]) -> None:
    """Refuse when anything but the sweep itself hangs on the classes and enrolments it made."""
    found: dict[str, int] = {}
    for parent, own in ((Classroom, made["roster.classroom"]), (Enrolment, made["roster.enrolment"])):
        for model, column in references(parent):
            if model is HeadCount:
                continue
            rows = model._base_manager.filter(**{f"{column.name}__in": own})
            label = model._meta.label_lower
            number = rows.exclude(pk__in=made.get(label, ())).count()
            if number:
                name = str(getattr(model, "audit_name", model._meta.verbose_name))
                found[name] = found.get(name, 0) + number
    if found:
        words = ", ".join(f"{name.lower()} ({number})" for name, number in found.items())
        raise DomainError(_("Không hoàn tác được: năm học mới đã có %(what)s.") % {"what": words})


@action("roster.confirm_rollover", permission="roster.roll_over")
def confirm_rollover(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Confirm the sweep: from now on it cannot be taken back."""
    _check(rollover, version, RolloverState.DONE)
    result = {
        "totals": rollover.result["totals"],
        "classes": rollover.result["classes"],
        "day": rollover.result["day"],
    }
    return work.change(rollover, state=RolloverState.CONFIRMED, result=result)


@action("roster.drop_draft", permission="roster.manage_classes")
def drop_draft(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Put a draft aside; what was typed comes back when another is begun."""
    _check(rollover, version, RolloverState.DRAFT)
    return work.change(rollover, state=RolloverState.UNDONE)
