"""Where things stand in a pasted block: header row, pupils' codes and names, running numbers, columns of marks."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from khue.lib.names import fold
from khue.school.gradebook.rules.marks import Assessed, Cell
from khue.school.gradebook.rules.typed import Blank, Refused, as_typed, read_mark

MOST_ROWS: Final = 300
MOST_COLUMNS: Final = 60
_LEAST_NUMBERED: Final = 5
_HEADER_ROWS: Final = 3


@dataclass(frozen=True, slots=True)
class GridPupil:
    """A row of the grid."""

    key: int | str
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column of the grid; `heads` are further words by which files call it ("Giữa kì", "ĐĐGgk")."""

    code: str
    short: str
    assessed: Assessed = Assessed.MARKS
    heads: tuple[str, ...] = ()
    is_locked: bool = False
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """What is on the screen: pupils, columns, and the cells by row and column."""

    pupils: Sequence[GridPupil]
    columns: Sequence[GridColumn]
    cells: Sequence[Sequence[Cell]]
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """Pupils of the school's other classes: folded name or code in capitals to the class's name."""


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A row of the block: its number as pasted (from 1), what identifies the pupil, the texts of marks by column."""

    number: int
    code: str
    name: str
    texts: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """A block understood: rows of the body, grid columns by block column, and what was left aside."""

    rows: tuple[BlockRow, ...]
    targets: Mapping[int, int]
    has_identity: bool
    has_header: bool
    ignored: tuple[str, ...]
    surplus: int


_CODE_HEADS: Final = frozenset({"ma", "mahs", "mahocsinh", "madinhdanh", "madinhdanhhocsinh", "maso", "code"})
_NAME_HEADS: Final = frozenset(
    {"hoten", "hovaten", "hotenhocsinh", "hovatenhocsinh", "tenhocsinh", "hocsinh", "name"}
)
_FAMILY_HEADS: Final = frozenset({"ho", "hovadem", "hodem", "hovatendem", "holot", "hovachulot"})
_GIVEN_HEADS: Final = frozenset({"ten"})
_NUMBER_HEADS: Final = frozenset({"stt", "tt", "sothutu", "so", "no"})
_OTHER_HEADS: Final = frozenset(
    {
        "ngaysinh",
        "gioitinh",
        "nhanxet",
        "ghichu",
        "tb",
        "tbm",
        "dtb",
        "dtbmhk",
        "tbhk",
        "tbmhk",
        "trungbinh",
        "lop",
        "nu",
    }
)
_ANY_MARK_HEADS: Final = frozenset({"diem", "diemso", "mark"})


def head_key(text: str) -> str:
    """Fold a header to letters and digits: "ĐĐG TX 1" gives "ddgtx1"."""
    return re.sub(r"[^a-z0-9]", "", fold(text).replace("ky", "ki"))


def heads_of(column: GridColumn) -> frozenset[str]:
    """All folded words by which a file may call a column."""
    own = {head_key(word) for word in (column.code, column.short, *column.heads)}
    return frozenset(
        own | {f"ddg{word}" for word in own} | {f"diem{word}" for word in own} | {f"d{word}" for word in own}
    )


def rows_of(text: str) -> list[list[str]]:
    """Split what Excel puts on the clipboard (tabs and quotes) into trimmed cells; blank rows stay rows."""
    clean = text.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    try:
        raw = list(csv.reader(io.StringIO(clean, newline=""), dialect="excel-tab"))
    except csv.Error:
        raw = [line.split("\t") for line in clean.removesuffix("\n").split("\n")]
    return [[as_typed(cell) for cell in row] for row in raw]


def layout_of(rows: Sequence[Sequence[str]], grid: Grid, at_column: int) -> Layout:
    """Understand a block that is pasted with its first column of marks at a column of the grid."""
    width = max((len(row) for row in rows), default=0)
    body_from, header = _header(rows, grid)
    body = [[*row, *[""] * (width - len(row))] for row in rows[body_from:]]
    keys = [head_key(cell) for cell in header] + [""] * (width - len(header))
    code_at = _first(width, lambda n: keys[n] in _CODE_HEADS) if header else None
    if code_at is None:
        codes = {pupil.code.upper() for pupil in grid.pupils if pupil.code} | set(grid.elsewhere)
        code_at = _first(
            width, lambda n: _share([row[n] for row in body], lambda cell: cell.upper() in codes)
        )
    names, name_columns = _names(body, keys, grid, width, code_at)
    used = {code_at, *name_columns} - {None}
    before = max((n for n in used if n is not None), default=-1)
    skipped = {
        n
        for n in range(width)
        if n not in used
        and (
            keys[n] in _NUMBER_HEADS | _OTHER_HEADS
            or _is_numbering([row[n] for row in body], n, before, width)
            or (n < before and not _has_marks([row[n] for row in body]))
        )
    }
    left = [n for n in range(width) if n not in used and n not in skipped]
    targets, ignored, surplus = _targets(left, keys, header, grid, at_column)
    found = tuple(
        BlockRow(
            body_from + place + 1,
            row[code_at] if code_at is not None else "",
            names[place],
            {n: row[n] for n in targets},
        )
        for place, row in enumerate(body)
    )
    has_identity = code_at is not None or bool(name_columns)
    return Layout(found, targets, has_identity, bool(header), ignored, surplus)


def _header(rows: Sequence[Sequence[str]], grid: Grid) -> tuple[int, list[str]]:
    known = set(
        _CODE_HEADS
        | _NAME_HEADS
        | _FAMILY_HEADS
        | _GIVEN_HEADS
        | _NUMBER_HEADS
        | _OTHER_HEADS
        | _ANY_MARK_HEADS
    ).union(*(heads_of(column) for column in grid.columns))
    last = -1
    for place, row in enumerate(rows[:_HEADER_ROWS]):
        words = [cell for cell in row if cell]
        heads = sum(head_key(cell) in known and not _is_mark(cell) for cell in words)
        if heads and heads * 2 >= len(words):
            last = place
    if last < 0:
        return 0, []
    width = max(len(row) for row in rows[: last + 1])
    joined = [""] * width
    for row in rows[: last + 1]:
        for n, cell in enumerate(row):
            if head_key(cell) in known or (cell and not joined[n]):
                joined[n] = cell
    return last + 1, joined


def _is_mark(cell: str) -> bool:
    return any(not isinstance(read_mark(cell, assessed), Refused | Blank) for assessed in Assessed)


def _first(width: int, is_it: Callable[[int], bool]) -> int | None:
    return next((n for n in range(width) if is_it(n)), None)


def _share(cells: Sequence[str], is_it: Callable[[str], bool]) -> bool:
    """Whether at least half of the filled cells are so, and two at least (or the only one)."""
    filled = [cell for cell in cells if cell]
    good = sum(is_it(cell) for cell in filled)
    return bool(filled) and good * 2 >= len(filled) and good >= min(2, len(filled))


def _looks_like_name(cell: str) -> bool:
    return len(cell.split()) >= 2 and sum(char.isalpha() for char in cell) >= 4 and not cell[0].isdigit()


def _names(
    body: Sequence[Sequence[str]], keys: Sequence[str], grid: Grid, width: int, code_at: int | None
) -> tuple[list[str], tuple[int, ...]]:
    known = {fold(pupil.name) for pupil in grid.pupils} | set(grid.elsewhere)
    single = _first(
        width, lambda n: keys[n] in _NAME_HEADS and keys[min(n + 1, width - 1)] not in _GIVEN_HEADS
    )
    if single is not None:
        return [row[single] for row in body], (single,)
    for n in range(width - 1):
        both = [f"{row[n]} {row[n + 1]}".strip() for row in body]
        named = keys[n] in _FAMILY_HEADS | _NAME_HEADS and keys[n + 1] in _GIVEN_HEADS
        if n != code_at and (named or _share(both, lambda cell: fold(cell) in known)):
            if not named and _share([row[n] for row in body], lambda cell: fold(cell) in known):
                continue  # the first of the two is the whole name
            return both, (n, n + 1)
    found = _first(
        width,
        lambda n: (
            n != code_at
            and _share([row[n] for row in body], lambda cell: fold(cell) in known or _looks_like_name(cell))
        ),
    )
    if found is None:
        return [""] * len(body), ()
    return [row[found] for row in body], (found,)


def _is_numbering(cells: Sequence[str], n: int, before: int, width: int) -> bool:
    """Whether a column counts 1, 2, 3 … : before a name always, else when it is the first of several and long."""
    filled = [cell for cell in cells if cell]
    if len(filled) < 2 or not all(cell.isascii() and cell.isdigit() and len(cell) <= 4 for cell in filled):
        return False
    first = int(filled[0])
    if [int(cell) for cell in filled] != list(range(first, first + len(filled))):
        return False
    return n < before or (n == 0 and width > 1 and len(filled) >= _LEAST_NUMBERED)


def _has_marks(cells: Sequence[str]) -> bool:
    return _share(cells, _is_mark)


def _targets(
    left: Sequence[int], keys: Sequence[str], header: Sequence[str], grid: Grid, at_column: int
) -> tuple[dict[int, int], tuple[str, ...], int]:
    by_head = {head: place for place, column in enumerate(grid.columns) for head in heads_of(column)}
    named = {n: by_head[keys[n]] for n in left if keys[n] in by_head}
    if named:
        ignored = tuple(header[n] for n in left if n not in named and n < len(header) and header[n])
        return named, ignored, 0
    reachable = len(grid.columns) - at_column
    targets = {n: at_column + place for place, n in enumerate(left) if place < reachable}
    return targets, (), max(0, len(left) - reachable)
