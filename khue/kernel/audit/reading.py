"""An entry's payload as lines that people can read: which row, what happened, old and new value of each field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from khue.kernel.audit import labels

ROWS_SHOWN = 200


@dataclass(frozen=True)
class FieldChange:
    """One field: its label, what it was, what it became."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class RowChange:
    """One row: how people call it, what happened to it ('new', 'changed', 'removed'), its fields."""

    reference: str
    label: str
    kind: str
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True)
class _Raw:
    reference: str
    kind: str
    values: tuple[tuple[str, Any, Any], ...]

    @property
    def table(self) -> str:
        return self.reference.partition(":")[0]


def raw_changes(body: str) -> Iterator[_Raw]:
    """Every row an entry changed, from the stored text; nothing when it was erased."""
    if not body:
        return
    for subject, kind, data in orjson.loads(body).get("changes", ()):
        if kind == "changed":
            yield _Raw(subject, kind, tuple((name, old, new) for name, (old, new) in data.items()))
        elif kind == "new":
            yield _Raw(subject, kind, tuple((name, None, value) for name, value in data.items()))
        elif kind == "removed":
            yield _Raw(subject, kind, tuple((name, value, None) for name, value in data.items()))
        elif kind == "new rows":
            for pk, *values in data["rows"]:
                pairs = zip(data["fields"][1:], values, strict=False)
                yield _Raw(f"{subject}:{pk}", "new", tuple((name, None, value) for name, value in pairs))
        elif kind == "changed rows":
            for pk, old, new in data["rows"]:
                triples = zip(data["fields"], old, new, strict=False)
                yield _Raw(f"{subject}:{pk}", "changed", tuple(triples))


def readable(found: list[_Raw]) -> list[RowChange]:
    """The changes in the users' words; the names of rows they point at are fetched together."""
    wanted: dict[str, set[Any]] = {}
    for change in found:
        for name, old, new in change.values:
            field = labels.field_of(change.table, name)
            if field is not None and field.related_model is not None:
                ids = {value for value in (old, new) if isinstance(value, int)}
                wanted.setdefault(field.related_model._meta.label_lower, set()).update(ids)
    names = labels.names_of(wanted)
    return [
        RowChange(
            change.reference,
            labels.row_label(change.reference),
            change.kind,
            tuple(
                FieldChange(
                    labels.field_label(change.table, name),
                    labels.value_label(change.table, name, old, names),
                    labels.value_label(change.table, name, new, names),
                )
                for name, old, new in change.values
                if name not in labels.UNSPOKEN
                and name != "id"
                and old != new
                and not (old in (None, "") and new in (None, ""))
            ),
        )
        for change in found
    ]


def details_of(body: str) -> list[tuple[str, str]]:
    """The words beside the changes (decision number, file name, counts)."""
    if not body:
        return []
    details = orjson.loads(body).get("details") or {}
    return [
        (str(labels.FIELDS.get(name, name.replace("_", " "))), _plain(value))
        for name, value in details.items()
    ]


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value[:50])
    if isinstance(value, dict):
        return " · ".join(f"{name}: {_plain(one)}" for name, one in value.items())
    return str(value)
