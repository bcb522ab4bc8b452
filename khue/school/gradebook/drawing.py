"""The cells of the grid as text: forty-five pupils by eight marks a page, each cell a few bytes. Pure; no models.

Templates draw the frame of the table; a nested loop of template tags over 400 cells would cost more than the page may.
Everything that people wrote is escaped here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.school.gradebook import cells
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.publishing import is_published

if TYPE_CHECKING:
    from khue.school.gradebook.queries import Frame, Row

NUMBERS = frozenset({Kind.MARK, Kind.TEST, Kind.MEASURE})
COMMENT = "nx"


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that was not written when the page was sent without script: what was typed and why not."""

    typed: str
    message: str
    state: str = "refused"  # as the stylesheet's data-s


@dataclass
class Drawing:
    """What decides how cells are drawn, apart from their values."""

    writes: bool  # the reader may write here
    picked: str = ""  # code of the column that a phone shows
    problems: Mapping[tuple[int, int], Problem] = field(default_factory=dict)  # slot -1: the comment


def seen_of(rows: Iterable[Row]) -> str:
    """What the page shows, by pupil: marks in slots, then the comment; comes back with what was typed."""
    return orjson.dumps(
        {str(row.enrolment_id): [*row.marks, row.comment] for row in rows if row.is_counted}
    ).decode()


class _Texts(dict[int | None, str]):
    """The texts of a column's values, each worked out once."""

    def __init__(self, column: Column) -> None:
        self.column = column

    def __missing__(self, value: int | None) -> str:
        text = self[value] = escape(cells.show(self.column, value))
        return text


def _state(value: int | None, is_edited: bool, is_locked: bool, owes: bool) -> str:
    if value is None:
        return ' data-s="missing"' if owes else ' data-s="locked"' if is_locked else ""
    if value in (cells.EXEMPT, cells.NOT_TAKEN):
        return ' data-s="exempt"'
    if value < 0:
        return ' data-s="absent"'
    if is_edited:
        return ' data-s="edited"'
    return ' data-s="locked"' if is_locked else ""


def body(found: Frame, columns: Sequence[Column], rows: Sequence[Row], how: Drawing) -> SafeString:
    """The rows of the table: number, name, cells, average and comment."""
    locks = found.locks
    openings = any(one.until > locks.now for one in locks.openings)
    per_column = []
    for column in columns:
        slot = column.slot
        mode = ' inputmode="decimal"' if column.kind in NUMBERS else ""
        mode = ' inputmode="numeric"' if column.kind == Kind.COUNT else mode
        per_column.append(
            (
                column, slot, _Texts(column), locks.is_locked(column), locks.is_due(column) and column.is_required,
                '<td class="pick"' if column.code == how.picked else "<td", mode,
            )
        )  # fmt: skip
    average = found.has_average
    has_comment, comment_open = has_comments(found), locks.may_remark()
    comment_class = "cm pick" if how.picked == COMMENT else "cm"
    parts: list[str] = []
    add = parts.append
    for number, row in enumerate(rows, 1):
        e = row.enrolment_id
        counted = row.is_counted
        given = f"<b>{escape(row.given_name)}</b>" if row.given_name else ""
        add(
            f'<tr{"" if counted else " class=gone"} data-e="{e}"><td class="st">{number}</td>'
            f'<th class="nm" scope="row" id="n{e}">{escape(row.family_name)}{given}'
            f"{'' if counted else f' <small>{_gone(row)}</small>'}</th>"
        )
        marks, sources = row.marks, row.sources
        for column, slot, texts, is_locked, is_due, open_tag, mode in per_column:
            value = marks[slot]
            edited = slot < len(sources) and sources[slot].isupper()
            may = how.writes and counted and (not is_locked or (openings and locks.may_write(column, e)))
            locked = is_locked and not may
            problem = how.problems.get((e, slot)) if how.problems else None
            if problem is not None and may:
                add(_problem(open_tag, f"{e}-{slot}", f"n{e} h{slot}", mode, problem))
            elif may:
                add(
                    f"{open_tag}{_state(value, edited, False, is_due and counted)}>"
                    f'<input name="{e}-{slot}" value="{texts[value]}" aria-labelledby="n{e} h{slot}"{mode}></td>'
                )
            else:
                add(
                    f"{open_tag}{_state(value, edited, locked, is_due and counted)}>"
                    f"<span>{texts[value]}</span></td>"
                )
        if average:
            add(f'<td class="avg pick"><span>{show_average(found, row.average)}</span></td>')
        if has_comment:
            problem = how.problems.get((e, -1)) if how.problems else None
            if how.writes and counted and (comment_open or (openings and locks.may_remark(e))):
                if problem is not None:
                    add(_problem(f'<td class="{comment_class}"', f"{e}-nx", f"n{e} hnx", "", problem))
                else:
                    add(
                        f'<td class="{comment_class}"><input name="{e}-nx" value="{escape(row.comment)}" '
                        f'aria-labelledby="n{e} hnx"></td>'
                    )
            else:
                add(f'<td class="{comment_class}"><span>{escape(row.comment)}</span></td>')
        add("</tr>\n")
    return SafeString("".join(parts))


