"""Where somebody looks at a figure: a unit, a campus or a class of it, with the way down from the top."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.queries import VIEW
from khue.kernel.org.models import Unit, UnitKind
from khue.lib.names import search_tokens
from khue.registry.roster.models import Classroom
from khue.registry.roster.queries.places import Place, place


@dataclass(frozen=True)
class Standing:
    """The place: its units from the top, and the campus and class when somebody stepped into one."""

    place: Place
    unit: Unit  # the unit whose kept figures are shown: never a campus
    campus: Unit | None = None
    classroom: Classroom | None = None

    @property
    def path(self) -> tuple[Unit, ...]:
        """The units from the top down, campus included."""
        return self.place.path

    @property
    def is_live(self) -> bool:
        """Whether figures here are asked live: below the school nothing is kept by day."""
        return self.campus is not None or self.classroom is not None

    @property
    def kind(self) -> str:
        """What one stands at: a kind of unit, or 'class'."""
        return "class" if self.classroom else self.path[-1].kind

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.classroom.name}, {self.unit.name}" if self.classroom else self.path[-1].name


def standing(actor: Actor, code: str, classroom_id: int | None = None) -> Standing | None:
    """The place with this code (one's own when empty); None when `indicators.view` does not lead there."""
    found = place(actor, VIEW, code[:40])
    if found is None or found.unit is None or not found.is_reached:
        return None
    unit, campus = found.unit, None
    if found.is_campus:
        campus, unit = found.unit, found.path[-2]
    room = None
    if classroom_id is not None:
        rooms = Classroom.objects.visible_to(actor, VIEW).filter(pk=classroom_id, school_id=unit.pk)
        room = rooms.filter(campus=campus).first() if campus else rooms.first()
        if room is None:
            return None
    return Standing(found, unit, campus, room)


def class_names(actor: Actor, school: Unit, year: int) -> dict[int, str]:
    """The classes of a school in a year, in their order."""
    rows = Classroom.objects.visible_to(actor, VIEW).filter(school=school, year_id=year)
    return dict(rows.order_by("sort_key", "pk").values_list("pk", "name"))


def campus_names(actor: Actor, school: Unit) -> dict[int, tuple[str, str]]:
    """The campuses of a school with codes, the main one first."""
    rows = Unit.objects.visible_to(actor, VIEW).filter(
        parent=school, kind=UnitKind.CAMPUS, closed_on__isnull=True
    )
    return {
        pk: (code, name)
        for pk, code, name in rows.order_by("-is_main", "sort_key").values_list("pk", "code", "name")
    }


def unit_names(actor: Actor, ids: list[int]) -> dict[int, tuple[str, str]]:
    """Codes and names of units the actor reaches, in their order."""
    rows = Unit.objects.visible_to(actor, VIEW).filter(pk__in=ids).order_by("sort_key", "pk")
    return {pk: (code, name) for pk, code, name in rows.values_list("pk", "code", "name")}


def found_units(actor: Actor, text: str) -> list[Unit]:
    """Units whose figures the actor sees, by words of the name or by code: to be put beside another."""
    rows = Unit.objects.visible_to(actor, VIEW).filter(closed_on__isnull=True).exclude(kind=UnitKind.CAMPUS)
    condition = Q(code__iexact=text.strip())
    words = search_tokens(text)
    if words:
        named = Q()
        for word in words:
            named &= Q(search_key__contains=word)
        condition |= named
    return list(rows.filter(condition).order_by("kind", "sort_key", "pk")[:20])
