"""What a family reads of a child's day at school: what the gate saw, what roll call said, what wants an answer."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from khue.citizen.family.attended import lines_of
from khue.kernel.manifest import FamilyLine
from khue.school.attendance.models import Mark, Sheet
from khue.school.attendance.queries import ChildDay
from khue.school.attendance.queries.leaves import DayNotice
from khue.school.gradebook.models import Sheet as MarksSheet
from khue.school.gradebook.tests.places import open_sheets
from tests.cast import TODAY, Cast

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(hour: int, minute: int) -> datetime:
    return datetime(2026, 11, 20, hour, minute, tzinfo=HERE)


def day(*rolls: tuple[str, int, datetime, str, int | None, bool], **more: object) -> ChildDay:
    values = {"first_in": None, "last_out": None, "notices": (), "leaves": (), **more}
    return ChildDay(7, 70, rolls=rolls, **values)  # type: ignore[arg-type]


def lines(found: ChildDay) -> list[FamilyLine]:
    return lines_of(found, "Khôi", may_answer=True)


def test_present_says_when_the_gate_and_the_teacher_saw_the_child() -> None:
    (line,) = lines(day(("S", 0, at(7, 4), "", None, False), first_in=at(6, 52)))
    assert (line.label, line.kind) == ("Đã đến lớp", "ok")
    assert line.detail == "Qua cổng 06:52, sáng điểm danh 07:04"


def test_a_roll_nobody_has_taken_says_nothing_and_never_present() -> None:
    assert lines(day()) == []
    (line,) = lines(day(first_in=at(6, 52)))
    assert line.label == "Đã qua cổng trường"


def test_an_absence_nobody_has_explained_stands_above_all_and_asks() -> None:
    found = lines(day(("S", 0, at(7, 21), "K", None, False), notices=(DayNotice(3, "S", 0, False, ""),)))
    assert [line.place for line in found] == ["alert", "day"]
    assert found[0].label == "Khôi vắng sáng, chưa có phép"
    assert found[0].call == "Trả lời ngay"
    assert "07:21" in found[0].detail
    assert (found[1].label, found[1].kind) == ("Vắng, chưa có phép", "bad")


@pytest.mark.parametrize("notice", [DayNotice(3, "S", 0, True, ""), DayNotice(3, "S", 0, False, "leave")])
def test_what_was_a_mistake_or_is_answered_asks_no_more(notice: DayNotice) -> None:
    found = lines(day(("S", 0, at(7, 21), "", None, False), notices=(notice,)))
    assert [line.place for line in found] == ["day"]


def test_a_pupil_is_told_but_not_asked() -> None:
    found = lines_of(
        day(("S", 0, at(7, 21), "K", None, False), notices=(DayNotice(3, "S", 0, False, ""),)), "Khôi",
        may_answer=False,
    )  # fmt: skip
    assert (found[0].call, found[0].url) == ("", "")


def test_late_says_how_late_and_leave_who_has_answered() -> None:
    found = lines(day(("S", 0, at(7, 21), "M", 12, False), leaves=((1, "asked"),)))
    assert found[0].label == "Đến muộn"
    assert "muộn 12 phút" in found[0].detail
    assert found[1].detail == "Nhà trường chưa trả lời"


def test_learning_at_home_is_said_by_roll_call_itself() -> None:
    assert lines(day(("S", 0, at(7, 21), "", None, True))) == []


@pytest.mark.django_db
def test_the_page_of_a_child_holds_every_absence_and_only_published_marks(cast: Cast) -> None:
    open_sheets(cast)
    address = f"/gia-dinh/em/{cast.people['an'].pk}/"
    client = cast.client("binh")
    assert "Lớp chưa điểm danh buổi nào" in client.get(address).content.decode()
    sheet = Sheet.objects.create(
        classroom=cast.classroom, school=cast.school, day=TODAY, session="S", is_main=True, taken_at=at(7, 4),
        expected=1, unexcused=1,
    )  # fmt: skip
    Mark.objects.create(
        sheet=sheet, enrolment=cast.enrolments["an"], day=TODAY, session="S", code="K", set_at=at(7, 4)
    )
    page = client.get(address).content.decode()
    assert "0 buổi có phép, 1 buổi không phép" in page
    assert "nghỉ không phép" in page
    assert "20/11/2026" in page
    assert MarksSheet.objects.filter(classroom=cast.classroom, published=0).exists()
    assert "Chưa có điểm nào được công bố" in page
