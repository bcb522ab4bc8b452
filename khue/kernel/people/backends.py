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
        sql, of_account, of_person = _account_and_person()
        rows = fetch(sql, [int(user_id)])
        if not rows:
            return None
        row = rows[0]
        account: Account = Account.from_db(connection.alias, of_account, row[: len(of_account)])
        account.person = Person.from_db(connection.alias, of_person, row[len(of_account) :])
        return account


@cache
def _account_and_person() -> tuple[str, list[str], list[str]]:
    """The select of an account and its person, written once: every request asks it."""
    names = [[field.column for field in model._meta.concrete_fields] for model in (Account, Person)]
    columns = [f'{table}."{name}"' for table, own in zip("ap", names, strict=True) for name in own]
    return (
        f"select {', '.join(columns)} from people_account a join people_person p on p.id = a.person_id "  # noqa: S608
        "where a.id = %s and a.is_active",
        [field.attname for field in Account._meta.concrete_fields],
        [field.attname for field in Person._meta.concrete_fields],
    )


_BY_LOGIN_NAME = "select id, 0 from people_account where login_name = %s"
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
    statement = _BY_LOGIN_NAME + "".join(
        _BY_PERSON.format(way=way, column=column) for way, (column, _value) in enumerate(wanted, 1)
    )
    found = fetch(statement, [name.lower(), *(value for _column, value in wanted)])
    best = min((way for _pk, way in found), default=0)
    ids = [pk for pk, way in found if way == best]
    return Account.objects.select_related("person").get(pk=ids[0]) if len(ids) == 1 else None
