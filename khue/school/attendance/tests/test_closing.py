"""Weeks are closed, months signed; what is closed refuses (rules/15 T4) until it is opened again with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, Work
from khue.registry.calendar.actions import close_classes, reopen_classes
from khue.school.attendance import queries
from khue.school.attendance.actions import (
    Arrived,
    Entry,
    close_week,
    excuse,
    note_arrivals,
    override,
    remove_plan,
    reopen_month,
    reopen_week,
    set_plan,
    sign_month,
    take_late,
)
from khue.school.attendance.actions.files import take_register
from khue.school.attendance.models import Arrival, Closing, Mark, SessionPlan, Sheet
from khue.school.attendance.tests.rolls import before, lessons, today, write_rolls
from tests.cast import Cast


def test_t4_an_absence_is_not_excused_after_the_month_was_signed(cast: Cast) -> None:
    day = (today().replace(day=1) - timedelta(days=1)).replace(day=1)
    lessons(cast, day)
    pk = cast.enrolments["an"].pk
    (sheet,) = write_rolls(cast, [day], [pk], code="K")
    sign_month(cast.hung, [cast.classroom], day=day, reason="Đủ sổ giấy")
    for refused in (
        lambda: excuse(cast.lan, sheet, enrolment_id=pk, proof="Giấy khám"),
        lambda: override(cast.hung, sheet, entries=[Entry(pk, "P")], reason="Giấy khám"),
        lambda: take_late(cast.hung, cast.classroom, day=day, session="S", version=1, reason="Giấy khám"),
    ):
        with pytest.raises(DomainError, match="ký duyệt"):
            refused()
    closed = Closing.objects.get()
    with pytest.raises(NotAllowed):
        reopen_month(cast.lan, closed, reason="x")
    with pytest.raises(DomainError):
        reopen_week(cast.hung, closed, reason="x")
    reopen_month(cast.hung, closed, reason="Phụ huynh nộp giấy ra viện")
    override(cast.hung, sheet, entries=[Entry(pk, "P")], reason="Giấy ra viện")
    assert Sheet.objects.get().excused == 1


def test_a_week_is_closed_by_its_homeroom_teacher_once_it_is_over(cast: Cast) -> None:
    day = today() - timedelta(days=7)
    lessons(cast, day)
    with pytest.raises(DomainError, match="chưa điểm danh"):
        close_week(cast.lan, cast.classroom, day=day)
    with pytest.raises(NotAllowed):
        close_week(cast.hung, cast.classroom, day=day, reason="x")
    closed = close_week(cast.lan, cast.classroom, day=day, reason="Mất điện")
    with pytest.raises(DomainError):
        close_week(cast.lan, cast.classroom, day=day, reason="Lại")
    with pytest.raises(DomainError, match="chốt"):
        take_late(cast.hung, cast.classroom, day=day, session="S", reason="Bù")
    with pytest.raises(DomainError):
        reopen_week(cast.tam, closed, reason=" ")
    reopen_week(cast.tam, closed, reason="Nhập bù")
    assert not Closing.objects.exists()
    ahead = today() + timedelta(days=14)
    lessons(cast, ahead)
    with pytest.raises(DomainError, match="còn học"):
        close_week(cast.lan, cast.classroom, day=ahead, reason="x")


def test_a_week_of_a_signed_month_stays_closed(cast: Cast) -> None:
    first = (today().replace(day=1) - timedelta(days=1)).replace(day=1) + timedelta(days=7)
    lessons(cast, first)
    closed = close_week(cast.lan, cast.classroom, day=first, reason="x")
    sign_month(cast.hung, [cast.classroom], day=first, reason="x")
    with pytest.raises(DomainError, match="ký duyệt"):
        reopen_week(cast.hung, closed, reason="x")


def test_sheets_follow_a_plan_that_names_another_main_session(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day)
    write_rolls(cast, [day])
    plan = set_plan(
        cast.tam,
        cast.school,
        starts_on=day,
        morning_days="2345678",
        afternoon_days="2345678",
        main_session="C",
    )
    assert not Sheet.objects.get().is_main
    remove_plan(cast.tam, plan)
    assert Sheet.objects.get().is_main
    assert not SessionPlan.objects.exists()
    with pytest.raises(NotAllowed):
        set_plan(cast.lan, cast.school, starts_on=day, morning_days="2", afternoon_days="")
    for wrong in ({"morning_days": "29"}, {"main_session": "C"}, {"level": "THPT"}):
        with pytest.raises(DomainError):
            set_plan(
                cast.tam,
                cast.school,
                **{"starts_on": day, "morning_days": "2", "afternoon_days": "", **wrong},
            )


def test_the_gate_is_kept_however_often_and_in_whatever_order_it_is_told(cast: Cast) -> None:
    pk, day = cast.enrolments["an"].pk, today()
    at = [datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (0, 1, 4, 9)]
    work = Work(Actor.system("gate.test"), "gate.test", [])
    note_arrivals(work, [Arrived(pk, day, came_in=at[1]), Arrived(pk, day, went_out=at[2])])
    note_arrivals(work, [Arrived(pk, day, came_in=at[0]), Arrived(pk, day, went_out=at[3])])
    note_arrivals(work, [Arrived(pk, day, came_in=at[1])])
    row = Arrival.objects.get()
    assert (row.first_in, row.last_out) == (at[0], at[3])
    assert note_arrivals(work, []) == 0


def test_a_register_taken_out_is_written_down(cast: Cast) -> None:
    lessons(cast, *before(2))
    write_rolls(cast, before(2), [cast.enrolments["an"].pk])
    assert take_register(cast.lan, cast.classroom, day=before(1)[0], is_paper=False)[:2] == b"PK"


def test_a_roll_called_before_the_school_closed_for_the_day_does_not_count(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    term = cast.year.terms.get(number=1)
    term.starts_on, term.ends_on = today(), today()
    term.save()
    write_rolls(cast, [today()], [pk], code="K")
    storm = {"year": cast.year.pk, "reason": "storm", "starts_on": today()}
    row = close_classes(cast.thanh, cast.commune, **storm)
    assert queries.all_absences([pk]) == {}
    assert Mark.objects.get().code == "K"
    reopen_classes(cast.thanh, row, on=today())
    assert queries.all_absences([pk]) == {(pk, 1): (0, 1)}
    close_classes(cast.hung, cast.school, **storm, is_from_noon=True)
    assert queries.all_absences([pk]) == {(pk, 1): (0, 1)}


def test_absences_count_the_main_session_and_a_class_that_keeps_its_roll(cast: Cast) -> None:
    days = before(5)
    lessons(cast, *days)
    pk = cast.enrolments["an"].pk
    term = cast.year.terms.get(number=1)
    term.starts_on, term.ends_on = days[-1], today()
    term.save()
    write_rolls(cast, days[:3], [pk], code="K")
    write_rolls(cast, days[:2], [pk], session="C", is_main=False)
    assert queries.all_absences([pk]) == {(pk, 1): (0, 3)}
    assert queries.all_kept([cast.classroom.pk]) == {}
    write_rolls(cast, days[3:], [pk], code="P")
    kept = queries.all_kept([cast.classroom.pk, cast.second_classroom.pk])
    assert kept[cast.classroom.pk].of(pk, 1) == (2, 3)
    assert kept[cast.classroom.pk].of(pk, 2) is None
    assert cast.second_classroom.pk not in kept
