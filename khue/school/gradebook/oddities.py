"""What looks odd on a sheet: its rows and what the audit record says of them, judged by `rules.suspicious`.

The record is the witness: what an exam wrote, else what an action wrote last. A cell that holds something else was
changed by another way than the doors. Pure; no models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Final

import orjson
from django.utils import timezone

from khue.school.gradebook import cells
from khue.school.gradebook.layout import Column, Kind
from khue.school.gradebook.plan import Days
from khue.school.gradebook.rules import suspicious as rules
from khue.school.gradebook.rules.marks import Assessed

SCORED: Final = frozenset({Kind.MARK, Kind.TEST})
LOUDER: Final = frozenset({rules.Suspicion.JUMP, rules.Suspicion.ALTERED})  # say the same of a cell, and why
ROWS: Final = "gradebook.markrow"


@dataclass(frozen=True, slots=True)
class MarksOf:
    """A pupil's row of a sheet as it stands."""

    row_id: int
    enrolment_id: int
    marks: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Written:
    """One change of one cell, from the record."""

    row_id: int
    slot: int
    before: int | None
    after: int | None
    at: datetime
    source: str
    after_lock: bool
    is_granted: bool
    row: Sequence[int | None] = ()  # the whole row as it was then written


@dataclass(frozen=True, slots=True)
class Odd:
    """Something to look at, as it is stored."""

    kind: str
    enrolment_id: int | None
    slot: int | None
    detail: dict[str, Any] = field(hash=False)

    @property
    def key(self) -> tuple[str, int | None, int | None]:
        """What tells it from the sheet's other findings."""
        return self.kind, self.enrolment_id, self.slot


def read_entry(at: datetime, body: str) -> Iterator[Written]:
    """The changes of cells that one entry of the audit record tells of, whatever sheets they are on."""
    if not body:
        return
    told = orjson.loads(body)
    is_granted = bool((told.get("details") or {}).get("unlocks"))
    for subject, kind, data in told.get("changes", ()):
        if subject != ROWS or kind not in ("changed rows", "new rows"):
            continue
        names = data["fields"]
        for row in data["rows"]:
            if kind == "changed rows":
                row_id, old, new = row
                before, after = dict(zip(names, old, strict=True)), dict(zip(names, new, strict=True))
            else:
                after = dict(zip(names, row, strict=True))
                row_id, before = after["id"], {}
            yield from _cells(row_id, before.get("marks") or (), after, at, is_granted)


def _cells(
    row_id: int, before: Sequence[int | None], row: Mapping[str, Any], at: datetime, is_granted: bool
) -> Iterator[Written]:
    for slot, after in enumerate(row.get("marks") or ()):
        was = before[slot] if slot < len(before) else None
        if was != after:
            source, after_lock = cells.source_of(row.get("sources", ""), slot)
            yield Written(row_id, slot, was, after, at, source, after_lock, is_granted, row["marks"])


def inspect(
    columns: Sequence[Column], days: Mapping[str, Days], rows: Sequence[MarksOf], written: Iterable[Written]
) -> list[Odd]:
    """Everything odd on a sheet; the strongest of each kind, pupil and column."""
    scored = {column.slot: column for column in columns if column.kind in SCORED}
    if not scored and not any(column.kind == Kind.PASS for column in columns):
        return []
    names = _names(columns)
    known = sorted(written, key=lambda one: one.at)
    pupils = {row.row_id: row.enrolment_id for row in rows}
    found = [
        *_columns(scored, names, rows),
        *_records(scored, names, rows, known),
        *_after_lock(columns, names, known, pupils),
    ]  # fmt: skip
    slots = {name: slot for slot, name in names.items()}
    odd = [_odd(one, slots) for one in found]
    odd += _bursts(columns, days, known)
    strongest: dict[tuple[str, int | None, int | None], Odd] = {}
    for one in odd:
        other = strongest.get(one.key)
        if other is None or one.detail["strength"] >= other.detail["strength"]:
            strongest[one.key] = one
    louder = {one.key[1:] for one in strongest.values() if one.kind in LOUDER}
    return [
        one for one in strongest.values() if one.kind != rules.Suspicion.UNLIKELY or one.key[1:] not in louder
    ]


