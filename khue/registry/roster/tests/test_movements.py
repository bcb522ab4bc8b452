"""Classes, moves between them, leaving and coming back; the counts follow whatever happens."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.people.models import Person
from khue.registry.roster import actions
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import Classroom, Enrolment, EnrolmentEvent, HeadCount, Homeroom
from khue.registry.roster.tests.place import admit, counted, last_entry, open_counts
from tests.cast import START, Cast, make_class, make_enrolment, make_person, make_staff

TODAY = timezone.localdate()


def test_a_class_is_opened_renamed_and_closed(cast: Cast) -> None:
    room = actions.open_class(cast.tam, cast.school, year_id=cast.year.pk, name="lớp 6 a1", grade=6)
    assert (room.name, room.level) == ("6A1", "THCS")
    actions.change_class(
        cast.tam, room, name="6A2", campus_id=cast.campus.pk, sessions_a_week=9, is_special=False
    )
    room.refresh_from_db()
    assert (room.name, room.campus, room.sessions_a_week) == ("6A2", cast.campus, 9)
    actions.close_class(cast.tam, room, on=TODAY)
    room.refresh_from_db()
    assert room.closed_on == TODAY
    assert last_entry().action == "roster.close_class"
    actions.reopen_class(cast.tam, room)
    room.refresh_from_db()
    assert room.closed_on is None


def test_a_name_may_be_there_once_and_must_speak_of_its_grade(cast: Cast) -> None:
    with pytest.raises(DomainError) as twice:
        actions.open_class(cast.tam, cast.school, year_id=cast.year.pk, name="8a3", grade=8)
    with pytest.raises(DomainError) as other:
        actions.open_class(cast.tam, cast.school, year_id=cast.year.pk, name="7A1", grade=8)
    with pytest.raises(DomainError) as level:
        actions.open_class(cast.tam, cast.school, year_id=cast.year.pk, name="10A1", grade=10)
    assert "name" in twice.value.fields
    assert "name" in other.value.fields
    assert "grade" in level.value.fields


def test_classes_belong_to_their_school_office(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        actions.open_class(cast.lan, cast.school, year_id=cast.year.pk, name="6A1", grade=6)
    with pytest.raises(NotAllowed):
        actions.open_class(cast.mai, cast.school, year_id=cast.year.pk, name="6A1", grade=6)
    for attempt in (
        lambda: actions.open_class(cast.ha, cast.school, year_id=cast.year.pk, name="6A1", grade=6),
        lambda: actions.change_class(
            cast.ha, cast.classroom, name="8B", campus_id=None, sessions_a_week=6, is_special=False
        ),
        lambda: actions.close_class(cast.ha, cast.classroom, on=TODAY),
        lambda: actions.assign_homeroom(cast.ha, cast.classroom, teacher_id=cast.people["mai"].pk, on=TODAY),
        lambda: actions.end_homeroom(cast.ha, cast.classroom, on=TODAY),
        lambda: actions.place_pupils(
            cast.ha, [cast.enrolments["an"]], classroom_id=cast.second_classroom.pk, on=TODAY
        ),
        lambda: actions.record_movement(
            cast.ha, [cast.enrolments["an"]], kind="dropped", on=TODAY, reason_code="work"
        ),
        lambda: actions.correct_movement(cast.ha, cast.enrolments["an"], reason="nhầm"),
    ):
        with pytest.raises(NotVisible):
            attempt()


def test_a_class_with_pupils_is_not_closed(cast: Cast) -> None:
    with pytest.raises(DomainError):
        actions.close_class(cast.tam, cast.classroom, on=TODAY)


def test_a_new_homeroom_teacher_takes_over_and_the_former_one_loses_the_class_that_day(cast: Cast) -> None:
    hanh = make_person("Phạm Thị Hạnh")
    make_staff(hanh, cast.school, "teacher")
    assert cast.lan.can("roster.view_profile", cast.enrolments["an"])
    actions.assign_homeroom(cast.tam, cast.classroom, teacher_id=hanh.pk, on=TODAY)
    assert not cast.lan.can("roster.view_profile", cast.enrolments["an"])
    held = Homeroom.objects.filter(classroom=cast.classroom).order_by("starts_on")
    assert [(row.teacher_id, row.ends_on) for row in held] == [
        (cast.people["lan"].pk, TODAY),
        (hanh.pk, cast.year.ends_on),
    ]


def test_only_staff_of_the_school_become_homeroom_teacher(cast: Cast) -> None:
    with pytest.raises(DomainError):
        actions.assign_homeroom(cast.tam, cast.classroom, teacher_id=cast.people["mai"].pk, on=TODAY)


def test_pupils_move_between_classes_in_one_action_of_a_handful_of_statements(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    crowd = [make_enrolment(make_person(f"Học Sinh {n}", sex=1), cast.classroom) for n in range(30)]
    recount(None, [cast.school], cast.year, on=START)
    actor = cast.tam
    with django_assert_max_num_queries(22):  # type: ignore[operator]
        actions.place_pupils(actor, crowd, classroom_id=cast.second_classroom.pk, on=TODAY)
    assert Enrolment.objects.filter(classroom=cast.second_classroom).count() == 31
    assert EnrolmentEvent.objects.filter(kind="class_changed").count() == 30
    assert open_counts() == counted()
    assert open_counts(TODAY - timedelta(days=1))[(cast.school.pk, cast.classroom.pk, 2026, 8)][0] == 31
    assert actions.undo_placing(actor, crowd) == 30
    assert open_counts() == counted()


def test_pupils_of_another_grade_are_not_put_into_a_class(cast: Cast) -> None:
    room = make_class("7A1", cast.school, cast.year, 7)
    with pytest.raises(DomainError):
        actions.place_pupils(cast.tam, [cast.enrolments["an"]], classroom_id=room.pk, on=TODAY)


def test_a_drop_out_says_why_and_lowers_the_count_from_that_day(cast: Cast) -> None:
    an, day = cast.enrolments["an"], TODAY - timedelta(days=10)
    with pytest.raises(DomainError):
        actions.record_movement(cast.tam, [an], kind="dropped", on=day)
    actions.record_movement(
        cast.tam, [an], kind="dropped", on=day, reason_code="poor", reason="Đi làm phụ mẹ"
    )
    an.refresh_from_db()
    assert (an.status, an.left_on) == ("dropped", day)
    key = (cast.school.pk, cast.classroom.pk, 2026, 8)
    assert open_counts(day - timedelta(days=1))[key] == (1, 1, 0)
    assert key not in open_counts(day)
    assert last_entry().action == "roster.record_movement"
    actions.record_movement(cast.tam, [an], kind="returned", on=TODAY)
    assert open_counts() == counted()


def test_what_cannot_follow_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(DomainError) as caught:
        actions.record_movement(cast.tam, [cast.enrolments["an"]], kind="returned", on=TODAY)
    assert "Đang học" in caught.value.message


def test_a_day_before_the_last_movement_or_after_today_is_refused(cast: Cast) -> None:
    for day in (TODAY + timedelta(days=1), START - timedelta(days=1)):
        with pytest.raises(DomainError):
            actions.record_movement(
                cast.tam, [cast.enrolments["an"]], kind="dropped", on=day, reason_code="work"
            )


def test_a_mistake_is_set_right_and_stays_on_record(cast: Cast) -> None:
    an = cast.enrolments["an"]
    actions.record_movement(cast.tam, [an], kind="deceased", on=TODAY)
    assert Person.objects.get(pk=an.person_id).died_on == TODAY
    actions.correct_movement(cast.tam, an, reason="Ghi nhầm em cùng tên")
    an.refresh_from_db()
    assert (an.status, an.status_on, an.left_on) == ("studying", START, None)
    assert Person.objects.get(pk=an.person_id).died_on is None
    assert [e.kind for e in EnrolmentEvent.objects.filter(enrolment=an).order_by("pk")] == [
        "admitted",
        "deceased",
        "corrected",
    ]
    assert open_counts() == counted()
    with pytest.raises(DomainError):
        actions.correct_movement(cast.tam, an, reason="lần nữa")


def test_suspended_pupils_still_count_and_reserved_ones_do_not(cast: Cast) -> None:
    actions.record_movement(cast.tam, [cast.enrolments["an"]], kind="suspended", on=TODAY, decision="01/QĐ")
    assert (cast.school.pk, cast.classroom.pk, 2026, 8) in open_counts()
    actions.record_movement(cast.tam, [cast.enrolments["khoi"]], kind="reserved", on=TODAY, decision="02/QĐ")
    assert (cast.school.pk, cast.second_classroom.pk, 2026, 8) not in open_counts()
    assert open_counts() == counted()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["dropped", "returned", "suspended", "reserved", "place", "admit", "correct", "sex", "close"]
        ),
        st.integers(0, 7),
        st.integers(0, 1),
        st.integers(0, 40),
    ),
    min_size=4,
    max_size=22,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_open_counts_equal_the_records(
    cast: Cast, steps: list[tuple[str, int, int, int]]
) -> None:
    tam = cast.tam
    rooms = [cast.classroom, cast.second_classroom]
    for kind, who, room, ago in steps:
        pupils = list(Enrolment.objects.filter(school=cast.school).order_by("pk"))
        pupil = pupils[who % len(pupils)]
        on = max(pupil.status_on, TODAY - timedelta(days=ago))
        try:
            if kind == "admit":
                admit(
                    cast,
                    classroom_id=rooms[room].pk if who % 3 else None,
                    joined_on=max(START, TODAY - timedelta(days=ago)),
                    is_somebody_new=True,
                )
            elif kind == "place":
                actions.place_pupils(tam, [pupil], classroom_id=rooms[room].pk, on=on)
            elif kind == "correct":
                actions.correct_movement(tam, pupil, reason="đính chính")
            elif kind == "sex":
                person = Person.objects.get(pk=pupil.person_id)
                actions.change_pupil(tam, pupil, version=person.version, values={"sex": 1 + room})
            elif kind == "close":
                actions.close_class(tam, rooms[room], on=TODAY)
                Classroom.objects.filter(pk=rooms[room].pk).update(closed_on=None)
            else:
                actions.record_movement(tam, [pupil], kind=kind, on=on, reason_code="other", decision="QĐ")
        except (DomainError, NotVisible):
            continue
        assert open_counts() == counted()
        assert _spans_are_sound()


def _spans_are_sound() -> bool:
    """No class has two rows on one day, and no count is negative."""
    last: dict[tuple[int, int | None, int], date | None] = {}
    for row in HeadCount.objects.order_by("school_id", "classroom_id", "grade", "valid_from"):
        key = (row.school_id, row.classroom_id, row.grade)
        if key in last and (last[key] is None or last[key] > row.valid_from):  # type: ignore[operator]
            return False
        if row.pupils < 0 or row.girls < 0 or row.girls > row.pupils:
            return False
        last[key] = row.valid_to
    return True


def test_a_correction_fetches_nobody_back_who_moved_away_since(cast: Cast) -> None:
    today = timezone.localdate()

    def an() -> Enrolment:
        return Enrolment.objects.get(pk=cast.enrolments["an"].pk)

    actions.record_movement(cast.tam, [an()], kind="reserved", on=today - timedelta(days=5), decision="1/QĐ")
    actions.record_movement(cast.tam, [an()], kind="returned", on=today - timedelta(days=3))
    transfer = actions.submit_transfer(
        cast.tam, cast.school, enrolment=an(), to_outside="THCS Hà Nội", reason_code="family_moved"
    )
    actions.release_transfer(cast.tam, cast.school, transfers=[transfer])
    with pytest.raises(DomainError, match="đính chính"):
        actions.correct_movement(cast.tam, an(), reason="nhầm")
    assert an().status == "transferred_out"
