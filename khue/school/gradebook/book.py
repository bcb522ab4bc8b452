"""The printed book of a class, leaf by leaf, as the circulars' forms have it.

TT 22/2021: "Sổ theo dõi và đánh giá học sinh" (of the class, or of one teacher), a leaf for each subject and the
summary of the term and the year. TT 27/2020: "Bảng tổng hợp kết quả đánh giá giáo dục" at one of the four times.
Preschool: what was observed. Pupils stand in Vietnamese order; long classes go on to a next leaf, with the head again.
Everything people wrote is escaped here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from khue.school.gradebook import cells, headings
from khue.school.gradebook.layout import TRAITS, Column, Kind
from khue.school.gradebook.models import SheetKind
from khue.school.gradebook.queries.books import ClassBook, Summary
from khue.school.gradebook.queries.files import FilePupil
from khue.school.gradebook.queries.frames import Frame
from khue.school.gradebook.queries.result_pages import ResultRow
from khue.school.gradebook.rules import averages, marks
from khue.school.gradebook.rules.promotion import Outcome
from khue.school.gradebook.terms import ROMAN

LINES: Final = 29  # lines of a leaf without signatures
SIGNS: Final = 6  # lines that the signatures take
COMMENT_LETTERS: Final = 62  # letters of a comment on one line
HALVES: Final = ("giua", "cuoi")


@dataclass(frozen=True, slots=True)
class Sign:
    """A place to sign: who, and the name when it is known."""

    role: str
    name: str = ""
    hint: str = ""


@dataclass(slots=True)
class Leaf:
    """One side of paper."""

    title: str
    about: str
    head: SafeString
    body: SafeString
    look: str = ""
    signs: tuple[Sign, ...] = ()
    note: str = ""
    number: int = 0


@dataclass
class Book:
    """A book ready to print."""

    title: str
    kind: str  # under the title: of the class, of the teacher
    form: str  # the circular that has the form
    leaves: list[Leaf] = field(default_factory=list)
    has_cover: bool = False

    @property
    def pages(self) -> int:
        """How many sides of paper, the cover not counted."""
        return len(self.leaves)

    def add(self, leaves: Iterable[Leaf]) -> None:
        """Put leaves in, numbered on."""
        for leaf in leaves:
            leaf.number = len(self.leaves) + 1
            self.leaves.append(leaf)


def book_of(found: ClassBook, term: int, half: str, tables: Sequence[Summary]) -> Book:
    """The book of a class in a term; of primary school, at the middle or the end of it."""
    if found.classroom.level == "TH":
        return _primary(found, term, half, tables)
    if found.classroom.level == "MN":
        book = Book(
            _("Sổ quan sát, đánh giá trẻ"), _("Nhóm, lớp %(name)s") % {"name": found.classroom.name}, ""
        )
    else:
        kind = _("(theo lớp học)") if found.is_whole else _("(của giáo viên)")
        form = _("Mẫu theo Thông tư 22/2021/TT-BGDĐT")
        if found.frames[0].rule_set == "TT58_2011":
            form = _("Mẫu theo Thông tư 58/2011/TT-BGDĐT")
        book = Book(_("Sổ theo dõi và đánh giá học sinh"), kind, form, has_cover=True)
    for frame in found.frames:
        book.add(_sheet(found, frame))
    for table in tables:
        book.add(_summary(found, table))
    return book


# --- a subject -------------------------------------------------------------------------------------------------------


def _sheet(found: ClassBook, frame: Frame) -> list[Leaf]:
    columns = [c for c in frame.columns if c.is_required or _is_used(c, found.pupils[frame.id])]
    has_year = frame.has_average and frame.term == 2
    rows = [
        (_row(found, frame, columns, number, pupil, has_year=has_year), _weight(pupil.row.comment))
        for number, pupil in enumerate(found.pupils[frame.id], 1)
    ]
    title = frame.subject_name or str(SheetKind(frame.kind).label)
    who = found.teachers.get(frame.course_id or 0, "")
    role = _("Giáo viên chủ nhiệm") if frame.is_homeroom else _("Giáo viên bộ môn")
    if found.classroom.level == "MN":
        role = _("Giáo viên phụ trách lớp")
    about = _("Lớp %(room)s, học kì %(term)s") % {"room": frame.class_name, "term": ROMAN[frame.term]}
    note = "" if not frame.has_average else (
        _("ĐĐGtx: điểm đánh giá thường xuyên; ĐĐGgk: giữa kì; ĐĐGck: cuối kì; ĐTBmhk: trung bình môn học kì. V: vắng; "
          "B: chờ kiểm tra bù; M: miễn.")
        if frame.is_scored
        else _("Đ: đạt; CĐ: chưa đạt; V: vắng; B: chờ kiểm tra bù; M: miễn.")
    )  # fmt: skip
    signs = (Sign(role, who, _("(ký, ghi rõ họ tên)")),)
    return _leaves(title, about, _head(columns, frame, has_year=has_year), rows, signs, note=note)


def _is_used(column: Column, pupils: Sequence[FilePupil]) -> bool:
    return any(pupil.row.marks[column.slot] is not None for pupil in pupils)


def _head(columns: Sequence[Column], frame: Frame, *, has_year: bool) -> SafeString:
    top = [_th(_("STT"), "bk-n"), _th(_("Họ và tên"), "bk-who")]
    under: list[str] = []
    groups = headings.groups_of(columns)
    is_deep = any(title and len(members) > 0 for title, members in groups)
    span = 2 if is_deep else 1
    for title, members in groups:
        if not title:
            top.append(_th(headings.label_of(members[0]), "bk-m", rows=span))
            continue
        top.append(_th(title, "bk-m", columns=len(members), rows=1))
        for number, column in enumerate(members, 1):
            is_regular = column.code.startswith("tx")
            under.append(_th(str(number) if is_regular else headings.label_of(column), "bk-m", rows=1))
    if frame.has_average:
        top.append(_th(headings.AVERAGE, "bk-m", rows=span))
    if has_year:
        top.append(_th(headings.YEAR_AVERAGE, "bk-m", rows=span))
    top.append(_th(_("Nhận xét"), "bk-say", rows=span))
    first = "".join(top[:2]).replace("<th", f'<th rowspan="{span}"') + "".join(top[2:])
    return _safe(f"<tr>{first}</tr>" + (f"<tr>{''.join(under)}</tr>" if under else ""))


def _row(
    found: ClassBook,
    frame: Frame,
    columns: Sequence[Column],
    number: int,
    pupil: FilePupil,
    *,
    has_year: bool,
) -> str:
    row = pupil.row
    parts = [_td(str(number), "bk-n"), _td(row.full_name, "bk-who")]
    parts += [_td(cells.show(column, row.marks[column.slot]), "bk-m") for column in columns]
    if frame.has_average:
        parts.append(_td(marks.show(row.average, frame.assessed_by or "marks"), "bk-m bk-b"))
    if has_year and frame.course_id is not None:
        one = found.before.get((frame.course_id, row.enrolment_id))
        join: Callable[[int | None, int | None], int | None] = (
            averages.year_average if frame.is_scored else averages.year_comment
        )
        parts.append(_td(marks.show(join(one, row.average), frame.assessed_by or "marks"), "bk-m bk-b"))
    parts.append(_td(row.comment, "bk-say"))
    return f"<tr>{''.join(parts)}</tr>"


# --- the summary of a class ------------------------------------------------------------------------------------------


def _summary(found: ClassBook, table: Summary) -> list[Leaf]:
    is_year = table.period == 0
    heads = [_th(_("STT"), "bk-n"), _th(_("Họ và tên"), "bk-who")]
    heads += [_th(course.short or course.name, "bk-m bk-up") for course in table.room.courses]
    heads += [
        _th(_("Kết quả học tập"), "bk-w"),
        _th(_("Kết quả rèn luyện"), "bk-w"),
        _th(_("Số buổi nghỉ"), "bk-m"),
    ]
    if is_year:
        heads += [_th(_("Danh hiệu"), "bk-w"), _th(_("Kết quả cuối năm"), "bk-w")]
    rows = [(_summary_row(n, row, is_year=is_year), 1) for n, row in enumerate(table.rows, 1)]
    about = _("Lớp %(room)s, cả năm học") if is_year else _("Lớp %(room)s, học kì %(term)s")
    return _leaves(
        _("Tổng hợp kết quả đánh giá cả năm học") if is_year else _("Tổng hợp kết quả đánh giá học kì"),
        about % {"room": found.classroom.name, "term": ROMAN.get(table.period, "")},
        _safe(f"<tr>{''.join(heads)}</tr>"),
        rows,
        _class_signs(found),
        note="" if table.state == "approved" else _("Kết quả chưa được hiệu trưởng duyệt."),
        look="dense",
    )


def _summary_row(number: int, row: ResultRow, *, is_year: bool) -> str:
    parts = [_td(str(number), "bk-n"), _td(row.pupil.name, "bk-who")]
    parts += [_td(cell, "bk-m") for cell in row.cells]
    absences = "" if row.verdict.absences is None else str(row.verdict.absences)
    parts += [
        _td(row.retest_learning or row.learning, "bk-w"),
        _td(row.conduct, "bk-w"),
        _td(absences, "bk-m"),
    ]
    if is_year:
        parts += [_td(row.award, "bk-w"), _td(_outcome(row), "bk-w")]
    return f"<tr>{''.join(parts)}</tr>"


def _outcome(row: ResultRow) -> str:
    """What became of the pupil; nothing on paper while it cannot be said."""
    return "" if row.verdict.outcome == Outcome.INCOMPLETE else row.outcome


def _class_signs(found: ClassBook) -> tuple[Sign, ...]:
    return (
        Sign(_("Giáo viên chủ nhiệm"), found.teachers.get(0, ""), _("(ký, ghi rõ họ tên)")),
        Sign(_("Hiệu trưởng"), "", _("(ký, ghi rõ họ tên, đóng dấu)")),
    )


# --- primary school --------------------------------------------------------------------------------------------------


def _primary(found: ClassBook, term: int, half: str, tables: Sequence[Summary]) -> Book:
    letter = "g" if half == "giua" else "c"
    when = {
        (1, "g"): _("giữa học kì I"), (1, "c"): _("cuối học kì I"),
        (2, "g"): _("giữa học kì II"), (2, "c"): _("cuối năm học"),
    }[term, letter]  # fmt: skip
    book = Book(
        _("Bảng tổng hợp kết quả đánh giá giáo dục"),
        when.capitalize(),
        _("Mẫu theo Thông tư 27/2020/TT-BGDĐT"),
    )
    subjects = [frame for frame in found.frames if frame.kind == SheetKind.SUBJECT]
    traits = next((frame for frame in found.frames if frame.kind == SheetKind.TRAITS), None)
    table = next((one for one in tables if one.period == 0), None) if (term, letter) == (2, "c") else None
    shown = [(frame, [c for c in frame.columns if c.code.startswith(letter)]) for frame in subjects]
    if traits is not None:
        shown.append(
            (traits, [c for c in traits.columns if c.code.startswith(letter) and _time(c) == letter])
        )
    by_sheet = {
        frame.id: {pupil.row.enrolment_id: pupil.row.marks for pupil in found.pupils[frame.id]}
        for frame, _c in shown
    }
    results = {row.pupil.enrolment_id: row for row in table.rows} if table else {}
    everybody = found.pupils[shown[0][0].id] if shown else []
    rows = []
    for number, pupil in enumerate(everybody, 1):
        born = f"{pupil.birth_date:%d/%m/%Y}" if pupil.birth_date else ""
        parts = [_td(str(number), "bk-n"), _td(pupil.row.full_name, "bk-who"), _td(born, "bk-day")]
        for frame, columns in shown:
            held = by_sheet[frame.id].get(pupil.row.enrolment_id, ())
            parts += [_td(cells.show(c, held[c.slot]) if c.slot < len(held) else "", "bk-m") for c in columns]
        if table is not None:
            result = results.get(pupil.row.enrolment_id)
            parts += [_td(result.learning if result else "", "bk-w"), _td(result.award if result else "", "bk-w"),
                      _td(_outcome(result) if result else "", "bk-w")]  # fmt: skip
        rows.append((f"<tr>{''.join(parts)}</tr>", 2 if table else 1))
    about = _("Lớp %(room)s, %(when)s") % {"room": found.classroom.name, "when": when}
    note = _(
        "Môn học: T hoàn thành tốt, H hoàn thành, C chưa hoàn thành. Phẩm chất, năng lực: T tốt, Đ đạt, C cần cố gắng."
    )
    head = _primary_head(shown, has_result=table is not None)
    book.add(_leaves(book.title, about, head, rows, _class_signs(found), note=note, look="wide"))
    return book


def _time(column: Column) -> str:
    return "g" if column.slot < len(TRAITS) else "c"


def _primary_head(shown: Sequence[tuple[Frame, list[Column]]], *, has_result: bool) -> SafeString:
    top = [
        _th(_("STT"), "bk-n", rows=2),
        _th(_("Họ và tên"), "bk-who", rows=2),
        _th(_("Ngày sinh"), "bk-day", rows=2),
    ]
    under: list[str] = []
    for frame, columns in shown:
        if frame.kind == SheetKind.TRAITS:
            groups: dict[str, list[Column]] = {}
            for column in columns:
                groups.setdefault(str(column.group), []).append(column)
            for title, members in groups.items():
                top.append(_th(title, "bk-m", columns=len(members), rows=1))
                under += [_th(str(column.label), "bk-m bk-up", rows=1) for column in members]
        elif columns:
            look = "bk-m" if len(columns) > 1 else "bk-m bk-up"
            top.append(_th(frame.subject_short or frame.subject_name, look, columns=len(columns), rows=1))
            under += [
                _th(_("Mức đạt được") if c.kind == Kind.LEVEL else _("Điểm KTĐK"), "bk-m bk-up", rows=1)
                for c in columns
            ]
    if has_result:
        top += [
            _th(one, "bk-w", rows=2)
            for one in (_("Kết quả giáo dục"), _("Khen thưởng"), _("Hoàn thành chương trình"))
        ]
    return _safe(f"<tr>{''.join(top)}</tr><tr>{''.join(under)}</tr>")


# --- leaves ----------------------------------------------------------------------------------------------------------


def _weight(comment: str) -> int:
    return max(1, -(-len(comment) // COMMENT_LETTERS))


def parts_of(weights: Sequence[int], lines: int = LINES, signs: int = SIGNS) -> list[tuple[int, int]]:
    """Where a table goes on to the next leaf: spans of rows, even, with room for signatures on the last."""
    total = sum(weights) + signs
    leaves = max(1, -(-total // lines))
    target = -(-sum(weights) // leaves)
    spans: list[tuple[int, int]] = []
    start = used = 0
    for place, weight in enumerate(weights):
        if used and (used + weight > lines or used >= target) and place > start:
            spans.append((start, place))
            start, used = place, 0
        used += weight
    if used + signs > lines and len(weights) - start > 1:
        middle = start + (len(weights) - start) // 2
        spans.append((start, middle))
        start = middle
    spans.append((start, len(weights)))
    return spans


def _leaves(
    title: str, about: str, head: SafeString, rows: Sequence[tuple[str, int]], signs: tuple[Sign, ...], *,
    note: str = "", look: str = "",
) -> list[Leaf]:  # fmt: skip
    spans = parts_of([weight for _html, weight in rows])
    return [
        Leaf(
            title if n == 0 else _("%(title)s (tiếp)") % {"title": title},
            about, head, _safe("".join(html for html, _weight in rows[first:last])), look,
            signs if n == len(spans) - 1 else (), note if n == len(spans) - 1 else "",
        )
        for n, (first, last) in enumerate(spans)
    ]  # fmt: skip


def _th(text: str, look: str, *, columns: int = 1, rows: int = 0) -> str:
    across = f' colspan="{columns}"' if columns > 1 else ""
    down = f' rowspan="{rows}"' if rows > 1 else ""
    inner = f"<span>{escape(text)}</span>" if "bk-up" in look else escape(text)
    return f'<th scope="col" class="{look}"{across}{down}>{inner}</th>'


def _td(text: str, look: str) -> str:
    return f'<td class="{look}">{escape(text)}</td>'


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308 (every text went through escape)
