"""Moving everything that points to one person over to another, whatever modules there are.

Every foreign key to a person is in one of three groups: `LEFT_ALONE` (with the reason), `OWN` (the merge has a rule of
its own for it), and all the rest, which simply moves. Where a unique constraint lets only one of two rows stand, the
kept person's row stands; an open row with an end date is ended and moves along, any other stays with the old record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from django.db import models
from django.utils import timezone

from khue.kernel.people.models import Person
from khue.registry.roster.journal import Journal, references

DEED: Final = "ai đã làm thì dấu vết vẫn ghi người ấy"
LEFT_ALONE: Final[Mapping[str, str]] = {
    "people.Person.merged_into": "hồ sơ gộp từ trước vẫn trỏ như cũ; lần theo từng bước là tới hồ sơ còn lại",
    "audit.Entry.actor": "dấu vết không bao giờ sửa",
    "roster.DuplicatePair.first": "chính là ghi chép về việc gộp",
    "roster.DuplicatePair.second": "chính là ghi chép về việc gộp",
}
"""Foreign keys that keep pointing to the old record, and why; so do columns named `..._by`, see `reason`."""
OWN: Final = frozenset({
    "people.Account.person", "people.Identifier.person", "roster.Enrolment.person", "roster.Guardianship.pupil",
    "roster.Guardianship.guardian", "roster.PupilProfile.person", "staff.Position.person",
})  # fmt: skip
"""Foreign keys for which `actions.duplicates` has a rule of its own."""


def name_of(model: type[models.Model], column: models.ForeignKey) -> str:
    """`roster.Enrolment.person`."""
    return f"{model._meta.label}.{column.name}"


def reason(model: type[models.Model], column: models.ForeignKey) -> str:
    """Why a foreign key is left alone; empty when it moves."""
    return DEED if column.name.endswith("_by") else LEFT_ALONE.get(name_of(model, column), "")


def movable() -> list[tuple[type[models.Model], models.ForeignKey]]:
    """The foreign keys to a person that move as they are."""
    return [
        (model, column)
        for model, column in references(Person)
        if not reason(model, column) and name_of(model, column) not in OWN
    ]


def move_people(journal: Journal, dropped_id: int, kept_id: int) -> list[str]:
    """Point everything movable to the kept person; gives what stays behind, as `label:id`."""
    stays: list[str] = []
    for model, column in movable():
        stays += move(journal, model, column, dropped_id, kept_id)
    return stays


def move(
    journal: Journal, model: type[models.Model], column: models.ForeignKey, old: int, new: int
) -> list[str]:
    """Point the rows of one table from one target row to another; gives those that a unique constraint holds back."""
    rows = model._base_manager.filter(**{column.attname: old})
    ids = set(rows.values_list("pk", flat=True))
    if not ids:
        return []
    if column.primary_key:
        return _rekey(journal, model, column, old, new)
    held = _held_back(model, column, old, new)
    ending = _ends(model, held)
    going = ids - held
    journal.change(model, [column.attname], {pk: [new] for pk in sorted(going)})
    if ending:
        journal.change(model, [column.attname, "ends_on"], {pk: [new, on] for pk, on in ending.items()})
    return [f"{model._meta.label_lower}:{pk}" for pk in sorted(held - set(ending))]


def _rekey(
    journal: Journal, model: type[models.Model], column: models.ForeignKey, old: int, new: int
) -> list[str]:
    """A table whose key is the person: the row is written anew under the kept person, unless one is there."""
    if model._base_manager.filter(pk=new).exists():
        return [f"{model._meta.label_lower}:{old}"]
    names = [field.attname for field in model._meta.concrete_fields if field.attname != column.attname]
    values = model._base_manager.filter(pk=old).values_list(*names).get()
    journal.remove(model, [old])
    journal.create(model, names, [list(values)], ids=[new])
    return []


def _held_back(model: type[models.Model], column: models.ForeignKey, old: int, new: int) -> set[int]:
    """The rows of the old target that would break a unique constraint beside those of the new one."""
    manager = model._base_manager
    held: set[int] = set()
    for fields, condition, nulls_distinct in _uniques(model, column):
        others = [name for name in fields if name != column.name]
        there = manager.filter(condition, **{column.attname: new})
        here = manager.filter(condition, **{column.attname: old})
        if not others:
            if there.exists():
                held |= set(here.values_list("pk", flat=True))
            continue
        taken = set(there.values_list(*others))
        for pk, *key in here.values_list("pk", *others):
            if tuple(key) in taken and not (nulls_distinct and None in key):
                held.add(pk)
    return held


def _uniques(
    model: type[models.Model], column: models.ForeignKey
) -> Iterable[tuple[list[str], models.Q, bool]]:
    if column.unique and not column.primary_key:
        yield [column.name], models.Q(), True
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and column.name in constraint.fields:
            condition = constraint.condition or models.Q()
            yield list(constraint.fields), condition, constraint.nulls_distinct is not False
    for together in model._meta.unique_together:
        if column.name in together:
            yield list(together), models.Q(), True


def _ends(model: type[models.Model], held: set[int]) -> dict[int, date]:
    """Held rows that are open and only clash because they are: their last day, so that they may move along."""
    conditions = " ".join(
        str(c.condition) for c in model._meta.constraints if isinstance(c, models.UniqueConstraint)
    )
    if not held or "ends_on__isnull" not in conditions:
        return {}
    rows: Iterable[Any] = model._base_manager.filter(pk__in=held, ends_on__isnull=True)
    today = timezone.localdate()
    return {row.pk: max(today, row.starts_on) for row in rows}
