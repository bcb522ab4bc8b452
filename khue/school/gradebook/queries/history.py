"""What happened to a cell, read from the audit record: old, new, who, when, why, from where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.gradebook import cells
from khue.school.gradebook.models import Sheet, Unlock
from khue.school.gradebook.queries.frames import Frame
from khue.school.gradebook.queries.grid import Row

COMMENT = -1
_ENTRIES = """
select e.at, coalesce(p.full_name, ''), e.capacity, e.reason, e.action, y.body
from audit_entry e
join audit_payload y on y.entry_id = e.id
left join people_person p on p.id = e.actor_id
where e.touched @> array[%s]::varchar[] and y.body like %s
order by e.at desc, e.id desc limit %s
"""
_ROW_IDS = "select id, enrolment_id from gradebook_mark_row where sheet_id = %s"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a cell; of the comment, the texts."""

    at: datetime
    who: str
    capacity: str
    reason: str
    old: int | None
    new: int | None
    old_text: str
    new_text: str
    source: str  # a letter of cells.SOURCES
    is_after_lock: bool
    together: int  # cells written at the same time


@dataclass(frozen=True, slots=True)
class Step:
    """What one entry of the record did to one row."""

    row_id: int
    enrolment_id: int | None
    old: dict[str, Any]
    new: dict[str, Any]


def all_steps(body: str) -> Iterator[Step]:
    """What one entry did to rows of marks, row by row."""
    for subject, kind, data in orjson.loads(body).get("changes", ()) if body else ():
        if subject != "gradebook.markrow":
            continue
        fields = data.get("fields", ())
        if "marks" not in fields:
            continue
        if kind == "changed rows":
            for pk, old, new in data["rows"]:
                yield Step(pk, None, dict(zip(fields, old, strict=True)), dict(zip(fields, new, strict=True)))
        elif kind == "new rows":
            for pk, *values in data["rows"]:
                new = dict(zip(fields[1:], values, strict=True))
                yield Step(pk, new["enrolment_id"], {"marks": (), "sources": "", "comment": ""}, new)


def _at(marks: Sequence[int | None], slot: int) -> int | None:
    return marks[slot] if slot < len(marks) else None


def _changes(entry: Sequence[Any], step: Step, slot: int) -> Change | None:
    at, who, capacity, reason, _action, body = entry
    details = orjson.loads(body).get("details") or {}
    together = details.get("written", 1)
    if slot == COMMENT:
        old_text, new_text = step.old["comment"], step.new["comment"]
        if old_text == new_text:
            return None
        return Change(
            at,
            who,
            capacity,
            reason,
            None,
            None,
            old_text,
            new_text,
            details.get("source", ""),
            False,
            together,
        )
    old, new = _at(step.old["marks"], slot), _at(step.new["marks"], slot)
    if old == new:
        return None
    letter, is_after_lock = cells.source_of(step.new["sources"], slot)
    return Change(at, who, capacity, reason, old, new, "", "", letter, is_after_lock, together)


def cell_history(found: Frame, row_id: int | None, slot: int, *, limit: int = 60) -> list[Change]:
    """The changes of one cell, newest first; `slot` COMMENT is the comment. The caller was shown the sheet."""
    if row_id is None:
        return []
    changes = []
    for entry in fetch(_ENTRIES, [f"gradebook.sheet:{found.id}", f"%[{row_id},%", limit]):
        for step in all_steps(entry[-1]):
            if step.row_id == row_id and (change := _changes(entry, step, slot)):
                changes.append(change)
    return changes


def last_changes(
    found: Frame, wanted: Iterable[tuple[int, int]], *, limit: int = 40
) -> dict[tuple[int, int], Change]:
    """Who last changed some cells, by (enrolment, slot), from the newest entries of the sheet."""
    open_ones = set(wanted)
    if not open_ones:
        return {}
    enrolments = dict(fetch(_ROW_IDS, [found.id]))
    last: dict[tuple[int, int], Change] = {}
    for entry in fetch(_ENTRIES, [f"gradebook.sheet:{found.id}", "%", limit]):
        for step in all_steps(entry[-1]):
            enrolment = enrolments.get(step.row_id, step.enrolment_id)
            for key in [key for key in open_ones if key[0] == enrolment]:
                if change := _changes(entry, step, key[1]):
                    last[key] = change
                    open_ones.discard(key)
        if not open_ones:
            break
    return last


def row_of(found: Frame, rows: Iterable[Row], enrolment_id: int) -> Row | None:
    """One pupil's row of the sheet."""
    return next((row for row in rows if row.enrolment_id == enrolment_id), None)


def unlocks_of_cell(actor: Actor, found: Frame, enrolment_id: int, slot: int) -> list[Unlock]:
    """The requests to unlock that concern a cell, newest first."""
    sheets = Sheet.objects.visible_to(actor, "gradebook.view").filter(pk=found.id)
    rows = (
        Unlock.objects.filter(sheet__in=sheets, slots__contains=[slot])
        .select_related("asked_by", "decided_by")
        .order_by("-pk")[:20]
    )
    return [one for one in rows if one.enrolment_id in (None, enrolment_id)]
