"""Fills the frame of every page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame for signed-in pages; empty for others."""
    return {}
