"""One-time codes: twelve letters that are easy to read aloud, kept only as a keyed hash (reliability F3, F8).

60 random bits in Crockford's base 32 (no I, L, O, U), written XXXX-XXXX-XXXX. A code alone opens nothing: it asks for
a second datum of its owner, the birth date, or where that is unknown the last four digits of the phone. Five wrong data
and the code is dead; used once it is dead; a newer one kills the older.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from khue.kernel.people import throttle
from khue.kernel.people.models import Account, BirthPrecision, OneTimeCode, Person
from khue.lib.phones import national_digits

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 12
TRIES: Final = 5
_READ: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})


def new_code() -> str:
    """A fresh code: `K7QF-2MXA-9D3T`."""
    letters = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, LENGTH, 4))


def read(text: str) -> str:
    """A code as typed, brought to its plain letters; what cannot be one gives nothing."""
    letters = re.sub(r"[\s\-–—.]", "", text).upper().translate(_READ)
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else ""


def hash_of(code: str, key: str | None = None) -> str:
    """The keyed hash under which a code is kept."""
    secret = f"khue.one_time_code:{key or settings.SECRET_KEY}".encode()
    return hmac.new(secret, read(code).encode(), hashlib.sha256).hexdigest()


def living(people: Iterable[int]) -> QuerySet[OneTimeCode]:
    """The codes for accounts of these people that may still be used."""
    return OneTimeCode.objects.filter(
        account__person__in=list(people), used_at__isnull=True, expires_at__gt=timezone.now()
    )


def mailed_since(account: Account, moment: datetime) -> int:
    """How many codes have gone to the account's own address since a moment."""
    return OneTimeCode.objects.filter(account=account, issued_by__isnull=True, issued_at__gt=moment).count()


def end(people: Iterable[int]) -> None:
    """Let the codes of these people die: whoever was given them was not given what their owners hold from now on."""
    living(people).update(expires_at=timezone.now())


def datum_kind(person: Person) -> str:
    """What is asked beside the code: 'birth', 'phone', or nothing when the record has neither."""
    if person.birth_date:
        return "birth"
    return "phone" if person.phone else ""


def is_datum(person: Person, text: str) -> bool:
    """Whether what was typed is the person's second datum."""
    if datum_kind(person) == "phone":
        digits = re.sub(r"\D", "", text)
        return len(digits) == 4 and hmac.compare_digest(digits, national_digits(person.phone)[-4:])
    if person.birth_date is None:
        return False
    typed = read_day(text)
    if typed is None:
        return False
    if person.birth_precision == BirthPrecision.YEAR:
        return typed.year == person.birth_date.year
    if person.birth_precision == BirthPrecision.MONTH:
        return (typed.year, typed.month) == (person.birth_date.year, person.birth_date.month)
    return typed == person.birth_date


def read_day(text: str) -> date | None:
    """A day written dd/mm/yyyy with any sign between, as ddmmyyyy, or as yyyy-mm-dd."""
    text = text.strip()
    for pattern, order in (
        (r"(\d{1,2})\D+(\d{1,2})\D+(\d{4})", (2, 1, 0)), (r"(\d{2})(\d{2})(\d{4})", (2, 1, 0)),
        (r"(\d{4})-(\d{2})-(\d{2})", (0, 1, 2)),
    ):  # fmt: skip
        match = re.fullmatch(pattern, text)
        if match:
            year, month, day = (int(match[place + 1]) for place in order)
            try:
                return date(year, month, day)
            except ValueError:
                return None
    return None


def redeem(text: str, datum: str, ip: str) -> OneTimeCode | None:
    """The living code that was typed with its right datum; nothing for every other case, told apart by nobody.

    The try is counted before the datum is looked at, in one statement, so many guesses at once are still five.
    """
    if throttle.is_flooding(ip):
        return None
    hashes = [hash_of(text, key) for key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]
    with connection.cursor() as cursor:
        cursor.execute(
            "update people_one_time_code set tries = tries + 1 where code_hash = any(%s) and used_at is null "
            "and expires_at > %s and tries < %s returning id",
            [hashes if read(text) else [], timezone.now(), TRIES],
        )
        row = cursor.fetchone()
    found = OneTimeCode.objects.select_related("account__person").filter(pk=row[0] if row else 0).first()
    if found is not None and found.account.is_active and is_datum(found.account.person, datum):
        return found
    throttle.count_network_failure(ip)
    return None


def is_alive(code: OneTimeCode) -> bool:
    """Whether a code has not been used, replaced or outlived."""
    return code.used_at is None and code.expires_at > timezone.now()
