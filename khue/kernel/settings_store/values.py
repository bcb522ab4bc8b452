"""What a setting is on a day at a unit: the nearest unit's newest started value, else the manifest's default."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from khue.kernel import registry
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch

_OF_UNITS = (
    "select name, unit_id, valid_from, value from settings_value where name = any(%s) and valid_from <= %s"
)
_OF_PROVINCE = f"{_OF_UNITS} and unit_id in (select id from org_unit where parent_id is null)"  # noqa: S608 (our own SQL)
_OF_UNITS += " and unit_id = any(%s)"


def value_of(name: str, unit: Unit | None = None, on: date | None = None) -> Any:
    """The value of one setting, typed as declared; `unit` None asks for the province. One query."""
    return values_of([name], unit, on)[name]


def values_of(names: Iterable[str], unit: Unit | None = None, on: date | None = None) -> dict[str, Any]:
    """The values of several settings at one unit; one query. An unknown name is a mistake of ours and crashes."""
    wanted = list(names)
    on = on or timezone.localdate()
    if unit is None:
        rows = fetch(_OF_PROVINCE, [wanted, on])
    else:
        rows = fetch(_OF_UNITS, [wanted, on, unit.ancestor_ids])
    order = {pk: depth for depth, pk in enumerate(unit.ancestor_ids)} if unit is not None else {}
    return _nearest(wanted, ((*row, json.loads(value)) for *row, value in rows), order)


def province_values(names: Iterable[str], rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
    """The values of settings at the province from rows (name, unit, start, value) that another statement brought."""
    return _nearest(names, rows, {})


def _nearest(names: Iterable[str], rows: Iterable[Sequence[Any]], order: Mapping[int, int]) -> dict[str, Any]:
    """Of started values the nearest unit's newest, by the depth of units; else the manifest's default."""
    known = registry.setting_declarations()
    found = {name: known[name].default for name in names}
    best: dict[str, tuple[int, Any]] = {}
    for name, unit_id, valid_from, value in rows:
        depth = order.get(unit_id, 0)
        if known[name].min_level == "department" and depth > 0:
            continue
        if name not in best or (depth, valid_from) > best[name]:
            best[name] = (depth, valid_from)
            found[name] = typed(name, value)
    return found


def typed(name: str, value: Any) -> Any:
    """A stored value as the kind its declaration names."""
    kind = registry.setting_declarations()[name].kind
    if kind == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if kind == "bool":
        return bool(value)
    if kind == "int":
        return int(value)
    return value
