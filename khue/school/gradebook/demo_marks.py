"""The marks of a demo province: one INSERT … SELECT a shape and batch of classes, drawn from hashes of ids and seed.

A mark is what its pupil can, how the pupil takes to the subject, how hard the subject is and the teacher, and chance.
Regular marks are whole or half, tests have one decimal; a pupil's marks go together, so little looks odd by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection

from khue.kernel.demo.loading import Loader
from khue.registry.calendar.demo import YEAR
from khue.school.gradebook import cells
from khue.school.gradebook.demo_sheets import Shape, is_made
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.phrases import PROVINCE

CLASSES_AT_ONCE: Final = 1_500

# What a pupil can: about normal, a spread of 11 tenths, the weak nearer together. Those who left have what was there
# before; who repeats a year has a bad year behind.
_PUPILS: Final = """
create temp table demo_pupil on commit drop as
select e.id as enrolment_id, e.person_id, e.classroom_id, e.place::int as place,
  case when e.repeats then -48 else (case when e.a < -8 then (e.a - 8) / 2 else e.a end)
    - case when r.disability <> '' then 7 else 0 end end::int as ability,
  e.repeats or (e.year_id = %(year)s and ((e.h >> 34) & 2047) = 0) as is_away,
  e.status in ('studying', 'suspended', 'completed') as is_counted,
  case when e.status in ('studying', 'suspended', 'completed') then -1 when e.status_on < date '2026-10-05' then 0
    when e.status_on < date '2026-10-26' then 1 when e.status_on < date '2026-11-10' then 3 else 35 end as seen,
  coalesce(r.disability, '') = 'Vận động' or ((e.h >> 24) & 255) = 0 as is_exempt
from (select x.*, ((x.h & 63) + ((x.h >> 6) & 63) + ((x.h >> 12) & 63) + ((x.h >> 18) & 63) - 126) / 3 as a
  from (select o.*, hashint8extended(o.person_id, %(seed)s) as h,
          row_number() over (partition by o.classroom_id order by o.sort_key, o.id) as place,
          o.year_id < %(year)s and exists (select from roster_enrolment n
            where n.person_id = o.person_id and n.year_id = %(year)s and n.is_repeat) as repeats
        from roster_enrolment o where o.classroom_id is not null) x) e
left join roster_pupil_profile r on r.person_id = e.person_id
order by e.classroom_id, e.place
"""
_ROWS: Final = """
insert into gradebook_mark_row (sheet_id, enrolment_id, person_id, marks, sources, comment, average, version)
select y.id, y.enrolment_id, y.person_id, array[{cells}]::smallint[], {sources}, {comment}, {average}, 1
from (select x.*, {values} from (
  select s.id, s.sources, s.comments, s.holes, p.enrolment_id, p.person_id, p.place, p.is_away, {exempt} as is_exempt,
    s.base + p.ability + (hashint8extended(p.person_id * 256 + s.subject, %(seed)s) & 31) - 15 as m,
    (s.mask | case when p.place <= s.part_n then s.part else 0 end) & p.seen as mask, {hashes}
  from demo_sheet s join demo_pupil p on p.classroom_id = s.classroom_id
  where s.shape = %(shape)s and s.classroom_id > %(after)s and s.classroom_id <= %(until)s and {who}
  order by s.id, p.place offset 0) x offset 0) y
