"""What addresses and forms of this module hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from khue.registry.roster.rules import grade_label, grades_of

if TYPE_CHECKING:
    from khue.kernel.org.models import Unit
    from khue.registry.roster.models import Classroom

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def number(text: str) -> int | None:
    """A whole number of an address; None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def place_choices(units: Sequence[Unit], rooms: Sequence[Classroom]) -> list[tuple[str, str]]:
    """Units, grades of the schools among them, classes: as a select shows them."""
    found = []
    for unit in units:
        is_above = unit.kind not in ("school", "campus")
        name = _("Mọi trường của %(name)s") % {"name": unit.name} if is_above else unit.name
        found.append((f"don-vi-{unit.pk}", name))
        if unit.kind == "school":
            found += [(f"khoi-{unit.pk}-{grade}", grade_label(grade)) for grade in grades_of(unit.levels)]
    return found + [(f"lop-{room.pk}", _("Lớp %(name)s") % {"name": room.name}) for room in rooms]


def chosen_place(
    text: str, units: Sequence[Unit], rooms: Sequence[Classroom]
) -> tuple[Unit | Classroom, int | None]:  # fmt: skip
    """The unit or class a choice names, and the grade; 404 when it is not among those offered."""
    kind, _dash, rest = text.partition("-") if not text.startswith("don-vi-") else ("don-vi", "-", text[7:])
    key, _dash, grade = rest.partition("-")
    rows: Sequence[Unit | Classroom] = rooms if kind == "lop" else units
    found = next((one for one in rows if str(one.pk) == key), None)
    if found is None:
        raise Http404
    text = grade if not grade.startswith("-") else grade[1:]
    if kind != "khoi":
        return found, None
    if number(text) is None:
        raise Http404
    return found, int(grade)


def attached(data: bytes, name: str) -> HttpResponse:
    """A workbook to keep."""
    response = HttpResponse(data, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
