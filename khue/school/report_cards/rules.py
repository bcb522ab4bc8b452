"""Who signs what in which order, and the way of a card (rules/02 sections 2 and 3): pure decisions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Step(StrEnum):
    """A signature of the policy."""

    SUBJECT = "subject"  # each subject teacher, the own row
    HOMEROOM = "homeroom"
    PRINCIPAL = "principal"
    SCHOOL = "school"  # the institution's signature, its seal


class State(StrEnum):
    """Where a card is on its way (rules/02 section 2)."""

    DRAFT = "draft"  # something is missing
    COMPLETE = "complete"  # waits for its first signature
    TEACHER_SIGNED = "teacher_signed"
    HOMEROOM_SIGNED = "homeroom_signed"
    PRINCIPAL_SIGNED = "principal_signed"
    SEALED = "sealed"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"


ORDER: Final = (Step.SUBJECT, Step.HOMEROOM, Step.PRINCIPAL, Step.SCHOOL)
AFTER: Final = {
    Step.SUBJECT: State.TEACHER_SIGNED,
    Step.HOMEROOM: State.HOMEROOM_SIGNED,
    Step.PRINCIPAL: State.PRINCIPAL_SIGNED,
    Step.SCHOOL: State.SEALED,
}
OPEN: Final = (State.COMPLETE, State.TEACHER_SIGNED, State.HOMEROOM_SIGNED, State.PRINCIPAL_SIGNED)
ISSUED: Final = (State.SEALED, State.SUBMITTED, State.ACCEPTED, State.RETURNED)
VALID: Final = (State.SEALED, State.SUBMITTED, State.ACCEPTED)
# Who moves a card without signing it.
MOVES: Final = {
    State.DRAFT: (State.COMPLETE,),
    State.SEALED: (State.SUBMITTED, State.SUPERSEDED, State.REVOKED),
    State.SUBMITTED: (State.ACCEPTED, State.RETURNED),
    State.RETURNED: (State.SUBMITTED, State.SUPERSEDED, State.REVOKED),
    State.ACCEPTED: (State.SUPERSEDED, State.REVOKED),
}
PRIMARY_LEVELS: Final = frozenset({"TH"})
NO_PERSONAL_ID: Final = (
    "THIEU_DINH_DANH"  # the only lack that a principal may set aside, with a reason (setting)
)


@dataclass(frozen=True, slots=True)
class Policy:
    """Which signatures a card needs, in strict order."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        places = [ORDER.index(step) for step in self.steps]
        if places != sorted(set(places)) or self.steps[-1:] != (Step.SCHOOL,):
            raise ValueError("steps stand in order, each once, and end with the school's signature")

    @property
    def text(self) -> str:
        """As a setting and a column keep it."""
        return ",".join(self.steps)


def policy_of(text: str) -> Policy:
    """The policy written as `homeroom,principal,school`; raises ValueError when it is none."""
    return Policy(tuple(Step(part.strip()) for part in text.split(",")))


def default_policy(level: str) -> Policy:
    """Primary: homeroom, principal, school; above it each subject teacher first (rules/02 section 3)."""
    return Policy(ORDER[1:] if level in PRIMARY_LEVELS else ORDER)


def next_step(steps: Sequence[Step], state: State, unsigned: Collection[str]) -> Step | None:
    """The signature a card waits for; None when it waits for none."""
    if state not in OPEN:
        return None
    if Step.SUBJECT in steps and unsigned:
        return Step.SUBJECT
    done = next((step for step, after in AFTER.items() if after == state), None)
    begin = ORDER.index(done) + 1 if done else 0
    return next((step for step in steps if ORDER.index(step) >= begin and step != Step.SUBJECT), None)


def state_after(step: Step, unsigned: Collection[str], before: State) -> State:
    """The state once a step is signed; teachers have signed when the last of them has."""
    if step == Step.SUBJECT and unsigned:
        return before
    return AFTER[step]


def may_move(before: State, after: State) -> bool:
    """Whether a card goes from one state to the other without a signature."""
    return after in MOVES.get(before, ())
