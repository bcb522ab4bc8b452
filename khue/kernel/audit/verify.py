"""Walks every chain and says exactly which row does not hold: changed, missing, moved, back-dated, cut off.

One pass in order of id (within a chain the order of numbers), a server-side cursor, memory for the heads only.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from django.db import connection, transaction

from khue.kernel.audit.chain import START, digest_fields
from khue.kernel.audit.checkpoints import Heads, Kept, holds, public_key, root_of, statement_of
from khue.kernel.audit.models import Checkpoint

ERASE = "audit.erase_payload"
AT_ONCE = 5_000
MOST_FAULTS = 1_000

ROWS = """
select e.id, e.chain, e.seq, to_char(e.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.actor_id,
       e.capacity, e.target, e.touched, e.reason, e.ip, e.device, e.payload_hash, e.previous, e.hash, p.entry_id,
       p.salt, p.body, p.erased_at
from audit_entry e left join audit_payload p on p.entry_id = e.id order by e.id
"""
ORPHANS = (
    "select p.entry_id from audit_payload p left join audit_entry e on e.id = p.entry_id where e.id is null"
)


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold, and where."""

    what: str
    chain: int | None = None
    seq: int | None = None
    entry_id: int | None = None
    checkpoint_id: int | None = None

    def __str__(self) -> str:
        places = (
            ("chuỗi", self.chain), ("số", self.seq), ("mục", self.entry_id), ("điểm kiểm tra", self.checkpoint_id)
        )  # fmt: skip
        where = ", ".join(f"{label} {value}" for label, value in places if value is not None)
        return f"{where}: {self.what}"


@dataclass
class Report:
    """What a verification saw."""

    entries: int = 0
    chains: int = 0
    checkpoints: int = 0
    erased: int = 0
    seconds: float = 0.0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether everything holds."""
        return not self.faults

    @property
    def rate(self) -> int:
        """Entries a second."""
        return round(self.entries / self.seconds) if self.seconds else 0

    def add(self, what: str, **where: Any) -> None:
        """Note a fault; past a thousand they say nothing new."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(what, **where))


def verify(kept: Kept | None = None) -> Report:
    """Check all chains, heads, payloads and checkpoints, and a checkpoint somebody kept; reads only."""
    started = time.perf_counter()
    report = Report()
    before = _heads()
    wanted = _wanted(report)
    if kept is not None:
        _compare_kept(report, kept)
        for chain, (seq, head) in kept.heads.items():
            wanted.setdefault((chain, seq), []).append((head, kept.statement.pk))
    ends = _walk(report, before, wanted)
    _compare_heads(report, before, _heads(), ends)
    for (chain, seq), claims in sorted(wanted.items()):
        for _head, checkpoint_id in claims:
            report.add(
                "có trong điểm kiểm tra nhưng không còn trong nhật ký",
                chain=chain,
                seq=seq,
                checkpoint_id=checkpoint_id,
            )
    report.chains = len(ends)
    report.seconds = time.perf_counter() - started
    return report


def _heads() -> Heads:
    with connection.cursor() as cursor:
        cursor.execute("select chain, seq, hash from audit_head")
        return {chain: (seq, bytes(head)) for chain, seq, head in cursor.fetchall()}


def _rows() -> Iterator[tuple[Any, ...]]:
    """All entries in order of id, streamed; numbers, times and hashes come in binary."""
    connection.ensure_connection()
    with transaction.atomic(), connection.connection.cursor("audit_verify") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(ROWS, binary=True)
        yield from cursor


@dataclass
class _Ends:
    """Where each chain was left: number, computed and stored hash."""

    at: dict[int, tuple[int, bytes, bytes]] = field(default_factory=dict)
    erased: dict[int, tuple[int, int, datetime]] = field(default_factory=dict)  # entry -> chain, seq, when
    erasures: dict[int, str] = field(default_factory=dict)  # entry -> when, as the erasing entries say


def _walk(
    report: Report, heads: Heads, wanted: dict[tuple[int, int], list[tuple[bytes, int]]]
) -> dict[int, tuple[int, bytes, bytes]]:
    ends = _Ends()
    at, sha256, start = ends.at, hashlib.sha256, (0, START, START)
    for (
        entry_id, chain, seq, when, action, actor_id, capacity, target, touched, reason, ip, device, payload_hash,
        previous, stored, payload_id, salt, body, erased_at,
    ) in _rows():  # fmt: skip
        report.entries += 1
        last_seq, computed_before, stored_before = at.get(chain, start)
        if seq != last_seq + 1:
            what = (
                f"thiếu mục số {last_seq + 1}" if seq > last_seq else f"sai thứ tự, trước đó là số {last_seq}"
            )
            report.add(what, chain=chain, seq=seq, entry_id=entry_id)
        elif previous != computed_before and previous != stored_before:
            report.add("không nối với mục trước", chain=chain, seq=seq, entry_id=entry_id)
        fields = [
            chain,
            seq,
            when,
            action,
            actor_id,
            capacity,
            target,
            touched,
            reason,
            ip,
            device,
            payload_hash.hex(),
        ]
        computed = digest_fields(previous, fields)
        if computed != stored:
            report.add("nội dung không khớp mã băm", chain=chain, seq=seq, entry_id=entry_id)
        if payload_id is None:
            report.add("mất phần chi tiết", chain=chain, seq=seq, entry_id=entry_id)
        elif erased_at is None:
            if sha256(salt + body.encode()).digest() != payload_hash:
                report.add("chi tiết không khớp mã băm", chain=chain, seq=seq, entry_id=entry_id)
        else:
            report.erased += 1
            ends.erased[entry_id] = (chain, seq, erased_at)
            if body or salt:
                report.add("chi tiết ghi là đã xóa mà vẫn còn", chain=chain, seq=seq, entry_id=entry_id)
        if action == ERASE and body:
            _read_erasure(ends, body)
        claims = wanted.pop((chain, seq), None)
        if claims is not None:
            for head, checkpoint_id in claims:
                if head != stored:
                    report.add(
                        "không khớp điểm kiểm tra đã ký", chain=chain, seq=seq, entry_id=entry_id,
                        checkpoint_id=checkpoint_id,
                    )  # fmt: skip
        head_now = heads.get(chain)
        if head_now is not None and head_now[0] == seq and head_now[1] != stored:
            report.add("không khớp đầu chuỗi", chain=chain, seq=seq, entry_id=entry_id)
        at[chain] = (seq, computed, stored)
    _compare_erasures(report, ends)
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS)
        for (entry_id,) in cursor.fetchall():
            report.add("chi tiết không thuộc mục nào", entry_id=entry_id)
    return at


