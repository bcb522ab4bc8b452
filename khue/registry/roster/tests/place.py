"""What many tests of the roster need: actions called in few words, counts compared with records, the newest entry."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from khue.kernel.audit.models import Entry
from khue.registry.roster import actions
from khue.registry.roster.models import Enrolment
from tests.cast import Cast

GIVEN: dict[str, Any] = {
    "full_name": "Hoàng Thị Yến Nhi",
    "birth_date": date(2013, 8, 12),
    "birth_precision": "d",
    "sex": 2,
    "ethnicity": "02",
}


def admit(cast: Cast, who: str = "tam", **more: Any) -> Enrolment:
    """A new pupil of 8A3."""
    values = {**GIVEN, **more.pop("values", {})}
    wanted: dict[str, Any] = {
        "year_id": cast.year.pk,
        "values": values,
        "grade": 8,
        "classroom_id": cast.classroom.pk,
        "joined_on": timezone.localdate(),
    }
    return actions.admit(cast.actor(who), cast.school, **{**wanted, **more})


def last_entry() -> Entry:
    """The newest audit entry."""
    found = Entry.objects.order_by("-pk").first()
    assert found is not None
    return found


def counted() -> dict[tuple[Any, ...], tuple[int, int, int]]:
    """Pupils, girls and minority by school, class, year and grade, from the records."""
    return _figures(
        "select e.school_id, e.classroom_id, e.year_id, coalesce(k.grade, e.grade), count(*), "
        "count(*) filter (where p.sex = 2), "
        "count(*) filter (where p.ethnicity not in ('', '01', '55', '56')) from roster_enrolment e "
        "join people_person p on p.id = e.person_id left join roster_classroom k on k.id = e.classroom_id "
        "where e.status in ('studying', 'suspended') group by 1, 2, 3, 4"
    )


def open_counts(day: date | None = None) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    """The same from the count rows that are open, or that hold on a day."""
    where = (
        "valid_to is null"
        if day is None
        else "valid_from <= %(d)s and (valid_to is null or valid_to > %(d)s)"
    )
    found = _figures(
        "select school_id, classroom_id, year_id, grade, sum(pupils), sum(girls), sum(minority) from roster_head_count "
        f"where {where} group by 1, 2, 3, 4",
        {"d": day},
    )
    return {key: figures for key, figures in found.items() if figures != (0, 0, 0)}


def _figures(sql: str, values: dict[str, Any] | None = None) -> dict[tuple[Any, ...], tuple[int, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return {tuple(row[:4]): (int(row[4]), int(row[5]), int(row[6])) for row in cursor.fetchall()}
