"""Behind a late commune: its schools, the teacher by name, a reminder by the gradebook's own rule; nobody sees more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from khue.command.alerts import actions, queries
from khue.command.alerts.models import Alert, Change
from khue.command.alerts.tests.places import keep, late, look, only, rule
from khue.kernel.actions import DomainError
from khue.kernel.notify.models import Message
from khue.registry.roster.models import Homeroom
from khue.school.gradebook import actions as gradebook
from khue.school.gradebook.actions import Cell, figures
from khue.school.gradebook.models import Deadline, Sheet
from khue.school.gradebook.tests.places import open_sheets
from tests.cast import Cast

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    """TX1 is late in both of Lan's classes, everything else is far off; the school is counted."""
    found = open_sheets(cast)
    for code in ("tx2", "tx3", "tx4", "gk", "ck", "rl", "cd", "tx1"):
        due = TODAY - 3 * DAY if code == "tx1" else TODAY + 20 * DAY
        Deadline.objects.create(
            unit=cast.department, year=cast.year, term=1, column=code, due_on=due, locks_on=TODAY + 40 * DAY
        )
    figures.refresh([cast.school.pk], 2026, 1)
    return found


@pytest.fixture
def alert(cast: Cast, sheet: Sheet) -> Alert:
    """The commune is late."""
    late(cast.school, 100, due=2)
    look(rule("late_marks_area"))
    return only()


def page(cast: Cast, who: str, alert: Alert, step: str = "") -> str:
    answer = cast.client(who).get(f"/canh-bao/{alert.pk}/", {"don-vi": step} if step else {})
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def test_son_steps_down_to_the_school_and_the_teachers_name(cast: Cast, alert: Alert) -> None:
    shown = page(cast, "son", alert)
    assert cast.school.name in shown
    assert "Nguyễn Thị Lan" not in shown
    below = page(cast, "son", alert, cast.school.code)
    assert "Nguyễn Thị Lan" in below
    assert "8A3: TX1 1 ô" in below


def test_the_officer_of_the_commune_does_too_and_others_find_nothing(cast: Cast, alert: Alert) -> None:
    assert "Nguyễn Thị Lan" in page(cast, "thanh", alert, cast.school.code)
    for who in ("hung", "ha", "mai", "lan", "tam", "binh", "an"):
        assert page(cast, who, alert) == "404"
    assert page(cast, "son", alert, cast.other_school.code) == "404"
    assert page(cast, "son", alert, cast.department.code) == "404"


def test_a_teacher_is_reminded_from_here_once_a_day(cast: Cast, alert: Alert) -> None:
    client = cast.client("son")
    address = f"/canh-bao/{alert.pk}/nhac/?don-vi={cast.school.code}"
    assert client.post(address, {"teacher": cast.people["lan"].pk}).status_code == 302
    told = Message.objects.get(kind="gradebook.late")
    assert told.person_id == cast.people["lan"].pk
    assert "đã nhắc" in page(cast, "son", alert, cast.school.code)
    client.post(address, {"all": "1"})
    assert Message.objects.filter(kind="gradebook.late").count() == 1
    assert list(Change.objects.filter(kind="reminded").values_list("note", flat=True)) == [
        "1 giáo viên", "0 giáo viên",
    ]  # fmt: skip


def test_heads_of_late_schools_are_reminded_from_the_commune(cast: Cast, alert: Alert) -> None:
    cast.client("thanh").post(f"/canh-bao/{alert.pk}/nhac/", {"all": "1"})
    assert list(Message.objects.filter(kind="gradebook.late_school").values_list("person_id", flat=True)) == [
        cast.people["hung"].pk
    ]
    assert Change.objects.get(kind="reminded").note == "1 hiệu trưởng"


def test_of_marks_that_are_in_nobody_is_reminded(cast: Cast, alert: Alert, sheet: Sheet) -> None:
    for row in Sheet.objects.filter(course__isnull=False, term=1, school=cast.school):
        for enrolment in row.classroom.enrolments.all():
            gradebook.enter_marks(cast.lan, row, cells=[Cell(enrolment.pk, 0, None, 80)])
    with pytest.raises(DomainError):
        actions.remind(cast.son, alert, sheets=[sheet])


def test_a_closed_alert_reminds_nobody(cast: Cast, alert: Alert, sheet: Sheet) -> None:
    actions.close(cast.son, alert, reason="Đã xong")
    with pytest.raises(DomainError):
        actions.remind(cast.son, alert, sheets=[sheet])
    with pytest.raises(DomainError):
        actions.remind_heads(cast.son, alert, schools=[cast.school], late={cast.school.pk: 1})


def test_classes_without_a_homeroom_teacher_and_courses_without_teacher_are_named(cast: Cast) -> None:
    Homeroom.objects.all().delete()
    cast.course.assignments.all().delete()
    keep("roster.no_homeroom", cast.school, 2)
    keep("curriculum.untaught", cast.school, 1)
    for code in ("no_homeroom", "no_teacher"):
        look(rule(code))
    shown = page(cast, "hung", only(rule__code="no_homeroom"))
    assert "Lớp 8A3" in shown
    assert "Toán, lớp 8A3" in page(cast, "hung", only(rule__code="no_teacher"))
    assert page(cast, "mai", only(rule__code="no_teacher")) == "404"


def test_sites_without_internet_are_named(cast: Cast) -> None:
    cast.campus.has_internet = False
    cast.campus.save()
    keep("indicators.no_internet", cast.school, 1)
    look(rule("offline"))
    if cast.campus.parent_id == cast.school.pk:
        assert cast.campus.name in page(cast, "son", only())


def test_the_units_below_come_worst_first_with_their_colour(cast: Cast) -> None:
    keep("roster.missing_rate", cast.commune, 15, 100)
    keep("roster.missing_rate", cast.school, 25, 100)
    look(rule("short_of_teachers"))
    found = queries.alert(cast.son, only().pk)
    assert found is not None
    shown = page(cast, "son", found.row)
    assert cast.school.name in shown
    assert "25 %" in shown
