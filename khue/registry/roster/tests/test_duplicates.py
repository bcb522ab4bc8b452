"""Doubles: found, merged with everything that hangs on them, and parted again to the letter."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from khue.kernel.access.models import RoleAssignment
from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.people.models import Account, Identifier, Person
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.queries import open_tasks
from khue.registry.roster import duplicate_candidates
from khue.registry.roster.actions.duplicates import (
    ask_merge,
    find_duplicates,
    keep_apart,
    look_again,
    merge,
    undo_merge,
)
from khue.registry.roster.head_counts import recount
from khue.registry.roster.journal import references
from khue.registry.roster.merging import LEFT_ALONE, OWN, movable, name_of, reason
from khue.registry.roster.models import (
    DuplicatePair,
    Enrolment,
    EnrolmentEvent,
    Guardianship,
    HeadCount,
    PupilProfile,
    Transfer,
)
from khue.registry.roster.queries import duplicates as queries
from khue.registry.roster.tests.everything import differences, everything
from tests.cast import Cast, make_account, make_enrolment, make_person, make_staff

TABLES = ("roster_duplicate_pair",)


@pytest.fixture
def double(cast: Cast) -> Enrolment:
    """An once more, in the other class of her school, with a temporary code."""
    person = make_person("Lê Hoài Ân", birth_date=date(2013, 3, 14), sex=2, address="Bản Mới")
    Identifier.objects.create(person=person, system="temporary", value="TAM-1", unit=cast.school)
    row = make_enrolment(person, cast.second_classroom)
    recount(None, [cast.school.pk], cast.year, on=date(2026, 9, 5))
    return row


@pytest.fixture
def elsewhere(cast: Cast) -> Enrolment:
    """An once more, at Mai's school, since October."""
    person = make_person("Lê Hoài An", birth_date=date(2013, 3, 14), sex=2)
    row = make_enrolment(person, cast.other_classroom)
    row.joined_on = date(2026, 10, 12)
    row.save()
    recount(None, [cast.other_school.pk], cast.year, on=date(2026, 10, 12))
    return row


def both(cast: Cast, other: Enrolment) -> list[Enrolment]:
    return list(
        Enrolment.objects.filter(person_id__in=[cast.people["an"].pk, other.person_id], is_current=True)
    )


def merged(cast: Cast, other: Enrolment, **more: Any) -> DuplicatePair:
    more.setdefault("kept_person_id", cast.people["an"].pk)
    return merge(cast.hung, both(cast, other), **more)


# --- finding -------------------------------------------------------------------------------------------------
def test_the_same_folded_name_and_birth_date_are_a_likely_pair(cast: Cast, double: Enrolment) -> None:
    assert find_duplicates(cast.tam, cast.school) == 1
    pair = DuplicatePair.objects.get()
    assert (pair.first_id, pair.second_id) == (cast.people["an"].pk, double.person_id)
    assert (pair.school_id, pair.score) == (cast.school.pk, 85)
    assert "ngày sinh" in pair.why


def test_two_different_personal_numbers_speak_against_a_pair(cast: Cast, double: Enrolment) -> None:
    Person.objects.filter(pk=double.person_id).update(personal_id="014313000001")
    Person.objects.filter(pk=cast.people["an"].pk).update(personal_id="014313000002")
    assert find_duplicates(cast.tam, cast.school) == 0


def test_one_number_in_two_systems_is_a_pair_whatever_the_names(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["an"].pk).update(personal_id="014313000002")
    Identifier.objects.create(person=cast.people["vy"], system="vneid", value="014313000002")
    assert duplicate_candidates.refresh(None) == 1
    assert DuplicatePair.objects.get().score == 95


def test_a_number_that_only_a_school_gave_says_nothing(cast: Cast) -> None:
    for name, unit in (("an", cast.school), ("vy", cast.other_school)):
        Identifier.objects.create(person=cast.people[name], system="school", value="HS001", unit=unit)
    assert duplicate_candidates.refresh(None) == 0


