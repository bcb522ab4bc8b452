"""A register as a table: what each pupil was at each session, with the sums of its foot and its last columns. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.school.attendance import rules, words
from khue.school.attendance.queries.registers import Pupil, Register

LONGEST_WEEK = 21  # columns: three sessions of seven days
SUMS = (rules.EXCUSED, rules.UNEXCUSED, rules.LATE)


@dataclass(frozen=True, slots=True)
class Column:
    """A session of a day; off: no lessons; not taken: nothing is known."""

    day: date
    session: str
    is_off: bool
    is_taken: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A pupil's codes, one a column: empty for present, None where nothing is known or the class was another."""

    pupil: Pupil
    codes: tuple[str | None, ...]
    sums: tuple[int, ...]


@dataclass(frozen=True)
class Table:
    """A register, ready to be drawn, printed or written to a workbook."""

    register: Register
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]

    def absent(self, at: int) -> int | None:
        """How many were away in a column; None where nobody took the roll."""
        if not self.columns[at].is_taken:
            return None
        return sum(line.codes[at] in rules.ABSENT for line in self.lines)

    @property
    def rate(self) -> int | None:
        """The attendance rate of what was taken, in tenths of a per cent (rules/15 section 2)."""
        known = [code for line in self.lines for code in line.codes if code is not None]
        return rules.rate(len(known), sum(code in rules.ABSENT for code in known))


def week(register: Register) -> Table:
    """Every session of a week, Sunday only where there were lessons."""
    columns = []
    for day in register.days:
        sessions = [
            one
            for one in (*register.room.sessions(day), *register.room.home_sessions(day))
            if one in rules.TEACHING
        ]
        if day.weekday() == 6 and not sessions and not any(on == day for on, _s, _n in register.sheets):
            continue
        taken = sorted({name for on, name, _n in register.sheets if on == day and name not in sessions})
        for session in sorted([*sessions, *taken], key=lambda one: rules.ORDER[one]):
            columns.append(Column(day, session, False, register.is_taken(day, session)))
        if not sessions and not taken:
            columns.append(Column(day, "", True, False))
    return _table(register, columns)


def month(register: Register, session: str) -> Table:
    """One session of every day of a month, as in the printed register; empty: the main one of each day."""
    columns = []
    for day in register.days:
        one = session or register.room.main(day)
        is_off = one not in register.room.sessions(day) and not register.is_taken(day, one)
        columns.append(Column(day, one, is_off, bool(one) and register.is_taken(day, one)))
    return _table(register, columns)


def _table(register: Register, columns: Sequence[Column]) -> Table:
    lines = []
    noted = {(pk, day) for pk, day, _session, _period in register.marks}
    for pupil in register.pupils:
        codes = tuple(
            register.code(pupil.enrolment_id, one.day, one.session)
            if one.is_taken
            and (pupil.belongs(one.day, register.room.id) or (pupil.enrolment_id, one.day) in noted)
            else None
            for one in columns
        )
        lines.append(Line(pupil, codes, tuple(codes.count(code) for code in SUMS)))
    return Table(register, tuple(columns), tuple(lines))


def draw(table: Table, *, links: dict[date, str], pupil_url: str) -> SafeString:
    """The register as an HTML table; `pupil_url` holds {pk}, `links` the page of each day's roll."""
    is_month = len(table.columns) > LONGEST_WEEK
    heads = "".join(_head(one, links.get(one.day, ""), is_month) for one in table.columns)
    sums = "".join(f'<th scope="col" title="{escape(str(words.CODES[code]))}">{code}</th>' for code in SUMS)
    rows = "".join(
        f'<tr><td>{n}</td><th scope="row" class="who"><a href="{pupil_url.format(pk=line.pupil.enrolment_id)}">'
        f"{escape(line.pupil.full_name)}</a></th>{_cells(table, line)}{_sums(line)}</tr>"
        for n, line in enumerate(table.lines, start=1)
    )  # fmt: skip
    foot = "".join(
        f"<td>{'' if (found := table.absent(n)) is None else found}</td>" for n in range(len(table.columns))
    )
    totals = "".join(f"<td>{sum(line.sums[n] for line in table.lines)}</td>" for n in range(len(SUMS)))
    return SafeString(
        f'<table class="reg{" month" if is_month else ""}"><thead><tr><th scope="col">{escape(_("STT"))}</th>'
        f'<th scope="col" class="who">{escape(_("Họ và tên"))}</th>{heads}{sums}</tr></thead><tbody>{rows}</tbody>'
        f'<tfoot><tr><td></td><th scope="row" class="who">{escape(_("Số em vắng"))}</th>{foot}{totals}</tr></tfoot>'
        "</table>"
    )  # fmt: skip


def _head(one: Column, url: str, is_month: bool) -> str:
    name = words.SHORT_DAYS[one.day.weekday()]
    text = f"{name}<br>{one.day:%d/%m}{f'<br>{one.session}' if one.session else ''}"
    if is_month:
        text = f"{name}<br>{one.day.day}"
    look = ' class="off"' if one.is_off else ""
    if url and one.session:
        text = f'<a href="{url}&amp;buoi={one.session}">{text}</a>'
    return f'<th scope="col"{look}>{text}</th>'


def _sums(line: Line) -> str:
    return "".join(f"<td>{one or ''}</td>" for one in line.sums)


def _cells(table: Table, line: Line) -> str:
    found = []
    for one, code in zip(table.columns, line.codes, strict=True):
        if one.is_off:
            found.append('<td class="off"></td>')
        elif code is None:
            found.append(f'<td class="none" title="{escape(_("Chưa điểm danh"))}"></td>')
        elif code:
            found.append(f'<td data-m="{code}">{code}</td>')
        else:
            found.append("<td></td>")
    return "".join(found)
