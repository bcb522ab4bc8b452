"""The register of a school's report cards: a hash chain that says what was issued, replaced, revoked, and when.

Each line is bound to the one before it and to everything that its card says and is called, so that a changed byte in
the register, in a card or in a file is found at its row. What may rightly change (state, custody of a merged person,
remarks of the department) is not bound.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from django.db import connection

from khue.kernel.actions import Work
from khue.kernel.statements import fetch
from khue.school.report_cards.models import Card, Entry, EntryKind

START: Final = bytes(32)
LOCK: Final = 7420  # first word of the advisory lock; the second is the school
_HEAD: Final = "select seq, hash from report_cards_entry where school_id = %s order by seq desc limit 1"
FIELDS: Final = (
    "school_id", "seq", "kind", "card_id", "at", "data_sha256", "data_size", "paper_sha256", "paper_size", "previous",
    "hash",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """The two files of an issued card, by hash and size in bytes."""

    data_sha256: str
    data_size: int
    paper_sha256: str
    paper_size: int


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be entered about a card."""

    card: Card
    kind: EntryKind
    files: Files


def said_of(card: Card) -> list[Any]:
    """What a line says of its card, in the order in which it is hashed."""
    return [
        card.pk, card.reference, card.code, card.edition, card.replaces_id, card.fingerprint, card.enrolment_id,
        card.year_id, card.classroom_id, card.level, card.grade, card.steps, card.is_test,
    ]  # fmt: skip


def digest(previous: bytes, fields: Sequence[Any]) -> bytes:
    """SHA-256 of a line bound to the one before it."""
    return hashlib.sha256(previous + orjson.dumps(list(fields))).digest()


def fields_of(
    school_id: int, seq: int, kind: str, at: datetime, card: Sequence[Any], files: Files
) -> list[Any]:
    """A line as it is hashed; the time as UTC text to the microsecond."""
    when = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return [
        school_id, seq, kind, when, files.data_sha256, files.data_size, files.paper_sha256, files.paper_size, *card,
    ]  # fmt: skip


def enter(work: Work, school_id: int, lines: Sequence[Line], at: datetime) -> list[int]:
    """Append lines to a school's register, in order, in the caller's transaction; gives their numbers.

    One lock, one statement to read the head, one COPY: take it last, for nobody else of the school can issue meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, school_id])
    head = fetch(_HEAD, [school_id])
    seq, previous = (head[0][0], bytes(head[0][1])) if head else (0, START)
    rows = []
    for line in lines:
        seq += 1
        files = line.files
        made = digest(previous, fields_of(school_id, seq, str(line.kind), at, said_of(line.card), files))
        rows.append(
            (
                school_id, seq, str(line.kind), line.card.pk, at, files.data_sha256, files.data_size,
                files.paper_sha256, files.paper_size, previous, made,
            )
        )  # fmt: skip
        previous = made
    work.create_many(Entry, FIELDS, rows)
    return [row[1] for row in rows]


def files_of(card_id: int) -> Files | None:
    """The files with which a card was issued; None when it was not."""
    found = (
        Entry.objects.filter(card_id=card_id, kind=EntryKind.ISSUED)
        .values_list("data_sha256", "data_size", "paper_sha256", "paper_size")
        .first()
    )
    return Files(*found) if found else None
