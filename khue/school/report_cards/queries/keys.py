"""Which keys the actor may sign with here: own certificates, the school's seals."""

from __future__ import annotations

from khue.kernel.access.actor import Actor
from khue.kernel.signing import queries
from khue.kernel.signing.models import Certificate


def seals_of(actor: Actor, school_id: int) -> list[Certificate]:
    """The seals of a school that the actor may set now."""
    return list(queries.seals(actor).filter(unit_id=school_id))


def own(actor: Actor) -> list[Certificate]:
    """The actor's own certificates whose dates allow signing now."""
    return list(queries.usable_certificates(actor))
