"""An intake over the years: one grade of a school year, where its pupils are now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.ioc import drawing_cohort, tables
from khue.command.ioc.queries import cohort as queries
from khue.command.ioc.queries.cohort import OUTCOMES, STAYED, Cohort
from khue.command.ioc.views.where import Links, standing_of
from khue.kernel.access.pages import ActorRequest, page
from khue.kernel.indicators.figures_house import grade_words
from khue.lib.school_years import SchoolYear
from khue.lib.spreadsheets.write import OutColumn, OutSheet
from khue.ui.words import HARD_SPACE, datetime_vi, number_vi, percent_vi

PLACE, YEAR, GRADE = "don-vi", "nam", "khoi"
FIRST: Final = (1, 6, 10, -3)  # grades a level begins with


@page("indicators.view")
def cohort(request: ActorRequest) -> HttpResponse:
    """An intake of one's own unit, or of the unit in the address."""
    here = standing_of(request, request.GET.get(PLACE, ""))
    links = Links(None)
    counted = queries.held(request.actor, here)
    held = list(counted)
    context: dict[str, Any] = {
        "here": here, "place": request.GET.get(PLACE, ""),
        "crumbs": [(_("Chỉ tiêu"), links.catalogue(here.unit.code)), (_("Theo dõi một khóa"), "")],
        "is_kept": not here.unit.is_school,
    }  # fmt: skip
    if not held:
        return render(request, "ioc/cohort.html", context)
    year = _one_of(held, request.GET.get(YEAR, ""), held[0])
    grades = queries.grades(request.actor, here, year)
    words = grade_words()
    context |= {
        "held": [(one, SchoolYear(one).code, one == year) for one in reversed(held)], "year": year,
        "held_note": _held_note(held), "grades": [], "counted_at": counted[year],
    }  # fmt: skip
    if not grades:
        return render(request, "ioc/cohort.html", context)
    grade = _one_of(
        grades, request.GET.get(GRADE, ""), next((one for one in FIRST if one in grades), grades[0])
    )
    found = queries.cohort(request.actor, here, year, grade, [one for one in held if one >= year])
    until = list(found.years)
    said = _("%(grade)s năm học %(year)s") % {"grade": words.get(grade, grade), "year": SchoolYear(year).code}
    file = tables.wanted(request.GET.get("tep", ""))
    if file and found.size:
        return _file(file, found, f"{said}, {here.name}", counted[year])
    context |= {
        "grades": [(one, words.get(one, one), one == grade) for one in grades], "grade": grade, "said": said,
        "cohort": found, "size": number_vi(found.size), "years": [SchoolYear(one).code for one in until],
        "lines": [
            (key, label, [_share(found.years[one].get(key, 0), found.size) for one in until])
            for key, label in OUTCOMES.items()
            if any(found.years[one].get(key) for one in until)
        ] if found.size else [],
        "stayed": _stayed(found, until) if found.size else "",
        "drawing": drawing_cohort.stacks(found, said), "legend": list(OUTCOMES.items()),
        "drawing_small": drawing_cohort.stacks(found, said, width=drawing_cohort.NARROW),
        **_parts(found, here.unit.is_school, year, grade),
    }  # fmt: skip
    return render(request, "ioc/cohort.html", context)


def _one_of(known: Sequence[int], text: str, usual: int) -> int:
    """The number asked for when it is one of those known."""
    return next((one for one in known if str(one) == text), usual)


def _held_note(held: Sequence[int]) -> str:
    """How far back anything can be followed, plainly."""
    if len(held) == 1:
        return _("Khuê mới có hồ sơ học sinh của năm học %(year)s, nên chưa theo được sang năm sau.") % {
            "year": SchoolYear(held[0]).code
        }
    return _("Khuê có hồ sơ học sinh từ năm học %(year)s, nên theo được nhiều nhất %(n)s năm học.") % {
        "year": SchoolYear(held[0]).code, "n": len(held),
    }  # fmt: skip


def _share(count: int, size: int) -> tuple[str, str]:
    return number_vi(count), f"{number_vi(100 * count / size, 1)}{HARD_SPACE}%" if size else ""


def _stayed(found: Cohort, until: Sequence[int]) -> str:
    kept = sum(found.years[max(until)].get(one, 0) for one in STAYED)
    return percent_vi(100 * kept / found.size, 1)


def _parts(found: Cohort, is_school: bool, year: int, grade: int) -> dict[str, Any]:
    """The units below by what has become of their pupils; those in lines lead to their own page."""
    shown = [key for key in OUTCOMES if any(part.counts.get(key) for part in found.parts)]
    return {
        "part_heads": [OUTCOMES[key] for key in shown],
        "part_name": _("Lớp của năm đầu") if is_school else _("Đơn vị"),
        "parts": [
            (
                part.label,
                f"?{PLACE}={part.code}&{YEAR}={year}&{GRADE}={grade}" if part.code else "",
                drawing_cohort.cells(part.counts.get(key, 0) for key in shown),
                number_vi(sum(part.counts.values())),
            )
            for part in found.parts
        ] if len(found.parts) > 1 or is_school else [],
        "part_totals": [number_vi(sum(part.counts.get(key, 0) for part in found.parts)) for key in shown],
    }  # fmt: skip


def _file(kind: str, found: Cohort, title: str, counted_at: datetime | None) -> HttpResponse:
    at = datetime_vi(counted_at or timezone.now())
    where = _("%(what)s, số liệu đến %(at)s") % {"what": title, "at": at}
    columns = [OutColumn(_("Đến hết năm học"), "name", 20), OutColumn(_("Học sinh ban đầu"), "size", 18)]
    columns += [OutColumn(str(label), key, 22) for key, label in OUTCOMES.items()]
    rows = [
        {"name": SchoolYear(year).code, "size": found.size, **_filled(counts)}
        for year, counts in found.years.items()
    ]
    parts = [
        {"name": part.label, "size": sum(part.counts.values()), **_filled(part.counts)}
        for part in found.parts
    ]
    below = [OutColumn(_("Đơn vị, lớp"), "name", 40), *columns[1:]]
    return tables.respond(
        kind, title, columns, rows, moment=None, where=where, sheets=[OutSheet(_("Chia ra"), below, parts)]
    )


def _filled(counts: Any) -> dict[str, int]:
    return {key: counts.get(key, 0) for key in OUTCOMES}
