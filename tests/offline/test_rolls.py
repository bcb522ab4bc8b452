"""Rolls taken without a line: taken as on the page, merged pupil by pupil, reviewed when it is too late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from khue.kernel.offline.actions import accept_review, settle_clash
from khue.kernel.offline.models import Held
from khue.registry.calendar.models import SpecialDay
from khue.registry.roster.models import Enrolment, Homeroom
from khue.school.attendance.actions import Entry, set_mark
from khue.school.attendance.carried import ROLLS, parsed, read_roll
from khue.school.attendance.models import Closing, LeaveRequest, Mark, Sheet
from khue.school.attendance.tests.rolls import classmates, lessons, take, today
from tests.cast import Cast
from tests.offline import devices
from tests.offline.devices import Carried

K, P, LATE = ["K", None, ""], ["P", None, ""], ["M", 15, ""]


@pytest.fixture
def phone(cast: Cast) -> Carried:
    """Lan's phone, with her class's rolls along."""
    lessons(cast, today(), today() - timedelta(days=1), today() - timedelta(days=2))
    return Carried(cast.client("lan")).register().carry()


def key(cast: Cast, days: int = 0) -> str:
    """The morning's roll of 8A3, so many days ago."""
    return f"{cast.classroom.pk}.{today() - timedelta(days=days)}.S.0"


def marks(cast: Cast, days: int = 0) -> dict[int, str]:
    """Who was noted."""
    rows = Mark.objects.filter(sheet__classroom=cast.classroom, day=today() - timedelta(days=days))
    return dict(rows.values_list("enrolment_id", "code"))


def test_own_classes_go_along_with_their_days(cast: Cast, phone: Carried) -> None:
    rooms = {room["id"]: room for room in phone.package["collections"][devices.ROLLS]["classes"]}
    assert set(rooms) == {cast.classroom.pk, cast.second_classroom.pk}
    room = rooms[cast.classroom.pk]
    assert [cast.enrolments["an"].pk, cast.people["an"].full_name] in room["pupils"]
    assert [f"{today()}", [["S", 0]]] in room["days"]
    assert room["rolls"] == {}


