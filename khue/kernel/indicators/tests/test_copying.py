"""The columnar copy: what it holds, generations, what has changed, and what goes wrong."""

from __future__ import annotations

import io
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from khue.kernel.indicators import copying
from khue.kernel.indicators.copying import CopyError, generations, stream
from khue.kernel.indicators.copying.refreshing import LOCK
from khue.kernel.indicators.models import Copy, CopyState
from khue.kernel.indicators.tests.things import COLUMNS, FACTS, OLD, SUMS, THINGS, YEAR, Ground, rows, run
from tests.crash import throwaway

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Path:
    settings.VAR = tmp_path
    return tmp_path / "indicators"


def copied(fact: str = "test.things") -> list[tuple[Any, ...]]:
    """All rows of a fact in the current generation, in an order of their own."""
    import pyarrow.parquet as pq

    now = generations.current()
    assert now is not None
    found = []
    for path in now.paths(fact):
        table = pq.read_table(path)
        found += [tuple(row.values()) for row in table.to_pylist()]
    return sorted(found, key=repr)


def original() -> list[tuple[Any, ...]]:
    found = rows(f"select {', '.join(COLUMNS)} from thing".replace(" at ", " at at time zone 'utc' "))
    return sorted(((*row[:-1], row[-1].replace(tzinfo=None)) for row in found), key=repr)


def test_the_copy_holds_what_the_table_holds() -> None:
    Ground()
    copy = copying.refresh(facts=FACTS)
    assert (copy.state, copy.is_whole, copy.rows["test.things"]) == (CopyState.DONE, True, 200)
    assert copied() == original()
    assert {row[5] for row in copied()} >= {"a", "", None, 'c "quoted"\nand, cut', "back\\slash"}
    assert copied("test.sums") == sorted(
        rows("select year, unit_id, sum(amount) from thing group by 1, 2"), key=repr
    )


def test_files_are_sorted_by_school_and_hold_no_school_in_common() -> None:
    import pyarrow.parquet as pq

    Ground()
    copying.refresh(facts=FACTS)
    now = generations.current()
    assert now is not None
    seen: set[int] = set()
    for path, file in zip(now.paths("test.things"), now.manifest.facts["test.things"].files, strict=True):
        units = pq.read_table(path).column("unit_id").to_pylist()
        assert units == sorted(units)
        assert set(units) <= set(file.units)
        assert not seen & set(file.units)
        seen |= set(file.units)


@pytest.mark.parametrize("seed", [3, 14, 159])
def test_what_has_changed_leads_to_what_a_whole_copy_holds(seed: int) -> None:
    ground = Ground(seed)
    copying.refresh(facts=FACTS)
    for times in (0, 1, 5, 60):
        ground.change(times)
        copy = copying.refresh(facts=FACTS)
        assert not copy.is_whole
        assert copied() == original()
        assert copy.rows["test.things"] == len(original())
    some = copied()
    assert copying.refresh(whole=True, facts=FACTS).is_whole
    assert copied() == some


def test_rows_that_are_deleted_vanish_and_with_the_last_row_the_file_is_empty() -> None:
    ground = Ground(things=30)
    copying.refresh(facts=FACTS)
    run("insert into gone select sheet_id, now() from thing")
    run("delete from thing")
    assert copying.refresh(facts=FACTS).rows == {"test.things": 0, "test.sums": 0}
    assert copied() == []
    ground.add()
    copying.refresh(facts=FACTS)
    assert len(copied()) == 1


def test_a_file_without_changes_is_the_same_file() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    first = generations.current()
    copy = copying.refresh(facts=FACTS)
    second = generations.current()
    assert first is not None
    assert second is not None
    assert first.path != second.path
    assert copy.changed["test.things"] == 0
    for one, other in zip(first.paths("test.things"), second.paths("test.things"), strict=True):
        assert os.path.samefile(one, other)


