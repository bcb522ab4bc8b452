"""Taking a roll: once for the whole class, by whom, until when, and what stays of what was said before."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry as AuditEntry
from khue.registry.calendar.models import SpecialDay
from khue.school.attendance import queries
from khue.school.attendance.actions import (
    Entry,
    excuse,
    override,
    set_mark,
    set_plan,
    take_late,
    take_roll,
)
from khue.school.attendance.models import LeaveRequest, Mark, Revision, Sheet
from khue.school.attendance.tests.rolls import classmates, lessons, take, today
from tests.cast import Cast
from tests.races import held


def test_everybody_is_there_but_the_exceptions(cast: Cast) -> None:
    lessons(cast)
    mates = classmates(cast, 4)
    taken = take(
        cast, Entry(mates[0].pk, "P"), Entry(mates[1].pk, "K", note=" sốt  cao "), Entry(mates[2].pk, "M", 10)
    )
    sheet = Sheet.objects.get()
    assert (taken.expected, taken.present, sheet.present) == (5, 3, 3)
    assert (sheet.excused, sheet.unexcused, sheet.late, sheet.is_main, sheet.version) == (1, 1, 1, True, 1)
    assert sheet.taken_by_id == cast.people["lan"].pk
    found = {mark.enrolment_id: (mark.code, mark.minutes, mark.note) for mark in Mark.objects.all()}
    assert found == {
        mates[0].pk: ("P", None, ""),
        mates[1].pk: ("K", None, "sốt cao"),
        mates[2].pk: ("M", 10, ""),
    }
    assert not Revision.objects.exists()
    entry = AuditEntry.objects.get(action="attendance.take_roll")
    assert f"attendance.sheet:{sheet.pk}" in entry.touched


def test_a_roll_nobody_took_is_not_a_class_that_was_there(cast: Cast) -> None:
    lessons(cast)
    assert queries.all_sheet(cast.classroom.pk, today(), "S", 0) is None
    assert Sheet(classroom=cast.classroom, expected=5).present is None


def test_a_correction_keeps_what_was_said_before(cast: Cast) -> None:
    lessons(cast)
    mate, other = classmates(cast, 2)
    first = take(cast, Entry(mate.pk, "K"))
    second = take(cast, Entry(other.pk, "P"), Entry(mate.pk, "M", 5), version=first.version)
    assert second.version == 2
    assert second.counts["K"] == 0
    assert second.counts["M"] == 1
    kept = {(row.enrolment_id, row.before, row.after, row.by_id) for row in Revision.objects.all()}
    lan = cast.people["lan"].pk
    assert kept == {(mate.pk, "K", "M", lan), (other.pk, "", "P", lan)}
    with pytest.raises(DatabaseError), transaction.atomic():
        Revision.objects.update(after="")


def test_the_same_roll_sent_twice_is_written_once(cast: Cast) -> None:
    lessons(cast)
    (mate,) = classmates(cast, 1)
    take(cast, Entry(mate.pk, "K"))
    again = take(cast, Entry(mate.pk, "K"))
    assert again.changed == 0
    assert again.version == 1


def test_who_comes_second_and_saw_less_writes_nothing(cast: Cast) -> None:
    lessons(cast)
    mate, other = classmates(cast, 2)
    take(cast, Entry(mate.pk, "K"))
    with pytest.raises(Conflict):
        take(cast, Entry(other.pk, "P"))
    assert [(mark.enrolment_id, mark.code) for mark in Mark.objects.all()] == [(mate.pk, "K")]


def test_who_teaches_elsewhere_takes_no_roll_here(cast: Cast) -> None:
    lessons(cast)
    with pytest.raises(NotVisible):
        take(cast, who="mai")
    with pytest.raises(NotAllowed):
        take(cast, who="binh")
    with pytest.raises(NotAllowed):
        take(cast, who="hung")


def test_a_teacher_who_is_not_the_homeroom_teacher_takes_the_roll_too(cast: Cast) -> None:
    lessons(cast)
    taken = take_roll(cast.lan, cast.second_classroom, day=today(), session="S")
    assert taken.expected == 1


@pytest.mark.parametrize("days", [-1, 1])
def test_no_roll_is_taken_on_another_day(cast: Cast, days: int) -> None:
    day = today() + timedelta(days=days)
    lessons(cast, day)
    with pytest.raises(DomainError):
        take(cast, day=day)
    assert not Sheet.objects.exists()


def test_a_closed_day_has_no_roll(cast: Cast) -> None:
    SpecialDay.objects.create(
        unit=cast.school, year=cast.year, kind="closure", name="Bão số 9", starts_on=today(), ends_on=today()
    )
    with pytest.raises(DomainError, match="Bão số 9"):
        take(cast)


def test_a_session_the_class_does_not_have_is_refused(cast: Cast) -> None:
    lessons(cast)
    with pytest.raises(DomainError):
        take_roll(cast.lan, cast.classroom, day=today(), session="C")
    with pytest.raises(DomainError):
        take_roll(cast.lan, cast.classroom, day=today(), session="S", period=1)


def test_by_period_where_the_plan_says_so(cast: Cast) -> None:
    lessons(cast)
    set_plan(
        cast.tam, cast.school, level="THCS", starts_on=today() - timedelta(days=1), morning_days="2345678",
        afternoon_days="", by_period=True,
    )  # fmt: skip
    (mate,) = classmates(cast, 1)
    for period in (1, 2):
        take_roll(
            cast.lan,
            cast.classroom,
            day=today(),
            session="S",
            period=period,
            exceptions=[Entry(mate.pk, "K")],
        )
    assert sorted(Sheet.objects.values_list("period", "is_main")) == [(1, True), (2, True)]
    with pytest.raises(DomainError):
        take(cast)


def test_pupils_of_another_class_are_refused(cast: Cast) -> None:
    lessons(cast)
    with pytest.raises(DomainError):
        take(cast, Entry(cast.enrolments["khoi"].pk, "K"))
    with pytest.raises(DomainError):
        take(cast, Entry(cast.enrolments["an"].pk, "Z"))
    with pytest.raises(DomainError):
        take(cast, Entry(cast.enrolments["an"].pk, "M", 900))


def test_one_pupil_who_comes_later_is_set_by_the_teacher(cast: Cast) -> None:
    lessons(cast)
    pk = cast.enrolments["an"].pk
    take(cast, Entry(pk, "K"))
    done = set_mark(
        cast.lan, cast.classroom, day=today(), session="S", entries=[Entry(pk, "M", 20)], seen={pk: "K"}
    )
    assert done.counts["M"] == 1
    assert Mark.objects.get().minutes == 20
    with pytest.raises(Conflict):
        set_mark(cast.lan, cast.classroom, day=today(), session="S", entries=[Entry(pk, "")], seen={pk: "K"})


def test_a_head_sets_right_what_is_past_with_a_reason(cast: Cast) -> None:
    day = today() - timedelta(days=1)
    lessons(cast, day)
    pk = cast.enrolments["an"].pk
    with pytest.raises(NotAllowed):
        take_late(cast.lan, cast.classroom, day=day, session="S", reason="Quên")
    with pytest.raises(DomainError):
        take_late(cast.hung, cast.classroom, day=day, session="S", reason=" ")
    take_late(
        cast.hung, cast.classroom, day=day, session="S", exceptions=[Entry(pk, "K")], reason="Cô Lan nghỉ ốm"
    )
    sheet = Sheet.objects.get()
    assert sheet.is_late
    assert sheet.source == "office"
    override(cast.hung, sheet, entries=[Entry(pk, "P")], reason="Có giấy khám", seen={pk: "K"})
    row = Revision.objects.get()
    assert (row.before, row.after, row.reason, row.by_id) == (
        "K",
        "P",
        "Có giấy khám",
        cast.people["hung"].pk,
    )
    with pytest.raises(NotVisible):
        override(cast.ha, sheet, entries=[Entry(pk, "")], reason="x")


def test_a_proof_excuses_within_three_school_days(cast: Cast) -> None:
    days = [today() - timedelta(days=n) for n in (1, 2, 3, 4)]
    lessons(cast, today(), *days)
    pk = cast.enrolments["an"].pk
    for day in days:
        take_late(cast.hung, cast.classroom, day=day, session="S", exceptions=[Entry(pk, "K")], reason="Bù")
    excuse(cast.lan, Sheet.objects.get(day=days[2]), enrolment_id=pk, proof="Giấy ra viện")
    assert Mark.objects.get(day=days[2]).code == "P"
    with pytest.raises(DomainError, match="3 ngày học"):
        excuse(cast.lan, Sheet.objects.get(day=days[3]), enrolment_id=pk, proof="Giấy ra viện")
    with pytest.raises(Conflict):
        excuse(cast.lan, Sheet.objects.get(day=days[2]), enrolment_id=cast.enrolments["an"].pk, proof="Lại")


def test_a_roll_carried_from_a_device_is_taken_in_late_if_nobody_took_it(cast: Cast) -> None:
    day = today() - timedelta(days=2)
    lessons(cast, day)
    pk = cast.enrolments["an"].pk
    taken = take_roll(
        cast.lan, cast.classroom, day=day, session="S", exceptions=[Entry(pk, "K")], source="carried"
    )
    assert Sheet.objects.get().is_late
    with pytest.raises(DomainError):
        take_roll(cast.lan, cast.classroom, day=day, session="S", version=taken.version, source="carried")


def test_a_handful_of_statements_whatever_the_class(cast: Cast) -> None:
    lessons(cast)
    mates = classmates(cast, 44)
    actor = cast.lan
    with CaptureQueriesContext(connection) as many:
        take_roll(
            actor, cast.classroom, day=today(), session="S", exceptions=[Entry(one.pk, "P") for one in mates]
        )
    assert Sheet.objects.get().excused == 44
    assert len(many) <= 16


def test_leave_that_was_granted_holds_though_the_taker_has_not_seen_it_yet(cast: Cast) -> None:
    lessons(cast)
    mates = classmates(cast, 2)
    LeaveRequest.objects.create(
        enrolment=mates[0], from_day=today(), from_session="S", to_day=today(), to_session="C", kind="sick",
        asked_by=cast.people["binh"], state="granted",
    )  # fmt: skip
    taken = take(cast, Entry(mates[0].pk, "K"), Entry(mates[1].pk, "K"))
    assert (taken.counts["P"], taken.counts["K"]) == (1, 1)
    assert dict(Mark.objects.values_list("enrolment_id", "code")) == {mates[0].pk: "P", mates[1].pk: "K"}
    assert Mark.objects.get(code="P").leave is not None


@pytest.mark.django_db(transaction=True)
def test_whoever_corrects_while_a_head_sets_right_the_same_roll_is_told(cast: Cast) -> None:
    lessons(cast)
    mates = classmates(cast, 2)
    taken = take(cast, Entry(mates[0].pk, "K"))
    lan, problems = cast.actor("lan"), []

    def correct() -> None:
        try:
            take_roll(
                lan, cast.classroom, day=today(), session="S", exceptions=[Entry(mates[1].pk, "K")],
                version=taken.version,
            )  # fmt: skip
        except BaseException as problem:
            problems.append(problem)
        finally:
            connection.close()

    with held(f"update attendance_sheet set version = version + 1 where id = {taken.sheet_id}") as release:
        thread = threading.Thread(target=correct)
        thread.start()
        release(thread)
    thread.join(60)
    assert [type(one) for one in problems] == [Conflict]
    assert list(Mark.objects.values_list("enrolment_id", flat=True)) == [mates[0].pk]
