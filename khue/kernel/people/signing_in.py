"""Signing in and out: the same work and the same words whether a name exists or not (reliability F1, F5-F7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import login as django_login
from django.contrib.auth import logout as django_logout
from django.contrib.auth.hashers import verify_password
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from khue.kernel.access.capacities import Capacity, capacities_of
from khue.kernel.access.grants import grants_of
from khue.kernel.access.middleware import PROVED_AT, client_address
from khue.kernel.access.roles import FAMILY, ROLES
from khue.kernel.people import alarms, devices, hashers, passwords, second_factor, sessions, throttle
from khue.kernel.people.backends import BACKEND, find_account
from khue.kernel.people.hashers import Crowded, nobodys_hash
from khue.kernel.people.models import Account, SignIn
from khue.kernel.people.options import session_rules
from khue.kernel.statements import fetch

# Keys of the session.
SEEN_AT = "seen_at"
IDLE = "idle"  # seconds without a request after which it ends; 0: none
SIGNED_IN_AT = "signed_in_at"
REMEMBERED = "remembered"
ONLY = "only"  # the one address a session left on a screen still shows; it waits for nobody, and does nothing else
SIGN_IN = "sign_in"
POWERS = "powers"  # the powerful roles with which it was opened; it ends when they are others
SECOND_FACTOR = second_factor.KEY
DEMO = "demo"  # the way in of the demonstration, and its second factor

STAFF_LIFE = timedelta(hours=12)
REMEMBERED_LIFE = timedelta(days=30)


class Kind(Enum):
    """How an attempt to sign in ended."""

    IN = "in"
    WRONG = "wrong"
    BLOCKED = "blocked"
    FLOODED = "flooded"
    CROWDED = "crowded"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Outcome:
    """The end of an attempt, with what to say of it."""

    kind: Kind
    account: Account | None = None
    left: int = 0
    verdict: throttle.Verdict | None = None


def name_key(account: Account | None, typed: str, device_token: str) -> str:
    """Whose count of failures an attempt goes to: the account's known device, else strangers' to that name."""
    whose = f"a{account.pk}" if account else f"n{typed.strip().lower()}"
    if account and devices.is_known(account, device_token):
        return f"name:{throttle.keyed(whose)}:{throttle.keyed(device_token)[:24]}"
    return f"name:{throttle.keyed(whose)}:stranger"


def attempt(request: HttpRequest, typed: str, password: str) -> Outcome:
    """Check a name and a password; opens no session."""
    try:
        with hashers.place():
            return _attempt(request, typed, password)
    except Crowded:
        return Outcome(Kind.CROWDED)


def _attempt(request: HttpRequest, typed: str, password: str) -> Outcome:
    ip = client_address(request)
    password = passwords.normal(password)
    token = devices.token_of(request)
    account = find_account(typed)
    key = name_key(account, typed, token)
    if key.endswith(":stranger") and throttle.is_flooding(ip):
        return Outcome(Kind.FLOODED)
    verdict = throttle.reserve(key)
    if not verdict.allowed:
        return Outcome(Kind.BLOCKED, verdict=verdict)
    try:
        has_secret = account is not None and account.has_usable_password()
        encoded = account.password if account is not None and has_secret else nobodys_hash()
        is_right, is_old_hash = verify_password(password, encoded)
        is_right = is_right and has_secret
        if is_right and is_old_hash and account is not None:
            account.set_password(password)
            Account.objects.filter(pk=account.pk).update(password=account.password)
    except Crowded:
        throttle.give_back(key)
        raise
    if not is_right or account is None:
        throttle.count_network_failure(ip)
        return Outcome(Kind.WRONG, left=verdict.left)
    if not account.is_active:
        return Outcome(Kind.DISABLED)
    throttle.clear(key)
    return Outcome(Kind.IN, account=account)


def capacities(account: Account) -> tuple[Capacity, ...]:
    """Every capacity of an account, before there is a session."""
    return capacities_of(grants_of(account.person_id))


def is_family(every: tuple[Capacity, ...]) -> bool:
    """Whether somebody is a parent or a pupil and nothing else."""
    return all(grant.role in FAMILY for capacity in every for grant in capacity.grants)


def powers(every: tuple[Capacity, ...]) -> list[str]:
    """The roles whose power demands a second factor, each with its unit; a session lives only as long as they stay."""
    held = {(grant.role, grant.unit_id) for capacity in every for grant in capacity.grants}
    return sorted(f"{role}@{unit_id}" for role, unit_id in held if ROLES[role].second_factor)


@transaction.atomic
def open_session(
    request: HttpRequest, account: Account, *, method: str, factor: str = "", remember: bool = False
) -> None:
    """Open a session under a new key and list it to its owner; everything in one commit.

    `factor` is the second factor already shown ('passkey', 'demo'), empty when it is still owed or not wanted.
    """
    every = capacities(account)
    family = is_family(every)
    now = timezone.now()
    django_login(request, account, backend=BACKEND)
    session = request.session
    long = remember and family
    staff_idle, of_teachers = session_rules()
    idle = 0 if family else int(staff_idle.total_seconds())
    life = REMEMBERED_LIFE if long else STAFF_LIFE
    session.set_expiry(int(life.total_seconds()) if long else 0)
    session[SIGNED_IN_AT] = session[SEEN_AT] = now.timestamp()
    session[IDLE] = idle
    session[REMEMBERED] = long
    session[POWERS] = powers(every)
    owed = not factor and second_factor.is_set_up(account)
    session[second_factor.OWED] = owed
    session[second_factor.TEACHERS] = of_teachers
    if factor:
        session[SECOND_FACTOR] = factor
    if not owed:
        session[PROVED_AT] = now.timestamp()
    token = devices.token_of(request) or devices.new_token()
    request.khue_device_token = token  # type: ignore[attr-defined]
    row = _list(request, account, token, method=method, factor=factor)
    session[SIGN_IN] = row.pk
    if row.is_new_device:
        alarms.new_device(account, row)


# The browser is known from now on, the account was last used now, and the sign-in is listed: one statement.
# The very first browser of an account is not a new one.
_LIST = """
with known as (
    insert into people_known_device (account_id, token_hash, label, first_at, last_at) values (%s, %s, %s, %s, %s)
    on conflict (account_id, token_hash) do update set label = excluded.label, last_at = excluded.last_at
    returning xmax = 0 and exists (select 1 from people_known_device where account_id = %s) as is_new
), used as (
    update people_account set last_login = %s where id = %s
)
insert into people_sign_in
    (account_id, session_hash, method, second_factor, ip, device, is_new_device, started_at, seen_at)
