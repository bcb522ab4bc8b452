"""Where to go on to after a detour: only ever a path of this very site (no open redirect, reliability H7)."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

NEXT = "next"


def safe_path(address: str, otherwise: str = "/") -> str:
    """The address when it is a plain path of this site, else `otherwise`."""
    if not address.startswith("/") or address.startswith(("//", "/\\")) or any(c < " " for c in address):
        return otherwise
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else otherwise


def next_path(request: HttpRequest, otherwise: str = "/") -> str:
    """The `next` of a form or an address, when it is safe."""
    return safe_path(request.POST.get(NEXT) or request.GET.get(NEXT) or "", otherwise)


def with_next(address: str, path: str) -> str:
    """An address that leads back to `path` afterwards."""
    return f"{address}?{NEXT}={quote(path, safe='/')}" if path not in {"", "/"} else address