def test_a_pair_that_no_longer_holds_goes_and_a_decided_one_stays(cast: Cast, double: Enrolment) -> None:
    find_duplicates(cast.tam, cast.school)
    pair = DuplicatePair.objects.get()
    keep_apart(cast.hung, both(cast, double), pair=pair)
    assert duplicate_candidates.refresh(None) == 1
    assert DuplicatePair.objects.get().decision == "different"
    look_again(cast.hung, both(cast, double), pair=pair)
    Person.objects.filter(pk=double.person_id).update(birth_date=date(2013, 3, 15))
    assert duplicate_candidates.refresh([cast.school.pk]) == 0
    assert not DuplicatePair.objects.exists()


# --- merging -------------------------------------------------------------------------------------------------
def test_every_foreign_key_to_a_person_is_moved_or_left_alone_for_a_reason() -> None:
    keys = {name_of(model, column): reason(model, column) for model, column in references(Person)}
    handled = {name_of(model, column) for model, column in movable()} | OWN
    assert {name for name in keys if name not in handled and not keys[name]} == set()
    assert {name for name, why in keys.items() if why} & handled == set()
    assert set(LEFT_ALONE) <= set(keys)
    assert set(keys) >= OWN
    every = {
        name_of(model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.remote_field.model is Person
    }
    assert every == set(keys)


def test_afterwards_nothing_movable_points_to_the_record_that_went(cast: Cast, double: Enrolment) -> None:
    gone = double.person
    make_staff(gone, cast.school, "teacher")
    RoleAssignment.objects.create(
        person=gone, role="office_officer", unit=cast.commune, starts_on=date(2026, 9, 1)
    )
    make_account(gone, "an2")
    PupilProfile.objects.create(person=gone, policy="Con thương binh")
    Guardianship.objects.create(
        pupil=gone, guardian=cast.people["binh"], relation="father", starts_on=date(2026, 9, 5)
    )
    merge(cast.son, both(cast, double), kept_person_id=cast.people["an"].pk)
    left = {
        name_of(model, column)
        for model, column in references(Person)
        if model._base_manager.filter(**{column.attname: gone.pk}).exists() and not reason(model, column)
    }
    assert left == {"people.Account.person"}  # shut
    assert not Account.objects.get(person=gone).is_active
    assert RoleAssignment.objects.filter(person=cast.people["an"]).exists()


def test_two_enrolments_at_one_school_become_one(cast: Cast, double: Enrolment) -> None:
    merged(cast, double)
    row = Enrolment.objects.get(person=cast.people["an"])
    assert (row.classroom_id, row.is_current) == (cast.classroom.pk, True)
    assert not Enrolment.objects.filter(pk=double.pk).exists()
    assert EnrolmentEvent.objects.filter(enrolment=row, kind="admitted").count() == 1
    assert HeadCount.objects.get(classroom=cast.second_classroom, valid_to__isnull=True).pupils == 1
    gone = Person.objects.get(pk=double.person_id)
    assert gone.merged_into_id == cast.people["an"].pk


def test_the_class_of_the_other_record_may_be_chosen(cast: Cast, double: Enrolment) -> None:
    merged(cast, double, choices={"classroom": double.person_id, "full_name": double.person_id})
    row = Enrolment.objects.select_related("person").get(person=cast.people["an"])
    assert row.classroom_id == cast.second_classroom.pk
    assert (row.person.full_name, row.sort_key) == ("Lê Hoài Ân", row.person.sort_key)


def test_what_only_the_other_record_knows_is_filled_in(cast: Cast, double: Enrolment) -> None:
    merged(cast, double)
    an = Person.objects.get(pk=cast.people["an"].pk)
    assert (an.full_name, an.address) == ("Lê Hoài An", "Bản Mới")
    assert Identifier.objects.get(value="TAM-1").person_id == an.pk


def test_a_number_that_loses_still_finds_the_child(cast: Cast, double: Enrolment) -> None:
    Person.objects.filter(pk=double.person_id).update(ministry_code="1400000002")
    Person.objects.filter(pk=cast.people["an"].pk).update(ministry_code="1400000001")
    merged(cast, double, choices={"ministry_code": double.person_id})
    assert Person.objects.get(pk=cast.people["an"].pk).ministry_code == "1400000002"
    assert Identifier.objects.get(system="old_ministry_code").value == "1400000001"


def test_of_two_schools_the_newer_enrolment_stays_and_the_older_ends(
    cast: Cast, elsewhere: Enrolment
) -> None:
    pair = merge(cast.son, both(cast, elsewhere), kept_person_id=cast.people["an"].pk)
    old, new = cast.enrolments["an"], elsewhere
    old.refresh_from_db()
    new.refresh_from_db()
    assert (new.person_id, new.is_current) == (cast.people["an"].pk, True)
    assert (old.is_current, old.status, old.left_on) == (False, "transferred_out", date(2026, 10, 12))
    assert HeadCount.objects.get(classroom=cast.classroom, valid_to__isnull=True).pupils == 0
    assert HeadCount.objects.get(classroom=cast.classroom, valid_to=date(2026, 10, 12)).pupils == 1
    assert pair.school_id is None


def test_the_account_in_use_stays_and_the_other_is_shut(cast: Cast, double: Enrolment) -> None:
    used = make_account(double.person, "an2")
    Account.objects.filter(person=cast.people["an"]).update(activated_at=None)
    merged(cast, double)
    assert Account.objects.get(person=cast.people["an"]).pk == used.pk
    other = Account.objects.get(login_name="an")
    assert (other.is_active, other.person_id, other.session_epoch) == (False, double.person_id, 1)


def test_a_court_order_on_either_record_holds(cast: Cast, double: Enrolment) -> None:
    Guardianship.objects.create(
        pupil=double.person, guardian=cast.people["binh"], relation="father", starts_on=date(2026, 9, 5),
        may_view=False, restriction="QĐ 12/2026",
    )  # fmt: skip
    merged(cast, double)
    ties = Guardianship.objects.filter(pupil=cast.people["an"], guardian=cast.people["binh"])
    assert [tie.may_view for tie in ties.filter(ends_on__isnull=True)] == [False]
    assert ties.get(ends_on__isnull=True).restriction == "QĐ 12/2026"


def test_an_open_transfer_of_the_double_follows(cast: Cast, double: Enrolment) -> None:
    transfer = Transfer.objects.create(
        enrolment=double, from_school=cast.school, to_school=cast.other_school, reason_code="nearer",
        submitted_on=date(2026, 11, 2), answer_due_on=date(2026, 11, 9), wanted_grade=8,
    )  # fmt: skip
    merged(cast, double)
    transfer.refresh_from_db()
    assert transfer.enrolment_id == cast.enrolments["an"].pk


def test_a_mother_and_her_child_are_never_one(cast: Cast, double: Enrolment) -> None:
    Guardianship.objects.create(
        pupil=double.person, guardian=cast.people["an"], relation="other", starts_on=date(2026, 9, 5)
    )
    with pytest.raises(DomainError, match="cha mẹ"):
        merged(cast, double)


def test_one_entry_says_who_merged(cast: Cast, double: Enrolment) -> None:
    before = Entry.objects.count()
    merged(cast, double)
    entry = Entry.objects.order_by("-pk")[0]
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.chain) == ("roster.merge", cast.school.pk)
    assert {f"people.person:{cast.people['an'].pk}", f"people.person:{double.person_id}"} <= set(
        entry.touched
    )


