"""Append to a chain and compute its hashes. Two statements an entry, whatever its size."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.utils import timezone

from khue.kernel.statements import fetch

START = bytes(32)
_NEXT = """
insert into audit_head as h (chain, seq, hash) values (%s, 1, %s)
on conflict (chain) do update set seq = h.seq + 1 returning seq, hash
"""
_ENTRY = """
with e as (
  insert into audit_entry (chain, seq, at, action, actor_id, capacity, target, touched, reason, ip, device,
    payload_hash, previous, hash)
  values (%s, %s, %s, %s, %s, %s, %s, %s::varchar[], %s, %s, %s, %s, %s, %s) returning id
), p as (insert into audit_payload (entry_id, salt, body) select id, %s, %s from e),
h as (update audit_head set hash = %s where chain = %s)
select id from e
"""


def digest_payload(salt: bytes, body: str) -> bytes:
    """SHA-256 of the salted payload text."""
    return hashlib.sha256(salt + body.encode()).digest()


def digest_entry(
    previous: bytes,
    chain: int,
    seq: int,
    at: datetime,
    action: str,
    actor_id: int | None,
    capacity: str,
    target: str,
    touched: Sequence[str],
    reason: str,
    ip: str,
    device: str,
    payload_hash: bytes,
) -> bytes:
    """SHA-256 of an entry bound to the one before it."""
    when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    fields = [chain, seq, when, action, actor_id, capacity, target, list(touched), reason, ip, device]
    return digest_fields(previous, [*fields, payload_hash.hex()])


def digest_fields(previous: bytes, fields: list[Any]) -> bytes:
    """The same from the fields as they are hashed: the time as UTC text, the payload's hash in hex."""
    return hashlib.sha256(previous + orjson.dumps(fields)).digest()


def plain(value: Any) -> Any:
    """What orjson cannot write by itself: decimals and database oddities as text, sets as lists."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)


def append(
    *,
    chain: int,
    action: str,
    actor_id: int | None,
    capacity: str,
    target: str,
    touched: Sequence[str],
    payload: Any,
    reason: str = "",
    ip: str = "",
    device: str = "",
) -> int:
    """Append one entry to the unit's chain inside the caller's transaction; gives the entry's id."""
    at = timezone.now()
    body = orjson.dumps(payload, default=plain).decode()
    salt = secrets.token_bytes(16)
    payload_hash = digest_payload(salt, body)
    capacity, reason, device = capacity[:200], reason[:300], device[:200]
    seq, previous = fetch(_NEXT, [chain, START])[0]
    previous = bytes(previous)
    digest = digest_entry(
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
        ip,
        device,
        payload_hash,
    )
    rows = fetch(
        _ENTRY,
        [
            chain, seq, at, action, actor_id, capacity, target, list(touched), reason, ip, device,
            payload_hash, previous, digest, salt, body, digest, chain,
        ],
    )  # fmt: skip
    entry_id: int = rows[0][0]
    return entry_id
