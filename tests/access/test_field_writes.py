"""B3: a post changes what its page offers and nothing else, whatever else is written into it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models, transaction
from django.utils import timezone

from khue.config.routes import Route, routes
from khue.school.gradebook.models import Deadline, MarkRow, Result, Sheet
from tests.access import sessions
from tests.access.browser import Browser
from tests.access.policy import ALLOWED, ENTRIES, Entry
from tests.access.test_matrix import address_of
from tests.access.world import ROLES, START, World, plain

MODULE = "gradebook"
# Whose columns are tried as extra fields, and whose rows must not move.
GUARDED = (
    "gradebook", "roster.enrolment", "roster.pupilprofile", "roster.guardianship", "roster.homeroom",
    "curriculum.course", "curriculum.teachingassignment", "people.person", "people.account", "access.roleassignment",
    "org.unit", "calendar.schoolyear", "calendar.term",
)  # fmt: skip
LOCKED, OPEN, NEXT = 5, 2, 3  # slots of the own sheet: GK is locked, TX3 and TX4 are empty and open
Body = dict[str, Any]


def guarded() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label == "gradebook" or model._meta.label_lower in GUARDED
    ]


def poison(offered: set[str]) -> Body:
    """A value for every column of every guarded table that the page does not offer."""
    found: Body = {}
    for model in guarded():
        for field in model._meta.concrete_fields:
            for name in {field.name, field.attname, "id", "pk"} - offered:
                found[name] = poisoned(field)
    return found


def poisoned(field: models.Field[Any, Any]) -> str:
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateField):
        return "2020-01-01"
    if isinstance(field, models.CharField | models.TextField):
        return "approved"
    return "1"


def state() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the guarded tables; ids and clocks of rows apart."""
    found = {}
    for model in guarded():
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if not field.primary_key and not isinstance(field, models.DateTimeField)
        ]
        rows = model._base_manager.values_list(*names)
        found[model._meta.label_lower] = sorted(rows, key=repr)
    return found


# What each page offers, filled in. A function gets the rows of the own place and gives the post.
def _seen(rows: Mapping[str, Any]) -> str:
    row = rows["mark_row"]
    return orjson.dumps({str(row.enrolment_id): [*row.marks, row.comment]}).decode()


BODIES: dict[str, Callable[[Mapping[str, Any]], Body]] = {
    "sheet": lambda rows: {"seen": _seen(rows), f"{rows['enrolment'].pk}-{OPEN}": "8,5", "reason": ""},
    "save": lambda rows: {
        "cells": [[rows["enrolment"].pk, OPEN, None, 85]], "remarks": [], "source": "k", "reason": "",
    },
    "paste": lambda rows: {
        "cells": orjson.dumps([[rows["enrolment"].pk, OPEN, None, 85, "8,5", 0]]).decode(), "asked": "1", "stop": "",
        "agree": "1", "c": "tx3", "e": "", "text": "",
    },
    "publish": lambda rows: {"slots": ["0"], "seen": "0", "reason": ""},
    "phrases": lambda rows: {"text": "Câu mới.", "group": "any", "drop": ""},
    "shared_phrases": lambda rows: {"text": "Câu mới.", "group": "any", "drop": ""},
    "unlock": lambda rows: {"verb": "grant", "hours": "2", "answer": "", "explanation": ""},
    "ask_unlock": lambda rows: {"slots": [str(LOCKED)], "enrolment": "", "reason": "Chấm sót câu 3b của em An."},
    "finding": lambda rows: {"verb": "accept", "explanation": ""},
    "deadlines": lambda rows: {
        "ck-due": "2027-01-10", "ck-lock": "2027-01-20", "seen": "", "reason": "Theo kế hoạch", "lock": "",
    },
    "marks_files": lambda rows: {"file": SimpleUploadedFile("diem.xlsx", _workbook())},
    "recognise": lambda rows: {f"em-{rows['enrolment'].pk}": "Toán"},
    "enter_retest": lambda rows: {
        "buoc": "mon", "mon": ["TOAN"], "nguon": "", "version": str(_result(rows).version), "het": "",
    },
    "summer_training": lambda rows: {"nhiem-vu": "Lao động", "version": str(_result(rows).version), "da-ky": ""},
    "judge_summer": lambda rows: {"muc": "DAT", "version": str(_result(rows).version)},
    "decide_promotion": lambda rows: {
        "quyet-dinh": "len", "loi": "Xét thêm", "version": str(_result(rows).version),
    },
    "approve_results": lambda rows: {"lop": [str(rows["classroom"].pk)], "ky": "1"},
    "submit_results": lambda rows: {"ky": "1"},
    "return_results": lambda rows: {"ky": "1", "loi": "Sửa điểm"},
    "reopen_results": lambda rows: {"ky": "1", "loi": "Sửa điểm"},
    "compute_results": lambda rows: {"ky": "1"},
    "remind": lambda rows: {"all": "1", "teacher": "", "school": ""},
    "ask_explanation": lambda rows: {"row": [str(rows["finding"].pk)]},
    "marks_preview": lambda rows: {"so": "", "nhan": ""},
}  # fmt: skip
WRITES = {  # whose plain post surely changes a guarded row: what is compared is no emptiness
    "sheet", "save", "paste", "publish", "phrases", "shared_phrases", "unlock", "ask_unlock", "finding", "enter_retest",
}  # fmt: skip
JSON = {"save"}


