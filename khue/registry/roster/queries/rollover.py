"""Reads of year-end rollovers: whose they are, and what a sweep would do; nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.lib.class_names import class_name_key
from khue.lib.dates import format_date
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.roster import rules, rules_year
from khue.registry.roster.models import Classroom, Enrolment, Rollover, RolloverState, Transfer, TransferState
from khue.registry.roster.queries.places import reaches
from khue.registry.roster.rules_year import Plan, Problem, PupilYear, RoomAfter, RoomBefore

Results = Callable[[Sequence[int]], dict[int, str]]
OPEN_TRANSFERS = (TransferState.SUBMITTED, TransferState.ACCEPTED, TransferState.RELEASED)


@cache
def _results() -> Results | None:
    dotted = next((module.outcome_source for module in registry.modules() if module.outcome_source), "")
    return registry.load(dotted) if dotted else None


def rollovers(actor: Actor, permission: str = "roster.roll_over") -> QuerySet[Rollover]:
    """The rollovers of the actor's schools, newest first."""
    rows = Rollover.objects.visible_to(actor, permission).select_related("school", "from_year", "to_year")
    return rows.order_by("-pk")


def current(actor: Actor, school: Unit, year: SchoolYear) -> Rollover | None:
    """The rollover that is the school's business now: that of this year, else the one that led into it.

    The latter is shown until the year begins, and for as long as it waits to be confirmed.
    """
    rows = rollovers(actor).filter(school=school, from_year_id__in=[year.pk, year.pk - 1])
    found = {row.from_year_id: row for row in rows.exclude(state=RolloverState.UNDONE)}
    earlier = found.get(year.pk - 1)
    if earlier is not None and earlier.state != RolloverState.DONE and year.starts_on <= timezone.localdate():
        earlier = None
    return found.get(year.pk) or earlier


def ending_year(actor: Actor, school: Unit) -> SchoolYear | None:
    """The year the school's pupils are in now (most of them); the year of today where there is no pupil."""
    if not actor.holds("roster.roll_over"):
        return None
    found = SchoolYear.objects.raw(
        "select y.* from calendar_school_year y left join (select year_id, count(*) as pupils from roster_enrolment "
        "where school_id = %s and is_current and status = any(%s) group by 1) n on n.year_id = y.id "
        "where n.pupils > 0 or y.starts_on <= %s order by n.pupils desc nulls last, y.id desc limit 1",
        [school.pk, list(rules.PRESENT), timezone.localdate()],
    )
    return next(iter(found), None)


def plan(actor: Actor, rollover: Rollover) -> Plan:
    """What the sweep would do as the records stand now; three queries, however many pupils."""
    if not reaches(actor, "roster.roll_over", rollover.school):
        return Plan([], {}, [], [])
    return all_plan(rollover)


def all_plan(rollover: Rollover, *, lock: bool = False) -> Plan:
    """The plan of a rollover; with `lock` the enrolments it is about are locked, for the sweep itself."""
    pupils = _pupils(rollover, lock=lock)
    source = _results()
    results = source([pupil.enrolment_id for pupil in pupils]) if source and pupils else {}
    before, there = _rooms(rollover)
    made = rules_year.make_plan(
        before, pupils, rollover.school.levels, class_names=rollover.class_names, outcomes=rollover.outcomes,
        results=results, there=there,
    )  # fmt: skip
    made.problems[:0] = _year_problems(rollover)
    if not made.moving:
        made.problems.append(Problem("nobody", {}, is_blocking=True))
    return made


def _rooms(rollover: Rollover) -> tuple[list[RoomBefore], list[RoomAfter]]:
    """The classes of the ending year, and those that the coming one has already."""
    own = set(rollover.result.get("classes", ()))
    before, there = [], []
    rows = Classroom.objects.filter(
        school_id=rollover.school_id, year_id__in=[rollover.from_year_id, rollover.to_year_id]
    )
    for room in rows.order_by("sort_key", "pk"):
        if room.year_id == rollover.from_year_id:
            before.append(
                RoomBefore(
                    room.pk, room.name, room.grade, room.level, room.campus_id, room.sort_key, room.sessions_a_week,
                    room.is_special, room.combined_with_id,
                )
            )  # fmt: skip
        elif room.closed_on is None:
            there.append(
                RoomAfter(
                    class_name_key(room.name), room.name, room.grade, room.level, room.campus_id, room.sessions_a_week,
                    room.is_special, id=room.pk, is_own=room.pk in own,
                )
            )  # fmt: skip
    return before, there


def _pupils(rollover: Rollover, *, lock: bool) -> list[PupilYear]:
    rows = Enrolment.objects.filter(
        school_id=rollover.school_id, year_id=rollover.from_year_id, is_current=True, status__in=rules.PRESENT
    ).annotate(
        waits=Exists(Transfer.objects.filter(enrolment=OuterRef("pk"), state__in=OPEN_TRANSFERS)),
        is_there=Exists(
            Enrolment.objects.filter(
                person=OuterRef("person"), school_id=rollover.school_id, year_id=rollover.to_year_id
            )
        ),
    )
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = []
    fields: list[Any]
    for *fields, waits, is_there in rows.order_by("sort_key", "pk").values_list(
        "pk", "person_id", "person__full_name", "sort_key", "status", "status_on", "classroom_id", "campus_id", "grade",
        "level", "waits", "is_there",
    ):  # fmt: skip
        pupil = PupilYear(*fields)
        pupil.held = "transfer" if waits else "there" if is_there else ""
        found.append(pupil)
    return found


def _year_problems(rollover: Rollover) -> list[Problem]:
    found = []
    if rollover.to_year.is_closed:
        found.append(Problem("year", {"year": rollover.to_year.label}, is_blocking=True))
    last = all_last_lesson_day(rollover.from_year_id)
    if last is not None and timezone.localdate() <= last:
        found.append(Problem("running", {"day": format_date(last)}))
    return found


def all_is_open(year_id: int) -> bool:
    """Whether the province has opened a school year and not closed it."""
    return SchoolYear.objects.filter(pk=year_id, is_closed=False).exists()


def all_last_lesson_day(year_id: int) -> date | None:
    """The last day of the second term; None when the calendar has none."""
    return Term.objects.filter(year_id=year_id).order_by("-number").values_list("ends_on", flat=True).first()


def all_words(problem: Problem) -> str:
    """A problem as the page and the refusal say it."""
    texts = {
        "year": _("Năm học %(year)s chưa mở. Sở mở năm học ở Lịch năm học, rồi trường kết chuyển."),
        "running": _("Năm học này còn dạy đến %(day)s. Chạy sớm thì các em sang lớp mới ngay khi chạy."),
        "nobody": _("Trường không còn em nào để kết chuyển."),
        "no_name": _("Lớp %(old)s chưa có tên năm sau: các em lên lớp, xếp lớp sau."),
        "other_grade": _("Lớp %(old)s không dùng được tên %(name)s: năm sau tên ấy là của khối %(grade)s."),
        "taken": _("Năm sau đã có lớp %(name)s: các em lớp %(old)s vào lớp ấy."),
        "joined": _("Lớp %(old)s gộp vào %(name)s cùng với lớp khác."),
        "no_class": _("%(n)s em chưa xếp lớp năm nay: sang năm vẫn chờ xếp lớp."),
        "transfers": _("%(n)s em có đơn chuyển trường chưa xong: để lại năm nay, chuyển nốt khi đơn xong."),
        "already_there": _("%(n)s em đã có trong danh sách năm sau: để nguyên."),
    }
    return texts[problem.kind] % problem.values