# --- who may -------------------------------------------------------------------------------------------------
def test_two_schools_are_the_departments_business(cast: Cast, elsewhere: Enrolment) -> None:
    for actor in (cast.hung, cast.tam, cast.ha, cast.mai, cast.lan, cast.thanh, cast.binh):
        with pytest.raises((NotVisible, NotAllowed)):
            merge(actor, both(cast, elsewhere), kept_person_id=cast.people["an"].pk)
    merge(cast.son, both(cast, elsewhere), kept_person_id=cast.people["an"].pk)


def across(cast: Cast, elsewhere: Enrolment) -> tuple[Enrolment, DuplicatePair]:
    """An's enrolment at her school, and the pair she makes with the record at Mai's."""
    duplicate_candidates.refresh(None)
    return cast.enrolments["an"], DuplicatePair.objects.get(
        first_id=cast.people["an"].pk, second_id=elsewhere.person_id
    )


def test_ask_merge_puts_the_pair_before_the_department_once_and_is_written_down(
    cast: Cast, elsewhere: Enrolment
) -> None:
    enrolment, pair = across(cast, elsewhere)
    for _again in range(2):
        ask_merge(cast.hung, enrolment, pair=pair)
    task = Task.objects.get(kind="roster.merge_across")
    assert (task.unit_id, task.permission, task.detail) == (
        cast.department.pk,
        "roster.merge",
        "Lê Hoài An có hồ sơ ở hai trường.",
    )
    assert (task in open_tasks(cast.son), task in open_tasks(cast.hung)) == (True, False)
    entry = Entry.objects.filter(action="roster.ask_merge").latest("pk")
    assert (entry.actor_id, entry.chain, entry.reason) == (
        cast.people["hung"].pk,
        cast.school.pk,
        "Lê Hoài An có hồ sơ ở hai trường.",
    )
    assert {f"people.person:{pair.first_id}", f"people.person:{pair.second_id}"} <= set(entry.touched)


