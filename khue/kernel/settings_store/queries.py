"""Every read of settings for people; code asks `values.value_of`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.manifest import Setting
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.models import Value
from khue.kernel.settings_store.rules import shown
from khue.kernel.settings_store.values import typed, values_of


@dataclass(frozen=True)
class Line:
    """One setting as a unit sees it."""

    setting: Setting
    value: Any
    is_default: bool
    may_change: bool

    @property
    def text(self) -> str:
        """The value in words."""
        return shown(self.setting, self.value)

    @property
    def warning(self) -> str:
        """What the value leaves amiss, in words; "" when nothing."""
        return str(registry.load(self.setting.warn)(self.value)) if self.setting.warn else ""


def unit_of(actor: Actor) -> Unit | None:
    """The unit whose settings the actor looks at: that of the capacity."""
    if actor.unit_id is None:
        return None
    return Unit.objects.visible_to(actor, "settings_store.view").filter(pk=actor.unit_id).first()


def groups(actor: Actor, unit: Unit) -> list[tuple[str, list[Line]]]:
    """Every setting with its value at the unit today, by module."""
    values = values_of(registry.setting_declarations(), unit)
    may = actor.can("settings_store.change", unit)
    found = []
    for module in registry.modules():
        lines = [
            Line(one, values[one.name], values[one.name] == one.default, may and _belongs(one, unit))
            for one in module.settings
        ]
        if lines:
            found.append((_(module.label), lines))
    return found


def _belongs(setting: Setting, unit: Unit) -> bool:
    return setting.min_level != "department" or unit.parent_id is None


@dataclass(frozen=True)
class Past:
    """One value a setting had or will have."""

    valid_from: date
    text: str
    unit: str
    reason: str


def line(actor: Actor, unit: Unit, name: str) -> Line | None:
    """One setting at the unit; None when there is no such setting."""
    setting = registry.setting_declarations().get(name)
    if setting is None:
        return None
    value = values_of([name], unit)[name]
    may = actor.can("settings_store.change", unit) and _belongs(setting, unit)
    return Line(setting, value, value == setting.default, may)


def history(actor: Actor, unit: Unit, name: str) -> list[Past]:
    """The values of one setting at the unit and above it, newest first."""
    setting = registry.setting_declarations()[name]
    rows: QuerySet[Value] = Value.objects.filter(name=name, unit_id__in=unit.ancestor_ids)
    return [
        Past(row.valid_from, shown(setting, typed(name, row.value)), row.unit.name, row.reason)
        for row in rows.select_related("unit").order_by("-valid_from", "-pk")
    ]
