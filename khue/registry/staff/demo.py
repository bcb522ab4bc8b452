"""Staff of a demo province: heads, offices, teachers by subject, and the officers of department and communes.

Numbers follow TT 20/2023 with the shortage most provinces live with (rules/12 section 2).
"""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Final

from khue.kernel.demo import small
from khue.kernel.demo.engine import Demo
from khue.kernel.demo.names import Family, Given, parted, sort_key_of
from khue.kernel.demo.plan import School, Teacher
from khue.kernel.people.demo import People, places
from khue.registry.calendar.demo import YEAR

TEACHERS_A_CLASS: Final = {"MN": 1.72, "TH": 1.28, "THCS": 1.72, "THPT": 2.02, "GDTX": 1.6}
WOMEN: Final = {"MN": 0.995, "TH": 0.8, "THCS": 0.7, "THPT": 0.64, "GDTX": 0.55}
TITLES: Final = {
    "MN": ("V.07.02.24", "V.07.02.25", "V.07.02.26"),
    "TH": ("V.07.03.27", "V.07.03.28", "V.07.03.29"),
    "THCS": ("V.07.04.30", "V.07.04.31", "V.07.04.32"),
    "THPT": ("V.07.05.13", "V.07.05.14", "V.07.05.15"),
    "GDTX": ("V.07.05.13", "V.07.05.14", "V.07.05.15"),
}
# Subject a teacher was trained for, in per cent of a school's teachers; "" teaches a whole primary class.
SPECIALITIES: Final[dict[str, tuple[tuple[str, str, int], ...]]] = {
    "MN": (("", "Mầm non", 100),),
    "TH": (
        ("", "Tiểu học", 80), ("NGOAI_NGU_1", "Tiếng Anh", 8), ("GDTC", "Giáo dục thể chất", 5),
        ("NGHE_THUAT", "Âm nhạc, Mĩ thuật", 4), ("TIN_CN", "Tin học và Công nghệ", 3),
    ),
    "THCS": (
        ("NGU_VAN", "Ngữ văn", 16), ("TOAN", "Toán", 16), ("NGOAI_NGU_1", "Tiếng Anh", 12),
        ("KHTN", "Khoa học tự nhiên", 16), ("LS_DL", "Lịch sử và Địa lí", 12), ("GDTC", "Giáo dục thể chất", 8),
        ("GDCD", "Giáo dục công dân", 5), ("TIN_HOC", "Tin học", 4), ("CONG_NGHE", "Công nghệ", 5),
        ("NGHE_THUAT", "Âm nhạc, Mĩ thuật", 6),
    ),
    "THPT": (
        ("NGU_VAN", "Ngữ văn", 13), ("TOAN", "Toán", 14), ("NGOAI_NGU_1", "Tiếng Anh", 12), ("VAT_LI", "Vật lí", 9),
        ("HOA_HOC", "Hóa học", 8), ("SINH_HOC", "Sinh học", 5), ("LICH_SU", "Lịch sử", 6), ("DIA_LI", "Địa lí", 6),
        ("KTPL", "Giáo dục kinh tế và pháp luật", 6), ("GDTC", "Giáo dục thể chất", 7),
        ("GDQP", "Giáo dục quốc phòng và an ninh", 4), ("TIN_HOC", "Tin học", 6), ("CONG_NGHE", "Công nghệ", 4),
    ),
    "GDTX": (
        ("NGU_VAN", "Ngữ văn", 20), ("TOAN", "Toán", 20), ("LICH_SU", "Lịch sử", 12), ("DIA_LI", "Địa lí", 12),
        ("VAT_LI", "Vật lí", 12), ("HOA_HOC", "Hóa học", 12), ("KTPL", "Giáo dục kinh tế và pháp luật", 12),
    ),
}  # fmt: skip
SUPPORT: Final = (
    ("clerk", "Văn thư", 1.0), ("accountant", "Kế toán", 0.8), ("health", "Y tế", 0.35), ("librarian", "Thư viện", 0.3),
    ("equipment", "Thiết bị", 0.15), ("guard", "Bảo vệ", 0.2),
)  # fmt: skip
SINCE: Final = date(2026, 8, 1)


def make(demo: Demo) -> None:
    """Staff of every school, with the cast; leaves each school's teachers in the plan and "staff.cast"."""
    _Maker(demo).run()


