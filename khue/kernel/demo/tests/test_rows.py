"""What a demo province consists of, seen in the rows before any database."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache

import pytest

from khue.kernel.demo import engine, small, words
from khue.kernel.demo.engine import Demo
from khue.kernel.demo.names import Namer, family, given, sort_key_of
from khue.kernel.demo.plan import AGE_IN_GRADE, LIMIT, SIZES, Size
from khue.kernel.people.records import is_person_code
from khue.lib import names
from khue.lib.personal_id import personal_id_problems
from khue.lib.sexes import Sex


class Memory:
    """A sink that keeps rows as dictionaries, and a hash of every byte."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.hash = hashlib.sha256()

    def write(self, table: str, columns: Sequence[str], lines: bytes, rows: int) -> None:
        self.hash.update(table.encode() + lines)
        found = lines.decode().split("\n")[:-1]
        assert len(found) == rows
        for line in found:
            cells = line.split("\t")
            assert len(cells) == len(columns), (table, line)
            self.tables[table].append(dict(zip(columns, cells, strict=True)))

    def by_id(self, table: str, key: str = "id") -> dict[str, dict[str, str]]:
        return {row[key]: row for row in self.tables[table]}


TINY = SIZES["province"].scaled(0.01)


@cache
def made(size: Size = SIZES["small"], seed: int = 2026) -> Memory:
    memory = Memory()
    engine.make(size, seed, memory)
    return memory


def studying(memory: Memory) -> list[dict[str, str]]:
    return [
        row for row in memory.tables["roster_enrolment"]
        if row["year_id"] == "2026" and row["status"] in ("studying", "suspended")
    ]  # fmt: skip


def test_the_same_seed_gives_the_same_rows_and_another_seed_others():
    again, other = Memory(), Memory()
    engine.make(SIZES["small"], 2026, again)
    engine.make(SIZES["small"], 7, other)
    assert again.hash.digest() == made().hash.digest()
    assert other.hash.digest() != made().hash.digest()


def test_a_new_module_does_not_change_what_others_draw():
    demo = Demo(SIZES["small"], 1, Memory())
    first = demo.rng("roster").random()
    demo.rng("a new module").random()
    assert demo.rng("roster").random() == first


def test_the_small_province_has_twelve_schools_three_empty_ones_and_about_six_thousand_pupils():
    units = made().tables["org_unit"]
    assert sum(unit["kind"] == "school" for unit in units) == 15
    with_pupils = Counter(row["school_id"] for row in studying(made()))
    assert len(with_pupils) == 12
    assert 5_500 < sum(with_pupils.values()) < 6_500
    empty = [unit for unit in units if unit["code"] in small.EMPTY]
    assert len(empty) == 3
    assert all(unit["id"] not in with_pupils for unit in empty)
    assert any(unit["kind"] == "campus" and unit["has_internet"] == "f" for unit in units)


def test_a_province_has_the_pupils_and_schools_it_was_planned_with():
    memory = made(TINY)
    assert len(memory.tables["roster_pupil_profile"]) == TINY.pupils
    assert sum(unit["kind"] == "school" for unit in memory.tables["org_unit"]) == TINY.schools
    guardians = {row["guardian_id"] for row in memory.tables["roster_guardianship"]}
    assert abs(len(guardians) - TINY.pupils * TINY.guardians_a_pupil) < 0.01 * TINY.pupils


@pytest.mark.parametrize("size", [SIZES["small"], TINY], ids=["small", "tiny province"])
def test_every_enrolment_lies_in_a_class_of_the_same_school_year_level_and_grade(size: Size):
    memory = made(size)
    rooms = memory.by_id("roster_classroom")
    without = 0
    for row in memory.tables["roster_enrolment"]:
        if row["classroom_id"] == engine.NULL:
            without += 1
            continue
        room = rooms[row["classroom_id"]]
        for key in ("year_id", "school_id", "level", "grade", "campus_id"):
            assert room[key] == row[key]
    assert without == (3 if size.has_cast else 0)


