"""Every read of stored files."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.files.models import StoredFile


def files(actor: Actor) -> QuerySet[StoredFile]:
    """The actor's own files and, with files.view, those of their unit; erased ones are gone."""
    own = Q(owner_id=actor.person_id) if actor.person_id is not None else Q(pk__in=[])
    unit = StoredFile.objects.visible_to(actor, "files.view").values("pk")
    return StoredFile.objects.filter(own | Q(pk__in=unit), erased_at__isnull=True)
