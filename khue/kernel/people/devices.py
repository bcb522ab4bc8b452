"""Browsers an account has signed in from before: a signed cookie, of which the database keeps the hash."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from khue.kernel.people.models import Account, KnownDevice
from khue.kernel.statements import fetch

COOKIE = "__Host-khue_device" if settings.PRODUCTION else "khue_device"
SALT = "khue.people.device"
KEPT = 400 * 24 * 3600  # seconds; the longest browsers allow


def hash_of(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(request: HttpRequest) -> str:
    """The token in the browser's cookie when we signed it, else nothing."""
    try:
        return str(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT))
    except signing.BadSignature:
        return ""


_KNOWN = "select 1 from people_known_device where account_id = %s and token_hash = %s"


def is_known(account: Account, token: str) -> bool:
    """Whether the account has signed in from this browser before."""
    return bool(token) and bool(fetch(_KNOWN, [account.pk, hash_of(token)]))


def new_token() -> str:
    """The token of a browser that has none yet."""
    return secrets.token_urlsafe(24)


def forget_all(account: Account) -> None:
    """No browser is known any more (after a reset: whoever had the old secret counts as a stranger)."""
    KnownDevice.objects.filter(account=account).delete()


def keep(response: HttpResponse, token: str) -> HttpResponse:
    """Leave the token with the browser."""
    response.set_cookie(
        COOKIE,
        signing.dumps(token, salt=SALT),
        max_age=KEPT,
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )
    return response


def name_of(user_agent: str) -> str:
    """A browser in the words its owner would use: `Chrome, Windows`."""
    browsers = (
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc", "Cốc Cốc"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )  # fmt: skip
    systems = (
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
        ("CrOS", "Chromebook"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for sign, name in browsers if sign in user_agent), "")
    system = next((name for sign, name in systems if sign in user_agent), "")
    if browser and system:
        return f"{browser}, {system}"
    return browser or system or "Trình duyệt khác"
