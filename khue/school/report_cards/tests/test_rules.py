"""Who signs what, when: rules/02 sections 2 and 3."""

from __future__ import annotations

import pytest

from khue.school.report_cards import rules
from khue.school.report_cards.rules import State, Step


def walk(level: str, subjects: list[str]) -> list[tuple[Step, State]]:
    steps, state, unsigned = rules.default_policy(level).steps, State.COMPLETE, list(subjects)
    found = []
    while (step := rules.next_step(steps, state, unsigned)) is not None:
        if step == Step.SUBJECT:
            unsigned.pop()
        state = rules.state_after(step, unsigned, state)
        found.append((step, state))
    return found


def test_in_secondary_school_every_subject_signs_then_homeroom_principal_and_school() -> None:
    assert walk("THCS", ["TOAN", "NGU_VAN"]) == [
        (Step.SUBJECT, State.COMPLETE),
        (Step.SUBJECT, State.TEACHER_SIGNED),
        (Step.HOMEROOM, State.HOMEROOM_SIGNED),
        (Step.PRINCIPAL, State.PRINCIPAL_SIGNED),
        (Step.SCHOOL, State.SEALED),
    ]


def test_in_primary_school_the_homeroom_teacher_begins() -> None:
    assert [step for step, _state in walk("TH", [])] == [Step.HOMEROOM, Step.PRINCIPAL, Step.SCHOOL]


@pytest.mark.parametrize("state", [state for state in State if state not in rules.OPEN])
def test_nobody_signs_what_is_a_draft_or_was_issued(state: State) -> None:
    assert rules.next_step(rules.ORDER, state, ["TOAN"]) is None


def test_the_principal_never_comes_before_the_homeroom_teacher() -> None:
    for state in rules.OPEN:
        step = rules.next_step(rules.ORDER, state, [])
        assert (step == Step.PRINCIPAL) == (state == State.HOMEROOM_SIGNED)


@pytest.mark.parametrize(
    "text", ["", "principal", "school,principal", "homeroom,homeroom,school", "ba,school"]
)
def test_a_policy_is_in_order_and_ends_with_the_school(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        rules.policy_of(text)


def test_policies_come_back_from_their_text() -> None:
    for level in ("TH", "THCS", "THPT", "GDTX"):
        assert rules.policy_of(rules.default_policy(level).text) == rules.default_policy(level)


def test_an_issued_card_is_never_signed_again_and_a_draft_never_issued_without_signatures() -> None:
    for before in State:
        for after in State:
            if rules.may_move(before, after):
                assert after not in rules.OPEN or before == State.DRAFT
                assert after != State.SEALED
    assert not rules.may_move(State.SUPERSEDED, State.SEALED)
    assert not rules.may_move(State.REVOKED, State.ACCEPTED)
