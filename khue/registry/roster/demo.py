"""Pupils, families, classes and enrolments of a demo province; in the small one also last year and planted flaws."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Final

from khue.kernel.demo import plan, small, words
from khue.kernel.demo.engine import NULL, Demo
from khue.kernel.demo.names import Given, parted
from khue.kernel.demo.plan import Room, School
from khue.kernel.people.demo import People, places
from khue.lib.class_names import class_sort_key
from khue.registry.calendar.demo import RETURN, YEAR, YEAR_ENDS
from khue.registry.roster import demo_flaws as flaws
from khue.registry.roster import demo_history as history
from khue.registry.roster import demo_tables
from khue.registry.roster.demo_movements import Movement, head_counts, movements_of
from khue.registry.roster.demo_pupils import Household, Pupil

ENTRY: Final = frozenset({-4, -3, -2, -1, 1, 6, 10})
SIBLINGS: Final = 0.285
RELATIONS: Final = {1: "father", 2: "mother"}


def make(demo: Demo) -> None:
    """Every class of this year with its pupils and their families; in the small province last year too."""
    Maker(demo).run()


class Maker:
    """Makes the pupils of school after school, commune by commune."""

    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.people: People = demo.get("people")
        self.schools: list[School] = demo.get("org.schools")
        self.rooms = demo_tables.rooms(demo)
        self.homerooms = demo_tables.homerooms(demo)
        self.profiles = demo_tables.profiles(demo)
        self.guardianships = demo_tables.guardianships(demo)
        self.enrolments = demo_tables.enrolments(demo)
        self.events = demo_tables.events(demo)
        self.counts = demo_tables.counts(demo)
        self.next_guardianship = demo.counter("roster.Guardianship")
        self.next_enrolment = demo.counter("roster.Enrolment")
        self.next_event = demo.counter("roster.EnrolmentEvent")
        self.households: dict[int, list[Household]] = {}
        self.parents_of_an: list[tuple[int, str]] = []
        self.guardians = 0
        self.pupils = 0

    def run(self) -> None:
        """Make them all."""
        cast = self.demo.size.has_cast
        everyone: list[tuple[School, list[Pupil]]] = []
        if cast:
            self._family_of_binh()
        for school in sorted(self.schools, key=lambda school: school.commune.id):
            if school.commune.id not in self.households:
                self.households = {school.commune.id: []}  # brothers and sisters go to school in one commune
            rng = self.demo.rng("roster", school.code)
            self._open_rooms(rng, school)
            pupils = [pupil for room in school.rooms for pupil in self._room(rng, school, room)]
            if cast:
                flaws.plant(self, rng, school, pupils, everyone)
            moves = movements_of(rng, school, pupils)
            self._write(rng, school, pupils, moves)
            if cast and not school.is_empty:
                everyone.append((school, pupils))
                history.write_last_year(
                    self.demo, self.demo.rng("history", school.code), school, pupils, moves, self.people
                )
            self.demo.breathe()
        if cast:
            flaws.open_transfers(self.demo, {school.code: (school, pupils) for school, pupils in everyone})

    # --- classes ------------------------------------------------------------------------
    def _open_rooms(self, rng: Random, school: School) -> None:
        cast = self.demo.get("staff.cast")
        own = {(small.LE_QUY_DON, "8A3"): cast["lan"], (small.MUONG_KHOA, "8A"): cast["mai"]} if cast else {}
        free = {
            level: [t for t in school.teachers if t.level == level and t.person_id not in own.values()]
            for level in school.levels
        }
        for teachers in free.values():
            rng.shuffle(teachers)
            teachers.sort(
                key=lambda teacher: teacher.subject == ""
            )  # a primary class has a teacher of its own
        for room in school.rooms:
            room.id = self.demo.id("roster.Classroom")
            campus = school.campuses[room.campus].id
            sessions = 9 if room.level in (plan.PRIMARY, plan.PRESCHOOL) else 6
            self.rooms.line(
                f"{room.id}\t{YEAR}\t{school.id}\t{campus}\t{room.name}\t{room.level}\t{room.grade}\t{sessions}\t"
                f"{class_sort_key(room.name)}"
            )
            chosen = own.get((school.code, room.name)) or (
                free[room.level].pop().person_id if free[room.level] else 0
            )
            room.homeroom = chosen
            if chosen:
                self.homerooms.line(
                    f"{self.demo.id('roster.Homeroom')}\t{room.id}\t{chosen}\t{RETURN}\t{YEAR_ENDS}"
                )

    # --- pupils ------------------------------------------------------------------------
    def _room(self, rng: Random, school: School, room: Room) -> Iterable[Pupil]:
        if self.demo.size.has_cast and school.code == small.LE_QUY_DON and room.name == "8A3":
            yield from self._named_room(rng, school, room)
            return
        commune = school.commune
        spots = places(commune.full_name)
        pool = self.households[commune.id]
        age = plan.AGE_IN_GRADE[room.grade]
        namer = self.people.namer
        chance = rng.random
        for place in range(room.pupils):
            sex = 1 if chance() < 0.522 else 2
            late = 0 if chance() > 0.02 else 1 if room.level != plan.CONTINUING else int(chance() * 4)
            year = YEAR - age - late
            wrong = flaws.YEARS_WRONG if self.demo.size.has_cast and chance() < flaws.WRONG_AGE else 0
            birth = f"{year - wrong}-{1 + int(chance() * 12):02d}-{1 + int(chance() * 28):02d}"
            household = self._household(rng, pool, year, spots, commune.minority, commune.groups)
            given = namer.child(rng, sex, household.group)
            while household.has_child_named(given.given):
                given = namer.child(rng, sex, household.group)
            yield self.pupil(rng, household, given, birth, sex, room, place)
        if self.demo.size.has_cast and school.code == small.SONG_LAM and room.name == "3B":
            yield from self._children_of_cast(rng, room, spots)

    def _household(
        self,
        rng: Random,
        pool: list[Household],
        year: int,
        spots: list[str],
        minority: float,
        groups: tuple[str, ...],
    ) -> Household:
        """A family with a brother or sister at school already, or a new one."""
        if len(pool) > 30 and rng.random() < SIBLINGS:
            at = int(rng.random() * len(pool))
            found = pool[at]
            if found.has_room_for(year):
                if len(found.years) == 2:
                    pool[at] = pool[-1]
                    pool.pop()
                return found
        group = groups[int(len(groups) * rng.random() ** 1.7)] if rng.random() < minority else "01"
        family = self.people.namer.family(rng, group)
        household = Household(family, group, spots[int(rng.random() * len(spots))])
        ratio = self.demo.size.guardians_a_pupil
        both = self.guardians + 1 < ratio * (self.pupils + 1)
        first = 1 if both or rng.random() < 0.45 else 2
        for sex in (1, 2) if both else (first,):
            household.adults.append((self._guardian(rng, household, sex, year), RELATIONS[sex]))
        if first == 1 and not both and rng.random() < 0.06:
            household.adults[0] = (household.adults[0][0], "guardian")
        pool.append(household)
        return household

    def _guardian(self, rng: Random, household: Household, sex: int, child_year: int) -> int:
        namer = self.people.namer
        year = child_year - 22 - int(rng.random() * 15)
        birth = f"{year}-{1 + int(rng.random() * 12):02d}-{1 + int(rng.random() * 28):02d}"
        family = household.family if sex == 1 else namer.family(rng, household.group)
        self.guardians += 1
        return self.people.add(
            family,
            namer.adult(rng, sex, household.group),
            birth,
            sex,
            household.group,
            household.place,
            has_phone=True,
        )

    def pupil(
        self, rng: Random, household: Household, given: Given, birth: str, sex: int, room: Room, place: int, *,
        ministry_code: str = "", login_name: str = "", has_personal_id: bool = True,
    ) -> Pupil:  # fmt: skip
        """Write a child of a household into a class, with whoever answers for the child."""
        self.pupils += 1
        has_id = has_personal_id and rng.random() > (0.04 if room.grade < 1 else 0.012)
        family = household.family
        person = self.people.add(
            family, given, birth, sex, household.group, household.place,
            ministry_code=ministry_code or self.people.ministry_code(), has_personal_id=has_id, login_name=login_name,
        )  # fmt: skip
        household.add_child(int(birth[:4]), given.given)
        for number, (adult, relation) in enumerate(household.adults):
            self.guardianships.line(
                f"{self.next_guardianship()}\t{person}\t{adult}\t{relation}\t"
                f"{'t' if number == 0 else 'f'}\t{birth}"
            )
        repeats = (
            room.grade >= 1 and int(birth[:4]) < YEAR - plan.AGE_IN_GRADE[room.grade] and rng.random() < 0.15
        )
        return Pupil(person, family, given, birth, sex, household.group, room, place, is_repeat=repeats)

    # --- the cast ------------------------------------------------------------------------
    def _named_room(self, rng: Random, school: School, room: Room) -> Iterable[Pupil]:
        spots = places(school.commune.full_name)
        cast = self.demo.get("staff.cast")
        for place, name in enumerate(words.PUPILS_OF_8A3, start=1):
            family, given = parted(name)
            sex = 1 if place in small.BOYS_OF_8A3 else 2
            household = Household(family, small.GROUPS_OF_8A3.get(place, "01"), spots[place % len(spots)])
            birth = f"2013-{1 + int(rng.random() * 12):02d}-{1 + int(rng.random() * 28):02d}"
            code = login = ""
            if place == 1:
                birth, code, login = small.CAST["an"].birth_date, small.AN_MINISTRY_CODE, "an"
                household.adults += self.parents_of_an
            elif name == "Đỗ Gia Bảo":
                household.adults.append((cast["tam"], "mother"))
            else:
                household.adults.append((self._guardian(rng, household, 1, 2013), "father"))
            pupil = self.pupil(
                rng, household, given, birth, sex, room, place, ministry_code=code, login_name=login
            )
            pupil.is_protected = True
            if place == 1:
                cast["an"] = pupil.person
            yield pupil

    def _family_of_binh(self) -> None:
        """Bình and his wife, before their children are met in their schools."""
        player = small.CAST["binh"]
        place = places("Phường Đông Kinh")[4]
        binh = self.people.named(
            player.full_name, player.birth_date, 1, "01", place, has_phone=True, login_name="binh"
        )
        mother = self.people.named("Phạm Thị Hòa", "1986-10-12", 2, "01", place, has_phone=True)
        self.guardians += 2
        self.parents_of_an = [(binh, "father"), (mother, "mother")]
        self.demo.get("staff.cast")["binh"] = binh

    def _children_of_cast(self, rng: Random, room: Room, spots: list[str]) -> Iterable[Pupil]:
        """Lê Minh Khôi, An's brother, and Trần Minh Khang, Lan's son, are in 3B of Tiểu học Sông Lam."""
        cast = self.demo.get("staff.cast")
        families: tuple[tuple[str, str, list[tuple[int, str]]], ...] = (
            ("Lê Minh Khôi", "2018-06-21", self.parents_of_an),
            ("Trần Minh Khang", "2018-11-02", [(cast["lan"], "mother")]),
        )
        for number, (name, birth, adults) in enumerate(families):
            family, given = parted(name)
            household = Household(family, "01", spots[number], adults=list(adults))
            room.pupils += 1
            pupil = self.pupil(rng, household, given, birth, 1, room, room.pupils)
            pupil.is_protected = True
            yield pupil

    # --- this year ------------------------------------------------------------------------
    def _write(self, rng: Random, school: School, pupils: list[Pupil], moves: dict[int, Movement]) -> None:
        for pupil in pupils:
            pupil.has_moved = pupil.person in moves
            self._profile(rng, pupil, school)
            self._enrolment(school, pupil, moves.get(pupil.person))
        for row in head_counts(school, pupils, moves, RETURN):
            self.counts.line(f"{self.demo.id('roster.HeadCount')}\t{row}")

    def _profile(self, rng: Random, pupil: Pupil, school: School) -> None:
        disability = severity = policy = ""
        if rng.random() < 0.008:
            disability = rng.choice(("Vận động", "Nghe, nói", "Nhìn", "Trí tuệ", "Tự kỷ"))
            severity = rng.choice(("Nặng", "Nhẹ", "Nhẹ"))
        poor = 0.04 + 0.3 * school.commune.minority
        draw = rng.random()
        if draw < poor:
            policy = "Hộ nghèo" if draw < poor * 0.55 else "Hộ cận nghèo"
        paper = f"{1 + pupil.person % 400}/{pupil.birth[:4]}" if rng.random() > 0.02 else ""
        self.profiles.line(
            f"{pupil.person}\t{disability}\t{severity}\t{'t' if disability else 'f'}\t{policy}\t{paper}"
        )

    def _enrolment(self, school: School, pupil: Pupil, move: Movement | None) -> None:
        room = pupil.room
        campus: int | str = school.campuses[room.campus].id
        classroom: int | str = room.id
        if pupil.is_unplaced:
            campus, classroom = NULL, NULL
        status, status_on, left = "studying", RETURN, NULL
        joined = RETURN
        pk = pupil.enrolment = self.next_enrolment()
        first = "admitted" if room.grade in ENTRY else "retained" if pupil.is_repeat else "promoted"
        if move is not None and move.kind == "transferred_in":
            joined = status_on = move.on
            first = "transferred_in"
        other = move.other_school if move is not None and first == "transferred_in" else ""
        self._event(pk, school, classroom, first, joined, "", "", other)
        if move is not None and first != "transferred_in":
            self._event(
                pk, school, room.id, move.kind, move.on, move.reason_code, move.reason, move.other_school
            )
            if move.status:
                status, status_on = move.status, move.on
                left = NULL if status == "reserved" else str(move.on)
            if move.to_room is not None:
                classroom, campus = move.to_room.id, school.campuses[move.to_room.campus].id
        key = f"{pupil.given[3]}-{pupil.family[2]}{pupil.given[4]}"
        self.enrolments.line(
            f"{pk}\t{pupil.person}\t{YEAR}\t{school.id}\t{campus}\t{classroom}\t{room.level}\t{room.grade}\t"
            f"{status}\t{status_on}\t{joined}\t{left}\t{'t' if pupil.is_repeat else 'f'}\tt\t{key}"
        )

    def _event(
        self,
        enrolment: int,
        school: School,
        room: int | str,
        kind: str,
        on: date,
        code: str,
        reason: str,
        other: str,
    ) -> None:
        self.events.line(
            f"{self.next_event()}\t{enrolment}\t{school.id}\t{room}\t{kind}\t{on}\t{code}\t{reason}\t{other}"
        )
