"""Whose row it is: a model says which of its columns answers for a unit, a class, a course or a person.

A grant says *permission at a scope*. `visible_to(actor, permission)` joins the two in one query, so a principal
at a school, a homeroom teacher at a class, a subject teacher at a course and a parent at a child all read through
the same door, and a row nobody granted does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor, Reach

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Scope:
    """The lookups of one model: `unit` (id of the school or unit), `campus`, `classroom`, `course`, `person`.

    Each is an ORM lookup ending on an id; empty means rows of this model never answer for that kind.
    """

    unit: str = ""
    campus: str = ""
    classroom: str = ""
    course: str = ""
    person: str = ""

    def condition(self, actor: Actor, permission: str, prefix: str = "") -> Q | None:
        """The condition under which rows are the actor's; None when no row is."""
        reach = actor.reach(permission)
        if reach.everything:
            return Q()
        found = Q()
        any_kind = False
        if self.unit and (reach.unit_ids or reach.unit_paths):
            any_kind = True
            lookup = prefix + self.unit
            if reach.unit_ids:
                found |= Q(**{f"{lookup}__in": reach.unit_ids})
            if reach.unit_paths:
                from khue.kernel.org.models import Unit

                below = Q()
                for path in reach.unit_paths:
                    below |= Q(path__startswith=path)
                found |= Q(**{f"{lookup}__in": Unit._base_manager.filter(below).values("pk")})
        if self.campus and reach.unit_ids:
            any_kind = True
            found |= Q(**{f"{prefix}{self.campus}__in": reach.unit_ids})
        for lookup, ids in (
            (self.classroom, reach.class_ids),
            (self.course, reach.course_ids),
            (self.person, reach.person_ids),
        ):
            if lookup and ids:
                any_kind = True
                found |= Q(**{f"{prefix}{lookup}__in": ids})
        return found if any_kind else None


def is_plainly_held(reach: Reach, row: models.Model) -> bool:
    """Whether a row as it was read lies within a reach by its own columns; False says only that they do not tell.

    It never says yes where `visible_to` would not: models with a rule of their own are left to it.
    """
    manager = type(row)._default_manager
    if type(manager) is not ScopedManager:
        return False
    scope: Scope = row.scope  # type: ignore[attr-defined]
    own = row.__dict__ | {"pk": row.pk}
    return any(
        own.get(lookup) in ids
        for lookup, ids in (
            (scope.unit, reach.unit_ids),
            (scope.campus, reach.unit_ids),
            (scope.classroom, reach.class_ids),
            (scope.course, reach.course_ids),
            (scope.person, reach.person_ids),
        )
    )


class ScopedQuerySet(models.QuerySet[M]):
    """A queryset that knows whose rows it holds."""

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[M]:
        """The rows at which the actor holds the permission; everything else does not exist for them."""
        scope: Scope = self.model.scope  # type: ignore[attr-defined]
        condition = scope.condition(actor, permission)
        if condition is None:
            return self.none()
        return self.filter(condition)


class ScopedManager(models.Manager[M]):
    """The manager of every table that people read."""

    def get_queryset(self) -> ScopedQuerySet[M]:
        """Rows, not yet narrowed."""
        return ScopedQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Actor, permission: str) -> ScopedQuerySet[M]:
        """See ScopedQuerySet.visible_to."""
        return self.get_queryset().visible_to(actor, permission)

    @classmethod
    def from_queryset(cls, queryset_class: type[Any], class_name: str | None = None) -> Any:
        """A manager whose querysets have the class's reads and `visible_to`."""
        combined = type(f"Scoped{queryset_class.__name__}", (queryset_class, ScopedQuerySet), {})

        class Combined(ScopedManager):  # type: ignore[type-arg]
            def get_queryset(self) -> Any:
                return combined(self.model, using=self._db)

            def __getattr__(self, name: str) -> Any:
                if name.startswith("_"):
                    raise AttributeError(name)
                return getattr(self.get_queryset(), name)

        return Combined
