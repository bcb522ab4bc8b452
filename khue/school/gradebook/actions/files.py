"""Marks from a file: page by page through the one door for marks, every cell with its source."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import NotVisible, Work, action
from khue.kernel.files.models import StoredFile
from khue.lib.spreadsheets.write import OutColumn, write_xlsx
from khue.registry.roster.models import Classroom
from khue.school.gradebook import cells, queries
from khue.school.gradebook.actions.marks import Cell, Outcome, Remark, enter_class_marks, enter_marks
from khue.school.gradebook.exchange import writing
from khue.school.gradebook.exchange.planning import COMMENT_SLOT, PagePlan
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries import files as reads
from khue.school.gradebook.queries.books import summaries


@action("gradebook.export_sheets", permission="gradebook.view")
def export_sheets(work: Work, sheets: Sequence[Sheet]) -> bytes:
    """Sheets as a workbook that can be filled and given back; that it was taken is written down."""
    wanted = [sheet.pk for sheet in sheets]
    frames = reads.all_frames_of(wanted)
    pupils = {pk: reads.all_counted(found) for pk, found in reads.all_pupils(frames.values()).items()}
    work.note(sheets=wanted, rows=sum(len(found) for found in pupils.values()))
    years = {frame.year_id for frame in frames.values()}
    note = f"{work.actor.name}, {timezone.localtime():%H:%M %d/%m/%Y}"
    label = ", ".join(f"{year}-{year + 1}" for year in sorted(years))
    return writing.workbook([frames[pk] for pk in wanted], pupils, year_label=label, note=note)


@action("gradebook.export_results", permission="gradebook.view_results")
def export_results(work: Work, room: Classroom, *, period: int) -> bytes:
    """The results of a class in a term (1, 2) or the year (0) as a workbook; that it was taken is written down."""
    found = summaries(work.actor, room, [period])
    if not found:
        raise NotVisible
    table = found[0]
    work.note(period=period, rows=len(table.rows))
    heads = [
        OutColumn(_("STT"), width=6), OutColumn(_("Họ và tên"), width=28),
        *(OutColumn(course.short or course.name, width=9) for course in table.room.courses),
        *(OutColumn(one, width=14) for one in (_("Học tập"), _("Rèn luyện"))),
        OutColumn(_("Số buổi nghỉ"), width=9),
        *(OutColumn(one, width=20) for one in ((_("Danh hiệu"), _("Cuối năm")) if period == 0 else ())),
    ]  # fmt: skip
    rows = []
    for number, row in enumerate(table.rows, 1):
        ends = [row.award, row.outcome] if period == 0 else []
        marked = [_number(cell) for cell in row.cells]
        learning = row.retest_learning or row.learning
        rows.append([number, row.pupil.name, *marked, learning, row.conduct, row.verdict.absences, *ends])
    title = (
        _("Kết quả cả năm lớp %(room)s") if period == 0 else _("Kết quả học kì %(term)s lớp %(room)s")
    ) % {"room": room.name, "term": "I" * period}
    state = _("đã duyệt") if table.state == "approved" else _("chưa duyệt")
    note = f"{work.actor.name}, {timezone.localtime():%H:%M %d/%m/%Y}, {state}"
    return write_xlsx(title, heads, rows, note=note)


def _number(cell: str) -> float | str:
    """A mark as Excel adds it up: "8,5" is 8.5; words stay words."""
    whole, comma, tenth = cell.partition(",")
    return float(f"{whole}.{tenth}") if comma and whole.isdigit() and tenth.isdigit() else cell


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """What became of one page."""

    plan: PagePlan
    outcome: Outcome | None  # none: not written
    is_stale: bool = False  # somebody wrote since the preview: it must be looked at again
    is_stopped: bool = False  # it looks shifted and nobody said to write it all the same

    @property
    def written(self) -> int:
        """Cells and comments written."""
        return len(self.outcome.written) + len(self.outcome.remarked) if self.outcome else 0


def bring_file(
    actor: Actor,
    plans: Sequence[PagePlan],
    *,
    seen: Mapping[int, str],
    agreed: Collection[int] = (),
    file: StoredFile | None = None,
) -> list[PageOutcome]:
    """Write what the preview showed, each page in a transaction and an audit entry of its own.

    `seen` is the digest of each page's preview, by its place: a page that reads differently by now is not written.
    `agreed` are pages with a warning that their teacher looked at; `file` is where they came from. Raises NotVisible,
    NotAllowed as the actions do.
    """
    return [
        _bring(actor, plan, seen.get(plan.page.place, ""), plan.page.place in agreed, file) for plan in plans
    ]


def _bring(actor: Actor, plan: PagePlan, seen: str, is_agreed: bool, file: StoredFile | None) -> PageOutcome:
    wanted = plan.written
    if not wanted or plan.frame is None:
        return PageOutcome(plan, None)
    if plan.digest != seen:
        return PageOutcome(plan, None, is_stale=True)
    if plan.stops and not is_agreed:
        return PageOutcome(plan, None, is_stopped=True)
    sheet = queries.sheet(actor, plan.frame.id)
    if sheet is None:
        return PageOutcome(plan, None, is_stale=True)
    found = [
        Cell(line.enrolment_id, cell.slot, cell.seen, cell.value)
        for line, cell in wanted
        if cell.slot != COMMENT_SLOT and line.enrolment_id is not None
    ]
    remarks = [
        Remark(line.enrolment_id, cell.seen_text, cell.after)
        for line, cell in wanted
        if cell.slot == COMMENT_SLOT and line.enrolment_id is not None
    ]
    enter = enter_class_marks if plan.frame.is_homeroom else enter_marks
    return PageOutcome(plan, enter(actor, sheet, cells=found, remarks=remarks, source=cells.FILE, file=file))
