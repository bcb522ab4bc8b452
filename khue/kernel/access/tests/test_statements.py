"""Statements every page asks are planned once a connection, and still count as queries."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from khue.config.database import from_url
from khue.kernel.statements import TODAY, fetch, planned_once
from tests.cast import Cast

SQL = "select %s + id, %s::date from org_unit where id = any(%s)"


def plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where statement like 'select $1 + id%%'")
        return int(cursor.fetchone()[0])


def test_a_statement_is_prepared_once_whatever_its_numbers_are(cast: Cast) -> None:
    day = date(2026, 9, 5)
    for number in (1, 70_000, 5_000_000_000):
        assert fetch(SQL, [number, day, [cast.school.pk]]) == [(number + cast.school.pk, day)]
    assert plans() == 1


def test_what_is_prepared_outlives_the_rollback_of_a_test_and_of_an_action(cast: Cast) -> None:
    fetch(SQL, [1, date(2026, 9, 5), [cast.school.pk]])
    with transaction.atomic():
        transaction.set_rollback(True)
    assert plans() == 1


def test_it_counts_as_a_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        fetch(SQL, [1, date(2026, 9, 5), [cast.school.pk]])


def test_an_error_is_djangos_and_the_statement_works_again_after_the_rollback(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        fetch("select 1 / %s::bigint", [0])
    assert fetch("select 1 / %s::bigint", [1]) == [(1,)]


def test_behind_a_pooler_nothing_is_prepared(cast: Cast) -> None:
    assert from_url("postgresql://h/khue?prepare_threshold=none&sslmode=require")["OPTIONS"] == {
        "prepare_threshold": None, "sslmode": "require",
    }  # fmt: skip
    raw: psycopg.Connection[Any] = connection.connection
    raw.prepare_threshold, known = None, raw.prepare_threshold
    try:
        assert fetch("select 40 + %s::bigint", [2]) == [(42,)]
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_prepared_statements where statement like 'select 40%%'")
            assert cursor.fetchone() == (0,)
    finally:
        raw.prepare_threshold = known


@pytest.mark.parametrize(
    "zone", ["Etc/GMT+12", "Pacific/Kiritimati"]
)  # one of them is never on the province's day
def test_the_provinces_day_is_that_of_the_province_whatever_the_session_speaks(cast: Cast, zone: str) -> None:
    before = timezone.localdate()
    with connection.cursor() as cursor:
        cursor.execute("select set_config('TimeZone', %s, true)", [zone])
        cursor.execute(f"select {TODAY}")
        assert cursor.fetchone()[0] in (before, timezone.localdate())


def mode() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show plan_cache_mode")
        return str(cursor.fetchone()[0])


def generic_plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select generic_plans from pg_prepared_statements where statement like 'select id + $1%%from%%org_unit%%'"
        )
        return int(cursor.fetchone()[0])


def test_a_plan_is_kept_whatever_the_values_only_where_that_was_asked(cast: Cast) -> None:
    statement = "select id + %s from org_unit where id = any(%s)"
    fetch(statement, [1, [cast.school.pk]])
    assert (mode(), generic_plans()) == ("auto", 0)
    with planned_once():
        assert mode() == "force_generic_plan"
        assert fetch(statement, [1, [cast.school.pk]]) == [(cast.school.pk + 1,)]
    assert (mode(), generic_plans()) == ("auto", 1)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_way_of_planning_ends_with_it_also_by_an_error() -> None:
    with planned_once():
        assert connection.in_atomic_block
        assert mode() == "force_generic_plan"
    assert (mode(), connection.in_atomic_block) == ("auto", False)
    with pytest.raises(ZeroDivisionError), planned_once():
        raise ZeroDivisionError
    assert (mode(), connection.in_atomic_block) == ("auto", False)
