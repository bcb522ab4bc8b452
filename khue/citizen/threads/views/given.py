"""A file given back as a download, never for a browser to interpret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from khue.kernel.files.storing import content_of
from khue.kernel.files.views import TYPES

if TYPE_CHECKING:
    from khue.kernel.files.models import StoredFile


def download(stored: StoredFile) -> HttpResponse:
    """The bytes of an attachment; who may have it was asked before."""
    response = HttpResponse(
        content_of(stored), content_type=TYPES.get(stored.kind, "application/octet-stream")
    )
    response["Content-Disposition"] = content_disposition_header(True, stored.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
