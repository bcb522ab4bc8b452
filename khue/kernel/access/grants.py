"""Grants that follow from records: one query over all sources, forwards (what may X do) and back (who sees Y).

The sources are SQL selects declared in manifests; PostgreSQL pushes the condition on the person, or on the scope,
down into each branch, so a log-in costs one indexed query however many sources there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from django.utils import timezone

from khue.kernel import registry
from khue.kernel.access.actor import Grant
from khue.kernel.access.roles import ROLES
from khue.kernel.statements import fetch

COLUMNS = "person_id, role, scope_kind, scope_id, unit_id, starts_on, ends_on, source, source_id, label"


@cache
def _union() -> str:
    branches = [
        f"select person_id, role, scope_kind, scope_id, unit_id, starts_on, ends_on, "  # noqa: S608 (our own SQL)
        f"'{source.name}'::text as source, source_id, label from ({source.sql}) s{number}"
        for number, source in enumerate(registry.grant_sources())
    ]
    return " union all ".join(branches)


def _fetch(condition: str, parameters: list[Any], on: date | None) -> list[Grant]:
    on = on or timezone.localdate()
    sql = (
        f"select g.person_id, g.role, g.scope_kind, g.scope_id, g.unit_id, g.starts_on, g.ends_on, g.source, "  # noqa: S608
        f"g.source_id, g.label, coalesce(s.path, ''), coalesce(s.kind, ''), coalesce(u.name, '') "
        f"from ({_union()}) g "
        f"left join org_unit s on g.scope_kind = 'unit' and s.id = g.scope_id "
        f"left join org_unit u on u.id = g.unit_id "
        f"where {condition} and (g.starts_on is null or g.starts_on <= %s) and (g.ends_on is null or g.ends_on > %s)"
    )
    return [Grant(*row) for row in fetch(sql, [*parameters, on, on])]


def grants_of(person_id: int, on: date | None = None) -> list[Grant]:
    """Every grant of a person on a day (today), strongest role first; one query."""
    found = _fetch("g.person_id = %s", [person_id], on)
    return sorted(found, key=lambda g: (ROLES[g.role].order, g.unit_name, g.label, g.scope_id))


def grants_of_people(person_ids: Iterable[int], on: date | None = None) -> list[Grant]:
    """Every grant of several people on a day (today), strongest role first; one query."""
    found = _fetch("g.person_id = any(%s)", [list(person_ids)], on)
    return sorted(found, key=lambda g: (ROLES[g.role].order, g.unit_name, g.label, g.scope_id))


def grants_reaching(
    *,
    unit_ids: Iterable[int] = (),
    class_ids: Iterable[int] = (),
    course_ids: Iterable[int] = (),
    person_ids: Iterable[int] = (),
    on: date | None = None,
) -> list[Grant]:
    """Every grant whose scope holds one of these: `unit_ids` must list the ancestors too. "Who can see it, and why"."""
    branches: list[str] = []
    parameters: list[Any] = []
    for kind, ids in (
        ("unit", unit_ids),
        ("class", class_ids),
        ("course", course_ids),
        ("person", person_ids),
    ):
        wanted = list(ids)
        if wanted:
            branches.append("(g.scope_kind = %s and g.scope_id = any(%s))")
            parameters += [kind, wanted]
    if not branches:
        return []
    found = _fetch("(" + " or ".join(branches) + ")", parameters, on)
    return sorted(found, key=lambda g: (ROLES[g.role].order, g.unit_name, g.person_id))
