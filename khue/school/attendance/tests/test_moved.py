"""Pupils who came, moved or left in the middle of a term: in each class for the days they were in it, counted once."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from khue.registry.roster.models import Enrolment, EnrolmentEvent
from khue.school.attendance import queries, tables
from khue.school.attendance.actions import Entry, answer_leave, ask_leave, override
from khue.school.attendance.models import Mark, Sheet
from khue.school.attendance.queries.registers import all_register
from khue.school.attendance.queries.rolls import all_beside
from khue.school.attendance.tests.rolls import before, classmates, lessons, take, today, write_rolls
from tests.cast import Cast


def move(cast: Cast, row: Enrolment, on: date) -> None:
    """Move a pupil of 8A3 to the other class on a day, as the office does."""
    for room, kind, day in (
        (cast.classroom, "admitted", row.joined_on),
        (cast.second_classroom, "class_changed", on),
    ):
        EnrolmentEvent.objects.create(
            enrolment=row, school_id=row.school_id, classroom=room, kind=kind, on=day
        )
    Enrolment.objects.filter(pk=row.pk).update(classroom=cast.second_classroom)


def members(cast: Cast, day: date) -> tuple[set[int], set[int]]:
    """Who is on the rolls of both classes on a day."""
    first, second = (
        {row.enrolment_id for row in queries.all_marks(0, room.pk, day)}
        for room in (cast.classroom, cast.second_classroom)
    )
    return first, second


def test_a_pupil_who_changed_class_is_on_the_roll_of_each_day_s_class(cast: Cast) -> None:
    days = before(3)
    lessons(cast, today(), *days)
    mate, stays = classmates(cast, 2)
    write_rolls(cast, days, [mate.pk], code="K")
    move(cast, mate, days[0])
    then, now = members(cast, days[1]), members(cast, today())
    assert mate.pk in then[0]
    assert mate.pk not in then[1]
    assert mate.pk not in now[0]
    assert mate.pk in now[1]
    assert all(stays.pk in one[0] and stays.pk not in one[1] for one in (then, now))
    Mark.objects.filter(day=days[0]).delete()
    assert mate.pk not in members(cast, days[0])[0]
    assert all_beside(cast.classroom.pk, days[1], "S")[mate.pk].full_name == mate.person.full_name

    room = queries.all_room(cast.classroom.pk, today())
    table = tables.week(all_register(room, days[2], today()))
    line = next(one for one in table.lines if one.pupil.enrolment_id == mate.pk)
    by_day = {column.day: code for column, code in zip(table.columns, line.codes, strict=True)}
    assert [by_day[day] for day in reversed(days)] == [
        "K",
        "K",
        None,
    ]  # neither there nor away once elsewhere
    elsewhere = all_register(queries.all_room(cast.second_classroom.pk, today()), days[2], days[1])
    assert mate.pk not in {one.enrolment_id for one in elsewhere.pupils}

    done = override(
        cast.hung, Sheet.objects.get(day=days[1]), entries=[Entry(mate.pk, "P")], reason="Có đơn giấy"
    )
    assert done.counts["P"] == 1
    page = cast.client("hung").get(reverse("attendance:pupil", args=[mate.pk])).content.decode()
    assert "Có đơn giấy" in page  # what was noted in the class before goes along
    assert sum(map(sum, queries.all_absences([mate.pk]).values())) == 2


def test_a_session_noted_in_both_classes_counts_once(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day)
    term = cast.year.terms.get(number=1)
    term.starts_on, term.ends_on = day, today()
    term.save()
    (mate,) = classmates(cast, 1)
    write_rolls(cast, [day], [mate.pk], code="P")
    write_rolls(cast, [day], [mate.pk], code="K", room=cast.second_classroom)
    assert queries.all_absences([mate.pk]) == {(mate.pk, 1): (0, 1)}


def test_who_came_later_or_left_is_expected_only_in_between(cast: Cast) -> None:
    days = before(3)
    lessons(cast, today(), *days)
    came, left = classmates(cast, 2)
    Enrolment.objects.filter(pk=came.pk).update(joined_on=days[0])
    Enrolment.objects.filter(pk=left.pk).update(left_on=days[0], status="transferred_out", status_on=days[0])
    first = [members(cast, day)[0] for day in (days[1], days[0], today())]
    assert [came.pk in one for one in first] == [False, True, True]
    assert [left.pk in one for one in first] == [True, False, False]
    assert take(cast).expected == len(first[2])


def test_leave_excuses_what_was_noted_in_the_class_before(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, today(), day)
    an = cast.enrolments["an"]
    (sheet,) = write_rolls(cast, [day], [an.pk], code="K")
    move(cast, an, today())
    leave = ask_leave(cast.binh, Enrolment.objects.get(pk=an.pk), from_day=day, to_day=day, kind="sick")
    answer_leave(cast.hung, leave, is_granted=True)
    assert Mark.objects.get(sheet=sheet).code == "P"
    sheet.refresh_from_db()
    assert (sheet.excused, sheet.unexcused) == (1, 0)
