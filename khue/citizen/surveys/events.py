"""What happens to consents that other modules may have to act on."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.actions import Event


@dataclass(frozen=True)
class ConsentWithdrawn(Event):
    """Somebody took a consent back: what was published under it must go."""

    slip_id: int
    enrolment_id: int
    purpose: str
