"""What one sweeping action wrote, kept as JSON so that exactly that can be taken back.

A journal writes through the action's `Work` (so everything is in the audit entry as well) and keeps for each step the
values before and after. `take_back` walks the steps in reverse. A row that somebody has changed since is never
overwritten: then the whole taking back is refused, and the transaction leaves everything as it is. Row versions come
back too, so that nothing tells afterwards that anything happened; only the audit trail does.

Head counts are derived and not journalled: their rows are kept beside (`count_rows`) and put back when nothing else
has moved them meanwhile (`restore_counts`); else the caller counts anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, Work
from khue.kernel.actions.work import label_of, new_ids

Entry = list[Any]


def _plain(value: Any) -> Any:
    """A column's value as JSON can hold it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _columns(model: type[models.Model], names: Iterable[str]) -> list[models.Field]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _read(model: type[models.Model], fields: Sequence[str], ids: Iterable[int]) -> dict[int, list[Any]]:
    rows = model._base_manager.select_for_update().filter(pk__in=list(ids)).values_list("pk", *fields)
    return {row[0]: list(row[1:]) for row in rows}


def _has_version(model: type[models.Model]) -> bool:
    return any(field.attname == "version" for field in model._meta.concrete_fields)


class Journal:
    """Writes of one action that can be taken back."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.entries: list[Entry] = []

    def change(
        self, model: type[models.Model], fields: Sequence[str], rows: Mapping[int, Sequence[Any]]
    ) -> None:
        """Set fields (attribute names) of rows: id -> new values; rows that have them already stay as they are."""
        names = [*fields, "version"] if _has_version(model) else list(fields)
        before = _read(model, names, rows)
        changes: dict[int, tuple[list[Any], list[Any]]] = {}
        for pk, new in rows.items():
            old = before[pk]
            if list(new) != old[: len(fields)]:
                changes[pk] = (old, [*new, old[-1] + 1] if len(names) > len(fields) else list(new))
        self.work.change_many(model, names, changes)
        if changes:
            kept = [[pk, _plain(old), _plain(new)] for pk, (old, new) in changes.items()]
            self.entries.append(["change", label_of(model), names, kept])

    def create(
        self, model: type[models.Model], fields: Sequence[str], rows: Sequence[Sequence[Any]],
        *, ids: Sequence[int] | None = None,
    ) -> list[int]:  # fmt: skip
        """Insert rows by COPY; gives their ids."""
        if not rows:
            return []
        made = self.work.create_many(model, fields, rows, ids=ids or new_ids(model, len(rows)))
        self.entries.append(["create", label_of(model), made])
        return made

    def remove(self, model: type[models.Model], ids: Sequence[int]) -> None:
        """Delete rows, keeping every column."""
        if not ids:
            return
        names = [field.attname for field in model._meta.concrete_fields]
        kept = [
            _plain(row) for row in model._base_manager.filter(pk__in=ids).order_by("pk").values_list(*names)
        ]
        self.work.remove_many(model, ids)
        self.entries.append(["remove", label_of(model), names, kept])


def take_back(work: Work, entries: Sequence[Entry]) -> None:
    """Undo journalled steps, last first; raises Conflict when somebody has changed one of the rows since."""
    for entry in reversed(entries):
        model = apps.get_model(entry[1])
        if entry[0] == "create":
            _unmake(work, model, entry[2])
        elif entry[0] == "change":
            _unchange(work, model, entry[2], entry[3])
        else:
            _bring_back(work, model, entry[2], entry[3])


def _refuse(model: type[models.Model]) -> Conflict:
    name = getattr(model, "audit_name", model._meta.verbose_name)
    return Conflict(
        _("Không hoàn tác được: đã có người làm tiếp trên dữ liệu này (%(name)s).") % {"name": name}
    )


def _unmake(work: Work, model: type[models.Model], ids: Sequence[int]) -> None:
    rows = model._base_manager.select_for_update().filter(pk__in=ids)
    fresh = rows.filter(version=1) if _has_version(model) else rows
    if len(fresh.values_list("pk")) != len(ids):
        raise _refuse(model)
    work.remove_many(model, ids)


def _unchange(
    work: Work, model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    columns = _columns(model, names)
    now = _read(model, names, [row[0] for row in rows])
    back: dict[int, tuple[list[Any], list[Any]]] = {}
    for pk, old, new in rows:
        if pk not in now or _plain(now[pk]) != new:
            raise _refuse(model)
        values = [column.to_python(value) for column, value in zip(columns, old, strict=True)]
        back[pk] = (now[pk], values)
    work.change_many(model, names, back)


def _bring_back(
    work: Work, model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    columns = _columns(model, names)
    at = names.index(model._meta.pk.attname)  # type: ignore[union-attr]
    values = [[column.to_python(value) for column, value in zip(columns, row, strict=True)] for row in rows]
    work.create_many(
        model, [name for name in names if name != names[at]],
        [[value for i, value in enumerate(row) if i != at] for row in values], ids=[row[at] for row in values],
    )  # fmt: skip


def references(target: type[models.Model]) -> list[tuple[type[models.Model], models.ForeignKey]]:
    """Every foreign key to a table, of every module there is."""
    return [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is target
    ]


# --- head counts ----------------------------------------------------------------------------------------------
_COUNT = (
    "id", "school_id", "campus_id", "classroom_id", "year_id", "level", "grade", "valid_from", "valid_to", "pupils",
    "girls", "minority",
)  # fmt: skip


def count_rows(places: Iterable[tuple[int, int]]) -> list[list[Any]]:
    """The head count rows of (school, year) places, as JSON."""
    wanted = sorted(set(places))
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {', '.join(_COUNT)} from roster_head_count where (school_id, year_id) in "  # noqa: S608 (our own SQL)
            "(select * from unnest(%s::bigint[], %s::int[])) order by id",
            [[school for school, _year in wanted], [year for _school, year in wanted]],
        )
        return [_plain(row) for row in cursor.fetchall()]


def restore_counts(
    places: Iterable[tuple[int, int]], before: list[list[Any]], after: list[list[Any]]
) -> bool:
    """Put kept head count rows back when they stand as the action left them; False when others have moved them."""
    wanted = sorted(set(places))
    if count_rows(wanted) != after:
        return False
    with connection.cursor() as cursor:
        cursor.execute("delete from roster_head_count where id = any(%s)", [[row[0] for row in after]])
        with cursor.copy(f"copy roster_head_count ({', '.join(_COUNT)}) from stdin") as copy:
            for row in before:
                copy.write_row(row)
    return True


def drop_counts(classroom_ids: Sequence[int]) -> None:
    """Delete the head counts of classes that are about to vanish."""
    with connection.cursor() as cursor:
        cursor.execute("delete from roster_head_count where classroom_id = any(%s)", [list(classroom_ids)])
