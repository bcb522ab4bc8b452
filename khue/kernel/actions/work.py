"""The unit of work of one action: every write goes through it, so every change is in the audit entry.

Single rows: `create`, `change`, `remove`. Many rows at a handful of statements: `create_many` (COPY), `change_many`.
Outside an action there is no Work, and the architecture tests refuse writes by any other way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

import orjson
from django.db import connection, models

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch, run

if TYPE_CHECKING:
    from khue.kernel.actions.doing import Event

M = TypeVar("M", bound=models.Model)
HIDDEN = "•"
FEW: Final = 64  # rows up to which one statement planned before is cheaper than taking ids and COPY
# Columns whose values travel as an array of their own type without a second look.
PLAIN: Final = (
    "smallint",
    "integer",
    "bigint",
    "boolean",
    "varchar",
    "text",
    "date",
    "timestamp with time zone",
)


def label_of(model: type[models.Model] | models.Model) -> str:
    """`roster.enrolment`: how audit entries name a table."""
    return str(model._meta.label_lower)


def reference(row: models.Model) -> str:
    """`roster.enrolment:12`: how audit entries name a row."""
    return f"{label_of(row)}:{row.pk}"


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids for rows to come, taken from the table's own sequence in one statement."""
    table, column = model._meta.db_table, model._meta.pk.column  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, %s)) from generate_series(1, %s)",
            [table, column, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _hidden(of: models.Model | type[models.Model]) -> frozenset[str]:
    """Fields whose values never reach the record: secrets and their hashes."""
    found: frozenset[str] = getattr(of, "audit_hide", frozenset())
    return found


def _type_of(field: models.Field) -> str:
    """The type of a column."""
    return field.db_type(connection) or "text"


@cache
def _goes_as_text(field: models.Field) -> bool:
    """Whether values travel as text and are cast by the table: arrays, which unnest would flatten, JSON."""
    return isinstance(field, models.JSONField) or _type_of(field).endswith("[]")


def _array_of(field: models.Field) -> str:
    """The array type that carries a column's values in one statement; lengths are the table's business."""
    kind = _type_of(field)
    return "text[]" if kind.startswith("varchar") or _goes_as_text(field) else f"{kind}[]"


def _numbers(values: Sequence[int | None]) -> str:
    """Whole numbers as the literal of an array: one type however large they are, so the statement is planned once."""
    return "{" + ",".join("NULL" if value is None else str(int(value)) for value in values) + "}"


def _mark(field: models.Field) -> str:
    """How a column's values travel: bytes as they are, for as text each costs a conversion at both ends."""
    return "%b" if isinstance(field, models.BinaryField) and not field.null else "%s"


@cache
def _changing(model: type[models.Model], fields: tuple[str, ...]) -> tuple[str, tuple[models.Field, ...]]:
    """The statement that changes these fields of many rows, and the fields."""
    by_name = {f.attname: f for f in model._meta.concrete_fields}
    columns = tuple(by_name[name] for name in fields)
    arrays = ", ".join(f"{_mark(column)}::{_array_of(column)}" for column in columns)
    names = ", ".join(f"c{i}" for i in range(len(columns)))
    sets = ", ".join(
        f'"{c.column}" = n.c{i}' + (f"::{_type_of(c)}" if _goes_as_text(c) else "")
        for i, c in enumerate(columns)
    )
    if "version" in by_name and "version" not in fields:
        sets += ', "version" = t."version" + 1'
    pk = model._meta.pk.column  # type: ignore[union-attr]
    return (
        f'update "{model._meta.db_table}" t set {sets} '  # noqa: S608 (names from the model)
        f'from unnest(%s::bigint[], {arrays}) as n(id, {names}) where t."{pk}" = n.id'
    ), columns


def _sent(field: models.Field, value: Any) -> Any:
    """A value as it travels: an array as its literal, JSON as text."""
    if value is None or isinstance(value, str) or not _goes_as_text(field):
        return value
    if isinstance(field, models.JSONField):
        return orjson.dumps(value).decode()
    return "{" + ",".join("NULL" if one is None else _in_array(one) for one in value) + "}"


def _in_array(value: int | str) -> str:
    """One value in the literal of an array."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(int(value))


def _text(value: Any) -> str | None:
    """A value of a column of words."""
    if isinstance(value, str):
        return str.__str__(value)
    return None if value is None else str(value)


def _truth(value: Any) -> bool | None:
    """A value of a column of yes and no."""
    return None if value is None else bool(value)


def _single(field: models.Field, value: Any) -> Any:
    """A value of a plain column as it travels alone."""
    return _truth(value) if _type_of(field) == "boolean" else value


def _column(field: models.Field, values: Sequence[Any]) -> Any:
    """The values of a column as they travel."""
    kind = _array_of(field)
    if kind in ("smallint[]", "integer[]", "bigint[]"):
        return _numbers(values)
    if kind == "boolean[]":
        return [_truth(value) for value in values]
    if kind == "text[]" and not _goes_as_text(field):  # a choice and its bare value are one type on the way
        return [_text(value) for value in values]
    if not _goes_as_text(field):
        return values
    return [_sent(field, value) for value in values]


@dataclass(frozen=True, slots=True)
class _Shape:
    """How new rows of a table are written when these of their fields are given."""

    chosen: tuple[models.Field, ...]
    missing: tuple[models.Field, ...]  # their default is asked at each writing
    blanks: int  # fields that are empty texts
    columns: str
    one: str  # the statement that writes one row and gives its id; empty where only COPY will do
    few: str  # the same of a few rows

    def defaults(self, model: type[models.Model]) -> list[Any]:
        """What the fields not given hold, as it travels."""
        return [
            _sent(f, f.pre_save(model(), True) if getattr(f, "auto_now_add", False) else f.get_default())
            for f in self.missing
        ]


def _is_plain(field: models.Field) -> bool:
    return _type_of(field).partition("(")[0] in PLAIN


@cache
def _shape(model: type[models.Model], fields: tuple[str, ...]) -> _Shape:
    concrete = model._meta.concrete_fields
    by_name = {f.attname: f for f in concrete}
    chosen = tuple(by_name[name] for name in fields)
    others = [f for f in concrete if f.attname not in fields and not f.primary_key]
    missing = tuple(f for f in others if f.has_default() or getattr(f, "auto_now_add", False))
    blanks = [f for f in others if f not in missing and not f.null and f.empty_strings_allowed]
    pk = model._meta.pk
    written = [pk, *chosen, *missing, *blanks]
    columns = ", ".join(f'"{f.column}"' for f in written)  # type: ignore[union-attr]
    one = few = ""
    if chosen and isinstance(pk, models.AutoField) and all(_is_plain(f) for f in chosen):
        blank = ["''"] * len(blanks)
        names = [f"c{i}" for i in range(len(chosen))]
        arrays = ", ".join(f"%s::{_array_of(f)}" for f in chosen)
        values = [
            "n.id",
            *(f"n.{name}" for name in names),
            *(f"%s::{'text' if _type_of(f).startswith('varchar') else _type_of(f)}" for f in missing),
            *blank,
        ]
        one = (
            f'insert into "{model._meta.db_table}" ({columns.partition(", ")[2]}) values '  # noqa: S608 (names from the model)
            f'({", ".join([*["%s"] * (len(chosen) + len(missing)), *blank])}) returning "{pk.column}"'
        )
        few = (
            f"with n as materialized (select nextval((select pg_get_serial_sequence('{model._meta.db_table}', "  # noqa: S608 (names from the model)
            f"'{pk.column}')::regclass)) as id, u.* from unnest({arrays}) with ordinality as "
            f"u({', '.join([*names, 'place'])})), "
            f'made as (insert into "{model._meta.db_table}" ({columns}) select {", ".join(values)} from n) '
            "select id from n order by place"
        )
    return _Shape(chosen, missing, len(blanks), columns, one, few)


def _copy(
    model: type[models.Model], shape: _Shape, ids: Sequence[int], rows: Sequence[Sequence[Any]]
) -> None:
    """Write rows by COPY, under ids taken before."""
    texts = [_goes_as_text(field) for field in shape.chosen]
    rest = [*shape.defaults(model), *[""] * shape.blanks]
    connection.ensure_connection()
    with (
        connection.cursor() as cursor,
        cursor.copy(f'copy "{model._meta.db_table}" ({shape.columns}) from stdin') as copy,
    ):
        for pk_value, row in zip(ids, rows, strict=True):
            sent = map(_sent, shape.chosen, row) if any(texts) else row
            copy.write_row((pk_value, *sent, *rest))


class Work:
    """What one action does: the writes, and the record of them."""

    def __init__(self, actor: Actor, action: str, targets: Sequence[models.Model]) -> None:
        self.actor = actor
        self.action = action
        self.targets = targets
        self.reason = ""
        self.chain: int | None = None  # set to write into another unit's chain than the target's
        self.details: dict[str, Any] = {}
        self.events: list[Event] = []
        self._changes: list[Any] = []
        self._touched: dict[str, None] = {}

    # --- single rows ------------------------------------------------------------------
    def create(self, row: M) -> M:
        """Insert a row."""
        row.save(force_insert=True)
        self._changes.append([reference(row), "new", self._values(row)])
        self.touch(row)
        return row

    def change(self, row: M, **values: Any) -> M:
        """Set fields of a row and write those that really differ; `version` grows when the row has one."""
        hidden = _hidden(row)
        before, after = {}, {}
        for name, value in values.items():
            old = getattr(row, name)
            if old != value:
                before[name], after[name] = old, value
                setattr(row, name, value)
        if not after:
            return row
        fields = list(after)
        if "version" not in after and any(f.name == "version" for f in row._meta.fields):
            row.version += 1  # type: ignore[attr-defined]
            fields.append("version")
        row.save(update_fields=fields)
        self._changes.append(
            [
                reference(row),
                "changed",
                {
                    name: [HIDDEN, HIDDEN]
                    if name in hidden
                    else [self._plain(before[name]), self._plain(after[name])]
                    for name in after
                },
            ]
        )
        self.touch(row)
        return row

    def remove(self, row: models.Model) -> None:
        """Delete a row, keeping its last values in the record."""
        self._changes.append([reference(row), "removed", self._values(row)])
        self.touch(row)
        row.delete()

    # --- many rows --------------------------------------------------------------------
    def create_many(
        self,
        model: type[models.Model],
        fields: Sequence[str],
        rows: Sequence[Sequence[Any]],
        *,
        ids: Sequence[int] | None = None,
        is_touched: bool = True,
    ) -> list[int]:
        """Insert many rows by COPY, a few in one statement: `fields` are attribute names (foreign keys as `x_id`).

        Gives the new ids in the order of the rows.

        With `is_touched` off the rows have no trail of their own; the target's holds them.
        """
        if not rows:
            return []
        shape = _shape(model, tuple(fields))
        if ids is None and shape.one and len(rows) == 1:
            single = map(_single, shape.chosen, rows[0])
            ids = [fetch(shape.one, [*single, *shape.defaults(model)])[0][0]]
        elif ids is None and shape.few and len(rows) <= FEW:
            given = [
                _column(field, list(values))
                for field, values in zip(shape.chosen, zip(*rows, strict=True), strict=True)
            ]
            ids = [pk for (pk,) in fetch(shape.few, [*given, *shape.defaults(model)])]
        else:
            ids = list(ids) if ids is not None else new_ids(model, len(rows))
            _copy(model, shape, ids, rows)
        hidden = _hidden(model)
        keep = [i for i, name in enumerate(fields) if name not in hidden]
        name = label_of(model)
        shown = rows if len(keep) == len(fields) else [[row[i] for i in keep] for row in rows]
        self._changes.append(
            [
                name,
                "new rows",
                {
                    "fields": ["id", *(fields[i] for i in keep)],
                    "rows": [[i, *r] for i, r in zip(ids, shown, strict=True)],
                },
            ]
        )
        if is_touched:
            self._touched.update((f"{name}:{i}", None) for i in ids)
        return ids

    def change_many(
        self,
        model: type[models.Model],
        fields: Sequence[str],
        rows: Mapping[int, tuple[Sequence[Any], Sequence[Any]]],
        *,
        is_touched: bool = True,
    ) -> None:
        """Change many rows in one statement: id -> (old values, new values), both in the order of `fields`.

        With `is_touched` off the rows have no trail of their own; the target's holds them.
        """
        if not rows:
            return
        statement, columns = _changing(model, tuple(fields))
        values = [_column(c, [new[i] for _, new in rows.values()]) for i, c in enumerate(columns)]
        run(statement, [_numbers(list(rows)), *values])
        hidden = _hidden(model)
        name = label_of(model)
        self._changes.append(
            [
                name,
                "changed rows",
                {
                    "fields": list(fields),
                    "rows": [
                        [pk_value, [HIDDEN if f in hidden else v for f, v in zip(fields, old, strict=True)],
                         [HIDDEN if f in hidden else v for f, v in zip(fields, new, strict=True)]]
                        for pk_value, (old, new) in rows.items()
                    ],
                },
            ]
        )  # fmt: skip
        if is_touched:
            self._touched.update((f"{name}:{i}", None) for i in rows)

    def remove_many(self, model: type[models.Model], ids: Sequence[int]) -> None:
        """Delete many rows in one statement, keeping their last values in the record."""
        if not ids:
            return
        hidden = _hidden(model)
        fields = [f.attname for f in model._meta.concrete_fields if f.attname not in hidden]
        kept = [list(row) for row in model._base_manager.filter(pk__in=ids).values_list(*fields)]
        name = label_of(model)
        pk = model._meta.pk.column  # type: ignore[union-attr]
        with connection.cursor() as cursor:
            cursor.execute(f'delete from "{model._meta.db_table}" where "{pk}" = any(%s)', [list(ids)])  # noqa: S608
        self._changes.append([name, "removed rows", {"fields": fields, "rows": kept}])
        self._touched.update((f"{name}:{i}", None) for i in ids)

    # --- the record -------------------------------------------------------------------
    def touch(self, *rows: models.Model | str) -> None:
        """Say that a row is concerned, so that its trail shows this entry."""
        for row in rows:
            self._touched[row if isinstance(row, str) else reference(row)] = None

    def touch_people(self, ids: Iterable[int]) -> None:
        """Say that these people are concerned."""
        self._touched.update((f"people.person:{i}", None) for i in ids)

    def note(self, **details: Any) -> None:
        """Put a word beside the changes: a decision number, a file's name and hash, a count."""
        self.details.update(details)

    def announce(self, event: Event) -> None:
        """Tell the other modules; their reactions run in this transaction, before the commit."""
        self.events.append(event)

    @property
    def touched(self) -> list[str]:
        """Every row concerned."""
        return list(self._touched)

    @property
    def payload(self) -> dict[str, Any]:
        """What goes into the audit record."""
        found: dict[str, Any] = {"changes": self._changes}
        if self.details:
            found["details"] = self.details
        return found

    @staticmethod
    def _plain(value: Any) -> Any:
        return value.pk if isinstance(value, models.Model) else value

    def _values(self, row: models.Model) -> dict[str, Any]:
        hidden = _hidden(row)
        return {
            f.attname: (HIDDEN if f.attname in hidden else getattr(row, f.attname))
            for f in row._meta.concrete_fields
            if getattr(row, f.attname) not in (None, "")
        }
