"""The two models of the tree: three tiers before 01/07/2025, two tiers after (rules/03 section 4).

Code, roles and reports speak of the middle tier, never of "Phòng"; a preset says what stands in it and what may
stand under what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.org.models import Level, UnitKind

REFORM_DAY: Final = date(2025, 7, 1)
DIRECT_LEVELS: Final = frozenset({Level.UPPER_SECONDARY, Level.CONTINUING})


@dataclass(frozen=True)
class Preset:
    """A model of the tree: its middle tier, and which kinds may stand under which."""

    name: str
    label: str | Promise
    middle: str
    under: Mapping[str, tuple[str, ...]]

    def may_stand(self, kind: str, parent_kind: str) -> bool:
        """Whether a unit of a kind may stand directly under one of another."""
        return kind in self.under.get(parent_kind, ())


def _under(middle: str) -> dict[str, tuple[str, ...]]:
    return {
        UnitKind.DEPARTMENT: (middle, UnitKind.CLUSTER, UnitKind.SCHOOL),
        middle: (UnitKind.CLUSTER, UnitKind.SCHOOL),
        UnitKind.CLUSTER: (UnitKind.SCHOOL,),
        UnitKind.SCHOOL: (UnitKind.CAMPUS,),
    }


THREE_TIER = Preset(
    "3_tier_legacy", _("Ba cấp: Sở, Phòng GD&ĐT, trường"), UnitKind.OFFICE, _under(UnitKind.OFFICE)
)
TWO_TIER = Preset(
    "2_tier_2025", _("Hai cấp: Sở, xã phường, trường"), UnitKind.COMMUNE, _under(UnitKind.COMMUNE)
)
PRESETS: Final = {preset.name: preset for preset in (THREE_TIER, TWO_TIER)}


def stands_under_department(levels: list[str]) -> bool:
    """Whether a school of these levels stands directly under the department in the two-tier model."""
    return any(level in DIRECT_LEVELS for level in levels)
