"""One intake over the years: where the pupils of a grade in a school year are at the end of each year since.

Above the schools the counts of the night are read (`cohorts.py`): those of the units right below, whose sum is the
place's. A school is followed live, through its own pupils' enrolments, and parted by class.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from khue.command.ioc.following import HELD, OUTCOMES, STAYED, TOLD
from khue.command.ioc.models import CohortCount, CohortYear
from khue.command.ioc.queries.places import Standing, class_names, unit_names
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import privacy
from khue.kernel.indicators.queries import ROWS, VIEW, reaches
from khue.kernel.statements import fetch

__all__ = ["OUTCOMES", "STAYED", "Cohort", "Part", "cohort", "grades", "held"]

_GRADES: Final = "select distinct grade from roster_enrolment where school_id = %s and year_id = %s"
_ITS_PUPILS: Final = """
and e.person_id in (
    select o.person_id from roster_enrolment o
    where o.school_id = %(school)s and o.year_id = %(year)s and o.grade = %(grade)s
)
"""
_OF_SCHOOL: Final = f"""
{TOLD.format(among=_ITS_PUPILS, part="first_value(coalesce(e.classroom_id, 0)) over begun")}
select t.until, t.part, t.outcome, sum(t.pupils)::bigint from told t
where t.school = %(school)s and t.grade = %(grade)s group by 1, 2, 3
"""  # noqa: S608 - made of our own statements
_SQL: Final = re.sub(r"%\(\w+\)s", "%s", _OF_SCHOOL)
_GIVEN: Final = re.findall(r"%\((\w+)\)s", _OF_SCHOOL)
_BELOW: Final = f"""
select c.unit_id, c.until, {", ".join(f'sum(c."{one}")' for one in OUTCOMES)}
from ioc_cohort_count c join org_unit u on u.id = c.unit_id
where u.parent_id = %s and c.year = %s and c.grade = %s and c.until = any(%s)
group by grouping sets ((c.until), (c.unit_id, c.until))
having grouping(c.unit_id) = 1 or %s or c.until = (
    select max(m.until) from ioc_cohort_count m
    where m.unit_id = %s and m.year = %s and m.grade = %s and m.until = any(%s)
)
order by c.until
"""  # noqa: S608 - names of our own columns
_Counts = dict[int, dict[str, int]]  # year -> outcome -> pupils


@dataclass(frozen=True)
class Part:
    """A unit below (of a school: a class of the first year) with what has become of its pupils by the last year."""

    key: int
    label: str
    counts: Mapping[str, int]
    code: str = ""


@dataclass(frozen=True)
class Cohort:
    """An intake: counts by year and outcome; each year they add up to `size`.

    `is_withheld` when so few are of one outcome that they could be guessed, and the reader may not open their records.
    """

    size: int = 0
    years: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    is_withheld: bool = False


def held(actor: Actor, standing: Standing) -> dict[int, datetime | None]:
    """The school years whose intakes can be followed, the oldest first, and as of when each was counted: None at a
    school, which is followed live."""
    if not actor.holds(VIEW):
        return {}
    if standing.unit.is_school:
        return {row[0]: None for row in fetch(HELD)}
    return dict(CohortYear.objects.order_by("year").values_list("year", "counted_at"))


def grades(actor: Actor, standing: Standing, year: int) -> list[int]:
    """The grades that had pupils at a place in a year, the lowest first."""
    unit = standing.unit
    if unit.is_school:
        return sorted(row[0] for row in fetch(_GRADES, [unit.pk, year]))
    rows = CohortCount.objects.visible_to(actor, VIEW).filter(unit=unit, year=year, until=year)
    return list(rows.order_by("grade").values_list("grade", flat=True))


def cohort(
    actor: Actor, standing: Standing, year: int, grade: int, until: Sequence[int] | None = None
) -> Cohort:
    """What has become of an intake of a place by the end of each of the years `until`; None: of all since."""
    unit = standing.unit
    by_part: dict[int, _Counts] = {}
    if until is None:
        until = [one for one in held(actor, standing) if one >= year]
    sees_rows = reaches(actor, unit, ROWS)
    if not reaches(actor, unit):
        return Cohort()
    if unit.is_school:
        by_year, by_part = _of_school(actor, unit.pk, year, grade, until)
    else:
        by_year, by_part = _below(actor, unit.pk, year, grade, until, every=not sees_rows)
    if not sees_rows and _may_be_guessed(standing, by_year, by_part):
        return Cohort(is_withheld=True)
    if not by_year:
        return Cohort()
    last = max(by_year)
    return Cohort(
        sum(by_year[last].values()),
        by_year,
        _named(actor, standing, year, {key: at.get(last, {}) for key, at in by_part.items()}),
    )


def _of_school(
    actor: Actor, school_id: int, year: int, grade: int, until: Sequence[int]
) -> tuple[_Counts, dict[int, _Counts]]:
    """The counts by year, and by class and year."""
    given = {"year": year, "grade": grade, "school": school_id, "years": list(until)}
    by_year: _Counts = {}
    by_part: dict[int, _Counts] = {}
    for on, part, outcome, count in sorted(fetch(_SQL, [given[name] for name in _GIVEN])):
        whole = by_year.setdefault(on, {})
        whole[outcome] = whole.get(outcome, 0) + count
        by_part.setdefault(part, {}).setdefault(on, {})[outcome] = count
    return by_year, by_part


def _below(
    actor: Actor, unit_id: int, year: int, grade: int, until: Sequence[int], *, every: bool
) -> tuple[_Counts, dict[int, _Counts]]:
    """The counts by year, and by unit below and year: the last one only, unless all are asked for."""
    of = [unit_id, year, grade, list(until)]
    by_year: _Counts = {}
    by_part: dict[int, _Counts] = {}
    for part, on, *counts in fetch(_BELOW, [*of, every, *of]):
        row = {outcome: count for outcome, count in zip(OUTCOMES, counts, strict=True) if count}
        if part is None:
            by_year[on] = row
        else:
            by_part.setdefault(part, {})[on] = row
    return by_year, by_part


def _may_be_guessed(
    standing: Standing,
    by_year: Mapping[int, Mapping[str, int]],
    by_part: Mapping[int, Mapping[int, Mapping[str, int]]],
) -> bool:
    """Whether anything in the tables is small, or they stand below others that the reader can take away from."""
    if any(unit.pk in standing.place.reached for unit in standing.path[:-1]):
        return True
    every = [*by_year.values(), *(counts for at in by_part.values() for counts in at.values())]
    return any(privacy.is_small(count) for counts in every for count in counts.values())


def _named(
    actor: Actor, standing: Standing, year: int, found: Mapping[int, Mapping[str, int]]
) -> tuple[Part, ...]:
    if standing.unit.is_school:
        known = {pk: ("", name) for pk, name in class_names(actor, standing.unit, year).items()}
        rest = _("Chưa xếp lớp")
    else:
        known = unit_names(actor, [pk for pk in found if pk])
        rest = _("Đơn vị đã giải thể")
    order = {pk: at for at, pk in enumerate(known)}
    return tuple(
        Part(pk, known.get(pk, ("", rest))[1], found[pk], known.get(pk, ("", rest))[0])
        for pk in sorted(found, key=lambda pk: order.get(pk, len(order)))
    )
