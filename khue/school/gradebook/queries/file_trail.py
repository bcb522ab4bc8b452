"""What a file of marks wrote and what became of it since, read from the audit record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.exchange.queries import UNDO_WITHIN
from khue.kernel.files.models import StoredFile
from khue.kernel.statements import fetch
from khue.school.gradebook import cells
from khue.school.gradebook.models import MarkRow
from khue.school.gradebook.queries.history import COMMENT, Step, all_steps

UNDO: Final = ("gradebook.undo_marks_file", "gradebook.undo_class_marks_file")
_OF_FILE = """
select e.target, e.action, e.at, coalesce((nullif(y.body, '')::jsonb -> 'details' ->> 'written')::int, 0)
from audit_entry e join audit_payload y on y.entry_id = e.id
where e.touched @> array[%s]::varchar[] and e.actor_id = %s and e.target like 'gradebook.sheet:%%' order by e.id
"""
_OF_SHEET = """
select e.action, e.touched @> array[%s]::varchar[], y.body
from audit_entry e join audit_payload y on y.entry_id = e.id
where e.touched @> array[%s]::varchar[] and e.at >= %s order by e.id
"""


@dataclass(slots=True)
class FromFile:
    """What a file wrote that still stands: cells by sheet, and when it began."""

    sheets: dict[int, int] = field(default_factory=dict)
    begun_at: datetime | None = None

    @property
    def cells(self) -> int:
        """How many cells and comments."""
        return sum(self.sheets.values())


def written_from(actor: Actor, file: StoredFile) -> FromFile:
    """What the actor's own file wrote and nobody has taken back yet. One statement."""
    found = FromFile()
    times: dict[int, datetime] = {}
    for target, action, at, count in fetch(_OF_FILE, [reference(file), actor.person_id]):
        sheet_id = int(target.rpartition(":")[2])
        if action in UNDO:
            found.sheets.pop(sheet_id, None)
            times.pop(sheet_id, None)
        elif count:
            found.sheets[sheet_id] = found.sheets.get(sheet_id, 0) + count
            times.setdefault(sheet_id, at)
    found.begun_at = min(times.values(), default=None)
    return found


def undoable(actor: Actor, file: StoredFile) -> FromFile | None:
    """What may be taken back of a file now; None when it wrote nothing, was taken back or is of another day."""
    found = written_from(actor, file)
    if found.begun_at is None or timezone.now() - found.begun_at > UNDO_WITHIN:
        return None
    return found


def reference(file: StoredFile) -> str:
    """How the record names a file."""
    return f"files.storedfile:{file.pk}"


@dataclass(slots=True)
class Was:
    """A cell that a file wrote: what stood there before the file, what it wrote, their sources."""

    before: int | None
    after: int | None
    text_before: str
    text_after: str
    letter_before: str
    letter_after: str


@dataclass(slots=True)
class Trail:
    """The cells of a sheet that a file wrote, by row and slot (COMMENT is the comment), and those changed since."""

    cells: dict[tuple[int, int], Was] = field(default_factory=dict)
    moved_on: set[tuple[int, int]] = field(default_factory=set)


def all_trail(sheet_id: int, file: StoredFile, since: datetime) -> Trail:
    """Follow a sheet's entries from the first one of the file on; for the action that takes it back."""
    trail = Trail()
    wanted = [reference(file), f"gradebook.sheet:{sheet_id}", since]
    for action, is_of_file, body in fetch(_OF_SHEET, wanted):
        if is_of_file and action in UNDO:
            trail = Trail()
            continue
        for step in all_steps(body):
            for slot in _changed(step):
                key = (step.row_id, slot)
                if is_of_file:
                    _note(trail, key, step)
                elif key in trail.cells:
                    trail.moved_on.add(key)
    return trail


def _changed(step: Step) -> list[int]:
    old, new = step.old["marks"], step.new["marks"]
    found = [slot for slot in range(max(len(old), len(new))) if _at(old, slot) != _at(new, slot)]
    return [*found, COMMENT] if step.old["comment"] != step.new["comment"] else found


def _at(values: Sequence[int | None], slot: int) -> int | None:
    return values[slot] if slot < len(values) else None


def _letter(sources: str, slot: int) -> str:
    return sources[slot] if 0 <= slot < len(sources) else cells.NOWHERE


def _note(trail: Trail, key: tuple[int, int], step: Step) -> None:
    """Keep what stood there before the file's first entry, and what its last one wrote."""
    slot = key[1]
    known = trail.cells.get(key)
    was = Was(
        None if slot == COMMENT else _at(step.old["marks"], slot),
        None if slot == COMMENT else _at(step.new["marks"], slot),
        step.old["comment"], step.new["comment"],
        _letter(step.old["sources"], slot), _letter(step.new["sources"], slot),
    )  # fmt: skip
    if known is not None:
        was.before, was.text_before, was.letter_before = known.before, known.text_before, known.letter_before
    trail.cells[key] = was


def all_names(row_ids: Iterable[int]) -> dict[int, str]:
    """The pupils of rows, those who left the class as well."""
    rows = MarkRow.objects.filter(pk__in=list(row_ids)).values_list("pk", "person__full_name")
    return dict(rows)
