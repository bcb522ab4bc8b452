"""How many pupils, on any day, from the province down to a class; who came and went; which classes are too full."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import value_of
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import rules
from khue.registry.roster.models import Classroom
from khue.registry.roster.queries.places import Place

JOINED = ("admitted", "transferred_in", "returned")
LEFT = ("transferred_out", "dropped", "reserved", "completed", "deceased")


@dataclass
class CountLine:
    """One line: a unit or a class, with its figures."""

    label: str
    code: str = ""  # of a unit, to step down
    classroom_id: int | None = None
    kind: str = ""
    detail: str = ""
    grade: int | None = None
    pupils: int = 0
    girls: int = 0
    minority: int = 0
    classes: int = 0
    over: int = 0
    near: int = 0
    limit: int = 0
    joined: int = 0
    left: int = 0
    before: int | None = None
    sort: str = ""

    @property
    def difference(self) -> int | None:
        """Pupils more than on the day compared with."""
        return None if self.before is None else self.pupils - self.before

    @property
    def fullness(self) -> str:
        """How a class stands to its limit."""
        return rules.fullness(self.pupils, self.limit) if self.limit else ""

    @property
    def share_of_girls(self) -> float:
        """Girls in percent."""
        return 100 * self.girls / self.pupils if self.pupils else 0.0


@dataclass
class CountTable:
    """The lines below a place, their sum, and the movements of a span."""

    lines: list[CountLine]
    total: CountLine
    moves: Counter[str] = field(default_factory=Counter)
    drop_reasons: Counter[str] = field(default_factory=Counter)


_BY_SCHOOL = """
select h.school_id, sum(h.pupils)::int, sum(h.girls)::int, sum(h.minority)::int,
       count(h.classroom_id) filter (where h.pupils > 0)::int,
       (count(*) filter (where h.classroom_id is not null and h.pupils > l.most and l.most > 0))::int,
       (count(*) filter (where h.classroom_id is not null and l.most > 0
                         and h.pupils between l.most - %(near)s and l.most))::int
from roster_head_count h
join unnest(%(grades)s::int[], %(limits)s::int[]) as l(grade, most) on l.grade = h.grade
where h.year_id = %(year)s and h.valid_from <= %(day)s and (h.valid_to is null or h.valid_to > %(day)s)
  {where}
group by h.school_id
"""

_PLACES = """
select u.id, u.code, coalesce(v.name, u.name), u.kind, coalesce(v.path, u.path), u.sort_key
from org_unit u
left join org_unit_version v
  on v.unit_id = u.id and v.valid_from <= %(day)s and (v.valid_to is null or v.valid_to > %(day)s)
where u.kind <> 'campus' and u.opened_on <= %(day)s and coalesce(v.path, u.path) like %(path)s
"""

_BY_CLASS = """
select h.classroom_id, h.campus_id, h.grade, h.pupils, h.girls, h.minority, c.name, c.is_special, k.name, c.sort_key
from roster_head_count h
left join roster_classroom c on c.id = h.classroom_id
left join org_unit k on k.id = h.campus_id
where h.school_id = %(school)s and h.year_id = %(year)s
  and h.valid_from <= %(day)s and (h.valid_to is null or h.valid_to > %(day)s)
