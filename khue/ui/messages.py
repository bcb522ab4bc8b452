"""Tell a person what has just happened: past tense, with a way back where there is one."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest


def done(request: HttpRequest, text: str, undo_url: str = "") -> None:
    """Say what was done, in a toast; `undo_url` takes a POST that undoes it and adds the button “Hoàn tác”."""
    messages.success(request, text, extra_tags=undo_url)


def warn(request: HttpRequest, text: str) -> None:
    """Say what needs care, in a note that stays on the page."""
    messages.warning(request, text)


def refuse(request: HttpRequest, text: str) -> None:
    """Say why something was not done, in a note that stays on the page."""
    messages.error(request, text)


def told(request: HttpRequest) -> list[str]:
    """The texts waiting for this person; reading them takes them away."""
    return [cast(str, message.message) for message in messages.get_messages(request)]
