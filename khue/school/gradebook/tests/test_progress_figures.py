"""The figures of a school equal a count cell by cell, and are counted again when something they follow from moves."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from khue.registry.roster.models import COUNTED, Enrolment
from khue.school.gradebook import actions, cells, jobs, plan, queries
from khue.school.gradebook.actions import Cell, figures
from khue.school.gradebook.layout import Kind
from khue.school.gradebook.models import Deadline, MarkRow, Review, SchoolProgress, Sheet
from khue.school.gradebook.progress import percent_of, step_of
from khue.school.gradebook.tests.places import add_course, classmates, open_sheets
from tests.cast import Cast

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def figure(cast: Cast, term: int = 1) -> SchoolProgress:
    return SchoolProgress.objects.get(school=cast.school, term=term)


def live(cast: Cast, term: int = 1) -> dict[str, int]:
    """The same, pupil by pupil and cell by cell, from the rows themselves."""
    found = dict.fromkeys(("sheets", "expected", "entered", "due", "done", "late_sheets"), 0)
    for sheet in Sheet.objects.filter(school=cast.school, term=term):
        frame = queries.all_frame(sheet.pk)
        pupils = Enrolment.objects.filter(classroom=sheet.classroom_id, status__in=COUNTED)
        rows = {row.enrolment_id: row.marks for row in MarkRow.objects.filter(sheet=sheet)}
        is_late = False
        for column in frame.columns:
            if not column.is_required:
                continue
            is_due = frame.locks.is_due(column)
            for pupil in pupils:
                marks = rows.get(pupil.pk, [])
                is_there = column.slot < len(marks) and cells.is_filled(marks[column.slot])
                found["expected"] += 1
                found["entered"] += is_there
                found["due"] += is_due
                found["done"] += is_due and is_there
                is_late |= is_due and not is_there
        found["sheets"] += 1
        found["late_sheets"] += is_late
    return found


def fill(cast: Cast, sheet: Sheet, randomly: random.Random) -> None:
    """Random cells of a sheet, by whoever writes it."""
    frame = queries.all_frame(sheet.pk)
    possible = {
        Kind.MARK: [85, 60, cells.MAKEUP, cells.ABSENT], Kind.PASS: [cells.PASS, cells.ABSENT],
        Kind.CONDUCT: [3, 2], Kind.COUNT: [0, 4],
    }  # fmt: skip
    pupils = Enrolment.objects.filter(classroom=sheet.classroom_id, status__in=COUNTED)
    wanted = [
        Cell(pupil, column.slot, None, randomly.choice(possible[column.kind]))
        for pupil in pupils.values_list("pk", flat=True)
        for column in frame.columns
        if randomly.random() < 0.6
    ]  # fmt: skip
    do = actions.enter_class_marks if frame.is_homeroom else actions.enter_marks
    if wanted and frame.classroom_id == cast.classroom.pk:
        do(cast.lan, sheet, cells=wanted)


@pytest.mark.parametrize("seed", range(6))
def test_figures_equal_a_live_count_over_random_sheets_and_days(cast: Cast, sheet: Sheet, seed: int) -> None:
    randomly = random.Random(seed)
    add_course(cast, "NGU_VAN", "Ngữ văn", "lan", periods=randomly.choice([35, 70, 140]))
    add_course(cast, "GDTC", "Giáo dục thể chất", "lan", periods=70, scored=False)
    classmates(cast, randomly.randrange(1, 5))
    open_sheets(cast)
    for one in Sheet.objects.filter(school=cast.school, term=1):
        fill(cast, one, randomly)
    for unit in (cast.school, cast.department):
        for code in randomly.sample(sorted(plan.SETTABLE), 5):
            due = TODAY + timedelta(days=randomly.randrange(-9, 9))
            Deadline.objects.create(
                unit=unit, year=cast.year, term=1, column=code, due_on=due, locks_on=due + 90 * DAY
            )
    assert figures.refresh([cast.school.pk, cast.other_school.pk], 2026, 1) == 2
    row = figure(cast)
    truth = live(cast)
    assert {name: getattr(row, name) for name in truth} == truth, f"seed {seed}"
    assert row.late_teachers == (1 if row.late_sheets else 0)
    assert row.classes == 2


def noon_of_tomorrow() -> datetime:
    """After whatever the test has written, and far from midnight, when a new day is counted for every school."""
    return timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time(12)))


def test_a_touched_school_is_counted_again_within_the_minute_and_no_other(cast: Cast, sheet: Sheet) -> None:
    now = noon_of_tomorrow()
    assert jobs.refresh_progress(now) == 2
    later = now + timedelta(minutes=5)
    assert jobs.refresh_progress(later) == 0
    Sheet.objects.filter(pk=sheet.pk).update(touched_at=later, filled=[1])
    assert jobs.refresh_progress(later + timedelta(minutes=3)) == 1
    row = figure(cast)
    assert (row.entered, row.touched_at) == (1, later)
    assert jobs.refresh_progress(later + timedelta(minutes=10)) == 0


def test_who_leaves_owes_nothing_any_more_and_is_counted_again_on_coming_back(
    cast: Cast, sheet: Sheet
) -> None:
    from khue.registry.roster import actions as roster

    classmates(cast, 2)
    for code, slot in (("an", 0), ("an", 1)):
        actions.enter_marks(cast.lan, sheet, cells=[Cell(cast.enrolments[code].pk, slot, None, 80)])
    figures.refresh([cast.school.pk], 2026, 1)
    assert figure(cast).entered == live(cast)["entered"] == 2
    roster.record_movement(cast.tam, [cast.enrolments["an"]], kind="dropped", on=TODAY, reason_code="poor")
    figures.refresh([cast.school.pk], 2026, 1)
    assert {name: getattr(figure(cast), name) for name in live(cast)} == live(cast)
    assert figure(cast).entered == 0
    roster.record_movement(cast.tam, [cast.enrolments["an"]], kind="returned", on=TODAY)
    figures.refresh([cast.school.pk], 2026, 1)
    assert figure(cast).entered == live(cast)["entered"] == 2


def test_midnight_makes_a_column_late_in_every_school(cast: Cast, sheet: Sheet) -> None:
    zone = timezone.get_current_timezone()
    due = date(2026, 11, 24)
    for code in plan.SETTABLE:
        Deadline.objects.create(
            unit=cast.department, year=cast.year, term=1, column=code,
            due_on=due if code == "tx1" else date(2027, 1, 1), locks_on=date(2027, 2, 1),
        )  # fmt: skip
    before = datetime(2026, 11, 24, 23, 59, tzinfo=zone)
    assert jobs.refresh_progress(before) == 2
    assert figure(cast).due == 0
    assert jobs.refresh_progress(datetime(2026, 11, 25, 0, 1, tzinfo=zone)) == 2
    row = figure(cast)
    assert (row.due, row.done, row.late_sheets, row.late_teachers) == (2, 0, 2, 1)


def test_new_days_of_a_school_count_at_once_and_those_of_the_department_by_the_next_job(
    cast: Cast, sheet: Sheet
) -> None:
    jobs.refresh_progress()
    before = figure(cast).due
    actions.lock_now(cast.hung, cast.school, year=2026, term=1, column="ck")
    assert figure(cast).due == before + 2
    other = SchoolProgress.objects.get(school=cast.other_school, term=1).due
    actions.lock_now(cast.son, cast.department, year=2026, term=1, column="ck")
    assert jobs.refresh_progress() == 2
    assert SchoolProgress.objects.get(school=cast.other_school, term=1).due >= other


def test_a_review_that_moves_is_counted(cast: Cast, sheet: Sheet) -> None:
    now = noon_of_tomorrow()
    jobs.refresh_progress(now)
    Review.objects.create(
        classroom=cast.classroom, school=cast.school, year=cast.year, term=1, state="approved",
        submitted_at=now, approved_at=now + timedelta(minutes=9),
    )  # fmt: skip
    assert jobs.refresh_progress(now + timedelta(minutes=10)) == 1
    assert figure(cast).approved == 1


def test_a_closed_year_is_not_counted_any_more(cast: Cast, sheet: Sheet) -> None:
    type(cast.year).objects.update(is_closed=True)
    assert jobs.refresh_progress() == 0


@pytest.mark.parametrize(
    ("done", "due", "percent", "step"),
    [(0, 0, None, None), (10, 10, 100, 0), (999, 1000, 99, 1), (9, 10, 90, 1), (89, 100, 89, 2), (1, 2, 50, 3),
     (49, 100, 49, 4), (25, 100, 25, 4), (24, 100, 24, 5), (0, 9, 0, 5)],
)  # fmt: skip
def test_a_hundred_percent_means_all_of_it(
    done: int, due: int, percent: int | None, step: int | None
) -> None:
    assert percent_of(done, due) == percent
    assert step_of(percent) == step
