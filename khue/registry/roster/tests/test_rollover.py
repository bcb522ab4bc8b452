"""The end of a school year: what the sweep writes, what stops it, and that it can be taken back to the letter."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.registry.calendar.models import SchoolYear, Term
from khue.registry.roster.actions.rollover import (
    confirm_rollover,
    draft_rollover,
    drop_draft,
    run_rollover,
    set_outcomes,
    undo_rollover,
)
from khue.registry.roster.head_counts import recount
from khue.registry.roster.models import (
    Classroom,
    Enrolment,
    EnrolmentEvent,
    HeadCount,
    Homeroom,
    Rollover,
    Transfer,
)
from khue.registry.roster.queries import rollover as queries
from khue.registry.roster.tests.everything import differences, everything
from tests.cast import Cast, make_class, make_enrolment, make_person


@pytest.fixture
def next_year(cast: Cast) -> SchoolYear:
    return SchoolYear.objects.create(pk=2027, starts_on=date(2027, 8, 1), ends_on=date(2028, 7, 31))


def pupils_of(
    cast: Cast, room: Classroom, count: int, *, prefix: str = "Nguyễn Văn", **more: Any
) -> list[Enrolment]:
    made = []
    for number in range(count):
        person = make_person(
            f"{prefix} {chr(65 + number % 26)}{number}",
            birth_date=date(2013, 1, 1),
            sex=1 + number % 2,
            ethnicity="01",
        )
        made.append(make_enrolment(person, room, **more))
    recount(None, [room.school_id], cast.year, on=date(2026, 9, 5))
    return made


def draft(cast: Cast) -> Rollover:
    return draft_rollover(cast.hung, cast.school, from_year_id=2026)


def run(cast: Cast, rollover: Rollover) -> Rollover:
    return run_rollover(cast.hung, rollover, version=rollover.version)


def test_a_class_goes_up_with_its_pupils_and_its_name(cast: Cast, next_year: SchoolYear) -> None:
    done = run(cast, draft(cast))
    room = Classroom.objects.get(year=next_year, school=cast.school, name="9A3")
    assert (room.grade, room.level) == (9, "THCS")
    new = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    assert (new.year_id, new.classroom_id, new.grade, new.status, new.is_repeat) == (
        2027,
        room.pk,
        9,
        "studying",
        False,
    )
    old = cast.enrolments["an"]
    old.refresh_from_db()
    assert (old.is_current, old.status, old.classroom_id) == (False, "studying", cast.classroom.pk)
    assert EnrolmentEvent.objects.get(enrolment=old, kind="promoted").classroom_id == cast.classroom.pk
    assert not Homeroom.objects.filter(classroom=room).exists()
    assert done.state == "done"
    assert done.result["totals"] == {"promote": 2, "retain": 0, "complete": 0, "leave": 0}


def test_the_new_years_head_count_begins_with_the_new_year(cast: Cast, next_year: SchoolYear) -> None:
    run(cast, draft(cast))
    counts = HeadCount.objects.filter(year=next_year, school=cast.school)
    assert sorted(counts.values_list("classroom__name", "pupils", "girls", "valid_from")) == [
        ("9A3", 1, 1, date(2027, 8, 1)), ("9A5", 1, 0, date(2027, 8, 1)),
    ]  # fmt: skip


def test_who_finishes_the_last_grade_completes_and_has_no_place_next_year(
    cast: Cast, next_year: SchoolYear
) -> None:
    last = make_class("9A1", cast.school, cast.year, 9)
    (leaver,) = pupils_of(cast, last, 1)
    run(cast, draft(cast))
    leaver.refresh_from_db()
    assert (leaver.status, leaver.is_current, leaver.left_on) == ("completed", True, timezone.localdate())
    assert EnrolmentEvent.objects.filter(enrolment=leaver, kind="completed").count() == 1
    assert not Classroom.objects.filter(year=next_year, grade=10).exists()
    assert HeadCount.objects.get(classroom=last, valid_to__isnull=True).pupils == 0


def test_who_stays_joins_the_class_of_the_old_name(cast: Cast, next_year: SchoolYear) -> None:
    lower = make_class("7A3", cast.school, cast.year, 7)
    pupils_of(cast, lower, 2)
    drafted = draft(cast)
    drafted = set_outcomes(
        cast.hung,
        drafted,
        version=drafted.version,
        outcomes={cast.enrolments["an"].pk: "retain"},
        class_names={},
    )
    run(cast, drafted)
    new = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    assert (new.grade, new.is_repeat, new.classroom.name if new.classroom else "") == (8, True, "8A3")
    assert EnrolmentEvent.objects.filter(enrolment=cast.enrolments["an"], kind="retained").exists()
    assert Enrolment.objects.filter(classroom=new.classroom).count() == 3


def test_a_class_is_opened_for_who_stays_in_the_lowest_grade(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    drafted = set_outcomes(
        cast.hung,
        drafted,
        version=drafted.version,
        outcomes={cast.enrolments["an"].pk: "retain"},
        class_names={},
    )
    plan = queries.plan(cast.hung, drafted)
    assert [(room.name, room.opened_for, room.pupils) for room in plan.after] == [
        ("8A3", "8A3", 1),
        ("9A5", "", 1),
    ]
    run(cast, drafted)
    new = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    assert new.classroom is not None
    assert (new.classroom.name, new.classroom.year_id) == ("8A3", 2027)


def test_a_pupil_may_be_put_into_another_class_by_hand(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    choice = {cast.enrolments["an"].pk: "promote:9a5"}
    run(cast, set_outcomes(cast.hung, drafted, version=drafted.version, outcomes=choice, class_names={}))
    new = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    assert new.classroom is not None
    assert new.classroom.name == "9A5"
    assert not Classroom.objects.filter(year=next_year, name="9A3").exists()


def test_who_does_not_come_back_is_written_as_having_left(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    choice = {cast.enrolments["an"].pk: "leave"}
    run(cast, set_outcomes(cast.hung, drafted, version=drafted.version, outcomes=choice, class_names={}))
    old = Enrolment.objects.get(person=cast.people["an"])
    assert (old.status, old.is_current) == ("dropped", True)


def test_two_classes_may_become_one_and_names_may_change(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    names = {cast.classroom.pk: "9B", cast.second_classroom.pk: "lớp 9b"}
    drafted = set_outcomes(cast.hung, drafted, version=drafted.version, outcomes={}, class_names=names)
    assert "joined" in [problem.kind for problem in queries.plan(cast.hung, drafted).problems]
    run(cast, drafted)
    room = Classroom.objects.get(year=next_year)
    assert (room.name, Enrolment.objects.filter(classroom=room).count()) == ("9B", 2)


def test_a_name_that_belongs_to_another_grade_stops_the_sweep(cast: Cast, next_year: SchoolYear) -> None:
    make_class("9A3", cast.school, next_year, 7)
    drafted = draft(cast)
    with pytest.raises(DomainError, match="9A3"):
        run(cast, drafted)


def test_a_class_opened_before_takes_the_pupils_in(cast: Cast, next_year: SchoolYear) -> None:
    there = make_class("9A3", cast.school, next_year, 9)
    drafted = draft(cast)
    assert "taken" in [problem.kind for problem in queries.plan(cast.hung, drafted).problems]
    run(cast, drafted)
    assert Enrolment.objects.get(person=cast.people["an"], is_current=True).classroom_id == there.pk


def test_the_gradebooks_results_count_until_somebody_says_otherwise() -> None:
    from khue.registry.roster.rules_year import PupilYear, RoomBefore, make_plan

    rooms = [RoomBefore(1, "6A1", 6, "THCS", None, "6A1")]
    pupils = [
        PupilYear(n, n, f"Em {n}", str(n), "studying", date(2026, 9, 5), 1, None, 6, "THCS")
        for n in (1, 2, 3)
    ]
    plan = make_plan(
        rooms,
        pupils,
        ["THCS"],
        class_names={},
        outcomes={"2": "promote"},
        results={1: "retain", 2: "retain", 3: "nonsense"},
    )
    assert [pupil.outcome for pupil in plan.pupils] == ["retain", "promote", "promote"]


def test_who_waits_for_another_school_is_left_alone_and_swept_later(
    cast: Cast, next_year: SchoolYear
) -> None:
    transfer = Transfer.objects.create(
        enrolment=cast.enrolments["an"], from_school=cast.school, to_school=cast.other_school, reason_code="nearer",
        submitted_on=date(2026, 11, 2), answer_due_on=date(2026, 11, 9), wanted_grade=8,
    )  # fmt: skip
    done = run(cast, draft(cast))
    assert not Enrolment.objects.filter(person=cast.people["an"], year=next_year).exists()
    assert done.result["totals"]["promote"] == 1
    transfer.state = "refused"
    transfer.save()
    again = run(cast, done)
    assert Enrolment.objects.get(person=cast.people["an"], is_current=True).year_id == 2027
    assert again.result["totals"]["promote"] == 2


def test_a_school_year_that_is_not_open_stops_the_draft(cast: Cast) -> None:
    with pytest.raises(DomainError, match="2027"):
        draft(cast)


def test_a_closed_year_stops_the_sweep(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    next_year.is_closed = True
    next_year.save()
    with pytest.raises(DomainError, match="chưa mở"):
        run(cast, drafted)


def test_running_while_lessons_go_on_is_said(cast: Cast, next_year: SchoolYear) -> None:
    Term.objects.filter(number=2).update(ends_on=timezone.localdate())
    kinds = [problem.kind for problem in queries.plan(cast.hung, draft(cast)).problems]
    assert "running" in kinds


def test_mai_sees_no_rollover_of_another_school_and_may_do_none(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    for actor in (cast.mai, cast.lan, cast.an, cast.son, cast.thanh):
        with pytest.raises((NotAllowed, NotVisible)):
            run_rollover(actor, drafted, version=drafted.version)
    for act in (run_rollover, undo_rollover, confirm_rollover, drop_draft):
        with pytest.raises(NotVisible):
            act(cast.ha, drafted, version=drafted.version)
    with pytest.raises(NotVisible):
        draft_rollover(cast.ha, cast.school, from_year_id=2026)
    with pytest.raises(NotVisible):
        set_outcomes(cast.ha, drafted, version=drafted.version, outcomes={}, class_names={})
    assert list(queries.rollovers(cast.mai)) == []
    assert queries.plan(cast.ha, drafted).pupils == []


def test_the_sweep_asks_who_one_is(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    with pytest.raises(ProofNeeded):
        run_rollover(cast.actor("hung", proved=False), drafted, version=drafted.version)


def test_two_people_at_one_draft_do_not_overwrite_each_other(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    set_outcomes(
        cast.tam, drafted, version=drafted.version, outcomes={}, class_names={cast.classroom.pk: "9C"}
    )
    with pytest.raises(Conflict):
        run(cast, drafted)


def test_one_entry_says_who_swept_and_whom(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    before = Entry.objects.count()
    run(cast, drafted)
    entry = Entry.objects.order_by("-pk")[0]
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.chain) == ("roster.run_rollover", cast.school.pk)
    assert f"people.person:{cast.people['an'].pk}" in entry.touched


def test_undone_the_database_is_as_it_was(cast: Cast, next_year: SchoolYear) -> None:
    for seed in range(5):
        chance = random.Random(seed)
        for name, grade in ((f"6B{seed}", 6), (f"7B{seed}", 7), (f"9B{seed}", 9)):
            pupils_of(
                cast,
                make_class(name, cast.school, cast.year, grade),
                chance.randint(1, 6),
                prefix=f"Trần {seed}",
            )
        make_enrolment(make_person(f"Em Chờ {seed}"), cast.classroom, status="reserved")
        recount(None, [cast.school.pk], cast.year, on=date(2026, 9, 5))
        drafted = draft(cast)
        choices = {
            pupil.enrolment_id: chance.choice(["promote", "retain", "leave"])
            for pupil in queries.all_plan(drafted).pupils
            if pupil.grade < 9 and chance.random() < 0.5
        }
        drafted = set_outcomes(cast.hung, drafted, version=drafted.version, outcomes=choices, class_names={})
        before = everything(but=["roster_rollover"])
        done = run(cast, drafted)
        assert differences(before, everything(but=["roster_rollover"]))
        undo_rollover(cast.hung, done, version=done.version)
        assert differences(before, everything(but=["roster_rollover"])) == {}


def test_undoing_after_another_movement_counts_anew(cast: Cast, next_year: SchoolYear) -> None:
    done = run(cast, draft(cast))
    newcomer = make_enrolment(make_person("Đến Sau", sex=1), cast.classroom)
    recount(None, [cast.school.pk], cast.year, on=date(2026, 11, 1))
    undo_rollover(cast.hung, done, version=done.version)
    assert not HeadCount.objects.filter(year=next_year).exclude(pupils=0).exists()
    assert HeadCount.objects.get(classroom=cast.classroom, valid_to__isnull=True).pupils == 2
    assert newcomer.is_current


def test_nothing_is_undone_over_somebody_elses_work(cast: Cast, next_year: SchoolYear) -> None:
    done = run(cast, draft(cast))
    room = Classroom.objects.get(year=next_year, name="9A3")
    homeroom = Homeroom.objects.create(
        classroom=room, teacher=cast.people["lan"], starts_on=date(2027, 8, 1), ends_on=date(2028, 7, 31)
    )
    with pytest.raises(DomainError, match="chủ nhiệm"):
        undo_rollover(cast.hung, done, version=done.version)
    homeroom.delete()
    Enrolment.objects.filter(classroom=room).update(version=2)
    with pytest.raises(Conflict):
        undo_rollover(cast.hung, done, version=done.version)


def test_what_is_confirmed_stays(cast: Cast, next_year: SchoolYear) -> None:
    done = run(cast, draft(cast))
    confirmed = confirm_rollover(cast.hung, done, version=done.version)
    assert confirmed.state == "confirmed"
    with pytest.raises(DomainError):
        undo_rollover(cast.hung, confirmed, version=confirmed.version)
    with pytest.raises(DomainError):
        draft(cast)


def test_a_draft_put_aside_gives_its_choices_to_the_next(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    drafted = set_outcomes(
        cast.hung, drafted, version=drafted.version, outcomes={}, class_names={cast.classroom.pk: "9C"}
    )
    drop_draft(cast.hung, drafted, version=drafted.version)
    assert draft(cast).class_names == {str(cast.classroom.pk): "9C"}


def test_an_outcome_that_makes_no_sense_is_refused(cast: Cast, next_year: SchoolYear) -> None:
    drafted = draft(cast)
    with pytest.raises(DomainError, match="Lê Hoài An"):
        set_outcomes(
            cast.hung,
            drafted,
            version=drafted.version,
            outcomes={cast.enrolments["an"].pk: "complete"},
            class_names={},
        )


def test_a_big_school_costs_no_more_statements_than_a_small_one(cast: Cast, next_year: SchoolYear) -> None:
    pupils_of(cast, cast.classroom, 40)
    drafted = draft(cast)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        run(cast, drafted)
    assert len(captured) <= 45