def test_rolls_of_three_days_come_back_as_if_they_were_taken_on_the_page(cast: Cast, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    for days, value in ((2, {}), (1, {str(an): K}), (0, {str(an): LATE})):
        phone.enter(key(cast, days), value, devices.ROLLS)
    assert [verdict for verdict, _now in phone.send()] == ["apply"] * 3
    assert (marks(cast, 2), marks(cast, 1), marks(cast)) == ({}, {an: "K"}, {an: "M"})
    assert set(Sheet.objects.values_list("source", "taken_by_id")) == {("carried", cast.people["lan"].pk)}


def test_a_granted_leave_the_device_did_not_know_makes_p_of_its_k(cast: Cast, phone: Carried) -> None:
    an = cast.enrolments["an"]
    phone.enter(key(cast), {str(an.pk): K}, devices.ROLLS)
    LeaveRequest.objects.create(
        enrolment=an,
        from_day=today(),
        to_day=today(),
        kind="sick",
        state="granted",
        asked_by=cast.people["binh"],
    )
    assert phone.send() == [("apply", {str(an.pk): P})]
    assert marks(cast) == {an.pk: "P"}


def test_two_rolls_of_one_session_are_merged_pupil_by_pupil(cast: Cast, phone: Carried) -> None:
    one, two, three = classmates(cast, 3)
    phone.enter(key(cast), {str(one.pk): K, str(two.pk): P}, devices.ROLLS)
    take(cast, Entry(one.pk, "K"), Entry(three.pk, "P"))
    ((verdict, now),) = phone.send()
    assert (verdict, now) == ("clash", {str(one.pk): K, str(three.pk): P})
    assert marks(cast) == {one.pk: "K", three.pk: "P"}
    held = {int(row.part): (row.mine, row.theirs) for row in Held.objects.all()}
    assert held == {two.pk: (P, []), three.pk: ([], P)}
    by = Held.objects.first()
    assert by is not None
    assert by.theirs_by == cast.people["lan"].full_name


def test_a_correction_writes_only_what_it_changes(cast: Cast, phone: Carried) -> None:
    one, two = classmates(cast, 2)
    take(cast, Entry(one.pk, "K"))
    phone.carry()
    phone.enter(key(cast), {str(one.pk): K, str(two.pk): P}, devices.ROLLS)
    set_mark(cast.lan, cast.classroom, day=today(), session="S", entries=[Entry(one.pk, "M", 5)])
    assert [verdict for verdict, _now in phone.send()] == ["apply"]
    assert marks(cast) == {one.pk: "M", two.pk: "P"}


def test_a_teacher_chooses_between_two_rolls(cast: Cast, phone: Carried) -> None:
    (one,) = classmates(cast, 1)
    phone.enter(key(cast), {str(one.pk): LATE}, devices.ROLLS)
    take(cast, Entry(one.pk, "K"))
    phone.send()
    held = Held.objects.get()
    page = cast.client("lan").get("/ngoai-tuyen/cho-venh/").content.decode()
    assert "Đi muộn 15′" in page
    assert "Không phép" in page
    settle_clash(cast.lan, held, choice="mine", seen=K)
    assert list(Mark.objects.values_list("code", "minutes")) == [("M", 15)]


def test_a_roll_of_a_closed_week_waits_and_a_head_takes_it_once_it_is_open(
    cast: Cast, phone: Carried
) -> None:
    an = cast.enrolments["an"].pk
    (other,) = classmates(cast, 1)
    phone.enter(key(cast, 1), {str(an): K, str(other.pk): P}, devices.ROLLS)
    day = today() - timedelta(days=1)
    closing = Closing.objects.create(
        classroom=cast.classroom, span="week", starts_on=day, ends_on=day, closed_by=cast.people["lan"]
    )
    assert phone.send() == [("late", None)]
    assert not Sheet.objects.exists()
    held = Held.objects.get()
    closing.delete()
    Enrolment.objects.filter(pk=other.pk).update(left_on=day, status="transferred_out")
    accept_review(cast.hung, held, seen=None, reason="Điểm trường không có mạng ba ngày")
    assert marks(cast, 1) == {an: "K"}


def test_a_roll_of_a_day_that_has_become_a_holiday_waits_for_a_head(cast: Cast, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(cast), {str(an): K}, devices.ROLLS)
    SpecialDay.objects.filter(starts_on=today()).update(is_school_day=False, kind="holiday", name="Nghỉ bão")
    ((verdict, now),) = phone.send()
    held = Held.objects.get()
    assert (verdict, now, held.kind, held.mine) == ("late", None, "late", {str(an): K})
    assert "Nghỉ bão" in held.message
    assert not Sheet.objects.exists()


def test_what_differs_from_a_roll_of_a_past_day_waits_for_a_head(cast: Cast, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(cast, 1), {str(an): P}, devices.ROLLS)
    other = Carried(cast.client("lan")).register("Máy hai").carry()
    other.enter(key(cast, 1), {str(an): K}, devices.ROLLS)
    other.send()
    assert phone.send() == [("late", {str(an): K})]
    held = Held.objects.get()
    assert (held.kind, held.mine, held.theirs) == ("late", P, K)
    accept_review(cast.hung, held, seen=K, reason="Có giấy của gia đình")
    assert marks(cast, 1) == {an: "P"}


def test_a_class_given_to_somebody_else_meanwhile_waits_for_a_head(cast: Cast, phone: Carried) -> None:
    an = cast.enrolments["an"].pk
    phone.enter(key(cast), {str(an): K}, devices.ROLLS)
    Homeroom.objects.filter(classroom=cast.classroom).update(ends_on=timezone.localdate())
    from khue.registry.curriculum.models import TeachingAssignment

    TeachingAssignment.objects.filter(course__classroom=cast.classroom).update(ends_on=timezone.localdate())
    assert phone.send() == [("late", None)]
    assert (Held.objects.get().kind, Sheet.objects.exists()) == ("moved", False)


def test_a_pupil_who_left_is_told_apart_and_nothing_is_lost(cast: Cast, phone: Carried) -> None:
    an = cast.enrolments["an"]
    (other,) = classmates(cast, 1)
    phone.enter(key(cast), {str(an.pk): K, str(other.pk): K}, devices.ROLLS)
    Enrolment.objects.filter(pk=an.pk).update(classroom=cast.second_classroom)
    assert [verdict for verdict, _now in phone.send()] == ["apply"]
    assert marks(cast) == {other.pk: "K"}
    assert list(Held.objects.values_list("part", "mine")) == [(str(an.pk), K)]


def test_a_day_to_come_is_refused(cast: Cast, phone: Carried) -> None:
    phone.enter(key(cast, -1), {}, devices.ROLLS)
    assert [verdict for verdict, _now in phone.send()] == ["refused"]


@pytest.mark.parametrize(
    "value",
    [
        [], "K", {"x": K}, {"1": "K"}, {"1": ["Z"]}, {"1": []}, {"1": ["M", 999]}, {"1": ["M", True]},
        {"1": ["K", None, 3]},
    ],
)  # fmt: skip
def test_what_is_no_roll_is_refused(value: object) -> None:
    assert read_roll(value) is None


def test_a_key_is_a_class_a_day_a_session_and_a_period() -> None:
    assert parsed("7.2026-11-22.S.0") is not None
    for wrong in ("7.2026-13-22.S.0", "0.2026-11-22.S.0", "7.2026-11-22.X.0", "7.2026-11-22.S.9", "", "7"):
        assert (parsed(wrong), ROLLS.group(wrong)) == (None, "")
    assert ROLLS.read("", "1", "m 15") == ["M", 15, ""]
    assert ROLLS.read("", "1", " ") == []