@pytest.mark.parametrize("size", [SIZES["small"], TINY], ids=["small", "tiny province"])
def test_head_counts_equal_a_count_of_the_pupils(size: Size):
    memory = made(size)
    people = memory.by_id("people_person")
    counted: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in studying(memory):
        total = counted[row["school_id"], row["classroom_id"], row["grade"]]
        person = people[row["person_id"]]
        total[0] += 1
        total[1] += person["sex"] == "2"
        total[2] += person["ethnicity"] != "01"
    open_rows = [
        row for row in memory.tables["roster_head_count"] if row["year_id"] == "2026" and row["valid_to"] == engine.NULL
    ]  # fmt: skip
    kept = {
        (row["school_id"], row["classroom_id"], row["grade"]): [
            int(row[k]) for k in ("pupils", "girls", "minority")
        ]
        for row in open_rows
    }
    assert kept == dict(counted)


@pytest.mark.parametrize("size", [SIZES["small"], TINY], ids=["small", "tiny province"])
def test_classes_keep_to_the_limits_but_for_the_planted_one(size: Size):
    memory = made(size)
    rooms = memory.by_id("roster_classroom")
    sizes = Counter(row["classroom_id"] for row in studying(memory) if row["classroom_id"] != engine.NULL)
    over = {rooms[pk]["name"] for pk, count in sizes.items() if count > LIMIT[int(rooms[pk]["grade"])]}
    assert over == ({"6A8"} if size.has_cast else set())


@pytest.mark.parametrize("size", [SIZES["small"], TINY], ids=["small", "tiny province"])
def test_ages_fit_the_grades_but_for_the_planted_ones(size: Size):
    memory = made(size)
    people = memory.by_id("people_person")
    odd = 0
    for row in studying(memory):
        if row["level"] != "GDTX":
            older = 2026 - int(people[row["person_id"]]["birth_date"][:4]) - AGE_IN_GRADE[int(row["grade"])]
            odd += older not in (0, 1)
    assert 0 < odd < 20 if size.has_cast else odd == 0


@pytest.mark.parametrize("size", [SIZES["small"], TINY], ids=["small", "tiny province"])
def test_numbers_of_people_are_unique_and_well_formed(size: Size):
    people = made(size).tables["people_person"]
    for key in ("personal_id", "ministry_code", "code"):
        values = [row[key] for row in people if row[key] != engine.NULL]
        assert len(values) == len(set(values)), key
    logins = [row["login_name"] for row in made(size).tables["people_account"]]
    assert len(logins) == len(set(logins)) == len(people)
    for row in people[::37]:
        assert is_person_code(row["code"])
        assert row["search_key"] == names.search_key(row["full_name"])
        if len(row["full_name"].split()) < 6 and "Ê Ban" not in row["full_name"]:
            assert row["sort_key"] == names.sort_key(row["full_name"])
        if row["personal_id"] != engine.NULL:
            found = personal_id_problems(
                row["personal_id"], sex=Sex(int(row["sex"])), birth_year=int(row["birth_date"][:4])
            )
            assert found == []


@pytest.mark.parametrize("size", [SIZES["small"], TINY], ids=["small", "tiny province"])
def test_each_school_has_one_principal_and_each_class_one_homeroom_teacher_of_its_school(size: Size):
    memory = made(size)
    schools = {unit["id"] for unit in memory.tables["org_unit"] if unit["kind"] == "school"}
    heads = [row["unit_id"] for row in memory.tables["staff_position"] if row["post"] == "principal"]
    assert sorted(heads) == sorted(schools)
    posts = {(row["person_id"], row["unit_id"]) for row in memory.tables["staff_position"]}
    rooms = memory.by_id("roster_classroom")
    seen = [row["classroom_id"] for row in memory.tables["roster_homeroom"]]
    assert len(seen) == len(set(seen))
    assert len(seen) >= 0.98 * len(rooms)
    for row in memory.tables["roster_homeroom"]:
        assert (row["teacher_id"], rooms[row["classroom_id"]]["school_id"]) in posts


def test_courses_have_teachers_whose_load_is_near_the_norm():
    memory = made()
    courses = memory.by_id("curriculum_course")
    taught = defaultdict(int)
    of = defaultdict(int)
    for row in memory.tables["curriculum_teaching_assignment"]:
        taught[row["teacher_id"]] += int(row["periods_a_year"])
        of[row["course_id"]] += int(row["periods_a_year"])
    assert set(of) == set(courses)
    assert all(of[pk] == int(course["periods_a_year"]) for pk, course in courses.items())
    loads = sorted(total / 35 for total in taught.values() if total)
    assert 14 < sum(loads) / len(loads) < 21
    assert loads[-1] <= 30


