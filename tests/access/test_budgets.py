"""J4: no page asks the database more than twelve questions, and none asks more when there is more to show."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.models import RoleAssignment
from khue.kernel.audit import chain
from khue.kernel.exchange.models import Import
from khue.kernel.jobs.models import Run
from khue.kernel.notify.models import Message
from khue.kernel.people.models import Account, Person, SignIn
from khue.kernel.workflow.models import Task
from khue.registry.calendar.models import SpecialDay
from khue.registry.curriculum.models import Course, Subject, TeachingAssignment
from khue.registry.roster.models import Enrolment, Guardianship, HeadCount, Homeroom
from tests import cast as make
from tests.access.browser import Browser, listening
from tests.access.policy import ALLOWED, ENTRIES
from tests.access.test_every_page import openings
from tests.access.test_matrix import Cell, request_of
from tests.access.world import ROLES, START, World

BUDGET = 12
SESSION = 1  # the sessions of these tests lie in memory; real ones cost a question
ASKING = (
    "principal",
    "department_officer",
    "guardian",
    "pupil",
)  # the first of these who may open a page does
# Pages that take a list out build it in one go and write it down: their questions are counted by tests of their own.
FILES = ("roster:pupils?file", "roster:class_export")
# What may be typed into the one search: a class, names frequent and unknown, numbers, a birth date.
TYPED = ("8a3", "Bùi", "Bùi Em", "Nguyễn", "zz", "zz 8", "0912345678", "12/03/2013", "079")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def grow(world: World, first: int, count: int) -> None:
    """More of everything in the actors' own class and school."""
    own = world.places["own"]
    ends = world.year.ends_on
    for number in range(first, first + count):
        pupil = make.make_person(f"Bùi Em {number}", birth_date=date(2013, 1, 1), sex=1, ethnicity="01")
        enrolment = make.make_enrolment(pupil, own.classroom)
        make.make_account(pupil, f"em-{number}")
        parent = make.make_person(f"Bùi Cha {number}", birth_date=date(1985, 1, 1), sex=1)
        Guardianship.objects.create(pupil=pupil, guardian=parent, relation="father", starts_on=START)
        teacher = make.make_person(f"Bùi Cô {number}", birth_date=date(1985, 1, 1), sex=2, ethnicity="01")
        make.make_staff(teacher, own.unit, "teacher")
        room = make.make_class(f"9A{number}", own.unit, world.year, 9)
        Homeroom.objects.create(classroom=room, teacher=teacher, starts_on=START, ends_on=ends)
        HeadCount.objects.create(
            school=own.unit, classroom=room, year=world.year, level="THCS", grade=9, valid_from=START, pupils=1,
            girls=1, minority=0,
        )  # fmt: skip
        subject, _made = Subject.objects.get_or_create(
            code=f"M{number}",
            defaults={"name": f"Môn {number}", "name_en": "S", "short_name": "M", "order": 90},
        )
        course = Course.objects.create(
            year=world.year, school=own.unit, classroom=own.classroom, subject=subject, periods_a_year=70,
            assessed_by="marks",
        )  # fmt: skip
        TeachingAssignment.objects.create(
            course=course, teacher=teacher, periods_a_year=70, starts_on=START, ends_on=ends
        )
        Import.objects.create(table="roster", unit=own.unit, file=own.rows["file"], options={"year": 2026})
        SpecialDay.objects.create(
            unit=own.unit, year=world.year, kind="event", name=f"Hội {number}",
            starts_on=START + timedelta(days=number), ends_on=START + timedelta(days=number),
        )  # fmt: skip
        RoleAssignment.objects.create(person=teacher, role="clerk", unit=own.unit, starts_on=START)
        make.make_unit(f"DIEM-{number}", f"Điểm {number}", "campus", own.unit)
        make.make_unit(f"THEM-{number}", f"THCS Thêm {number}", "school", world.commune, levels=["THCS"])
        chain.append(
            chain=own.unit.pk, action="roster.change_pupil", actor_id=teacher.pk, capacity="Cô",
            payload={"changes": []}, target=f"roster.enrolment:{enrolment.pk}",
            touched=[f"people.person:{own.rows['pupil'].pk}"],
        )  # fmt: skip
        for role in ASKING:
            person = world.people[role, "now"]
            _own(person, number, own.unit.pk)
    ward = Enrolment.objects.filter(classroom=own.classroom).exclude(person__guardianships__guardian=None)
    assert ward.count() >= count


def _own(person: Person, number: int, unit: int) -> None:
    Message.objects.create(person=person, kind="x", title=f"Tin {number}")
    Run.objects.create(name="jobs.sweep", title=f"Việc {number}", asked_by=person, unit_id=unit, state="done")
    Task.objects.create(
        kind="x",
        title=f"Việc {number}",
        url="/",
        action_label="Làm",
        person=person,
        subject=f"x:{person.pk}:{number}",
    )
    SignIn.objects.create(
        account=Account.objects.get(person=person), session_hash=f"{person.pk}-{number}", method="password",
        device="Máy", seen_at=timezone.now(),
    )  # fmt: skip


def pages() -> list[Cell]:
    found = []
    for cell in openings("GET"):
        if cell.entry.name in FILES:
            continue
        roles = [
            role for role in ASKING if ENTRIES[cell.entry.name].verdict("GET", role, "now", "own") == ALLOWED
        ]
        found += [Cell(cell.entry, cell.route, "GET", role, "now", "own") for role in roles[:1]]
    return found


def counted(world: World, browser: Browser, cells: list[Cell]) -> dict[str, list[str]]:
    found = {}
    for cell in cells:
        with listening() as heard:
            browser.send("GET", **request_of(world, cell))
        found[str(cell)] = [text for text in heard.texts if "SAVEPOINT" not in text]
    return found


def test_no_page_asks_more_than_twelve_questions_nor_more_when_there_is_more(
    world: World, browser: Browser
) -> None:
    cells = pages()
    grow(world, 0, 6)
    few = counted(world, browser, cells)
    grow(world, 6, 12)
    many = counted(world, browser, cells)
    dear = [
        f"{name}: {len(texts) + SESSION}" for name, texts in many.items() if len(texts) + SESSION > BUDGET
    ]
    growing = [
        f"{name}: {len(few[name])} → {len(many[name])}" for name in few if len(many[name]) > len(few[name])
    ]
    assert not dear + growing, "\n".join(dear + growing)


@pytest.mark.parametrize("role", ROLES)
def test_the_one_search_keeps_the_budget_whatever_is_typed(world: World, browser: Browser, role: str) -> None:
    asked = {}
    for text in TYPED:
        with listening() as heard:
            path = f"{reverse('home:find')}?{urlencode({'q': text})}"
            assert browser.send("GET", path, session=world.cookies[role, "now"]).status_code == 200
        asked[text] = SESSION + len([one for one in heard.texts if "SAVEPOINT" not in one])
    assert max(asked.values()) <= BUDGET, asked
