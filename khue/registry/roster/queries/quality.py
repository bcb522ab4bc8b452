"""What is wrong with the data: counted in one pass of SQL, by unit, each figure leading to its rows.

A school's page counts its records as they stand. Above schools the figures kept by `quality_figures` add up, with the
time of the oldest; what one of those opens to is the list of schools, and there the pupils.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import UnitKind
from khue.kernel.settings_store.values import value_of
from khue.lib.personal_id import OLD_PROVINCES
from khue.registry.roster import rules
from khue.registry.roster.queries.places import Place


@dataclass(frozen=True)
class Check:
    """One kind of fault: its name, what to do about it, and the condition over the columns of `_ROWS`."""

    label: Promise
    advice: Promise
    condition: str = ""
    of: Literal["pupil", "class"] = "pupil"
    kind: Literal["bad", "wait", ""] = "wait"


_AGE = "(%(year)s - extract(year from birth_date)::int - grade - 5)"
_FORM = "length(p.personal_id) = 12 and translate(p.personal_id, '0123456789', '') = ''"
_KNOWN = ", ".join(f"'0{code}'" for code in OLD_PROVINCES)

CHECKS: Final[Mapping[str, Check]] = {
    "no_class": Check(
        _("Chưa xếp lớp"), _("Mở hồ sơ từng em, chọn Xếp lớp; hoặc chọn nhiều em trong danh sách."),
        "classroom_id is null and status <> 'reserved'", kind="bad",
    ),
    "age": Check(
        _("Tuổi khác thường so với khối"), _("Đối chiếu giấy khai sinh: hoặc sai ngày sinh, hoặc xếp nhầm khối."),
        f"grade > 0 and level <> 'GDTX' and {_AGE} not between 0 and 3",
    ),
    "no_personal_id": Check(
        _("Thiếu số định danh cá nhân"), _("Xin số ghi trên giấy khai sinh hoặc VNeID; nhập cả lớp bằng Excel."),
        "coalesce(personal_id, '') = ''",
    ),
    "bad_personal_id": Check(
        _("Số định danh không đúng mẫu"), _("Số có 12 chữ số, ba số đầu là nơi đăng ký khai sinh. Xem lại bản giấy."),
        f"digit is null and personal_id <> '' or digit is not null and personal_id < '100' and left(personal_id, 3) "
        f"not in ({_KNOWN})", kind="bad",
    ),
    "sex_mismatch": Check(
        _("Giới tính khác với số định danh"), _("Chữ số thứ tư chẵn là nam, lẻ là nữ. Sửa giới tính hoặc sửa số."),
        "digit %% 2 <> sex - 1", kind="bad",
    ),
    "birth_mismatch": Check(
        _("Năm sinh khác với số định danh"), _("Chữ số thứ năm và sáu là năm sinh. Sửa ngày sinh hoặc số."),
        "year_in_number <> extract(year from birth_date)::int", kind="bad",
    ),
    "no_ministry_code": Check(
        _("Còn mã tạm, thiếu mã của Bộ"),
        _("Nhập tệp của CSDL ngành khi có mã: mã tạm tự được thay, không thêm hồ sơ."),
        "coalesce(ministry_code, '') = ''",
    ),
    "double": Check(
        _("Có thể trùng hồ sơ"), _("Mở Hồ sơ trùng để đối chiếu, rồi gộp hoặc ghi là hai người khác nhau."),
        "person_id in (select id from doubled)", kind="bad",
    ),
    "no_contact": Check(
        _("Không có điện thoại gia đình"), _("Giáo viên chủ nhiệm hỏi gia đình, ghi ở thẻ Gia đình của hồ sơ."),
        "person_id not in (select id from reached)",
    ),
    "no_birth": Check(_("Thiếu ngày sinh"), _("Ghi theo giấy khai sinh."), "birth_date is null"),
    "no_sex": Check(_("Thiếu giới tính"), _("Ghi theo giấy khai sinh."), "sex is null"),
    "no_ethnicity": Check(_("Thiếu dân tộc"), _("Ghi theo giấy khai sinh."), "ethnicity = ''"),
    "over_full": Check(
        _("Lớp quá sĩ số"), _("Vượt mức của điều lệ: chuyển bớt em sang lớp khác, hoặc báo cáo cấp trên."),
        of="class", kind="bad",
    ),
    "near_full": Check(
        _("Lớp sắp đủ sĩ số"), _("Còn nhiều nhất hai chỗ: cân nhắc trước khi nhận thêm."), of="class", kind="",
    ),
    "no_homeroom": Check(_("Lớp chưa có chủ nhiệm"), _("Mở lớp, chọn Giao chủ nhiệm."), of="class"),
}  # fmt: skip
PUPIL_CHECKS: Final = tuple(name for name, check in CHECKS.items() if check.of == "pupil")
CLASS_CHECKS: Final = tuple(name for name, check in CHECKS.items() if check.of == "class")

_ROWS = f"""
with doubled as materialized (
    select first_id as id from roster_duplicate_pair where decision = 'open'
    union select second_id from roster_duplicate_pair where decision = 'open'
), x as materialized (
    select e.person_id, e.classroom_id, e.school_id, e.grade, e.level, e.status, p.birth_date, p.sex, p.ethnicity,
           p.personal_id, p.ministry_code {{more}},
           case when {_FORM} then substr(p.personal_id, 4, 1)::int end as digit,
           case when {_FORM} then 1900 + substr(p.personal_id, 4, 1)::int / 2 * 100 + substr(p.personal_id, 5, 2)::int
           end as year_in_number
    from roster_enrolment e join people_person p on p.id = e.person_id
    {{join}}
    where e.year_id = %(year)s and e.status in ('studying', 'suspended', 'reserved') and e.is_current and {{where}}
), reached as materialized (
    select g.pupil_id as id from roster_guardianship g join people_person a on a.id = g.guardian_id
    where g.ends_on is null and a.phone <> '' and g.pupil_id in (select person_id from x)
)
"""  # noqa: S608 (our own SQL)
_SHOWN = {
    "more": ", e.id, e.sort_key, p.full_name, p.code, c.name as classroom, c.sort_key as class_key",
    "join": "left join roster_classroom c on c.id = e.classroom_id",
}


def _fetch(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@dataclass
class QualityLine:
    """One unit or class: how many pupils, and how many of each fault."""

    label: str
    code: str = ""
    room_id: int | None = None
    pupils: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    sort: str = ""
    is_school: bool = False

    @property
    def total(self) -> int:
        """Faults of all kinds; a class that is nearly full is none."""
        return sum(number for name, number in self.faults.items() if name != "near_full")

    def add(self, pupils: int, faults: Mapping[str, int]) -> None:
        """Add what a school or class has."""
        self.pupils += pupils
        for name, number in faults.items():
            self.faults[name] = self.faults.get(name, 0) + number


@dataclass
class QualityTable:
    """The faults of a place and of what lies directly below, as of a moment."""

    total: QualityLine
    lines: list[QualityLine]
    as_of: datetime | None
    is_live: bool
    uncounted: int = 0  # schools of which no figure is kept yet

    @property
    def checks(self) -> list[tuple[str, Check, int]]:
        """Every check with its number, those with faults first in the order of the list."""
        rows = [(name, check, self.total.faults.get(name, 0)) for name, check in CHECKS.items()]
        return sorted(rows, key=lambda row: row[2] == 0)


def table(actor: Actor, *, place: Place, year_id: int, day: date | None = None) -> QualityTable:
    """The faults at a place, by class in a school, by unit above; three queries."""
    unit = place.unit
    on = day or timezone.localdate()
    if not actor.holds("roster.view_quality") or unit is None or not place.is_reached:
        return QualityTable(QualityLine(""), [], None, True)
    if place.is_wide:
        return _kept(place, year_id)
    school_id = place.school_id
    assert school_id is not None
    campus_id = unit.pk if place.is_campus else None
    rooms = {room["id"]: room for room in all_classes([school_id], year_id, on, campus_id=campus_id)}
    total = QualityLine(unit.name, unit.code, faults=dict.fromkeys(CHECKS, 0))
    lines: dict[Any, QualityLine] = {
        pk: QualityLine(room["name"], room_id=pk, faults=dict.fromkeys(CHECKS, 0), sort=room["sort_key"])
        for pk, room in rooms.items()
    }
    for room in rooms.values():
        for target in (lines[room["id"]], total):
            target.add(0, dict.fromkeys(room["faults"], 1))
    for room_id, _school, pupils, faults in all_pupil_faults(
        [school_id], year_id, campus_id=campus_id, by_class=True
    ):
        line = lines.get(room_id)
        if line is None:
            line = lines[room_id] = QualityLine(
                _now("Chưa xếp lớp"), room_id=0, faults=dict.fromkeys(CHECKS, 0), sort="~"
            )
        for target in (line, total):
            target.add(pupils, faults)
    return QualityTable(total, sorted(lines.values(), key=lambda line: line.sort), timezone.now(), True)


# The figures kept of a place's schools, summed by what lies directly below it; a school not yet counted has none.
_KEPT = f"""
select a.name, a.code, a.sort_key, a.kind = 'school', coalesce(t.pupils, 0), t.as_of, t.uncounted,
       array[{", ".join(f"t.{name}" for name in CHECKS)}]
