"""The worked examples of rules/14 section 5, as far as their data exist: E2, E3, E5."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings

from khue.kernel.indicators import catalogue, computing, copying
from khue.kernel.indicators.declare import Question, value_of
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.people.records import derived
from khue.lib.numbers_vi import round_half_up
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.roster.models import Classroom, Enrolment
from khue.registry.staff.models import Position, StaffMember
from khue.school.gradebook.models import Result
from tests.cast import make_unit
from tests.indicators.province import TODAY

START = TODAY - timedelta(days=300)  # lessons have ended, the year has not
YEAR = 2040


def people(count: int) -> list[Person]:
    first = Person.objects.count()
    keys = derived("Trần Văn A")
    return Person.objects.bulk_create(
        [Person(full_name="Trần Văn A", code=f"E{first + n}", sex=1, **keys) for n in range(count)]
    )


def school_of(levels: list[str]) -> Unit:
    department = make_unit("SO", "Sở", "department", None)
    commune = make_unit("X", "Xã", "commune", department)
    for number, first in ((YEAR, START), (YEAR - 1, START - timedelta(days=365))):
        year = SchoolYear.objects.create(
            pk=number, starts_on=first - timedelta(days=9), ends_on=first + timedelta(days=330)
        )
        Term.objects.create(year=year, number=1, starts_on=first, ends_on=first + timedelta(days=120))
        Term.objects.create(
            year=year, number=2, starts_on=first + timedelta(days=125), ends_on=first + timedelta(days=260)
        )
    return make_unit("T", "Trường", "school", commune, levels=levels)


def rooms(school: Unit, count: int, grade: int = 8, year: int = YEAR, level: str = "THCS") -> list[Classroom]:
    return Classroom.objects.bulk_create(
        [
            Classroom(year_id=year, school=school, name=f"{grade}.{n}", level=level, grade=grade, sort_key="")
            for n in range(count)
        ]
    )


def enrol(some: list[Person], classes: list[Classroom], **more: Any) -> list[Enrolment]:
    return Enrolment.objects.bulk_create(
        [
            Enrolment(
                person=person, year_id=room.year_id, school_id=room.school_id, classroom=room, level=room.level,
                grade=room.grade, sort_key="",
                **{
                    "status_on": START, "joined_on": START - timedelta(days=3), "is_current": room.year_id == YEAR,
                    **more,
                },
            )
            for person, room in zip(some, [classes[n % len(classes)] for n in range(len(some))], strict=True)
        ]
    )  # fmt: skip


@pytest.fixture
def figure(db: None, tmp_path: Any) -> Iterator[Callable[..., Any]]:
    """A figure of the whole province, rounded as the indicator shows it, over a copy made when first asked."""
    done: list[bool] = []

    def of(name: str, decimals: int | None = None) -> Any:
        if not done:
            copying.refresh(whole=True)
            done.append(True)
        one = catalogue.indicators()[name]
        [cell] = computing.answer(Question((name,), YEAR))
        value = value_of(one, cell.top, cell.bottom)
        assert value is not None
        return float(round_half_up(value, one.decimals if decimals is None else decimals))

    with override_settings(VAR=str(tmp_path)):
        computing.close()
        yield of
        computing.close()


def test_e2_drop_out_and_repetition_stand_against_the_pupils_at_the_beginning(
    figure: Callable[..., Any],
) -> None:
    classes = rooms(school_of(["THCS"]), 30)
    began = enrol(people(1250), classes)
    later = START + timedelta(days=20)
    gone = [one.pk for one in began]
    Enrolment.objects.filter(pk__in=gone[:5]).update(status="dropped", status_on=later, left_on=later)
    Enrolment.objects.filter(pk__in=gone[5:17]).update(
        status="transferred_out", status_on=later, left_on=later
    )
    enrol(people(20), classes, joined_on=later)
    Result.objects.bulk_create(
        Result(
            enrolment=one, person_id=one.person_id, school_id=one.school_id, classroom_id=one.classroom_id or 0, term=0,
            rule_set="TT22_2021", learning="CHUA_DAT", outcome="O_LAI",
        )
        for one in began[100:109]
    )  # fmt: skip
    assert figure("roster.at_start") == 1250
    assert figure("roster.dropout_rate", 1) == 0.4
    assert figure("gradebook.retention_rate", 1) == 0.7
    assert figure("gradebook.retention_rate") == 0.72
    assert figure("roster.transferred_out") == 12
    assert figure("roster.came_later") == 20
    assert figure("roster.pupils") == 1250 - 5 - 12 + 20


def test_e3_class_size_pupils_a_teacher_and_teachers_a_class(figure: Callable[..., Any]) -> None:
    school = school_of(["THCS"])
    enrol(people(1215), rooms(school, 30))
    for person in people(66):
        StaffMember.objects.create(person=person, unit=school, sort_key="")
        Position.objects.create(
            person=person, unit=school, post="teacher", starts_on=START - timedelta(days=900)
        )
    Position.objects.create(
        person=people(1)[0], unit=school, post="principal", starts_on=START - timedelta(days=900)
    )
    assert figure("roster.class_size") == 40.5
    assert figure("roster.pupils_per_teacher") == 18.4
    assert figure("roster.teachers_per_class", 1) == 2.2
    assert figure("roster.teachers_due") == 57  # 30 classes of THCS at 1,9 teachers
    assert figure("roster.teachers_spare") == 9


def test_e5_transition_follows_those_who_finished_grade_5(figure: Callable[..., Any]) -> None:
    school = school_of(["TH", "THCS"])
    finished = people(200)
    enrol(finished, rooms(school, 6, grade=5, year=YEAR - 1, level="TH"), status="completed")
    enrol(finished[:198], rooms(school, 5, grade=6))
    assert figure("roster.transition_primary") == 99.0


def test_there_is_no_figure_where_there_is_nothing_to_divide_by(figure: Callable[..., Any]) -> None:
    school_of(["THCS"])
    copying.refresh(whole=True)
    [cell] = computing.answer(Question(("roster.dropout_rate",), YEAR))
    assert value_of(catalogue.indicators()["roster.dropout_rate"], cell.top, cell.bottom) is None
