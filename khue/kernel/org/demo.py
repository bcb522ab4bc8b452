"""Units of a demo province: the department, its communes, schools and campuses, and the districts of before 2025."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from khue.kernel.demo import plan, small
from khue.kernel.demo.engine import Demo
from khue.kernel.org.models import UnitKind
from khue.lib import codes, names

REFORM: Final = date(2025, 7, 1)
FOUNDED: Final = date(1990, 9, 1)


def make(demo: Demo) -> None:
    """The tree of today with what it was before the reform of July 2025; leaves "org.schools" and "org.communes"."""
    if demo.size.has_cast:
        communes, schools = small.province(demo.rng("org"), demo.size)
    else:
        communes, schools = plan.province(demo.rng("org"), demo.size)
    rng = demo.rng("org", "details")
    units = demo.table(
        "org.Unit",
        "id", "code", "name", "kind", "parent_id", "path", "levels", "legacy_district", "address", "phone", "region",
        "is_main", "has_internet", "opened_on", "closed_on", "sort_key", "search_key",
    )  # fmt: skip
    versions = demo.table(
        "org.UnitVersion", "id", "unit_id", "name", "parent_id", "path", "valid_from", "valid_to"
    )
    events = demo.table("org.UnitEvent", "id", "unit_id", "kind", "on", "decision", "other_id")

    def unit(
        code: str, name: str, kind: UnitKind, parent: tuple[int, str] | None, *, levels: tuple[str, ...] = (),
        district: str = "", address: str = "", phone: str = "", region: int = 2, is_main: bool = False,
        has_internet: bool = True, opened: date = FOUNDED, closed: date | None = None,
        before: tuple[int, str] | None = None,
    ) -> tuple[int, str]:  # fmt: skip
        """Write a unit, its versions and how it began; gives its id and path."""
        pk = demo.id("org.Unit")
        parent_id, parent_path = parent or (None, "/")
        path = f"{parent_path}{pk}/"
        key = names.search_key(name)
        units.add(
            pk, code, name, kind.value, parent_id, path, levels, district, address, phone, region, is_main,
            has_internet, opened, closed, order_key(name), key,
        )  # fmt: skip
        start = opened
        events.add(demo.id("org.UnitEvent"), pk, "opened", opened, "", None)
        if before is not None:
            old_id, old_path = before
            versions.add(demo.id("org.UnitVersion"), pk, name, old_id, f"{old_path}{pk}/", start, REFORM)
            events.add(
                demo.id("org.UnitEvent"), pk, "moved", REFORM, "QĐ sắp xếp đơn vị, 01/07/2025", parent_id
            )
            start = REFORM
        if closed is not None:
            events.add(
                demo.id("org.UnitEvent"), pk, "closed", closed, "QĐ kết thúc hoạt động, 01/07/2025", None
            )
        versions.add(demo.id("org.UnitVersion"), pk, name, parent_id, path, start, closed)
        return pk, path

    department = unit("SO", "Sở GD&ĐT Lam Giang", UnitKind.DEPARTMENT, None, address="Số 1, phường Đông Kinh")
    demo.put("org.department", department)
    offices: dict[str, tuple[int, str]] = {}
    for district in dict.fromkeys(commune.district for commune in communes):
        offices[district] = unit(
            f"P-{code_word(district)}", f"Phòng GD&ĐT {district[0].lower()}{district[1:]}", UnitKind.OFFICE, department,
            closed=REFORM,
        )  # fmt: skip
    for commune in communes:
        commune.code = f"X-{code_word(commune.name)}"
        commune.id, commune.path = unit(
            commune.code, commune.full_name, UnitKind.COMMUNE, department, district=commune.district,
            address=f"UBND {commune.full_name}", region=commune.region, opened=REFORM,
        )  # fmt: skip
    for school in schools:
        commune = school.commune
        opened = date(rng.randint(1962, 2014), 9, 1) + timedelta(days=rng.randint(0, 20))
        under = department if school.is_under_department else (commune.id, commune.path)
        number = rng.randrange(1, 120)
        school.id, school.path = unit(
            school.code, school.name, UnitKind.SCHOOL, under, levels=school.levels, district=commune.district,
            address=f"Số {number}, {commune.full_name}", phone=f"+84297{rng.randrange(10**7):07d}",
            region=commune.region, opened=opened,
            before=None if school.is_under_department or opened >= REFORM else offices[commune.district],
        )  # fmt: skip
        for place, campus in enumerate(school.campuses, start=1):
            campus.id, _path = unit(
                codes.campus_code(school.code, place), campus.name, UnitKind.CAMPUS, (school.id, school.path),
                levels=school.levels, address=commune.full_name, region=commune.region, is_main=campus.is_main,
                has_internet=campus.has_internet, opened=opened,
            )  # fmt: skip
    demo.put("org.communes", communes)
    demo.put("org.schools", schools)


def order_key(name: str) -> str:
    """The key by which units sort: word after word, Vietnamese order."""
    first, *rest = name.replace("&", " ").replace("-", " ").split()
    return names.sort_key(" ".join([*rest, first])) if rest else names.sort_key(first)


def code_word(name: str) -> str:
    """`MUONGKHOA` of "Mường Khoa"."""
    return names.search_key(name).replace(" ", "").upper()
