"""Tell a person what has just happened: past tense, with a way back where there is one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest


def done(request: HttpRequest, text: str, undo_url: str = "") -> None:
    """Say what was done, in a toast; with `undo_url`, which takes a POST, it has the button “Hoàn tác”."""
    messages.success(request, text, extra_tags=undo_url)


def warn(request: HttpRequest, text: str) -> None:
    """Say what needs care, in a note that stays on the page."""
    messages.warning(request, text)


def refuse(request: HttpRequest, text: str) -> None:
    """Say why something was not done, in a note that stays on the page."""
    messages.error(request, text)
