"""The sheets of every class of a demo province as a table for one transaction: shape, difficulty, and how far they are.

A *shape* is a set of columns: the marks of all sheets of one shape are made by one statement (demo_marks). `mask` says
which slots are filled, a bit a slot; where it is below nought all are, and the counters are known before the marks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any, Final
from zlib import crc32

from django.db import connection

from khue.kernel.demo.engine import NULL
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.school.gradebook import cells, demo_pace
from khue.school.gradebook.layout import Column, Kind, columns_of, width_of
from khue.school.gradebook.models import SheetKind
from khue.school.gradebook.sheets import pages_of

ALL: Final = -1
_CLASSES: Final = """
select k.id, k.level, k.grade, k.year_id, k.school_id, k.name, u.code, coalesce(n.pupils, 0), h.teacher_id,
       c.id, c.periods_a_year, c.assessed_by, p.periods_a_year, c.subject_id, a.teacher_id
from roster_classroom k
join org_unit u on u.id = k.school_id
left join (select classroom_id, count(*) as pupils from demo_pupil where is_counted group by 1) n
  on n.classroom_id = k.id
left join roster_homeroom h on h.classroom_id = k.id
left join curriculum_course c on c.classroom_id = k.id
left join curriculum_teaching_assignment a on a.course_id = c.id and a.role = 'main'
left join curriculum_subject_plan p on p.subject_id = c.subject_id and p.level = k.level and p.grade = k.grade
  and p.kind <> 'topic' and p.valid_from <= k.year_id and (p.valid_to is null or p.valid_to > k.year_id)
order by k.id, c.id
"""
_TABLE: Final = """
create temp table demo_sheet (
  id bigint, year_id bigint, school_id bigint, classroom_id bigint, course_id bigint, kind text, term smallint,
  rule_set text, regular smallint, has_topic boolean, shape int, base int, subject int, exempts boolean, mask int,
  part int, part_n int, holes boolean, comments int, sources text, pupils int, filled smallint[], published int,
  touched_at timestamptz, touched_by bigint
) on commit drop
"""
_INSERT: Final = """
insert into gradebook_sheet (id, year_id, school_id, classroom_id, course_id, kind, term, rule_set, regular, has_topic,
  pupils, filled, published, published_at, touched_at, touched_by_id, version)
select id, year_id, school_id, classroom_id, course_id, kind, term, rule_set, regular, has_topic, pupils, filled,
  published, case when published <> 0 then touched_at + interval '20 hours' end, touched_at, touched_by, 1