def _result(rows: Mapping[str, Any]) -> Result:
    return Result.objects.get(pk=rows["result"].pk)


def _workbook() -> bytes:
    from khue.school.gradebook.tests import books

    return books.simple([["Ai đó", 8]])


def posts() -> dict[str, tuple[Route, Entry]]:
    """Every route of the gradebook that takes a post, with the policy's line that says who may."""
    found = {}
    for route in routes():
        if route.name.startswith(f"{MODULE}:") and "POST" in route.methods:
            entry = next(one for one in ENTRIES.values() if one.route == route.name and "POST" in one.holders)
            found[route.name.partition(":")[2]] = (route, entry)
    return found


POSTS = sorted(posts())


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def locked(world: World) -> World:
    """GK of the school is locked; the reported page of the teacher is the sheet's."""
    Deadline.objects.create(
        unit=world.places["own"].unit,
        year=world.year,
        term=1,
        column="gk",
        due_on=START,
        locks_on=timezone.localdate(),
    )
    return world


def send(
    world: World, browser: Browser, name: str, body: Body, *, role: str = ""
) -> tuple[int, dict[str, list[tuple[Any, ...]]]]:
    """Post at the own place as somebody who may; gives the answer's status and what stands there then; taken back."""
    route, entry = posts()[name]
    who = role or next(one for one in ROLES if entry.verdict("POST", one, "now", "own") == ALLOWED)
    row = world.row(entry.row, "own", who, "now") if entry.row else None
    path = address_of(route, dict.fromkeys(route.parameters, plain(row)))
    kept = dict(sessions.KEPT)
    try:
        with transaction.atomic():
            session = world.cookies[who, "now"]
            answer = browser.send("POST", path, session=session, data=body, is_json=name in JSON)
            found = state()
            transaction.set_rollback(True)
    finally:
        sessions.KEPT.clear()
        sessions.KEPT.update(kept)
    return answer.status_code, found


def body_of(world: World, name: str) -> Body:
    rows = world.places["own"].rows
    if name in BODIES:
        return BODIES[name](rows)
    return {
        key: plain(rows[text[1:]]) if text.startswith("@") else text
        for key, text in posts()[name][1].body.items()
    }


@pytest.mark.parametrize("name", POSTS)
def test_fields_that_a_page_does_not_offer_change_nothing(locked: World, browser: Browser, name: str) -> None:
    before = state()
    status, plainly = send(locked, browser, name, body_of(locked, name))
    assert status < 500
    if name in WRITES:
        assert status in {200, 302}, status
        assert plainly != before
    extra = poison(set(body_of(locked, name)))
    assert len(extra) > 100
    again, then = send(locked, browser, name, {**extra, **body_of(locked, name)})
    assert again == status
    assert {table: rows for table, rows in then.items() if rows != plainly[table]} == {}


# --- cells ------------------------------------------------------------------------------------------------------------

Cell = tuple[Any, Any, Any, Any]  # enrolment, slot, seen, value


def by_script(world: World, cells: list[Cell]) -> Body:
    return {"cells": [list(one) for one in cells], "source": "k"}


