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


# Every open school below a unit on a day, with the unit directly below (as the tree stood that day) that holds it.
_SCHOOLS = """
schools as materialized (
    select u.id, split_part(coalesce(v.path, u.path), '/', %(depth)s)::bigint as line
    from org_unit u
    left join org_unit_version v
      on v.unit_id = u.id and v.valid_from <= %(day)s and (v.valid_to is null or v.valid_to > %(day)s)
    where u.kind = 'school' and u.opened_on <= %(day)s and coalesce(v.path, u.path) like %(path)s
)
"""

_BY_UNIT = f"""
with {_SCHOOLS}, special as (
    select array_agg(id) as ids from roster_classroom where year_id = %(year)s and is_special
), held as (
    select h.school_id, h.classroom_id, h.pupils, h.girls, h.minority,
           case when h.classroom_id is null then null
                when h.classroom_id = any(x.ids) then least((%(limits)s::int[])[h.grade + %(shift)s], %(special)s)
                else (%(limits)s::int[])[h.grade + %(shift)s] end as most
    from roster_head_count h cross join special x
    where h.year_id = %(year)s and h.valid_from <= %(day)s and (h.valid_to is null or h.valid_to > %(day)s) /*here*/
    offset 0 -- the limit is looked up once a row
), counted as (
    select h.school_id, sum(h.pupils)::int as pupils, sum(h.girls)::int as girls, sum(h.minority)::int as minority,
           (count(h.classroom_id) filter (where h.pupils > 0))::int as classes,
           (count(*) filter (where h.pupils > h.most))::int as over,
           (count(*) filter (where h.pupils between h.most - %(near)s and h.most))::int as near
    from held h group by h.school_id
), summed as (
    select s.line, coalesce(sum(c.pupils), 0)::int as pupils, coalesce(sum(c.girls), 0)::int as girls,
           coalesce(sum(c.minority), 0)::int as minority, coalesce(sum(c.classes), 0)::int as classes,
           coalesce(sum(c.over), 0)::int as over, coalesce(sum(c.near), 0)::int as near
    from schools s left join counted c on c.school_id = s.id group by s.line
)
select a.id, a.code, coalesce(v.name, a.name), a.kind, a.sort_key, a.closed_on is null, t.pupils, t.girls, t.minority,
       t.classes, t.over, t.near
from summed t join org_unit a on a.id = t.line
left join org_unit_version v
  on v.unit_id = a.id and v.valid_from <= %(day)s and (v.valid_to is null or v.valid_to > %(day)s)
"""  # noqa: S608 (our own SQL)

# By unit how many came and went; and by kind and reason, for all units together.
_MOVES_BY_UNIT = f"""
with {_SCHOOLS}, moved as (
    select school_id, kind, reason_code, count(*)::int as n from roster_enrolment_event
    where "on" between %(first)s and %(last)s and kind = any(%(kinds)s) /*here*/ group by 1, 2, 3
)
select s.line, m.kind, m.reason_code, coalesce(sum(m.n) filter (where m.kind = any(%(joined)s)), 0)::int,
       coalesce(sum(m.n) filter (where m.kind = any(%(left)s)), 0)::int
from moved m join schools s on s.id = m.school_id
group by grouping sets ((s.line), (m.kind, m.reason_code))
"""  # noqa: S608 (our own SQL)


def _narrowed(sql: str, unit: Unit) -> str:
    """The statement for a unit: below the province only the rows of its schools are read."""
    return (
        sql
        if unit.parent_id is None
        else sql.replace("/*here*/", "and school_id in (select id from schools)")
    )


_BY_CLASS = """
select h.classroom_id, h.campus_id, h.grade, h.pupils, h.girls, h.minority, c.name, c.is_special, k.name, c.sort_key
from roster_head_count h
left join roster_classroom c on c.id = h.classroom_id
left join org_unit k on k.id = h.campus_id
where h.school_id = %(school)s and h.year_id = %(year)s
  and h.valid_from <= %(day)s and (h.valid_to is null or h.valid_to > %(day)s)
"""

_MOVES_BY_CLASS = """
select classroom_id, kind, reason_code, count(*)::int from roster_enrolment_event
where "on" between %(first)s and %(last)s and kind = any(%(kinds)s) and school_id = %(school)s group by 1, 2, 3
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
    grades, limits = _limits(day)
    values = {
        "year": year_id, "day": day, "shift": 1 - grades[0], "limits": [most or None for most in limits],
        "near": rules.NEAR, "path": f"{unit.path}%", "depth": len(unit.ancestor_ids) + 2,
        "special": rules.size_limit(12, day, is_special=True),
    }  # fmt: skip
    lines: dict[int, CountLine] = {}
    total = CountLine(unit.name)
    shown = set()
    for pk, code, name, kind, sort, is_open, *figures in _fetch(_narrowed(_BY_UNIT, unit), values):
        line = lines[pk] = CountLine(name, code, None, kind, sort=sort)
        line.pupils, line.girls, line.minority, line.classes, line.over, line.near = figures
        if line.pupils or (is_open and kind == UnitKind.SCHOOL):
            shown.add(pk)
        _add(total, line)
    found = CountTable([], total)
    if span is not None:
        moves = {"joined": [*JOINED], "left": [*LEFT], **_span(span)}
        for pk, kind, reason, joined, left in _fetch(_narrowed(_MOVES_BY_UNIT, unit), {**values, **moves}):
            if kind is not None:
                _count_kind(found, kind, reason, joined + left)
            elif pk in lines:
                lines[pk].joined, lines[pk].left = joined, left
    found.lines = sorted(
        (line for pk, line in lines.items() if pk in shown or line.joined or line.left),
        key=lambda line: (line.kind == UnitKind.SCHOOL, line.sort),
    )
    return found


def _add(total: CountLine, line: CountLine) -> None:
    for name in ("pupils", "girls", "minority", "classes", "over", "near"):
        setattr(total, name, getattr(total, name) + getattr(line, name))


def _span(span: tuple[date, date]) -> dict[str, Any]:
    return {"first": span[0], "last": span[1], "kinds": [*JOINED, *LEFT]}


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
        _add(total, line)
    if len({line.detail for line in lines.values() if line.detail}) < 2:
        for line in lines.values():
            line.detail = ""
    found = CountTable(sorted(lines.values(), key=lambda line: line.sort), total)
    if span is not None:
        moves = _fetch(_MOVES_BY_CLASS, {**_span(span), "school": place.school_id})
        _count_moves(found, [row for row in moves if row[0] in lines or not place.is_campus], lines)
    return found


def _count_moves(found: CountTable, rows: list[tuple[Any, ...]], lines: dict[int, CountLine]) -> None:
    for key, kind, reason, number in rows:
        _count_kind(found, kind, reason, number)
        line = lines.get(key)
        if line is not None and kind in JOINED:
            line.joined += number
        elif line is not None:
            line.left += number


def _count_kind(found: CountTable, kind: str, reason: str | None, number: int) -> None:
    """Count movements of one kind and reason into the sums of a table."""
    found.moves[kind] += number
    if kind == "dropped":
        found.drop_reasons[reason or "other"] += number
    if kind in JOINED:
        found.total.joined += number
    else:
        found.total.left += number


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
