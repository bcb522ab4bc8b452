"""Reads of export requests: their asker and whoever may approve at the unit."""

from __future__ import annotations

from django.db.models import Q

from khue.kernel.access.actor import Actor
from khue.registry.roster.models import ExportRequest, ExportState


def export_request(actor: Actor, pk: int) -> ExportRequest | None:
    """A request the actor made, or may answer."""
    deciding = ExportRequest.objects.visible_to(actor, "roster.approve_export").values("pk")
    return (
        ExportRequest.objects.filter(Q(asked_by_id=actor.person_id) | Q(pk__in=deciding))
        .select_related("unit", "year", "asked_by", "decided_by")
        .filter(pk=pk)
        .first()
    )


def may_decide(actor: Actor, found: ExportRequest) -> bool:
    """Whether the actor may answer: somebody else's open request, at a unit where they approve."""
    return (
        found.state == ExportState.ASKED
        and found.asked_by_id != actor.person_id
        and actor.can("roster.approve_export", found)
    )
