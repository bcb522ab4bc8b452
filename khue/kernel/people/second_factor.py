"""The second factor: authenticator app (TOTP), passkey, recovery codes, kept by django-allauth's tables."""

from __future__ import annotations

from collections.abc import Sequence

from allauth.mfa.models import Authenticator

from khue.kernel.access.capacities import Capacity
from khue.kernel.access.roles import ROLES, STAFF
from khue.kernel.people.models import Account
from khue.kernel.statements import fetch

# Keys of the session.
KEY = "second_factor"  # which one was shown: 'totp' | 'passkey' | 'recovery' | 'demo'
OWED = "second_factor_owed"  # the account has one and has not shown it in this session
TEACHERS = "teachers_need_second_factor"

STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


_STRONG_OF = "select 1 from mfa_authenticator where user_id = %s and type = any(%s) limit 1"


def is_set_up(account: Account) -> bool:
    """Whether the account has an authenticator app or a passkey."""
    return bool(fetch(_STRONG_OF, [account.pk, [kind.value for kind in STRONG]]))


def is_demanded(roles: Sequence[str] | frozenset[str], *, of_teachers: bool) -> bool:
    """Whether one of these roles may not act without a second factor."""
    return any(ROLES[role].second_factor or (of_teachers and role in STAFF) for role in roles)


def is_demanded_of(capacity: Capacity, *, of_teachers: bool) -> bool:
    """The same for a capacity."""
    return is_demanded([grant.role for grant in capacity.grants], of_teachers=of_teachers)