from demo_sheet order by id
"""
_AT_ONCE: Final = 20_000
_BASES: Final = {  # what an average pupil of the province has, in tenths
    "TOAN": 66, "NGU_VAN": 68, "NGOAI_NGU_1": 66, "KHTN": 70, "LS_DL": 72, "LICH_SU": 70, "DIA_LI": 73, "GDCD": 78,
    "KTPL": 76, "VAT_LI": 68, "HOA_HOC": 68, "SINH_HOC": 71, "TIN_HOC": 76, "CONG_NGHE": 77, "GDQP": 80,
    "TIENG_VIET": 78, "KHOA_HOC": 79, "TIN_CN": 79,
}  # fmt: skip
_BASE_OF_KIND: Final = {
    SheetKind.SUBJECT: 78,
    SheetKind.CONDUCT: 84,
    SheetKind.TRAITS: 80,
    SheetKind.OBSERVATION: 78,
}
_OFTEN_REMARKED: Final = frozenset({"TOAN", "NGU_VAN", "TIENG_VIET", "NGOAI_NGU_1", "KHTN"})


@dataclass(frozen=True, eq=False)
class Shape:
    """Columns that many sheets have, and whether all of them are full; each is met once and itself alone."""

    number: int
    kind: str
    grade: int
    columns: tuple[Column, ...]
    is_whole: bool

    @cached_property
    def width(self) -> int:
        """How many slots a row has."""
        return width_of(self.columns)

    @cached_property
    def bits(self) -> int:
        """A bit for every slot there is."""
        return sum(1 << column.slot for column in self.columns)

    @property
    def is_scored(self) -> bool:
        """Whether its rows have an average in tenths."""
        return any(column.weight and column.kind == Kind.MARK for column in self.columns)


class Shapes:
    """The shapes met so far."""

    def __init__(self) -> None:
        self.by_key: dict[Any, Shape] = {}
        self.of = lru_cache(maxsize=4096)(self._of)

    def _of(self, page: tuple[Any, ...], is_whole: bool) -> Shape:
        rule, kind, grade, subject, term, regular, topic, scored = page
        columns = columns_of(
            rule,
            kind,
            grade=grade,
            subject=subject,
            term=term,
            regular=regular,
            has_topic=topic,
            is_scored=scored,
        )
        named = grade if kind in (SheetKind.TRAITS, SheetKind.OBSERVATION) else 0
        key = (kind, named, tuple((column.slot, column.kind) for column in columns), is_whole)
        if key not in self.by_key:
            self.by_key[key] = Shape(len(self.by_key), kind, grade, columns, is_whole)
        return self.by_key[key]


@lru_cache(maxsize=65536)
def _filled(shape: Shape, pupils: int) -> str:
    full = {column.slot for column in shape.columns if is_made(shape, column)}
    return "{" + ",".join(str(pupils if slot in full else 0) for slot in range(shape.width)) + "}"


def is_made(shape: Shape, column: Column) -> bool:
    """Whether marks are made for a column: qualities that are not taught yet stay empty."""
    return column.is_required or shape.kind != SheetKind.TRAITS


@lru_cache(maxsize=4096)
def _sources(shape: Shape, draw: int) -> str:
    """Where the values of a sheet came from: typed mostly, pasted, or from a file; tests from exams in some schools."""
    letters = [cells.NOWHERE] * shape.width
    for column in shape.columns:
        if is_made(shape, column):
            common = column.code in ("ck", "ckb", "hk") and draw & 12 == 0 and column.kind != Kind.LEVEL
            letter = (
                cells.PASTED if (draw + column.slot) % 5 == 0 else cells.FILE if draw == 15 else cells.TYPED
            )
            letters[column.slot] = cells.EXAM if common else letter
    return "".join(letters)


def spread(width: int, *names: object) -> int:
    """A whole number from -width to width that these names always give."""
    return crc32("/".join(map(str, names)).encode()) % (2 * width + 1) - width


def plan_sheets(size: Size, seed: int) -> list[Shape]:
    """Fill the table of sheets; gives their shapes."""
    shapes = Shapes()
    with connection.cursor() as cursor:
        cursor.execute(_TABLE)
    lines: list[str] = []
    for number, line in enumerate(_lines(size, seed, shapes), start=1):
        lines.append(f"{number}\t{line}\n")
        if len(lines) == _AT_ONCE:
            _copy(lines)
    _copy(lines)
    with connection.cursor() as cursor:
        cursor.execute("create index on demo_sheet (classroom_id)")
        cursor.execute("analyze demo_sheet")
    return list(shapes.by_key.values())


def _copy(lines: list[str]) -> None:
    with connection.cursor() as cursor, cursor.copy("copy demo_sheet from stdin") as copy:
        copy.write("".join(lines))
    lines.clear()


def write(loader: Loader) -> None:
    """Write the sheets with the counters they have by now."""
    loader.run("gradebook_sheet", _INSERT)


def _rooms() -> Iterator[tuple[Any, list[Any]]]:
    connection.ensure_connection()
    with connection.chunked_cursor() as cursor:
        cursor.execute(_CLASSES)
        rows = iter(lambda: cursor.fetchmany(5000), [])
        for room, group in groupby((row for part in rows for row in part), key=lambda row: row[:9]):
            yield room, [row[9:] for row in group if row[9] is not None]


def _lines(size: Size, seed: int, shapes: Shapes) -> Iterator[str]:
    numbers: dict[str, int] = {}
    paces = demo_pace.Paces(seed) if size.has_history else None
    for (room, level, grade, year, school, name, code, pupils, homeroom), courses in _rooms():
        of_course = {row[0]: row for row in courses}
        easy = spread(4, seed, "school", school) + spread(3, seed, "class", room)
        for page in pages_of(level, grade, year, [row[:4] for row in courses]):
            _course, _periods, assessed, _planned, subject, teacher = of_course.get(
                page.course_id or 0, (0, 0, "marks", 0, "", homeroom)
            )
            kind = str(page.kind)
            drawn = crc32(f"{seed}/{room}/{page.course_id}/{kind}/{page.term}".encode())
            pace = (
                paces.of(code, level, name, year, page, subject, pupils, drawn) if paces else demo_pace.WHOLE
            )
            shape = shapes.of(
                (
                    page.rule_set,
                    kind,
                    grade,
                    subject,
                    page.term,
                    page.regular,
                    page.has_topic,
                    assessed == "marks",
                ),
                pace.mask == ALL,
            )
            base = (
                (3 if level == "GDTX" else 0)
                + _BASES.get(subject, _BASE_OF_KIND[SheetKind(kind)])
                + easy
                + spread(3, drawn)
            )
            comments = _comments(kind, level, subject, size, pace)
            touched = pace.touched_at or NULL
            yield "\t".join(
                (
                    f"{year}\t{school}\t{room}\t{page.course_id or NULL}\t{kind}\t{page.term}\t{page.rule_set}",
                    f"{page.regular}\t{'t' if page.has_topic else 'f'}\t{shape.number}\t{base}",
                    f"{numbers.setdefault(subject or kind, len(numbers) + 1)}\t{'t' if subject == 'GDTC' else 'f'}",
                    f"{pace.mask}\t{pace.part}\t{pace.part_n}\t{'t' if pace.has_holes else 'f'}\t{comments}",
                    f"{_sources(shape, drawn >> 8 & 15)}\t{pupils}",
                    _filled(shape, pupils) if shape.is_whole else "{}",
                    f"{pace.published & shape.bits}\t{touched}\t{(teacher or NULL) if pace.touched_at else NULL}",
                )
            )


def _comments(kind: str, level: str, subject: str, size: Size, pace: demo_pace.Pace) -> int:
    """How many pupils in 128 have a comment."""
    if kind == SheetKind.CONDUCT or (pace.mask != ALL and not pace.mask):
        return 0
    share = 100 if level in ("TH", "MN") else 70 if subject in _OFTEN_REMARKED else 20
    return share if pace.mask == ALL and size.has_history else share // (8 if pace.mask == ALL else 3)
