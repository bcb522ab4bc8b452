"""Signed statements of the heads of all schools' registers, and the text file in which another body keeps one."""

from __future__ import annotations

from typing import Final

from khue.kernel.audit.ledgers import Heads, Ledger
from khue.kernel.statements import fetch
from khue.school.report_cards.models import Checkpoint

TITLE: Final = "Khue report card register checkpoint 1"
_HEADS: Final = """
select u.id, e.seq, e.hash from org_unit u
cross join lateral (select seq, hash from report_cards_entry where school_id = u.id order by seq desc limit 1) e
"""


def heads_now() -> Heads:
    """The newest line of every school's register: school -> (number, hash)."""
    return {school: (seq, bytes(head)) for school, seq, head in fetch(_HEADS)}


REGISTER = Ledger(
    title=TITLE,
    stranger="không phải tệp điểm kiểm tra sổ cấp học bạ",
    lock=(7420, 0),  # no school is 0
    rows=Checkpoint,
    heads=heads_now,
)
make, export, read, newest = REGISTER.make, REGISTER.export, REGISTER.read, REGISTER.newest
