"""Pages of a workbook as tables of marks: the header, what stands over each column, the rows of pupils. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from khue.lib.names import fold
from khue.lib.spreadsheets.cells import Sheet, Value, letter_of, text_of
from khue.lib.spreadsheets.shape import REMARK_TITLE
from khue.school.gradebook.exchange.heads import (
    CODE,
    FAMILY,
    GIVEN,
    NAME,
    Head,
    identity_of,
)
from khue.school.gradebook.rules.block_layout import head_key

MARK: Final = "khue-so-diem"
LOOK_AT: Final = 40
DEEPEST: Final = 3
_CODED: Final = re.compile(rf"{MARK}:(\d{{1,12}})")
_TERM: Final = re.compile(r"\b(?:hoc k[iy]|hk)\s*(ii|i|2|1)\b")


@dataclass(frozen=True, slots=True)
class FileRow:
    """One line of the table: its number as Excel shows it, who, and the cells as they are."""

    number: int
    code: str
    name: str
    cells: Sequence[Value]

    def at(self, index: int) -> Value:
        """A cell; the empty text beyond the last."""
        return self.cells[index] if index < len(self.cells) else ""


@dataclass(frozen=True)
class FilePage:
    """One page of a workbook that holds pupils."""

    place: int  # among the pages, from 0
    name: str
    header_row: int  # from 1
    heads: tuple[Head, ...]
    identity: dict[str, int]  # field -> column
    rows: tuple[FileRow, ...]
    words: str  # the name of the page and what stands above the table, folded
    sheet_id: int | None = None  # of our own template
    codes: dict[int, str] = field(default_factory=dict)  # column -> code, of our own template

    @property
    def term(self) -> int | None:
        """The term that the words name, when they name one."""
        found = {1 if match in ("i", "1") else 2 for match in _TERM.findall(self.words)}
        return found.pop() if len(found) == 1 else None

    def says(self, wording: str) -> bool:
        """Whether a wording (a class, a subject) stands in the words as a word of its own."""
        return re.search(rf"(?<![a-z0-9]){re.escape(fold(wording))}(?![a-z0-9])", self.words) is not None


def pages_of(sheets: Sequence[Sheet]) -> list[FilePage]:
    """The pages of a workbook that hold a table of pupils."""
    found = []
    for place, sheet in enumerate(sheets):
        if fold(sheet.name) == fold(REMARK_TITLE):
            continue
        page = _page(place, sheet)
        if page is not None:
            found.append(page)
    return found


def _page(place: int, sheet: Sheet) -> FilePage | None:
    rows = sheet.rows
    start = next((n for n in range(min(len(rows), LOOK_AT)) if _is_header(rows[n])), None)
    if start is None:
        return None
    depth = _depth(rows, start)
    heads = _heads(sheet, start, depth)
    identity: dict[str, int] = {}
    for index, head in enumerate(heads):
        meant = identity_of(head)
        if meant and meant not in identity:
            identity[meant] = index
    _split_name(heads, identity)
    sheet_id, codes = _coded(rows[:start])
    above = [text_of(value) for row in rows[:start] for value in row if value != ""]
    body = tuple(
        row for n in range(start + depth, len(rows)) if (row := _row(n + 1, rows[n], identity)) is not None
    )
    words = fold(" | ".join([sheet.name, *above]))
    return FilePage(place, sheet.name, start + 1, heads, identity, body, words, sheet_id, codes)


def _is_header(row: Sequence[Value]) -> bool:
    """A row that names the pupils' column and at least one thing more."""
    meant = {identity_of(Head(head_key(text_of(value)), "", "")) for value in row if value != ""}
    filled = sum(1 for value in row if value != "")
    return filled >= 3 and bool(meant & {NAME, CODE} or {FAMILY, GIVEN} <= meant)


