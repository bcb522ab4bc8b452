"""Where anybody verifies a card: the address in its QR code and the site printed beside it."""

from __future__ import annotations

from typing import Final

from django.conf import settings

from khue.kernel.settings_store.values import value_of

PATH: Final = "/xac-minh/"  # printed on paper: it never changes


def site() -> str:
    """The site of the setting, else this installation's own host name; "https://" stands unwritten."""
    written = str(value_of("report_cards.verification_site")).strip().rstrip("/")
    own = next((name for name in settings.ALLOWED_HOSTS if name.strip(".*")), "localhost")
    return written or own.lstrip(".")


def of(site: str, reference: str) -> str:
    """The whole address that a QR code holds; an opaque reference, nothing about the pupil."""
    base = site if "://" in site else f"https://{site}"
    return f"{base}{PATH}{reference}/"


def bare(site: str) -> str:
    """The site as people type it."""
    return site.partition("://")[2] or site
