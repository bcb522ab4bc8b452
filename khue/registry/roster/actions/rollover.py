"""The end of a school year in one sweep: promote, retain, leave, complete; undone as long as it is not confirmed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.org.models import Unit, UnitKind
from khue.lib.class_names import class_name_key, class_sort_key
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import rules
from khue.registry.roster.actions import records
from khue.registry.roster.actions.classes import check_name
from khue.registry.roster.events import RolledOver
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    EventKind,
    Homeroom,
    Rollover,
    RolloverState,
    Status,
    Transfer,
)
from khue.registry.roster.queries.rollover import Pupil, all_default_class_names, all_pupils


@action("roster.draft_rollover", permission="roster.roll_over")
def draft_rollover(work: Work, school: Unit, *, from_year_id: int) -> Rollover:
    """Prepare the sweep of a school: every class with its name of next year, every pupil with what follows by default."""
    if school.kind != UnitKind.SCHOOL:
        raise DomainError(_("Kết chuyển làm ở từng trường."))
    source = SchoolYear.objects.get(pk=from_year_id)
    target = SchoolYear.objects.filter(pk=from_year_id + 1).first()
    if target is None:
        raise DomainError(
            _("Tỉnh chưa mở năm học %(year)s.") % {"year": f"{from_year_id + 1}-{from_year_id + 2}"}
        )
    if Rollover.objects.filter(school=school, from_year=source).exclude(state=RolloverState.UNDONE).exists():
        raise DomainError(_("Trường đã có một lần kết chuyển của năm học này."))
    return work.create(
        Rollover(
            school=school,
            from_year=source,
            to_year=target,
            class_names=all_default_class_names(school.pk, from_year_id),
        )
    )


def _draft(rollover: Rollover, version: int) -> None:
    if rollover.state != RolloverState.DRAFT:
        raise DomainError(_("Lần kết chuyển này không còn là bản chuẩn bị."))
    if rollover.version != version:
        raise Conflict(_("Người khác vừa sửa bản chuẩn bị. Mở lại để xem."))


@action("roster.set_outcomes", permission="roster.roll_over")
def set_outcomes(
    work: Work,
    rollover: Rollover,
    *,
    version: int,
    outcomes: Mapping[int, str],
    class_names: Mapping[int, str],
) -> Rollover:
    """Say what becomes of single pupils, and what classes are called next year; what is default is not kept."""
    _draft(rollover, version)
    school = Unit.objects.get(pk=rollover.school_id)
    pupils = {one.enrolment_id: one for one in all_pupils(rollover)}
    kept = dict(rollover.outcomes)
    for pk, outcome in outcomes.items():
        pupil = pupils.get(pk)
        if pupil is None:
            continue
        if outcome not in rules.allowed_outcomes(pupil.grade, pupil.level, school.levels):
            raise DomainError(
                _("Em %(name)s: không chọn được “%(outcome)s”.")
                % {"name": pupil.name, "outcome": rules.OUTCOMES.get(outcome, outcome)}
            )
        if outcome == pupil.default:
            kept.pop(str(pk), None)
        else:
            kept[str(pk)] = outcome
    names = dict(rollover.class_names)
    for pk, name in class_names.items():
        if str(pk) in names:
            names[str(pk)] = " ".join(name.split())[:30]
    doubles = [
        name
        for name in names.values()
        if name and sum(class_name_key(n) == class_name_key(name) for n in names.values()) > 1
    ]
    if doubles:
        raise DomainError(
            _("Hai lớp cùng mang tên %(name)s ở năm sau.") % {"name": doubles[0]},
            fields={"class_names": doubles[0]},
        )
    return work.change(rollover, outcomes=kept, class_names=names)


@action("roster.run_rollover", permission="roster.roll_over")
def run_rollover(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Write the next year of a school at once: classes, enrolments and events by COPY, one statement each."""
    _draft(rollover, version)
    source = SchoolYear.objects.get(pk=rollover.from_year_id)
    target = records.open_year(rollover.to_year_id)
    school = Unit.objects.get(pk=rollover.school_id)
    pupils = all_pupils(rollover, lock=True)
    if not pupils:
        raise DomainError(_("Trường không có em nào để kết chuyển."))
    waiting = Transfer.objects.filter(
        enrolment__in=[p.enrolment_id for p in pupils], state__in=["submitted", "accepted", "released"]
    ).count()
    if waiting:
        raise DomainError(
            _("Còn %(n)s đơn chuyển trường chưa xong. Xong hoặc rút đơn trước.") % {"n": waiting}
        )
    rooms, made_rooms = _rooms(work, school, target, rollover, pupils)
    going = [p for p in pupils if p.outcome in ("promote", "retain")]
    staying = [p for p in pupils if p.outcome in ("complete", "leave")]
    work.change_many(Enrolment, ["is_current"], {p.enrolment_id: ([True], [False]) for p in going})
    taken = _already_there(school.pk, target.pk, going)
    table = [_next_row(p, school, target, rooms) for p in going if p.person_id not in taken]
    fields = [
        "person_id", "year_id", "school_id", "campus_id", "classroom_id", "level", "grade", "status", "status_on",
        "joined_on", "is_repeat", "is_current", "sort_key",
    ]  # fmt: skip
    new_ids = work.create_many(Enrolment, fields, table)
    day = min(timezone.localdate(), source.ends_on)
    ends = _ends(staying, day)
    work.change_many(Enrolment, ["status", "status_on", "left_on"], ends)
    events = [
        [pk, school.pk, row[4], EventKind.RETAINED if row[10] else EventKind.PROMOTED, target.starts_on]
        for pk, row in zip(new_ids, table, strict=True)
    ]
    events += [
        [
            p.enrolment_id,
            school.pk,
            p.classroom_id,
            EventKind.COMPLETED if p.outcome == "complete" else EventKind.DROPPED,
            ends[p.enrolment_id][1][1],
        ]
        for p in staying
    ]
    event_ids = work.create_many(
        EnrolmentEvent, ["enrolment_id", "school_id", "classroom_id", "kind", "on"], events
    )
    recount(work, [school], target, on=target.starts_on)
    recount(work, [school], source, on=day)
    work.note(promoted=sum(p.outcome == "promote" for p in pupils), retained=sum(p.outcome == "retain" for p in pupils),
              completed=sum(p.outcome == "complete" for p in pupils), left=sum(p.outcome == "leave" for p in pupils))  # fmt: skip
    work.touch_people(p.person_id for p in pupils)
    result = {
        "enrolments": new_ids, "events": event_ids, "classes": made_rooms, "old_current": [p.enrolment_id for p in going],
        "ended": {str(p.enrolment_id): [p.status, p.status_on.isoformat()] for p in staying}, "day": day.isoformat(),
    }  # fmt: skip
    work.announce(RolledOver(rollover.pk, school.pk, source.pk, target.pk))
    return work.change(rollover, state=RolloverState.DONE, result=result)


