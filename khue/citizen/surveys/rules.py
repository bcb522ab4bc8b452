"""What is decided of consents and of sheets, in plain Python.

Consent: Law 91/2025/QH15 and rules/13 section 4. It is given for one purpose, never by silence; where two guardians
differ it is refused; before anything of a child of seven or more becomes public the child agrees too.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

YES, NO, WITHDRAWN, NONE = "yes", "no", "withdrawn", "none"
CHILD_AGREES_FROM: Final = 7  # years
PUBLIC: Final = frozenset({"photos", "works"})  # purposes that show a child to everybody
LEAST: Final = 5  # answers below which nothing is shown (decision 0010, point 6)
LARGEST_BOX: Final = 500  # sheets; a larger box is parted at random
QUESTIONS: Final = 30
OPTIONS: Final = 12
LONGEST_TEXT: Final = 500
SCALE: Final = (1, 2, 3, 4, 5)

Sheet = dict[str, Any]
Shuffle = Callable[[list[Any]], None]


# --- consent --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Verdict:
    """What the answers about one pupil amount to."""

    answer: str  # YES, NO or NONE
    is_split: bool = False  # guardians differ
    waits_for_child: bool = False  # the guardians agree, the child has not answered


def age_on(born: date | None, day: date) -> int | None:
    """Full years on a day; None when the birth date is unknown. Born on 29 February: a year older on 1 March."""
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def asks_child(purpose: str, born: date | None, day: date) -> bool:
    """Whether the child's own yes is needed: for what becomes public, from seven on, or when the age is unknown."""
    age = age_on(born, day)
    return purpose in PUBLIC and (age is None or age >= CHILD_AGREES_FROM)


def verdict(guardians: Iterable[str], child: str | None, *, needs_child: bool) -> Verdict:
    """What the newest answers of the guardians who may see the pupil and of the child amount to.

    One no or one withdrawal refuses, whatever the others say; nobody's silence is a yes.
    """
    said = {NO if one == WITHDRAWN else one for one in guardians}
    if NO in said:
        return Verdict(NO, is_split=YES in said)
    if needs_child and child in (NO, WITHDRAWN):
        return Verdict(NO)
    if YES not in said:
        return Verdict(NONE)
    if needs_child and child != YES:
        return Verdict(NONE, waits_for_child=True)
    return Verdict(YES)


def text_hash(parts: Sequence[object]) -> str:
    """The hash of everything a slip says; each part with its length, so that no two texts run into one."""
    digest = hashlib.sha256()
    for part in parts:
        data = str(part).encode()
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()


# --- questions and sheets -------------------------------------------------------------------------------------------
ONE, MANY, RATING, NUMBER, TEXT = "one", "many", "scale", "number", "text"
KINDS: Final = (ONE, MANY, RATING, NUMBER, TEXT)
_NUMBER: Final = re.compile(r"-?\d{1,9}(?:[.,]\d{1,3})?")


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `options` only of those with a choice."""

    id: str
    kind: str
    text: str
    options: tuple[str, ...] = ()
    is_required: bool = False

    def packed(self) -> dict[str, Any]:
        """As it is kept."""
        return {
            "id": self.id, "kind": self.kind, "text": self.text, "options": list(self.options),
            "is_required": self.is_required,
        }  # fmt: skip


def questions(kept: Iterable[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Questions as they were kept."""
    return tuple(
        Question(one["id"], one["kind"], one["text"], tuple(one["options"]), one["is_required"])
        for one in kept
    )


def fault(one: Question) -> str:
    """What is wrong with a question: 'text', 'kind', 'options' (two to twelve, all different), or nothing."""
    if not one.text.strip():
        return "text"
    if one.kind not in KINDS:
        return "kind"
    has_choice = one.kind in (ONE, MANY)
    if has_choice and not (2 <= len(one.options) <= OPTIONS and len(set(one.options)) == len(one.options)):
        return "options"
    return ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sheet as it may be kept, and by question what is wrong: 'missing' or 'wrong'."""

    sheet: dict[str, Any]
    faults: dict[str, str] = field(default_factory=dict)


def checked(asked: Sequence[Question], given: Mapping[str, Sequence[str]]) -> Checked:
    """Read a sheet from what a form sent: question -> texts. Choices are numbers of options, from 0."""
    sheet: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for one in asked:
        texts = [text.strip() for text in given.get(one.id, ()) if text.strip()]
        if not texts:
            if one.is_required:
                faults[one.id] = "missing"
            continue
        value = _read(one, texts)
        if value is None:
            faults[one.id] = "wrong"
        else:
            sheet[one.id] = value
    return Checked(sheet, faults)


def _read(one: Question, texts: Sequence[str]) -> Any:
    """The value of an answer; None when it is none that the question takes."""
    if one.kind == TEXT:
        return " ".join(texts[0].split()) if len(texts[0]) <= LONGEST_TEXT else None
    if one.kind == NUMBER:
        text = texts[0].replace(" ", "")
        return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    numbers = [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 3]
    if len(numbers) != len(texts):
        return None
    allowed = SCALE if one.kind == RATING else range(len(one.options))
    if any(number not in allowed for number in numbers):
        return None
    if one.kind == MANY:
        return sorted(set(numbers))
    return numbers[0] if len(numbers) == 1 else None


def dropped(
    boxes: Sequence[Sequence[Sheet]], sheet: Sheet, *, pick: Callable[[int], int], shuffle: Shuffle
) -> tuple[int, list[list[Sheet]]]:
    """Put a sheet into one of a school's boxes: gives which one is replaced by what (one box, or two when it was full).

    Every sheet of the box is laid anew in random order. `pick(n)` draws a number below n, `shuffle` mixes a list.
    """
    at = pick(len(boxes)) if boxes else 0
    mixed: list[Sheet] = [*(boxes[at] if boxes else ()), sheet]
    shuffle(mixed)
    if len(mixed) < LARGEST_BOX:
        return at, [mixed]
    half = len(mixed) // 2
    return at, [mixed[:half], mixed[half:]]


# --- results --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Tally:
    """What was answered to one question: how many answered it, how often each choice, what was written."""

    question: Question
    answers: int
    counts: tuple[tuple[str, int], ...] = ()
    mean: float | None = None
    texts: tuple[str, ...] = ()
    is_withheld: bool = False  # fewer than five answered this very question


def tallies(
    asked: Sequence[Question], sheets: Sequence[Sheet], *, least: int, shuffle: Shuffle
) -> list[Tally]:
    """The results; a question answered by fewer than `least` is withheld, texts come mixed, each question by itself."""
    return [
        _tally(one, [sheet[one.id] for sheet in sheets if one.id in sheet], least, shuffle) for one in asked
    ]


def _tally(one: Question, values: list[Any], least: int, shuffle: Shuffle) -> Tally:
    if len(values) < least:
        return Tally(one, len(values), is_withheld=True)
    if one.kind == TEXT:
        shuffle(values)
        return Tally(one, len(values), texts=tuple(values))
    if one.kind == NUMBER:
        return Tally(one, len(values), mean=sum(values) / len(values) if values else None)
    found = Counter(number for value in values for number in (value if isinstance(value, list) else [value]))
    if one.kind == RATING:
        mean = sum(values) / len(values) if values else None
        return Tally(one, len(values), tuple((str(n), found[n]) for n in SCALE), mean)
    return Tally(one, len(values), tuple((text, found[n]) for n, text in enumerate(one.options)))
