"""One number a cell: a mark in tenths, Đ or CĐ, or a state distinct from 0; and how states may change (A2).

A cell is None (empty), a negative state, or a value: of a scored column 0..100 (tenths: 8,5 is 85), of a comment
column PASS or FAIL. The same numbers stand for the result of a subject, where EXEMPT and NOT_TAKEN mean "not judged"
and None means "not known yet"; any positive result of a comment subject passes. Never "T" or "Đ" as a key: they mean
different things by level.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from khue.school.gradebook.rules import words
from khue.school.gradebook.rules.words import Message, say

Cell = int | None

LOWEST: Final = 0
HIGHEST: Final = 100
PASS: Final = 1
FAIL: Final = 0
MISSING: Final = -1
"""Absent from the assessment without leave, or not yet known with what reason (typed V)."""
MAKEUP_SCHEDULED: Final = -2
"""Absent with leave; a make-up assessment is to come (typed B)."""
ZEROED: Final = -3
"""The make-up was refused or skipped: counts as 0,0 or CĐ, and still tells that it was not earned."""
EXEMPT: Final = -4
"""Freed by the principal's decision (typed M): never counts."""
NOT_TAKEN: Final = -5
"""The pupil does not take this (another topic cluster, a subject of the other semester): never counts."""

OPEN: Final = frozenset({None, MISSING, MAKEUP_SCHEDULED})
"""What must be settled before an average can be."""
NOT_JUDGED: Final = frozenset({EXEMPT, NOT_TAKEN})


class Assessed(StrEnum):
    """How a subject is assessed; the same words as curriculum."""

    MARKS = "marks"
    COMMENTS = "comments"


class State(StrEnum):
    """What a cell holds, by kind."""

    EMPTY = "empty"
    ENTERED = "entered"
    MISSING = "missing"
    MAKEUP_SCHEDULED = "makeup_scheduled"
    ZEROED = "zeroed"
    EXEMPT = "exempt"
    NOT_TAKEN = "not_taken"


_STATES: Final = {
    MISSING: State.MISSING,
    MAKEUP_SCHEDULED: State.MAKEUP_SCHEDULED,
    ZEROED: State.ZEROED,
    EXEMPT: State.EXEMPT,
    NOT_TAKEN: State.NOT_TAKEN,
}
_SHORT: Final = {
    MISSING: "V", MAKEUP_SCHEDULED: "B", ZEROED: "0*", EXEMPT: "M", NOT_TAKEN: "–",
}  # fmt: skip
_LABELS: Final = {
    State.EMPTY: words.EMPTY,
    State.MISSING: words.MISSING,
    State.MAKEUP_SCHEDULED: words.MAKEUP_SCHEDULED,
    State.ZEROED: words.ZEROED,
    State.EXEMPT: words.EXEMPT,
    State.NOT_TAKEN: words.NOT_TAKEN,
}


def is_cell(value: Cell, assessed: Assessed | str) -> bool:
    """Tell whether a number can stand in a cell of a subject so assessed."""
    if value is None or value in _STATES:
        return True
    if assessed == Assessed.COMMENTS:
        return value in (FAIL, PASS)
    return LOWEST <= value <= HIGHEST


def state(cell: Cell) -> State:
    """Tell the state of a cell; raises ValueError for a number that is none."""
    if cell is None:
        return State.EMPTY
    if LOWEST <= cell <= HIGHEST:
        return State.ENTERED
    try:
        return _STATES[cell]
    except KeyError:
        raise ValueError(f"{cell} is no cell") from None


def show(cell: Cell, assessed: Assessed | str = Assessed.MARKS) -> str:
    """Show a cell as the grid does: "8,5", "Đ", "CĐ", "V", "B", "0*", "M", "–", or nothing."""
    if cell is None:
        return ""
    if cell < 0:
        return _SHORT[cell]
    if assessed == Assessed.COMMENTS:
        return "Đ" if cell else "CĐ"
    return words.show_mark(cell)


def label(cell: Cell, assessed: Assessed | str = Assessed.MARKS) -> Message:
    """Say in words what a cell holds."""
    kind = state(cell)
    if kind is State.ENTERED:
        if assessed == Assessed.COMMENTS:
            return say(words.PASS if cell else words.FAIL)
        return say("{mark}", mark=show(cell))
    if kind is State.ZEROED and assessed == Assessed.COMMENTS:
        return say(words.ZEROED_COMMENT)
    return say(_LABELS[kind])


_E, _N, _X = State.EMPTY, State.ENTERED, State.MISSING
_M, _Z, _F, _T = State.MAKEUP_SCHEDULED, State.ZEROED, State.EXEMPT, State.NOT_TAKEN

_MOVES: Final[dict[State, frozenset[State]]] = {
    _E: frozenset({_E, _N, _X, _M, _F, _T}),
    _N: frozenset({_N, _E, _X, _M, _F, _T}),
    _X: frozenset({_X, _E, _N, _M, _Z, _F}),
    _M: frozenset({_M, _X, _N, _Z, _F}),
    _Z: frozenset({_Z, _M, _F}),
    _F: frozenset({_F, _E}),
    _T: frozenset({_T, _E}),
}
"""What may follow what. An empty cell is never zeroed, a zeroed one takes a mark only through a make-up."""

_NEED_REASON: Final = frozenset(
    {
        (_N, _E),
        (_N, _X),
        (_N, _M),
        (_N, _F),
        (_N, _T),
        (_Z, _M),
        (_Z, _F),
        (_X, _F),
        (_M, _F),
        (_E, _F),
        (_F, _E),
    }
)


def move_problem(before: Cell, after: Cell) -> Message | None:
    """Say why a cell may not change so, or None when it may (A2: MISSING, MAKEUP_SCHEDULED, ENTERED or ZEROED)."""
    old, new = state(before), state(after)
    if new in _MOVES[old]:
        return None
    if old is State.ZEROED and new in {State.ENTERED, State.EMPTY, State.MISSING}:
        return say(words.MOVE_NEEDS_MAKEUP)
    if old is State.EXEMPT:
        return say(words.MOVE_NEEDS_DECISION)
    if new is State.ZEROED:
        return say(words.MOVE_NOTHING_MISSED)
    return say(words.MOVE_UNKNOWN, before=label(before), after=label(after))


def move_needs_reason(before: Cell, after: Cell) -> bool:
    """Tell whether a change takes a mark away, frees a pupil or reopens a zeroed cell, and so needs a reason."""
    return (state(before), state(after)) in _NEED_REASON