def _read_erasure(ends: _Ends, body: str) -> None:
    try:
        details = orjson.loads(body)["details"]
        ends.erasures.update({int(entry_id): details["erased_at"] for entry_id in details["erased"]})
    except (KeyError, TypeError, ValueError):
        return  # the payload's own hash has been reported already


def _compare_erasures(report: Report, ends: _Ends) -> None:
    for entry_id, (chain, seq, erased_at) in ends.erased.items():
        said = ends.erasures.get(entry_id)
        if said is None:
            report.add("chi tiết bị xóa mà không có mục xóa nào", chain=chain, seq=seq, entry_id=entry_id)
        elif said != stamp(erased_at):
            report.add("lúc xóa không khớp mục xóa", chain=chain, seq=seq, entry_id=entry_id)


def stamp(moment: datetime) -> str:
    """A moment as erasing entries write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _compare_heads(
    report: Report, before: Heads, after: Heads, ends: dict[int, tuple[int, bytes, bytes]]
) -> None:
    for chain, (seq, _computed, _stored) in ends.items():
        if chain not in after:
            report.add("chuỗi không có đầu", chain=chain, seq=seq)
        elif after[chain][0] < seq:
            report.add(f"đầu chuỗi ghi số {after[chain][0]}, nhật ký có số {seq}", chain=chain, seq=seq)
    for chain, (seq, _head) in before.items():
        last = ends.get(chain, (0, START, START))[0]
        if last < seq:
            report.add(f"cụt: đầu chuỗi ghi số {seq}, nhật ký chỉ đến số {last}", chain=chain, seq=last + 1)


def _wanted(report: Report) -> dict[tuple[int, int], list[tuple[bytes, int]]]:
    """What the stored checkpoints claim, after checking that each was signed and follows from those before."""
    wanted: dict[tuple[int, int], list[tuple[bytes, int]]] = {}
    state: Heads = {}
    for row in Checkpoint.objects.order_by("pk").iterator(AT_ONCE):
        report.checkpoints += 1
        public = public_key(row.key_id)
        if public is None or not holds(public, bytes(row.signature), statement_of(row)):
            report.add("chữ ký không đúng", checkpoint_id=row.pk)
        try:
            moved = [(chain, seq, bytes.fromhex(head)) for chain, seq, head in orjson.loads(row.heads)]
        except (TypeError, ValueError):
            report.add("danh sách hỏng", checkpoint_id=row.pk)
            continue
        for chain, seq, head in moved:
            state[chain] = (seq, head)
            wanted.setdefault((chain, seq), []).append((head, row.pk))
        if root_of(state) != bytes(row.root):
            report.add("danh sách không khớp gốc đã ký", checkpoint_id=row.pk)
    return wanted


def _compare_kept(report: Report, kept: Kept) -> None:
    row = Checkpoint.objects.filter(pk=kept.statement.pk).first()
    if row is None:
        report.add("điểm kiểm tra trong tệp không còn ở đây", checkpoint_id=kept.statement.pk)
    elif statement_of(row) != kept.statement:
        report.add("điểm kiểm tra ở đây khác trong tệp", checkpoint_id=kept.statement.pk)
