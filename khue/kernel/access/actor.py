"""The actor: a person in a capacity, with the grants that follow from records today; never a bare user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from khue.kernel import registry
from khue.kernel.access.roles import ROLES
from khue.kernel.access.scope import is_plainly_held

if TYPE_CHECKING:
    from django.db.models import Model


@dataclass(frozen=True)
class Grant:
    """A role at a scope for a span of days, and the record it follows from."""

    person_id: int
    role: str
    scope_kind: str  # 'unit' | 'class' | 'course' | 'person'
    scope_id: int
    unit_id: int | None
    starts_on: date | None
    ends_on: date | None
    source: str
    source_id: int
    label: str
    path: str = ""  # of the unit, when the scope is one
    unit_kind: str = ""
    unit_name: str = ""  # of the capacity's unit

    @property
    def capacity_key(self) -> str:
        """Grants with one key are one capacity in the header."""
        return f"{ROLES[self.role].capacity}:{self.unit_id or 0}"


@dataclass(frozen=True)
class Reach:
    """How far one permission of an actor goes."""

    everything: bool = False
    unit_ids: tuple[int, ...] = ()  # schools and campuses: rows carry their id
    unit_paths: tuple[str, ...] = ()  # offices and communes: everything below
    class_ids: tuple[int, ...] = ()
    course_ids: tuple[int, ...] = ()
    person_ids: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the permission reaches nothing."""
        return not (
            self.everything
            or self.unit_ids
            or self.unit_paths
            or self.class_ids
            or self.course_ids
            or self.person_ids
        )


@dataclass(frozen=True)
class Actor:
    """Who acts: a person in one capacity, or the system itself (`Actor.system("module.job")`)."""

    person_id: int | None
    name: str
    grants: tuple[Grant, ...] = ()
    capacity: str = ""  # capacity key
    capacity_label: str = ""
    account_id: int | None = None
    system_name: str = ""
    ip: str = ""
    device: str = ""
    proved_at: datetime | None = None  # last proof of identity (step-up)
    _reach: dict[str, Reach] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def system(cls, name: str) -> Actor:
        """The system acting for itself, named `module.job`; reaches everything and is audited like anybody."""
        return cls(person_id=None, name=name, system_name=name, capacity_label="Hệ thống")

    @classmethod
    def nobody(cls) -> Actor:
        """Someone who has not signed in."""
        return cls(person_id=None, name="")

    @property
    def is_system(self) -> bool:
        """Whether the system acts for itself."""
        return bool(self.system_name)

    @property
    def is_somebody(self) -> bool:
        """Whether anyone acts at all."""
        return self.person_id is not None or self.is_system

    @property
    def roles(self) -> frozenset[str]:
        """The roles of this capacity."""
        return frozenset(grant.role for grant in self.grants)

    @property
    def unit_id(self) -> int | None:
        """The unit of the capacity, when it has one."""
        return next((grant.unit_id for grant in self.grants if grant.unit_id), None)

    def holds(self, permission: str) -> bool:
        """Whether the permission is held anywhere at all (for menus and entrance to pages)."""
        roles = registry.roles_with(permission)
        return self.is_system or any(grant.role in roles for grant in self.grants)

    def reach(self, permission: str) -> Reach:
        """How far the permission goes: the union of the scopes of the grants that carry it."""
        known = self._reach.get(permission)
        if known is None:
            known = self._reach[permission] = self._compute_reach(permission)
        return known

    def _compute_reach(self, permission: str) -> Reach:
        roles = registry.roles_with(permission)
        if self.is_system:
            return Reach(everything=True)
        units: set[int] = set()
        paths: set[str] = set()
        by_kind: dict[str, set[int]] = {"class": set(), "course": set(), "person": set()}
        for grant in self.grants:
            if grant.role not in roles:
                continue
            if grant.scope_kind != "unit":
                by_kind[grant.scope_kind].add(grant.scope_id)
            elif grant.unit_kind == "department":
                return Reach(everything=True)
            elif grant.unit_kind in {"school", "campus"}:
                units.add(grant.scope_id)
            else:
                paths.add(grant.path)
        return Reach(
            unit_ids=tuple(sorted(units)),
            unit_paths=tuple(sorted(paths)),
            class_ids=tuple(sorted(by_kind["class"])),
            course_ids=tuple(sorted(by_kind["course"])),
            person_ids=tuple(sorted(by_kind["person"])),
        )

    def can(self, permission: str, row: Model) -> bool:
        """Whether the permission is held at this row's scope; asks the database by the same rule as reading."""
        return self.can_all(permission, [row])

    def can_all(self, permission: str, rows: Iterable[Model]) -> bool:
        """Whether the permission is held at every one of these rows (all of one model)."""
        rows = list(rows)
        if not rows or self.reach(permission).everything:
            return self.is_somebody
        if self.reach(permission).is_empty:
            return False
        model = type(rows[0])
        wanted = {row.pk for row in rows}
        visible = model.objects.visible_to(self, permission).filter(pk__in=wanted)  # type: ignore[attr-defined]
        return int(visible.count()) == len(wanted)

    def can_all_as_read(self, permission: str, rows: Iterable[Model]) -> bool:
        """The same of rows just read and locked: their own columns say yes if they can, else the database is asked."""
        rows = list(rows)
        reach = self.reach(permission)
        if rows and not reach.is_empty and all(is_plainly_held(reach, row) for row in rows):
            return True
        return self.can_all(permission, rows)
