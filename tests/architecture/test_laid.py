"""The cast that tests begin with: laid down in one statement, it is what building it one by one gives."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection, transaction

from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment
from tests.cast import Cast, build, make_person
from tests.laid import Laid

NUMBERED = {"path", "code", "new_values"}  # texts with numbers of rows in them


def said() -> dict[str, Counter[str]]:
    """Every row of every table, but for numbers and moments."""
    found: dict[str, Counter[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "select attrelid::regclass::text, array_agg(attname::text order by attnum) from pg_attribute"
            " join pg_class on pg_class.oid = attrelid where relkind = 'r' and attnum > 0 and not attisdropped"
            " and relnamespace = 'public'::regnamespace"
            " and atttypid not in ('int8'::regtype, 'timestamptz'::regtype) group by 1"
        )
        for table, columns in cursor.fetchall():
            names = ", ".join(f'"{name}"' for name in columns if name not in NUMBERED)
            if names:
                cursor.execute(f"select row({names})::text from {table}")
                found[table] = Counter(row for (row,) in cursor.fetchall())
    return {table: rows for table, rows in found.items() if rows}


@pytest.mark.django_db
def test_the_cast_laid_down_is_the_cast_as_it_is_built(laid: Laid) -> None:
    with transaction.atomic():
        laid.again()
        given = said()
        transaction.set_rollback(True)
    build()
    assert given == said()


def test_everybody_and_everything_has_a_number_of_its_own(cast: Cast) -> None:
    people, units = (
        set(Person.objects.values_list("pk", flat=True)),
        set(Unit.objects.values_list("pk", flat=True)),
    )
    enrolments = set(Enrolment.objects.values_list("pk", flat=True))
    assert not people & units
    assert not people & enrolments
    assert not units & enrolments
    assert make_person("Người Đến Sau").pk > max(people)


def test_what_a_test_does_to_the_cast_the_next_one_does_not_see(laid: Laid, db: None) -> None:
    with transaction.atomic():
        first = laid.again()
        first.people["an"].full_name = "Tên Khác"
        transaction.set_rollback(True)
    second = laid.again()
    assert second.people["an"].full_name == "Lê Hoài An"
    assert second.enrolments["an"].person is second.people["an"]
    assert second.classroom.school is second.school
