"""Conversations and announcements of the demo: hand-written ones of the cast, hashed ones at every school."""

from __future__ import annotations

from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Conversations, announcements and receipts of the weeks before the demo's day."""
    del loader, size, seed
