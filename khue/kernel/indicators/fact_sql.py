"""Pieces of SQL that the facts of all modules share.

A fact is made by `copied(...)`: what it selects lies inside, so that the key by which a refresh narrows it is a column
there whatever table it comes from. `touched` reads in the audit record which rows of a table were concerned by
an action since the refresh before: every change of a record leaves an entry, so no table needs a time of its own.
"""

from __future__ import annotations

from typing import Final, cast

from khue.kernel.indicators.declare import Fact, Kind
from khue.kernel.statements import TODAY as TODAY  # the province's day, for the facts of all modules

USED_SINCE: Final = "now() - interval '30 days'"  # who has signed in since uses the system
KINH: Final = "('', '01', '55', '56')"  # not a minority: unknown, Kinh, foreigners (rules/16 section 6)
MINORITY: Final = f"p.ethnicity not in {KINH}"
STRONG: Final = "('totp', 'webauthn')"  # second factors that count; recovery codes alone do not

# The level of a school in one word; a school of several levels is LC (liên cấp).
SCHOOL_LEVEL: Final = "case when cardinality(u.levels) > 1 then 'LC' else coalesce(u.levels[1]::text, '') end"
OWNERSHIP: Final = "case when u.is_public then 'public' else 'private' end"


def copied(
    name: str, label: str, columns: str, rows_of: str, *, key: str = "", changed: str = "", rows: str = ""
) -> Fact:  # fmt: skip
    """A fact over a select of ours, whole or only the rows of some keys; `columns` reads "year int16, sex int16"."""
    kinds = {column: cast(Kind, kind) for column, kind in (each.split() for each in columns.split(","))}
    sql = f"select {', '.join(kinds)} from ({rows_of}) as f where true {{only}}"  # noqa: S608 (our own SQL)
    return Fact(name, label, kinds, sql, key, changed, rows)


def touched(label: str) -> str:
    """A table `(id)` of the rows of a table concerned by any action since the refresh before."""
    return f"""(
    select distinct split_part(t, ':', 2)::bigint as id from audit_entry a cross join unnest(a.touched) as t
    where a.at >= %(since)s::timestamptz and split_part(t, ':', 1) = '{label}'
)"""  # noqa: S608 (our own SQL)


def values_of(rows: list[tuple[object, ...]]) -> str:
    """`(values …)` of literals: numbers, texts, booleans, null."""
    return "(values " + ", ".join(f"({', '.join(_literal(cell) for cell in row)})" for row in rows) + ")"


def _literal(cell: object) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return str(cell)
    return "'" + str(cell).replace("'", "''").replace("%", "%%") + "'"
