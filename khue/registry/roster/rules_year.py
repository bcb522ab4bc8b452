"""Pure decisions of the end of a school year: what becomes of each pupil and class, and what stands in the way."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from khue.lib.class_names import class_name_key, class_sort_key, normalise_class_name
from khue.registry.roster import rules

CLASS_NAME_LENGTH: Final = 30
GOING: Final = ("promote", "retain")
_NURSERY_LAST: Final = -4
_PRESCHOOL: Final = (
    (r"3\s*-\s*12 tháng", "13-24 tháng"), (r"13\s*-\s*24 tháng", "25-36 tháng"), (r"25\s*-\s*36 tháng", "3-4 tuổi"),
    (r"3\s*-\s*4 tuổi", "4-5 tuổi"), (r"4\s*-\s*5 tuổi", "5-6 tuổi"), (r"mẫu giáo bé", "mẫu giáo nhỡ"),
    (r"mẫu giáo nhỡ", "mẫu giáo lớn"), (r"\bmầm\b", "chồi"), (r"\bchồi\b", "lá"), (r"\bbé\b", "nhỡ"),
    (r"\bnhỡ\b", "lớn"),
)  # fmt: skip


def next_name(name: str, grade: int) -> str:
    """The name a class carries a year later: 6A1 gives 7A1, Chồi 2 gives Lá 2; empty when nobody can tell."""
    if grade >= 1:
        return rules.next_class_name(name) or ""
    for pattern, follows in _PRESCHOOL:
        found = re.search(pattern, name, re.IGNORECASE)
        if found:
            word = follows[0].upper() + follows[1:] if found[0][0].isupper() else follows
            return name[: found.start()] + word + name[found.end() :]
    nursery = re.search(r"nhà trẻ", name, re.IGNORECASE)
    if nursery and grade == _NURSERY_LAST:
        return name[: nursery.start()] + "Mầm" + name[nursery.end() :]
    return name if nursery else ""


def default_outcome(status: str, grade: int, level: str, levels: Sequence[str]) -> str:
    """What happens unless a result or a person says otherwise; who has stopped for a time repeats the grade."""
    if status == "reserved":
        return "retain"
    return rules.default_outcome(status, grade, level, tuple(levels))


@dataclass(slots=True)
class RoomBefore:
    """A class of the ending year."""

    id: int
    name: str
    grade: int
    level: str
    campus_id: int | None
    sort_key: str
    sessions_a_week: int = 6
    is_special: bool = False
    combined_with_id: int | None = None


@dataclass(slots=True)
class RoomAfter:
    """A class of the coming year; `id` when it is there already, `sources` the classes it follows."""

    key: str
    name: str
    grade: int
    level: str
    campus_id: int | None
    sessions_a_week: int = 6
    is_special: bool = False
    id: int | None = None
    sources: list[int] = field(default_factory=list)
    pupils: int = 0
    is_own: bool = False  # made by an earlier sweep of this rollover
    opened_for: str = ""  # the class whose repeaters need it


@dataclass(slots=True)
class PupilYear:
    """One pupil in the sweep."""

    enrolment_id: int
    person_id: int
    name: str
    sort_key: str
    status: str
    status_on: date
    classroom_id: int | None
    campus_id: int | None
    grade: int
    level: str
    default: str = ""
    outcome: str = ""
    wanted: str = ""  # name of the class chosen by hand
    target: RoomAfter | None = None
    held: str = ""  # why the sweep leaves the pupil alone

    @property
    def next_grade(self) -> int:
        """The grade of the coming year."""
        return self.grade if self.outcome == "retain" else self.grade + 1

    @property
    def next_level(self) -> str:
        """The level of the coming year."""
        return self.level if self.outcome == "retain" else rules.level_of_next(self.grade, self.level)

    @property
    def is_going(self) -> bool:
        """Whether the pupil is enrolled in the coming year."""
        return not self.held and self.outcome in GOING


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at; when `is_blocking` the sweep cannot run. `room_id` names the class it is about."""

    kind: str
    values: Mapping[str, object]
    is_blocking: bool = False
    room_id: int | None = None


@dataclass
class Plan:
    """What a sweep would do."""

    rooms: list[RoomBefore]
    names: dict[int, str]  # class id -> name in the coming year
    pupils: list[PupilYear]
    after: list[RoomAfter]
    problems: list[Problem] = field(default_factory=list)

    @property
    def blocking(self) -> list[Problem]:
        """What stands in the way."""
        return [problem for problem in self.problems if problem.is_blocking]

    @property
    def totals(self) -> Counter[str]:
        """Pupils by outcome; those left alone under `held`."""
        return Counter("held" if pupil.held else pupil.outcome for pupil in self.pupils)

    @property
    def moving(self) -> list[PupilYear]:
        """The pupils the sweep writes about."""
        return [pupil for pupil in self.pupils if not pupil.held]


def split_choice(text: str) -> tuple[str, str]:
    """A kept choice: `retain`, or `retain:7A2` with the class chosen by hand."""
    outcome, _colon, name = text.partition(":")
    return outcome, name


