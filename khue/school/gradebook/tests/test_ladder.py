"""Who is told of what is late, and when: teacher, head of subject, principal, office, each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from khue.kernel.access.models import RoleAssignment
from khue.kernel.actions import NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.registry.staff.models import Duty
from khue.school.gradebook import actions, jobs
from khue.school.gradebook.actions import Cell, ladder
from khue.school.gradebook.models import Deadline, Sheet
from khue.school.gradebook.tests.places import add_course, open_sheets
from tests.cast import Cast

DUE = date(2026, 11, 24)
DAY = timedelta(days=1)


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    """TX1 is due on the 24th in all schools, everything else far off; Vy heads mathematics at the school."""
    found = open_sheets(cast)
    for code in ("tx1", "tx2", "tx3", "tx4", "gk", "ck", "rl", "cd"):
        due = DUE if code == "tx1" else date(2027, 1, 10)
        Deadline.objects.create(
            unit=cast.department, year=cast.year, term=1, column=code, due_on=due, locks_on=date(2027, 2, 1)
        )
    add_course(cast, "NGU_VAN", "Ngữ văn", "khoi")
    cast.course.assignments.create(
        teacher=cast.people["vy"], role="co", periods_a_year=9, starts_on=cast.year.starts_on,
        ends_on=cast.year.ends_on,
    )  # fmt: skip
    Duty.objects.create(
        person=cast.people["vy"], unit=cast.school, year=cast.year, kind="group_head", periods=3
    )
    return found


def run(days_late: int, hour: int = 6) -> int:
    """The morning so many days after the first late day."""
    moment = datetime(2026, 11, 25, hour, 30, tzinfo=timezone.get_current_timezone()) + days_late * DAY
    jobs.refresh_progress(moment)
    Message.objects.filter(kind="gradebook.late").update(sent_at=timezone.now() - 2 * DAY)
    return jobs.remind_late(moment)


def told(cast: Cast) -> dict[str, list[str]]:
    names = {person.pk: name for name, person in cast.people.items()}
    found: dict[str, list[str]] = {}
    for message in Message.objects.order_by("pk"):
        found.setdefault(names[message.person_id], []).append(message.title)
    return found


def test_the_ladder_is_climbed_rung_by_rung_and_each_rung_once(cast: Cast, sheet: Sheet) -> None:
    assert run(-1) == 0
    run(0)
    assert told(cast) == {"lan": ["Còn 2 sổ chậm vào điểm"]}
    assert run(0, hour=9) == 0
    assert run(1) == 0
    run(2)
    assert told(cast)["vy"] == ["Tổ còn 2 sổ chậm vào điểm"]
    assert set(told(cast)) == {"lan", "vy"}
    assert run(3) == 0
    run(4)
    assert told(cast)["hung"] == ["Trường còn 2 sổ chậm vào điểm"]
    assert run(5) == run(6) == 0
    run(7)
    assert told(cast)["thanh"] == ["1 trường còn sổ chậm vào điểm"]
    body = Message.objects.get(person=cast.people["thanh"]).body
    assert body == "Hạn 24/11/2026 đã qua 8 ngày.\nTHCS Lê Quý Đôn: 2 sổ"
    assert run(8) == run(12) == 0
    assert set(told(cast)) == {"lan", "vy", "hung", "thanh"}


def test_a_morning_that_was_missed_is_made_good_within_three_days(cast: Cast, sheet: Sheet) -> None:
    run(3)
    assert set(told(cast)) == {"lan", "vy"}
    Message.objects.all().delete()
    run(4)
    assert set(told(cast)) == {"vy", "hung"}


def test_what_is_entered_in_time_is_nobody_s_business(cast: Cast, sheet: Sheet) -> None:
    for room, pupil in ((cast.classroom, "an"), (cast.second_classroom, "khoi")):
        one = Sheet.objects.get(classroom=room, course__subject="TOAN", term=1)
        actions.enter_marks(cast.lan, one, cells=[Cell(cast.enrolments[pupil].pk, 0, None, 80)])
    for days in range(8):
        run(days)
    assert "lan" not in told(cast)
    assert "vy" not in told(cast)


def test_the_ladder_and_a_reminder_by_hand_do_not_both_reach_a_teacher_in_one_day(
    cast: Cast, sheet: Sheet
) -> None:
    moment = datetime(2026, 11, 25, 6, 30, tzinfo=timezone.get_current_timezone())
    jobs.refresh_progress(moment)
    jobs.remind_late(moment)
    assert told(cast)["lan"] == ["Còn 2 sổ chậm vào điểm"]
    Deadline.objects.filter(column="tx1").update(due_on=timezone.localdate() - DAY)
    result = actions.remind(
        cast.hung, list(Sheet.objects.filter(course__subject="TOAN", school=cast.school, term=1))
    )
    assert (result.told, result.lately) == (0, 1)


def test_a_school_right_under_the_department_is_told_of_to_the_department(cast: Cast, sheet: Sheet) -> None:
    type(cast.school).objects.filter(pk=cast.school.pk).update(
        parent=cast.department, path=f"{cast.department.path}{cast.school.pk}/"
    )
    RoleAssignment.objects.filter(role="office_officer").delete()
    run(7)
    assert "son" in told(cast)


def test_the_school_s_record_says_what_the_machine_did(cast: Cast, sheet: Sheet) -> None:
    run(0)
    entry = Entry.objects.filter(action="gradebook.climb_ladder").order_by("-pk")[0]
    assert (entry.chain, entry.actor_id, entry.capacity) == (
        cast.school.pk, None, "gradebook.remind_late · Hệ thống",
    )  # fmt: skip


@pytest.mark.parametrize(
    "do",
    [
        lambda actor, unit: ladder.climb(actor, unit, late=[], today=DUE),
        lambda actor, unit: ladder.tell_office(actor, unit, late={}, today=DUE),
    ],
)
def test_people_do_not_climb_the_ladder(cast: Cast, sheet: Sheet, do: Callable[..., int]) -> None:
    for who in ("hung", "son", "thanh", "mai"):
        with pytest.raises((NotAllowed, NotVisible)):
            do(cast.actor(who), cast.school)


@pytest.mark.parametrize(
    ("rung", "late", "is_on"),
    [
        (0, -1, False),
        (0, 0, True),
        (0, 3, True),
        (0, 4, False),
        (2, 1, False),
        (2, 2, True),
        (7, 7, True),
        (7, 11, False),
    ],
)
def test_a_rung_holds_on_its_day_and_three_more(rung: int, late: int, is_on: bool) -> None:
    assert ladder.is_on(rung, DUE, DUE + timedelta(days=late + 1)) is is_on
