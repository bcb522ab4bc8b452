"""Taking back what a file of marks wrote: exactly, everything or nothing, and never over somebody's later work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.exchange.queries import UNDO_WITHIN
from khue.kernel.files.models import StoredFile
from khue.school.gradebook import cells, queries
from khue.school.gradebook.actions.marks import Draft, Outcome, store
from khue.school.gradebook.events import MarksEntered
from khue.school.gradebook.models import Sheet
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.queries import file_trail as trails
from khue.school.gradebook.queries.file_trail import Trail, Was
from khue.school.gradebook.queries.frames import all_frames
from khue.school.gradebook.queries.history import COMMENT

NAMED: Final = 8  # cells named in a refusal


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A cell that cannot be taken back, and why: `worked` on since, `locked`, or its pupil is `gone`."""

    why: str
    pupil: str
    column: str

    def __str__(self) -> str:
        return f"{self.pupil} ({self.column})" if self.column else self.pupil


class Obstructed(Conflict):
    """Some cells of a sheet cannot be taken back."""

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles = list(obstacles)
        super().__init__(_refusal(self.obstacles))


def _refusal(obstacles: list[Obstacle]) -> str:
    """Why a file is not taken back, with the pupils' names."""
    worked = [one for one in obstacles if one.why == "worked"]
    gone = [one for one in obstacles if one.why == "gone"]
    if worked or gone:
        told = (
            _("Chưa hoàn tác ô nào: sau khi nhập đã có người sửa tiếp điểm của %(names)s.")
            if worked
            else _("Chưa hoàn tác ô nào: không còn trong sổ: %(names)s.")
        )
        return told % {"names": _named(worked or gone)}
    return _("Chưa hoàn tác ô nào: ô đã khóa của %(names)s. Xin mở khóa rồi hoàn tác.") % {
        "names": _named(obstacles)
    }


def _named(obstacles: list[Obstacle]) -> str:
    shown = ", ".join(str(one) for one in obstacles[:NAMED])
    left = len(obstacles) - NAMED
    if left <= 0:
        return shown
    return ngettext("%(shown)s và %(n)s ô khác", "%(shown)s và %(n)s ô khác", left) % {
        "shown": shown, "n": left,
    }  # fmt: skip


def undo_file(actor: Actor, file: StoredFile) -> int:
    """Take back what the actor's file wrote within the last day, on every sheet; gives how many cells.

    Raises DomainError when there is nothing to take back or the day is over, Obstructed with the pupils' names when
    somebody went on working, a column is locked or a pupil left: then nothing is taken back. NotAllowed or NotVisible
    as the actions do.
    """
    found = trails.written_from(actor, file)
    if not found.sheets or found.begun_at is None:
        raise DomainError(_("Tệp này chưa ghi ô nào, hoặc đã hoàn tác."))
    if timezone.now() - found.begun_at > UNDO_WITHIN:
        raise DomainError(_("Đã quá 24 giờ, không hoàn tác được nữa. Sửa từng ô trong sổ."))
    count, obstacles = 0, []
    with transaction.atomic():
        frames = all_frames(sorted(found.sheets))
        for sheet_id in sorted(found.sheets):
            if sheet_id not in frames:
                raise NotVisible
            undo = undo_class_marks_file if frames[sheet_id].is_homeroom else undo_marks_file
            try:
                count += undo(actor, queries.target(frames[sheet_id]), file=file)
            except Obstructed as problem:
                obstacles += problem.obstacles
        if obstacles:
            raise Obstructed(obstacles)
    return count


@action("gradebook.undo_marks_file", permission="gradebook.enter")
def undo_marks_file(work: Work, sheet: Sheet, *, file: StoredFile) -> int:
    """Put a course's sheet back as it was before the actor's file; gives how many cells. Raises Obstructed."""
    found = queries.all_frame(sheet.pk)
    if found.is_homeroom:
        raise NotVisible
    return _take_back(work, sheet, found, file)


@action("gradebook.undo_class_marks_file", permission="gradebook.enter_class")
def undo_class_marks_file(work: Work, sheet: Sheet, *, file: StoredFile) -> int:
    """The same for the homeroom teacher's sheet."""
    found = queries.all_frame(sheet.pk)
    if not found.is_homeroom:
        raise NotVisible
    return _take_back(work, sheet, found, file)


def _take_back(work: Work, sheet: Sheet, found: Frame, file: StoredFile) -> int:
    if file.owner_id != work.actor.person_id:
        raise NotVisible
    trail = trails.all_trail(sheet.pk, file, timezone.now() - UNDO_WITHIN)
    rows = {row.row_id: row for row in queries.all_rows(found) if row.row_id is not None}
    obstacles = _obstacles(found, trail, rows)
    if obstacles:
        raise Obstructed(obstacles)
    drafts: dict[int, Draft] = {}
    for (row_id, slot), was in trail.cells.items():
        row = rows[row_id]
        draft = drafts.setdefault(row_id, Draft(row, list(row.marks), row.sources, row.comment))
        if slot == COMMENT:
            draft.comment = was.text_before
            continue
        draft.marks[slot] = was.before
        locked = found.locks.is_locked(queries.all_slots_of(found.columns)[slot])
        after_lock = locked and not was.letter_after.isupper()  # written before the lock, taken back after it
        draft.sources = cells.with_source(draft.sources, slot, was.letter_before, after_lock=after_lock)
    store(work, sheet, found, drafts.values(), Outcome())
    work.touch(file)
    work.reason = written(gettext_noop("Hoàn tác tệp %(name)s"), name=file.name)
    work.note(file=file.name, sha256=file.sha256, taken_back=len(trail.cells))
    if found.openings:
        work.note(unlocks=sorted({one.unlock_id for one in found.openings}))
    if drafts:
        work.announce(MarksEntered(sheet.pk, tuple(draft.row.enrolment_id for draft in drafts.values())))
    return len(trail.cells)


def _obstacles(found: Frame, trail: Trail, rows: dict[int, Row]) -> list[Obstacle]:
    """What stands in the way, in the order of the class."""
    columns = queries.all_slots_of(found.columns)
    names = trails.all_names({row_id for row_id, _slot in trail.cells})
    obstacles = []
    order = {row_id: place for place, row_id in enumerate(rows)}
    for (row_id, slot), was in sorted(
        trail.cells.items(), key=lambda one: (order.get(one[0][0], -1), one[0][1])
    ):
        row, column = rows.get(row_id), columns.get(slot)
        label = _("nhận xét") if slot == COMMENT else str(column.label) if column else ""
        why = ""
        if row is None or not row.is_counted or (column is None and slot != COMMENT):
            why = "gone"
        elif (row_id, slot) in trail.moved_on or not _stands(row, slot, was):
            why = "worked"
        elif column is None:
            why = "" if found.locks.may_remark(row.enrolment_id) else "locked"
        elif not found.locks.may_write(column, row.enrolment_id):
            why = "locked"
        if why:
            obstacles.append(Obstacle(why, names.get(row_id, ""), label))
    return obstacles


def _stands(row: Row, slot: int, was: Was) -> bool:
    """Whether the cell still holds what the file wrote."""
    return row.comment == was.text_after if slot == COMMENT else row.marks[slot] == was.after
