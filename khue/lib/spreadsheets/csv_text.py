"""Text tables (.csv): which encoding, which delimiter, and the cells as text."""

from __future__ import annotations

import codecs
import csv
import io
import re

from .formulas import restored
from .kinds import FileKind, Limits, Profile, UploadProblem, check_box

_DELIMITERS = (",", ";", "\t", "|")
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
_WEB = re.compile(r"\s*(<!doctype\s+html|<html|<head|<body|<table|<script|<svg|<\?xml|<meta)", re.IGNORECASE)
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_EXCEL_TEXT = re.compile(r'^="(.*)"$', re.DOTALL)
_MAX_CELL = 32_767


def decode(data: bytes) -> str:
    """The text of a file in UTF-8 or UTF-16 (with or without mark), or in Windows Vietnamese."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise UploadProblem("binary_text") from None
    for encoding in ("utf-8", "cp1258"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def inspect_csv(data: bytes) -> Profile:
    """Prove a .csv to be text; raises UploadProblem with the reason."""
    text = decode(data)
    if not text.strip():
        raise UploadProblem("empty")
    if _WEB.match(text):
        raise UploadProblem("web_page", extension="csv")
    if _CONTROL.search(text):
        raise UploadProblem("binary_text")
    return Profile(kind=FileKind.CSV, unpacked=len(data))


def delimiter_of(text: str) -> str:
    """The delimiter that splits the first lines most often and most evenly; a comma when there is none."""
    sample = text[:20_000].splitlines()[:50]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [_outside_quotes(line).count(delimiter) for line in sample if line.strip()]
        filled = [count for count in counts if count]
        if not filled:
            continue
        common = max(set(filled), key=lambda count: (filled.count(count), count))
        score = common * filled.count(common) / len(counts)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2]) if '"' in line else line


def rows_of(data: bytes, limits: Limits) -> list[list[str]]:
    """The cells of a .csv; refuses more rows, columns or cells than the bounds, and cells without end."""
    text = decode(data)
    stated = _SEPARATOR_LINE.match(text)
    if stated:
        delimiter, text = stated.group(1), text[stated.end() :]
    else:
        delimiter = delimiter_of(text)
    rows: list[list[str]] = []
    cells = 0
    if stated:
        rows.append([])
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            cells += len(row)
            if len(rows) >= limits.max_rows or len(row) > limits.max_columns or cells > limits.max_cells:
                check_box(len(rows) + 1, len(row), cells, limits)
            rows.append([_plain(cell) if cell else "" for cell in row])
    except csv.Error:
        raise UploadProblem("long_cell") from None
    if any(len(cell) > _MAX_CELL for row in rows for cell in row):
        raise UploadProblem("long_cell")
    return rows


def _plain(cell: str) -> str:
    """The text meant by `="0912"` (Excel's way to keep zeros) and by `'=x` (a formula made harmless)."""
    if cell[0] == "=":
        quoted = _EXCEL_TEXT.match(cell)
        return quoted.group(1).replace('""', '"') if quoted else cell
    return restored(cell) if "'" in cell else cell
