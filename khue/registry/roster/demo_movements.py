"""Movements within the year of a demo province, and the head counts that follow from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from khue.kernel.demo.engine import NULL
from khue.kernel.demo.plan import LIMIT, Room, School
from khue.registry.calendar.demo import YEAR
from khue.registry.roster.demo_pupils import Pupil
from khue.registry.roster.rules import DROP_REASONS, TRANSFER_REASONS

FIRST_DAY: Final = date(2026, 9, 14)
DAYS: Final = 60  # movements lie between 14 September and 12 November
# kind, share of pupils, status afterwards, reasons (code, words besides it)
_KINDS: Final = (
    ("transferred_in", 0.004, "", (("", ""),)),
    ("transferred_out", 0.004, "transferred_out", tuple((code, "") for code in TRANSFER_REASONS)),
    ("class_changed", 0.004, "", (("", "Cân đối sĩ số"), ("", "Theo nguyện vọng gia đình"))),
    ("dropped", 0.0025, "dropped", tuple((code, "") for code in DROP_REASONS)),
    ("reserved", 0.0006, "reserved", (("health", "Điều trị bệnh dài ngày"),)),
)  # fmt: skip
OUTSIDE: Final = (
    "Trường ngoài tỉnh, phía Bắc",
    "Trường ngoài tỉnh, phía Nam",
    "Trường ngoài tỉnh, miền Trung",
)
DROP_OUT_GRADE: Final = 6


@dataclass(frozen=True, slots=True)
class Movement:
    """What happens to one pupil this year."""

    kind: str
    on: date
    status: str
    reason_code: str
    reason: str
    other_school: str
    to_room: Room | None = None


def movements_of(rng: Random, school: School, pupils: Sequence[Pupil]) -> dict[int, Movement]:
    """Who moves in a school; at most one movement a pupil, nobody of a class under ten."""
    found: dict[int, Movement] = {}
    kept = {pupil.room.id for pupil in pupils if pupil.is_protected}
    for kind, share, status, reasons in _KINDS:
        count = int(len(pupils) * share + rng.random())
        for _ in range(count):
            pupil = pupils[int(rng.random() * len(pupils))]
            if pupil.person in found or pupil.is_protected or pupil.room.pupils < 10:
                continue
            if kind == "dropped" and pupil.room.grade < DROP_OUT_GRADE:
                continue
            to_room = None
            if kind == "class_changed":
                grade = pupil.room.grade
                others = [
                    room for room in school.rooms
                    if room.grade == grade and room.id not in kept and room.pupils < LIMIT[grade]
                    and room is not pupil.room
                ]  # fmt: skip
                if not others:
                    continue
                to_room = min(others, key=lambda room: room.pupils)
                to_room.pupils += 1
            code, reason = rng.choice(reasons)
            other = rng.choice(OUTSIDE) if kind.startswith("transferred") else ""
            on = FIRST_DAY + timedelta(days=int(rng.random() * DAYS))
            found[pupil.person] = Movement(kind, on, status, code, reason, other, to_room)
    return found


def head_counts(
    school: School, pupils: Sequence[Pupil], moves: Mapping[int, Movement], start: date
) -> Iterable[str]:
    """The rows of the head count of each class, as COPY text from `school_id` on: one row for each span of days."""
    changes: dict[int, dict[date, list[int]]] = {room.id: {start: [0, 0, 0]} for room in school.rooms}
    unplaced: dict[int, Room] = {}  # grades with pupils who have no class yet

    def count(room: Room, on: date, pupil: Pupil, by: int) -> None:
        key = room.id
        if pupil.is_unplaced:
            key = -room.grade
            unplaced[room.grade] = room
        row = changes.setdefault(key, {}).setdefault(on, [0, 0, 0])
        row[0] += by
        row[1] += by * (pupil.sex == 2)
        row[2] += by * (pupil.group != "01")

    for pupil in pupils:
        move = moves.get(pupil.person)
        if move is None:
            count(pupil.room, start, pupil, 1)
        elif move.kind == "transferred_in":
            count(pupil.room, move.on, pupil, 1)
        else:
            count(pupil.room, start, pupil, 1)
            if move.status:
                count(pupil.room, move.on, pupil, -1)
            elif move.to_room is not None:
                count(pupil.room, move.on, pupil, -1)
                count(move.to_room, move.on, pupil, 1)
    places = [(room, room.id, f"{school.campuses[room.campus].id}\t{room.id}") for room in school.rooms]
    places += [(room, -grade, f"{NULL}\t{NULL}") for grade, room in unplaced.items()]
    for room, key, where in places:
        days = sorted(changes[key])
        total = [0, 0, 0]
        for number, day in enumerate(days):
            total = [have + more for have, more in zip(total, changes[key][day], strict=True)]
            until = days[number + 1] if number + 1 < len(days) else NULL
            yield (
                f"{school.id}\t{where}\t{YEAR}\t{room.level}\t{room.grade}\t{day}\t{until}\t"
                f"{total[0]}\t{total[1]}\t{total[2]}"
            )