def test_one_asks_only_about_a_pair_that_holds_a_pupil_of_ones_own(cast: Cast, elsewhere: Enrolment) -> None:
    enrolment, pair = across(cast, elsewhere)
    with pytest.raises(NotVisible):
        ask_merge(cast.hung, cast.enrolments["khoi"], pair=pair)
    Enrolment.objects.filter(pk=enrolment.pk).update(is_current=False)
    with pytest.raises(NotVisible):
        ask_merge(cast.hung, enrolment, pair=pair)
    assert not Task.objects.exists()


def test_mai_does_not_ask_about_a_pupil_of_another_school(cast: Cast, elsewhere: Enrolment) -> None:
    enrolment, pair = across(cast, elsewhere)
    for name in ("mai", "ha"):
        with pytest.raises((NotAllowed, NotVisible)):
            ask_merge(cast.actor(name), enrolment, pair=pair)
    assert not Task.objects.exists()
    assert not Entry.objects.filter(action="roster.ask_merge").exists()


def test_mai_and_her_head_see_no_pair_of_another_school(cast: Cast, double: Enrolment) -> None:
    find_duplicates(cast.tam, cast.school)
    pair = DuplicatePair.objects.get()
    assert queries.pair_rows(cast.ha).rows == []
    assert queries.comparison(cast.ha, pair.pk) is None
    assert queries.comparison(cast.mai, pair.pk) is None
    with pytest.raises(NotVisible):
        keep_apart(cast.ha, both(cast, double), pair=pair)
    with pytest.raises(NotVisible):
        find_duplicates(cast.ha, cast.school)


def test_a_school_sees_that_another_school_has_a_double_but_not_the_record(
    cast: Cast, elsewhere: Enrolment
) -> None:
    duplicate_candidates.refresh(None)
    (row,) = queries.pair_rows(cast.hung).rows
    assert (row["may_open"], row["first_place"], row["second_place"]) == (
        False,
        "8A3, THCS Lê Quý Đôn",
        "THCS Mường Khoa",
    )
    assert queries.comparison(cast.hung, row["id"]) is None
    assert queries.comparison(cast.son, row["id"]) is not None


def test_rights_beyond_a_family_are_moved_by_the_department_only(cast: Cast, double: Enrolment) -> None:
    RoleAssignment.objects.create(
        person=double.person, role="department_officer", unit=cast.department, starts_on=date(2020, 1, 1)
    )
    with pytest.raises(NotAllowed):
        merged(cast, double)


def test_merging_and_parting_ask_who_one_is(cast: Cast, double: Enrolment) -> None:
    with pytest.raises(ProofNeeded):
        merge(cast.actor("hung", proved=False), both(cast, double), kept_person_id=cast.people["an"].pk)
    pair = merged(cast, double)
    with pytest.raises(ProofNeeded):
        undo_merge(cast.actor("hung", proved=False), both(cast, double), pair=pair)


