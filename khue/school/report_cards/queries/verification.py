"""What the public page reads of a card: one statement by reference, one to find the reference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import orjson

from khue.kernel.statements import TODAY, fetch
from khue.school.report_cards.models import TransferSheet
from khue.school.report_cards.register import Files

_CARD: Final = """
select c.id, c.reference, c.code, c.edition, c.replaces_id, c.fingerprint, c.enrolment_id, c.year_id, c.classroom_id,
       c.level, c.grade, c.steps, c.is_test, c.content::text, c.state, c.issued_at, e.school_id, e.seq, e.kind, e.at,
       e.previous, e.hash, e.data_sha256, e.data_size, e.paper_sha256, e.paper_size,
       (select json_object_agg(o.kind, o.at) from report_cards_entry o where o.card_id = c.id)::text,
       (select max(n.edition) from report_cards_card n where n.enrolment_id = c.enrolment_id
          and n.issued_at is not null)
from report_cards_card c left join report_cards_entry e on e.card_id = c.id and e.kind = 'issued'
where c.reference = %s and c.issued_at is not null
"""
_BY_CODE: Final = "select reference from report_cards_card where code = %s and issued_at is not null"
_BY_LEARNER: Final = """
select c.reference from report_cards_card c join people_person p on p.id = c.person_id
where (p.code = %s or p.ministry_code = %s) and p.birth_date = %s and c.year_id = %s and c.issued_at is not null
order by c.edition desc limit 1
"""
_YEARS: Final = f"select id from calendar_school_year where starts_on <= {TODAY} order by id desc limit 20"  # noqa: S608
_SIGNERS: Final = """
select s.field, c.subject_number, c.unit_id is not null, s.signed_at from signing_signature s
join signing_certificate c on c.id = s.certificate_id
where s.document_kind = %s and s.document_id = %s and s.form = %s
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """An issued card as the tables hold it, with its line of the register (None: there is no such line)."""

    said: list[Any]  # as the register hashes it
    content: dict[str, Any]
    state: str
    issued_at: datetime
    school_id: int
    seq: int
    at: datetime
    previous: bytes
    hash: bytes
    files: Files | None
    moments: dict[str, datetime]  # kind of line -> when
    newest: int  # newest issued edition of the year

    @property
    def pk(self) -> int:
        """The card's key."""
        return int(self.said[0])


def all_kept(reference: str) -> Kept | None:
    """An issued card by the reference in its QR code."""
    rows = fetch(_CARD, [reference])
    if not rows:
        return None
    row = rows[0]
    content, state, issued_at, school, seq, kind, at, previous, made = row[13:22]
    files = Files(*row[22:26]) if kind is not None else None
    moments = orjson.loads(row[26] or "{}")
    return Kept(
        list(row[:13]), orjson.loads(content), state, issued_at, school or 0, seq or 0, at or issued_at,
        bytes(previous or b""), bytes(made or b""), files,
        {word: datetime.fromisoformat(when) for word, when in moments.items()}, row[27],
    )  # fmt: skip


def all_reference_of(code: str) -> str | None:
    """The reference of an issued card by its typed code."""
    rows = fetch(_BY_CODE, [code])
    return rows[0][0] if rows else None


def all_reference_of_learner(code: str, born_on: date, year: int) -> str | None:
    """The reference of a learner's newest issued card of a school year, by code and birth date together."""
    rows = fetch(_BY_LEARNER, [code, code, born_on, year])
    return rows[0][0] if rows else None


def all_years() -> list[int]:
    """School years that have begun, newest first."""
    return [row[0] for row in fetch(_YEARS)]


@dataclass(frozen=True, slots=True)
class Noted:
    """A signature as the register of signatures took it down: the subject's number, whether it is a seal, when."""

    number: str
    is_seal: bool
    at: datetime


def all_noted(document_id: int, form: str, kind: str = "report_cards.card") -> dict[str, Noted]:
    """The signatures of a file by the register of signatures, by field; `form`: 'xml' or 'pdf'."""
    return {field: Noted(*said) for field, *said in fetch(_SIGNERS, [kind, document_id, form])}


def all_issued_sheet(reference: str) -> TransferSheet | None:
    """An issued transfer sheet by the reference in its QR code."""
    return TransferSheet.objects.filter(reference=reference, issued_at__isnull=False).first()
