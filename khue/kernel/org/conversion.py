"""From three tiers to two on one day: offices close, communes open, schools go where the law of 2025 puts them.

Preschools, primary and lower-secondary schools stand under their commune; schools with upper-secondary or continuing
education directly under the department (rules/03 section 4). Earlier days keep the old tree in the versions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.events import TreeConverted
from khue.kernel.org.models import Unit, UnitEvent, UnitEventKind, UnitKind
from khue.kernel.org.presets import THREE_TIER, TWO_TIER, stands_under_department
from khue.kernel.org.records import create_unit, place
from khue.kernel.settings_store.models import Value
from khue.kernel.settings_store.values import value_of
from khue.lib import admin_units

if TYPE_CHECKING:
    from khue.kernel.access.actor import Actor

EVENT_FIELDS = ["unit_id", "kind", "on", "decision", "other_id", "detail"]


@dataclass
class Plan:
    """What the conversion would do, for the page and for the action."""

    offices: list[Unit] = field(default_factory=list)
    to_department: list[Unit] = field(default_factory=list)
    to_commune: dict[str, list[Unit]] = field(default_factory=dict)  # commune code -> schools
    existing: dict[str, Unit] = field(default_factory=dict)  # commune code -> unit that stands already
    without_commune: list[Unit] = field(default_factory=list)

    @property
    def new_communes(self) -> list[str]:
        """Codes of communes that have no unit yet."""
        return [code for code in self.to_commune if code not in self.existing]

    @property
    def moved(self) -> int:
        """How many schools change their place."""
        return len(self.to_department) + sum(len(schools) for schools in self.to_commune.values())

    def level_counts(self) -> list[tuple[str, int]]:
        """How many schools of each level go to communes."""
        counts = Counter(level for schools in self.to_commune.values() for s in schools for level in s.levels)
        return sorted(counts.items())


def plan(actor: Actor, department: Unit) -> Plan:
    """What converting the tree below a department would do."""
    return _plan(
        Unit.objects.visible_to(actor, "org.manage").filter(path__startswith=department.path).in_bulk()
    )


def _plan(units: dict[int, Unit]) -> Plan:
    found = Plan()
    offices = {pk for pk, unit in units.items() if unit.kind == UnitKind.OFFICE and unit.is_open}
    found.offices = sorted((units[pk] for pk in offices), key=lambda unit: unit.sort_key)
    found.existing = {
        unit.commune_code: unit
        for unit in units.values()
        if unit.kind == UnitKind.COMMUNE and unit.is_open and unit.commune_code
    }
    schools = [u for u in units.values() if u.is_school and u.is_open and offices & set(u.ancestor_ids)]
    for school in sorted(schools, key=lambda unit: unit.sort_key):
        if stands_under_department(school.levels):
            found.to_department.append(school)
        elif school.commune_code:
            found.to_commune.setdefault(school.commune_code, []).append(school)
        else:
            found.without_commune.append(school)
    return found


@action("org.convert_tree", permission="org.manage")
def convert_tree(work: Work, department: Unit, *, on: date, decision: str) -> Plan:
    """Turn the three-tier tree into the two-tier one on a day; refused while a school's commune is not known."""
    if (
        value_of("org.tree_preset", on=on) == TWO_TIER.name
        and not Unit.objects.filter(
            path__startswith=department.path, kind=UnitKind.OFFICE, closed_on__isnull=True
        ).exists()
    ):
        raise DomainError(_("Cây đơn vị đã theo mô hình hai cấp."))
    units = Unit.objects.select_for_update().filter(path__startswith=department.path).order_by("pk").in_bulk()
    found = _plan(units)
    if found.without_commune:
        some = ", ".join(school.name for school in found.without_commune[:5])
        raise DomainError(
            _("%(count)s trường chưa có xã, phường: %(some)s… Điền xã, phường rồi chuyển.")
            % {"count": len(found.without_commune), "some": some}
        )
    if not found.offices:
        raise DomainError(_("Không có Phòng GD&ĐT nào để chuyển."))
    communes = dict(found.existing)
    for code in found.new_communes:
        communes[code] = create_unit(
            work, department, on=on, code=f"X-{code}", name=_commune_name(code), kind=UnitKind.COMMUNE,
            commune_code=code,
        )  # fmt: skip
    parents: dict[int, int | None] = {school.pk: department.pk for school in found.to_department}
    for code, schools in found.to_commune.items():
        parents |= {school.pk: communes[code].pk for school in schools}
    before = {pk: units[pk].parent_id for pk in parents}
    clusters = {
        u.pk: department.pk
        for u in units.values()
        if u.kind == UnitKind.CLUSTER and u.is_open and u.parent_id != department.pk
    }
    place(work, on=on, parents={**parents, **clusters})
    events = [
        [pk, UnitEventKind.MOVED, on, decision, parent, _detail(units, before[pk])]
        for pk, parent in parents.items()
    ]
    events += [
        [communes[code].pk, UnitEventKind.OPENED, on, decision, None, "{}"] for code in found.new_communes
    ]
    events += [[office.pk, UnitEventKind.CLOSED, on, decision, None, "{}"] for office in found.offices]
    work.create_many(UnitEvent, EVENT_FIELDS, events)
    work.change_many(Unit, ["closed_on"], {office.pk: ([None], [on]) for office in found.offices})
    _switch_preset(work, department, on, decision)
    work.note(decision=decision, schools=found.moved, offices=len(found.offices))
    work.announce(TreeConverted(department.pk, on))
    return found


def _detail(units: dict[int, Unit], parent_id: int | None) -> str:
    import orjson

    return orjson.dumps({"before": units[parent_id].name if parent_id in units else ""}).decode()


def _commune_name(code: str) -> str:
    try:
        name = admin_units.commune(code).full_name
    except KeyError:
        return f"Xã {code}"
    return name[0].upper() + name[1:]


def _switch_preset(work: Work, department: Unit, on: date, decision: str) -> None:
    """From that day the setting says two tiers, before it three."""
    for day, value in ((department.opened_on, THREE_TIER.name), (on, TWO_TIER.name)):
        known = Value.objects.filter(name="org.tree_preset", unit=department, valid_from=day).first()
        if known is None:
            work.create(
                Value(
                    name="org.tree_preset",
                    unit=department,
                    valid_from=day,
                    value=value,
                    reason=decision[:200],
                )
            )
        elif day == on:
            work.change(known, value=value)