# --- and apart -----------------------------------------------------------------------------------------------
def _nothing(cast: Cast, other: Person) -> None:
    pass


def _accounts(cast: Cast, other: Person) -> None:
    make_account(other, f"double{other.pk}")


def _unused_account(cast: Cast, other: Person) -> None:
    _accounts(cast, other)
    Account.objects.filter(person=cast.people["an"]).update(activated_at=None)


def _family(cast: Cast, other: Person) -> None:
    aunt = make_person("Lê Thị Cô", phone="+84912000111")
    for guardian, main in ((cast.people["binh"], True), (aunt, False)):
        Guardianship.objects.create(
            pupil=other, guardian=guardian, relation="other", starts_on=date(2026, 9, 5), is_main_contact=main
        )


def _numbers(cast: Cast, other: Person) -> None:
    Person.objects.filter(pk=other.pk).update(ministry_code="1400000009", personal_id=None)
    Person.objects.filter(pk=cast.people["an"].pk).update(
        ministry_code="1400000008", personal_id="014313000003"
    )


def _profiles(cast: Cast, other: Person) -> None:
    PupilProfile.objects.create(person=other, policy="Hộ nghèo", health_note="Cận thị")


def _two_profiles(cast: Cast, other: Person) -> None:
    _profiles(cast, other)
    PupilProfile.objects.create(person=cast.people["an"], policy="Con liệt sĩ")


def _staff(cast: Cast, other: Person) -> None:
    make_staff(other, cast.school, "teacher")


STORIES: tuple[Callable[[Cast, Person], None], ...] = (
    _nothing, _accounts, _unused_account, _family, _numbers, _profiles, _two_profiles, _staff,
)  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.strip("_"))
@pytest.mark.parametrize("place", ["one school", "two schools"])
@pytest.mark.parametrize("keeps", ["an", "other"])
def test_parted_again_the_database_is_as_it_was(
    cast: Cast, request: pytest.FixtureRequest, story: Callable[[Cast, Person], None], place: str, keeps: str
) -> None:
    other: Enrolment = request.getfixturevalue("double" if place == "one school" else "elsewhere")
    story(cast, other.person)
    chance = random.Random(f"{story.__name__}{place}{keeps}")
    people = [cast.people["an"].pk, other.person_id]
    choices = {
        name: chance.choice(people) for name in (*queries.COMPARED, "classroom") if chance.random() < 0.5
    }
    duplicate_candidates.refresh(None)
    before = everything(but=TABLES)
    kept = people[0] if keeps == "an" else people[1]
    pair = merge(cast.son, both(cast, other), kept_person_id=kept, choices=choices)
    assert differences(before, everything(but=TABLES))
    undo_merge(cast.son, list(Enrolment.objects.filter(person_id=kept, is_current=True)), pair=pair)
    assert differences(before, everything(but=TABLES)) == {}
    pair.refresh_from_db()
    assert (pair.decision, pair.moved, pair.decided_at) == ("open", {}, None)


def test_nothing_is_parted_over_somebody_elses_work(cast: Cast, double: Enrolment) -> None:
    pair = merged(cast, double)
    Person.objects.filter(pk=cast.people["an"].pk).update(address="Chỗ khác", version=9)
    with pytest.raises(DomainError, match="Không hoàn tác được"):
        undo_merge(cast.hung, list(Enrolment.objects.filter(person=cast.people["an"])), pair=pair)
    assert Person.objects.get(pk=double.person_id).merged_into_id == cast.people["an"].pk


def test_a_school_does_not_part_what_the_department_joined(cast: Cast, elsewhere: Enrolment) -> None:
    pair = merge(cast.son, both(cast, elsewhere), kept_person_id=cast.people["an"].pk)
    with pytest.raises((NotAllowed, NotVisible)):
        undo_merge(cast.ha, [Enrolment.objects.get(pk=elsewhere.pk)], pair=pair)


def test_merging_twice_is_refused(cast: Cast, double: Enrolment) -> None:
    rows = both(cast, double)
    merged(cast, double)
    with pytest.raises(NotVisible):
        merge(cast.hung, rows, kept_person_id=cast.people["an"].pk)
