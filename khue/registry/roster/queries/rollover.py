"""Reads of year-end rollovers: whose they are, and what a sweep would do; nothing here writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import cache

from django.db import connection
from django.db.models import QuerySet
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


def current(actor: Actor, school: Unit, year_id: int) -> Rollover | None:
    """The rollover of a school and year that was not taken back."""
    rows = rollovers(actor).filter(school=school, from_year_id=year_id)
    return rows.exclude(state=RolloverState.UNDONE).first()


def ending_year(actor: Actor, school: Unit) -> SchoolYear | None:
    """The year the school's pupils are in now (most of them); the year of today where there is no pupil."""
    if not actor.holds("roster.roll_over"):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "select year_id from roster_enrolment where school_id = %s and is_current and status = any(%s) "
            "group by year_id order by count(*) desc, year_id limit 1",
            [school.pk, list(rules.PRESENT)],
        )
        row = cursor.fetchone()
    if row is not None:
        return SchoolYear.objects.filter(pk=row[0]).first()
    return SchoolYear.objects.filter(starts_on__lte=timezone.localdate()).order_by("-pk").first()


def plan(actor: Actor, rollover: Rollover) -> Plan:
    """What the sweep would do as the records stand now; eight queries, however many pupils."""
    if not rollovers(actor).filter(pk=rollover.pk).exists():
        return Plan([], {}, [], [])
    return all_plan(rollover)


def all_plan(rollover: Rollover, *, lock: bool = False) -> Plan:
    """The plan of a rollover; with `lock` the enrolments it is about are locked, for the sweep itself."""
    school = Unit.objects.get(pk=rollover.school_id)
    pupils = _pupils(rollover, lock=lock)
    source = _results()
    results = source([pupil.enrolment_id for pupil in pupils]) if source and pupils else {}
    made = _plan_of(rollover, school, pupils, results)
    made.problems[:0] = _year_problems(rollover)
    if not made.moving:
        made.problems.append(Problem("nobody", {}, is_blocking=True))
    return made


def _plan_of(rollover: Rollover, school: Unit, pupils: list[PupilYear], results: dict[int, str]) -> Plan:
    fields = (
        "pk",
        "name",
        "grade",
        "level",
        "campus_id",
        "sort_key",
        "sessions_a_week",
        "is_special",
        "combined_with_id",
    )
    rooms = [
        RoomBefore(*row)
        for row in Classroom.objects.filter(school=school, year_id=rollover.from_year_id)
        .order_by("sort_key", "pk")
        .values_list(*fields)
    ]
    own = set(rollover.result.get("classes", ()))
    there = [
        RoomAfter(
            class_name_key(name), name, grade, level, campus_id, sessions, is_special, id=pk, is_own=pk in own
        )
        for pk, name, grade, level, campus_id, _sort, sessions, is_special, _with in Classroom.objects.filter(
            school=school, year_id=rollover.to_year_id, closed_on__isnull=True
        ).values_list(*fields)
    ]
    return rules_year.make_plan(
        rooms, pupils, school.levels, class_names=rollover.class_names, outcomes=rollover.outcomes, results=results,
        there=there,
    )  # fmt: skip


def _pupils(rollover: Rollover, *, lock: bool) -> list[PupilYear]:
    rows = Enrolment.objects.filter(
        school_id=rollover.school_id, year_id=rollover.from_year_id, is_current=True, status__in=rules.PRESENT
    )
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = [
        PupilYear(*row)
        for row in rows.order_by("sort_key", "pk").values_list(
            "pk", "person_id", "person__full_name", "sort_key", "status", "status_on", "classroom_id", "campus_id",
            "grade", "level",
        )
    ]  # fmt: skip
    waiting = set(
        Transfer.objects.filter(
            enrolment__school_id=rollover.school_id,
            enrolment__year_id=rollover.from_year_id,
            state__in=OPEN_TRANSFERS,
        ).values_list("enrolment_id", flat=True)
    )
    there = set(
        Enrolment.objects.filter(school_id=rollover.school_id, year_id=rollover.to_year_id).values_list(
            "person_id", flat=True
        )
    )
    for pupil in found:
        pupil.held = (
            "transfer" if pupil.enrolment_id in waiting else "there" if pupil.person_id in there else ""
        )
    return found


def _year_problems(rollover: Rollover) -> list[Problem]:
    year = SchoolYear.objects.filter(pk=rollover.to_year_id).first()
    found = []
    if year is None or year.is_closed:
        found.append(
            Problem("year", {"year": f"{rollover.to_year_id} – {rollover.to_year_id + 1}"}, is_blocking=True)
        )
    last = all_last_lesson_day(rollover.from_year_id)
    if last is not None and timezone.localdate() <= last:
        found.append(Problem("running", {"day": format_date(last)}))
    return found


def all_is_open(year_id: int) -> bool:
    """Whether the province has opened a school year and not closed it."""
    return SchoolYear.objects.filter(pk=year_id, is_closed=False).exists()


def all_has_begun(year_id: int) -> bool:
    """Whether a school year has begun."""
    return SchoolYear.objects.filter(pk=year_id, starts_on__lte=timezone.localdate()).exists()


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
