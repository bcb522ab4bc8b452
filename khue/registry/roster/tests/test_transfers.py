"""A transfer has two sides: one asks, the other answers; custody changes when the new school places the pupil."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Count
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.kernel.workflow.models import Task
from khue.registry.calendar.models import SpecialDay
from khue.registry.roster import actions, rules
from khue.registry.roster.models import Enrolment, EnrolmentEvent, Transfer
from khue.registry.roster.queries.profile import record
from khue.registry.roster.queries.transfers import (
    all_limits,
    all_working_calendar,
    pupil_by_code_and_birth,
    transfers,
)
from khue.registry.roster.tests.place import counted, last_entry, open_counts
from tests.cast import Cast, make_unit

TODAY = timezone.localdate()


def submit(cast: Cast, who: str = "tam", **more: Any) -> Transfer:
    """Lê Quý Đôn asks Mường Khoa to take An."""
    wanted: dict[str, Any] = {
        "enrolment": cast.enrolments["an"],
        "to_school_id": cast.other_school.pk,
        "reason_code": "family_moved",
    }
    return actions.submit_transfer(cast.actor(who), cast.school, **{**wanted, **more})


def placed(cast: Cast) -> Transfer:
    """The whole way."""
    transfer = submit(cast)
    actions.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    actions.release_transfer(cast.tam, cast.school, transfers=[transfer])
    transfer.refresh_from_db()
    actions.place_transfer(
        cast.ha,
        cast.other_school,
        transfers=[transfer],
        placements={transfer.pk: cast.other_classroom.pk},
        on=TODAY,
    )
    transfer.refresh_from_db()
    return transfer


def test_the_whole_way_moves_the_pupil_and_the_counts(cast: Cast) -> None:
    transfer = placed(cast)
    an = cast.people["an"]
    assert transfer.state == "placed"
    old, new = Enrolment.objects.filter(person=an).order_by("pk")
    assert (old.status, old.is_current, old.left_on) == ("transferred_out", False, TODAY)
    assert (new.school, new.classroom, new.is_current, new.status) == (
        cast.other_school,
        cast.other_classroom,
        True,
        "studying",
    )
    assert [e.kind for e in EnrolmentEvent.objects.filter(enrolment__person=an).order_by("pk")] == [
        "admitted", "transferred_out", "transferred_in",
    ]  # fmt: skip
    assert open_counts() == counted()
    assert open_counts()[(cast.other_school.pk, cast.other_classroom.pk, 2026, 8)][0] == 2
    assert last_entry().chain == cast.other_school.pk


@pytest.mark.parametrize(("who", "side"), [("tam", "school"), ("ha", "other_school")])
def test_who_asked_for_it_is_kept_and_both_schools_read_it(cast: Cast, who: str, side: str) -> None:
    """Either school may ask; the asker stays the same whoever takes the next steps."""
    known = {"known_birth": cast.people["an"].birth_date} if who == "ha" else {}
    transfer = actions.submit_transfer(
        cast.actor(who), getattr(cast, side), enrolment=cast.enrolments["an"],
        to_school_id=cast.other_school.pk, reason_code="nearer", **known,
    )  # fmt: skip
    assert transfer.asked_by_id == cast.people[who].pk
    actions.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    assert transfer.asked_by_id == cast.people[who].pk
    for reader in ("tam", "ha"):
        page = cast.client(reader).get(f"/chuyen-truong/{transfer.pk}/").content.decode()
        assert f"<dt>Người đề nghị</dt><dd>{cast.people[who].full_name}</dd>" in page


def test_a_request_older_than_its_asker_says_nothing_of_one(cast: Cast) -> None:
    transfer = submit(cast)
    Transfer.objects.filter(pk=transfer.pk).update(asked_by=None)
    answer = cast.client("tam").get(f"/chuyen-truong/{transfer.pk}/")
    assert answer.status_code == 200
    assert "Người đề nghị" not in answer.content.decode()


def test_custody_changes_only_when_placed(cast: Cast) -> None:
    an = cast.people["an"].pk
    transfer = submit(cast)
    actions.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    actions.release_transfer(cast.tam, cast.school, transfers=[transfer])
    transfer.refresh_from_db()
    assert record(cast.tam, an) is not None
    assert record(cast.ha, an) is None
    actions.place_transfer(
        cast.ha, cast.other_school, transfers=[transfer], placements={transfer.pk: None}, on=TODAY
    )
    assert record(cast.tam, an) is None
    assert record(cast.ha, an) is not None
    assert transfer in transfers(cast.tam)
    assert transfer in transfers(cast.ha)


def test_each_step_waits_before_the_right_school_until_its_day(cast: Cast) -> None:
    transfer = submit(cast)
    task = Task.objects.get(closed_at__isnull=True)
    assert (task.kind, task.unit_id, task.permission) == (
        "roster.answer_transfer",
        cast.other_school.pk,
        "roster.transfer",
    )
    assert task.due_at is not None
    assert timezone.localdate(task.due_at) == transfer.answer_due_on
    assert set(Message.objects.values_list("person_id", flat=True)) == {cast.people["ha"].pk}
    actions.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    task = Task.objects.get(closed_at__isnull=True)
    assert (task.kind, task.unit_id) == ("roster.release_transfer", cast.school.pk)
    transfer.refresh_from_db()
    actions.release_transfer(cast.tam, cast.school, transfers=[transfer])
    task = Task.objects.get(closed_at__isnull=True)
    assert (task.kind, task.unit_id) == ("roster.place_transfer", cast.other_school.pk)
    transfer.refresh_from_db()
    actions.place_transfer(cast.ha, cast.other_school, transfers=[transfer], placements={}, on=TODAY)
    assert not Task.objects.filter(closed_at__isnull=True).exists()


def test_a_refusal_has_a_reason_and_ends_it(cast: Cast) -> None:
    transfer = submit(cast)
    with pytest.raises(DomainError):
        actions.refuse_transfer(cast.ha, cast.other_school, transfers=[transfer], refusal=" ")
    actions.refuse_transfer(cast.ha, cast.other_school, transfers=[transfer], refusal="Khối 8 đã đủ sĩ số")
    transfer.refresh_from_db()
    assert (transfer.state, transfer.refusal) == ("refused", "Khối 8 đã đủ sĩ số")
    assert submit(cast).state == "submitted"


def test_the_sender_may_take_the_request_back_but_not_after_the_release(cast: Cast) -> None:
    transfer = submit(cast)
    actions.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    actions.release_transfer(cast.tam, cast.school, transfers=[transfer])
    transfer.refresh_from_db()
    with pytest.raises(DomainError):
        actions.cancel_transfer(cast.tam, cast.school, transfer=transfer, reason="Gia đình đổi ý")
    Transfer.objects.filter(pk=transfer.pk).update(state="accepted")
    actions.cancel_transfer(cast.tam, cast.school, transfer=transfer, reason="Gia đình đổi ý")
    transfer.refresh_from_db()
    assert transfer.state == "cancelled"


def test_one_side_cannot_do_the_others_step(cast: Cast) -> None:
    transfer = submit(cast)
    for attempt in (
        lambda: actions.accept_transfer(cast.tam, cast.school, transfers=[transfer]),
        lambda: actions.accept_transfer(cast.tam, cast.other_school, transfers=[transfer]),
        lambda: actions.refuse_transfer(cast.tam, cast.school, transfers=[transfer], refusal="không nhận"),
        lambda: actions.release_transfer(cast.ha, cast.other_school, transfers=[transfer]),
        lambda: actions.place_transfer(cast.tam, cast.school, transfers=[transfer], placements={}, on=TODAY),
    ):
        with pytest.raises(NotVisible):
            attempt()
    for attempt in (
        lambda: actions.accept_transfer(cast.mai, cast.other_school, transfers=[transfer]),
        lambda: submit(cast, "lan"),
        lambda: submit(cast, "binh"),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_step_out_of_turn_is_refused_in_words(cast: Cast) -> None:
    transfer = submit(cast)
    with pytest.raises(DomainError) as caught:
        actions.place_transfer(cast.ha, cast.other_school, transfers=[transfer], placements={}, on=TODAY)
    assert "Chờ trường mới trả lời" in caught.value.message


def test_an_old_page_does_not_answer_twice(cast: Cast) -> None:
    transfer = submit(cast)
    actions.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    with pytest.raises(Conflict):
        actions.refuse_transfer(cast.ha, cast.other_school, transfers=[transfer], refusal="đã đủ chỗ")


def test_the_receiving_school_asks_knowing_code_and_birth_date(cast: Cast) -> None:
    an = cast.people["an"]
    assert pupil_by_code_and_birth(cast.ha, an.code, "14/03/2013") is not None
    assert pupil_by_code_and_birth(cast.ha, an.code, "15/03/2013") is None
    assert pupil_by_code_and_birth(cast.mai, an.code, "14/03/2013") is None
    with pytest.raises(NotVisible):
        actions.submit_transfer(
            cast.ha,
            cast.other_school,
            enrolment=cast.enrolments["an"],
            reason_code="nearer",
            known_birth=date(2013, 3, 15),
        )
    transfer = actions.submit_transfer(
        cast.ha,
        cast.other_school,
        enrolment=cast.enrolments["an"],
        reason_code="nearer",
        known_birth=an.birth_date,
    )
    assert (transfer.from_school, transfer.to_school) == (cast.school, cast.other_school)
    assert cast.people["tam"].pk in Message.objects.values_list("person_id", flat=True)


def test_one_open_request_a_pupil(cast: Cast) -> None:
    submit(cast)
    with pytest.raises(DomainError) as caught:
        submit(cast)
    assert caught.value.code == "open_transfer"


def test_out_of_the_province_the_pupil_leaves_with_the_release(cast: Cast) -> None:
    transfer = submit(cast, to_school_id=None, to_outside="THCS Ba Đình, Hà Nội")
    assert (transfer.state, transfer.to_school) == ("accepted", None)
    assert Task.objects.get(closed_at__isnull=True).kind == "roster.release_transfer"
    actions.release_transfer(cast.tam, cast.school, transfers=[transfer], decision="15/QĐ")
    an = Enrolment.objects.get(pk=cast.enrolments["an"].pk)
    assert (an.status, an.is_current) == ("transferred_out", True)
    assert (
        EnrolmentEvent.objects.get(enrolment=an, kind="transferred_out").other_school
        == "THCS Ba Đình, Hà Nội"
    )
    assert open_counts() == counted()


def test_a_pupil_who_comes_back_the_same_year_has_the_old_row_again(cast: Cast) -> None:
    placed(cast)
    new = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    back = actions.submit_transfer(
        cast.ha, cast.other_school, enrolment=new, to_school_id=cast.school.pk, reason_code="family_moved"
    )
    actions.accept_transfer(cast.tam, cast.school, transfers=[back])
    back.refresh_from_db()
    actions.release_transfer(cast.ha, cast.other_school, transfers=[back])
    back.refresh_from_db()
    actions.place_transfer(
        cast.tam, cast.school, transfers=[back], placements={back.pk: cast.second_classroom.pk}, on=TODAY
    )
    again = Enrolment.objects.get(person=cast.people["an"], is_current=True)
    assert (again.pk, again.classroom) == (cast.enrolments["an"].pk, cast.second_classroom)
    assert open_counts() == counted()


def test_several_pupils_go_in_one_action(cast: Cast) -> None:
    rows = [submit(cast), submit(cast, enrolment=cast.enrolments["khoi"])]
    actions.accept_transfer(cast.ha, cast.other_school, transfers=rows)
    rows = list(Transfer.objects.all())
    actions.release_transfer(cast.tam, cast.school, transfers=rows)
    rows = list(Transfer.objects.all())
    made = actions.place_transfer(
        cast.ha,
        cast.other_school,
        transfers=rows,
        placements=dict.fromkeys([r.pk for r in rows], cast.other_classroom.pk),
        on=TODAY,
    )
    assert len(made) == 2
    assert open_counts() == counted()


@pytest.mark.parametrize(
    ("days", "expected"), [(3, date(2026, 9, 9)), (5, date(2026, 9, 11)), (8, date(2026, 9, 16))]
)
def test_limits_count_working_days_after_the_receipt(db: None, days: int, expected: date) -> None:
    received = date(2026, 9, 4)
    assert rules.due(received, days, all_working_calendar(received)) == expected


def test_a_holiday_of_the_province_moves_the_limit(cast: Cast) -> None:
    SpecialDay.objects.create(
        unit=cast.department,
        year=cast.year,
        kind="holiday",
        name="Ngày hội tỉnh",
        starts_on=date(2026, 9, 8),
        ends_on=date(2026, 9, 8),
    )
    received = date(2026, 9, 4)
    assert rules.due(received, 3, all_working_calendar(received)) == date(2026, 9, 10)


def test_the_province_may_choose_the_old_limits_or_its_own(cast: Cast) -> None:
    assert (all_limits(TODAY).answer, all_limits(TODAY).answer_outside) == (5, 8)
    Value.objects.create(
        name="roster.transfer_preset",
        unit=cast.department,
        valid_from=date(2026, 1, 1),
        value="transfer_2020_primary",
    )
    assert (all_limits(TODAY).answer, all_limits(TODAY).release) == (3, 3)
    Value.objects.create(
        name="roster.transfer_answer_days", unit=cast.department, valid_from=date(2026, 1, 1), value=4
    )
    assert all_limits(TODAY).answer == 4


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "accept", "refuse", "release", "place", "cancel", "drop", "outside"]),
        st.integers(0, 2), st.integers(0, 2), st.integers(0, 3),
    ),
    min_size=5, max_size=30,
)  # fmt: skip


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_schools_do_a_pupil_has_one_current_enrolment(
    cast: Cast, steps: list[tuple[str, int, int, int]]
) -> None:
    from khue.kernel.access.actor import Actor
    from khue.kernel.org.models import Unit

    third = Unit.objects.filter(code="THCS-BA").first() or make_unit(
        "THCS-BA", "THCS Thứ Ba", "school", cast.commune, levels=["THCS"]
    )
    schools = [cast.school, cast.other_school, third]
    clerk = Actor.system("roster.test")
    pupils = [cast.people[name].pk for name in ("an", "khoi", "vy")]
    for kind, who, where, pick in steps:
        held = Enrolment.objects.filter(person=pupils[who], is_current=True).first()
        waiting = list(Transfer.objects.filter(enrolment__person=pupils[who]).order_by("-pk"))
        transfer = waiting[pick % len(waiting)] if waiting else None
        try:
            if kind in ("submit", "outside") and held:
                actions.submit_transfer(
                    clerk, held.school, enrolment=held, to_school_id=schools[where].pk if kind == "submit" else None,
                    to_outside="Hà Nội", reason_code="other",
                )  # fmt: skip
            elif kind == "drop" and held:
                actions.record_movement(clerk, [held], kind="dropped", on=TODAY, reason_code="other")
            elif transfer and kind == "accept":
                actions.accept_transfer(clerk, schools[where], transfers=[transfer])
            elif transfer and kind == "refuse":
                actions.refuse_transfer(clerk, schools[where], transfers=[transfer], refusal="không còn chỗ")
            elif transfer and kind == "release":
                actions.release_transfer(clerk, schools[where], transfers=[transfer])
            elif transfer and kind == "place":
                actions.place_transfer(clerk, schools[where], transfers=[transfer], placements={}, on=TODAY)
            elif transfer and kind == "cancel":
                actions.cancel_transfer(clerk, schools[where], transfer=transfer, reason="đổi ý")
        except (DomainError, NotVisible):
            pass
        doubles = (
            Enrolment.objects.filter(is_current=True).values("person").annotate(n=Count("pk")).filter(n__gt=1)
        )
        assert not doubles.exists()
        assert Enrolment.objects.filter(person__in=pupils, is_current=True).count() == 3
        assert open_counts() == counted()


def test_overdue_requests_can_be_found(cast: Cast) -> None:
    from khue.registry.roster.queries.transfers import transfer_rows

    submit(cast)
    assert transfer_rows(cast.ha, filters={"han": "late"}).total == 0
    Transfer.objects.update(answer_due_on=TODAY - timedelta(days=1))
    page = transfer_rows(cast.ha, filters={"han": "late"})
    assert page.total == 1
    assert page.rows[0]["is_late"]
    assert page.rows[0]["is_mine"]
