"""What the small integer of a cell means, how it is shown and how it is typed (see the essay in models.py).

Pure; no models. Empty is None and never nought; states of a cell that is no mark lie below zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from khue.lib.names import fold
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.rules import marks, typed, words
from khue.school.gradebook.rules.levels import Level
from khue.school.gradebook.rules.primary import SubjectLevel, TraitLevel

PASS, FAIL = marks.PASS, marks.FAIL
ABSENT, MAKEUP, ZEROED = marks.MISSING, marks.MAKEUP_SCHEDULED, marks.ZEROED
EXEMPT, NOT_TAKEN = marks.EXEMPT, marks.NOT_TAKEN
OPEN_STATES: Final = frozenset({ABSENT, MAKEUP})  # still owe a mark

WORDS: Final[dict[Kind, tuple[str, ...]]] = {  # by value, worst first
    Kind.LEVEL: ("C", "H", "T"),
    Kind.TRAIT: ("C", "Đ", "T"),
    Kind.CONDUCT: ("CĐ", "Đ", "K", "T"),
    Kind.OBSERVED: ("-", "+"),
}
FULL_WORDS: Final[dict[Kind, tuple[words.Message, ...]]] = {
    Kind.LEVEL: tuple(level.label for level in SubjectLevel),
    Kind.TRAIT: tuple(level.label for level in TraitLevel),
    Kind.CONDUCT: tuple(level.label for level in Level),
    Kind.OBSERVED: (words.say(words.FAIL), words.say(words.PASS)),
}
MOST: Final = {Kind.MEASURE: 2500, Kind.COUNT: 400}
TESTED: Final = frozenset({Kind.MARK, Kind.PASS, Kind.TEST})  # cells that may be absent or made up

# One letter a cell, where its value came from; a capital letter: changed after the lock.
TYPED, PASTED, FILE, EXAM, BROUGHT, MADE_UP, CARRIED, NOWHERE = "k", "p", "f", "x", "b", "u", "o", "-"
ROLLED: Final = "d"
SOURCES: Final[dict[str, str | Promise]] = {
    TYPED: _("gõ tay"),
    PASTED: _("dán từ Excel"),
    FILE: _("nhập từ tệp"),
    EXAM: _("từ kì kiểm tra chung"),
    BROUGHT: _("mang từ lớp, trường cũ"),
    MADE_UP: _("kiểm tra bù"),
    CARRIED: _("ghi lúc không có mạng"),
    ROLLED: _("từ sổ điểm danh"),
}


@dataclass(frozen=True)
class Read:
    """What was typed: a value, a question that needs a yes, or a refusal with its words."""

    value: int | None = None
    question: int | None = None  # the value meant, perhaps: 85 for "85"
    refusal: str | Promise = ""


def clean(text: str) -> str:
    """Words on one line: single blanks, and no NUL, which the database cannot keep."""
    return " ".join(text.replace("\x00", "").split())


def is_filled(value: int | None) -> bool:
    """Whether the cell owes nothing any more."""
    return value is not None and value not in OPEN_STATES


def show(column: Column, value: int | None) -> str:
    """The cell's text in the grid, in print and in files: "8,5", "Đ", "V"."""
    if value is None:
        return ""
    if value < 0:
        return marks.show(value)
    if column.kind in WORDS:
        return WORDS[column.kind][value]
    if column.kind == Kind.COUNT:
        return str(value)
    if column.kind == Kind.TEST:
        return str(value // 10)
    if column.kind == Kind.PASS:
        return marks.show(value, marks.Assessed.COMMENTS)
    return marks.show(value) if column.kind != Kind.MEASURE else words.show_bound(value)


def show_average(value: int | None, assessed: str = marks.Assessed.MARKS) -> str:
    """An average: "7,9"; of a comment subject "Đ" or "CĐ"; nothing while it is not complete."""
    return marks.show(value, assessed)


def describe(column: Column, value: int | None) -> str:
    """The same in words, for people who listen."""
    if value is None:
        return ""
    assessed = marks.Assessed.COMMENTS if column.kind == Kind.PASS else marks.Assessed.MARKS
    if value < 0 or column.kind == Kind.PASS:
        return told(marks.label(value, assessed))
    if column.kind in FULL_WORDS:
        return told(FULL_WORDS[column.kind][value])
    return show(column, value)


_KIND_WORDS: Final[dict[Kind, dict[str, int]]] = {
    Kind.LEVEL: {"t": 2, "htt": 2, "hoan thanh tot": 2, "h": 1, "ht": 1, "hoan thanh": 1, "c": 0, "cht": 0,
                 "chua hoan thanh": 0, "m": EXEMPT, "mien": EXEMPT},
    Kind.TRAIT: {"t": 2, "tot": 2, "d": 1, "dat": 1, "c": 0, "ccg": 0, "can co gang": 0},
    Kind.CONDUCT: {"t": 3, "tot": 3, "k": 2, "kha": 2, "d": 1, "dat": 1, "cd": 0, "chua dat": 0},
    Kind.OBSERVED: {"+": 1, "d": 1, "dat": 1, "-": 0, "–": 0, "c": 0, "cd": 0, "chua dat": 0},
}  # fmt: skip


def read(column: Column, text: str) -> Read:
    """Read what somebody typed into a cell; comma and point are one, and 85 asks whether 8,5 is meant."""
    plain = typed.as_typed(text)
    if not plain:
        return Read()
    if column.kind in TESTED:
        if plain == "0*":
            return Read(ZEROED)
        assessed = marks.Assessed.COMMENTS if column.kind == Kind.PASS else marks.Assessed.MARKS
        given = typed.read_mark(plain, assessed, is_whole=column.kind == Kind.TEST)
        if isinstance(given, typed.Entered):
            return Read(given.cell)
        if isinstance(given, typed.Question):
            return Read(question=given.cell)
        return Read(refusal=told(given.message)) if isinstance(given, typed.Refused) else Read()
    if column.kind in _KIND_WORDS:
        known = _KIND_WORDS[column.kind].get(fold(plain))
        if known is not None:
            return Read(known)
        return Read(refusal=_("Gõ một trong: %(words)s.") % {"words": ", ".join(WORDS[column.kind][::-1])})
    return _number(column, plain)


def told(message: words.Message) -> str:
    """A sentence of the rules in the reader's language, the words in it as well."""
    values = {
        name: told(one) if isinstance(one, words.Message) else one for name, one in message.values.items()
    }
    return _now(message.text).format(**values)


def _number(column: Column, plain: str) -> Read:
    whole, _mark, tenth = plain.replace(",", ".").partition(".")
    tenth = tenth.rstrip("0")
    if column.kind == Kind.COUNT:
        is_good = whole.isascii() and whole.isdigit() and not tenth and int(whole[:6]) <= MOST[Kind.COUNT]
        return Read(int(whole)) if is_good else Read(refusal=_("Số buổi là số nguyên, từ 0 đến 400."))
    if not plain.isascii() or not whole.isdigit() or len(tenth) > 1 or (tenth and not tenth.isdigit()):
        return Read(refusal=_("Ghi số, ví dụ 15,5."))
    value = int(whole[:6]) * 10 + int(tenth or 0)
    return Read(value) if 0 < value <= MOST[Kind.MEASURE] else Read(refusal=_("Ghi số, ví dụ 15,5."))


def with_source(sources: str, slot: int, letter: str, *, after_lock: bool) -> str:
    """The row's sources with one cell's letter changed."""
    padded = sources.ljust(slot + 1, NOWHERE)
    mark = letter.upper() if after_lock else letter
    return padded[:slot] + mark + padded[slot + 1 :]


def source_of(sources: str, slot: int) -> tuple[str, bool]:
    """Where a cell's value came from, and whether it was changed after the lock."""
    letter = sources[slot] if slot < len(sources) else NOWHERE
    return letter.lower(), letter.isupper()
