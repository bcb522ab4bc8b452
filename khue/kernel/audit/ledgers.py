"""Hash chains whose heads are signed together: statements, the file others keep, and what both claim at a check.

The record of actions is one such ledger (a chain a unit), the register of report cards another (a chain a school). Each
says what it is called, which lock guards the making of a checkpoint and where its heads stand; the rest is the same.
A checkpoint in the database holds only the heads that moved since the one before; its root covers all of them. The
exported file holds all heads in full, so that checking against it needs nothing but the file. Titles differ, so that a
statement of the one can never pass for one of the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Final, Generic, TypeVar

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction
from django.utils import timezone

from khue.kernel.audit.keys import key_id_of, public_key, signing_key

Heads = dict[int, tuple[int, bytes]]
Claims = dict[tuple[int, int], list[tuple[bytes, int]]]  # (chain, number) -> (hash, checkpoint) that say so
MOST_FAULTS: Final = 1_000
F = TypeVar("F")
Row = TypeVar("Row", bound=Any)
_MOMENT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class StatementError(ValueError):
    """A kept file is not a checkpoint, or its signature does not hold."""


def stamp(moment: datetime) -> str:
    """A moment as statements and erasing entries write it."""
    return moment.astimezone(UTC).strftime(_MOMENT)


@dataclass(frozen=True)
class Statement:
    """What a checkpoint says, as it is signed."""

    title: str
    pk: int
    at: datetime
    entries: int
    root: bytes
    moved: bytes  # SHA-256 of the list of moved heads as stored
    key_id: str

    def text(self) -> bytes:
        """The signed bytes."""
        lines = (
            self.title, self.pk, stamp(self.at), self.entries, self.root.hex(), self.moved.hex(), self.key_id
        )  # fmt: skip
        return "\n".join(str(line) for line in lines).encode()


@dataclass(frozen=True)
class Kept:
    """A checkpoint as somebody outside kept it."""

    statement: Statement
    heads: Heads


@dataclass
class Report(Generic[F]):
    """What a verification saw; a child says which `fault` it makes from words and places."""

    fault: ClassVar[Callable[..., Any]]
    entries: int = 0
    chains: int = 0
    checkpoints: int = 0
    seconds: float = 0.0
    faults: list[F] = field(default_factory=list)

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
            self.faults.append(self.fault(what, **where))


def places_of(what: str, places: Iterable[tuple[str, int | None]]) -> str:
    """A fault in words: where, then what."""
    where = ", ".join(f"{label} {value}" for label, value in places if value is not None)
    return f"{where}: {what}"


def root_of(heads: Mapping[int, tuple[int, bytes]]) -> bytes:
    """SHA-256 over all heads, in order of chain."""
    digest = hashlib.sha256()
    for chain in sorted(heads):
        seq, head = heads[chain]
        digest.update(f"{chain} {seq} {head.hex()}\n".encode())
    return digest.digest()


def holds(public: bytes, signature: bytes, statement: Statement) -> bool:
    """Whether a signature is this key's over this statement."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, statement.text())
    except (InvalidSignature, ValueError):
        return False
    return True


def heads_of(deltas: Iterable[str]) -> Heads:
    """The state after all these lists of moved heads."""
    state: Heads = {}
    for text in deltas:
        state.update((chain, (seq, head)) for chain, seq, head in _moved(text))
    return state


def _moved(text: str) -> list[tuple[int, int, bytes]]:
    return [(chain, seq, bytes.fromhex(head)) for chain, seq, head in orjson.loads(text)]


