"""Browsers an account has signed in from before: a signed cookie, of which the database keeps the hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from khue.kernel.people.models import Account, KnownDevice

COOKIE = "__Host-khue_device" if settings.PRODUCTION else "khue_device"
SALT = "khue.people.device"
KEPT = 400 * 24 * 3600  # seconds; the longest browsers allow


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(request: HttpRequest) -> str:
    """The token in the browser's cookie when we signed it, else nothing."""
    try:
        return str(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT))
    except signing.BadSignature:
        return ""


def is_known(account: Account, token: str) -> bool:
    """Whether the account has signed in from this browser before."""
    return bool(token) and KnownDevice.objects.filter(account=account, token_hash=_hash(token)).exists()


@dataclass(frozen=True)
class Remembered:
    """A browser that has just signed in: the token it keeps, and whether its account knew others but not this one."""

    token: str
    is_new: bool


def remember(account: Account, token: str, label: str) -> Remembered:
    """Note that the account signed in here. One statement; the very first browser of an account is not a new one."""
    token = token or secrets.token_urlsafe(24)
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_known_device (account_id, token_hash, label, first_at, last_at) "
            "values (%s, %s, %s, %s, %s) on conflict (account_id, token_hash) "
            "do update set label = excluded.label, last_at = excluded.last_at "
            "returning xmax = 0 and exists (select 1 from people_known_device where account_id = %s)",
            [account.pk, _hash(token), label[:200], now, now, account.pk],
        )
        is_new = bool(cursor.fetchone()[0])
    return Remembered(token, is_new)


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
