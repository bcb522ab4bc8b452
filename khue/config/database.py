"""Where the data lives: the PostgreSQL of DATABASE_URL, or one of our own under var/."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class DatabaseAddressError(ValueError):
    """The address in DATABASE_URL is not one Khuê can use."""


def from_url(url: str) -> dict[str, Any]:
    """Read a postgresql:// address into Django's form; raises DatabaseAddressError on anything else."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise DatabaseAddressError("DATABASE_URL must start with postgresql://")
    query = dict(parse_qsl(parts.query))
    threshold = query.pop("prepare_threshold", "5")
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django_prometheus.db.backends.postgresql"
        if os.environ.get("KHUE_METRICS") == "1"
        else "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "khue",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        # Statements of kernel.statements are prepared, unless a pooler between does not know them.
        "OPTIONS": {**query, "prepare_threshold": None if threshold == "none" else int(threshold)},
    }


def embedded_url(directory: Path) -> str:
    """Start (or join) the embedded PostgreSQL kept in `directory`; gives its address with database khue."""
    from khue.config import embedded

    return embedded.ensure_running(directory)