class _Maker:
    def __init__(self, demo: Demo) -> None:
        self.demo = demo
        self.people: People = demo.get("people")
        self.schools: list[School] = demo.get("org.schools")
        self.members = demo.table(
            "staff.StaffMember",
            "person_id", "unit_id", "title_code", "contract", "qualification", "subjects_text", "standard_result",
            "joined_sector_on", "sort_key",
        )  # fmt: skip
        self.positions = demo.table(
            "staff.Position", "id", "person_id", "unit_id", "post", "is_main", "starts_on"
        )
        self.roles = demo.table(
            "access.RoleAssignment", "id", "person_id", "role", "unit_id", "starts_on", "reason"
        )
        self.duties = demo.table("staff.Duty", "id", "person_id", "unit_id", "year_id", "kind", "periods")
        self.cast: dict[str, int] = {}

    def run(self) -> None:
        self._department()
        wanted = self._teacher_numbers()
        for school in self.schools:
            self._school(school, wanted[school.id])
            self.demo.breathe()
        self.demo.put("staff.cast", self.cast)

    def _teacher_numbers(self) -> dict[int, dict[str, int]]:
        """Teachers of each school by level; the whole staff of the province comes out as planned."""
        raw = {}
        for school in self.schools:
            rooms: dict[str, int] = {}
            for room in school.rooms:
                rooms[room.level] = rooms.get(room.level, 0) + 1
            raw[school.id] = {level: count * TEACHERS_A_CLASS[level] for level, count in rooms.items()}
        factor = 1.0
        if not self.demo.size.has_cast:
            others = len(self.schools) * (1 + 1.2 + sum(share for *_, share in SUPPORT))
            factor = (self.demo.size.staff - others) / sum(sum(levels.values()) for levels in raw.values())
        return {
            pk: {level: max(1, round(count * factor)) for level, count in levels.items()}
            for pk, levels in raw.items()
        }

    # --- people ------------------------------------------------------------------------
    def _person(
        self, rng: Random, school_or_place: str, woman: bool, minority: float = 0.0, groups: tuple[str, ...] = (), *,
        named: str = "",
    ) -> tuple[int, str, str]:  # fmt: skip
        """A grown-up; gives id, sort key and full name. `named` is a key of the cast."""
        people = self.people
        if named:
            player = small.CAST[named]
            family, given = parted(player.full_name)
            pk = people.add(
                family, given, player.birth_date, player.sex, "01", school_or_place,
                ministry_code=people.ministry_code(), has_phone=True, login_name=named,
            )  # fmt: skip
            self.cast[named] = pk
            return pk, sort_key_of(family, given), player.full_name
        group = rng.choice(groups) if groups and rng.random() < minority * 0.5 else "01"
        sex = 2 if woman else 1
        family = people.namer.family(rng, group)
        given = people.namer.adult(rng, sex, group)
        birth = f"{rng.randint(1968, 2002)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
        pk = people.add(
            family,
            given,
            birth,
            sex,
            group,
            school_or_place,
            ministry_code=people.ministry_code(),
            has_phone=True,
        )
        return pk, sort_key_of(family, given), _full(family, given)

    def _member(
        self, rng: Random, person: int, unit: int, sort_key: str, post: str, title: str, subject: str
    ) -> None:
        joined = f"{rng.randint(1996, 2025)}-09-01"
        contract = "Viên chức" if rng.random() < 0.93 else "Hợp đồng lao động"
        degree = "Thạc sĩ" if rng.random() < 0.12 else "Đại học"
        result = rng.choice(("Tốt", "Tốt", "Khá", "Khá", "Khá", "Đạt"))
        self.members.line(
            f"{person}\t{unit}\t{title}\t{contract}\t{degree}\t{subject}\t{result}\t{joined}\t{sort_key}"
        )
        self._post(person, unit, post, True, f"{rng.randint(2017, 2025)}-08-15")

    def _post(self, person: int, unit: int, post: str, is_main: bool, since: str) -> None:
        pk, main = self.demo.id("staff.Position"), "t" if is_main else "f"
        self.positions.line(f"{pk}\t{person}\t{unit}\t{post}\t{main}\t{since}")

    def _role(self, person: int, role: str, unit: int, reason: str) -> None:
        self.roles.add(self.demo.id("access.RoleAssignment"), person, role, unit, date(2025, 7, 1), reason)

    # --- offices ------------------------------------------------------------------------
    def _department(self) -> None:
        rng = self.demo.rng("staff", "department")
        department, _path = self.demo.get("org.department")
        place = places("Phường Đông Kinh")[0]
        if self.demo.size.has_cast:
            son, _key, _name = self._person(rng, place, False, named="son")
            self._role(son, "department_officer", department, "QĐ phân công nhiệm vụ số 12/QĐ-SGDĐT")
        for role, count in (("department_leader", 2), ("department_officer", 3), ("administrator", 1)):
            for _ in range(count):
                person, _key, _name = self._person(rng, place, rng.random() < 0.4)
                self._role(person, role, department, "QĐ phân công nhiệm vụ")
        for commune in self.demo.get("org.communes"):
            named = "hoa" if self.demo.size.has_cast and commune.name == "Mường Khoa" else ""
            person, _key, _name = self._person(
                rng, places(commune.full_name)[0], rng.random() < 0.5, named=named
            )
            self._role(person, "office_officer", commune.id, f"QĐ của UBND {commune.full_name}")

    # --- schools ------------------------------------------------------------------------
    def _school(self, school: School, wanted: dict[str, int]) -> None:
        rng = self.demo.rng("staff", school.code)
        commune = school.commune
        spots = places(commune.full_name)
        level = school.levels[-1]
        is_cast = self.demo.size.has_cast

        def hire(
            post: str, subject: str, woman: bool, *, named: str = "", title: str = ""
        ) -> tuple[int, str]:
            person, key, name = self._person(
                rng, rng.choice(spots), woman, commune.minority, commune.groups, named=named
            )
            self._member(rng, person, school.id, key, post, title, subject)
            return person, name

        titles = TITLES[level]
        head = "hung" if is_cast and school.code == small.LE_QUY_DON else ""
        principal, _name = hire(
            "principal", "", rng.random() < (0.99 if level == "MN" else 0.35), named=head, title=titles[1]
        )
        school.notes["principal"] = principal
        if not school.is_empty:
            for _ in range(1 + (len(school.rooms) >= 28)):
                hire("vice_principal", "", rng.random() < (0.99 if level == "MN" else 0.5), title=titles[1])
            for post, _label, share in SUPPORT:
                if is_cast and school.code == small.LE_QUY_DON and post == "clerk":
                    tam, _name = hire("clerk", "", True, named="tam")
                    for other in self.schools:
                        if other.is_empty:
                            self._post(tam, other.id, "clerk", False, SINCE.isoformat())
                elif rng.random() < share:
                    hire(post, "", rng.random() < 0.8)
        for part in school.levels:
            self._teachers(rng, school, part, wanted.get(part, 0), hire)
        self._duties(school)

    def _duties(self, school: School) -> None:
        """A group of about nine teachers has a head (three periods less), a big one a deputy (one less)."""
        lan = self.cast.get("lan")
        for start in range(0, len(school.teachers) - 4, 9):
            group = [
                teacher.person_id
                for teacher in school.teachers[start : start + 9]
                if teacher.person_id != lan
            ]
            self._duty(group[0], school, "group_head", 3)
            if len(group) >= 7:
                deputy = (
                    lan if any(t.person_id == lan for t in school.teachers[start : start + 9]) else group[1]
                )
                self._duty(deputy or group[1], school, "group_deputy", 1)

    def _duty(self, person: int, school: School, kind: str, periods: int) -> None:
        self.duties.add(self.demo.id("staff.Duty"), person, school.id, YEAR, kind, periods)

    def _teachers(self, rng: Random, school: School, level: str, count: int, hire: object) -> None:
        drawn = _specialities(level, count)
        is_cast = self.demo.size.has_cast
        for subject, label in drawn:
            named = ""
            if is_cast and subject == "TOAN" and "lan" not in self.cast and school.code == small.LE_QUY_DON:
                named = "lan"
            if (
                is_cast
                and subject == "NGU_VAN"
                and "mai" not in self.cast
                and school.code == small.MUONG_KHOA
            ):
                named = "mai"
            woman = rng.random() < WOMEN[level]
            person, name = hire("teacher", label, woman, named=named, title=rng.choice(TITLES[level][1:]))  # type: ignore[operator]
            school.teachers.append(Teacher(person, level, subject, woman, name))


def _specialities(level: str, count: int) -> list[tuple[str, str]]:
    """So many subjects, shared out as `SPECIALITIES` says (largest remainder)."""
    shares = SPECIALITIES[level]
    exact = [count * share / 100 for *_, share in shares]
    numbers = [int(value) for value in exact]
    by_rest = sorted(range(len(shares)), key=lambda i: exact[i] - numbers[i], reverse=True)
    for i in by_rest[: count - sum(numbers)]:
        numbers[i] += 1
    return [
        (code, label)
        for (code, label, _share), number in zip(shares, numbers, strict=True)
        for _ in range(number)
    ]


def _full(family: Family, given: Given) -> str:
    return f"{family.text}{given.text}"
