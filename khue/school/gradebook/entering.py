"""What a page sends, cell by cell, made into one writing; and what became of each cell, in words.

The grid, its plain form and the paste come through here: texts are read as typed, likely slips are asked about, cells
that somebody else changed come back with who and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.school.gradebook import actions, cells, queries
from khue.school.gradebook.layout import Column
from khue.school.gradebook.queries import Frame
from khue.school.gradebook.queries.history import last_changes
from khue.ui.words import time_vi

COMMENT = -1
MOST_ID = 2**63  # of a row in the database
MOST_SLOTS = 100
Place = tuple[int, int]  # enrolment, slot


@dataclass(frozen=True, slots=True)
class Typed:
    """A cell as its author saw it, and what is to stand there: a text to be read, or a value."""

    seen: int | str | None
    text: str = ""
    value: int | None = None
    is_value: bool = False


def place(enrolment_id: object, slot: object) -> Place:
    """A cell's place as a page sent it; raises TypeError or ValueError when it is none."""
    if type(enrolment_id) is not int or type(slot) is not int:
        raise TypeError
    if not 0 < enrolment_id < MOST_ID or not COMMENT <= slot < MOST_SLOTS:
        raise ValueError
    return enrolment_id, slot


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cell that was not written: `state` is refused, ask or conflict; `value` is what is meant, or stands there."""

    enrolment_id: int
    slot: int
    state: str
    message: str
    value: int | None = None
    text: str = ""  # the value as the grid shows it; of a comment, what stands there
    who: str = ""
    at: datetime | None = None


@dataclass(slots=True)
class Answer:
    """What became of every cell."""

    written: list[tuple[int, int, int | None, str]] = field(
        default_factory=list
    )  # enrolment, slot, value, shown
    problems: list[Trouble] = field(default_factory=list)
    averages: dict[int, int | None] = field(default_factory=dict)
    filled: list[int] = field(default_factory=list)


def enter(
    actor: Actor, found: Frame, typed: Mapping[Place, Typed], *, source: str = "k", reason: str = "",
) -> Answer:  # fmt: skip
    """Read and write cells; raises NotAllowed or NotVisible as the action does."""
    columns = queries.all_slots_of(found.columns)
    answer = Answer()
    wanted: list[actions.Cell] = []
    remarks: list[actions.Remark] = []
    for (enrolment_id, slot), one in typed.items():
        if slot == COMMENT:
            remarks.append(actions.Remark(enrolment_id, str(one.seen or ""), one.text))
            continue
        column = columns.get(slot)
        if column is None:
            answer.problems.append(
                Trouble(enrolment_id, slot, "refused", _("Sổ không còn cột này. Mở lại trang."))
            )
            continue
        seen = one.seen if isinstance(one.seen, int) else None
        value = one.value
        if not one.is_value:
            read = cells.read(column, one.text)
            if read.refusal:
                answer.problems.append(Trouble(enrolment_id, slot, "refused", str(read.refusal)))
                continue
            if read.question is not None:
                shown = cells.show(column, read.question)
                told = _("Đã gõ “%(typed)s”. Ghi %(meant)s phải không?") % {
                    "typed": one.text.strip()[:20], "meant": shown,
                }  # fmt: skip
                answer.problems.append(Trouble(enrolment_id, slot, "ask", told, read.question, shown))
                continue
            value = read.value
        wanted.append(actions.Cell(enrolment_id, slot, seen, value))
    if not wanted and not remarks:
        return answer
    write = actions.enter_class_marks if found.is_homeroom else actions.enter_marks
    outcome = write(actor, queries.target(found), cells=wanted, remarks=remarks, source=source, reason=reason)
    answer.written = [
        (cell.enrolment_id, cell.slot, cell.value, cells.show(columns[cell.slot], cell.value))
        for cell in outcome.written
    ]
    answer.written += [
        (remark.enrolment_id, COMMENT, None, cells.clean(remark.text)) for remark in outcome.remarked
    ]
    answer.averages, answer.filled = outcome.averages, outcome.filled
    answer.problems += [
        Trouble(refusal.enrolment_id, refusal.slot, "refused", refusal.message)
        for refusal in outcome.refusals
    ]
    answer.problems += _conflicts(found, outcome.clashes, columns)
    return answer


def _conflicts(found: Frame, clashes: list[actions.Clash], columns: Mapping[int, Column]) -> list[Trouble]:
    """Cells that hold something else than their author saw, with who wrote it and when."""
    last = last_changes(found, [(clash.enrolment_id, clash.slot) for clash in clashes])
    troubles = []
    for clash in clashes:
        change = last.get((clash.enrolment_id, clash.slot))
        text = clash.text if clash.slot == COMMENT else cells.show(columns[clash.slot], clash.now)
        now = f"“{text}”" if text else _("để trống")
        if change is None:
            told = _("Ô này vừa có thay đổi, nay là %(now)s.") % {"now": now}
        else:
            told = _("Hai người cùng sửa: %(who)s ghi %(now)s lúc %(when)s.") % {
                "who": change.who or change.capacity, "now": now, "when": time_vi(change.at),
            }  # fmt: skip
        troubles.append(
            Trouble(
                clash.enrolment_id, clash.slot, "conflict", told, clash.now, text,
                change.who if change else "", change.at if change else None,
            )
        )  # fmt: skip
    return troubles
