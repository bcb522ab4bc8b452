"""Every read of certificates and of the register of signatures for people."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.signing.models import Certificate, Signature


def own_certificates(actor: Actor) -> QuerySet[Certificate]:
    """The actor's own certificates in use, the one that ends last first."""
    if actor.person_id is None:
        return Certificate.objects.none()
    return (
        Certificate.objects.filter(person_id=actor.person_id, withdrawn_at__isnull=True)
        .defer("content", "chain", "key_file")
        .order_by("-not_after", "-pk")
    )


def usable_certificates(actor: Actor) -> QuerySet[Certificate]:
    """Those of the actor's own certificates whose dates allow signing now."""
    now = timezone.now()
    return own_certificates(actor).filter(not_before__lte=now, not_after__gt=now)


def seals(actor: Actor) -> QuerySet[Certificate]:
    """The seals in use that the actor may set now."""
    now = timezone.now()
    return (
        Certificate.objects.visible_to(actor, "signing.use_seal")
        .filter(unit__isnull=False, withdrawn_at__isnull=True, not_before__lte=now, not_after__gt=now)
        .order_by("-not_after", "-pk")
    )


def certificates(actor: Actor) -> QuerySet[Certificate]:
    """The certificates of the units that the actor oversees, and the actor's own."""
    visible = Certificate.objects.visible_to(actor, "signing.view").values("pk")
    return Certificate.objects.filter(Q(pk__in=visible) | Q(pk__in=own_certificates(actor).values("pk")))


def signatures(actor: Actor, document_kind: str, ids: Iterable[int]) -> QuerySet[Signature]:
    """The signatures on documents that the actor may see by `signing.view`, in the order made."""
    return (
        Signature.objects.visible_to(actor, "signing.view")
        .filter(document_kind=document_kind, document_id__in=list(ids))
        .select_related("certificate")
        .order_by("document_id", "form", "position")
    )


def all_signatures(document_kind: str, ids: Iterable[int]) -> QuerySet[Signature]:
    """The signatures on documents whose own module has asked whether they may be seen, in the order made."""
    return (
        Signature.objects.filter(document_kind=document_kind, document_id__in=list(ids))
        .select_related("certificate", "signer")
        .order_by("document_id", "form", "position")
    )


def own_person(actor: Actor) -> Person | None:
    """The actor's own record."""
    return Person.objects.filter(pk=actor.person_id).first() if actor.person_id is not None else None


def unit_with_seal(actor: Actor) -> Unit | None:
    """The unit of the capacity whose seal the actor may set or register."""
    if actor.unit_id is None or not actor.holds("signing.use_seal"):
        return None
    return Unit.objects.visible_to(actor, "signing.use_seal").filter(pk=actor.unit_id).first()


def registered_seals(actor: Actor, permission: str = "signing.register_seal") -> QuerySet[Certificate]:
    """The seals in use, their dates whatever they are, at the units where the actor holds the permission."""
    return (
        Certificate.objects.visible_to(actor, permission)
        .filter(unit__isnull=False, withdrawn_at__isnull=True)
        .defer("content", "chain", "key_file")
        .order_by("-not_after", "-pk")
    )


def seals_of(actor: Actor, unit: Unit) -> QuerySet[Certificate]:
    """The seals of one unit."""
    return registered_seals(actor, "signing.use_seal").filter(unit=unit)
