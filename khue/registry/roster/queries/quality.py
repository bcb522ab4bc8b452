"""What is wrong with the data: counted in one pass of SQL, by unit, each figure leading to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.org.models import UnitKind
from khue.registry.roster.queries.places import Place

# Conditions over e (enrolment), p (person); y is the calendar year in which the school year begins.
_AGE = "(%(year)s - extract(year from p.birth_date)::int - e.grade - 5)"
_NUMBER = "p.personal_id ~ '^[0-9]{12}$'"
_DIGIT = "substr(p.personal_id, 4, 1)::int"
_CENTURY = f"(1900 + ({_DIGIT} / 2) * 100)"

CHECKS: Final[Mapping[str, tuple[Any, str]]] = {
    "no_class": (_("Chưa xếp lớp"), "e.classroom_id is null"),
    "age": (
        _("Tuổi không hợp khối"),
        f"e.grade > 0 and p.birth_date is not null and ({_AGE} < 0 or {_AGE} > 3)",
    ),
    "no_personal_id": (_("Thiếu số định danh cá nhân"), "coalesce(p.personal_id, '') = ''"),
    "bad_personal_id": (
        _("Số định danh không đúng mẫu"),
        f"coalesce(p.personal_id, '') <> '' and not ({_NUMBER})",
    ),
    "sex_mismatch": (
        _("Giới tính khác với số định danh"),
        f"case when {_NUMBER} and p.sex is not null then {_DIGIT} %% 2 <> p.sex - 1 else false end",
    ),
    "birth_mismatch": (
        _("Năm sinh khác với số định danh"),
        f"case when {_NUMBER} and p.birth_date is not null then "
        f"{_CENTURY} + substr(p.personal_id, 5, 2)::int <> extract(year from p.birth_date)::int else false end",
    ),
    "no_ministry_code": (_("Thiếu mã định danh của Bộ"), "coalesce(p.ministry_code, '') = ''"),
    "double": (
        _("Có thể trùng hồ sơ"),
        "p.birth_date is not null and exists (select 1 from people_person q where q.search_key = p.search_key "
        "and q.birth_date = p.birth_date and q.id <> p.id and q.merged_into_id is null)",
    ),
    "no_contact": (
        _("Không có điện thoại gia đình"),
        "not exists (select 1 from roster_guardianship g join people_person a on a.id = g.guardian_id "
        "where g.pupil_id = p.id and g.ends_on is null and a.phone <> '')",
    ),
    "no_sex": (_("Thiếu giới tính"), "p.sex is null"),
    "no_ethnicity": (_("Thiếu dân tộc"), "p.ethnicity = ''"),
}

_FROM = (
    "from roster_enrolment e join people_person p on p.id = e.person_id "
    "where e.year_id = %(year)s and e.status in ('studying', 'suspended', 'reserved') and e.is_current {where}"
)


@dataclass
class QualityLine:
    """One unit: how many pupils, and how many of each fault."""

    label: str
    code: str = ""
    pupils: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    sort: str = ""

    @property
    def total(self) -> int:
        """Faults of all kinds."""
        return sum(self.faults.values())


@dataclass
class QualityTable:
    """The faults of a place and of what lies directly below."""

    total: QualityLine
    lines: list[QualityLine]
    over_full: int


def _where(place: Place) -> tuple[str, dict[str, Any]]:
    unit = place.unit
    assert unit is not None
    if unit.parent_id is None:
        return "", {}
    if place.is_campus:
        return "and e.campus_id = %(unit)s", {"unit": unit.pk}
    if place.is_school:
        return "and e.school_id = %(unit)s", {"unit": unit.pk}
    return (
        "and e.school_id in (select id from org_unit where path like %(path)s and kind = 'school')",
        {"path": f"{unit.path}%"},
    )


def _fetch(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def quality(actor: Actor, *, place: Place, year_id: int, day: date) -> QualityTable:
    """The faults at a place, by unit below (by class in a school); two queries."""
    from khue.registry.roster.queries.counts import full_classes

    if not actor.holds("roster.view_quality") or place.unit is None or not place.is_reached:
        return QualityTable(QualityLine(""), [], 0)
    where, values = _where(place)
    checks = ", ".join(f"(count(*) filter (where {condition}))::int" for _label, condition in CHECKS.values())
    group = "e.classroom_id" if not place.is_wide else "e.school_id"
    rows = _fetch(
        f"select {group}, count(*)::int, {checks} {_FROM.format(where=where)} group by 1",
        {**values, "year": year_id},
    )
    labels = _labels(place, year_id)
    total = QualityLine(place.unit.name, place.unit.code, faults=dict.fromkeys(CHECKS, 0))
    lines: dict[Any, QualityLine] = {}
    for key, pupils, *found in rows:
        name, code, sort, line_key = labels.get(key, (str(_("Chưa xếp lớp")), "", "~", key))
        line = lines.setdefault(line_key, QualityLine(name, code, faults=dict.fromkeys(CHECKS, 0), sort=sort))
        for target in (line, total):
            target.pupils += pupils
            for check, number in zip(CHECKS, found, strict=True):
                target.faults[check] += number
    over = sum(
        1
        for row in full_classes(actor, place=place, year_id=year_id, day=day, limit=5000)
        if row["fullness"] == "over"
    )
    return QualityTable(total, sorted(lines.values(), key=lambda line: line.sort), over)


def _labels(place: Place, year_id: int) -> dict[Any, tuple[str, str, str, Any]]:
    """Group key -> (name, code to step down, order, key of the line)."""
    unit = place.unit
    assert unit is not None
    if not place.is_wide:
        rows = _fetch(
            "select id, name, sort_key from roster_classroom where school_id = %(school)s and year_id = %(year)s",
            {"school": place.school_id, "year": year_id},
        )
        return {pk: (name, "", sort, pk) for pk, name, sort in rows}
    rows = _fetch(
        "select s.id, a.name, a.code, a.sort_key, a.id, a.kind from org_unit s join org_unit a "
        "on a.id = split_part(trim(both '/' from s.path), '/', %(depth)s)::bigint where s.path like %(path)s and s.kind = %(kind)s",
        {"depth": len(unit.ancestor_ids) + 1, "path": f"{unit.path}%", "kind": UnitKind.SCHOOL},
    )
    return {
        pk: (name, code, f"{1 if kind == UnitKind.SCHOOL else 0}{sort}", line)
        for pk, name, code, sort, line, kind in rows
    }


@dataclass(frozen=True)
class FaultPage:
    """One page of pupils with a fault."""

    rows: list[dict[str, Any]]
    total: int


def faulty_rows(
    actor: Actor, *, place: Place, year_id: int, check: str, offset: int = 0, limit: int | None = 50
) -> FaultPage:
    """The pupils behind one figure; one query."""
    if (
        check not in CHECKS
        or not actor.holds("roster.view_quality")
        or place.unit is None
        or not place.is_reached
    ):
        return FaultPage([], 0)
    where, values = _where(place)
    condition = CHECKS[check][1]
    body = f"{_FROM.format(where=where)} and ({condition})"
    page = "" if limit is None else "limit %(rows)s offset %(offset)s"
    rows = _fetch(
        "select e.id, p.id, p.full_name, p.birth_date, p.sex, p.personal_id, coalesce(p.ministry_code, p.code), "  # noqa: S608
        "(select c.name from roster_classroom c where c.id = e.classroom_id), "
        f"(select u.name from org_unit u where u.id = e.school_id), e.grade {body} order by e.sort_key, e.id {page}",
        {**values, "year": year_id, "rows": limit, "offset": offset},
    )
    total = offset + len(rows)
    if limit is not None and (len(rows) == limit or (offset and not rows)):
        total = _fetch(f"select count(*)::int {body}", {**values, "year": year_id})[0][0]
    names = ("id", "person_id", "name", "born", "sex", "personal_id", "code", "classroom", "school", "grade")
    return FaultPage([dict(zip(names, row, strict=True)) for row in rows], total)
