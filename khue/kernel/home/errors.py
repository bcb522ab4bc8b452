"""What is said when a page is not there, not allowed or broken."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: the same bytes for what does not exist and for what one may not see."""
    return HttpResponse(render_to_string("404.html"), status=404)


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return HttpResponse(render_to_string("403.html"), status=403)


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return HttpResponse(render_to_string("400.html"), status=400)


def broken(request: HttpRequest, *args: Any) -> HttpResponse:
    """500, in words that need neither database nor session."""
    return HttpResponse(render_to_string("500.html"), status=500)
