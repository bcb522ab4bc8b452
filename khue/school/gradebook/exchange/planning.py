"""What a file of marks would do, cell by cell: pages find their sheets, rows their pupils, cells their values.

Nothing is guessed: a pupil two rows could mean, a code that is another's, a cell that is no mark are refused by name.
A blank cell is not nought and wipes nothing. What looks shifted stops the page until its teacher has looked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.lib.names import fold
from khue.lib.spreadsheets.cells import CellError, letter_of, text_of
from khue.lib.spreadsheets.shape import CellProblem
from khue.school.gradebook import cells
from khue.school.gradebook.actions.marks import LONGEST_COMMENT, average_of, why_not
from khue.school.gradebook.exchange.heads import AVERAGE, BORN, COMMENT, slots_under
from khue.school.gradebook.exchange.reading import FilePage, FileRow, day_as_mark
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.queries.files import FilePupil, OwnSheet, all_counted
from khue.school.gradebook.queries.frames import Frame
from khue.school.gradebook.rules import marks, shifts

NEW, CHANGED, SAME, QUESTION, REFUSED, BLANK = "new", "changed", "same", "question", "refused", "blank"
COMMENT_SLOT: Final = -1
_ENOUGH: Final = 3  # rows that must disagree before a page is stopped


@dataclass(slots=True)
class CellPlan:
    """One cell of the file and what would become of it."""

    slot: int
    letter: str
    text: str
    kind: str
    before: str = ""
    after: str = ""
    seen: int | None = None
    value: int | None = None
    seen_text: str = ""
    message: str = ""

    @property
    def is_written(self) -> bool:
        """Whether it would be written."""
        return self.kind in (NEW, CHANGED)


@dataclass(slots=True)
class LinePlan:
    """One line of the file: whose it is, and its cells."""

    number: int
    name: str
    enrolment_id: int | None
    cells: list[CellPlan] = field(default_factory=list)
    problem: str = ""  # why the whole line is refused
    note: str = ""  # a remark that refuses nothing
    note_letter: str = ""

    @property
    def kind(self) -> str:
        """refused, changed, new or same, the gravest first."""
        kinds = {cell.kind for cell in self.cells}
        if self.problem or kinds & {REFUSED, QUESTION}:
            return REFUSED
        return next((kind for kind in (CHANGED, NEW) if kind in kinds), SAME)


@dataclass
class PagePlan:
    """One page of the file against one sheet."""

    page: FilePage
    frame: Frame | None
    choices: list[OwnSheet]
    lines: list[LinePlan] = field(default_factory=list)
    columns: dict[int, Column] = field(default_factory=dict)  # column of the file -> column of the sheet
    stops: list[str] = field(default_factory=list)  # looks wrong: written only when somebody says so
    hints: list[str] = field(default_factory=list)
    refusal: str = ""  # nothing of this page can be written
    missing: list[str] = field(default_factory=list)  # pupils of the class whom the file does not have

    def count(self, *kinds: str) -> int:
        """How many cells are of these kinds."""
        return sum(cell.kind in kinds for line in self.lines for cell in line.cells)

    @property
    def refused(self) -> int:
        """Cells and lines that are refused, questions included."""
        return self.count(REFUSED, QUESTION) + sum(bool(line.problem) for line in self.lines)

    @property
    def written(self) -> list[tuple[LinePlan, CellPlan]]:
        """What would be written."""
        if self.refusal or self.frame is None:
            return []
        return [
            (line, cell) for line in self.lines if not line.problem for cell in line.cells if cell.is_written
        ]

    @property
    def digest(self) -> str:
        """What the preview saw and would write, in short: when it differs at writing, somebody wrote meanwhile."""
        body = repr([(line.enrolment_id, c.slot, c.seen, c.seen_text, c.after) for line, c in self.written])
        return hashlib.sha256(body.encode()).hexdigest()[:24]

    @property
    def problems(self) -> list[CellProblem]:
        """Every remark on the page, for the same file given back."""
        found = [
            self._problem(self.page.header_row, "", "", one, refuses=True)
            for one in (self.refusal, *self.stops)
            if one
        ]
        for line in self.lines:
            if line.problem:
                found.append(self._problem(line.number, "", line.name, line.problem, refuses=True))
            for cell in line.cells:
                if cell.kind in (REFUSED, QUESTION):
                    found.append(
                        self._problem(line.number, cell.letter, cell.text, cell.message, refuses=True)
                    )
            if line.note:
                found.append(
                    self._problem(line.number, line.note_letter, line.name, line.note, refuses=False)
                )
        return found

    def _problem(self, row: int, letter: str, value: str, message: str, *, refuses: bool) -> CellProblem:
        return CellProblem(self.page.name, row, letter, letter, value, message, "marks", "", refuses)


# --- which sheet a page is -------------------------------------------------------------------------------------------


def candidates(
    page: FilePage, own: Sequence[OwnSheet], class_names: Iterable[str], wanted: int | None, today: dt.date
) -> tuple[list[OwnSheet], str]:
    """The sheets a page may be, best first, and why there is none."""
    by_id = {one.id: one for one in own}
    if page.sheet_id is not None:
        found = by_id.get(page.sheet_id)
        if found is None:
            return [], _("Trang này là mẫu của một sổ mà thầy cô không vào điểm.")
        return [found], ""
    said = {name for name in class_names if page.says(name)}
    if len(said) == 1 and not any(one.class_name in said for one in own):
        return [], _("Trang này ghi lớp %(name)s, thầy cô không vào điểm lớp ấy.") % {"name": said.pop()}
    left = [one for one in own if not said or one.class_name in said]
    subject = [one for one in left if any(page.says(word) for word in one.wordings)]
    longest = max((len(word) for one in subject for word in one.wordings if page.says(word)), default=0)
    subject = [
        one for one in subject if any(len(w) == longest and page.says(w) for w in one.wordings)
    ] or left
    term = [one for one in subject if page.term is None or one.term == page.term]
    if wanted is not None and wanted in by_id:
        if by_id[wanted] in term:
            return [by_id[wanted]], ""
        if said and by_id[wanted].class_name not in said:
            return [], _("Trang này ghi lớp %(file)s, không phải lớp %(name)s.") % {
                "file": ", ".join(sorted(said)), "name": by_id[wanted].class_name,
            }  # fmt: skip
    begun = [one for one in term if one.term_starts_on <= today]
    if page.term is None and begun:
        latest = max(one.term for one in begun)
        term = [one for one in begun if one.term == latest]
    return term, "" if term else _("Không có sổ nào của thầy cô hợp với trang này.")


def settled(
    page: FilePage, found: Sequence[OwnSheet], pupils: Mapping[int, Sequence[FilePupil]]
) -> OwnSheet | None:
    """The one sheet among several whose pupils are in the file and whose columns it has."""
    if len(found) == 1:
        return found[0]
    names = {fold(row.name) for row in page.rows if row.name} | {
        row.code.upper() for row in page.rows if row.code
    }
    shares = [(_share(pupils.get(one.id, ()), names), one) for one in found]
    best = max((share for share, _one in shares), default=0.0)
    likely = [one for share, one in shares if share == best and share >= 0.5]
    return likely[0] if len(likely) == 1 else None


def _share(pupils: Sequence[FilePupil], names: set[str]) -> float:
    there = all_counted(pupils)
    hits = sum(
        fold(p.row.full_name) in names or p.code in names or p.ministry_code.upper() in names for p in there
    )
    return hits / len(there) if there else 0.0


# --- rows and cells --------------------------------------------------------------------------------------------------


def plan_page(
    page: FilePage, frame: Frame, pupils: Sequence[FilePupil], choices: Sequence[OwnSheet], *,
    elsewhere: Mapping[str, str], accepts_tenths: bool,
) -> PagePlan:  # fmt: skip
    """Judge one page against one sheet; `elsewhere` says in which other class of the teacher a name or code is."""
    plan = PagePlan(page, frame, list(choices))
    by_slot = {column.slot: column for column in frame.columns}
    if page.codes:
        by_code = {column.code: column for column in frame.columns}
        plan.columns = {n: by_code[code] for n, code in page.codes.items() if code in by_code}
    else:
        plan.columns = {n: by_slot[slot] for n, slot in slots_under(page.heads, frame.columns).items()}
    comment_at = _field_at(page, COMMENT)
    if not plan.columns and comment_at is None:
        plan.refusal = _("Không thấy cột điểm nào của %(sheet)s trong trang này.") % {"sheet": frame.title}
        return plan
    there = all_counted(pupils)
    roll = _Roll(there)
    seen: dict[int, int] = {}
    for row in page.rows:
        line = _line(plan, row, roll, seen, elsewhere, comment_at, accepts_tenths=accepts_tenths)
        if line is not None:
            plan.lines.append(line)
    plan.missing = [p.row.full_name for p in there if p.row.enrolment_id not in seen]
    _look_at_pupils(plan, elsewhere)
    _look_at_columns(plan, there)
    _look_at_averages(plan, {p.row.enrolment_id: p for p in there})
    return plan


def _field_at(page: FilePage, meant: str) -> int | None:
    if page.codes:
        return next((n for n, code in page.codes.items() if code == meant), None)
    return page.identity.get(meant)


class _Roll:
    """The pupils of the class by code and by name."""

    def __init__(self, pupils: Sequence[FilePupil]) -> None:
        self.codes = {code.upper(): p for p in pupils for code in (p.code, p.ministry_code) if code}
        self.names: dict[str, list[FilePupil]] = {}
        for pupil in pupils:
            self.names.setdefault(fold(pupil.row.full_name), []).append(pupil)

    def find(
        self, row: FileRow, born: dt.date | None, elsewhere: Mapping[str, str]
    ) -> tuple[FilePupil | None, str]:
        """The pupil of a line, or why there is none."""
        named = self.names.get(fold(row.name), []) if row.name else []
        if row.code and row.code.upper() in self.codes:
            pupil = self.codes[row.code.upper()]
            if row.name and fold(row.name) != fold(pupil.row.full_name):
                return None, _("Mã %(code)s là của %(owner)s, không phải %(name)s: cột tên và cột mã lệch nhau.") % {
                    "code": row.code, "owner": pupil.row.full_name, "name": row.name,
                }  # fmt: skip
            return pupil, ""
        if row.code and not row.name:
            return None, _("Không có mã %(code)s trong lớp.") % {"code": row.code}
        if row.code and row.code.upper() in elsewhere:
            named = []
        exact = [p for p in named if born is not None and p.birth_date == born]
        if len(exact) == 1:
            return exact[0], ""
        if len(named) > 1:
            return None, _("Lớp có %(n)s em tên %(name)s. Ghi mã học sinh hoặc ngày sinh để phân biệt.") % {
                "n": len(named), "name": row.name,
            }  # fmt: skip
        if len(named) == 1:
            if born is not None and named[0].birth_date is not None and not exact and row.code:
                return None, _("Mã và ngày sinh không phải của %(name)s trong lớp này.") % {"name": row.name}
            return named[0], ""
        other = elsewhere.get(row.code.upper()) or elsewhere.get(fold(row.name))
        if other:
            return None, _("%(name)s học lớp %(room)s, không phải lớp này.") % {
                "name": row.name,
                "room": other,
            }
        return None, _("Không có em %(name)s trong lớp.") % {"name": row.name}


def _line(
    plan: PagePlan, row: FileRow, roll: _Roll, seen: dict[int, int], elsewhere: Mapping[str, str],
    comment_at: int | None, *, accepts_tenths: bool,
) -> LinePlan | None:  # fmt: skip
    frame = plan.frame
    assert frame is not None
    has_marks = any(row.at(n) != "" for n in plan.columns)
    if not row.name and not row.code:
        if not any(_is_value(column, row, n) for n, column in plan.columns.items()):
            return None  # a signature, a total
        return LinePlan(row.number, "", None, problem=_("Dòng có điểm mà không có tên học sinh."))
    raw_born = row.at(plan.page.identity[BORN]) if BORN in plan.page.identity else ""
    born = raw_born if isinstance(raw_born, dt.date) else _day(text_of(raw_born))
    pupil, why = roll.find(row, born.date() if isinstance(born, dt.datetime) else born, elsewhere)
    if pupil is None:
        has_comment = comment_at is not None and row.at(comment_at) != ""
        if not has_marks and not has_comment:
            return None  # a signature, a total
        return LinePlan(row.number, row.name or row.code, None, problem=why)
    line = LinePlan(row.number, pupil.row.full_name, pupil.row.enrolment_id)
    if pupil.row.enrolment_id in seen:
        line.problem = _("Em này đã có ở hàng %(row)s.") % {"row": seen[pupil.row.enrolment_id]}
        return line
    seen[pupil.row.enrolment_id] = row.number
    for index, column in plan.columns.items():
        line.cells.append(_cell(frame, pupil, column, index, row, accepts_tenths=accepts_tenths))
    if comment_at is not None:
        line.cells.append(_remark(frame, pupil, comment_at, row))
    return line


def _is_value(column: Column, row: FileRow, index: int) -> bool:
    read = cells.read(column, text_of(row.at(index)))
    return read.value is not None or read.question is not None


def _day(text: str) -> dt.date | None:
    parts = text.replace("-", "/").replace(".", "/").split("/")
    try:
        day, month, year = (int(part) for part in parts)
        return dt.date(year, month, day)
    except ValueError:
        return None


def _cell(
    frame: Frame, pupil: FilePupil, column: Column, index: int, row: FileRow, *, accepts_tenths: bool
) -> CellPlan:
    raw = row.at(index)
    now = pupil.row.marks[column.slot]
    text = text_of(raw)
    found = CellPlan(
        column.slot, letter_of(index), text, BLANK, before=cells.show(column, now), seen=now, value=now
    )
    if isinstance(raw, CellError):
        return _refused(found, _("Ô này là lỗi công thức %(mark)s. Gõ lại điểm vào ô.") % {"mark": text})
    if isinstance(raw, dt.date):
        return _dated(found, frame, pupil, column, raw, accepts_tenths=accepts_tenths)
    if not text:
        return found
    read = cells.read(column, text)
    if read.refusal:
        return _refused(found, str(read.refusal))
    if read.question is not None and not accepts_tenths:
        found.kind, found.value = QUESTION, read.question
        found.after = cells.show(column, read.question)
        found.message = _("Tệp ghi “%(text)s”. Ghi %(mark)s phải không?") % {
            "text": text,
            "mark": found.after,
        }
        return found
    return _judged(found, frame, pupil, column, read.value if read.question is None else read.question)


def _judged(found: CellPlan, frame: Frame, pupil: FilePupil, column: Column, value: int | None) -> CellPlan:
    found.value, found.after = value, cells.show(column, value)
    if value is None:
        return found
    if value == found.seen:
        found.kind = SAME
        return found
    problem = why_not(frame, pupil.row, column, found.seen, value, "")
    if problem:
        return _refused(found, problem)
    found.kind = NEW if found.seen is None else CHANGED
    return found


def _dated(
    found: CellPlan, frame: Frame, pupil: FilePupil, column: Column, day: dt.date, *, accepts_tenths: bool
) -> CellPlan:
    """Excel makes a day of 8/5 and of 8.5: asked about, never taken by itself."""
    tenths, shown = day_as_mark(day)
    is_mark = column.kind == Kind.MARK and day.month <= 9 and tenths <= marks.HIGHEST
    found.text = shown
    if not is_mark:
        return _refused(found, _("Ô này là ngày %(day)s, không phải điểm.") % {"day": text_of(day)})
    if accepts_tenths:
        return _judged(found, frame, pupil, column, tenths)
    found.kind, found.value, found.after = QUESTION, tenths, cells.show(column, tenths)
    found.message = _("Excel đã đổi ô này thành ngày %(day)s. Ghi %(mark)s phải không?") % {
        "day": text_of(day), "mark": found.after,
    }  # fmt: skip
    return found


def _refused(found: CellPlan, message: str) -> CellPlan:
    found.kind, found.message = REFUSED, message
    return found


def _remark(frame: Frame, pupil: FilePupil, index: int, row: FileRow) -> CellPlan:
    text = text_of(row.at(index))
    now = pupil.row.comment
    found = CellPlan(
        COMMENT_SLOT, letter_of(index), text, BLANK, before=now, after=text or now, seen_text=now
    )
    if not text or text == now:
        found.kind = SAME if text else BLANK
    elif len(text) > LONGEST_COMMENT:
        _refused(found, _("Nhận xét dài nhất 500 chữ."))
    elif text.replace(",", "").replace(".", "").isdigit():
        _refused(found, _("Cột nhận xét có số “%(text)s”: có thể lệch cột.") % {"text": text})
    elif not frame.locks.may_remark(pupil.row.enrolment_id):
        _refused(found, _("Sổ đã khóa. Xin mở khóa để sửa."))
    else:
        found.kind = CHANGED if now else NEW
    return found


# --- does it stand where it belongs? ---------------------------------------------------------------------------------


def _look_at_pupils(plan: PagePlan, elsewhere: Mapping[str, str]) -> None:
    strangers = [line for line in plan.lines if line.enrolment_id is None and line.name]
    named = [line for line in plan.lines if line.name]
    if strangers and len(strangers) * 2 >= len(named):
        rooms = Counter(
            room
            for row in plan.page.rows
            if (room := elsewhere.get(row.code.upper()) or elsewhere.get(fold(row.name)))
        )
        assert plan.frame is not None
        likely = rooms.most_common(1)
        plan.refusal = _("%(n)s trong %(all)s em của trang này không học lớp %(room)s.") % {
            "n": len(strangers), "all": len(named), "room": plan.frame.class_name,
        } + (" " + _("Tên khớp với lớp %(room)s.") % {"room": likely[0][0]} if likely else "")  # fmt: skip
    if plan.missing:
        n = len(plan.missing)
        shown = ", ".join(plan.missing[:5]) + (", …" if n > 5 else "")
        plan.hints.append(
            ngettext("Tệp thiếu %(n)s em của lớp: %(names)s.", "Tệp thiếu %(n)s em của lớp: %(names)s.", n)
            % {"n": n, "names": shown}
        )


def _look_at_columns(plan: PagePlan, pupils: Sequence[FilePupil]) -> None:
    page = plan.page
    last = max(plan.columns, default=-1)
    for index, column in plan.columns.items():
        filled = [c for line in plan.lines for c in line.cells if c.slot == column.slot and c.text]
        bad = sum(cell.kind == REFUSED for cell in filled)
        if (
            len(filled) >= _ENOUGH
            and bad * 2 >= len(filled)
            and plan.frame
            and not plan.frame.locks.is_locked(column)
        ):
            plan.stops.append(
                _("Cột %(letter)s (%(column)s): %(n)s trong %(all)s ô không đọc được, có thể lệch cột.")
                % {"letter": letter_of(index), "column": column.label, "n": bad, "all": len(filled)}
            )
    known = set(plan.columns) | set(page.identity.values()) | set(page.codes)
    first, last = min(plan.columns, default=0), max(plan.columns, default=-3)
    for index in range(max(first - 1, 0), last + 3):
        text = page.heads[index].text if index < len(page.heads) else ""
        if index not in known and not text and _marks_in(plan, index) >= _ENOUGH:
            plan.stops.append(
                _("Cột %(letter)s có điểm mà không có tiêu đề: có thể lệch cột.")
                % {"letter": letter_of(index)}
            )
    at = page.identity.get(BORN)
    if at is not None and _marks_in(plan, at) >= _ENOUGH:
        plan.stops.append(
            _("Cột %(letter)s (%(head)s) chứa điểm: có thể lệch cột.")
            % {"letter": letter_of(at), "head": page.heads[at].text}
        )
    _look_at_shifts(plan, pupils)


def _is_number(text: str) -> bool:
    """Whether a text is a plain number with a point; ², ① are digits to Python and no numbers."""
    digits = text.replace(".", "", 1)
    return len(text) < 20 and digits.isascii() and digits.isdigit()


def _marks_in(plan: PagePlan, index: int) -> int:
    """How many lines have a mark of one or two digits in a column."""
    found = 0
    for row in plan.page.rows:
        text = text_of(row.at(index))
        if row.name and 0 < len(text) <= 4 and _is_number(text.replace(",", ".")):
            found += float(text.replace(",", ".")) <= 10
    return found


def _look_at_shifts(plan: PagePlan, pupils: Sequence[FilePupil]) -> None:
    """Against what the gradebook holds: another column's marks, or the marks of the pupil above or below."""
    scored = [column for column in plan.columns.values() if column.kind == Kind.MARK]
    place = {pupil.row.enrolment_id: n for n, pupil in enumerate(pupils)}
    held = [[pupil.row.marks[column.slot] for pupil in pupils] for column in scored]
    for n, column in enumerate(scored):
        given: list[int | None] = [None] * len(pupils)
        for line in plan.lines:
            for cell in line.cells:
                if (
                    cell.slot == column.slot
                    and cell.text
                    and line.enrolment_id in place
                    and cell.kind != REFUSED
                ):
                    given[place[line.enrolment_id]] = cell.value
        like = shifts.like_another_column(given, n, held)
        if like is not None:
            plan.stops.append(
                _("Điểm cột %(column)s trong tệp giống cột %(other)s trong sổ: có thể lệch cột.")
                % {"column": column.label, "other": scored[like.other].label}
            )
            continue
        offset = shifts.like_shifted_rows(given, held[n]) or shifts.misfit_rows(
            given, shifts.abilities(held, n)
        )
        if offset is not None:
            plan.stops.append(
                _("Điểm cột %(column)s trong tệp giống điểm trong sổ nhưng lệch %(n)s hàng.")
                % {"column": column.label, "n": abs(offset)}
            )


