"""Consent slips: what the law wants on them, who agrees, how it is taken back, and who hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from khue.citizen.surveys import actions, jobs
from khue.citizen.surveys.events import ConsentWithdrawn
from khue.citizen.surveys.models import Decision, Slip
from khue.citizen.surveys.queries import asked_slips, consents
from khue.citizen.surveys.queries import slips as queries
from khue.citizen.surveys.tests.making import answered, mother, opened, pupil, slip_values
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.registry.roster.models import Enrolment, Guardianship
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def state(cast: Cast, slip: Slip, child: str = "an") -> str:
    rows = {one.enrolment_id: one.state for one in queries.pupils(cast.hung, slip)}
    return rows[cast.enrolments[child].pk]


def allowed(cast: Cast, purpose: str = "photos", child: str = "an") -> str:
    return consents(cast.hung, [cast.people[child].pk], purpose)[cast.people[child].pk]


def test_guardian_and_child_must_both_agree_before_anything_becomes_public(cast: Cast) -> None:
    slip = opened(cast)
    assert (state(cast, slip), allowed(cast)) == ("none", "none")
    answered(cast, slip, "binh", "yes")
    assert (state(cast, slip), allowed(cast)) == ("child", "none")
    answered(cast, slip, "an", "yes")
    assert (state(cast, slip), allowed(cast)) == ("yes", "yes")
    answered(cast, slip, "an", "no")
    assert (state(cast, slip), allowed(cast)) == ("no", "no")
    assert [one.is_own for one in Decision.objects.order_by("pk")] == [False, True, True]


def test_a_child_is_not_asked_about_an_excursion_nor_before_seven(cast: Cast) -> None:
    slip = opened(cast, purpose="excursion")
    assert asked_slips(cast.an) == []
    with pytest.raises(NotVisible):
        answered(cast, slip, "an", "no")
    answered(cast, slip, "binh", "yes")
    assert allowed(cast, "excursion") == "yes"
    pupil(cast, "be", born=timezone.localdate() - timedelta(days=6 * 365))
    photos = opened(cast)
    answered(cast, photos, "cha-be", "yes", child="be")
    assert allowed(cast, child="be") == "yes"


def test_two_guardians_who_differ_are_a_no_and_the_school_sees_it(cast: Cast) -> None:
    mother(cast)
    slip = opened(cast, purpose="excursion")
    answered(cast, slip, "binh", "yes")
    answered(cast, slip, "me", "no")
    assert (state(cast, slip), allowed(cast, "excursion")) == ("split", "no")
    answered(cast, slip, "me", "yes")
    assert state(cast, slip) == "yes"


def test_who_may_no_longer_see_the_child_neither_answers_nor_counts(cast: Cast) -> None:
    mother(cast)
    slip = opened(cast, purpose="excursion")
    answered(cast, slip, "binh", "no")
    answered(cast, slip, "me", "yes")
    Guardianship.objects.filter(guardian=cast.people["binh"]).update(may_view=False)
    assert state(cast, slip) == "yes"
    assert allowed(cast, "excursion") == "yes"
    assert asked_slips(cast.binh) == []
    with pytest.raises((NotVisible, NotAllowed)):
        actions.withdraw_consent(cast.binh, cast.enrolments["an"], slip=slip)


def test_a_consent_is_taken_back_at_any_time_and_its_history_stays(cast: Cast) -> None:
    slip = opened(cast, purpose="excursion")
    answered(cast, slip, "binh", "yes")
    actions.close_slip(cast.lan, slip)
    with pytest.raises(DomainError, match="hết hạn"):
        answered(cast, slip, "binh", "no")
    actions.withdraw_consent(cast.binh, cast.enrolments["an"], slip=slip)
    assert (state(cast, slip), allowed(cast, "excursion")) == ("no", "no")
    assert [one.answer for one in Decision.objects.order_by("pk")] == ["yes", "withdrawn"]
    told = Message.objects.get(kind="surveys.consent_withdrawn")
    assert told.person_id == cast.people["lan"].pk
    assert "Lê Hoài An" in told.title
    with pytest.raises(DomainError, match="để rút"):
        actions.withdraw_consent(cast.binh, cast.enrolments["an"], slip=slip)
    Enrolment.objects.filter(pk=cast.enrolments["an"].pk).update(classroom=cast.second_classroom)
    assert [one.answer for one in asked_slips(cast.binh)] == ["withdrawn"]  # still found by who answered


def test_the_event_says_whose_consent_is_gone(cast: Cast) -> None:
    slip = opened(cast, purpose="excursion")
    answered(cast, slip, "binh", "yes")
    answered(cast, slip, "binh", "no")  # a yes turned into a no is gone as well
    assert Message.objects.filter(kind="surveys.consent_withdrawn").count() == 1
    assert ConsentWithdrawn(slip.pk, cast.enrolments["an"].pk, "excursion").purpose == slip.purpose


def test_history_cannot_be_rewritten_in_the_database(cast: Cast) -> None:
    slip = opened(cast, purpose="excursion")
    answered(cast, slip, "binh", "no")
    for change in (
        lambda: Decision.objects.update(answer="yes"),
        lambda: Decision.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_an_answer_is_bound_to_the_words_that_were_read(cast: Cast) -> None:
    slip = opened(cast)
    old = slip.text_hash
    actions.change_slip(cast.lan, slip, version=slip.version, values=slip_values(body="Đăng cả trên báo."))
    slip.refresh_from_db()
    assert slip.text_hash != old
    with pytest.raises(Conflict, match="Đọc lại"):
        actions.answer_slip(cast.binh, cast.enrolments["an"], slip=slip, answer="yes", text_hash=old)
    answered(cast, slip, "binh", "yes")
    assert Decision.objects.get().text_hash == slip.text_hash
    with pytest.raises(DomainError, match="phiếu mới"):
        actions.change_slip(cast.lan, slip, version=slip.version, values=slip_values())


def test_the_same_answer_twice_is_one(cast: Cast) -> None:
    slip = opened(cast)
    answered(cast, slip, "binh", "yes")
    answered(cast, slip, "binh", "yes")
    assert Decision.objects.count() == 1
    with pytest.raises(DomainError, match="Chọn"):
        answered(cast, slip, "binh", "maybe")


@pytest.mark.parametrize("name", ["title", "body", "data_kinds", "receivers"])
def test_what_the_law_wants_said_must_be_said(cast: Cast, name: str) -> None:
    with pytest.raises(DomainError) as refusal:
        actions.make_slip(cast.lan, cast.classroom, values=slip_values(**{name: " "}))
    assert name in refusal.value.fields


def test_days_follow_one_another_and_biometrics_is_off(cast: Cast) -> None:
    today = timezone.localdate()
    for more, field in (
        ({"due_on": today - timedelta(days=1)}, "due_on"), ({"until": today}, "until"),
        ({"until": today + timedelta(days=2000)}, "until"), ({"purpose": "biometrics"}, "purpose"),
        ({"purpose": "x"}, "purpose"),
    ):  # fmt: skip
        with pytest.raises(DomainError) as refusal:
            actions.make_slip(cast.hung, cast.school, values=slip_values(**more))
        assert field in refusal.value.fields, more
    Value.objects.create(name="surveys.biometrics", unit=cast.department, value=True, valid_from=today)
    assert (
        actions.make_slip(cast.hung, cast.school, values=slip_values(purpose="biometrics")).state == "draft"
    )


def test_a_leader_asks_the_school_a_teacher_only_the_own_class(cast: Cast) -> None:
    whole = opened(cast, cast.hung, cast.school, purpose="excursion")
    grade = opened(cast, cast.hung, cast.school, grade=8)
    assert {one.person_id for one in queries.pupils(cast.hung, grade)} == {
        cast.people["an"].pk,
        cast.people["khoi"].pk,
    }
    for place in (cast.school, cast.second_classroom):
        with pytest.raises((NotVisible, NotAllowed)):
            actions.make_slip(cast.lan, place, values=slip_values())
    for who in (cast.mai, cast.tam, cast.binh, cast.son):
        with pytest.raises((NotVisible, NotAllowed)):
            actions.make_slip(who, cast.classroom, values=slip_values())
    # the homeroom teacher reads of the school's slip what concerns the own class
    assert {one.pk for one in queries.slips(cast.lan)} == {whole.pk, grade.pk}
    assert [one.person_id for one in queries.pupils(cast.lan, whole)] == [cast.people["an"].pk]
    assert list(queries.slips(cast.mai)) == []
    assert queries.pupils(cast.mai, whole) == []
    for act in (actions.close_slip, actions.remind_slip):
        with pytest.raises((NotVisible, NotAllowed)):
            act(cast.lan, whole)


def test_another_school_and_strangers_have_no_such_slip(cast: Cast) -> None:
    slip = opened(cast)
    assert [one.id for one in asked_slips(cast.binh)] == [slip.pk]
    assert asked_slips(cast.mai) == []
    for who, child in (("mai", "an"), ("binh", "vy"), ("khoi", "an")):
        with pytest.raises((NotVisible, NotAllowed)):
            answered(cast, slip, who, "yes", child=child)
    with pytest.raises(NotVisible):
        answered(cast, slip, "khoi", "yes", child="khoi")  # of another class
    assert consents(cast.mai, [cast.people["an"].pk], "photos") == {cast.people["an"].pk: "none"}


def test_families_are_told_once_and_the_silent_are_reminded_once_a_day(cast: Cast) -> None:
    pupil(cast, "be")
    slip = opened(cast)
    assert jobs.tell_opened() == 4  # two fathers, two children who are asked themselves
    assert jobs.tell_opened() == 0
    Slip.objects.update(told_at=None)  # as if the worker had died before it could say so
    assert jobs.tell_opened() == 0
    with pytest.raises((NotVisible, NotAllowed)):
        actions.tell_slip(cast.mai, slip)
    answered(cast, slip, "binh", "yes")
    slip.refresh_from_db()
    assert actions.remind_slip(cast.lan, slip) == 3  # An, who is waited for; the other father and child
    with pytest.raises(DomainError, match="Mỗi ngày"):
        actions.remind_slip(cast.lan, slip)
    told = Message.objects.filter(kind="surveys.slip_reminder").values_list(
        "person__account__login_name", flat=True
    )
    assert set(told) == {"an", "be", "cha-be"}


def test_a_draft_is_seen_by_nobody_and_may_go_a_sent_slip_stays(cast: Cast) -> None:
    slip = actions.make_slip(cast.lan, cast.classroom, values=slip_values())
    assert asked_slips(cast.binh) == []
    with pytest.raises(NotVisible):
        answered(cast, slip, "binh", "yes")
    actions.remove_slip(cast.lan, slip)
    assert not Slip.objects.exists()
    sent = opened(cast)
    with pytest.raises(DomainError, match="không xóa được"):
        actions.remove_slip(cast.lan, sent)
    with pytest.raises(DomainError, match="đã gửi"):
        actions.open_slip(cast.lan, sent)


def test_of_two_slips_for_one_purpose_the_newest_answered_decides_and_for_its_school_alone(
    cast: Cast,
) -> None:
    first, second = opened(cast, purpose="excursion"), opened(cast, purpose="excursion")
    answered(cast, first, "binh", "yes")
    assert allowed(cast, "excursion") == "yes"
    answered(cast, second, "binh", "no")
    assert allowed(cast, "excursion") == "no"
    actions.answer_slip(
        cast.binh, cast.enrolments["an"], slip=second, answer="yes", text_hash=second.text_hash
    )
    an = cast.people["an"].pk
    assert consents(cast.hung, [an], "excursion", school_id=cast.school.pk) == {an: "yes"}
    assert consents(cast.hung, [an], "excursion", school_id=cast.other_school.pk) == {an: "none"}
    after = timezone.localdate() + timedelta(days=101)
    assert consents(cast.hung, [an], "excursion", after) == {an: "none"}
    assert consents(cast.hung, [an], "excursion", timezone.localdate() - timedelta(days=1)) == {an: "none"}


def test_every_step_stands_in_the_record(cast: Cast) -> None:
    slip = opened(cast)
    answered(cast, slip, "binh", "yes")
    data = actions.take_slip(cast.lan, slip, slip=slip)
    assert data[:2] == b"PK"
    done = list(
        Entry.objects.filter(action__startswith="surveys.").order_by("pk").values_list("action", "actor_id")
    )
    lan, binh = cast.people["lan"].pk, cast.people["binh"].pk
    assert done == [
        ("surveys.make_slip", lan), ("surveys.open_slip", lan), ("surveys.answer_slip", binh),
        ("surveys.take_slip", lan),
    ]  # fmt: skip
    with pytest.raises((NotVisible, NotAllowed)):
        actions.take_slip(cast.mai, slip, slip=slip)