@dataclass(frozen=True)
class Ledger(Generic[Row]):
    """One set of chains: `rows` is its table of checkpoints, `heads` reads where each chain stands now."""

    title: str
    stranger: str  # said of a kept file with another title
    lock: tuple[int, int]  # advisory: one checkpoint at a time
    rows: type[Row]
    heads: Callable[[], Heads]

    def make(self) -> Row | None:
        """Sign all heads as they are; None when nothing has happened since the last checkpoint."""
        key = signing_key()
        key_id = key_id_of(key.public_key().public_bytes_raw())
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_xact_lock(%s, %s)", self.lock)
            known = heads_of(self.rows.objects.order_by("pk").values_list("heads", flat=True))
            now = self.heads()
            moved = [
                [chain, head[0], head[1].hex()]
                for chain, head in sorted(now.items())
                if known.get(chain) != head
            ]
            if not moved:
                return None
            heads = orjson.dumps(moved).decode()
            with connection.cursor() as cursor:
                cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [self.rows._meta.db_table])
                pk = cursor.fetchone()[0]
            statement = Statement(
                self.title, pk, timezone.now(), sum(seq for seq, _head in now.values()), root_of(known | now),
                hashlib.sha256(heads.encode()).digest(), key_id,
            )  # fmt: skip
            row: Row = self.rows(
                pk=pk, at=statement.at, entries=statement.entries, root=statement.root, heads=heads,
                key_id=key_id, signature=key.sign(statement.text()),
            )  # fmt: skip
            row.save(force_insert=True)
        return row

    def newest(self) -> Row | None:
        """The last checkpoint."""
        found: Row | None = self.rows.objects.order_by("-pk").first()
        return found

    def statement_of(self, row: Row) -> Statement:
        """What a stored checkpoint must have signed."""
        moved = hashlib.sha256(row.heads.encode()).digest()
        return Statement(self.title, row.pk, row.at, row.entries, bytes(row.root), moved, row.key_id)

    def export(self, row: Row) -> str:
        """The text others keep: statement, public key, signature, then a line a chain (about 80 bytes); no names."""
        earlier = self.rows.objects.filter(pk__lte=row.pk).order_by("pk")
        state = heads_of(earlier.values_list("heads", flat=True))
        public = public_key(row.key_id)
        lines = [
            self.statement_of(row).text().decode(),
            public.hex() if public else "",
            bytes(row.signature).hex(),
            *(f"{chain} {seq} {head.hex()}" for chain, (seq, head) in sorted(state.items())),
        ]
        return "\n".join(lines) + "\n"

    def read(self, text: str) -> Kept:
        """Read a kept file and check that it agrees with itself; raises StatementError."""
        lines = text.split("\n")
        if lines[0] != self.title:
            raise StatementError(self.stranger)
        try:
            at = datetime.strptime(lines[2], _MOMENT).replace(tzinfo=UTC)
            root, moved = bytes.fromhex(lines[4]), bytes.fromhex(lines[5])
            statement = Statement(self.title, int(lines[1]), at, int(lines[3]), root, moved, lines[6])
            public, signature = bytes.fromhex(lines[7]), bytes.fromhex(lines[8])
            heads: Heads = {}
            for line in filter(None, lines[9:]):
                chain, seq, head = line.split(" ")
                heads[int(chain)] = (int(seq), bytes.fromhex(head))
        except (IndexError, ValueError) as problem:
            raise StatementError(f"tệp hỏng: {problem}") from problem
        if key_id_of(public) != statement.key_id or not holds(public, signature, statement):
            raise StatementError("chữ ký của tệp không đúng")
        if root_of(heads) != statement.root:
            raise StatementError("danh sách trong tệp không khớp chữ ký")
        return Kept(statement, heads)

    def claims(self, report: Report[Any], kept: Kept | None, chain_is: str, checkpoint_is: str) -> Claims:
        """What checkpoints claim, stored and kept, after checking that each was signed and follows those before.

        Faults are added to the report under the names that its places go by (`chain_is`, `checkpoint_is`).
        """
        wanted: Claims = {}
        state: Heads = {}
        for row in self.rows.objects.order_by("pk").iterator(5_000):
            report.checkpoints += 1
            here = {checkpoint_is: row.pk}
            public = public_key(row.key_id)
            if public is None:
                report.add("chữ ký không đúng: không có khóa công khai để kiểm tra", **here)
            elif not holds(public, bytes(row.signature), self.statement_of(row)):
                report.add("chữ ký không đúng", **here)
            try:
                moved = _moved(row.heads)
            except (TypeError, ValueError):
                report.add("danh sách hỏng", **here)
                continue
            for chain, seq, head in moved:
                if chain in state and seq < state[chain][0]:
                    report.add("ngắn lại so với điểm kiểm tra trước", **{chain_is: chain}, seq=seq, **here)
                state[chain] = (seq, head)
                wanted.setdefault((chain, seq), []).append((head, row.pk))
            if root_of(state) != bytes(row.root):
                report.add("danh sách không khớp gốc đã ký", **here)
        if kept is not None:
            self._compare(report, kept, checkpoint_is)
            for chain, (seq, head) in kept.heads.items():
                wanted.setdefault((chain, seq), []).append((head, kept.statement.pk))
        return wanted

    def _compare(self, report: Report[Any], kept: Kept, checkpoint_is: str) -> None:
        row = self.rows.objects.filter(pk=kept.statement.pk).first()
        here = {checkpoint_is: kept.statement.pk}
        if row is None:
            report.add("điểm kiểm tra trong tệp không còn ở đây", **here)
        elif self.statement_of(row) != kept.statement:
            report.add("điểm kiểm tra ở đây khác trong tệp", **here)
