"""The small demo province: twelve schools of every level, three empty ones for trying imports, and the cast."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Final

from khue.kernel.demo import words
from khue.kernel.demo.plan import (
    CONTINUING,
    LIMIT,
    LOWER,
    PRESCHOOL,
    PRIMARY,
    UPPER,
    USUAL_SIZE,
    Campus,
    Commune,
    Room,
    School,
    Size,
    communes_of,
    make_rooms,
)

LE_QUY_DON: Final = "THCS-LQD"
MUONG_KHOA: Final = "THCS-MK"
SONG_LAM: Final = "TH-SONGLAM"
EMPTY: Final = ("THCS-TRONG", "THPT-TRONG", "TH-TRONG")

# code, name, levels, commune, classes a grade, usual size, satellite campuses (with internet or not), plain names
_SCHOOLS: Final = (
    ("MN-HOABAN", "Mầm non Hoa Ban", (PRESCHOOL,), 0, ((1, 2, 3, 3),), 26, (), False),
    ("MN-MUONGKHOA", "Mầm non Mường Khoa", (PRESCHOOL,), 1, ((1, 2, 2, 3),), 21,
     (("Bản Cò", False), ("Huổi Cáy", False)), False),
    (SONG_LAM, "Tiểu học Sông Lam", (PRIMARY,), 2, ((4, 4, 4, 4, 4),), 33, (), True),
    ("TH-DONGKINH", "Tiểu học Đông Kinh", (PRIMARY,), 0, ((4, 3, 3, 3, 4),), 34, (("Đồi Chè", True),), True),
    ("TH-MUONGKHOA", "Tiểu học Mường Khoa", (PRIMARY,), 1, ((3, 3, 2, 2, 2),), 24,
     (("Bản Phiêng", True), ("Khe Nước", False), ("Huổi Cáy", False)), True),
    (LE_QUY_DON, "THCS Lê Quý Đôn", (LOWER,), 0, ((10, 9, 9, 9),), 41.5, (), False),
    (MUONG_KHOA, "THCS Mường Khoa", (LOWER,), 1, ((3, 3, 2, 2),), 33, (("Pù Nhi", False),), True),
    ("THCS-TRANPHU", "THCS Trần Phú", (LOWER,), 3, ((3, 3, 3, 2),), 39, (), True),
    ("THTHCS-NAMLANH", "TH&THCS Nậm Lanh", (PRIMARY, LOWER), 4, ((2, 2, 2, 1, 1), (1, 2, 1, 1)), 25,
     (("Suối Đá", False), ("Na Lưu", False), ("Bản Mới", True)), True),
    ("THPT-LELOI", "THPT Lê Lợi", (UPPER,), 0, ((7, 7, 6),), 42.5, (), False),
    ("THPT-NAMLANH", "THPT Nậm Lanh", (UPPER,), 4, ((3, 3, 2),), 38, (), False),
    ("GDTX-DONGKINH", "Trung tâm GDNN-GDTX Đông Kinh", (CONTINUING,), 0, ((2, 2, 1),), 34, (), False),
)  # fmt: skip
_EMPTY: Final = (
    ("THPT-TRONG", "THPT Trống", UPPER, 0),
    ("THCS-TRONG", "THCS Trống", LOWER, 3),
    ("TH-TRONG", "Tiểu học Trống", PRIMARY, 2),
)

BOYS_OF_8A3: Final = frozenset({2, 3, 7, 8, 10, 13, 15, 16, 17, 21, 22, 23, 25, 26, 27, 30, 34, 35, 37, 41})
"""Their places in the list of 8A3, counted from 1."""
GROUPS_OF_8A3: Final = {6: "06", 8: "03", 17: "06", 31: "03", 37: "03", 41: "03"}


@dataclass(frozen=True)
class Player:
    """One of the cast: their log-in name is the key of `CAST`."""

    full_name: str
    birth_date: str
    sex: int


CAST: Final = {
    "lan": Player("Nguyễn Thị Lan", "1985-03-02", 2),
    "hung": Player("Trần Quốc Hùng", "1975-06-09", 1),
    "tam": Player("Đỗ Thị Tâm", "1988-01-20", 2),
    "mai": Player("Hoàng Thị Mai", "1990-07-01", 2),
    "son": Player("Vũ Thanh Sơn", "1979-11-11", 1),
    "hoa": Player("Quách Thị Hoa", "1983-04-04", 2),
    "binh": Player("Lê Văn Bình", "1984-05-05", 1),
    "an": Player("Lê Hoài An", "2013-03-14", 2),
}
AN_MINISTRY_CODE: Final = "3826104417"


def province(rng: Random, size: Size) -> tuple[list[Commune], list[School]]:
    """Communes and schools of the small province."""
    communes = communes_of(rng, size.communes)
    schools = []
    for code, name, levels, commune, grades, usual, satellites, plain in _SCHOOLS:
        campuses = [Campus("Điểm chính", True, True)]
        campuses += [Campus(f"Điểm trường {hamlet}", False, internet) for hamlet, internet in satellites]
        school = School(code, name, levels, communes[commune], campuses=campuses)
        for level, per_grade in zip(levels, grades, strict=True):
            school.rooms += make_rooms(
                rng, level, list(per_grade), usual or USUAL_SIZE[level], len(campuses), plain=plain
            )
        schools.append(school)
    _as_drawn(rng, next(school for school in schools if school.code == LE_QUY_DON))
    for room in next(school for school in schools if school.code == SONG_LAM).rooms:
        if room.name == "3B":
            room.pupils = 30  # two children of the cast come to them
        if room.grade == 1:
            room.pupils = min(room.pupils, 32)  # and nine new ones with temporary codes to these
    for code, name, level, commune in _EMPTY:
        schools.append(
            School(
                code,
                name,
                (level,),
                communes[commune],
                campuses=[Campus("Điểm chính", True, True)],
                is_empty=True,
            )
        )
    return communes, schools


def _as_drawn(rng: Random, school: School) -> None:
    """THCS Lê Quý Đôn has 1,537 pupils in 37 classes, 42 of them in 8A3; 6A8 is over the limit."""
    fixed = {"8A3": len(words.PUPILS_OF_8A3), "6A8": LIMIT[6] + 2, "8A7": LIMIT[8]}
    for room in school.rooms:
        room.pupils = fixed.get(room.name, room.pupils)
    free: list[Room] = [room for room in school.rooms if room.name not in fixed]
    missing = 1537 - sum(room.pupils for room in school.rooms)
    while missing:
        room = rng.choice(free)
        step = 1 if missing > 0 else -1
        if 30 <= room.pupils + step <= LIMIT[room.grade]:
            room.pupils += step
            missing -= step
