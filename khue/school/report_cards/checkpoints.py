"""Signed statements of the heads of all schools' registers, and the text file in which another body keeps one.

Same key, same shape and same reading as the checkpoints of the audit record; only the title differs, so that a
statement of the one can never pass for one of the other.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson
from django.db import connection, transaction
from django.utils import timezone

from khue.kernel.audit import checkpoints as audit
from khue.kernel.audit.checkpoints import (
    Heads,
    StatementError,
    heads_of,
    holds,
    key_id_of,
    public_key,
    root_of,
)
from khue.kernel.statements import fetch
from khue.school.report_cards.models import Checkpoint

TITLE: Final = "Khue report card register checkpoint 1"
_HEADS: Final = """
select u.id, e.seq, e.hash from org_unit u
cross join lateral (select seq, hash from report_cards_entry where school_id = u.id order by seq desc limit 1) e
"""
_NEXT: Final = "select nextval(pg_get_serial_sequence('report_cards_checkpoint', 'id'))"


class Statement(audit.Statement):
    """What a checkpoint says, as it is signed."""

    def text(self) -> bytes:
        """The signed bytes."""
        when = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lines = (TITLE, self.pk, when, self.entries, self.root.hex(), self.moved.hex(), self.key_id)
        return "\n".join(str(line) for line in lines).encode()


@dataclass(frozen=True)
class Kept:
    """A checkpoint as somebody outside kept it."""

    statement: Statement
    heads: Heads


def heads_now() -> Heads:
    """The newest line of every school's register: school -> (number, hash)."""
    return {school: (seq, bytes(head)) for school, seq, head in fetch(_HEADS)}


def make() -> Checkpoint | None:
    """Sign the heads as they are; None when nothing was entered since the last checkpoint."""
    key = audit.signing_key()
    key_id = key_id_of(key.public_key().public_bytes_raw())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select pg_advisory_xact_lock(7420, 0)"
            )  # one checkpoint at a time; no school is 0
        known = heads_of(Checkpoint.objects.order_by("pk").values_list("heads", flat=True))
        now = heads_now()
        moved = [[one, *_plain(head)] for one, head in sorted(now.items()) if known.get(one) != head]
        if not moved:
            return None
        heads = orjson.dumps(moved).decode()
        statement = Statement(
            fetch(_NEXT)[0][0], timezone.now(), sum(seq for seq, _head in now.values()), root_of(known | now),
            hashlib.sha256(heads.encode()).digest(), key_id,
        )  # fmt: skip
        row = Checkpoint(
            pk=statement.pk, at=statement.at, entries=statement.entries, root=statement.root, heads=heads,
            key_id=key_id, signature=key.sign(statement.text()),
        )  # fmt: skip
        row.save(force_insert=True)
    return row


def _plain(head: tuple[int, bytes]) -> tuple[int, str]:
    return head[0], head[1].hex()


def statement_of(row: Checkpoint) -> Statement:
    """What a stored checkpoint must have signed."""
    moved = hashlib.sha256(row.heads.encode()).digest()
    return Statement(row.pk, row.at, row.entries, bytes(row.root), moved, row.key_id)


def newest() -> Checkpoint | None:
    """The last checkpoint."""
    return Checkpoint.objects.order_by("-pk").first()


def export(row: Checkpoint) -> str:
    """The text others keep: the statement, the public key, the signature, then a line a school. No personal data."""
    state = heads_of(Checkpoint.objects.filter(pk__lte=row.pk).order_by("pk").values_list("heads", flat=True))
    public = public_key(row.key_id)
    lines = [
        statement_of(row).text().decode(),
        public.hex() if public else "",
        bytes(row.signature).hex(),
        *(f"{school} {seq} {head.hex()}" for school, (seq, head) in sorted(state.items())),
    ]
    return "\n".join(lines) + "\n"


def read(text: str) -> Kept:
    """Read a kept file and check that it agrees with itself; raises StatementError."""
    lines = text.split("\n")
    try:
        if lines[0] != TITLE:
            raise StatementError("không phải tệp điểm kiểm tra sổ cấp học bạ")
        at = datetime.strptime(lines[2], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        root, moved = bytes.fromhex(lines[4]), bytes.fromhex(lines[5])
        statement = Statement(int(lines[1]), at, int(lines[3]), root, moved, lines[6])
        public, signature = bytes.fromhex(lines[7]), bytes.fromhex(lines[8])
        heads: Heads = {}
        for line in filter(None, lines[9:]):
            school, seq, head = line.split(" ")
            heads[int(school)] = (int(seq), bytes.fromhex(head))
    except (IndexError, ValueError) as problem:
        raise StatementError(f"tệp hỏng: {problem}") from problem
    if key_id_of(public) != statement.key_id or not holds(public, signature, statement):
        raise StatementError("chữ ký của tệp không đúng")
    if root_of(heads) != statement.root:
        raise StatementError("danh sách trong tệp không khớp chữ ký")
    return Kept(statement, heads)
