"""The cast: seven people in a province of two schools, and everything they need to act.

Lan teaches Toán to 8A3 and 8A5 and is homeroom teacher of 8A3; Hùng is principal of the same school; Tâm its clerk;
Mai teaches at another school and must always fail; Bình is the father of An, a pupil of 8A3; Sơn is an officer of the
Department. Thanh is the officer of the commune in which the first school lies; Hà is a vice principal of Mai's school.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.test import Client
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.access.models import RoleAssignment
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.people.records import derived, person_code
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    Guardianship,
    HeadCount,
    Homeroom,
)
from khue.registry.staff.models import Position, StaffMember

TODAY = date(2026, 11, 20)
START = date(2026, 9, 5)


@dataclass
class Cast:
    """The people as actors, and the rows they meet."""

    department: Unit
    commune: Unit
    other_commune: Unit
    school: Unit
    other_school: Unit
    campus: Unit
    year: SchoolYear
    classroom: Classroom
    second_classroom: Classroom
    other_classroom: Classroom
    course: Course
    people: dict[str, Person] = field(default_factory=dict)
    enrolments: dict[str, Enrolment] = field(default_factory=dict)

    def actor(self, name: str, *, proved: bool = True, wanted: str = "") -> Actor:
        """The person as an actor now, with grants read from the records, identity freshly proved."""
        return actor_for(
            Account.objects.select_related("person").get(person=self.people[name]),
            wanted=wanted,
            ip="127.0.0.1",
            proved_at=timezone.now() if proved else None,
        )[0]

    def client(self, name: str, *, proved: bool = True) -> Client:
        """A browser in which the person has signed in, second factor included."""
        client = Client()
        client.force_login(
            Account.objects.get(person=self.people[name]),
            backend="khue.kernel.people.backends.AccountBackend",
        )
        session = client.session
        session["second_factor"] = "totp"
        if proved:
            session["proved_at"] = timezone.now().timestamp()
        session.save()
        return client

    def __getattr__(self, name: str) -> Any:
        people = self.__dict__.get("people", {})
        if name in people:
            return self.actor(name)
        raise AttributeError(name)


def make_unit(code: str, name: str, kind: str, parent: Unit | None, **more: Any) -> Unit:
    """A unit with its path."""
    keys = derived(name)
    unit = Unit(
        code=code, name=name, kind=kind, parent=parent, opened_on=date(2000, 1, 1),
        sort_key=keys["search_key"], search_key=keys["search_key"], path=f"/new-{code}/", **more,
    )  # fmt: skip
    unit.save()
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    unit.save(update_fields=["path"])
    return unit


def make_person(name: str, **more: Any) -> Person:
    """A person with the derived keys."""
    person = Person(full_name=name, code=f"new{Person.objects.count()}", **derived(name), **more)
    person.save()
    person.code = person_code(person.pk)
    person.save(update_fields=["code"])
    return person


def make_account(person: Person, login_name: str) -> Account:
    """An activated account whose password is nobody's business."""
    return Account.objects.create(
        person=person, login_name=login_name, password="!", activated_at=timezone.now()
    )


def make_staff(person: Person, unit: Unit, post: str) -> Position:
    """A staff record and its post."""
    StaffMember.objects.create(person=person, unit=unit, sort_key=person.sort_key)
    return Position.objects.create(person=person, unit=unit, post=post, starts_on=date(2020, 9, 1))


def make_enrolment(person: Person, classroom: Classroom, **more: Any) -> Enrolment:
    """A pupil in a class since the start of the year."""
    enrolment = Enrolment.objects.create(
        person=person, year=classroom.year, school=classroom.school, campus=classroom.campus, classroom=classroom,
        level=classroom.level, grade=classroom.grade, status_on=START, joined_on=START,
        sort_key=person.sort_key, **more,
    )  # fmt: skip
    EnrolmentEvent.objects.create(
        enrolment=enrolment, school=classroom.school, classroom=classroom, kind="admitted", on=START
    )
    return enrolment


def make_class(
    name: str, school: Unit, year: SchoolYear, grade: int, level: str = "THCS", **more: Any
) -> Classroom:
    """A class of a school."""
    return Classroom.objects.create(
        year=year, school=school, name=name, level=level, grade=grade, sort_key=f"{grade:03d}{name}", **more
    )


