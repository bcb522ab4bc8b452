"""The whole database as text, table by table: for tests that say "as it was"."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import connection


def everything(*, but: Iterable[str] = ()) -> dict[str, list[str]]:
    """Every row of every table in the order of its text; the audit record and `but` left out."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if not model._meta.managed or model._meta.app_label == "audit" or table in set(but):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f'select t::text from "{table}" t order by 1')
            found[table] = [row[0] for row in cursor.fetchall()]
    return found


def differences(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """The tables that differ, with the rows that came (+) or went (-)."""
    found = {}
    for table, rows in before.items():
        gone, come = set(rows) - set(after[table]), set(after[table]) - set(rows)
        if gone or come or len(rows) != len(after[table]):
            found[table] = [*(f"- {row}" for row in sorted(gone)), *(f"+ {row}" for row in sorted(come))]
    return found
