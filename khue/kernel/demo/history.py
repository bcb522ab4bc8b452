"""Entries of the audit record as they would have been left at a past moment, for the few rows a demo has a story of.

Only a demo that is being loaded may do this: `chain.append` knows no moment but now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from khue.kernel.audit import chain as audit_chain


def remember(
    *, at: datetime, chain: int, action: str, actor_id: int, capacity: str, target: str, touched: Sequence[str],
    payload: Any, reason: str = "",
) -> None:  # fmt: skip
    """Append one entry of a past moment to a unit's chain; the same entry always has the same salt."""
    body = orjson.dumps(payload, default=audit_chain.plain).decode()
    salt = hashlib.sha256(f"{at.isoformat()}/{target}/{action}".encode()).digest()[:16]
    payload_hash = audit_chain.digest_payload(salt, body)
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_head as h (chain, seq, hash) values (%s, 1, %s) "
            "on conflict (chain) do update set seq = h.seq + 1 returning seq, hash",
            [chain, audit_chain.START],
        )
        seq, before = cursor.fetchone()
        previous = bytes(before)
        digest = audit_chain.digest_entry(
            previous,
            chain,
            seq,
            at,
            action,
            actor_id,
            capacity,
            target,
            touched,
            reason,
            "",
            "",
            payload_hash,
        )
        cursor.execute(
            "insert into audit_entry (chain, seq, at, action, actor_id, capacity, target, touched, reason, ip, device, "
            "payload_hash, previous, hash) values (%s, %s, %s, %s, %s, %s, %s, %s::varchar[], %s, '', '', %s, %s, %s) "
            "returning id",
            [
                chain, seq, at, action, actor_id, capacity, target, list(touched), reason, payload_hash, previous,
                digest,
            ],
        )  # fmt: skip
        (entry,) = cursor.fetchone()
        cursor.execute(
            "insert into audit_payload (entry_id, salt, body) values (%s, %s, %s)", [entry, salt, body]
        )
        cursor.execute("update audit_head set hash = %s where chain = %s", [digest, chain])
