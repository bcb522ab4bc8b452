"""Admitting a pupil and changing a record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.people.models import Account, Identifier, Person
from khue.registry.roster import actions
from khue.registry.roster.models import Enrolment, EnrolmentEvent, Guardianship, PupilProfile
from khue.registry.roster.tests.place import admit, counted, last_entry, open_counts
from tests.cast import Cast


def test_admitting_makes_a_record_an_event_a_code_an_account_and_a_count(cast: Cast) -> None:
    enrolment = admit(cast, guardian=actions.GuardianGiven("Hoàng Văn Dũng", "+84912345678", "father"))
    assert (enrolment.classroom, enrolment.is_current, enrolment.status) == (cast.classroom, True, "studying")
    assert EnrolmentEvent.objects.get(enrolment=enrolment).kind == "admitted"
    code = Identifier.objects.get(person=enrolment.person, system="temporary")
    assert code.value == "TAM-THCS-LQD-260001"
    assert Account.objects.filter(person=enrolment.person).exists()
    assert Guardianship.objects.get(pupil=enrolment.person).guardian.full_name == "Hoàng Văn Dũng"
    assert open_counts() == counted()
    entry = last_entry()
    assert (entry.action, entry.chain) == ("roster.admit", cast.school.pk)
    assert f"people.person:{enrolment.person_id}" in entry.touched


def test_a_child_on_record_is_not_made_twice(cast: Cast) -> None:
    with pytest.raises(DomainError) as caught:
        admit(cast, values={"full_name": "LUONG THAO VY", "birth_date": cast.people["vy"].birth_date})
    assert caught.value.code == "maybe_known"
    assert not Person.objects.filter(search_key="luong thao vy").exclude(pk=cast.people["vy"].pk).exists()


def test_a_child_who_studies_elsewhere_comes_by_transfer(cast: Cast) -> None:
    vy = cast.people["vy"]
    with pytest.raises(DomainError) as caught:
        admit(cast, values={"full_name": vy.full_name, "birth_date": vy.birth_date}, person_id=vy.pk)
    assert caught.value.code == "present_elsewhere"


def test_a_child_who_had_dropped_out_is_taken_back_with_the_same_record(cast: Cast) -> None:
    vy = cast.people["vy"]
    today = timezone.localdate()
    actions.record_movement(cast.ha, [cast.enrolments["vy"]], kind="dropped", on=today, reason_code="work")
    enrolment = admit(
        cast,
        values={"full_name": vy.full_name, "birth_date": vy.birth_date, "sex": 2},
        person_id=vy.pk,
        came_from="THCS Mường Khoa",
    )
    assert enrolment.person_id == vy.pk
    assert Enrolment.objects.get(person=vy, is_current=True).school == cast.school
    assert open_counts() == counted()


def test_a_record_that_does_not_match_what_was_typed_cannot_be_claimed(cast: Cast) -> None:
    with pytest.raises(DomainError):
        admit(cast, person_id=cast.people["vy"].pk)


def test_somebody_else_of_the_same_name_and_birth_may_be_admitted_when_said_so(cast: Cast) -> None:
    vy = cast.people["vy"]
    enrolment = admit(
        cast, values={"full_name": vy.full_name, "birth_date": vy.birth_date}, is_somebody_new=True
    )
    assert enrolment.person_id != vy.pk


def test_who_may_not_admit(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        admit(cast, "lan")
    with pytest.raises(NotAllowed):
        admit(cast, "mai")
    with pytest.raises(NotVisible):
        admit(cast, "ha")
    assert Person.objects.filter(full_name="Hoàng Thị Yến Nhi").count() == 0


def test_a_number_that_disagrees_with_the_birth_wants_confirming(cast: Cast) -> None:
    wrong = {"personal_id": "038312000001"}
    with pytest.raises(DomainError) as caught:
        admit(cast, values=wrong)
    assert caught.value.code == "confirm"
    assert admit(cast, values=wrong, confirmed=True).person.personal_id == "038312000001"


def test_a_number_of_somebody_else_is_refused(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["vy"].pk).update(personal_id="038313000001")
    with pytest.raises(DomainError) as caught:
        admit(cast, values={"personal_id": "038313000001"}, is_somebody_new=True)
    assert "personal_id" in caught.value.fields


def test_a_class_of_another_school_is_refused(cast: Cast) -> None:
    with pytest.raises(DomainError) as caught:
        admit(cast, classroom_id=cast.other_classroom.pk)
    assert "classroom" in caught.value.fields


def test_a_changed_name_brings_order_and_search_along_and_leaves_a_correction(cast: Cast) -> None:
    an = cast.enrolments["an"]
    person = actions.change_pupil(
        cast.tam,
        an,
        version=1,
        values={"full_name": "Lê Hoài Ân", "address": "Tổ 5"},
        reason="Theo giấy khai sinh",
        decision="12/QĐ",
    )
    an.refresh_from_db()
    assert (person.search_key, an.sort_key) == ("le hoai an", person.sort_key)
    assert an.sort_key != cast.people["an"].sort_key
    assert EnrolmentEvent.objects.filter(enrolment=an, kind="corrected").count() == 1
    assert last_entry().reason == "Theo giấy khai sinh"


def test_two_people_on_one_record_the_second_is_told_whose_change_it_was(cast: Cast) -> None:
    an = cast.enrolments["an"]
    actions.change_pupil(cast.tam, an, version=1, values={"address": "Tổ 5"})
    with pytest.raises(Conflict) as caught:
        actions.change_pupil(cast.lan, an, version=1, values={"address": "Tổ 6"})
    assert "Đỗ Thị Tâm" in caught.value.message
    assert Person.objects.get(pk=an.person_id).address == "Tổ 5"


def test_the_ministrys_code_retires_the_temporary_one(cast: Cast) -> None:
    enrolment = admit(cast)
    actions.change_pupil(
        cast.tam, enrolment, version=enrolment.person.version, values={"ministry_code": "3826104417"}
    )
    assert (
        Identifier.objects.get(person=enrolment.person, system="temporary").replaced_on
        == timezone.localdate()
    )
    assert Person.objects.filter(ministry_code="3826104417").count() == 1


def test_sensitive_fields_are_kept_apart_and_grow_the_version(cast: Cast) -> None:
    an = cast.enrolments["an"]
    person = actions.change_pupil(cast.lan, an, version=1, values={"health_note": "Dị ứng lạc"})
    assert PupilProfile.objects.get(pk=an.person_id).health_note == "Dị ứng lạc"
    assert person.version == 2


def test_changing_a_pupil_is_refused_to_parents_and_unseen_by_mai(cast: Cast) -> None:
    an = cast.enrolments["an"]
    with pytest.raises(NotAllowed):
        actions.change_pupil(cast.binh, an, version=1, values={"address": "x"})
    with pytest.raises(NotVisible):
        actions.change_pupil(cast.mai, an, version=1, values={"address": "x"})


def test_a_changed_sex_moves_the_count_of_girls(cast: Cast) -> None:
    actions.change_pupil(cast.tam, cast.enrolments["an"], version=1, values={"sex": 1})
    assert open_counts() == counted()


def test_reading_a_number_is_written_down(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["an"].pk).update(personal_id="038313000001")
    assert actions.read_number(cast.binh, cast.enrolments["an"]) == "038313000001"
    entry = last_entry()
    assert (entry.action, entry.actor_id) == ("roster.read_number", cast.people["binh"].pk)
    assert "038313000001" not in entry.payload.body
    with pytest.raises(NotVisible):
        actions.read_number(cast.mai, cast.enrolments["an"])


def test_a_former_school_can_do_nothing_to_the_pupil(cast: Cast) -> None:
    Enrolment.objects.filter(pk=cast.enrolments["an"].pk).update(is_current=False)
    with pytest.raises(NotVisible):
        actions.change_pupil(cast.tam, cast.enrolments["an"], version=1, values={"address": "x"})


def test_a_guardian_of_two_children_is_one_record(cast: Cast) -> None:
    Person.objects.filter(pk=cast.people["binh"].pk).update(phone="+84912000118")
    tie = actions.add_guardian(
        cast.tam,
        cast.enrolments["khoi"],
        full_name="Lê Văn Bình",
        phone="+84912000118",
        relation="father",
        is_main_contact=True,
    )
    assert tie.guardian == cast.people["binh"]
    assert cast.binh.reach("roster.view_profile").person_ids == tuple(
        sorted([cast.people["an"].pk, cast.people["khoi"].pk])
    )
    with pytest.raises(DomainError):
        actions.add_guardian(
            cast.tam,
            cast.enrolments["khoi"],
            full_name="Lê Văn Bình",
            phone="+84912000118",
            relation="father",
        )


def test_a_restricted_guardian_sees_nothing_and_the_basis_is_asked_for(cast: Cast) -> None:
    tie = Guardianship.objects.get(pupil=cast.people["an"])
    with pytest.raises(DomainError):
        actions.restrict_guardian(
            cast.tam, cast.enrolments["an"], guardianship=tie, may_view=False, basis=" "
        )
    actions.restrict_guardian(
        cast.tam, cast.enrolments["an"], guardianship=tie, may_view=False, basis="Bản án 12/2026"
    )
    assert cast.binh.reach("roster.view_profile").person_ids == ()
    assert last_entry().reason == "Bản án 12/2026"


def test_an_ended_guardianship_ends_the_right_the_same_day(cast: Cast) -> None:
    tie = Guardianship.objects.get(pupil=cast.people["an"])
    actions.end_guardianship(cast.tam, cast.enrolments["an"], guardianship=tie, on=timezone.localdate())
    assert cast.binh.reach("roster.view_profile").person_ids == ()


def test_one_main_contact_a_pupil(cast: Cast) -> None:
    an = cast.enrolments["an"]
    tie = actions.add_guardian(cast.tam, an, full_name="Phạm Thị Hòa", phone="", relation="mother")
    actions.set_main_contact(cast.tam, an, guardianship=tie)
    assert list(Guardianship.objects.filter(pupil=an.person, is_main_contact=True)) == [tie]


def test_families_are_closed_to_mai_and_to_ties_of_other_pupils(cast: Cast) -> None:
    tie = Guardianship.objects.get(pupil=cast.people["an"])
    for attempt in (
        lambda: actions.add_guardian(
            cast.mai, cast.enrolments["an"], full_name="X Y", phone="", relation="other"
        ),
        lambda: actions.end_guardianship(
            cast.mai, cast.enrolments["an"], guardianship=tie, on=timezone.localdate()
        ),
        lambda: actions.restrict_guardian(
            cast.mai, cast.enrolments["an"], guardianship=tie, may_view=False, basis="abc"
        ),
        lambda: actions.set_main_contact(cast.tam, cast.enrolments["khoi"], guardianship=tie),
        lambda: actions.change_guardian(
            cast.mai, cast.enrolments["an"], guardianship=tie, relation="father", phone=""
        ),
    ):
        with pytest.raises(NotVisible):
            attempt()


def test_a_start_in_the_future_counts_from_that_day(cast: Cast) -> None:
    later = timezone.localdate() + timedelta(days=4)
    before = open_counts(timezone.localdate())
    admit(cast, joined_on=later)
    assert open_counts(timezone.localdate()) == before
    assert open_counts() == counted()
