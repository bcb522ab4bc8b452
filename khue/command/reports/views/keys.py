"""The key with which a report may be signed off besides: which there are, the one chosen, its passphrase or PIN."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from khue.command.reports import sealing
from khue.kernel.access.pages import ActorRequest
from khue.kernel.actions import DomainError
from khue.kernel.actions.doing import has_proof
from khue.kernel.signing import queries


def key_context(request: ActorRequest, *, may_sign: bool) -> dict[str, Any]:
    """The keys of whoever may sign off here; a passphrase is asked for only after a proof of identity."""
    if not may_sign:
        return {"keys": []}
    return {
        "keys": list(queries.usable_certificates(request.actor)), "wants_proof": not has_proof(request.actor),
        "prove_url": f"{reverse('people:prove')}?next={request.path}",
    }  # fmt: skip


@contextmanager
def chosen_hand(request: ActorRequest) -> Iterator[sealing.Hand | None]:
    """The key that was chosen, open; none when nobody chose one."""
    wanted = request.POST.get("khoa", "")
    certificate = None
    if wanted:
        own = queries.usable_certificates(request.actor)
        certificate = own.filter(pk=int(wanted) if wanted.isascii() and wanted.isdigit() else 0).first()
        if certificate is None:
            raise DomainError(_("Chứng thư số này không còn dùng được. Tải lại trang rồi chọn lại."))
    with sealing.hand_of(request.actor, certificate, request.POST.get("mat-khau", "")[:200]) as hand:
        yield hand


def signed_off(request: ActorRequest, act: Callable[[sealing.Hand | None], object]) -> bool:
    """Sign off with the key that was chosen or without one; gives whether there was one."""
    with chosen_hand(request) as hand:
        act(hand)
        return hand is not None
