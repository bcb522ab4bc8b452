"""Walks every chain and says exactly which row does not hold: changed, missing, moved, back-dated, cut off.

One pass in order of id (within a chain the order of numbers), a server-side cursor, memory for the heads only.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection, transaction

from khue.kernel.audit import ledgers
from khue.kernel.audit.chain import START, digest_fields
from khue.kernel.audit.checkpoints import RECORD, heads_now
from khue.kernel.audit.ledgers import Claims, Heads, Kept, places_of, stamp

ERASE = "audit.erase_payload"
AT_ONCE = 5_000

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
        return places_of(
            self.what,
            (
                ("chuỗi", self.chain),
                ("số", self.seq),
                ("mục", self.entry_id),
                ("điểm kiểm tra", self.checkpoint_id),
            ),
        )


@dataclass
class Report(ledgers.Report[Fault]):
    """What a verification of the record saw."""

    fault = Fault
    erased: int = 0


def verify(kept: Kept | None = None) -> Report:
    """Check all chains, heads, payloads and checkpoints, and a checkpoint somebody kept; reads only."""
    started = time.perf_counter()
    report = Report()
    before = heads_now()
    wanted = RECORD.claims(report, kept, "chain", "checkpoint_id")
    ends = _walk(report, before, wanted)
    _compare_heads(report, before, heads_now(), ends)
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


def _walk(report: Report, heads: Heads, wanted: Claims) -> dict[int, tuple[int, bytes, bytes]]:
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
