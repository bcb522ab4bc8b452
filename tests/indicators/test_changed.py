"""A refresh that is not whole takes every row that an action changed: afterwards it equals a whole one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from khue.kernel.indicators import catalogue, computing, copying
from khue.kernel.people.models import Account, SignIn
from khue.registry.curriculum import actions as curriculum
from khue.registry.curriculum.models import TeachingAssignment
from khue.registry.roster import actions as roster
from khue.registry.roster.models import Guardianship
from khue.school.gradebook import actions as gradebook
from khue.school.gradebook.actions.figures import refresh as refresh_progress
from khue.school.gradebook.actions.marks import Cell
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.tests.places import add_course, classmates, open_sheets
from tests.cast import Cast

Rows = dict[str, list[tuple[Any, ...]]]


def copied() -> Rows:
    """Every row of every fact in the current copy."""
    engine = computing.engine()
    return {name: sorted(engine.rows(engine.fact(name, None)), key=repr) for name in catalogue.facts()}


@pytest.fixture
def marked(cast: Cast, tmp_path: Any) -> Iterator[Sheet]:
    """Lan's sheet, and a whole copy of the province as it is."""
    add_course(cast, "NGU_VAN", "Ngữ văn", "lan")
    classmates(cast, 3)
    sheet = open_sheets(cast)
    refresh_progress([cast.school.pk], cast.year.pk, 1)
    first_entry(cast)
    with override_settings(VAR=str(tmp_path)):
        computing.close()
        copying.refresh(whole=True)
        yield sheet
        computing.close()


def first_entry(cast: Cast) -> None:
    """A record in which something stands already: the first entry tells one database from another."""
    vy = cast.enrolments["vy"]
    roster.change_pupil(cast.ha, vy, version=cast.people["vy"].version, values={"address": "Bản 2"})


def refreshed() -> tuple[Rows, Rows, dict[str, int]]:
    """The copy after a refresh of what changed, the same after a whole one, and how many rows the first took."""
    small = copying.refresh()
    assert not small.is_whole
    first = copied()
    copying.refresh(whole=True)
    return first, copied(), small.changed


def agree(first: Rows, second: Rows) -> None:
    assert first.keys() == second.keys()
    for name, found in first.items():
        assert found == second[name], name


def test_nothing_happened(marked: Sheet) -> None:
    first, second, taken = refreshed()
    agree(first, second)
    assert taken["gradebook.marks"] == 0
    assert taken["gradebook.results"] == 0


def test_a_day_at_the_school(cast: Cast, marked: Sheet) -> None:
    today = timezone.localdate()
    an, khoi = cast.enrolments["an"], cast.enrolments["khoi"]
    before = copied()
    gradebook.enter_marks(
        cast.lan, marked, cells=[Cell(an.pk, 0, None, 85), Cell(an.pk, 5, None, 40)], reason=""
    )
    roster.change_pupil(cast.tam, an, version=cast.people["an"].version, values={"ethnicity": "03", "sex": 1})
    roster.record_movement(cast.hung, [khoi], kind="dropped", on=today, reason_code="poor")
    first, second, taken = refreshed()
    agree(first, second)
    for name in ("gradebook.marks", "roster.enrolments", "roster.events"):
        assert first[name] != before[name], name
    assert 0 < taken["roster.enrolments"] < len(first["roster.enrolments"])


def test_who_changes_class_takes_their_marks_along(cast: Cast, marked: Sheet) -> None:
    an = cast.enrolments["an"]
    gradebook.enter_marks(cast.lan, marked, cells=[Cell(an.pk, 0, None, 85)])
    copying.refresh()
    before = copied()
    roster.place_pupils(
        cast.tam,
        [an],
        classroom_id=cast.second_classroom.pk,
        on=timezone.localdate(),
        reason="Theo nguyện vọng",
    )
    first, second, _taken = refreshed()
    agree(first, second)
    assert first["gradebook.marks"] != before["gradebook.marks"]
    assert first["gradebook.sheets"] != before["gradebook.sheets"]


def test_a_teacher_who_stops_and_a_class_that_closes(cast: Cast, marked: Sheet) -> None:
    assignment = TeachingAssignment.objects.filter(course=cast.course)[0]
    curriculum.end_assignment(cast.tam, assignment, on=timezone.localdate())
    before = copied()
    roster.record_movement(
        cast.hung, [cast.enrolments["khoi"]], kind="dropped", on=timezone.localdate(), reason_code="work"
    )
    roster.close_class(cast.tam, cast.second_classroom, on=timezone.localdate())
    first, second, _taken = refreshed()
    agree(first, second)
    assert first["curriculum.courses"] != before["curriculum.courses"]
    assert first["roster.classes"] != before["roster.classes"]


def test_families_who_sign_in_and_who_no_longer_do(cast: Cast, marked: Sheet) -> None:
    binh = Account.objects.get(person=cast.people["binh"])
    signed = SignIn.objects.create(
        account=binh, session_hash="s", method="password", device="", ip=None, seen_at=timezone.now()
    )
    first, second, _taken = refreshed()
    agree(first, second)
    SignIn.objects.filter(pk=signed.pk).update(started_at=timezone.now() - timedelta(days=30))
    tie = Guardianship.objects.get(guardian=cast.people["binh"])
    roster.end_guardianship(cast.tam, cast.enrolments["an"], guardianship=tie, on=timezone.localdate())
    later, whole, _taken = refreshed()
    agree(later, whole)
    assert later["roster.accounts"] != first["roster.accounts"]
