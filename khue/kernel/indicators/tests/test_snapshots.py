"""Figures are kept by day: only what changed is written, closed days stay as they were, tampering is named."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators import snapshots
from khue.kernel.indicators.models import Figure, Snapshot
from tests.cast import Cast

DAY = date(2026, 11, 2)
NEXT = DAY + timedelta(days=1)


def rows(day: date) -> dict[tuple[str, int], tuple[float | None, float | None]]:
    found = Figure.objects.filter(day=day)
    return {(row.indicator, row.unit_id): (row.top, row.bottom) for row in found}


def test_only_what_differs_from_the_day_before_is_written(cast: Cast) -> None:
    school, other = cast.school.pk, cast.other_school.pk
    assert (
        snapshots.keep(DAY, 2026, {"x.a": {school: (10, None), other: (7, None)}, "x.b": {school: (1, 2)}})
        == 3
    )
    assert (
        snapshots.keep(NEXT, 2026, {"x.a": {school: (11, None), other: (7, None)}, "x.b": {school: (1, 2)}})
        == 1
    )
    assert rows(NEXT) == {("x.a", school): (11, None)}


def test_what_went_back_within_the_day_leaves_no_row(cast: Cast) -> None:
    school = cast.school.pk
    snapshots.keep(DAY, 2026, {"x.a": {school: (10, None)}})
    snapshots.keep(NEXT, 2026, {"x.a": {school: (11, None)}})
    snapshots.keep(NEXT, 2026, {"x.a": {school: (10, None)}})
    assert rows(NEXT) == {}
    assert Snapshot.objects.get(pk=NEXT).figures == 0


def test_what_is_no_longer_counted_is_written_as_nothing(cast: Cast) -> None:
    school = cast.school.pk
    snapshots.keep(DAY, 2026, {"x.a": {school: (10, 3)}, "x.b": {school: (4, None)}})
    snapshots.keep(NEXT, 2026, {"x.b": {school: (4, None)}})
    assert rows(NEXT) == {("x.a", school): (None, None)}
    snapshots.keep(NEXT + timedelta(days=1), 2026, {"x.b": {school: (4, None)}})
    assert rows(NEXT + timedelta(days=1)) == {}


def test_the_first_figures_of_a_school_year_are_written_though_nothing_differs(cast: Cast) -> None:
    school, other = cast.school.pk, cast.other_school.pk
    same = {"x.a": {school: (10.0, None), other: (7.0, None)}, "x.b": {school: (None, 0.0)}}
    snapshots.keep(date(2026, 7, 31), 2025, {**same, "x.c": {school: (4, None)}})
    snapshots.keep(date(2026, 8, 1), 2026, same)
    assert rows(date(2026, 8, 1)) == {
        ("x.a", school): (10, None), ("x.a", other): (7, None), ("x.c", school): (None, None),
    }  # fmt: skip
    assert set(Figure.objects.filter(day=date(2026, 8, 1)).values_list("year", flat=True)) == {2026}
    snapshots.keep(date(2026, 8, 2), 2026, same)
    assert rows(date(2026, 8, 2)) == {}
    assert snapshots.close(date(2026, 8, 2)) == [date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 2)]
    assert snapshots.verify().is_sound


def test_a_closed_day_takes_no_more_figures_and_closes_those_before_it(cast: Cast) -> None:
    school = cast.school.pk
    snapshots.keep(DAY, 2026, {"x.a": {school: (10, None)}})
    snapshots.keep(NEXT, 2026, {"x.a": {school: (11, None)}})
    assert snapshots.close(NEXT) == [DAY, NEXT]
    for day in (DAY - timedelta(days=9), DAY, NEXT):
        with pytest.raises(DomainError):
            snapshots.keep(day, 2026, {"x.a": {school: (12, None)}})
    assert snapshots.verify().is_sound


TAMPERING = (
    "update indicators_figure set top = 99 where day = '2026-11-02'",
    "update indicators_figure set day = '2026-12-24' where day = '2026-11-02'",
    "delete from indicators_figure where day = '2026-11-02'",
    "insert into indicators_figure (indicator, unit_id, day, year, top) "
    "select 'x.z', unit_id, '2026-10-01', 2026, 1 from indicators_figure limit 1",
    "update indicators_snapshot set is_closed = false where day = '2026-11-02'",
    "delete from indicators_snapshot where day = '2026-11-02'",
    "insert into indicators_snapshot (day, computed_at, copied_at, year, figures, is_closed, parts) "
    "values ('2026-10-01', now(), now(), 2026, 0, true, '{}')",
)


@pytest.mark.parametrize("sql", TAMPERING)
def test_the_database_itself_refuses_to_change_a_closed_day(cast: Cast, sql: str) -> None:
    snapshots.keep(DAY, 2026, {"x.a": {cast.school.pk: (10, None)}})
    snapshots.close(DAY)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert snapshots.verify().is_sound


def test_the_tables_cannot_be_emptied(cast: Cast) -> None:
    """The suite lifts these walls to clean up after itself: here they stand again as the migration builds them."""
    from importlib import import_module

    forward = import_module("khue.kernel.indicators.migrations.0002_closed_days").FORWARD
    walls = [part for part in forward.split(";\n") if "before truncate" in part]
    assert len(walls) == 2
    with connection.cursor() as cursor:
        for wall in walls:
            cursor.execute(wall.strip())
        cursor.execute("set constraints all immediate")
        for table in ("indicators_figure", "indicators_snapshot"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(f"truncate {table} cascade")


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        (
            "update indicators_figure set top = 99 where indicator = 'x.a' and day = '2026-11-02'",
            "02/11/2026, x.a",
        ),
        ("delete from indicators_figure where indicator = 'x.b'", "02/11/2026, x.b"),
        ("delete from indicators_snapshot where day = '2026-11-02'", "03/11/2026"),
        ("update indicators_snapshot set digest = sha256('x') where day = '2026-11-03'", "03/11/2026"),
    ],
)
def test_what_somebody_with_the_server_changed_is_named(cast: Cast, sql: str, named: str) -> None:
    school = cast.school.pk
    snapshots.keep(DAY, 2026, {"x.a": {school: (10, None)}, "x.b": {school: (1, 2)}})
    snapshots.keep(NEXT, 2026, {"x.a": {school: (11, None)}, "x.b": {school: (1, 2)}})
    snapshots.close(NEXT)
    assert snapshots.verify().is_sound
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")  # as one who owns the server
        cursor.execute(sql)
        cursor.execute("set local session_replication_role = origin")
    assert named in " | ".join(map(str, snapshots.verify().faults))