"""

_MOVES = """
select school_id, classroom_id, kind, reason_code, count(*)::int from roster_enrolment_event
where "on" between %(first)s and %(last)s and kind = any(%(kinds)s) {where}
group by 1, 2, 3, 4
"""


def _fetch(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def year_of_day(actor: Actor, day: date) -> SchoolYear | None:
    """The school year a day belongs to."""
    if not actor.holds("roster.view_counts"):
        return None
    return SchoolYear.objects.filter(starts_on__lte=day, ends_on__gte=day).first()


def counts(
    actor: Actor,
    *,
    place: Place,
    year_id: int,
    day: date,
    span: tuple[date, date] | None = None,
    compared: tuple[int, date] | None = None,
) -> CountTable:
    """The figures of a place on a day, line by line; with `span` who came and went, with `compared` another day beside.

    A handful of queries whatever the size; a province is read from its open count rows, never from the pupils.
    """
    if not actor.holds("roster.view_counts") or not place.is_reached or place.unit is None:
        return CountTable([], CountLine(""))
    if place.is_wide:
        table = _wide(place.unit, year_id, day, span)
        if compared is not None:
            before = _wide(place.unit, compared[0], compared[1], None)
            _compare(table, before, lambda line: line.code)
    else:
        table = _school(place, year_id, day, span)
        if compared is not None:
            before = _school(place, compared[0], compared[1], None)
            _compare(table, before, lambda line: line.label)
    return table


def _compare(table: CountTable, before: CountTable, key: Any) -> None:
    known = {key(line): line.pupils for line in before.lines}
    for line in table.lines:
        line.before = known.get(key(line), 0)
    table.total.before = before.total.pupils


def _limits(day: date) -> tuple[list[int], list[int]]:
    secondary = int(value_of("roster.class_limit_secondary"))
    grades = [*range(-6, 13)]
    return grades, [rules.size_limit(grade, day, secondary_limit=secondary) for grade in grades]


def _wide(unit: Unit, year_id: int, day: date, span: tuple[date, date] | None) -> CountTable:
    is_root = unit.parent_id is None
    grades, limits = _limits(day)
    places = {row[0]: row for row in _fetch(_PLACES, {"day": day, "path": f"{unit.path}%"})}
    schools = [pk for pk, row in places.items() if row[3] == UnitKind.SCHOOL]
    where = "" if is_root else "and h.school_id = any(%(schools)s)"
    values = {
        "year": year_id, "day": day, "grades": grades, "limits": limits, "near": rules.NEAR, "schools": schools,
    }  # fmt: skip
    lines: dict[int, CountLine] = {}
    of_school: dict[int, CountLine] = {}
    depth = len(unit.ancestor_ids)
    for pk in schools:
        ids = [int(part) for part in places[pk][4].strip("/").split("/")]
        key = ids[depth] if len(ids) > depth else pk
        if key not in lines:
            known = places.get(key, places[pk])
            lines[key] = CountLine(known[2], known[1], kind=known[3], sort=known[5])
        of_school[pk] = lines[key]
    total = CountLine(unit.name)
    for pk, pupils, girls, minority, rooms, over, near in _fetch(_BY_SCHOOL.format(where=where), values):
        line = of_school.get(pk)
        if line is None:
            continue
        for target in (line, total):
            target.pupils += pupils
            target.girls += girls
            target.minority += minority
            target.classes += rooms
            target.over += over
            target.near += near
    found = CountTable([], total)
    if span is not None:
        moves_where = "" if is_root else "and school_id = any(%(schools)s)"
        _count_moves(
            found, span, moves_where, {"schools": schools}, lambda school, _room: of_school.get(school)
        )
    found.lines = sorted(
        (
            line
            for line in lines.values()
            if line.pupils or line.kind == UnitKind.SCHOOL or line.joined or line.left
        ),
        key=lambda line: (line.kind == UnitKind.SCHOOL, line.sort),
    )
    return found


def _school(place: Place, year_id: int, day: date, span: tuple[date, date] | None) -> CountTable:
    assert place.unit is not None
    grades, limits = _limits(day)
    limit_of = dict(zip(grades, limits, strict=True))
    total = CountLine(place.unit.name)
    lines: dict[int, CountLine] = {}
    for room_id, campus_id, grade, pupils, girls, minority, name, is_special, campus, sort in _fetch(
        _BY_CLASS, {"school": place.school_id, "year": year_id, "day": day}
    ):
        if place.is_campus and campus_id != place.unit.pk:
            continue
        label = name or _("Chưa xếp lớp, %(grade)s") % {"grade": rules.grade_label(grade).lower()}
        most = rules.size_limit(grade, day, is_special=True) if is_special else limit_of.get(grade, 0)
        line = CountLine(
            label, classroom_id=room_id, kind="class", detail=campus or "", grade=grade, pupils=pupils, girls=girls,
            minority=minority, classes=1 if room_id else 0, limit=most if room_id else 0,
            sort=f"{campus or ''}|{sort or 'zzz'}",
        )  # fmt: skip
        line.over = 1 if line.fullness == "over" else 0
        line.near = 1 if line.fullness in ("near", "full") else 0
        lines[room_id or -1000 - grade] = line
        for name_ in ("pupils", "girls", "minority", "classes", "over", "near"):
            setattr(total, name_, getattr(total, name_) + getattr(line, name_))
    if len({line.detail for line in lines.values() if line.detail}) < 2:
        for line in lines.values():
            line.detail = ""
    found = CountTable(sorted(lines.values(), key=lambda line: line.sort), total)
    if span is not None:
        _count_moves(
            found,
            span,
            "and school_id = %(school)s",
            {"school": place.school_id},
            lambda _school, room: lines.get(room),
        )
    return found


def _count_moves(
    found: CountTable, span: tuple[date, date], where: str, values: dict[str, Any], line_of: Any
) -> None:
    rows = _fetch(
        _MOVES.format(where=where), {**values, "first": span[0], "last": span[1], "kinds": [*JOINED, *LEFT]}
    )
    for school_id, room_id, kind, reason, number in rows:
        line = line_of(school_id, room_id)
        found.moves[kind] += number
        if kind == "dropped":
            found.drop_reasons[reason or "other"] += number
        is_in = kind in JOINED
        for target in (found.total, *((line,) if line is not None else ())):
            if is_in:
                target.joined += number
            else:
                target.left += number


def full_classes(
    actor: Actor, *, place: Place, year_id: int, day: date, limit: int = 200
) -> list[dict[str, Any]]:
    """The classes over their limit at a place, fullest first: the rows behind the figure."""
    if not actor.holds("roster.view_counts") or place.unit is None or not place.is_reached:
        return []
    grades, limits = _limits(day)
    rows = _fetch(
        "select c.id, c.name, u.name, u.code, h.pupils, l.most from roster_head_count h "
        "join unnest(%(grades)s::int[], %(limits)s::int[]) as l(grade, most) on l.grade = h.grade "
        "join roster_classroom c on c.id = h.classroom_id join org_unit u on u.id = h.school_id "
        "where h.year_id = %(year)s and h.valid_from <= %(day)s and (h.valid_to is null or h.valid_to > %(day)s) "
        "and l.most > 0 and h.pupils >= l.most - %(near)s and u.path like %(path)s "
        "order by h.pupils - l.most desc, u.sort_key, c.sort_key limit %(rows)s",
        {
            "grades": grades, "limits": limits, "year": year_id, "day": day, "path": f"{place.unit.path}%",
            "near": rules.NEAR, "rows": limit,
        },
    )  # fmt: skip
    return [
        {"id": pk, "name": name, "school": school, "code": code, "pupils": pupils, "limit": most,
         "fullness": rules.fullness(pupils, most)}
        for pk, name, school, code, pupils, most in rows
    ]  # fmt: skip


def all_open_totals() -> dict[tuple[int, int], int]:
    """Pupils by school and year as the open count rows say; for jobs and tests."""
    found: defaultdict[tuple[int, int], int] = defaultdict(int)
    for school, year, number in _fetch(
        "select school_id, year_id, sum(pupils)::int from roster_head_count where valid_to is null group by 1, 2",
        {},
    ):
        found[(school, year)] += number
    return dict(found)


def all_classes_of(school_id: int, year_id: int) -> list[Classroom]:
    """The open classes of a school in a year; for actions."""
    return list(
        Classroom.objects.filter(school_id=school_id, year_id=year_id, closed_on__isnull=True).order_by(
            "sort_key"
        )
    )


def last_day_of(actor: Actor, year_id: int) -> date | None:
    """The last day of a school year: what a past year's counts are read on."""
    if not actor.holds("roster.view_counts"):
        return None
    year = SchoolYear.objects.filter(pk=year_id).first()
    return year.ends_on if year else None