def _rooms(
    work: Work, school: Unit, target: SchoolYear, rollover: Rollover, pupils: list[Pupil]
) -> tuple[dict[int, dict[str, Any]], list[int]]:
    """Old class -> next year's class; made where the school has none of that name yet."""
    needed = {p.classroom_id for p in pupils if p.outcome == "promote" and p.classroom_id}
    old = {room.pk: room for room in Classroom.objects.filter(pk__in=needed)}
    known = {
        class_name_key(room.name): {
            "id": room.pk,
            "campus_id": room.campus_id,
            "grade": room.grade,
            "level": room.level,
        }
        for room in Classroom.objects.filter(school=school, year=target, closed_on__isnull=True)
    }
    found: dict[int, dict[str, Any]] = {}
    lines: list[list[Any]] = []
    keys: list[tuple[int, str]] = []
    for pk, room in old.items():
        name = rollover.class_names.get(str(pk), "")
        if not name:
            continue
        key = class_name_key(name)
        if key in known:
            found[pk] = known[key]
            continue
        grade, level = room.grade + 1, rules.level_of_next(room.grade, room.level)
        shown = check_name(name, school.pk, target.pk, grade)
        lines.append(
            [
                target.pk,
                school.pk,
                room.campus_id,
                shown,
                level,
                grade,
                class_sort_key(shown)[:60],
                room.sessions_a_week,
                room.is_special,
            ]
        )
        keys.append((pk, key))
    ids = work.create_many(
        Classroom,
        [
            "year_id",
            "school_id",
            "campus_id",
            "name",
            "level",
            "grade",
            "sort_key",
            "sessions_a_week",
            "is_special",
        ],
        lines,
    )
    for new_id, (pk, _key), line in zip(ids, keys, lines, strict=True):
        found[pk] = {"id": new_id, "campus_id": line[2], "grade": line[5], "level": line[4]}
    return found, ids


