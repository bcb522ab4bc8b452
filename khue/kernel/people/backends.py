"""Whose account a session or a log-in name is."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import connection
from django.http import HttpRequest

from khue.kernel.people.models import Account, Person
from khue.kernel.people.records import is_person_code
from khue.kernel.statements import fetch
from khue.lib.phones import PhoneProblem, normalise_phone

BACKEND = "khue.kernel.people.backends.AccountBackend"


class AccountBackend(BaseBackend):
    """Loads the account of a session together with its person: one query a request."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Account | None:
        """Signing in is done by `people.signing_in`; this backend only says whose session it is."""
        return None

    def get_user(self, user_id: int) -> Account | None:
        """The active account of a session."""
        rows = fetch(_of_session(), [int(user_id)])
        return _loaded(rows[0]) if rows else None


@cache
def _columns() -> str:
    names = [[field.column for field in model._meta.concrete_fields] for model in (Account, Person)]
    return ", ".join(f'{table}."{name}"' for table, own in zip("ap", names, strict=True) for name in own)


@cache
def _of_session() -> str:
    """The select of an account and its person, written once: every request asks it."""
    return (
        f"select {_columns()} from people_account a join people_person p on p.id = a.person_id "  # noqa: S608
        "where a.id = %s and a.is_active"
    )


@cache
def _attributes() -> tuple[list[str], list[str]]:
    of_account, of_person = (
        [field.attname for field in model._meta.concrete_fields] for model in (Account, Person)
    )
    return of_account, of_person


def _loaded(row: tuple[Any, ...]) -> Account:
    """An account with its person, from a row of `_columns`."""
    of_account, of_person = _attributes()
    account: Account = Account.from_db(connection.alias, of_account, row[: len(of_account)])
    account.person = Person.from_db(connection.alias, of_person, row[len(of_account) :])
    return account


_BY_LOGIN_NAME = "select id, 0 as way from people_account where login_name = %s"
_BY_PERSON = (
    " union all select a.id, {way} from people_account a join people_person p on p.id = a.person_id "
    "where p.merged_into_id is null and p.{column} = %s"
)


def find_account(text: str) -> Account | None:
    """The account of a login name, ministry code, Khuê code or phone number; a phone shared by several is nobody's."""
    name = text.strip().replace("\x00", "")
    wanted = [("ministry_code", name.upper())]
    if is_person_code(name.upper()):
        wanted.append(("code", name.upper()))
    with suppress(PhoneProblem):
        wanted.append(("phone", normalise_phone(name)))
    found = _BY_LOGIN_NAME + "".join(
        _BY_PERSON.format(way=way, column=column) for way, (column, _value) in enumerate(wanted, 1)
    )
    rows = fetch(
        f"select {_columns()}, found.way from ({found}) found join people_account a on a.id = found.id "  # noqa: S608
        "join people_person p on p.id = a.person_id order by found.way limit 2",
        [name.lower(), *(value for _column, value in wanted)],
    )
    is_one = len(rows) == 1 or (len(rows) == 2 and rows[0][-1] != rows[1][-1])
    return _loaded(rows[0][:-1]) if is_one else None