def by_form(world: World, cells: list[Cell]) -> Body:
    """As a page without script would send it: what it claims to have seen covers every row it names."""
    seen: dict[str, list[Any]] = {}
    for enrolment, slot, before, _value in cells:
        row = seen.setdefault(str(enrolment), [None] * 8)
        row[7] = ""
        if isinstance(slot, int) and 0 <= slot < 7:
            row[slot] = before
    said = {f"{enrolment}-{slot}": str(value) for enrolment, slot, _seen, value in cells}
    own = world.places["own"].rows["mark_row"]
    if str(own.enrolment_id) in seen:
        seen[str(own.enrolment_id)][7] = own.comment
    return {"seen": orjson.dumps(seen).decode(), **said}


def by_paste(world: World, cells: list[Cell]) -> Body:
    return {"cells": orjson.dumps([[*one, "", 0] for one in cells]).decode(), "asked": "1"}


DOORS: dict[str, Callable[[World, list[Cell]], Body]] = {
    "save": by_script,
    "sheet": by_form,
    "paste": by_paste,
}


def hostile(world: World) -> dict[str, list[Cell]]:
    """Cells that the page of the own sheet does not offer."""
    own = world.places["own"].rows["enrolment"].pk
    others = {
        f"a pupil of {place}": [(world.places[place].rows["enrolment"].pk, OPEN, None, 10)]
        for place in ("class", "school", "commune")
    }
    return {
        **others,
        "a locked column": [(own, LOCKED, None, 10)],
        "over what nobody saw": [(own, 0, None, 10)],
        "a slot that is no column": [(own, slot, None, 10) for slot in (4, 7, 30, 31, 99)],
        "a slot below": [(own, -2, None, 10)],
        "no pupil": [(0, OPEN, None, 10), (2_000_000_001, OPEN, None, 10)],
        "a mark that is none": [(own, OPEN, None, value) for value in (101, -9, 1000, 32768)],
        "a state that needs a decision": [(own, OPEN, None, -4)],
        "a word": [(own, OPEN, None, "abc")],
        "yes": [(own, OPEN, None, True)],
        "a fraction": [(own, OPEN, None, 85.5)],
        "something seen that is none": [(own, OPEN, "x", 85)],
        "a list": [(own, OPEN, None, [85])],
    }


@pytest.mark.parametrize("door", DOORS)
def test_cells_that_a_page_does_not_offer_are_not_written(locked: World, browser: Browser, door: str) -> None:
    before = state()
    own = locked.places["own"].rows["enrolment"].pk
    honest: Cell = (own, NEXT, None, "8,5" if door == "sheet" else 85)
    _status, well = send(locked, browser, door, DOORS[door](locked, [honest]), role="subject_teacher")
    assert well != before
    for case, cells in hostile(locked).items():
        status, then = send(locked, browser, door, DOORS[door](locked, cells), role="subject_teacher")
        assert status < 500, (case, status)
        assert differences(before, then) == {}, case
        status, then = send(
            locked, browser, door, DOORS[door](locked, [*cells, honest]), role="subject_teacher"
        )
        assert status < 500, (case, status)
        assert differences(well, then) == {} or differences(before, then) == {}, case


def differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {
        table: [row for row in rows if row not in one[table]]
        for table, rows in other.items()
        if rows != one[table]
    }


def test_an_honest_cell_moves_one_mark_its_letter_and_the_counters(locked: World, browser: Browser) -> None:
    own = locked.places["own"].rows["enrolment"].pk
    sheet = locked.places["own"].rows["sheet"]
    old = MarkRow.objects.get(sheet=sheet)
    with transaction.atomic():
        body = {
            **by_script(locked, [(own, NEXT, None, 85)]),
            "average": 100,
            "sources": "xxxxxxx",
            "published": 255,
        }
        path = f"/so-diem/{sheet.pk}/ghi/"
        browser.send("POST", path, session=locked.cookies["subject_teacher", "now"], data=body, is_json=True)
        new = MarkRow.objects.get(sheet=sheet)
        kept = Sheet.objects.get(pk=sheet.pk)
        transaction.set_rollback(True)
    assert [at for at in range(7) if old.marks[at] != new.marks[at]] == [NEXT]
    assert [at for at in range(7) if old.sources[at] != new.sources[at]] == [NEXT]
    assert (new.comment, new.average, new.person_id, kept.published) == (old.comment, None, old.person_id, 0)
    assert connection.in_atomic_block