def _depth(rows: Sequence[Sequence[Value]], start: int) -> int:
    """How many rows the header has: those below that name nobody and hold words or small numbers of a spread title."""
    anchors = [
        n for n, value in enumerate(rows[start])
        if value != "" and identity_of(Head(head_key(text_of(value)), "", "")) in (NAME, CODE, FAMILY)
    ]  # fmt: skip
    depth = 1
    for row in rows[start + 1 : start + DEEPEST]:
        texts = [text_of(value) for value in row if value != ""]
        if not texts or any(n < len(row) and row[n] != "" for n in anchors):
            break
        depth += 1
    return depth


def _heads(sheet: Sheet, start: int, depth: int) -> tuple[Head, ...]:
    width = max(len(row) for row in sheet.rows[start : start + depth])
    lines = [[*(text_of(v) for v in sheet.rows[start + n]), *[""] * width][:width] for n in range(depth)]
    spread = [list(line) for line in lines]
    for top, left, _bottom, right in sheet.merged:
        if start <= top < start + depth and right > left:
            for column in range(left, min(right, width - 1) + 1):
                spread[top - start][column] = lines[top - start][left]
    for n in range(depth - 1):  # a title over several columns, written once and not merged
        for column in range(1, width):
            has_own = any(lines[m][column] for m in range(n + 1, depth))
            left_has_own = any(lines[m][column - 1] for m in range(n + 1, depth))
            if not spread[n][column] and has_own and left_has_own:
                spread[n][column] = spread[n][column - 1]
    heads = []
    for column in range(width):
        texts = [spread[n][column] for n in range(depth) if spread[n][column]]
        own = texts[-1] if texts else ""
        group = texts[0] if len(texts) > 1 else ""
        is_spread_alone = bool(texts) and len(texts) == 1 and not lines[0][column]
        text = " ".join(dict.fromkeys(texts))
        if is_spread_alone:  # under a merged title without words of its own
            heads.append(Head("", head_key(own), text))
        else:
            heads.append(Head(head_key(own), head_key(group), text))
    return tuple(heads)


def _split_name(heads: Sequence[Head], identity: dict[str, int]) -> None:
    """`Họ và tên` over two columns: family name and given name."""
    name = identity.get(NAME)
    if name is None:
        return
    beside = name + 1
    if beside < len(heads) and (
        identity.get(GIVEN) == beside
        or (not heads[beside].own and heads[beside].group in ("", heads[name].own, heads[name].group)
            and not heads[beside].text.replace(heads[name].text, "").strip())
    ):  # fmt: skip
        identity[FAMILY], identity[GIVEN] = name, beside


def _coded(rows: Sequence[Sequence[Value]]) -> tuple[int | None, dict[int, str]]:
    """The hidden line of our own template: which sheet, which columns."""
    for row in rows:
        for value in row:
            match = _CODED.fullmatch(text_of(value)) if isinstance(value, str) else None
            if match:
                codes = {
                    n: text_of(v)[5:]
                    for n, v in enumerate(row)
                    if isinstance(v, str) and v.startswith("khue:")
                }
                return int(match[1]), codes
    return None, {}


def _row(number: int, cells: Sequence[Value], identity: dict[str, int]) -> FileRow | None:
    """A line of the table; None for an empty one, one that numbers the columns, and the header once more."""

    def text(meant: str) -> str:
        index = identity.get(meant)
        return text_of(cells[index]) if index is not None and index < len(cells) else ""

    filled = [text_of(value).strip("()") for value in cells if value != ""]
    if not filled or (len(filled) > 2 and all(len(one) <= 2 for one in filled)) or _is_header(cells):
        return None
    name = f"{text(FAMILY)} {text(GIVEN)}".strip() if GIVEN in identity else text(NAME)
    name = " ".join(name.split())
    if sum(char.isalpha() for char in name) < 2:
        name = ""
    return FileRow(number, text(CODE), name, cells)


def place_of(row: FileRow, index: int) -> str:
    """`E12`."""
    return f"{letter_of(index)}{row.number}"


def day_as_mark(value: dt.date) -> tuple[int, str]:
    """What Excel may have made a day of: 8/5 (8 May) was perhaps 8,5; tenths and how the cell shows it."""
    return value.day * 10 + value.month, f"{value.day}/{value.month}"
