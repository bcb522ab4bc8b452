"""Random provinces, written into the database and into the oracle side by side, and random moves within them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

from khue.kernel.access.models import RoleAssignment
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.calendar.models import SchoolYear
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.roster.models import Classroom, Enrolment, Guardianship, Homeroom
from khue.registry.staff.models import Position, StaffMember
from tests.access.oracle import Right, Row, Span, Tree

DAY = date(2026, 11, 20)
DAYS = [DAY + timedelta(days=n) for n in (-400, -30, -1, 0, 1, 30)]
POSTS = ("principal", "vice_principal", "clerk", "teacher", "accountant")
OFFICES = ("administrator", "department_leader", "department_officer")


class Grower:
    """Grows one tree; `random` decides everything, so a seed replays it."""

    def __init__(self, chance: random.Random, first_key: int = 1_000_000) -> None:
        self.chance = chance
        self.tree = Tree(
            rows={"unit": {}, "class": {}, "enrolment": {}, "course": {}, "staff": {}, "family": {}}
        )
        self.key = first_key
        self.new: dict[type[Any], list[Any]] = {}
        self.adults: list[int] = []
        self.schools: list[int] = []
        self.campuses: dict[int, list[int]] = {}
        self.classes: dict[int, list[int]] = {}
        self.paths: dict[int, str] = {}

    def next_key(self) -> int:
        self.key += 1
        return self.key

    def add(self, model: type[Any], **values: Any) -> Any:
        row = model(**values)
        self.new.setdefault(model, []).append(row)
        return row

    def span(self) -> Span:
        starts = self.chance.choice(DAYS)
        ends = self.chance.choice([None, None, *DAYS])
        return Span(starts, max(starts, ends) if ends else None)

    def unit(self, kind: str, parent: int | None) -> int:
        key = self.next_key()
        self.paths[key] = f"{self.paths.get(parent or 0, '/')}{key}/"
        self.add(
            Unit, id=key, code=f"U{key}", name=f"U{key}", kind=kind, parent_id=parent, path=self.paths[key],
            opened_on=DAY, sort_key="", search_key="",
        )  # fmt: skip
        self.tree.above[key] = parent
        self.tree.rows["unit"][key] = Row(unit=key)
        return key

    def person(self) -> int:
        key = self.next_key()
        self.add(Person, id=key, full_name="X", given_name="X", code=f"P{key}", search_key="x", sort_key="x")
        return key

    def right(self, source: str, key: int, *rights: Right) -> None:
        self.tree.rights[source, key] = list(rights)

    # --- growing --------------------------------------------------------------------------
    def grow(self) -> Tree:
        chance = self.chance
        department = self.unit("department", None)
        communes = [
            self.unit(chance.choice(("commune", "office")), department) for _ in range(chance.randint(1, 3))
        ]
        for commune in communes:
            for _ in range(chance.randint(0, 2)):
                school = self.unit("school", commune)
                self.schools.append(school)
                self.campuses[school] = [self.unit("campus", school) for _ in range(chance.randint(0, 2))]
        self.adults = [self.person() for _ in range(chance.randint(4, 8))]
        for _ in range(chance.randint(1, 3)):
            self.assign(chance.choice(self.adults), department, communes)
        for school in self.schools:
            self.furnish(school)
        self.write()
        return self.tree

    def assign(self, person: int, department: int, communes: list[int]) -> None:
        is_high = self.chance.random() < 0.3
        unit = department if is_high else self.chance.choice(communes)
        role = self.chance.choice(OFFICES) if is_high else "office_officer"
        if any(r.person_id == person and r.unit_id == unit for r in self.new.get(RoleAssignment, [])):
            return
        span, key = self.span(), self.next_key()
        self.add(
            RoleAssignment,
            id=key,
            person_id=person,
            role=role,
            unit_id=unit,
            starts_on=span.starts,
            ends_on=span.ends,
        )
        self.right("role", key, Right(person, role, "unit", unit, span))

    def furnish(self, school: int) -> None:
        chance = self.chance
        for place in (school, *self.campuses[school]):
            for post in chance.sample(POSTS, k=chance.randint(0, 2)):
                self.post(chance.choice(self.adults), place, post)
        self.classes[school] = [self.classroom(school) for _ in range(chance.randint(0, 3))]
        for _ in range(chance.randint(0, 3)):
            self.pupil(school)

    def post(self, person: int, unit: int, post: str) -> None:
        span, key = self.span(), self.next_key()
        if post == "principal" and span.ends is None:
            span.ends = DAYS[-1] + timedelta(days=1)
            span.starts = min(span.starts, span.ends)
        self.add(
            Position, id=key, person_id=person, unit_id=unit, post=post, is_main=False, starts_on=span.starts,
            ends_on=span.ends,
        )  # fmt: skip
        role = post if post in {"principal", "vice_principal", "clerk"} else "staff_member"
        self.right("post", key, Right(person, role, "unit", unit, span))
        if person not in self.tree.rows["staff"]:
            at = unit if unit in self.schools else self.tree.above[unit]
            self.add(StaffMember, person_id=person, unit_id=at, sort_key="x")
            self.tree.rows["staff"][person] = Row(unit=at, person=person)

    def classroom(self, school: int) -> int:
        chance, key = self.chance, self.next_key()
        campus = chance.choice([None, *self.campuses[school]])
        self.add(
            Classroom, id=key, year_id=2026, school_id=school, campus_id=campus, name=f"C{key}", level="THCS", grade=8,
            sort_key="x",
        )  # fmt: skip
        at = campus or school
        self.tree.rows["class"][key] = Row(unit=at, classroom=key)
        if chance.random() < 0.6:
            self.homeroom(chance.choice(self.adults), key)
        if chance.random() < 0.6:
            course = self.next_key()
            self.add(
                Course, id=course, year_id=2026, school_id=school, classroom_id=key, subject_id="TOAN",
                periods_a_year=140, assessed_by="marks",
            )  # fmt: skip
            self.tree.rows["course"][course] = Row(unit=school, classroom=key, course=course)
            if chance.random() < 0.8:
                self.teach(chance.choice(self.adults), course, key)
        return key

    def homeroom(self, person: int, classroom: int) -> None:
        span, key = self.span(), self.next_key()
        span.ends = span.ends or date(2027, 7, 31)
        self.add(
            Homeroom,
            id=key,
            classroom_id=classroom,
            teacher_id=person,
            starts_on=span.starts,
            ends_on=span.ends,
        )
        self.right("homeroom", key, Right(person, "homeroom_teacher", "class", classroom, span))

    def teach(self, person: int, course: int, classroom: int) -> None:
        span, key = self.span(), self.next_key()
        span.ends = span.ends or date(2027, 7, 31)
        self.add(
            TeachingAssignment, id=key, course_id=course, teacher_id=person, periods_a_year=140,
            starts_on=span.starts, ends_on=span.ends,
        )  # fmt: skip
        both = (
            Right(person, "subject_teacher", "course", course, span),
            Right(person, "class_teacher", "class", classroom, span),
        )
        self.right("teaching", key, *both)

    def pupil(self, school: int) -> None:
        chance, person, key = self.chance, self.person(), self.next_key()
        self.adults.append(person)  # pupils ask too
        classroom = chance.choice([None, *self.classes[school]])
        campus = None if classroom is None else self.campus_of(classroom)
        is_current = chance.random() < 0.8
        joined = chance.choice(DAYS)
        self.add(
            Enrolment, id=key, person_id=person, year_id=2026, school_id=school, campus_id=campus,
            classroom_id=classroom, level="THCS", grade=8, status_on=joined, joined_on=joined, is_current=is_current,
            sort_key="x",
        )  # fmt: skip
        self.tree.rows["enrolment"][key] = Row(unit=campus or school, classroom=classroom, person=person)
        self.right("enrolment", key, Right(person, "pupil", "person", person, Span(joined, None), is_current))
        if chance.random() < 0.7:
            self.guard(chance.choice(self.adults[:4]), person)

    def campus_of(self, classroom: int) -> int | None:
        at = self.tree.rows["class"][classroom].unit
        return None if at in self.schools else at

    def guard(self, person: int, pupil: int) -> None:
        span, key, may_view = self.span(), self.next_key(), self.chance.random() < 0.8
        self.add(
            Guardianship, id=key, pupil_id=pupil, guardian_id=person, relation="other", may_view=may_view,
            starts_on=span.starts, ends_on=span.ends,
        )  # fmt: skip
        self.tree.rows["family"][key] = Row(person=pupil)
        self.right("guardianship", key, Right(person, "guardian", "person", pupil, span, may_view))

    def write(self) -> None:
        for model in (
            Unit, Person, RoleAssignment, StaffMember, Position, Classroom, Homeroom, Course, TeachingAssignment,
            Enrolment, Guardianship,
        ):  # fmt: skip
            if rows := self.new.get(model):
                model._base_manager.bulk_create(rows)
        self.new = {}

    # --- moving ---------------------------------------------------------------------------
    def move(self) -> str:
        """One random change of the records, in the database and in the oracle; gives its name."""
        moves = [self.move_pupil, self.end_homeroom, self.restrict_guardian, self.end_post, self.move_school]
        done = self.chance.choice(moves)
        done()
        return done.__name__

    def _one(self, source: str) -> tuple[int, list[Right]] | None:
        keys = [key for kind, key in self.tree.rights if kind == source]
        if not keys:
            return None
        key = self.chance.choice(keys)
        return key, self.tree.rights[source, key]

    def move_pupil(self) -> None:
        """A pupil goes to another class, perhaps of another school."""
        classes = list(self.tree.rows["class"])
        if not classes or not self.tree.rows["enrolment"]:
            return
        key, classroom = self.chance.choice(list(self.tree.rows["enrolment"])), self.chance.choice(classes)
        campus = self.campus_of(classroom)
        school = self.tree.above[campus] if campus else self.tree.rows["class"][classroom].unit
        Enrolment._base_manager.filter(pk=key).update(
            classroom_id=classroom, school_id=school, campus_id=campus
        )
        old = self.tree.rows["enrolment"][key]
        self.tree.rows["enrolment"][key] = Row(unit=campus or school, classroom=classroom, person=old.person)

    def end_homeroom(self) -> None:
        """A class gets no teacher from a day on."""
        self._end("homeroom", Homeroom)

    def end_post(self) -> None:
        """Somebody leaves a post."""
        self._end("post", Position)

    def _end(self, source: str, model: type[Any]) -> None:
        if (found := self._one(source)) is None:
            return
        key, rights = found
        ends = max(rights[0].span.starts, self.chance.choice(DAYS))
        model._base_manager.filter(pk=key).update(ends_on=ends)
        rights[0].span.ends = ends

    def restrict_guardian(self) -> None:
        """A court keeps a parent away, or lets them back."""
        if (found := self._one("guardianship")) is None:
            return
        key, rights = found
        rights[0].is_valid = not rights[0].is_valid
        Guardianship._base_manager.filter(pk=key).update(may_view=rights[0].is_valid)

    def move_school(self) -> None:
        """A school comes under another commune, with its campuses."""
        communes = [key for key, parent in self.tree.above.items() if parent and key not in self.schools]
        communes = [key for key in communes if self.tree.above[self.tree.above[key] or 0] is None]
        if not self.schools or not communes:
            return
        school, commune = self.chance.choice(self.schools), self.chance.choice(communes)
        self.tree.above[school] = commune
        for unit in (school, *self.campuses[school]):
            parent = self.tree.above[unit]
            self.paths[unit] = f"{self.paths[parent or 0]}{unit}/"
            Unit._base_manager.filter(pk=unit).update(parent_id=parent, path=self.paths[unit])


def ground() -> None:
    """What every tree stands on."""
    SchoolYear.objects.get_or_create(
        pk=2026, defaults={"starts_on": date(2026, 8, 1), "ends_on": date(2027, 7, 31)}
    )
    Subject.objects.get_or_create(
        code="TOAN", defaults={"name": "Toán", "name_en": "Mathematics", "short_name": "Toán", "order": 2}
    )