def test_rows_copied_again_that_are_as_they_were_leave_the_file_alone() -> None:
    Ground()
    run("update thing set at = now()")
    copying.refresh(facts=FACTS)
    first = generations.current()
    assert copying.refresh(facts=FACTS).changed["test.things"] == 200
    second = generations.current()
    assert first is not None
    assert second is not None
    for one, other in zip(first.paths("test.things"), second.paths("test.things"), strict=True):
        assert os.path.samefile(one, other)


def test_a_new_school_finds_its_place_in_an_old_copy() -> None:
    from tests.cast import make_unit

    ground = Ground()
    copying.refresh(facts=FACTS)
    ground.schools = [make_unit("NEW", "Trường mới", "school", ground.communes[0], levels=["TH"])]
    ground.add()
    assert not copying.refresh(facts=FACTS).is_whole
    assert copied() == original()


def test_another_declaration_is_copied_whole_and_the_rest_is_not() -> None:
    Ground()
    other = {**FACTS, "test.twice": replace(THINGS, name="test.twice")}
    copying.refresh(facts=other)
    first = generations.current()
    other["test.twice"] = replace(other["test.twice"], sql=THINGS.sql + " and amount < 50")
    copy = copying.refresh(facts=other)
    second = generations.current()
    assert not copy.is_whole
    assert copy.changed["test.twice"] == copy.rows["test.twice"] < 200
    assert copy.changed["test.things"] == 0
    assert first is not None
    assert second is not None
    assert os.path.samefile(first.paths("test.things")[0], second.paths("test.things")[0])


def test_another_schema_another_database_and_an_older_state_of_it_are_copied_whole() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    run("insert into django_migrations (app, name, applied) values ('test', '0001', now())")
    assert copying.refresh(facts=FACTS).is_whole
    assert not copying.refresh(facts=FACTS).is_whole
    run("update django_migrations set applied = applied - interval '1 day'")
    assert copying.refresh(facts=FACTS).is_whole
    assert not copying.refresh(facts=FACTS).is_whole
    said = generations.root() / generations.current_name() / generations.MANIFEST
    text = said.read_text()
    number = generations.read(said).snapshot
    said.write_text(text.replace(f'"snapshot":{number}', f'"snapshot":{number + 1000}'))
    assert copying.refresh(facts=FACTS).is_whole


@pytest.mark.parametrize(
    ("fact", "word"),
    [
        (replace(THINGS, sql="select 1 as year"), "unit_id"),
        (replace(THINGS, sql=SUMS.sql), "class_id"),
        (replace(THINGS, sql="select nothing from nowhere"), "nowhere"),
        (replace(THINGS, columns={**COLUMNS, "kind": "int32"}), "test.things"),  # type: ignore[dict-item]
        (replace(SUMS, sql="select year, null::bigint as unit_id, amount from thing"), "unit_id"),
        (replace(SUMS, sql="select year, -5 as unit_id, amount from thing"), "đơn vị không có thật"),
        (replace(SUMS, sql="select year, 999999999 as unit_id, amount from thing"), "đơn vị không có thật"),
        (replace(SUMS, sql="select year, unit_id, 100000 / (amount - amount) as amount from thing"), "zero"),
    ],
)
def test_a_bad_declaration_is_named_and_the_current_generation_stays(fact: Any, word: str) -> None:
    Ground()
    copying.refresh(facts=FACTS)
    before = generations.current_name()
    with pytest.raises(CopyError, match=word):
        copying.refresh(whole=True, facts={fact.name: fact})
    assert generations.current_name() == before
    assert len(copied()) == 200
    assert [path.name for path in generations.root().iterdir() if path.is_dir()] == [before]
    last = Copy.objects.order_by("pk").last()
    assert last is not None
    assert (last.state, last.generation) == (CopyState.FAILED, "")
    assert fact.name in last.fault


