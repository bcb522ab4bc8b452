"""Signed statements of all heads at one time, and the text file in which others keep one.

A checkpoint in the database holds only the heads that moved since the one before; its root covers all of them. The
exported file holds all heads in full, so that `khue audit verify --against FILE` needs nothing but the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from khue.kernel.audit.models import Checkpoint, Head

TITLE = "Khue audit checkpoint 1"
Heads = dict[int, tuple[int, bytes]]


class StatementError(ValueError):
    """A kept file is not a checkpoint, or its signature does not hold."""


@dataclass(frozen=True)
class Statement:
    """What a checkpoint says, as it is signed."""

    pk: int
    at: datetime
    entries: int
    root: bytes
    moved: bytes  # SHA-256 of the list of moved heads as stored
    key_id: str

    def text(self) -> bytes:
        """The signed bytes."""
        when = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        lines = (TITLE, self.pk, when, self.entries, self.root.hex(), self.moved.hex(), self.key_id)
        return "\n".join(str(line) for line in lines).encode()


def root_of(heads: Mapping[int, tuple[int, bytes]]) -> bytes:
    """SHA-256 over all heads, in order of chain."""
    digest = hashlib.sha256()
    for chain in sorted(heads):
        seq, head = heads[chain]
        digest.update(f"{chain} {seq} {head.hex()}\n".encode())
    return digest.digest()


# --- keys -----------------------------------------------------------------------------------
def _folder() -> Path:
    folder = Path(settings.VAR) / "keys"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def key_id_of(public: bytes) -> str:
    """Sixteen hex digits that name a public key."""
    return hashlib.sha256(public).hexdigest()[:16]


def signing_key() -> Ed25519PrivateKey:
    """The installation's key, made at first use and readable by its owner only; its public half lies beside it."""
    place = _folder() / "audit_signing"
    if not place.exists():
        made = Ed25519PrivateKey.generate()
        fresh = place.with_suffix(f".{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(made.private_bytes_raw().hex())
        try:
            os.link(fresh, place)  # whoever comes second uses the first one's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(place.read_text().strip()))
    public = key.public_key().public_bytes_raw()
    beside = _folder() / f"audit_{key_id_of(public)}.pub"
    if not beside.exists():
        beside.write_text(public.hex())
    return key


def public_key(key_id: str) -> bytes | None:
    """A public key of this installation, past or present."""
    place = _folder() / f"audit_{key_id}.pub"
    if not key_id.isalnum() or not place.exists():
        return None
    public = bytes.fromhex(place.read_text().strip())
    return public if key_id_of(public) == key_id else None


def holds(public: bytes, signature: bytes, statement: Statement) -> bool:
    """Whether a signature is this key's over this statement."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, statement.text())
    except (InvalidSignature, ValueError):
        return False
    return True


# --- making -----------------------------------------------------------------------------------
def make() -> Checkpoint | None:
    """Sign all heads as they are; None when nothing has happened since the last checkpoint."""
    key = signing_key()
    key_id = key_id_of(key.public_key().public_bytes_raw())
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(7411, 5)")  # one checkpoint at a time
            cursor.execute("select nextval(pg_get_serial_sequence('audit_checkpoint', 'id'))")
            pk = cursor.fetchone()[0]
        known = heads_of(Checkpoint.objects.order_by("pk").values_list("heads", flat=True))
        now = {
            chain: (seq, bytes(head)) for chain, seq, head in Head.objects.values_list("chain", "seq", "hash")
        }
        moved = [
            [chain, seq, head.hex()]
            for chain, (seq, head) in sorted(now.items())
            if known.get(chain) != (seq, head)
        ]
        if not moved:
            return None
        heads = orjson.dumps(moved).decode()
        statement = Statement(
            pk, timezone.now(), sum(seq for seq, _head in now.values()), root_of(known | now),
            hashlib.sha256(heads.encode()).digest(), key_id,
        )  # fmt: skip
        row = Checkpoint(
            pk=pk, at=statement.at, entries=statement.entries, root=statement.root, heads=heads, key_id=key_id,
            signature=key.sign(statement.text()),
        )  # fmt: skip
        row.save(force_insert=True)
    return row


def heads_of(deltas: Iterable[str]) -> Heads:
    """The state after all these lists of moved heads."""
    state: Heads = {}
    for text in deltas:
        for chain, seq, head in orjson.loads(text):
            state[chain] = (seq, bytes.fromhex(head))
    return state


def statement_of(row: Checkpoint) -> Statement:
    """What a stored checkpoint must have signed."""
    moved = hashlib.sha256(row.heads.encode()).digest()
    return Statement(row.pk, row.at, row.entries, bytes(row.root), moved, row.key_id)


# --- the file others keep -----------------------------------------------------------------------
@dataclass(frozen=True)
class Kept:
    """A checkpoint as somebody outside kept it."""

    statement: Statement
    heads: Heads


def export(row: Checkpoint) -> str:
    """The text others can keep; about 80 bytes a unit."""
    state = heads_of(Checkpoint.objects.filter(pk__lte=row.pk).order_by("pk").values_list("heads", flat=True))
    public = public_key(row.key_id)
    lines = [
        statement_of(row).text().decode(),
        public.hex() if public else "",
        bytes(row.signature).hex(),
        *(f"{chain} {seq} {head.hex()}" for chain, (seq, head) in sorted(state.items())),
    ]
    return "\n".join(lines) + "\n"


def read(text: str) -> Kept:
    """Read a kept file and check that it agrees with itself; raises StatementError."""
    lines = text.split("\n")
    try:
        if lines[0] != TITLE:
            raise StatementError("không phải tệp điểm kiểm tra của Khuê")
        at = datetime.strptime(lines[2], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        statement = Statement(
            int(lines[1]), at, int(lines[3]), bytes.fromhex(lines[4]), bytes.fromhex(lines[5]), lines[6]
        )
        public, signature = bytes.fromhex(lines[7]), bytes.fromhex(lines[8])
        heads: Heads = {}
        for line in lines[9:]:
            if line:
                chain, seq, head = line.split(" ")
                heads[int(chain)] = (int(seq), bytes.fromhex(head))
    except (IndexError, ValueError) as problem:
        raise StatementError(f"tệp hỏng: {problem}") from problem
    if key_id_of(public) != statement.key_id or not holds(public, signature, statement):
        raise StatementError("chữ ký của tệp không đúng")
    if root_of(heads) != statement.root:
        raise StatementError("danh sách trong tệp không khớp chữ ký")
    return Kept(statement, heads)
