"""How often one address may ask the public page, and how many guesses the whole site bears (reliability I5).

A reference is 128 random bits and a code sixty, so guessing those is hopeless; they are rationed for the machine's
sake. A learner code with a birth date is within reach of patience: misses are counted for the code, for the address
and for the whole site, whose ceiling means that a million guesses take two weeks, from however many addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from django.utils import timezone

from khue.kernel.people.throttle import keyed, network_key
from khue.kernel.statements import fetch, run


@dataclass(frozen=True, slots=True)
class Ration:
    """So many askings in so long a window."""

    most: int
    window: timedelta


class Of(Enum):
    """What is rationed."""

    PAGES = Ration(120, timedelta(minutes=1))  # of one address: a school behind one address verifies a class
    CHECKS = Ration(30, timedelta(minutes=1))  # full cryptographic checks of one address
    MISSES = Ration(40, timedelta(minutes=15))  # wrong codes of one address
    LEARNER = Ration(10, timedelta(hours=1))  # wrong birth dates of one learner code
    SITE = Ration(3_000, timedelta(hours=1))  # wrong learner codes and birth dates of all addresses


_COUNT = """
insert into report_cards_asking as a (key, since, count) values (%s, %s, 1)
on conflict (key) do update set
  count = case when a.since < %s then 1 else a.count + 1 end,
  since = case when a.since < %s then excluded.since else a.since end
returning count
"""
_KNOWN = "select count from report_cards_asking where key = %s and since >= %s"


def key_of(what: Of, whom: str) -> str:
    """The name of a count: a keyed hash."""
    return keyed("verification", what.name, whom)


def address_of(ip: str) -> str:
    """One subscriber's name among addresses."""
    return network_key(ip)


def take(what: Of, whom: str) -> bool:
    """Count one asking; False when it is one too many."""
    now = timezone.now()
    began = now - what.value.window
    count: int = fetch(_COUNT, [key_of(what, whom), now, began, began])[0][0]
    return count <= what.value.most


def is_spent(what: Of, whom: str) -> bool:
    """Whether nothing is left, without counting."""
    rows = fetch(_KNOWN, [key_of(what, whom), timezone.now() - what.value.window])
    return bool(rows) and rows[0][0] >= what.value.most


def sweep() -> int:
    """Forget what no window remembers; gives how many counts went."""
    return run("delete from report_cards_asking where since < %s", [timezone.now() - timedelta(days=1)])
