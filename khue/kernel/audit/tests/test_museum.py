"""K2: what a database administrator might try; each is found, most by the chain, the cleverest by a kept checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from khue.kernel.audit import checkpoints, keys, ledgers
from khue.kernel.audit.models import Checkpoint, Entry
from khue.kernel.audit.tests.records import past_the_triggers, rehash_from, write
from khue.kernel.audit.verify import verify


@pytest.fixture
def kept(db: None) -> str:
    """Thirty entries in three chains, a checkpoint of them kept outside, and six more entries."""
    write(30)
    row = checkpoints.make()
    assert row is not None
    text = checkpoints.export(row)
    write(6)
    assert verify(checkpoints.read(text)).is_sound
    return text


def faults(kept: str | None = None) -> list[str]:
    return [str(fault) for fault in verify(checkpoints.read(kept) if kept else None).faults]


def entry(chain: int, seq: int) -> Entry:
    return Entry.objects.get(chain=chain, seq=seq)


def test_an_edited_entry(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set reason = 'khác' where chain = 2 and seq = 5")
    assert [f"mục {entry(2, 5).pk}: nội dung" in line for line in faults()] == [True]


def test_an_edited_payload(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("update audit_payload set body = '{}' where entry_id = %s", [entry(2, 5).pk])
    assert faults() == [f"chuỗi 2, số 5, mục {entry(2, 5).pk}: chi tiết không khớp mã băm"]


def test_a_deleted_entry(kept: str) -> None:
    gone = entry(2, 5).pk
    with transaction.atomic():
        with past_the_triggers() as cursor:
            cursor.execute("delete from audit_entry where id = %s", [gone])
        found = faults()
        transaction.set_rollback(True)
    assert any("thiếu mục số 5" in line for line in found)
    assert any(f"mục {gone}: chi tiết không thuộc mục nào" in line for line in found)


def test_an_inserted_entry(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute(
            "insert into audit_entry (chain, seq, at, action, actor_id, capacity, target, touched, reason, ip, device, "
            "payload_hash, previous, hash) select chain, 99, at, action, actor_id, capacity, target, touched, reason, "
            "ip, device, payload_hash, previous, hash from audit_entry where chain = 2 and seq = 5 returning id"
        )
        added = cursor.fetchone()[0]
    assert any(f"mục {added}" in line for line in faults())


def test_two_entries_swapped(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set seq = 99 where chain = 2 and seq = 5")
        cursor.execute("update audit_entry set seq = 5 where chain = 2 and seq = 6")
        cursor.execute("update audit_entry set seq = 6 where chain = 2 and seq = 99")
    assert any("số 5" in line for line in faults())


def test_a_back_dated_entry(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set at = at - interval '1 day' where chain = 2 and seq = 5")
    assert [f"mục {entry(2, 5).pk}: nội dung" in line for line in faults()] == [True]


def test_a_cut_off_tail(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("delete from audit_payload where entry_id = %s", [entry(2, 12).pk])
        cursor.execute("delete from audit_entry where chain = 2 and seq = 12")
    assert faults() == ["chuỗi 2, số 12: cụt: đầu chuỗi ghi số 12, nhật ký chỉ đến số 11"]


def test_an_edit_with_every_later_hash_computed_anew(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set reason = 'khác' where chain = 2 and seq = 5")
    rehash_from(2, 5)
    with past_the_triggers() as cursor:
        cursor.execute("delete from audit_checkpoint")
    assert faults() == [], "the chain alone cannot see it"
    assert any("chuỗi 2, số 10" in line and "không khớp điểm kiểm tra" in line for line in faults(kept))


def test_the_same_while_our_own_checkpoint_still_stands(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set reason = 'khác' where chain = 2 and seq = 5")
    rehash_from(2, 5)
    assert any("không khớp điểm kiểm tra đã ký" in line for line in faults())


def test_a_tail_cut_off_and_the_head_set_back(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute(
            "delete from audit_payload where entry_id in (select id from audit_entry where chain=2 and seq>8)"
        )
        cursor.execute("delete from audit_entry where chain = 2 and seq > 8")
        cursor.execute(
            "update audit_head set seq = 8, hash = (select hash from audit_entry where chain=2 and seq=8) where chain=2"
        )
        cursor.execute("delete from audit_checkpoint")
    assert faults() == []
    assert any("chuỗi 2, số 10" in line and "không còn trong nhật ký" in line for line in faults(kept))


def test_an_old_backup_restored(db: None) -> None:
    write(9)
    with past_the_triggers() as cursor:
        cursor.execute("create temp table old_entry as table audit_entry")
        cursor.execute("create temp table old_payload as table audit_payload")
        cursor.execute("create temp table old_head as table audit_head")
    write(9)
    row = checkpoints.make()
    assert row is not None
    text = checkpoints.export(row)
    with past_the_triggers() as cursor:
        for name in ("payload", "entry", "head"):
            cursor.execute(f"delete from audit_{name}")
            cursor.execute(f"insert into audit_{name} select * from old_{name}")
        cursor.execute("delete from audit_checkpoint")
    assert faults() == []
    assert any("không còn ở đây" in line for line in faults(text))
    assert any("không còn trong nhật ký" in line for line in faults(text))


def test_two_views_of_one_history(kept: str) -> None:
    """A fork: somebody is shown another past, signed with our own key, under the same number."""
    with past_the_triggers() as cursor:
        cursor.execute("update audit_entry set reason = 'khác' where chain = 2 and seq = 5")
    rehash_from(2, 5)
    pk = checkpoints.read(kept).statement.pk
    with past_the_triggers() as cursor:
        cursor.execute("delete from audit_checkpoint")
    second = checkpoints.make()
    assert second is not None
    with past_the_triggers() as cursor:
        cursor.execute("update audit_checkpoint set id = %s where id = %s", [pk, second.pk])
    assert any("khác trong tệp" in line for line in faults(kept))


def test_a_false_erasure_without_an_entry(kept: str) -> None:
    with past_the_triggers() as cursor:
        cursor.execute(
            "update audit_payload set body = '', salt = '', erased_at = now() where entry_id = %s",
            [entry(2, 5).pk],
        )
    assert faults() == [f"chuỗi 2, số 5, mục {entry(2, 5).pk}: chi tiết bị xóa mà không có mục xóa nào"]


def test_a_removed_checkpoint_between_others(kept: str) -> None:
    first = Checkpoint.objects.get().pk
    checkpoints.make()
    write(3)
    checkpoints.make()
    assert faults() == []
    with past_the_triggers() as cursor:
        cursor.execute("delete from audit_checkpoint where id = %s", [first])
    write(1, chains=(9,))
    assert faults() == [] or any("không khớp gốc" in line for line in faults())


def test_a_checkpoint_signed_by_another_key(kept: str, tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    assert any("chữ ký không đúng" in line for line in faults())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda text: text.replace("Khue", "Khuê"), "không phải tệp"),
        (lambda text: text[:200], "tệp hỏng"),
        (lambda text: text.replace("\n30\n", "\n31\n"), "chữ ký của tệp"),
        (lambda text: "\n".join(text.split("\n")[:-2]), "danh sách trong tệp"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(kept: str, change: Any, why: str) -> None:
    with pytest.raises(ledgers.StatementError, match=why):
        checkpoints.read(change(kept))


def test_the_command_gives_a_checkpoint_away_and_checks_against_it(
    db: None, tmp_path: Path, capsys: Any
) -> None:
    from khue.kernel.audit.command import main

    place = str(tmp_path / "kept.txt")
    assert main(["export", place]) == 1
    write(3)
    assert main(["checkpoint"]) == 0
    assert main(["export", place]) == 0
    assert main(["verify", "--against", place]) == 0
    (tmp_path / "kept.txt").write_text("nonsense")
    assert main(["verify", "--against", place]) == 1
    assert main(["verify", "--against", place + "x"]) == 1
    assert main(["nonsense"]) == 2


def test_nothing_new_needs_no_checkpoint(db: None) -> None:
    write(3)
    assert checkpoints.make() is not None
    assert checkpoints.make() is None
    write(1)
    row = checkpoints.make()
    assert row is not None
    assert row.heads.count("[") == 2


def test_the_key_is_for_its_owners_eyes_only(db: None, tmp_path: Path, settings: Any) -> None:
    settings.VAR = tmp_path
    first = keys.signing_key().public_key().public_bytes_raw()
    assert (tmp_path / "keys" / "audit_signing").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700
    assert keys.signing_key().public_key().public_bytes_raw() == first