select %s, %s, %s, %s, %s::inet, %s, is_new and %s, %s, %s from known
returning id, is_new_device
"""


def _list(request: HttpRequest, account: Account, token: str, *, method: str, factor: str) -> SignIn:
    now = timezone.now()
    device = devices.name_of(request.META.get("HTTP_USER_AGENT", "")[:200])[:200]
    key, ip = sessions.stored_key(request.session.session_key), client_address(request) or None
    pk, is_new = fetch(
        _LIST,
        [
            account.pk, devices.hash_of(token), device, now, now, account.pk, now, account.pk,
            account.pk, key, method, factor, ip, device, method != DEMO, now, now,
        ],
    )[0]  # fmt: skip
    account.last_login = now
    return SignIn(
        pk=pk, account=account, session_hash=key, method=method, second_factor=factor, ip=ip, device=device,
        is_new_device=is_new, started_at=now, seen_at=now,
    )  # fmt: skip


def rekey(request: HttpRequest) -> None:
    """Give the session a new key (after a second factor, a step-up) and keep it listed."""
    request.session.cycle_key()
    row = request.session.get(SIGN_IN)
    if row:
        SignIn.objects.filter(pk=row).update(session_hash=sessions.stored_key(request.session.session_key))


def proved(request: HttpRequest, *, factor: str = "") -> None:
    """Note a fresh proof of identity, with the second factor when one was shown."""
    if factor:
        request.session[SECOND_FACTOR] = factor
        request.session[second_factor.OWED] = False
    request.session[PROVED_AT] = timezone.now().timestamp()
    rekey(request)
    if factor and request.session.get(SIGN_IN):
        SignIn.objects.filter(pk=request.session[SIGN_IN]).update(second_factor=factor)


def sign_out(request: HttpRequest) -> None:
    """End this session."""
    row = request.session.get(SIGN_IN)
    if row:
        SignIn.objects.filter(pk=row, ended_at__isnull=True).update(ended_at=timezone.now())
    django_logout(request)


def own_account(request: HttpRequest) -> Account:
    """The account of whoever asks, as the row itself (actions lock rows, not Django's lazy stand-in)."""
    user: Any = request.user
    if isinstance(user, SimpleLazyObject):
        bool(user)
        user = user._wrapped  # type: ignore[attr-defined]
    return cast(Account, user)


def is_demo() -> bool:
    """Whether this is a demonstration with one-click log-ins."""
    return bool(settings.DEMO)
