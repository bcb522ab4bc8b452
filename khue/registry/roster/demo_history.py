"""Last year of the small demo province: its classes, the same pupils one grade below, and those who have left since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from khue.kernel.demo import plan
from khue.kernel.demo.engine import NULL, Demo
from khue.kernel.demo.plan import Room, School
from khue.kernel.people.demo import People, places
from khue.lib.class_names import class_sort_key
from khue.registry.calendar.demo import LAST_RETURN, LAST_YEAR_ENDS, YEAR
from khue.registry.roster import demo_tables
from khue.registry.roster.demo_movements import Movement
from khue.registry.roster.demo_pupils import Pupil

LAST_YEAR: Final = YEAR - 1
LAST_DAY: Final = "2026-05-29"


def write_last_year(
    demo: Demo,
    rng: Random,
    school: School,
    pupils: Sequence[Pupil],
    moves: Mapping[int, Movement],
    people: People,
) -> None:
    """Classes of 2025-2026 with every pupil who was here, promoted or retained, and the grade that has finished."""
    rooms = {}
    for room in school.rooms:
        if room.grade > plan.GRADES[room.level][0]:
            before = Room(_name_before(room), room.level, room.grade - 1, 0, room.campus)
            rooms[before.level, before.grade, before.name] = before
    last_rooms = []
    for level in school.levels:
        top = plan.GRADES[level][-1]
        for room in school.rooms:
            if room.level == level and room.grade == top:
                last_rooms.append(Room(room.name, level, top, 0, room.campus))
    _open(demo, rng, school, [*rooms.values(), *last_rooms])
    members: dict[int, list[tuple[int, int]]] = {}
    for pupil in pupils:
        room = pupil.room
        move = moves.get(pupil.person)
        if move is not None and move.kind == "transferred_in":
            continue
        if pupil.is_repeat:
            same = [
                r for r in (*rooms.values(), *last_rooms) if (r.level, r.grade) == (room.level, room.grade)
            ]
            if same:
                _enrol(demo, school, pupil, rng.choice(same), "retained", members)
        elif room.grade > plan.GRADES[room.level][0]:
            _enrol(
                demo,
                school,
                pupil,
                rooms[room.level, room.grade - 1, _name_before(room)],
                "promoted",
                members,
            )
    for room in last_rooms:
        _leavers(demo, rng, school, room, people, members)
    _count(demo, school, [*rooms.values(), *last_rooms], members)


def _name_before(room: Room) -> str:
    if room.level == plan.PRESCHOOL:
        return f"{plan.PRESCHOOL_NAMES[room.grade - 1]} {room.name.split()[-1]}"
    return f"{room.grade - 1}{room.name[len(str(room.grade)) :]}"


def _open(demo: Demo, rng: Random, school: School, rooms: Sequence[Room]) -> None:
    table, homerooms = demo_tables.rooms(demo), demo_tables.homerooms(demo)
    free = {level: [t.person_id for t in school.teachers if t.level == level] for level in school.levels}
    for teachers in free.values():
        rng.shuffle(teachers)
    for room in rooms:
        room.id = demo.id("roster.Classroom")
        campus = school.campuses[room.campus].id
        sessions = 9 if room.level in (plan.PRIMARY, plan.PRESCHOOL) else 6
        table.line(
            f"{room.id}\t{LAST_YEAR}\t{school.id}\t{campus}\t{room.name}\t{room.level}\t{room.grade}\t{sessions}\t"
            f"{class_sort_key(room.name)}"
        )
        if free[room.level]:
            teacher = free[room.level].pop()
            homerooms.line(
                f"{demo.id('roster.Homeroom')}\t{room.id}\t{teacher}\t{LAST_RETURN}\t{LAST_YEAR_ENDS}"
            )


def _enrol(
    demo: Demo, school: School, pupil: Pupil, room: Room, end: str, members: dict[int, list[tuple[int, int]]], *,
    status: str = "studying", is_current: bool = False,
) -> None:  # fmt: skip
    pk = demo.id("roster.Enrolment")
    campus = school.campuses[room.campus].id
    left = NULL if status == "studying" else LAST_DAY
    changed = LAST_RETURN if status == "studying" else LAST_DAY
    demo_tables.enrolments(demo).line(
        f"{pk}\t{pupil.person}\t{LAST_YEAR}\t{school.id}\t{campus}\t{room.id}\t{room.level}\t{room.grade}\t{status}\t"
        f"{changed}\t{LAST_RETURN}\t{left}\tf\t{'t' if is_current else 'f'}\t"
        f"{pupil.given[3]}-{pupil.family[2]}{pupil.given[4]}"
    )
    begin = "admitted" if room.grade == plan.GRADES[room.level][0] else "promoted"
    for kind, on in ((begin, LAST_RETURN), (end, LAST_DAY)):
        event = demo.id("roster.EnrolmentEvent")
        demo_tables.events(demo).line(f"{event}\t{pk}\t{school.id}\t{room.id}\t{kind}\t{on}\t\t\t")
    members.setdefault(room.id, []).append((pupil.sex, pupil.group != "01"))


def _leavers(
    demo: Demo,
    rng: Random,
    school: School,
    room: Room,
    people: People,
    members: dict[int, list[tuple[int, int]]],
) -> None:
    """A class that finished the level in May: their newest enrolment is last year's, completed."""
    spots = places(school.commune.full_name)
    age = plan.AGE_IN_GRADE[room.grade]
    for place in range(rng.randint(22, 34)):
        group = rng.choice(school.commune.groups) if rng.random() < school.commune.minority else "01"
        sex = 1 if rng.random() < 0.52 else 2
        family = people.namer.family(rng, group)
        given = people.namer.child(rng, sex, group)
        birth = f"{LAST_YEAR - age}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        person = people.add(
            family, given, birth, sex, group, rng.choice(spots), ministry_code=people.ministry_code()
        )
        demo_tables.profiles(demo).line(f"{person}\t\t\tf\t\t")
        pupil = Pupil(person, family, given, birth, sex, group, room, place)
        _enrol(demo, school, pupil, room, "completed", members, status="completed", is_current=True)


def _count(
    demo: Demo, school: School, rooms: Sequence[Room], members: Mapping[int, Sequence[tuple[int, int]]]
) -> None:
    table = demo_tables.counts(demo)
    for room in rooms:
        found = members.get(room.id, ())
        table.add(
            demo.id("roster.HeadCount"), school.id, school.campuses[room.campus].id, room.id, LAST_YEAR, room.level,
            room.grade, LAST_RETURN, LAST_YEAR_ENDS, len(found), sum(sex == 2 for sex, _ in found),
            sum(minority for _, minority in found),
        )  # fmt: skip
