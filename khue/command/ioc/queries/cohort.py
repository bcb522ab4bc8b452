"""One intake over the years: where the pupils of a grade in a school year are at the end of each year since.

Asked of the roster itself, set by set: what became of a pupil is in the enrolments of all years, which hold the person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.command.ioc.queries.places import Standing, class_names, unit_names
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import privacy
from khue.kernel.indicators.queries import ROWS, VIEW, reaches
from khue.kernel.statements import fetch

# What has become of a pupil by the end of a year (of this year: by today); each pupil is one of them.
OUTCOMES: Final[dict[str, str | Promise]] = {
    "here": gettext_lazy("Vẫn học ở trường ban đầu"),
    "moved": gettext_lazy("Học ở trường khác trong tỉnh"),
    "repeated": gettext_lazy("Học chậm khối vì ở lại lớp"),
    "finished": gettext_lazy("Hoàn thành cấp học, chưa vào trường khác"),
    "left": gettext_lazy("Chuyển ra ngoài tỉnh"),
    "dropped": gettext_lazy("Bỏ học"),
    "other": gettext_lazy("Bảo lưu, đã mất hoặc chưa rõ"),
}
STAYED: Final = (
    "here",
    "moved",
    "repeated",
    "finished",
)  # still in the province's schools, or through with one

_YEARS: Final = """
select y.id from calendar_school_year y where exists (select from roster_enrolment e where e.year_id = y.id) order by 1
"""
_GRADES: Final = """
select distinct e.grade from roster_enrolment e join org_unit u on u.id = e.school_id
where e.year_id = %s and u.path like %s
"""
# The intake: who was first enrolled in the grade that year, at the school of that enrolment. Then for each year the
# last enrolment up to it says where the pupil is. After the preschool grades (-6 to -1) comes grade 1.
_COHORT: Final = """
with intake as materialized (
    select e.person_id, e.school_id,
           case when %(by_class)s::bool then coalesce(e.classroom_id, 0)
                else split_part(u.path, '/', %(depth)s::int)::bigint end as part
    from roster_enrolment e join org_unit u on u.id = e.school_id
    where e.year_id = %(year)s and e.grade = %(grade)s and u.path like %(path)s and not exists (
        select from roster_enrolment o where o.person_id = e.person_id and o.year_id = e.year_id
        and (o.joined_on, o.id) < (e.joined_on, e.id)
    )
)
select y.id, i.part,
       case when l.status = 'completed' then 'finished' when l.status = 'dropped' then 'dropped'
            when l.status = 'transferred_out' then 'left'
            when l.status not in ('studying', 'suspended') or l.year_id < y.id then 'other'
            when l.grade <> 0
                 and l.grade - (%(grade)s::int < 0 and l.grade > 0)::int < %(grade)s::int + y.id - %(year)s::int
                 then 'repeated'
            when l.school_id = i.school_id then 'here' else 'moved' end as outcome,
       count(*)
from intake i cross join unnest(%(years)s::int[]) as y(id) cross join lateral (
    select e.year_id, e.school_id, e.grade, e.status from roster_enrolment e
    where e.person_id = i.person_id and e.year_id between %(year)s and y.id
    order by e.year_id desc, e.is_current desc, e.joined_on desc, e.id desc limit 1
) l group by 1, 2, 3
"""
_SQL: Final = re.sub(r"%\(\w+\)s", "%s", _COHORT)
_GIVEN: Final = re.findall(r"%\((\w+)\)s", _COHORT)


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


def years(actor: Actor) -> list[int]:
    """The school years of which Khuê holds enrolments, the oldest first."""
    return [row[0] for row in fetch(_YEARS, [])] if actor.holds(VIEW) else []


def grades(actor: Actor, standing: Standing, year: int) -> list[int]:
    """The grades that had pupils at a place in a year, the lowest first."""
    return sorted(row[0] for row in fetch(_GRADES, [year, f"{standing.unit.path}%"]))


def cohort(actor: Actor, standing: Standing, year: int, grade: int, until: Sequence[int]) -> Cohort:
    """What has become of an intake of a place by the end of each of the years `until`."""
    unit = standing.unit
    given = {
        "year": year, "grade": grade, "years": list(until), "path": f"{unit.path}%", "by_class": unit.is_school,
        "depth": len(unit.ancestor_ids) + 2,
    }  # fmt: skip
    rows = fetch(_SQL, [given[name] for name in _GIVEN])
    by_year: dict[int, dict[str, int]] = {one: {} for one in until}
    by_part: dict[int, dict[int, dict[str, int]]] = {}
    for on, part, outcome, count in rows:
        by_year[on][outcome] = by_year[on].get(outcome, 0) + count
        by_part.setdefault(part, {}).setdefault(on, {})[outcome] = count
    if not reaches(actor, unit, ROWS) and _may_be_guessed(standing, by_year, by_part):
        return Cohort(is_withheld=True)
    last = max(until)
    return Cohort(
        sum(by_year[last].values()),
        by_year,
        _named(actor, standing, year, {key: at[last] for key, at in by_part.items()}),
    )


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
