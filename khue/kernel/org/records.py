"""The tree's own mechanics inside an action: rows with their paths and versions, few statements however many units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work
from khue.kernel.actions.work import new_ids
from khue.kernel.org.models import Unit, UnitEvent, UnitVersion
from khue.kernel.org.rules import clean_name, code_problem, day_problem, new_paths
from khue.lib import names

FEW = 50


def keys_of(name: str) -> dict[str, str]:
    """What follows from a unit's name: the key it is found by and the key it is sorted by."""
    return {
        "search_key": names.search_key(name)[:200],
        "sort_key": "-".join(names.sort_key(word) for word in name.split())[:400],
    }


def create_unit(work: Work, parent: Unit | None, *, on: date, **fields: Any) -> Unit:
    """Insert a unit under a parent, with its path and first version; raises DomainError beside the field."""
    fields["name"] = clean_name(fields["name"])
    problems = {}
    if not fields["name"]:
        problems["name"] = _("Chưa điền tên.")
    if problem := code_problem(fields["code"]):
        problems["code"] = problem
    elif Unit.objects.filter(code=fields["code"]).exists():
        problems["code"] = _("Mã này đã có đơn vị dùng.")
    if problems:
        raise DomainError(_("Chưa ghi được, xem chỗ được đánh dấu."), fields=problems)
    pk = new_ids(Unit, 1)[0]
    path = f"{parent.path if parent else '/'}{pk}/"
    row = Unit(pk=pk, parent=parent, path=path, opened_on=on, **fields, **keys_of(fields["name"]))
    work.create(row)
    work.create(UnitVersion(unit=row, name=row.name, parent=parent, path=path, valid_from=on))
    return row


def check_day(unit: Unit, on: date) -> None:
    """Refuse a day that lies ahead, before the unit, or before its last change."""
    last = UnitVersion.objects.filter(unit=unit).aggregate(last=Max("valid_from"))["last"]
    problem = day_problem(on, today=timezone.localdate(), opened_on=unit.opened_on, last_change=last)
    if problem:
        raise DomainError(problem, fields={"on": problem})


def place(
    work: Work,
    *,
    on: date,
    parents: Mapping[int, int | None] | None = None,
    new_names: Mapping[int, str] | None = None,
) -> None:
    """Give units new parents or names from a day on: paths of all below follow, versions keep what was before."""
    parents, new_names = dict(parents or {}), dict(new_names or {})
    rows = _concerned({*parents, *new_names})
    by_id = {row.pk: row for row in rows}
    outside = {pk for pk in parents.values() if pk is not None and pk not in by_id}
    above = dict(Unit.objects.filter(pk__in=outside).values_list("pk", "path"))
    above |= dict(
        Unit.objects.filter(pk__in={r.parent_id for r in rows if r.parent_id}).values_list("pk", "path")
    )
    try:
        paths = new_paths({r.pk: (r.path, r.parent_id) for r in rows}, parents, above)
    except ValueError:
        raise DomainError(
            _("Đơn vị không thể đứng dưới chính nó hoặc dưới đơn vị trực thuộc của nó.")
        ) from None
    changes = {}
    for row in rows:
        name = new_names.get(row.pk, row.name)
        keys = keys_of(name) if name != row.name else {"search_key": row.search_key, "sort_key": row.sort_key}
        old = [row.parent_id, row.path, row.name, row.search_key, row.sort_key]
        new = [parents.get(row.pk, row.parent_id), paths[row.pk], name, keys["search_key"], keys["sort_key"]]
        if old != new:
            changes[row.pk] = (old, new)
    _write_versions(work, on, [by_id[pk] for pk in changes], changes)
    work.change_many(Unit, ["parent_id", "path", "name", "search_key", "sort_key"], changes)


def _concerned(ids: set[int]) -> list[Unit]:
    """The units and everything below them, locked."""
    roots = list(Unit.objects.filter(pk__in=ids).values_list("path", flat=True))
    rows = Unit.objects.select_for_update(of=("self",)).order_by("pk")
    if len(roots) <= FEW:
        below = Q(pk__in=[])
        for path in roots:
            below |= Q(path__startswith=path)
        return list(rows.filter(below))
    found = list(rows)
    return [row for row in found if ids & set(row.ancestor_ids)]


def _write_versions(
    work: Work, on: date, rows: list[Unit], changes: Mapping[int, tuple[list[Any], list[Any]]]
) -> None:
    known = {v.unit_id: v for v in UnitVersion.objects.filter(unit__in=rows, valid_to__isnull=True)}
    fields = ["unit_id", "name", "parent_id", "path", "valid_from", "valid_to"]
    ended, rewritten, added = {}, {}, []
    for row in rows:
        old, new = changes[row.pk]
        version = known.get(row.pk)
        if version is None:
            if row.opened_on < on:
                added.append([row.pk, row.name, old[0], old[1], row.opened_on, on])
        elif version.valid_from == on:
            before = [version.name, version.parent_id, version.path]
            rewritten[version.pk] = (before, [new[2], new[0], new[1]])
            continue
        elif version.valid_from > on:
            problem = day_problem(on, today=on, opened_on=row.opened_on, last_change=version.valid_from)
            raise DomainError(f"{row.name}: {problem}", fields={"on": problem})
        else:
            ended[version.pk] = ([None], [on])
        added.append([row.pk, new[2], new[0], new[1], on, None])
    work.change_many(UnitVersion, ["valid_to"], ended)
    work.change_many(UnitVersion, ["name", "parent_id", "path"], rewritten)
    work.create_many(UnitVersion, fields, added)


def record(
    work: Work, unit: Unit, kind: str, on: date, decision: str, other: Unit | None = None, **detail: Any
) -> UnitEvent:
    """Write what was decided about a unit."""
    work.touch(unit)
    return work.create(
        UnitEvent(unit=unit, kind=kind, on=on, decision=decision[:100], other=other, detail=detail)
    )
