"""Give a stored file back: always as a download, never for a browser to interpret."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header

from khue.kernel.access.pages import SIGNED_IN, ActorRequest, page
from khue.kernel.files import queries
from khue.kernel.files.storing import content_of

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
}


@page(SIGNED_IN)
def download(request: ActorRequest, pk: int) -> HttpResponse:
    """The bytes of a file, as they were proved; whose file it is decides who gets it."""
    found = get_object_or_404(queries.files(request.actor), pk=pk)
    response = HttpResponse(content_of(found), content_type=TYPES.get(found.kind, "application/octet-stream"))
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