def _look_at_averages(plan: PagePlan, pupils: Mapping[int, FilePupil]) -> None:
    """The file's own averages against the marks beside them: the surest sign of a shifted column."""
    at = _field_at(plan.page, AVERAGE)
    frame = plan.frame
    if at is None or frame is None or plan.page.codes or not frame.has_average or not frame.is_scored:
        return  # our own template carries the averages of the day it was made
    rows = {row.number: row for row in plan.page.rows}
    wrong = compared = 0
    for line in plan.lines:
        if line.enrolment_id is None or line.problem:
            continue
        text = text_of(rows[line.number].at(at)).replace(",", ".")
        if not _is_number(text):
            continue
        told = round(float(text) * 10)
        values = list(pupils[line.enrolment_id].row.marks)
        for cell in line.cells:
            if cell.slot >= 0 and cell.kind in (NEW, CHANGED, SAME):
                values[cell.slot] = cell.value
        if any(cell.kind in (REFUSED, QUESTION) for cell in line.cells):
            continue
        compared += 1
        ours = average_of(frame, values)
        if ours == told:
            continue
        wrong += ours is None or abs(ours - told) > 1
        line.note_letter = letter_of(at)
        line.note = (
            _("Tệp ghi trung bình %(told)s, tính từ điểm trong dòng là %(ours)s.")
            % {"told": marks.show(told) if 0 <= told <= marks.HIGHEST else text, "ours": marks.show(ours)}
            if ours is not None
            else _("Tệp có trung bình %(told)s mà điểm trong dòng chưa đủ.") % {"told": text}
        )
    if wrong >= _ENOUGH and wrong * 2 >= compared:
        plan.stops.append(
            _("Cột trung bình của tệp không khớp với điểm trong %(n)s dòng: có thể lệch cột.") % {"n": wrong}
        )