"""
_PER_HASH: Final = 7  # slots that take their chance from one hash of 63 bits


def plan_pupils(seed: int) -> None:
    """Fill the table of pupils: who is in which class, and what they can."""
    with connection.cursor() as cursor:
        cursor.execute(_PUPILS, {"seed": seed, "year": YEAR})
        cursor.execute("create index on demo_pupil (classroom_id)")
        cursor.execute("analyze demo_pupil")


def write(loader: Loader, shapes: Sequence[Shape], seed: int) -> None:
    """Write the rows of every sheet, some classes at a time, so that the rows of a class lie together."""
    made = {
        shape.number: statement(shape)
        for shape in shapes
    }  # fmt: skip
    values = {"seed": seed, **{group: list(PROVINCE[group]) for group in ("good", "fair", "weak")}}
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(max(classroom_id), 0) from demo_sheet")
        (last,) = cursor.fetchone()
        for after in range(0, last, CLASSES_AT_ONCE):
            until = after + CLASSES_AT_ONCE
            cursor.execute(
                "select distinct shape from demo_sheet where classroom_id > %s and classroom_id <= %s order by 1",
                [after, until],
            )
            for (number,) in cursor.fetchall():
                more = {**values, "shape": number, "after": after, "until": until}
                loader.run("gradebook_mark_row", made[number], more)


def statement(shape: Shape) -> str:
    """The INSERT that makes the rows of all sheets of a shape in some classes."""
    made = [column for column in shape.columns if is_made(shape, column)]
    by_slot = {column.slot: column for column in made}
    hashes = [
        f"hashint8extended(p.enrolment_id * 4194304 + s.id, %(seed)s + {n}) as h{n}"
        for n in range(shape.width // _PER_HASH + 1)
    ]
    if not shape.is_whole:
        hashes.append("hashint8extended(p.enrolment_id * 4194304 + s.id, %(seed)s + 77) as gaps")
    exempts = all(column.kind == Kind.PASS for column in shape.columns)
    return _ROWS.format(
        cells=", ".join(f"y.c{slot}::smallint" if slot in by_slot else "null" for slot in range(shape.width)),
        values=", ".join(f"{_cell(shape, column)} as c{column.slot}" for column in made),
        hashes=", ".join(hashes),
        exempt="s.exempts and p.is_exempt" if exempts else "false",
        who="p.is_counted" if shape.is_whole else "(s.mask | s.part) <> 0 and p.seen <> 0",
        sources="y.sources" if shape.is_whole else _sources(shape, by_slot),
        comment=_comment(shape),
        average=_average(shape, made),
    )


def _chance(slot: int, kind: str = "x") -> str:
    """A number from -15 to 15, nought most often."""
    word, shift = slot // _PER_HASH, slot % _PER_HASH * 8
    return f"({kind}.h{word} >> {shift} & 15) + ({kind}.h{word} >> {shift + 4} & 15) - 15"


def _cell(shape: Shape, column: Column) -> str:
    value = _value(shape, column)
    if column.kind == Kind.PASS:
        value = f"case when x.is_exempt then {cells.EXEMPT} else {value} end"
    if shape.is_whole:
        return value
    gap = f"(x.gaps >> {column.slot % 9 * 7} & 127)"
    states = f"when x.holes and {gap} < 2 then null "
    if column.kind in (Kind.MARK, Kind.PASS) and column.weight > 1:
        states += (
            f"when x.holes and {gap} = 2 then {cells.ABSENT} when x.holes and {gap} = 3 then {cells.MAKEUP} "
        )
    return f"case when x.mask & {1 << column.slot} = 0 then null {states}else {value} end"


def _value(shape: Shape, column: Column) -> str:
    chance = _chance(column.slot)
    match column.kind:
        case Kind.MARK if column.weight > 1:
            return f"greatest(8, least(100, x.m + {chance} - 3))"
        case Kind.MARK:
            return f"greatest(10, least(100, (x.m + {chance} + 2) / 5 * 5))"
        case Kind.PASS:
            return f"case when x.m + {chance} < 34 then {cells.FAIL} else {cells.PASS} end"
        case Kind.LEVEL:
            return f"case when x.m + ({chance}) / 2 >= 60 then 2 when x.m + ({chance}) / 2 >= 31 then 1 else 0 end"
        case Kind.TEST:
            return f"greatest(20, least(100, (x.m + ({chance}) / 2 + 21) / 10 * 10))"
        case Kind.TRAIT:
            return f"case when x.m + ({chance}) / 2 >= 55 then 2 when x.m + ({chance}) / 2 >= 27 then 1 else 0 end"
        case Kind.CONDUCT:
            return (
                f"case when x.m + {chance} >= 62 then 3 when x.m + {chance} >= 47 then 2 "
                f"when x.m + {chance} >= 36 or not x.is_away then 1 else 0 end"
            )
        case Kind.OBSERVED:
            return f"case when x.m + {chance} >= 48 then 1 else 0 end"
        case Kind.COUNT:
            return _absences(column)
        case Kind.MEASURE:
            years = shape.grade + 4
            start = 120 + 20 * years if column.code == "cn" else 850 + 70 * years
            return f"{start} + ({chance}) * {1 if column.code == 'cn' else 4}"
    raise ValueError(f"no marks of kind {column.kind}")


def _absences(column: Column) -> str:
    """Half-days away: few with leave, fewer without; some pupils for weeks."""
    if column.code == "vp":
        return "case when x.is_away then 28 + (x.h0 >> 35 & 15) else (x.h0 >> 24 & 7) * (x.h0 >> 27 & 1) end"
    return "case when x.h0 >> 40 & 15 = 0 then 1 + (x.h0 >> 44 & 3) else 0 end"


def _sources(shape: Shape, by_slot: dict[int, Column]) -> str:
    letters = [
        f"case when y.c{slot} is null then '-' else substr(y.sources, {slot + 1}, 1) end"
        if slot in by_slot
        else "'-'"
        for slot in range(shape.width)
    ]
    return " || ".join(letters)


def _comment(shape: Shape) -> str:
    def one(group: str) -> str:
        return f"(%({group})s::text[])[1 + mod(y.h0 >> 12 & 255, {len(PROVINCE[group])})]"

    chosen = (
        f"case when y.m >= 78 then {one('good')} when y.m >= 52 then {one('fair')} else {one('weak')} end"
    )
    written = "y.comments > (y.h0 >> 20 & 127) and not y.is_exempt" + (
        "" if shape.is_whole else " and y.mask <> 0"
    )
    return f"case when {written} then {chosen} else '' end"


def _average(shape: Shape, made: Sequence[Column]) -> str:
    """The term's average by the circular, as `rules.averages` computes it (tested against it)."""
    counted = [column for column in made if column.weight]
    if not counted:
        return "null"
    if shape.is_scored:
        total = " + ".join(f"{column.weight} * y.c{column.slot}" for column in counted)
        weight = sum(column.weight for column in counted)
        value = f"(2 * ({total}) + {weight}) / {2 * weight}"
    else:
        total = " + ".join(f"y.c{column.slot}" for column in counted)
        least = f"least({', '.join(f'y.c{column.slot}' for column in counted)})"
        value = f"case when ({total}) is null then null when y.is_exempt then {cells.EXEMPT} else {least} end"
    if shape.is_whole:
        return value
    lowest = f"least({', '.join(f'y.c{column.slot}' for column in counted)})"
    return f"case when {lowest} in ({cells.ABSENT}, {cells.MAKEUP}) then null else {value} end"


def count_filled() -> None:
    """Count what the sheets that are not whole hold of the pupils who are in the class."""
    filled = ", ".join(
        f"count(*) filter (where r.marks[{n + 1}] >= 0 or r.marks[{n + 1}] < {cells.MAKEUP})"
        for n in range(30)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "update demo_sheet s set filled = c.filled[1:length(s.sources)] from ("  # noqa: S608 (numbers)
            f"select r.sheet_id, array[{filled}]::smallint[] as filled from gradebook_mark_row r "
            "join demo_pupil p on p.enrolment_id = r.enrolment_id and p.is_counted "
            "where r.sheet_id in (select id from demo_sheet where mask >= 0) group by 1) c "
            "where c.sheet_id = s.id"
        )
