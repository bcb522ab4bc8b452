"""Guessing is slowed by name, by device and by network address; nobody is locked out by a stranger (reliability F5).

Ten failures in a row are free. Each further one first waits 15 minutes, then 30, 60 ... up to a day; after a hundred
in a row only a reset code helps. The count belongs to a key: a device that has signed in to the account before counts
for itself, so guesses from elsewhere never reach the owner. An attempt is counted *before* the password is looked at,
in one statement, so a thousand guesses at once are still ten.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from khue.kernel.people.models import Account, SignInAttempt
from khue.kernel.statements import fetch, run

FREE = 10
MOST = 100
FIRST_WAIT = timedelta(minutes=15)
LONGEST_WAIT = timedelta(days=1)
NETWORK_WINDOW = timedelta(minutes=15)
NETWORK_MOST = (
    600  # failures in the window from one address: a school of 500 behind one address may all mistype
)


@dataclass(frozen=True)
class Verdict:
    """Whether an attempt may be made, how many more are free after it, and until when to wait if not."""

    allowed: bool
    left: int = 0
    until: datetime | None = None
    is_final: bool = False


def keyed(*parts: object) -> str:
    """A keyed hash, so that the table of attempts names nobody."""
    text = "\x1f".join(str(part) for part in parts)
    return hmac.new(settings.SECRET_KEY.encode(), f"throttle:{text}".encode(), hashlib.sha256).hexdigest()[
        :40
    ]


def reserve(key: str) -> Verdict:
    """Count an attempt as failed before it is made; `clear` it when it succeeds."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_sign_in_attempt as a (key, failures, last_at) values (%(key)s, 1, %(now)s) "
            "on conflict (key) do update set failures = a.failures + 1, last_at = %(now)s, "
            "blocked_until = case when a.failures + 1 >= %(most)s then %(now)s + interval '10 years' "
            "when a.failures + 1 >= %(free)s then %(now)s + "
            "least(%(first)s * power(2, least(a.failures + 1 - %(free)s, 20)), %(longest)s) * interval '1 second' end "
            "where a.blocked_until is null or a.blocked_until <= %(now)s returning failures",
            {
                "key": key, "now": now, "free": FREE, "most": MOST,
                "first": FIRST_WAIT.total_seconds(), "longest": LONGEST_WAIT.total_seconds(),
            },
        )  # fmt: skip
        row = cursor.fetchone()
    if row is not None:
        return Verdict(True, left=max(0, FREE - row[0]))
    kept = SignInAttempt.objects.filter(key=key).values_list("failures", "blocked_until").first()
    failures, until = kept or (0, now)
    return Verdict(False, until=until, is_final=failures >= MOST)


def give_back(key: str) -> None:
    """Take back the attempt counted last: it was never made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update people_sign_in_attempt set failures = failures - 1, "
            "blocked_until = case when failures - 1 >= %s then blocked_until end where key = %s and failures > 0",
            [FREE, key],
        )


def clear(*keys: str) -> None:
    """Forget the failures of keys whose owner has proved themselves."""
    run("delete from people_sign_in_attempt where key = any(%s)", [list(keys)])


def keys_of(account: Account) -> list[str]:
    """Every count of failures against an account: strangers', and its own second factors'."""
    return [f"name:{keyed(f'a{account.pk}')}:stranger", f"factor:{keyed('factor', account.pk)}"]


def network_key(ip: str) -> str:
    """One key for one subscriber: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "ip:unknown"
    if address.version == 6:
        return f"ip:{ipaddress.ip_network((address, 64), strict=False).network_address}"
    return f"ip:{address}"


_FLOODING = "select 1 from people_sign_in_attempt where key = %s and failures >= %s and last_at > %s"


def is_flooding(ip: str) -> bool:
    """Whether an address has failed so often just now that strangers from it must wait."""
    since = timezone.now() - NETWORK_WINDOW
    return bool(fetch(_FLOODING, [network_key(ip), NETWORK_MOST, since]))


def count_network_failure(ip: str) -> None:
    """Count a failure of an address; a quiet quarter of an hour forgets them all."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_sign_in_attempt as a (key, failures, last_at) values (%s, 1, %s) "
            "on conflict (key) do update set last_at = excluded.last_at, "
            "failures = case when a.last_at < %s then 1 else a.failures + 1 end",
            [network_key(ip), now, now - NETWORK_WINDOW],
        )
