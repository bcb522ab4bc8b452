"""Entries for the tests of the record, and the hand of somebody who can write past its triggers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from khue.kernel.audit import chain


def write(entries: int, chains: tuple[int, ...] = (1, 2, 3)) -> None:
    """Append entries in turn to several chains."""
    for number in range(entries):
        chain.append(
            chain=chains[number % len(chains)],
            action="roster.change_pupil",
            actor_id=None,
            capacity=f"Đỗ Thị Tâm · Văn thư {number}",
            target=f"people.person:{number}",
            touched=[f"people.person:{number}", "roster.enrolment:7"],
            payload={"changes": [[f"people.person:{number}", "changed", {"phone": ["0912", f"09{number}"]}]]},
            reason="Đính chính",
            ip="127.0.0.1",
            device="Firefox",
        )


@contextmanager
def past_the_triggers() -> Iterator[Any]:
    """A cursor that triggers and foreign keys do not see, as a database administrator may have."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        try:
            yield cursor
        finally:
            cursor.execute("set session_replication_role = origin")


def rehash_from(chain_id: int, seq: int) -> None:
    """What a clever insider does after an edit: compute every later hash of the chain anew, head included."""
    with past_the_triggers() as cursor:
        cursor.execute("select hash from audit_entry where chain = %s and seq = %s", [chain_id, seq - 1])
        row = cursor.fetchone()
        previous = bytes(row[0]) if row else chain.START
        cursor.execute(
            "select e.id, e.seq, e.at, e.action, e.actor_id, e.capacity, e.target, e.touched, e.reason, e.ip, "
            "e.device, p.salt, p.body from audit_entry e join audit_payload p on p.entry_id = e.id "
            "where e.chain = %s and e.seq >= %s order by e.seq",
            [chain_id, seq],
        )
        for (
            pk,
            number,
            at,
            action,
            actor_id,
            capacity,
            target,
            touched,
            reason,
            ip,
            device,
            salt,
            body,
        ) in cursor.fetchall():
            payload_hash = chain.digest_payload(bytes(salt), body)
            digest = chain.digest_entry(
                previous, chain_id, number, at, action, actor_id, capacity, target, touched, reason, ip, device,
                payload_hash,
            )  # fmt: skip
            cursor.execute(
                "update audit_entry set payload_hash = %s, previous = %s, hash = %s where id = %s",
                [payload_hash, previous, digest, pk],
            )
            previous, last = digest, number
        cursor.execute(
            "update audit_head set seq = %s, hash = %s where chain = %s", [last, previous, chain_id]
        )
