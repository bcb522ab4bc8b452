"""One-click log-ins of the demonstration: the cast, told from the database. Not there without KHUE_DEMO=1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from khue.kernel.access.actor import Grant
from khue.kernel.access.capacities import capacities_of
from khue.kernel.access.grants import grants_of_people
from khue.kernel.people.models import Account

CAST = (
    ("authority", ("son", "hoa")),
    ("school", ("hung", "tam", "lan", "mai")),
    ("family", ("binh", "an")),
)
NAMES = frozenset(name for _group, names in CAST for name in names)


@dataclass(frozen=True)
class Offer:
    """One person of the cast one may try Khuê as."""

    key: str
    role: str
    detail: str
    icon: str


@dataclass(frozen=True)
class Group:
    """Offers under one heading."""

    title: str
    offers: Sequence[Offer]


def account_of(name: str) -> Account | None:
    """The account of a member of the cast."""
    if name not in NAMES:
        return None
    return Account.objects.select_related("person").filter(login_name=name, is_active=True).first()


def offers() -> list[Group]:
    """Everybody of the cast who exists here; two queries."""
    accounts = {
        account.login_name: account
        for account in Account.objects.select_related("person").filter(login_name__in=NAMES, is_active=True)
    }
    grants = grants_of_people([account.person_id for account in accounts.values()])
    titles = {"authority": _("Sở và xã, phường"), "school": _("Nhà trường"), "family": _("Gia đình")}
    found = []
    for group, names in CAST:
        rows = [_offer(name, accounts[name], grants) for name in names if name in accounts]
        if rows:
            found.append(Group(titles[group], rows))
    return found


def _offer(name: str, account: Account, grants: list[Grant]) -> Offer:
    every = capacities_of([grant for grant in grants if grant.person_id == account.person_id])
    person = account.person.full_name
    if not every:
        return Offer(name, person, "", "user")
    first = every[0]
    return Offer(name, first.label, f"{person}, {first.detail}" if first.detail else person, first.icon)