def _already_there(school_id: int, year_id: int, going: list[Pupil]) -> set[int]:
    return set(
        Enrolment.objects.filter(
            school_id=school_id, year_id=year_id, person_id__in=[p.person_id for p in going]
        ).values_list("person_id", flat=True)
    )


def _next_row(
    p: Pupil, school: Unit, target: SchoolYear, rooms: Mapping[int, Mapping[str, Any]]
) -> list[Any]:
    is_repeat = p.outcome == "retain"
    room = rooms.get(p.classroom_id or 0) if not is_repeat else None
    grade = p.grade if is_repeat else p.grade + 1
    level = p.level if is_repeat else rules.level_of_next(p.grade, p.level)
    status = Status.RESERVED if p.status == Status.RESERVED else Status.STUDYING
    day = target.starts_on
    return [
        p.person_id, target.pk, school.pk, room["campus_id"] if room else None, room["id"] if room else None, level, grade,
        status, day, day, is_repeat, True, p.sort_key,
    ]  # fmt: skip


def _ends(staying: list[Pupil], day: date) -> dict[int, tuple[list[Any], list[Any]]]:
    ends: dict[int, tuple[list[Any], list[Any]]] = {}
    for p in staying:
        status = Status.COMPLETED if p.outcome == "complete" else Status.DROPPED
        on = max(day, p.status_on)
        ends[p.enrolment_id] = ([p.status, p.status_on, None], [status, on, on])
    return ends


@action("roster.undo_rollover", permission="roster.roll_over")
def undo_rollover(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Take the sweep back as long as nobody confirmed it and nobody went on working in the new year."""
    if rollover.state != RolloverState.DONE:
        raise DomainError(_("Chỉ hoàn tác được khi đã chuyển và chưa xác nhận."))
    if rollover.version != version:
        raise Conflict(_("Người khác vừa làm việc với lần kết chuyển này. Mở lại để xem."))
    result = rollover.result
    new = result["enrolments"]
    later = (
        EnrolmentEvent.objects.filter(enrolment__in=new).exclude(pk__in=result["events"]).count()
        + Enrolment.objects.filter(pk__in=new, version__gt=1).count()
        + Transfer.objects.filter(enrolment__in=new).count()
        + Homeroom.objects.filter(classroom__in=result["classes"]).count()
        + Enrolment.objects.filter(classroom__in=result["classes"]).exclude(pk__in=new).count()
    )
    if later:
        raise DomainError(
            _("Không hoàn tác được: đã có %(n)s việc làm tiếp trong năm học mới.") % {"n": later}
        )
    work.remove_many(EnrolmentEvent, result["events"])
    work.remove_many(Enrolment, new)
    work.remove_many(Classroom, result["classes"])
    work.change_many(Enrolment, ["is_current"], {pk: ([False], [True]) for pk in result["old_current"]})
    current = {
        row.pk: row
        for row in Enrolment.objects.select_for_update().filter(pk__in=[int(pk) for pk in result["ended"]])
    }
    work.change_many(
        Enrolment,
        ["status", "status_on", "left_on"],
        {
            int(pk): ([current[int(pk)].status, current[int(pk)].status_on, current[int(pk)].left_on],
                      [status, date.fromisoformat(on), None])
            for pk, (status, on) in result["ended"].items()
        },
    )  # fmt: skip
    recount(
        work,
        [rollover.school_id],
        rollover.to_year_id,
        on=SchoolYear.objects.get(pk=rollover.to_year_id).starts_on,
    )
    recount(work, [rollover.school_id], rollover.from_year_id, on=date.fromisoformat(result["day"]))
    return work.change(rollover, state=RolloverState.UNDONE, result={})


@action("roster.confirm_rollover", permission="roster.roll_over")
def confirm_rollover(work: Work, rollover: Rollover, *, version: int) -> Rollover:
    """Confirm the sweep: from now on it cannot be taken back."""
    if rollover.state != RolloverState.DONE:
        raise DomainError(_("Chưa có gì để xác nhận."))
    if rollover.version != version:
        raise Conflict(_("Người khác vừa làm việc với lần kết chuyển này. Mở lại để xem."))
    return work.change(rollover, state=RolloverState.CONFIRMED)


@action("roster.drop_draft", permission="roster.roll_over")
def drop_draft(work: Work, rollover: Rollover) -> Rollover:
    """Throw a draft away."""
    if rollover.state != RolloverState.DRAFT:
        raise DomainError(_("Chỉ bỏ được bản chuẩn bị."))
    return work.change(rollover, state=RolloverState.UNDONE)
