"""K1: each of 1,000 random flipped bytes in the record is found, and its row is named."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from khue.kernel.audit import checkpoints
from khue.kernel.audit.models import Entry
from khue.kernel.audit.tests.records import past_the_triggers, write
from khue.kernel.audit.verify import Report, verify
from tests.cast import Cast

TABLES = {
    "audit_entry": ("id", [
        "id", "chain", "seq", "at", "action", "actor_id", "capacity", "target", "touched", "reason", "ip", "device",
        "payload_hash", "previous", "hash",
    ]),
    "audit_payload": ("entry_id", ["entry_id", "salt", "body", "erased_at"]),
    "audit_head": ("chain", ["chain", "seq", "hash"]),
    "audit_checkpoint": ("id", ["id", "at", "entries", "root", "heads", "key_id", "signature"]),
}  # fmt: skip


def flipped(value: Any, chance: random.Random) -> Any:
    """The value with one bit of one byte turned over, still of its type."""
    if isinstance(value, bool) or value is None:
        return chance.randrange(1, 1000)
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(0, 24))
    if isinstance(value, bytes | memoryview):
        data = bytearray(bytes(value))
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        return bytes(data)
    if isinstance(value, str):
        at = chance.randrange(len(value))
        return value[:at] + chr(ord(value[at]) ^ (1 << chance.randrange(4))) + value[at + 1 :]
    if isinstance(value, list):
        at = chance.randrange(len(value))
        return [*value[:at], flipped(value[at], chance), *value[at + 1 :]]
    return value + timedelta(microseconds=1 << chance.randrange(30))


def names_row(report: Report, table: str, key: int, old_key: int) -> bool:
    keys = {key, old_key}
    if table == "audit_checkpoint":
        return any(fault.checkpoint_id in keys for fault in report.faults)
    if table == "audit_head":
        return any(fault.chain in keys for fault in report.faults)
    return any(fault.entry_id in keys for fault in report.faults)


def flip_one(table: str, key_column: str, column: str, chance: random.Random) -> tuple[int, Any, Any] | None:
    """Turn one byte over: key, old and new value; None when the place is empty or the database refuses."""
    with past_the_triggers() as cursor:
        cursor.execute(f"select {key_column}, {column} from {table} order by random() limit 1")
        key, value = cursor.fetchone()
        if value in ("", [], None) and column != "actor_id":
            return None
        changed = flipped(value, chance)
        try:
            with transaction.atomic():
                cursor.execute(f"update {table} set {column} = %s where {key_column} = %s", [changed, key])
        except (DatabaseError, ValueError):
            return None
    return key, value, changed


def flip_many(count: int, seed: int) -> None:
    write(60)
    checkpoints.make()
    write(30)
    checkpoints.make()
    assert verify().is_sound
    chance = random.Random(seed)
    missed = []
    tried = 0
    while tried < count:
        table = chance.choice(list(TABLES))
        key_column, columns = TABLES[table]
        column = chance.choice(columns)
        if column == "erased_at":
            continue  # a payload that is not erased has none; see the museum for false erasures
        with transaction.atomic():
            flip = flip_one(table, key_column, column, chance)
            if flip is not None:
                tried += 1
                key, value, changed = flip
                report = verify()
                if not names_row(report, table, changed if column == key_column else key, key):
                    missed.append(
                        (table, column, key, value, changed, [str(fault) for fault in report.faults])
                    )
            transaction.set_rollback(True)
    assert missed == [], f"seed {seed}"


def test_each_of_a_hundred_flipped_bytes_is_found_and_its_row_named(db: None) -> None:
    flip_many(100, random.randrange(10**9))


@pytest.mark.slow
def test_each_of_a_thousand_flipped_bytes_is_found_and_its_row_named(db: None) -> None:
    flip_many(1000, random.randrange(10**9))


def test_the_command_names_the_row_and_ends_with_one(cast: Cast, capsys: Any) -> None:
    from khue.kernel.audit.command import main

    write(9)
    assert main(["verify"]) == 0
    assert "nguyên vẹn: 9 mục" in capsys.readouterr().out
    entry = Entry.objects.order_by("pk")[4]
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set capacity = capacity || ' ' where id = %s", [entry.pk])
    assert main(["verify"]) == 1
    assert f"chuỗi {entry.chain}, số {entry.seq}, mục {entry.pk}: nội dung" in capsys.readouterr().out
    assert main(["verify", "--json"]) == 1
    assert '"sound":false' in capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set reason = 'x'",
        "delete from audit_entry",
        "update audit_payload set body = '{}'",
        "update audit_payload set body = '', erased_at = now()",
        "update audit_payload set salt = '', erased_at = now()",
        "delete from audit_payload",
        "update audit_checkpoint set entries = 0",
        "delete from audit_checkpoint",
    ],
)
def test_the_database_itself_refuses_to_change_the_record(db: None, statement: str) -> None:
    write(1)
    checkpoints.make()
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    with past_the_triggers() as cursor, transaction.atomic():
        cursor.execute(statement)  # with the wall off the statement would have worked
        assert cursor.rowcount == 1
        transaction.set_rollback(True)
