"""The plan of a province: which schools there are, with which classes of which size. Pure; nothing is written here."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from khue.kernel.demo import words
from khue.lib.names import search_key

PRESCHOOL, PRIMARY, LOWER, UPPER, CONTINUING = "MN", "TH", "THCS", "THPT", "GDTX"
GRADES: Final[dict[str, tuple[int, ...]]] = {
    PRESCHOOL: (-4, -3, -2, -1),  # nhà trẻ 25-36 months, mẫu giáo bé, nhỡ, lớn
    PRIMARY: (1, 2, 3, 4, 5),
    LOWER: (6, 7, 8, 9),
    UPPER: (10, 11, 12),
    CONTINUING: (10, 11, 12),
}
AGE_IN_GRADE: Final = {-4: 2, -3: 3, -2: 4, -1: 5} | {grade: grade + 5 for grade in range(1, 13)}
LIMIT: Final = (
    {-4: 25, -3: 25, -2: 30, -1: 35} | dict.fromkeys(range(1, 6), 35) | dict.fromkeys(range(6, 13), 45)
)
"""Most pupils a class may have (rules/03 section 7)."""
USUAL_SIZE: Final = {PRESCHOOL: 25.0, PRIMARY: 30.5, LOWER: 38.0, UPPER: 42.0, CONTINUING: 36.0}
PRESCHOOL_NAMES: Final = {-4: "Nhà trẻ", -3: "Mầm", -2: "Chồi", -1: "Lá"}


@dataclass(frozen=True)
class Size:
    """How big a demo province is; `cast` people live in the small one only."""

    name: str
    schools: int
    pupils: int
    staff: int
    communes: int
    has_cast: bool = False
    has_history: bool = False
    guardians_a_pupil: float = 1_000_000 / 870_000

    def scaled(self, share: float) -> Size:
        """A smaller province of the same make, for tests and quick measurements."""
        return Size(
            f"{self.name} x {share:g}",
            max(20, round(self.schools * share)),
            max(3000, round(self.pupils * share)),
            max(300, round(self.staff * share)),
            max(4, round(self.communes * share)),
        )


SIZES: Final = {
    "small": Size("small", 12, 6000, 400, 5, has_cast=True, has_history=True),
    "province": Size("province", 2000, 870_000, 50_000, 160),
}


@dataclass(slots=True)
class Commune:
    """A commune: how many of its people are of minorities, which ones, and what later modules need of it."""

    name: str
    kind: str  # "Xã" | "Phường"
    minority: float
    groups: tuple[str, ...]
    region: int
    district: str
    id: int = 0
    path: str = ""
    code: str = ""

    @property
    def full_name(self) -> str:
        """`Xã Mường Khoa`."""
        return f"{self.kind} {self.name}"


@dataclass(slots=True)
class Room:
    """A class to be: name, level, grade, number of pupils, the campus it lies on (0: the main one)."""

    name: str
    level: str
    grade: int
    pupils: int
    campus: int = 0
    special: bool = False
    id: int = 0
    homeroom: int = 0  # person id


@dataclass(slots=True)
class Campus:
    """A place of a school."""

    name: str
    is_main: bool
    has_internet: bool
    id: int = 0


@dataclass(slots=True)
class Teacher:
    """A teacher of a school and the subject they were trained for ("" teaches a primary class)."""

    person_id: int
    level: str
    subject: str
    woman: bool
    name: str = ""


@dataclass(slots=True)
class School:
    """A school to be."""

    code: str
    name: str
    levels: tuple[str, ...]
    commune: Commune
    rooms: list[Room] = field(default_factory=list)
    campuses: list[Campus] = field(default_factory=list)
    teachers: list[Teacher] = field(default_factory=list)
    is_empty: bool = False
    id: int = 0
    path: str = ""
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def is_under_department(self) -> bool:
        """Upper secondary and continuing education answer to the department itself (rules/03 section 4)."""
        return self.levels[0] in (UPPER, CONTINUING)


def room_name(level: str, grade: int, number: int, total: int, *, plain: bool = False) -> str:
    """`8A3`, `3B`, `Lớp Lá 2`."""
    if level == PRESCHOOL:
        stem = PRESCHOOL_NAMES[grade]
        return f"{stem} {number}" if total > 1 else f"{stem} 1"
    if plain and total <= 14:
        return f"{grade}{'ABCDEGHIKLMNPQ'[number - 1]}"
    return f"{grade}A{number}"


def make_rooms(
    rng: Random, level: str, per_grade: list[int], size: float, campuses: int, *, plain: bool = False
) -> list[Room]:
    """The classes of one level of a school: sizes near `size`, some of the youngest on the satellite campuses."""
    rooms = []
    for grade, total in zip(GRADES[level], per_grade, strict=True):
        limit = LIMIT[grade]
        shift = (grade + 2.5) * 2.5 if level == PRESCHOOL else 0.0
        for number in range(1, total + 1):
            pupils = int(min(limit, max(8, rng.gauss(size + shift, 2.5))))
            campus = 0
            if campuses > 1 and grade <= 3 and number > (total + 1) // 2:
                campus = 1 + (number + grade) % (campuses - 1)
            rooms.append(
                Room(room_name(level, grade, number, total, plain=plain), level, grade, pupils, campus)
            )
    return rooms


def communes_of(rng: Random, count: int) -> list[Commune]:
    """Communes and wards of the province, the named ones of the small province first."""
    found = [
        Commune("Đông Kinh", "Phường", 0.05, ("06", "03"), 3, "Thành phố Lam Giang"),
        Commune("Mường Khoa", "Xã", 0.82, ("03", "06", "08"), 1, "Huyện Mường Khoa"),
        Commune("Sông Lam", "Phường", 0.04, ("06", "02"), 3, "Thành phố Lam Giang"),
        Commune("Hàm Giang", "Xã", 0.08, ("06", "03"), 2, "Huyện Hàm Giang"),
        Commune("Nậm Lanh", "Xã", 0.93, ("08", "03", "29", "09"), 1, "Huyện Mường Khoa"),
    ]
    seen = {search_key(commune.name) for commune in found}
    districts = iter([f"Huyện {name}" for name in words.OLD_DISTRICTS] * (1 + count // 20))
    for name in words.WARDS:
        if search_key(name) not in seen and len(found) < count:
            found.append(
                Commune(name, "Phường", rng.uniform(0.01, 0.08), ("06", "03"), 3, "Thành phố Lam Giang")
            )
            seen.add(search_key(name))
    for name in words.MOUNTAIN_COMMUNES:
        if search_key(name) not in seen and len(found) < min(count, 13 + count // 4):
            groups = tuple(rng.sample(["03", "06", "08", "09", "02", "07", "29"], 3))
            found.append(Commune(name, "Xã", rng.uniform(0.45, 0.97), groups, 1, next(districts)))
            seen.add(search_key(name))
    plain = [f"{a} {b}" for a in words.PLAIN_FIRST for b in words.PLAIN_SECOND if a != b]
    rng.shuffle(plain)
    for name in plain:
        if len(found) >= count:
            break
        if search_key(name) not in seen:
            found.append(Commune(name, "Xã", rng.uniform(0.01, 0.12), ("06", "02"), 2, next(districts)))
            seen.add(search_key(name))
    return found[:count]


# Share of schools, usual classes a grade, and what the name begins with.
_MIX: Final = (
    ((PRESCHOOL,), 0.325, 2.9, "Mầm non"),
    ((PRIMARY,), 0.29, 3.75, "Tiểu học"),
    ((LOWER,), 0.285, 2.42, "THCS"),
    ((PRIMARY, LOWER), 0.03, 1.6, "TH&THCS"),
    ((UPPER,), 0.052, 8.7, "THPT"),
    ((CONTINUING,), 0.018, 2.6, "Trung tâm GDNN-GDTX"),
)


def province(rng: Random, size: Size) -> tuple[list[Commune], list[School]]:
    """Communes and schools of a province of this size; the numbers of schools and of pupils come out exactly."""
    communes = communes_of(rng, size.communes)
    schools: list[School] = []
    taken: set[str] = set()
    for levels, share, usual, prefix in _MIX:
        count = round(size.schools * share)
        if levels == (CONTINUING,):
            count = size.schools - len(schools)
        for number in range(count):
            commune = communes[number % len(communes)]
            schools.append(_school(rng, levels, usual, prefix, commune, number, taken))
    _fit(rng, schools, size.pupils)
    return communes, schools


def _school(
    rng: Random,
    levels: tuple[str, ...],
    usual: float,
    prefix: str,
    commune: Commune,
    number: int,
    taken: set[str],
) -> School:
    pool = words.FLOWERS if levels[0] == PRESCHOOL else words.SCHOOL_NAMES
    name = f"{prefix} {commune.name}"
    if name in taken:
        name = f"{prefix} {rng.choice(pool)} {commune.name}"
    while name in taken:
        name = f"{prefix} {rng.choice(pool)} {rng.choice(pool)}"
    taken.add(name)
    weight = min(2.2, max(0.45, rng.lognormvariate(0, 0.35))) * (0.75 if commune.region == 1 else 1.08)
    satellites = 0
    if levels[0] in (PRESCHOOL, PRIMARY) and rng.random() < (0.85 if commune.region == 1 else 0.3):
        satellites = rng.randint(1, 4 if commune.region == 1 else 2)
    campuses = [Campus("Điểm chính", True, True)]
    for hamlet in rng.sample(words.HAMLETS, satellites):
        campuses.append(
            Campus(f"Điểm trường {hamlet}", False, rng.random() < (0.45 if commune.region == 1 else 0.95))
        )
    rooms: list[Room] = []
    for level in levels:
        per_grade = [max(1, round(weight * usual * rng.uniform(0.85, 1.15))) for _ in GRADES[level]]
        mean = USUAL_SIZE[level] - (3 if commune.region == 1 else 0) + rng.uniform(-2, 2)
        rooms += make_rooms(rng, level, per_grade, mean, len(campuses), plain=rng.random() < 0.5)
    code = f"97{commune.region}{number:03d}{list(GRADES).index(levels[-1])}{len(levels)}"
    return School(code, name, levels, commune, rooms, campuses)


def _fit(rng: Random, schools: list[School], pupils: int) -> None:
    """Move class sizes by a pupil here and there until the province has exactly so many."""
    rooms = [room for school in schools for room in school.rooms]
    missing = pupils - sum(room.pupils for room in rooms)
    step = 1 if missing > 0 else -1
    for _ in range(40):
        rng.shuffle(rooms)
        for room in rooms:
            if missing == 0:
                return
            if 8 <= room.pupils + step <= LIMIT[room.grade]:
                room.pupils += step
                missing -= step
    raise ValueError("the planned classes cannot hold that many pupils")
