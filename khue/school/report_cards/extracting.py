"""A school's register as plain lines for others to check: numbers, hashes and opaque references, no personal data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from django.db import connection

from khue.school.report_cards import register

TITLE: Final = "Khue report card register extract 1"
_LINES: Final = """
select e.seq, e.kind, e.at, e.data_sha256, e.data_size, e.paper_sha256, e.paper_size, e.hash, c.id, c.reference, c.code,
       c.edition, c.replaces_id, c.fingerprint, c.enrolment_id, c.year_id, c.classroom_id, c.level, c.grade, c.steps,
       c.is_test
from report_cards_entry e join report_cards_card c on c.id = e.card_id where e.school_id = %s order by e.seq
"""


def lines(school_id: int) -> Iterator[str]:
    """The title, then a line an entry: its hash, and the JSON array that was hashed after the hash before it."""
    yield f"{TITLE} {school_id}\n"
    with connection.cursor() as cursor:
        cursor.execute(_LINES, [school_id])
        for seq, kind, at, *files, made, _card in ((*row[:8], row[8:]) for row in cursor.fetchall()):
            fields: list[Any] = register.fields_of(school_id, seq, kind, at, _card, register.Files(*files))
            yield f"{bytes(made).hex()} {orjson.dumps(fields).decode()}\n"
