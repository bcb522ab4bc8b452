"""Courses and teaching assignments of a demo province: what the 2018 programme gives each class, shared out fairly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Final

from khue.kernel.demo import plan, small
from khue.kernel.demo.engine import Demo
from khue.kernel.demo.plan import Room, School, Teacher
from khue.lib.workload import TEACHING_WEEKS, WEEKLY_NORM, Post
from khue.registry.calendar.demo import RETURN, YEAR, YEAR_ENDS
from khue.registry.curriculum import programme
from khue.registry.curriculum.programme import (
    COMPULSORY,
    ELECTIVE,
    ELECTIVES_TAKEN,
    PERIODS_OF_TOPIC,
    PlanLine,
)

NORM: Final = {
    plan.PRESCHOOL: 0,
    plan.PRIMARY: WEEKLY_NORM[Post.PRIMARY] * TEACHING_WEEKS,
    plan.LOWER: WEEKLY_NORM[Post.LOWER_SECONDARY] * TEACHING_WEEKS,
    plan.UPPER: WEEKLY_NORM[Post.UPPER_SECONDARY] * TEACHING_WEEKS,
    plan.CONTINUING: WEEKLY_NORM[Post.UPPER_SECONDARY] * TEACHING_WEEKS,
}
HOMEROOM: Final = 4 * TEACHING_WEEKS
OVERLOAD: Final = 1.08  # beyond this share of the norm a subject is given to colleagues
# What the homeroom teacher of a primary class teaches whatever happens; the rest when no specialist is free.
OWN_SUBJECTS: Final = frozenset({"TIENG_VIET", "TOAN", "DAO_DUC", "TNXH", "LS_DL", "KHOA_HOC", "HDTN"})
COMBINATIONS: Final = (
    ("VAT_LI", "HOA_HOC", "SINH_HOC", "TIN_HOC"),
    ("DIA_LI", "KTPL", "TIN_HOC", "CONG_NGHE"),
    ("VAT_LI", "HOA_HOC", "TIN_HOC", "CONG_NGHE"),
    ("DIA_LI", "KTPL", "SINH_HOC", "CONG_NGHE"),
    ("VAT_LI", "HOA_HOC", "DIA_LI", "KTPL"),
)
LESSONS_OF_LAN: Final = ("8A3", "8A5", "9A2")
LEAVE_FROM: Final = date(2026, 11, 2)


def make(demo: Demo) -> None:
    """The programme, a course for each subject of each class, and who teaches it; some substitutes in the small one."""
    _programme(demo)
    _Maker(demo).run()


def _programme(demo: Demo) -> None:
    subjects = demo.table("curriculum.Subject", "code", "name", "name_en", "short_name", "order", "words")
    for order, line in enumerate(programme.SUBJECTS, start=1):
        subjects.add(line.code, line.name, line.name_en, line.short_name, order, line.words)
    plans = demo.table(
        "curriculum.SubjectPlan",
        "id", "subject_id", "level", "grade", "kind", "periods_a_year", "assessed_by", "valid_from", "source",
    )  # fmt: skip
    for row in programme.plan_lines():
        plans.add(
            demo.id("curriculum.SubjectPlan"), row.subject, row.level, row.grade, row.kind, row.periods_a_year,
            row.assessed_by, row.valid_from, programme.SOURCE,
        )  # fmt: skip


class _Maker:
    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.lines: dict[tuple[str, int], list[PlanLine]] = {}
        for line in programme.plan_lines():
            self.lines.setdefault((line.level, line.grade), []).append(line)
        self.courses = demo.table(
            "curriculum.Course",
            "id", "year_id", "school_id", "classroom_id", "subject_id", "periods_a_year", "assessed_by",
        )  # fmt: skip
        self.assignments = demo.table(
            "curriculum.TeachingAssignment",
            "id", "course_id", "teacher_id", "role", "periods_a_year", "starts_on", "ends_on", "reason",
        )  # fmt: skip
        self.next_course = demo.counter("curriculum.Course")
        self.next_assignment = demo.counter("curriculum.TeachingAssignment")

    def run(self) -> None:
        for school in self.demo.get("org.schools"):
            rng = self.demo.rng("curriculum", school.code)
            load: dict[int, int] = {}
            for room in school.rooms:
                load[room.homeroom] = load.get(room.homeroom, 0) + HOMEROOM
            for level in school.levels:
                rooms = [room for room in school.rooms if room.level == level]
                teachers = [teacher for teacher in school.teachers if teacher.level == level]
                if level == plan.PRESCHOOL:
                    self._preschool(school, rooms, teachers)
                elif teachers:
                    self._level(rng, school, rooms, teachers, load)
            self.demo.breathe()

    def _course(self, school: School, room: Room, subject: str, periods: int, assessed_by: str) -> int:
        pk = self.next_course()
        self.courses.line(f"{pk}\t{YEAR}\t{school.id}\t{room.id}\t{subject}\t{periods}\t{assessed_by}")
        return pk

    def _assign(
        self, course: int, teacher: int, periods: int, role: str = "main", since: date = RETURN,
        until: date = YEAR_ENDS, reason: str = "",
    ) -> None:  # fmt: skip
        self.assignments.line(
            f"{self.next_assignment()}\t{course}\t{teacher}\t{role}\t{periods}\t{since}\t{until}\t{reason}"
        )

    def _preschool(self, school: School, rooms: list[Room], teachers: list[Teacher]) -> None:
        """A preschool group has its homeroom teacher and a second one; periods are not counted there."""
        homerooms = {room.homeroom for room in rooms}
        others = [teacher.person_id for teacher in teachers if teacher.person_id not in homerooms]
        for room in rooms:
            course = self._course(school, room, "MAM_NON", 0, programme.C)
            if room.homeroom:
                self._assign(course, room.homeroom, 0)
            if others:
                self._assign(course, others.pop(), 0, role="co")

    def _subjects(self, room: Room, number: int) -> Iterable[tuple[str, int, str]]:
        """Subject, periods a year and assessment of everything a class learns."""
        lines = self.lines[room.level, room.grade]
        yield from (
            (line.subject, line.periods_a_year, line.assessed_by) for line in lines if line.kind == COMPULSORY
        )
        if room.level not in (plan.UPPER, plan.CONTINUING):
            return
        taken = COMBINATIONS[4 if room.level == plan.CONTINUING else number % len(COMBINATIONS)][
            :ELECTIVES_TAKEN
        ]
        electives = {line.subject: line for line in lines if line.kind == ELECTIVE}
        for place, subject in enumerate(taken):
            topic = PERIODS_OF_TOPIC if place < 3 and room.level == plan.UPPER else 0
            yield subject, electives[subject].periods_a_year + topic, electives[subject].assessed_by

    def _lessons_of_the_cast(self, school: School) -> dict[tuple[str, str], int]:
        cast = self.demo.get("staff.cast")
        if cast and school.code == small.LE_QUY_DON:
            return {("TOAN", name): cast["lan"] for name in LESSONS_OF_LAN}
        return {("NGU_VAN", "8A"): cast["mai"]} if cast and school.code == small.MUONG_KHOA else {}

    def _level(
        self, rng: Random, school: School, rooms: list[Room], teachers: list[Teacher], load: dict[int, int]
    ) -> None:
        wanted: list[tuple[Room, str, int, str]] = [
            (room, subject, periods, assessed)
            for number, room in enumerate(rooms)
            for subject, periods, assessed in self._subjects(room, number)
        ]
        level = rooms[0].level if rooms else school.levels[0]
        trained: dict[str, list[int]] = {}
        for teacher in teachers:
            trained.setdefault(teacher.subject, []).append(teacher.person_id)
            load.setdefault(teacher.person_id, 0)
        everyone = [teacher.person_id for teacher in teachers]
        own = OWN_SUBJECTS if level == plan.PRIMARY else frozenset({"HDTN"})
        fixed = self._lessons_of_the_cast(school)
        chosen: dict[tuple[int, str], int] = {}
        for room, subject, periods, _assessed in wanted:
            teacher_id = fixed.get((subject, room.name)) or (room.homeroom if subject in own else 0)
            if teacher_id:
                chosen[room.id, subject] = teacher_id
                load[teacher_id] = load.get(teacher_id, 0) + periods
        limit = NORM[level] * OVERLOAD
        for room, subject, periods, _assessed in sorted(wanted, key=lambda line: -line[2]):
            if (room.id, subject) in chosen:
                continue
            if not trained.get(subject) and level == plan.PRIMARY and room.homeroom:
                best = room.homeroom
            else:
                best = min(trained.get(subject) or everyone, key=load.__getitem__)
            if load.get(best, 0) + periods > limit:
                best = min(everyone, key=load.__getitem__)
            chosen[room.id, subject] = best
            load[best] = load.get(best, 0) + periods
        away = rng.choice(everyone) if self.demo.size.has_cast and len(everyone) > 12 else 0
        if away in self.demo.get("staff.cast").values():
            away = 0
        for room, subject, periods, assessed in wanted:
            course = self._course(school, room, subject, periods, assessed)
            teacher_id = chosen[room.id, subject]
            if teacher_id != away:
                self._assign(course, teacher_id, periods)
                continue
            rest = periods * 3 // 4
            stand_in = min((t for t in everyone if t != away), key=load.__getitem__)
            load[stand_in] += rest
            self._assign(course, teacher_id, periods - rest, until=LEAVE_FROM)
            self._assign(
                course, stand_in, rest, "substitute", LEAVE_FROM, reason="Nghỉ thai sản, ốm dài ngày"
            )