from (
    select split_part(trim(both '/' from s.path), '/', %(depth)s)::bigint as line, sum(f.pupils)::int as pupils,
           min(f.as_of) as as_of, (count(*) filter (where f.id is null))::int as uncounted,
           {", ".join(f"coalesce(sum((f.faults->>'{name}')::int), 0)::int as {name}" for name in CHECKS)}
    from org_unit s left join roster_quality_figure f on f.school_id = s.id and f.year_id = %(year)s
    where s.path like %(path)s and s.kind = %(kind)s and s.closed_on is null group by 1
) t join org_unit a on a.id = t.line
"""  # noqa: S608 (our own SQL)


def _kept(place: Place, year_id: int) -> QualityTable:
    unit = place.unit
    assert unit is not None
    rows = _fetch(
        _KEPT,
        {
            "depth": len(unit.ancestor_ids) + 1,
            "path": f"{unit.path}%",
            "kind": UnitKind.SCHOOL,
            "year": year_id,
        },
    )
    total = QualityLine(unit.name, unit.code, faults=dict.fromkeys(CHECKS, 0))
    lines: list[QualityLine] = []
    times: list[datetime] = []
    missing = 0
    for name, code, sort, is_school, pupils, as_of, uncounted, numbers in rows:
        found = dict(zip(CHECKS, numbers, strict=True))
        lines.append(
            QualityLine(name, code, None, pupils, found, sort=f"{int(is_school)}{sort}", is_school=is_school)
        )
        total.add(pupils, found)
        missing += uncounted
        if as_of is not None:
            times.append(as_of)
    lines.sort(key=lambda line: line.sort)
    return QualityTable(total, lines, min(times, default=None), False, missing)


def all_pupil_faults(
    schools: Iterable[int], year_id: int, *, campus_id: int | None = None, by_class: bool = False
) -> list[tuple[int | None, int, int, dict[str, int]]]:
    """(class, school, pupils, faults) of some schools in one statement; without `by_class` one row a school."""
    counted = ", ".join(f"(count(*) filter (where {CHECKS[name].condition}))::int" for name in PUPIL_CHECKS)
    where = "e.school_id = any(%(schools)s)" + (" and e.campus_id = %(campus)s" if campus_id else "")
    rows_of = _ROWS.format(where=where, more="", join="")
    group = "classroom_id, school_id" if by_class else "null::bigint, school_id"
    rows = _fetch(
        f"{rows_of} select {group}, count(*)::int, {counted} from x group by 1, 2",  # noqa: S608 (our own SQL)
        {"schools": list(schools), "year": year_id, "campus": campus_id},
    )
    return [(row[0], row[1], row[2], dict(zip(PUPIL_CHECKS, row[3:], strict=True))) for row in rows]


def all_classes(
    schools: Iterable[int], year_id: int, day: date, *, campus_id: int | None = None
) -> list[dict[str, Any]]:
    """The open classes of some schools with pupils, limit, homeroom teacher and faults; one query and the setting."""
    rows = _fetch(
        "select c.id, c.school_id, c.name, c.grade, c.is_special, c.sort_key, coalesce(n.pupils, 0), h.teacher "
        "from roster_classroom c left join (select classroom_id, count(*)::int as pupils from roster_enrolment "
        "where year_id = %(year)s and school_id = any(%(schools)s) and status in ('studying', 'suspended') "
        "group by 1) n on n.classroom_id = c.id left join lateral (select t.full_name as teacher "
        "from roster_homeroom r "
        "join people_person t on t.id = r.teacher_id where r.classroom_id = c.id and r.starts_on <= %(day)s "
        "and r.ends_on > %(day)s limit 1) h on true where c.year_id = %(year)s and c.school_id = any(%(schools)s) "
        "and c.closed_on is null and (%(campus)s::bigint is null or c.campus_id = %(campus)s) "
        "order by c.sort_key, c.id",
        {"year": year_id, "schools": list(schools), "day": day, "campus": campus_id},
    )
    secondary = int(value_of("roster.class_limit_secondary"))
    limits: dict[tuple[int, bool], int] = {}
    found = []
    for pk, school_id, name, grade, is_special, sort, pupils, teacher in rows:
        limit = limits.get((grade, is_special))
        if limit is None:
            limit = rules.size_limit(grade, day, is_special=is_special, secondary_limit=secondary)
            limits[grade, is_special] = limit
        full = rules.fullness(pupils, limit)
        faults = {"over": ["over_full"], "full": ["near_full"], "near": ["near_full"]}.get(full, [])
        if not teacher:
            faults = [*faults, "no_homeroom"]
        found.append({
            "id": pk, "school_id": school_id, "name": name, "grade": grade, "sort_key": sort, "pupils": pupils,
            "limit": limit, "teacher": teacher or "", "faults": faults,
        })  # fmt: skip
    return found


def faulty_classes(actor: Actor, *, place: Place, year_id: int, check: str) -> list[dict[str, Any]]:
    """The classes of a school behind one figure."""
    unit = place.unit
    if (
        check not in CLASS_CHECKS
        or not actor.holds("roster.view_quality")
        or unit is None
        or not place.is_reached
    ):
        return []
    if place.school_id is None:
        return []
    campus_id = unit.pk if place.is_campus else None
    rows = all_classes([place.school_id], year_id, timezone.localdate(), campus_id=campus_id)
    return [row for row in rows if check in row["faults"]]


@dataclass(frozen=True)
class FaultPage:
    """One page of pupils with a fault."""

    rows: list[dict[str, Any]]
    total: int


_ORDERS: Final = {
    "name": "sort_key", "born": "birth_date", "classroom": "class_key", "-name": "sort_key desc",
    "-born": "birth_date desc", "-classroom": "class_key desc",
}  # fmt: skip


def faulty_pupils(
    actor: Actor, *, place: Place, year_id: int, check: str, room_id: int | None = None, search: str = "",
    order: str = "name", offset: int = 0, limit: int | None = 50,
) -> FaultPage:  # fmt: skip
    """The pupils of a school behind one figure; two queries. `room_id` 0: those without a class."""
    unit = place.unit
    if (
        check not in PUPIL_CHECKS
        or not actor.holds("roster.view_quality")
        or unit is None
        or not place.is_reached
    ):
        return FaultPage([], 0)
    if place.school_id is None:
        return FaultPage([], 0)
    from khue.lib.names import search_key

    where = "e.school_id = %(school)s"
    where += " and e.campus_id = %(campus)s" if place.is_campus else ""
    if room_id is not None:
        where += " and e.classroom_id is null" if room_id == 0 else " and e.classroom_id = %(room)s"
    where += " and p.search_key like %(search)s" if search else ""
    values = {
        "school": place.school_id, "campus": unit.pk, "year": year_id, "room": room_id, "rows": limit, "offset": offset,
        "search": f"%{search_key(search)}%",
    }  # fmt: skip
    rows_of = _ROWS.format(where=where, **_SHOWN)
    page = "" if limit is None else "limit %(rows)s offset %(offset)s"
    rows = _fetch(
        f"{rows_of} select id, person_id, full_name, birth_date, sex, personal_id, "  # noqa: S608 (our own SQL)
        "coalesce(ministry_code, code), grade, classroom, count(*) over ()::int "
        f"from x where {CHECKS[check].condition} "
        f"order by {_ORDERS.get(order, _ORDERS['name'])}, sort_key, id {page}",
        values,
    )
    names = ("id", "person_id", "name", "born", "sex", "personal_id", "code", "grade", "classroom")
    found = [dict(zip(names, row, strict=False)) for row in rows]
    if rows or not offset:
        return FaultPage(found, rows[0][-1] if rows else 0)
    counted = f"{rows_of} select count(*)::int from x where {CHECKS[check].condition}"  # noqa: S608 (our own SQL)
    return FaultPage([], _fetch(counted, values)[0][0])


def all_wide_rows(table: QualityTable, check: str) -> list[QualityLine]:
    """The units below that have a fault, most first."""
    rows = [line for line in table.lines if line.faults.get(check)]
    return sorted(rows, key=lambda line: (-line.faults[check], line.sort))
