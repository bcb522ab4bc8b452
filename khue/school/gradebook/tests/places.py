"""What tests of the gradebook share: the sheet of Lan's course, with the cast in its class."""

from __future__ import annotations

from datetime import date
from typing import Any

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.school.gradebook import sheets
from khue.school.gradebook.models import Sheet
from tests.cast import Cast, make_enrolment, make_person

SLOT = {"tx1": 0, "tx2": 1, "tx3": 2, "tx4": 3, "gk": 5, "ck": 6}


def open_sheets(cast: Cast) -> Sheet:
    """Give every class of the cast its sheets; gives Lan's in the first term."""
    work = Work(Actor.system("gradebook.test"), "gradebook.test", [])
    sheets.follow(work, [cast.classroom, cast.second_classroom, cast.other_classroom])
    return Sheet.objects.get(course=cast.course, term=1)


def classmates(cast: Cast, count: int, **more: Any) -> list[int]:
    """More pupils in 8A3; gives their enrolments' ids."""
    names = [f"Trần Văn {chr(65 + n % 26)}{n}" for n in range(count)]
    people = [make_person(name, birth_date=date(2013, 1, 1), sex=1, ethnicity="01") for name in names]
    return [make_enrolment(person, cast.classroom, **more).pk for person in people]


def add_course(
    cast: Cast, code: str, name: str, teacher: str, *, periods: int = 105, scored: bool = True
) -> Course:
    """Another course of 8A3 and who teaches it."""
    subject, _made = Subject.objects.get_or_create(
        code=code, defaults={"name": name, "name_en": name, "short_name": name, "order": 5}
    )
    course = Course.objects.create(
        year=cast.year, school=cast.school, classroom=cast.classroom, subject=subject, periods_a_year=periods,
        assessed_by="marks" if scored else "comments",
    )  # fmt: skip
    TeachingAssignment.objects.create(
        course=course, teacher=cast.people[teacher], periods_a_year=periods,
        starts_on=cast.year.starts_on, ends_on=cast.year.ends_on,
    )  # fmt: skip
    return course