def test_what_a_killed_refresh_left_is_taken_away_by_the_next() -> None:
    Ground()
    left = generations.root() / "new-20260101T000000-abcdef"
    left.mkdir(parents=True)
    (left / "half.parquet").write_bytes(b"PAR1")
    running = Copy.objects.create(started_at="2026-01-01T00:00:00Z")
    copying.refresh(facts=FACTS)
    running.refresh_from_db()
    assert (running.state, running.fault) == (CopyState.FAILED, "Bị dừng giữa chừng.")
    assert not left.exists()


def test_two_refreshes_are_never_made_at_once() -> None:
    name = rows("select current_database()")[0][0]
    with throwaway.connect(name) as other:
        other.execute("select pg_advisory_lock(%s)", [LOCK])
        with pytest.raises(CopyError, match="Đang có một lần chép"):
            copying.refresh(facts=FACTS)
        assert not Copy.objects.exists()
        other.execute("select pg_advisory_unlock(%s)", [LOCK])
    Ground()
    copying.refresh(facts=FACTS)


def test_a_generation_goes_when_its_grace_is_over_and_nobody_holds_it() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    first = generations.current()
    assert first is not None
    held = generations.hold(first)
    copying.refresh(facts=FACTS)
    assert generations.sweep() == []  # its grace has only begun
    long_ago = time.time() - 3600
    os.utime(first.path / generations.HELD, (long_ago, long_ago))
    assert generations.sweep() == []  # somebody reads it
    os.close(held)
    assert generations.sweep() == [first.path.name]
    now = generations.current()
    assert now is not None
    assert now.path.exists()
    with pytest.raises(OSError, match="held"):
        generations.hold(first)


def test_a_house_without_units_has_an_empty_copy_that_grows() -> None:
    from khue.kernel.indicators.declare import Fact

    units = Fact(
        "test.units", "Đơn vị", {"year": "int16", "unit_id": "int64"},
        "select 0 as year, unit_id from (select id as unit_id from org_unit) u where true{only}",
        key="unit_id", changed="select id from org_unit",
    )  # fmt: skip
    assert copying.refresh(facts={"test.units": units}).rows == {"test.units": 0}
    assert copied("test.units") == []
    Ground(things=0)
    assert copying.refresh(facts={"test.units": units}).rows == {"test.units": 10}


def test_without_a_copy_there_is_none() -> None:
    assert generations.current() is None
    assert generations.current_name() == ""


def test_the_next_copy_begins_before_whatever_was_open_when_this_one_was_taken() -> None:
    Ground()
    name = rows("select current_database()")[0][0]
    with throwaway.connect(name) as other:
        other.autocommit = False
        began = other.execute("select now()").fetchone()
        assert began is not None
        copying.refresh(facts=FACTS)
        now = generations.current()
        assert now is not None
        assert now.manifest.horizon < began[0]
        assert now.manifest.horizon < now.manifest.copied_at


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64])
def test_blocks_end_where_rows_end(size: int) -> None:
    lines = [b'1,"a\nb",2\n', b"2,,3\n", b'3,"x""\n""y",\n', b'4,"",""\n', b"5,z,1\n"]
    blocks = list(stream.whole_rows(io.BytesIO(b"".join(lines)), size))
    assert b"".join(blocks) == b"".join(lines)
    left = list(lines)
    for block in blocks:
        while block:
            assert block.startswith(left[0])
            block = block[len(left.pop(0)) :]
    assert left == []


def test_years_and_days_come_as_they_are_declared() -> None:
    import pyarrow.parquet as pq

    Ground(things=5)
    run("update thing set at = %s", [f"{OLD} 08:15:00.25+07"])
    copying.refresh(facts=FACTS)
    now = generations.current()
    assert now is not None
    table = pq.read_table(now.paths("test.things")[0])
    said = [
        str(table.schema.field(name).type) for name in ("year", "unit_id", "share", "is_good", "on_day", "at")
    ]
    assert said == ["int16", "int32", "double", "bool", "date32[day]", "timestamp[us]"]
    assert table.column("at")[0].as_py().isoformat() == "2020-01-01T01:15:00.250000"
    assert set(table.column("year").to_pylist()) <= {YEAR, YEAR - 1, 0}