def _problem(open_tag: str, name: str, labels: str, mode: str, problem: Problem) -> str:
    return (
        f'{open_tag} data-s="{problem.state}"><input name="{name}" value="{escape(problem.typed)}" '
        f'aria-labelledby="{labels}" aria-invalid="true" aria-describedby="p{name}"{mode}>'
        f'<small class="gb-tip" id="p{name}">{escape(problem.message)}</small></td>'
    )


def _gone(row: Row) -> str:
    return escape(_("đã rời lớp"))


def has_comments(found: Frame) -> bool:
    """Whether the sheet has a column of comments: every kind has, they are the teacher's words on the pupil."""
    return True


def show_average(found: Frame, value: int | None) -> str:
    """An average in the grid: "7,9"; of a comment subject "Đ" or "CĐ"; nothing while it is not complete."""
    if value is None:
        return ""
    if value < 0:
        return escape(cells.show_average(value))
    if not found.is_scored:
        return "Đ" if value == cells.PASS else "CĐ"
    return cells.show_average(value)


def head(found: Frame, columns: Sequence[Column], picked: str, icons: Mapping[str, str]) -> SafeString:
    """The heads of the columns: what they are, when they are due, whether they are locked or published."""
    locks = found.locks
    parts = []
    for column in columns:
        days = locks.days[column.code]
        is_locked = locks.is_locked(column)
        title = str(column.title)
        if column.weight > 1:
            title = _("%(title)s, hệ số %(n)s") % {"title": title, "n": column.weight}
        if is_locked:
            when = f"{icons['lock']}{days.locks_on - timedelta(days=1):%d/%m}"
            spoken = _("đã khóa từ %(day)s") % {"day": f"{days.locks_on:%d/%m/%Y}"}
        else:
            when = f'<span class="visually-hidden">{_("hạn")} </span>{days.due_on:%d/%m}'
            spoken = _("hạn %(due)s, khóa từ %(lock)s") % {
                "due": f"{days.due_on:%d/%m/%Y}", "lock": f"{days.locks_on:%d/%m/%Y}",
            }  # fmt: skip
        shown = icons["eye"] if is_published(found.published, column.slot) else ""
        if shown:
            spoken += "; " + _("gia đình đã được xem")
        data: list[tuple[str, Any]] = [("k", column.kind), ("c", column.code), ("n", column.slot)]
        if column.weight:
            data.append(("w", column.weight))
        if not column.is_required:
            data.append(("o", 1))
        if column.kind in cells.WORDS:
            data.append(("words", ",".join(cells.WORDS[column.kind])))
        elif column.kind == Kind.PASS:
            data.append(("words", "CĐ,Đ"))
        attributes = "".join(f' data-{name}="{escape(value)}"' for name, value in data)
        group = f"<small>{escape(column.group)}</small>" if column.group and found.kind == "subject" else ""
        parts.append(
            f'<th scope="col" id="h{column.slot}"{" class=pick" if column.code == picked else ""}{attributes} '
            f'title="{escape(title)}; {escape(spoken)}">{escape(column.label)}{group}'
            f"<small>{shown}{when}</small></th>"
        )
    return SafeString("".join(parts))


def foot(found: Frame, columns: Sequence[Column], rows: Sequence[Row], picked: str) -> SafeString:
    """How many cells of each column owe nothing any more, of how many pupils."""
    counted = [row for row in rows if row.is_counted]
    many = len(counted)
    parts = []
    for column in columns:
        done = sum(cells.is_filled(row.marks[column.slot]) for row in counted)
        parts.append(f"<td{' class=pick' if column.code == picked else ''}>{done} / {many}</td>")
    if found.has_average:
        parts.append(f'<td class="avg">{sum(row.average is not None for row in counted)} / {many}</td>')
    if has_comments(found):
        parts.append(f'<td class="cm">{sum(bool(row.comment) for row in counted)} / {many}</td>')
    return SafeString("".join(parts))
