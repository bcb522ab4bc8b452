"""What waits for a family's answer, as one line of its first page."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.citizen.surveys.queries import waiting
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import FamilyChild, FamilyLine


def wanted_lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """How many slips and surveys wait for the reader, and until when the nearest; one statement."""
    days = waiting(actor, timezone.localdate())
    if not days:
        return []
    due, title = min(days)
    label = ngettext("%(n)s phiếu chờ trả lời", "%(n)s phiếu chờ trả lời", len(days)) % {"n": len(days)}
    return [
        FamilyLine(
            label, title, address("surveys:open"), "clipboard-text", _("hạn %(day)s") % {"day": f"{due:%d/%m}"},
            kind="wait", place="wanted", order=15,
        )
    ]  # fmt: skip
