"""The school whose sessions somebody plans, with its levels and classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.registry.calendar.queries import all_year_of
from khue.registry.roster.models import Classroom

LEVELS_BY_CODE: Final[dict[str, str | Promise]] = {
    "MN": _("Mầm non"), "TH": _("Tiểu học"), "THCS": _("THCS"), "THPT": _("THPT"), "GDTX": _("GDTX"),
}  # fmt: skip
LEVELS: Final = tuple(LEVELS_BY_CODE.items())


@dataclass(frozen=True)
class PlanPlace:
    """A school with what its sessions may be planned for."""

    school: Unit
    levels: tuple[str, ...]
    classes: tuple[tuple[int, str], ...]


def place(actor: Actor) -> PlanPlace | None:
    """The school of the capacity; None elsewhere. Three statements."""
    school = Unit.objects.filter(pk=actor.unit_id, kind="school").first() if actor.unit_id else None
    year = all_year_of()
    if school is None or year is None or school.pk not in actor.reach("attendance.manage").unit_ids:
        return None
    rooms = Classroom.objects.filter(school=school, year=year, closed_on=None).order_by("sort_key", "pk")
    levels = tuple(one for one in school.levels if one in LEVELS_BY_CODE)
    return PlanPlace(school, levels, tuple(rooms.values_list("pk", "name")))


def classroom(actor: Actor, classroom_id: int) -> Classroom | None:
    """A class whose sessions the actor may plan."""
    found: Classroom | None = (
        Classroom.objects.visible_to(actor, "attendance.manage").filter(pk=classroom_id).first()
    )
    return found