def _names(columns: Sequence[Column]) -> dict[int, str]:
    """What each column is called in a sentence, by slot."""
    labels = Counter(str(column.label) for column in columns)
    return {
        column.slot: str(column.label) if labels[str(column.label)] == 1 else f"{column.label} {column.group}"
        for column in columns
    }


def _columns(
    scored: Mapping[int, Column], names: Mapping[int, str], rows: Sequence[MarksOf]
) -> list[rules.Finding]:
    values = {names[slot]: [_at(row.marks, slot) for row in rows] for slot in scored}
    same = [rules.all_same(name, column) for name, column in values.items()]
    found = [one for one in same if one] + rules.copied_columns(values)
    regular = [slot for slot, column in scored.items() if column.weight == 1]
    for slot in scored if regular else ():
        if slot in regular:
            continue
        before: dict[int | str, list[int | None]] = {
            row.enrolment_id: [_at(row.marks, one) for one in regular] for row in rows
        }
        found += rules.jumps(names[slot], before, {row.enrolment_id: _at(row.marks, slot) for row in rows})
    return found


def _records(
    scored: Mapping[int, Column], names: Mapping[int, str], rows: Sequence[MarksOf], known: Sequence[Written]
) -> list[rules.Finding]:
    """Cells against their record; where there is none, by statistics."""
    last: dict[tuple[int, int], Written] = {}
    whole: dict[int, Sequence[int | None]] = {}
    exam: dict[tuple[int, int], Written] = {}
    for one in known:
        key = one.row_id, one.slot
        last[key] = one
        whole[one.row_id] = one.row
        if one.source == cells.EXAM and one.after is not None and one.after >= 0:
            exam[key] = one
    witnessed = []
    for row in rows:
        for slot in scored:
            key = row.row_id, slot
            now, given, changed = _at(row.marks, slot), exam.get(key), last.get(key)
            was = given.after if given is not None else _at(whole.get(row.row_id, ()), slot)
            is_corrected = bool(
                given and changed and changed.at > given.at and changed.after_lock and changed.is_granted
                and changed.after == now
            )  # fmt: skip
            recorded = rules.Recorded(was) if was is not None and was >= 0 else None
            witnessed.append(rules.Witnessed(row.enrolment_id, names[slot], now, recorded, is_corrected))
    return rules.inspect_course(witnessed)


def _after_lock(
    columns: Sequence[Column], names: Mapping[int, str], known: Sequence[Written], pupils: Mapping[int, int]
) -> list[rules.Finding]:
    found: list[rules.Finding] = []
    for kind, assessed in (
        (Kind.MARK, Assessed.MARKS),
        (Kind.TEST, Assessed.MARKS),
        (Kind.PASS, Assessed.COMMENTS),
    ):
        slots = {column.slot for column in columns if column.kind == kind}
        changes = [
            rules.Change(pupils[one.row_id], names[one.slot], one.before, one.after, one.at, one.is_granted)
            for one in known
            if one.slot in slots and one.after_lock and one.row_id in pupils
        ]
        if changes:
            found += rules.changed_after_lock(changes, changes[0].at, assessed)
    return found


def _bursts(columns: Sequence[Column], days: Mapping[str, Days], known: Sequence[Written]) -> list[Odd]:
    """Sheets filled in the last minutes before a lock, lock by lock."""
    by_day: dict[Any, list[Column]] = {}
    for column in columns:
        by_day.setdefault(days[column.code].locks_on, []).append(column)
    found = []
    for day, together in by_day.items():
        locks_at = timezone.make_aware(datetime.combine(day, time()))
        slots = {column.slot for column in together}
        times = [
            one.at for one in known if one.slot in slots and one.before is None and one.after is not None
        ]
        burst = rules.burst_before_lock(times, locks_at)
        if burst is not None:
            found.append(Odd(str(burst.kind), None, together[0].slot, _detail(burst)))
    return found


def _odd(one: rules.Finding, slots: Mapping[str, int]) -> Odd:
    enrolment_id = one.pupil if isinstance(one.pupil, int) else None
    return Odd(str(one.kind), enrolment_id, slots.get(one.column or ""), _detail(one))


def _detail(one: rules.Finding) -> dict[str, Any]:
    values = {
        key: value if isinstance(value, int) else str(value) for key, value in one.message.values.items()
    }
    return {"text": one.message.text, "values": values, "strength": one.strength}


def _at(marks: Sequence[int | None], slot: int) -> int | None:
    return marks[slot] if slot < len(marks) else None
