"""Walking down a sheet below its header: which lines are rows of the table, and which are something else.

Lists made by people are full of other lines: the class on a line of its own, the header once more for each class,
totals, signatures, numbered empty lines. Each line left out is noted with its reason; none disappears.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from .cells import Sheet, fold, text_of
from .headers import Header, Matcher, header_at
from .shape import SkippedRow

_TOTAL = re.compile(
    r"^(?:tổng cộng|tổng số|tổng|cộng|toàn trường|sĩ số|tong cong|tong so|tong|cong)\b"
    r"(?:[\s:.,;()/\-–=\d]|tổng|cộng|số|học|sinh|hs|em|người|cán|bộ|giáo|viên|nhân|trẻ|cháu|nam|nữ|nu|trong|đó|do|"
    r"gồm|có|lớp|lop|khối|khoi|cả|trường|danh|sách|này|hoc|so)*$",
    re.IGNORECASE,
)
_COUNT_LINE = re.compile(
    r"^(lap )?(an dinh )?danh sach (nay )?(gom|co|tren)\b|^trong do\b|^tong so hoc sinh\b"
)
_PLACE_AND_DATE = re.compile(r"\bngay(?: \d{1,2})? ?thang(?: \d{1,2})? ?nam\b(?! sinh)")
_ROLE = re.compile(
    r"^(nguoi (lap|nhap|kiem tra|duyet|ghi|tong hop|viet)|hieu truong|pho hieu truong|kt hieu truong|"
    r"p hieu truong|tm |t m |kt |q hieu truong|thu truong|giam doc|truong phong|chu tich|giao vien chu nhiem|gvcn|"
    r"can bo (lap|tuyen sinh)|ke toan|van thu|thu ky|to truong|xac nhan|phe duyet|duyet|ban giam hieu|da ky|"
    r"ky (va )?(ghi|dong|ten)|ky ten|ghi chu|luu y|noi nhan|chu y|hoi dong|xuat tu khue)\b"
)
_NUMBERING = re.compile(r"^\(?(\d{1,2}|[A-Za-z])\)?$")
_NOISE = re.compile(r"^(khoi( lop)? \w{1,3}|tiep theo|trang \d+( \d+)?|het|phu luc.*|\W*)$")


@dataclass(frozen=True, slots=True)
class BodyRow:
    """One row of the table: its place (row from 0), the header that reads it, and the group above it."""

    row: int
    header: Header
    group: str | None
    group_row: int | None


def walk(sheet: Sheet, matcher: Matcher, header: Header, skipped: list[SkippedRow]) -> Iterator[BodyRow]:
    """The rows of the table below a header; every other line goes to `skipped` with its reason."""
    return _Walk(sheet, matcher, header, skipped).rows()


class _Walk:
    def __init__(self, sheet: Sheet, matcher: Matcher, header: Header, skipped: list[SkippedRow]) -> None:
        self.sheet = sheet
        self.matcher = matcher
        self.skipped = skipped
        self.group: str | None = None
        self.group_row: int | None = None
        self.in_footer = False
        self._use(header)

    def _use(self, header: Header) -> None:
        self.header = header
        shape = self.matcher.shape
        needed = {column.name for column in shape.columns if column.required or column.is_date}
        self.mapped = frozenset(header.targets)
        self.anchors = frozenset(i for i, target in header.targets.items() if target.column in needed)
        self.first = min(self.anchors or self.mapped, default=0)  # nothing mapped: all columns left aside

    def rows(self) -> Iterator[BodyRow]:
        for row in range(self.header.row):
            self._above(row)
        start = row = self.header.row + self.header.depth
        cells = self.sheet.rows
        while row < len(cells):
            filled = [index for index, value in enumerate(cells[row]) if value != ""]
            again = self._header_again(row, filled)
            if again is not None:
                for line in range(row, row + again.depth):
                    self._skip(line, "header")
                row += again.depth
                continue
            reason = self._reason(row, filled, row - start)
            if reason is None:
                yield BodyRow(row, self.header, self.group, self.group_row)
            elif reason != "blank":
                self._skip(row, reason)
            row += 1

    def _above(self, row: int) -> None:
        texts = [text for value in self.sheet.rows[row] if value != "" and (text := text_of(value))]
        if texts:
            self._skip(row, "group" if self._take_group(row, texts) else "title")

    def _skip(self, row: int, reason: str) -> None:
        text = " | ".join(text for value in self.sheet.rows[row] if value != "" and (text := text_of(value)))
        self.skipped.append(SkippedRow(self.sheet.name, row + 1, reason, text[:200]))

    def _header_again(self, row: int, filled: list[int]) -> Header | None:
        """The header repeated, or another one with its columns moved, when a row is one."""
        if len(filled) < 2:
            return None
        cells = self.sheet.rows[row]
        here = fold(text_of(cells[self.first])) if self.first < len(cells) else ""
        lead = cells[filled[0]]
        if here not in self.matcher.words and not (
            isinstance(lead, str) and not lead[0].isdigit() and fold(text_of(lead)) in self.matcher.words
        ):
            return None
        same = sum(
            1
            for index in filled
            if (words := fold(text_of(cells[index]))) and words in self.header.folded.get(index, ())
        )
        if same * 3 >= len(filled) * 2 and same >= 2:
            return Header(row, self._depth_here(row), {}, {}, {}, 0.0)
        found = header_at(self.sheet, self.matcher, row)
        if found is None or found.score < self.header.score * 0.6:
            return None
        self._use(found)
        return found

    def _depth_here(self, row: int) -> int:
        """How many rows of the header stand here again: lower rows count only where they repeat too."""
        depth = 1
        while depth < self.header.depth and row + depth < len(self.sheet.rows):
            texts = {
                index: fold(text_of(value))
                for index, value in enumerate(self.sheet.rows[row + depth])
                if value != ""
            }
            if not texts or any(words not in self.header.folded.get(i, ()) for i, words in texts.items()):
                break
            depth += 1
        return depth

    def _reason(self, row: int, filled: list[int], below: int) -> str | None:
        """Why a line is no row of the table, or None when it is one."""
        if not filled:
            return "blank"
        cells = self.sheet.rows[row]
        if len(filled) > 4 and sum(1 for index in filled if index in self.anchors) > 1 and below > 0:
            self.in_footer = False
            return None
        texts = {index: text for index in filled if (text := text_of(cells[index]))}
        order = self.header.order_index
        words = {i: t for i, t in texts.items() if i != order and not _is_number(t)}
        if not texts:
            return "blank"
        if below < 2 and len(texts) > 2 and self._is_numbering(texts):
            return "header"
        has_date = any(isinstance(cells[index], dt.date) for index in filled)
        if not has_date:
            reason = self._other_line(row, texts, words)
            if reason is not None:
                return reason
        if not any(index in self.mapped for index in texts):
            return "number" if not words else "stray"
        if len(texts) == 1 and len(self.mapped) > 2:
            return "number" if not words else "stray"
        if not any(index in self.anchors for index in texts) and len(texts) < 3 and self.anchors:
            return "stray"
        if len(texts) > 2:
            self.in_footer = False
        return None

    def _other_line(self, row: int, texts: dict[int, str], words: dict[int, str]) -> str | None:
        """Group, total or footer, told by the words of a line that has few."""
        if not words or len(words) > 3:
            return None
        values = list(words.values())
        folded = [fold(text) for text in values]
        numbered = self.header.order_index in texts and _is_number(texts[self.header.order_index])
        if not numbered and len(texts) <= 4 and self._take_group(row, list(texts.values())):
            self.in_footer = False
            return "group"
        nfc = [unicodedata.normalize("NFC", text).lower() for text in values]
        if not numbered and (_TOTAL.match(nfc[0]) or _COUNT_LINE.match(folded[0])):
            return "total"
        if numbered:
            return None
        if any(_PLACE_AND_DATE.search(text) for text in folded) or all(_ROLE.match(text) for text in folded):
            self.in_footer = True
            return "footer"
        if self.in_footer and len(texts) <= 3 and not any(_is_number(text) for text in texts.values()):
            return "footer"
        if all(_NOISE.match(text) for text in folded):
            return "stray"
        return None

    def _take_group(self, row: int, texts: list[str]) -> bool:
        rule = self.matcher.shape.group_row
        if rule is None:
            return False
        first = texts[0]
        found = rule.find(first)
        if found == first and len(texts) > 1:
            # "6A1" beside a name is a row with much missing, not a line of its own.
            found = None
        if found is None and len(texts) > 1 and (first.endswith(":") or " " not in first):
            joined = " ".join(texts)
            found = rule.find(joined)
            found = None if found == joined else found
        if found is None:
            return False
        self.group, self.group_row = found, row
        return True

    def _is_numbering(self, texts: dict[int, str]) -> bool:
        """The line that numbers the columns: (1) (2) (3), or A B 1 2 3."""
        if not all(_NUMBERING.match(text) for text in texts.values()):
            return False
        numbers = [int(digits) for text in texts.values() if (digits := text.strip("()")).isdigit()]
        steps = all(b - a == 1 for a, b in itertools.pairwise(numbers))
        return steps and (len(numbers) > 2 or not numbers)


def _is_number(text: str) -> bool:
    return text[0].isdigit() and text.replace(".", "").replace(",", "").replace("/", "").isdigit()
