"""A small state machine: which state follows which, who may move it, and what must hold first.

A module declares one `Machine` beside its model and asks it in its actions:

    TRANSFER = Machine(_("đơn chuyển trường"), TransferState, (
        Transition("submitted", "accepted", permission="roster.transfer"),
        Transition("submitted", "refused", guard=lambda row: "" if row.refusal else _("Ghi lý do từ chối.")),
    ))
    TRANSFER.check(transfer.state, "accepted", row=transfer, actor=work.actor)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.actions.errors import DomainError, NotAllowed

Guard = Callable[[Any], str]


@dataclass(frozen=True)
class Transition:
    """One allowed step. `guard` gives "" when the row may take it, else why not; `label` is the button's verb."""

    start: str
    to: str
    permission: str = ""
    guard: Guard | None = None
    label: str | Promise = ""


class Machine:
    """The steps of one kind of thing. Unknown states and doubled steps crash when the machine is declared."""

    def __init__(
        self, noun: str | Promise, states: type[models.TextChoices], transitions: Sequence[Transition]
    ) -> None:
        self.noun = noun
        self.states = states
        self._steps: dict[tuple[str, str], Transition] = {}
        for step in transitions:
            for state in (step.start, step.to):
                if state not in states.values:
                    raise registry.ManifestError(f"{states.__name__} has no state {state!r}")
            if (step.start, step.to) in self._steps:
                raise registry.ManifestError(f"step {step.start} → {step.to} declared twice")
            self._steps[(step.start, step.to)] = step

    def label(self, state: str) -> str:
        """A state in the users' words."""
        return str(self.states(state).label)

    def check(self, state: str, to: str, *, row: Any = None, actor: Actor | None = None) -> Transition:
        """The step from one state to another; raises DomainError (with the reason) or NotAllowed."""
        step = self._steps.get((state, to))
        if step is None:
            raise DomainError(self._refusal(state, to), code="wrong_state")
        if actor is not None and step.permission and not self._may(actor, step, row):
            raise NotAllowed
        reason = step.guard(row) if step.guard is not None else ""
        if reason:
            raise DomainError(reason, code="not_yet")
        return step

    def steps_from(self, state: str, *, row: Any = None, actor: Actor | None = None) -> list[Transition]:
        """The steps that may be taken now, for buttons; guards that say no take theirs away."""
        return [
            step
            for (start, _to), step in self._steps.items()
            if start == state
            and (actor is None or not step.permission or self._may(actor, step, row))
            and (step.guard is None or row is None or not step.guard(row))
        ]

    def is_final(self, state: str) -> bool:
        """Whether nothing follows."""
        return not any(start == state for start, _to in self._steps)

    @staticmethod
    def _may(actor: Actor, step: Transition, row: Any) -> bool:
        if row is None:
            return actor.holds(step.permission)
        return actor.can(step.permission, row)

    def _refusal(self, state: str, to: str) -> str:
        values = {"noun": self.noun, "state": self.label(state), "to": self.label(to)}
        follow = [self.label(end) for (start, end) in self._steps if start == state]
        if not follow:
            return _("%(noun)s đang ở trạng thái “%(state)s”, không đổi được nữa.") % values
        return _("%(noun)s đang ở trạng thái “%(state)s”, chưa thể chuyển sang “%(to)s”. Bước tiếp theo: %(next)s.") % {
            **values, "next": ", ".join(follow),
        }  # fmt: skip