def make_plan(
    rooms: Sequence[RoomBefore],
    pupils: Sequence[PupilYear],
    levels: Sequence[str],
    *,
    class_names: Mapping[str, str],
    outcomes: Mapping[str, str],
    results: Mapping[int, str],
    there: Iterable[RoomAfter] = (),
) -> Plan:
    """Decide for every class and pupil: a choice by hand, else the year's result, else the default of the grade.

    `results` come from whoever knows them (enrolment id -> outcome), `there` are the coming year's classes so far.
    """
    by_id = {room.id: room for room in rooms}
    after = {room.key: room for room in there}
    names: dict[int, str] = {}
    problems: list[Problem] = []
    for pupil in pupils:
        allowed = rules.allowed_outcomes(pupil.grade, pupil.level, tuple(levels))
        pupil.default = default_outcome(pupil.status, pupil.grade, pupil.level, levels)
        if results.get(pupil.enrolment_id) in allowed:
            pupil.default = results[pupil.enrolment_id]
        chosen, pupil.wanted = split_choice(outcomes.get(str(pupil.enrolment_id), ""))
        pupil.outcome = chosen if chosen in allowed else pupil.default
    full = {pupil.classroom_id for pupil in pupils}
    for room in rooms:
        if room.id not in full:
            continue
        if "promote" not in rules.allowed_outcomes(room.grade, room.level, tuple(levels)):
            continue
        asked = class_names.get(str(room.id), next_name(room.name, room.grade))
        names[room.id] = normalise_class_name(asked)[:CLASS_NAME_LENGTH]
        _follow(room, names[room.id], after, problems)
    for pupil in pupils:
        if pupil.is_going:
            _place(pupil, by_id.get(pupil.classroom_id or 0), names, after)
    for pupil in pupils:
        if pupil.target is not None:
            pupil.target.pupils += 1
    kept = [room for room in after.values() if room.pupils or room.id is not None]
    kept.sort(key=lambda room: (room.grade, class_sort_key(room.name)))
    problems += _left(pupils)
    return Plan(list(rooms), names, list(pupils), kept, problems)


def _follow(room: RoomBefore, name: str, after: dict[str, RoomAfter], problems: list[Problem]) -> None:
    if not name:
        problems.append(Problem("no_name", {"old": room.name}, room_id=room.id))
        return
    grade, level = room.grade + 1, rules.level_of_next(room.grade, room.level)
    key = class_name_key(name)
    known = after.get(key)
    if known is None:
        after[key] = RoomAfter(
            key, name, grade, level, room.campus_id, room.sessions_a_week, room.is_special, sources=[room.id]
        )
        return
    if known.grade != grade:
        problems.append(
            Problem("other_grade", {"old": room.name, "name": name, "grade": known.grade}, True, room.id)
        )
        return
    if known.id is not None and not known.is_own:
        problems.append(Problem("taken", {"old": room.name, "name": name}, room_id=room.id))
    elif known.sources:
        problems.append(Problem("joined", {"old": room.name, "name": name}, room_id=room.id))
    known.sources.append(room.id)


def _place(
    pupil: PupilYear, room: RoomBefore | None, names: Mapping[int, str], after: dict[str, RoomAfter]
) -> None:
    wanted = after.get(class_name_key(pupil.wanted)) if pupil.wanted else None
    if wanted is not None and wanted.grade == pupil.next_grade:
        pupil.target = wanted
    elif room is None:
        return
    elif pupil.outcome == "promote":
        found = after.get(class_name_key(names.get(room.id, "")))
        pupil.target = found if found is not None and found.grade == pupil.next_grade else None
    elif pupil.status != "reserved":
        pupil.target = _of_same_grade(pupil, room, after)


def _of_same_grade(pupil: PupilYear, room: RoomBefore, after: dict[str, RoomAfter]) -> RoomAfter:
    """Who repeats joins the class of the old name, else the first of the grade, else one is opened for them."""
    key = class_name_key(room.name)
    same = after.get(key)
    if same is not None and same.grade == pupil.grade:
        return same
    others = [one for one in after.values() if one.grade == pupil.grade]
    if others:
        return min(others, key=lambda one: (one.campus_id != room.campus_id, one.name))
    after[key] = RoomAfter(
        key, room.name, room.grade, room.level, room.campus_id, room.sessions_a_week, room.is_special,
        opened_for=room.name,
    )  # fmt: skip
    return after[key]


def _left(pupils: Sequence[PupilYear]) -> list[Problem]:
    found = []
    unplaced = sum(1 for p in pupils if p.is_going and p.classroom_id is None and p.target is None)
    if unplaced:
        found.append(Problem("no_class", {"n": unplaced}))
    for why, kind in (("transfer", "transfers"), ("there", "already_there")):
        number = sum(1 for p in pupils if p.held == why)
        if number:
            found.append(Problem(kind, {"n": number}))
    return found
