"""Every read of background work."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.jobs.models import Run, RunState


def runs(actor: Actor) -> QuerySet[Run]:
    """The actor's own runs and, with jobs.view, those of their units; newest first."""
    own = Q(asked_by_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    condition = Run.scope.condition(actor, "jobs.view")
    if condition is None:
        found = Run.objects.filter(own)
    elif not condition:  # everything: an empty condition must not be joined by "or"
        found = Run.objects.all()
    else:
        found = Run.objects.filter(own | condition)
    return found.select_related("unit", "asked_by").order_by("-asked_at", "-pk")


def open_runs(actor: Actor) -> QuerySet[Run]:
    """The actor's own work that waits or is being done."""
    if actor.person_id is None:
        return Run.objects.none()
    return Run.objects.filter(
        asked_by_id=actor.person_id, state__in=[RunState.WAITING, RunState.RUNNING]
    ).order_by("-asked_at")