def build() -> Cast:
    """Make the province and its people; a few dozen statements."""
    department = make_unit("SO", "Sở GD&ĐT Lam Giang", "department", None)
    commune = make_unit("X-DONGKINH", "Phường Đông Kinh", "commune", department)
    other_commune = make_unit("X-MUONGKHOA", "Xã Mường Khoa", "commune", department)
    school = make_unit("THCS-LQD", "THCS Lê Quý Đôn", "school", commune, levels=["THCS"])
    campus = make_unit("THCS-LQD-01", "Điểm trường Bản Mới", "campus", school, levels=["THCS"])
    other_school = make_unit("THCS-MK", "THCS Mường Khoa", "school", other_commune, levels=["THCS"])
    year = SchoolYear.objects.create(pk=2026, starts_on=date(2026, 8, 1), ends_on=date(2027, 7, 31))
    Term.objects.create(year=year, number=1, starts_on=START, ends_on=date(2027, 1, 16))
    Term.objects.create(year=year, number=2, starts_on=date(2027, 1, 18), ends_on=date(2027, 5, 30))
    classroom = make_class("8A3", school, year, 8)
    second = make_class("8A5", school, year, 8)
    other_class = make_class("8A", other_school, year, 8)
    maths, _made = Subject.objects.get_or_create(
        code="TOAN", defaults={"name": "Toán", "name_en": "Mathematics", "short_name": "Toán", "order": 2}
    )
    course = Course.objects.create(
        year=year, school=school, classroom=classroom, subject=maths, periods_a_year=140, assessed_by="marks"
    )
    second_course = Course.objects.create(
        year=year, school=school, classroom=second, subject=maths, periods_a_year=140, assessed_by="marks"
    )
    found = Cast(
        department,
        commune,
        other_commune,
        school,
        other_school,
        campus,
        year,
        classroom,
        second,
        other_class,
        course,
    )
    people = found.people
    for key, name, born, sex in (
        ("lan", "Nguyễn Thị Lan", date(1985, 3, 2), 2),
        ("hung", "Trần Quốc Hùng", date(1975, 6, 9), 1),
        ("tam", "Đỗ Thị Tâm", date(1988, 1, 20), 2),
        ("mai", "Hoàng Thị Mai", date(1990, 7, 1), 2),
        ("ha", "Lò Văn Hà", date(1980, 2, 3), 1),
        ("son", "Vũ Thanh Sơn", date(1979, 11, 11), 1),
        ("thanh", "Quách Thị Thanh", date(1983, 4, 4), 2),
        ("binh", "Lê Văn Bình", date(1984, 5, 5), 1),
        ("an", "Lê Hoài An", date(2013, 3, 14), 2),
        ("khoi", "Phạm Minh Khôi", date(2013, 8, 8), 1),
        ("vy", "Lường Thảo Vy", date(2013, 2, 2), 2),
    ):
        people[key] = make_person(name, birth_date=born, sex=sex, ethnicity="01")
        make_account(people[key], key)
    make_staff(people["lan"], school, "teacher")
    make_staff(people["hung"], school, "principal")
    make_staff(people["tam"], school, "clerk")
    make_staff(people["mai"], other_school, "teacher")
    make_staff(people["ha"], other_school, "vice_principal")
    RoleAssignment.objects.create(
        person=people["son"], role="department_officer", unit=department, starts_on=date(2020, 1, 1)
    )
    RoleAssignment.objects.create(
        person=people["thanh"], role="office_officer", unit=commune, starts_on=date(2025, 7, 1)
    )
    Homeroom.objects.create(classroom=classroom, teacher=people["lan"], starts_on=START, ends_on=year.ends_on)
    Homeroom.objects.create(
        classroom=other_class, teacher=people["mai"], starts_on=START, ends_on=year.ends_on
    )
    for row in (course, second_course):
        TeachingAssignment.objects.create(
            course=row, teacher=people["lan"], periods_a_year=140, starts_on=START, ends_on=year.ends_on
        )
    found.enrolments["an"] = make_enrolment(people["an"], classroom)
    found.enrolments["khoi"] = make_enrolment(people["khoi"], second)
    found.enrolments["vy"] = make_enrolment(people["vy"], other_class)
    for room in (classroom, second, other_class):
        girls = 0 if room is second else 1
        HeadCount.objects.create(
            school=room.school, classroom=room, year=year, level="THCS", grade=8, valid_from=START,
            pupils=1, girls=girls, minority=0,
        )  # fmt: skip
    Guardianship.objects.create(
        pupil=people["an"], guardian=people["binh"], relation="father", is_main_contact=True, starts_on=START
    )
    return found
