"""Guardians hear of an unexplained absence once, after a moment in which a slip is mended; and of a mistake once."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.notify.models import Message
from khue.kernel.workflow.models import Task
from khue.registry.roster.models import Guardianship
from khue.school.attendance import jobs
from khue.school.attendance.actions import (
    Entry,
    answer_leave,
    answer_notice,
    ask_leave,
    set_mark,
    set_plan,
    take_late,
    take_roll,
    tell_absences,
    withdraw_leave,
)
from khue.school.attendance.models import AbsenceNotice, LeaveRequest, Mark, Revision, SessionPlan, Sheet
from khue.school.attendance.queries.leaves import all_told
from khue.school.attendance.tests.rolls import before, lessons, take, today, write_rolls
from tests.cast import Cast, make_person
from tests.races import held


def _kinds(cast: Cast, who: str) -> list[str]:
    return list(Message.objects.filter(person=cast.people[who]).order_by("pk").values_list("kind", flat=True))


def _later() -> datetime:
    return timezone.now() + timedelta(minutes=1)


def test_guardians_who_may_see_the_child_are_told_once(cast: Cast) -> None:
    lessons(cast)
    mother = make_person("Phạm Thị Hòa", birth_date=cast.people["binh"].birth_date, sex=2)
    kept_away = make_person("Lê Văn Xa", birth_date=cast.people["binh"].birth_date, sex=1)
    for person, may_view in ((mother, True), (kept_away, False)):
        Guardianship.objects.create(
            pupil=cast.people["an"], guardian=person, relation="other", may_view=may_view, starts_on=today()
        )
    take(cast, Entry(cast.enrolments["an"].pk, "K"))
    assert jobs.tell_absences(timezone.now()) == 0  # held back: a slip may still be mended
    assert jobs.tell_absences(_later()) == 2
    assert jobs.tell_absences(_later()) == 0
    told = Message.objects.filter(kind="attendance.absence")
    assert {one.person_id for one in told} == {cast.people["binh"].pk, mother.pk}
    assert "An vắng buổi sáng" in told[0].title


def test_a_slip_that_is_mended_at_once_is_never_told(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    take(cast, Entry(pk, "K"))
    take(cast, version=1)
    assert jobs.tell_absences(_later()) == 0
    assert not AbsenceNotice.objects.exists()
    assert _kinds(cast, "binh") == []


def test_a_mistake_that_was_told_is_taken_back_once(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    take(cast, Entry(pk, "K"))
    jobs.tell_absences(_later())
    take(cast, version=1)
    take(cast, Entry(pk, "K"), version=2)
    take(cast, version=3)
    jobs.tell_absences(_later())
    assert _kinds(cast, "binh") == ["attendance.absence", "attendance.absence_withdrawn"]


def test_a_mistake_that_was_none_is_told_again_and_the_last_word_is_the_roll_s(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    for version in (0, 2):
        take(cast, Entry(pk, "K"), version=version)
        jobs.tell_absences(_later())
        jobs.tell_absences(_later())
        take(cast, version=version + 1)
    take(cast, Entry(pk, "K"), version=4)
    jobs.tell_absences(_later())
    assert _kinds(cast, "binh") == [
        *["attendance.absence", "attendance.absence_withdrawn"] * 2,
        "attendance.absence",
    ]
    last = AbsenceNotice.objects.get(mended_at__isnull=True)
    assert [one.name for one in all_told(last)] == [cast.people["binh"].full_name]
    answer_notice(cast.binh, last, answer="coming")


def test_a_guardian_who_has_asked_for_leave_may_still_answer_that_the_child_is_at_home(cast: Cast) -> None:
    lessons(cast)
    ask_leave(cast.binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="sick")
    take(cast, Entry(cast.enrolments["an"].pk, "K"))
    jobs.tell_absences(_later())
    answered = answer_notice(cast.binh, AbsenceNotice.objects.get(), answer="home")
    assert answered.answer == "home"
    assert LeaveRequest.objects.count() == 1


def test_a_mistake_at_one_period_is_none_while_the_pupil_is_missing_at_another(cast: Cast) -> None:
    lessons(cast)
    SessionPlan.objects.create(
        school=cast.school, morning_days="2345678", by_period=True, starts_on=today() - timedelta(days=9)
    )
    pk, room = cast.enrolments["an"].pk, cast.classroom
    for period in (1, 2):
        take_roll(cast.lan, room, day=today(), session="S", period=period, exceptions=[Entry(pk, "K")])
    there = [Entry(pk, "")]
    set_mark(cast.lan, room, day=today(), session="S", period=1, entries=there)
    jobs.tell_absences(_later())
    assert _kinds(cast, "binh") == ["attendance.absence"]  # still missing at the second
    set_mark(cast.lan, room, day=today(), session="S", period=1, entries=[Entry(pk, "K")])
    set_mark(cast.lan, room, day=today(), session="S", period=1, entries=there)
    assert _kinds(cast, "binh") == ["attendance.absence"]
    set_mark(cast.lan, room, day=today(), session="S", period=2, entries=there)
    assert _kinds(cast, "binh") == ["attendance.absence", "attendance.absence_withdrawn"]


def test_leave_that_turns_up_is_no_mistake(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    take(cast, Entry(pk, "K"))
    jobs.tell_absences(_later())
    set_mark(cast.lan, cast.classroom, day=today(), session="S", entries=[Entry(pk, "P")])
    assert _kinds(cast, "binh") == ["attendance.absence"]
    take(cast, Entry(pk, "P"), version=2)


def test_a_roll_of_a_past_day_tells_nobody(cast: Cast) -> None:
    day = today() - timedelta(days=1)
    lessons(cast, day)
    entry = Entry(cast.enrolments["an"].pk, "K")
    take_late(cast.hung, cast.classroom, day=day, session="S", exceptions=[entry], reason="Bù")
    assert not AbsenceNotice.objects.exists()


def test_telling_is_the_systems_alone(cast: Cast) -> None:
    lessons(cast)
    take(cast, Entry(cast.enrolments["an"].pk, "K"))
    notice = AbsenceNotice.objects.get()
    with pytest.raises(NotAllowed):
        tell_absences(cast.lan, [notice], now=_later())
    assert tell_absences(Actor.system("attendance.tell_absences"), [notice], now=_later()) == 1


def test_three_days_in_a_row_are_a_call_five_one_by_the_school(cast: Cast) -> None:
    days = before(4)
    lessons(cast, today(), *days)
    pk = cast.enrolments["an"].pk
    write_rolls(cast, days[:2], [pk], code="K")
    take(cast, Entry(pk, "K"))
    jobs.tell_absences(_later())
    task = Task.objects.get(kind="attendance.call_home")
    assert task.person_id == cast.people["lan"].pk
    assert "3 buổi" in task.detail
    write_rolls(cast, days[2:], [pk], code="K")
    AbsenceNotice.objects.update(told_at=None)
    jobs.tell_absences(_later())
    assert Task.objects.filter(kind="attendance.call_home", unit=cast.school).count() == 1


def test_days_in_a_row_are_counted_by_their_periods_too(cast: Cast) -> None:
    days = before(2)
    lessons(cast, today(), *days)
    pk, room = cast.enrolments["an"].pk, cast.classroom
    SessionPlan.objects.create(
        school=cast.school, morning_days="2345678", by_period=True, starts_on=today() - timedelta(days=9)
    )
    for day in days:  # missed at two periods of four: half of them
        for number in range(1, 5):
            sheet = Sheet.objects.create(
                classroom=room, school_id=room.school_id, day=day, session="S", period=number, is_main=True,
                taken_at=timezone.now(), expected=1, unexcused=number > 2,
            )  # fmt: skip
            if number > 2:
                Mark.objects.create(
                    sheet=sheet, enrolment_id=pk, day=day, session="S", period=number, code="K",
                    set_at=timezone.now(),
                )  # fmt: skip
    take_roll(cast.lan, room, day=today(), session="S", period=1, exceptions=[Entry(pk, "K")])
    jobs.tell_absences(_later())
    assert Task.objects.get(kind="attendance.call_home").person_id == cast.people["lan"].pk


def test_a_guardian_asks_only_for_an_own_child_and_not_twice(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        ask_leave(cast.binh, cast.enrolments["khoi"], from_day=today(), to_day=today(), kind="sick")
    with pytest.raises(NotAllowed):
        ask_leave(cast.lan, cast.enrolments["an"], from_day=today(), to_day=today(), kind="sick")
    for wrong in (
        {"kind": "x"}, {"to_day": today() - timedelta(days=1)}, {"to_day": today() + timedelta(days=99)},
        {"kind": "other"}, {"from_session": "bed"},
    ):  # fmt: skip
        with pytest.raises(DomainError):
            ask_leave(
                cast.binh,
                cast.enrolments["an"],
                **{"from_day": today(), "to_day": today(), "kind": "sick", **wrong},
            )
    first = ask_leave(cast.binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="sick")
    assert _kinds(cast, "lan") == ["attendance.leave_asked"]
    with pytest.raises(DomainError):
        ask_leave(cast.binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="family")
    withdraw_leave(cast.binh, first)
    ask_leave(cast.binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="family")


def test_a_guardian_who_may_not_see_the_child_asks_nothing(cast: Cast) -> None:
    Guardianship.objects.filter(guardian=cast.people["binh"]).update(may_view=False)
    with pytest.raises((NotVisible, NotAllowed)):
        ask_leave(cast.binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="sick")


def test_granted_leave_excuses_what_was_noted_without_leave(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    take(cast, Entry(pk, "K"))
    leave = ask_leave(cast.binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="sick")
    with pytest.raises(NotVisible):
        answer_leave(cast.mai, leave, is_granted=True)
    answer_leave(cast.lan, leave, is_granted=True, answer="Mau khỏe nhé")
    mark = Mark.objects.get()
    assert (mark.code, mark.leave_id, mark.source) == ("P", leave.pk, "leave")
    assert (Sheet.objects.get().excused, Sheet.objects.get().unexcused) == (1, 0)
    assert Revision.objects.get().source == "leave"
    assert _kinds(cast, "binh")[-1] == "attendance.leave_answered"
    with pytest.raises(DomainError):
        answer_leave(cast.lan, leave, is_granted=False)
    with pytest.raises(DomainError):
        withdraw_leave(cast.binh, LeaveRequest.objects.get())


def test_not_knowing_where_the_child_is_is_told_to_teacher_and_heads(cast: Cast) -> None:
    lessons(cast)
    take(cast, Entry(cast.enrolments["an"].pk, "K"))
    jobs.tell_absences(_later())
    notice = AbsenceNotice.objects.get()
    with pytest.raises(NotAllowed):
        answer_notice(cast.lan, notice, answer="coming")
    answer_notice(cast.binh, notice, answer="unknown")
    for who in ("lan", "hung"):
        assert "attendance.absence_answered" in _kinds(cast, who)
    with pytest.raises(DomainError):
        answer_notice(cast.binh, AbsenceNotice.objects.get(), answer="coming")


@pytest.mark.django_db(transaction=True)
def test_two_periods_that_find_a_pupil_missing_in_one_moment_tell_of_it_once(cast: Cast) -> None:
    lessons(cast)
    set_plan(
        cast.tam, cast.school, level="THCS", starts_on=today() - timedelta(days=1), morning_days="2345678",
        afternoon_days="", by_period=True,
    )  # fmt: skip
    pk, lan, problems = cast.enrolments["an"].pk, cast.actor("lan"), []
    first = take_roll(lan, cast.classroom, day=today(), session="S", period=1)

    def find_missing() -> None:
        try:
            take_roll(lan, cast.classroom, day=today(), session="S", period=2, exceptions=[Entry(pk, "K")])
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    with held(
        f"select id from roster_enrolment where id = {pk} for no key update",
        "insert into attendance_absence_notice (enrolment_id, sheet_id, day, session, period, due_at, answer) "
        f"select {pk}, id, day, session, period, now(), '' from attendance_sheet where id = {first.sheet_id}",
    ) as release:
        thread = threading.Thread(target=find_missing)
        thread.start()
        release(thread)
    thread.join(60)
    assert problems == []
    assert AbsenceNotice.objects.get().period == 1
    assert Mark.objects.get().code == "K"
