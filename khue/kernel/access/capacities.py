"""Capacities: the grants of a person, grouped as the person sees them in the header."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from khue.kernel.access.actor import Actor, Grant
from khue.kernel.access.grants import grants_of
from khue.kernel.access.roles import GUARDIAN, HOMEROOM_TEACHER, PUPIL, ROLES, SUBJECT_TEACHER

if TYPE_CHECKING:
    from khue.kernel.people.models import Account


@dataclass(frozen=True)
class Capacity:
    """One of the things a person is: principal at A, teacher at B, parent."""

    key: str
    label: str  # "GVCN 8A3, dạy Toán"
    detail: str  # "THCS Lê Quý Đôn"
    icon: str
    unit_id: int | None
    grants: tuple[Grant, ...]
    order: int

    @property
    def full_label(self) -> str:
        """`Văn thư · THCS Lê Quý Đôn`."""
        return f"{self.label} · {self.detail}" if self.detail else self.label

    @property
    def needs_second_factor(self) -> bool:
        """Whether a role in it carries power over others' data."""
        return any(ROLES[grant.role].second_factor for grant in self.grants)


def capacities_of(grants: list[Grant]) -> tuple[Capacity, ...]:
    """Group grants by capacity, the one with the widest reach first."""
    groups: dict[str, list[Grant]] = {}
    for grant in grants:
        groups.setdefault(grant.capacity_key, []).append(grant)
    found = [
        Capacity(
            key=key,
            label=_label(group),
            detail=group[0].unit_name,
            icon=ROLES[group[0].role].icon,
            unit_id=group[0].unit_id,
            grants=tuple(group),
            order=min(ROLES[grant.role].order for grant in group),
        )
        for key, group in groups.items()
    ]
    return tuple(sorted(found, key=lambda c: (c.order, c.detail)))


def _label(group: list[Grant]) -> str:
    first = group[0]
    if first.role == GUARDIAN:
        names = sorted({grant.label for grant in group if grant.label})
        return _("Phụ huynh của em %(names)s") % {"names": ", ".join(names)} if names else _("Phụ huynh")
    if first.role == PUPIL:
        return (
            _("Học sinh lớp %(name)s") % {"name": first.label} if first.label else pgettext("một", "Học sinh")
        )
    parts = []
    homerooms = sorted({g.label for g in group if g.role == HOMEROOM_TEACHER})
    subjects = sorted({g.label for g in group if g.role == SUBJECT_TEACHER and g.scope_kind == "course"})
    if homerooms:
        parts.append(_("GVCN %(names)s") % {"names": ", ".join(homerooms)})
    if subjects:
        parts.append(_("dạy %(names)s") % {"names": ", ".join(subjects)})
    if not parts:
        return str(ROLES[first.role].label)
    label = ", ".join(parts)
    return label[0].upper() + label[1:]


def actor_for(
    account: Account,
    *,
    wanted: str = "",
    ip: str = "",
    device: str = "",
    proved_at: datetime | None = None,
) -> tuple[Actor, tuple[Capacity, ...]]:
    """The actor of an account in the wanted capacity (else the first), and every capacity; one query."""
    every = capacities_of(grants_of(account.person_id))
    chosen = next((c for c in every if c.key == wanted), every[0] if every else None)
    actor = Actor(
        person_id=account.person_id,
        name=account.person.full_name,
        grants=chosen.grants if chosen else (),
        capacity=chosen.key if chosen else "",
        capacity_label=chosen.full_label if chosen else "",
        account_id=account.pk,
        ip=ip,
        device=device,
        proved_at=proved_at,
    )
    return actor, every
