"""Finding a table by the words of its header: which sheet, which rows, and which column means what.

Words are compared without marks, case, punctuation or line breaks. Exact wordings count most; a header that only
begins with or holds a wording counts less, and never when it speaks of somebody else (father, class teacher).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .cells import Sheet, fold, letter_of, text_of
from .shape import REMARK_TITLE, Column, TableShape

LOOK_AT = 60
_DEEPEST = 3
_ABBREVIATIONS = {
    "hs": "hoc sinh",
    "gv": "giao vien",
    "cb": "can bo",
    "nv": "nhan vien",
    "cbgv": "can bo giao vien",
    "sdt": "so dien thoai",
    "cccd": "can cuoc cong dan",
    "cmtnd": "cmnd",
    "hoten": "ho ten",
    "ngaysinh": "ngay sinh",
}
_OTHERS = re.compile(
    r"\b(cha|me|bo(?! (gd|giao|mon|y|phan|truong))|giam ho|phu huynh|cmhs|phhs|chu nhiem|gvcn|vo|chong|dai dien|"
    r"nguoi (lap|ky|nhap|than|lien he|nuoi)|ong|chu ho|truong (thcs|thpt|th|tieu hoc|mn|mam non|cu))\b"
)
_QUALIFIERS = re.compile(
    r"( (cua|hoc sinh|tre|tre em|chau|em|nguoi hoc|can bo|giao vien|nhan vien|vien chuc|bat buoc|neu co|dd mm yyyy|"
    r"ddmmyyyy|viet hoa|in hoa|co dau|khai sinh|theo giay khai sinh|theo khai sinh))+$"
)
_PARENTHESES = re.compile(r"\([^)]*\)?|\[[^\]]*\]?")
_ORDER_WORDS = frozenset({"stt", "tt", "so tt", "so thu tu", "thu tu", "no", "s tt", "so"})
_REMARK = fold(REMARK_TITLE)


@dataclass(frozen=True, slots=True)
class Target:
    """What a header may mean: a column, one crossed value of it, or one part of it."""

    column: str
    cross: str = ""
    split: int = -1
    part: int = -1

    def __str__(self) -> str:
        return f"{self.column}={self.cross}" if self.cross else self.column


@dataclass(slots=True)
class Header:
    """A header found: its rows, what each column means, and the words above each column."""

    row: int
    depth: int
    targets: dict[int, Target]
    texts: dict[int, str]
    folded: dict[int, frozenset[str]]
    score: float
    order_index: int | None = None

    def mapping(self) -> dict[str, str]:
        """Column letter to field, as overrides are given."""
        return {letter_of(index): str(target) for index, target in sorted(self.targets.items())}


def canonical(text: str) -> str:
    """Folded words with the usual abbreviations spelled out."""
    return " ".join(_ABBREVIATIONS.get(word, word) for word in fold(text).split())


class Matcher:
    """The header words of one shape, made ready for many comparisons."""

    def __init__(self, shape: TableShape) -> None:
        self.shape = shape
        self.exact: dict[str, list[Target]] = {}
        self.loose: list[tuple[str, int, Target]] = []
        self.weights = {column.name: 2.0 if column.required else 1.0 for column in shape.columns}
        for column in shape.columns:
            self._add_column(column)
        self.squeezed = {words.replace(" ", ""): targets for words, targets in self.exact.items()}
        self.words = frozenset(self.exact) | _ORDER_WORDS
        self._memo: dict[str, list[tuple[float, Target]]] = {}

    def _add_column(self, column: Column) -> None:
        for wording in (column.label, *column.words):
            words = canonical(wording)
            self._add(words, Target(column.name))
            short = _QUALIFIERS.sub("", words)
            for variant in {words, short}:
                if variant.count(" ") >= 1:
                    self.loose.append((variant, variant.count(" ") + 1, Target(column.name)))
        for cross in column.crosses:
            for wording in (cross.value, *cross.words):
                self._add(canonical(wording), Target(column.name, cross=cross.value))
                self._add(canonical(f"{column.label} {wording}"), Target(column.name, cross=cross.value))
        for index, split in enumerate(column.splits):
            for part, wordings in enumerate(split.parts):
                for wording in wordings:
                    self._add(canonical(wording), Target(column.name, split=index, part=part))
                    self._add(
                        canonical(f"{column.label} {wording}"), Target(column.name, split=index, part=part)
                    )

    def _add(self, words: str, target: Target) -> None:
        targets = self.exact.setdefault(words, [])
        if words and target not in targets:
            targets.append(target)

    def meanings(self, text: str) -> list[tuple[float, Target]]:
        """What a header text may mean, each with a score of 40 to 100."""
        known = self._memo.get(text)
        if known is None:
            known = self._memo[text] = self._meanings(text)
        return known

    def _meanings(self, text: str) -> list[tuple[float, Target]]:
        words = canonical(text)
        if not words or words.startswith(_REMARK) or len(words) > 120:
            return []
        best: dict[Target, float] = {}
        bare = canonical(_PARENTHESES.sub(" ", text))
        first_line = canonical(text.split("\n", 1)[0])
        for score, variant in ((100.0, words), (96.0, bare), (94.0, first_line)):
            for target in self.exact.get(variant, ()):
                best[target] = max(best.get(target, 0), score)
        for target in self.squeezed.get(words.replace(" ", ""), ()):
            best[target] = max(best.get(target, 0), 92.0)
        if not best and not _OTHERS.search(words):
            short = _QUALIFIERS.sub("", bare or words)
            for wording, length, target in self.loose:
                if wording == short:
                    score = 85.0
                elif bare.startswith(wording + " "):
                    score = 60.0 + min(length, 8)
                elif f" {wording} " in f" {bare} ":
                    score = 45.0 + min(length, 8)
                else:
                    continue
                best[target] = max(best.get(target, 0), score)
        return [(score, target) for target, score in best.items()]


def find_header(sheet: Sheet, matcher: Matcher, first: int = 0, last: int | None = None) -> Header | None:
    """The best header in a range of rows (counted from 0), or None when none is convincing."""
    best: Header | None = None
    stop = min(len(sheet.rows), first + LOOK_AT if last is None else last)
    for row in range(first, stop):
        found = header_at(sheet, matcher, row)
        if found is not None and (best is None or found.score > best.score + 0.01):
            best = found
    return best


def header_at(sheet: Sheet, matcher: Matcher, row: int) -> Header | None:
    """The header that begins at a row, one to three rows deep, or None when the row is no header."""
    best: Header | None = None
    for depth in range(1, _DEEPEST + 1):
        if row + depth > len(sheet.rows):
            break
        if depth > 1 and not _may_go_under(sheet, row, depth, best):
            break
        paths = _paths(sheet, row, depth)
        if depth == 1 and not any(matcher.meanings(path[-1]) for path in paths.values()):
            # A first row of group titles only ("Thông tin cá nhân") may still head a deeper header.
            if len(paths) > 4 or not _spread(sheet, row):
                return None
            continue
        found = _assign(sheet, matcher, row, depth, paths)
        if found is not None and (best is None or found.score > best.score + 0.01):
            best = found
    return best


def _may_go_under(sheet: Sheet, row: int, depth: int, above: Header | None) -> bool:
    """Whether the row under a header can be part of it: words only, and none below a plain header cell."""
    if not _words_only(sheet, row) or not _words_only(sheet, row + depth - 1):
        return False
    if above is None:
        return True
    under = sheet.rows[row + depth - 1]
    spread = _spread(sheet, row)
    for index, target in above.targets.items():
        if index < len(under) and under[index] != "" and index not in spread and not target.cross:
            return False
    return True


def _words_only(sheet: Sheet, row: int) -> bool:
    texts = [text_of(value) if isinstance(value, str) else "1" for value in sheet.rows[row] if value != ""]
    filled = [text for text in texts if text]
    return bool(filled) and not any(text[0].isdigit() for text in filled)


def _spread(sheet: Sheet, row: int) -> dict[int, str]:
    """The text above each column where one cell of a row stands over several columns."""
    spread: dict[int, str] = {}
    for top, left, bottom, right in sheet.merged:
        if top <= row <= bottom and right > left and top < len(sheet.rows):
            text = sheet.rows[top][left] if left < len(sheet.rows[top]) else ""
            for index in range(left, right + 1):
                spread[index] = str(text)
    if not sheet.merged and row + 1 < len(sheet.rows):
        current, under = sheet.rows[row], sheet.rows[row + 1]
        for index in range(1, min(len(current), len(under))):
            left_text = spread.get(index - 1) or str(current[index - 1])
            if current[index] == "" and under[index] != "" and under[index - 1] != "" and left_text:
                spread[index] = left_text
                spread.setdefault(index - 1, left_text)
    return spread


def _paths(sheet: Sheet, row: int, depth: int) -> dict[int, list[str]]:
    """The header texts above each column, from the top row down."""
    paths: dict[int, list[str]] = {}
    for level in range(depth):
        cells = sheet.rows[row + level]
        spread = _spread(sheet, row + level) if level < depth - 1 else {}
        for index in range(len(cells)):
            value = cells[index]
            text = value if isinstance(value, str) else text_of(value)
            text = text or spread.get(index, "")
            if text.strip():
                path = paths.setdefault(index, [])
                if not path or path[-1] != text:
                    path.append(text)
    return paths


def _assign(
    sheet: Sheet, matcher: Matcher, row: int, depth: int, paths: dict[int, list[str]]
) -> Header | None:
    options: list[tuple[float, int, Target]] = []
    for index, path in paths.items():
        for score, target in _path_meanings(matcher, path):
            options.append((score, index, target))
    options.sort(key=lambda option: (-option[0], option[1]))
    targets, scores = _choose(matcher.shape, options)
    if not targets:
        return None
    columns = {target.column for target in targets.values()}
    strong = {target.column for index, target in targets.items() if scores[index] >= 80}
    needed = min(2, len(matcher.shape.columns))
    if len(strong) < needed and len(columns) < needed + 1:
        return None
    total = sum(
        matcher.weights[column]
        * max(scores[index] for index, target in targets.items() if target.column == column)
        for column in columns
    )
    order = next((index for index, path in paths.items() if fold(path[-1]) in _ORDER_WORDS), None)
    return Header(
        row=row,
        depth=depth,
        targets=targets,
        texts={index: " ".join(text_of(part) for part in path) for index, path in paths.items()},
        folded={index: frozenset(fold(part) for part in path) for index, path in paths.items()},
        # Between equals the header that tells more columns apart wins, then the flatter one.
        score=total / 100 + 0.05 * len(targets) - 0.001 * depth,
        order_index=order if order not in targets else None,
    )


def _path_meanings(matcher: Matcher, path: list[str]) -> Iterable[tuple[float, Target]]:
    if len(path) == 1:
        return matcher.meanings(path[0])
    best: dict[Target, float] = {}
    own, parents = path[-1], " ".join(path[:-1])
    variants = [(f"{parents} {own}", 0.0), (f"{own} {parents}", 0.0)]
    if not _OTHERS.search(canonical(parents)):
        variants.append((own, 2.0))
    for text, less in variants:
        for score, target in matcher.meanings(text):
            best[target] = max(best.get(target, 0.0), score - less)
    return [(score, target) for target, score in best.items()]


def _choose(
    shape: TableShape, options: list[tuple[float, int, Target]]
) -> tuple[dict[int, Target], dict[int, float]]:
    """One meaning for each column of the file, the surest first; a split counts only when whole."""
    targets: dict[int, Target] = {}
    scores: dict[int, float] = {}
    whole: set[str] = set()
    taken: set[Target] = set()
    splits = _whole_splits(shape, options)
    for score, index, target in options:
        if index in targets or target in taken:
            continue
        if target.split >= 0:
            place = splits.get((target.column, target.split), {}).get(target.part)
            if target.column in whole or place != index:
                continue
        elif not target.cross:
            if any(other.column == target.column for other in taken):
                continue
            if any(
                column == target.column and index in places.values() for (column, _), places in splits.items()
            ):
                # "Họ và tên" beside "Tên": the whole only when the split is not there.
                continue
            whole.add(target.column)
        elif target.column in whole:
            continue
        targets[index] = target
        scores[index] = score
        taken.add(target)
    return targets, scores


def _whole_splits(
    shape: TableShape, options: list[tuple[float, int, Target]]
) -> dict[tuple[str, int], dict[int, int]]:
    """The splits of which every part has a header of its own, in order from left to right and side by side."""
    found: dict[tuple[str, int], dict[int, int]] = {}
    for column in shape.columns:
        for number, split in enumerate(column.splits):
            places: dict[int, int] = {}
            for score, index, target in options:
                if (target.column, target.split) == (column.name, number) and score >= 90:
                    follows = places.get(target.part - 1)
                    if target.part not in places and (follows is None or index == follows + 1):
                        places[target.part] = index
            ordered = [places.get(part, -1) for part in range(len(split.parts))]
            if -1 not in ordered and all(b - a == 1 for a, b in itertools.pairwise(ordered)):
                found[(column.name, number)] = places
    return found