def test_nobody_guards_themselves_and_siblings_are_two_years_apart():
    memory = made(TINY)
    people = memory.by_id("people_person")
    children = defaultdict(list)
    for row in memory.tables["roster_guardianship"]:
        assert row["pupil_id"] != row["guardian_id"]
        children[row["guardian_id"]].append(int(people[row["pupil_id"]]["birth_date"][:4]))
    assert max(map(len, children.values())) in (2, 3)
    assert any(len(years) > 1 for years in children.values())
    for years in children.values():
        assert all(b - a >= 2 for a, b in zip(sorted(years), sorted(years)[1:], strict=False))


def test_the_cast_is_there_by_first_names():
    memory = made()
    accounts = {row["login_name"]: row for row in memory.tables["people_account"]}
    people = memory.by_id("people_person")
    for login, player in small.CAST.items():
        person = people[accounts[login]["person_id"]]
        assert (person["full_name"], person["birth_date"]) == (player.full_name, player.birth_date)
        assert accounts[login]["activated_at"] != engine.NULL
    assert people[accounts["an"]["person_id"]]["ministry_code"] == "3826104417"
    assert sum(row["activated_at"] != engine.NULL for row in memory.tables["people_account"]) == len(
        small.CAST
    )
    wards = [
        r for r in memory.tables["roster_guardianship"] if r["guardian_id"] == accounts["binh"]["person_id"]
    ]
    assert {people[row["pupil_id"]]["full_name"] for row in wards} == {"Lê Hoài An", "Lê Minh Khôi"}


def test_the_class_of_the_cast_holds_its_42_named_pupils_with_lan_as_homeroom_and_maths_teacher():
    memory = made()
    accounts = {row["login_name"]: row["person_id"] for row in memory.tables["people_account"]}
    units = {unit["code"]: unit["id"] for unit in memory.tables["org_unit"]}
    room = next(
        row for row in memory.tables["roster_classroom"]
        if row["name"] == "8A3" and row["year_id"] == "2026" and row["school_id"] == units["THCS-LQD"]
    )  # fmt: skip
    people = memory.by_id("people_person")
    pupils = sorted(
        (row for row in studying(memory) if row["classroom_id"] == room["id"]),
        key=lambda row: row["sort_key"],
    )
    assert [people[row["person_id"]]["full_name"] for row in pupils] == words.PUPILS_OF_8A3
    teacher = next(row for row in memory.tables["roster_homeroom"] if row["classroom_id"] == room["id"])
    assert teacher["teacher_id"] == accounts["lan"]
    courses = memory.by_id("curriculum_course")
    lessons = {
        courses[row["course_id"]]["subject_id"]
        for row in memory.tables["curriculum_teaching_assignment"]
        if row["teacher_id"] == accounts["lan"] and courses[row["course_id"]]["classroom_id"] == room["id"]
    }
    assert lessons == {"TOAN", "HDTN"}


def test_flaws_are_planted_for_the_pages_that_show_them():
    memory = made()
    people = [memory.by_id("people_person")[row["person_id"]] for row in studying(memory)]
    assert 20 < sum(person["personal_id"] == engine.NULL for person in people) < 200
    same = Counter((person["full_name"], person["birth_date"]) for person in people)
    assert sum(count > 1 for count in same.values()) >= 4
    assert sorted(row["state"] for row in memory.tables["roster_transfer"]) == [
        "accepted",
        "released",
        "submitted",
    ]
    assert len(memory.tables["people_identifier"]) == 9


def test_a_joined_sort_key_is_the_key_of_the_joined_name():
    for surname in ("Nguyễn", "Đỗ"):
        for rest in ("Thị Lan Anh", "Bình", "Đăng Khoa"):
            assert sort_key_of(family(surname), given(rest)) == names.sort_key(f"{surname} {rest}")


def test_every_ethnic_group_of_a_commune_has_family_names():
    demo = Demo(TINY, 3, Memory())
    namer = Namer(demo.rng("names"))
    for group in ("01", "02", "03", "06", "07", "08", "09", "29"):
        assert namer.family(demo.rng(group), group).text
        assert namer.child(demo.rng(group), 2, group).given


def test_cells_are_escaped_as_copy_wants_them():
    assert engine.cell("a\tb\\c\nd") == "a\\tb\\\\c\\nd"
    assert engine.cell(None) == "\\N"
    assert engine.cell(("TH", "THCS")) == '{"TH","THCS"}'
    assert engine.cell(True) == "t"
