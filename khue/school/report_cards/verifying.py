"""Walks every school's register and says exactly which line, card or file does not hold (reliability K1, K2).

One pass in order of school and number, streamed. Chains and cards are checked whole every time; files, which are a
hundred times as many bytes, either all or the nightly share: a seventh by day of the week, and those of the last days.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import orjson
from django.db import connection, transaction

from khue.kernel.audit import ledgers
from khue.kernel.audit.ledgers import Claims, Kept, places_of
from khue.school.report_cards import datafile, keeping, register
from khue.school.report_cards.checkpoints import REGISTER
from khue.school.report_cards.rules import State

AT_ONCE: Final = 2_000
NIGHTS: Final = 7
FRESH: Final = timedelta(days=2)
NEVER: Final = datetime.max.replace(tzinfo=UTC)
_ROWS: Final = """
select e.id, e.school_id, e.seq, e.kind, e.at, e.data_sha256, e.data_size, e.paper_sha256, e.paper_size, e.previous,
       e.hash, c.id, c.reference, c.code, c.edition, c.replaces_id, c.fingerprint, c.enrolment_id, c.year_id,
       c.classroom_id, c.level, c.grade, c.steps, c.is_test, c.content::text, c.state, c.issued_at, c.person_id,
       n.person_id
from report_cards_entry e left join report_cards_card c on c.id = e.card_id
left join roster_enrolment n on n.id = c.enrolment_id order by e.school_id, e.seq
"""
_STRAYS: Final = """
select c.id, c.school_id, 'đã cấp nhưng không có trong sổ' from report_cards_card c
where c.issued_at is not null
  and not exists (select from report_cards_entry e where e.card_id = c.id and e.kind = 'issued')
union all
select c.id, c.school_id, 'trạng thái không khớp sổ' from report_cards_card c
left join lateral (select bool_or(kind = 'revoked') as revoked, bool_or(kind = 'superseded') as superseded,
                          bool_or(kind = 'issued') as issued
                   from report_cards_entry e where e.card_id = c.id) e on true
where (c.state = 'revoked') is distinct from coalesce(e.revoked, false)
   or (c.state = 'superseded') is distinct from (coalesce(e.superseded, false) and not coalesce(e.revoked, false))
   or (c.state in ('sealed', 'submitted', 'accepted', 'returned')) is distinct from
      (coalesce(e.issued, false) and not coalesce(e.revoked, false) and not coalesce(e.superseded, false))
   or not c.state = any(%s)
order by 1
"""


@dataclass(frozen=True)
class Fault:
    """One thing that does not hold, and where."""

    what: str
    school: int | None = None
    seq: int | None = None
    entry: int | None = None
    card: int | None = None
    checkpoint: int | None = None

    def __str__(self) -> str:
        return places_of(
            self.what,
            (
                ("trường", self.school), ("số", self.seq), ("dòng", self.entry), ("học bạ", self.card),
                ("điểm kiểm tra", self.checkpoint),
            ),
        )  # fmt: skip


@dataclass
class Report(ledgers.Report[Fault]):
    """What a verification of the registers saw; a chain is a school's."""

    fault = Fault
    files: int = 0

    @property
    def schools(self) -> int:
        """How many schools' registers were walked."""
        return self.chains


@dataclass(frozen=True)
class Share:
    """Whose files are read: of every `of`-th line the `night`-th, and of those entered since a moment."""

    night: int = 0
    of: int = 1
    since: datetime = NEVER

    def has(self, entry_id: int, at: datetime) -> bool:
        """Whether a line's files are in it."""
        return entry_id % self.of == self.night or at >= self.since


EVERYTHING: Final = Share()


def tonight(now: datetime) -> Share:
    """A seventh of the files, another each night of the week, and the newest."""
    return Share(date.toordinal(now.date()) % NIGHTS, NIGHTS, now - FRESH)


def verify(kept: Kept | None = None, share: Share = EVERYTHING) -> Report:
    """Check registers, cards, files and checkpoints, and a checkpoint somebody kept; reads only."""
    started = time.perf_counter()
    report = Report()
    wanted = REGISTER.claims(report, kept, "school", "checkpoint")
    _walk(report, wanted, share)
    for (school, seq), claims in sorted(wanted.items()):
        for _head, pk in claims:
            report.add(
                "có trong điểm kiểm tra nhưng không còn trong sổ", school=school, seq=seq, checkpoint=pk
            )
    with connection.cursor() as cursor:
        cursor.execute(_STRAYS, [[state.value for state in State]])
        for card, school, what in cursor.fetchall():
            report.add(what, school=school, card=card)
    report.seconds = time.perf_counter() - started
    return report


def _rows() -> Iterator[tuple[Any, ...]]:
    connection.ensure_connection()
    with transaction.atomic(), connection.connection.cursor("register_verify") as cursor:
        cursor.itersize = AT_ONCE
        cursor.execute(_ROWS, binary=True)
        yield from cursor


def _walk(report: Report, wanted: Claims, share: Share) -> None:
    at: tuple[int, int, bytes, bytes] = (
        0,
        0,
        register.START,
        register.START,
    )  # school, number, computed, stored
    for row in _rows():
        entry, school, seq, kind, when, data_sha256, data_size, paper_sha256, paper_size, previous, stored = (
            row[:11]
        )
        report.entries += 1
        if school != at[0]:
            at = (school, 0, register.START, register.START)
            report.chains += 1
        where = {"school": school, "seq": seq, "entry": entry, "card": row[11]}
        if seq != at[1] + 1:
            report.add(f"thiếu dòng số {at[1] + 1}", **where)
        elif previous != at[2] and previous != at[3]:
            report.add("không nối với dòng trước", **where)
        files = register.Files(data_sha256, data_size, paper_sha256, paper_size)
        computed = register.digest(previous, register.fields_of(school, seq, kind, when, row[11:24], files))
        if computed != stored:
            report.add("dòng sổ hoặc học bạ không khớp mã băm", **where)
        for head, pk in wanted.pop((school, seq), ()):
            if head != stored:
                report.add("không khớp điểm kiểm tra đã ký", **where, checkpoint=pk)
        if kind == "issued":
            for what in _card_faults(row):
                report.add(what, **where)
            if share.has(entry, when):
                for what in _file_faults(files):
                    report.add(what, **where)
                report.files += 2
        at = (school, seq, computed, stored)


def _card_faults(row: tuple[Any, ...]) -> Iterator[str]:
    """What is wrong with an issued card by itself."""
    when, reference, fingerprint, content = row[4], row[12], row[16], row[24]
    _state, issued_at, person, enrolled = row[25:29]
    if row[11] is None:
        yield "học bạ không còn"
        return
    if issued_at != when:
        yield "ngày cấp không khớp sổ"
    if person != enrolled:
        yield "học bạ không đứng tên người học của lần nhập học này"
    if not says(orjson.loads(content), reference, fingerprint):
        yield "nội dung học bạ không khớp dấu vân tay"


def says(content: dict[str, Any], reference: str, fingerprint: str) -> bool:
    """Whether the content in the table is the one with this fingerprint, to the last letter."""
    try:
        card = datafile.card_of(content)
        return datafile.fingerprint(card, reference) == fingerprint and datafile.content_of(card) == content
    except (ValueError, TypeError):
        return False


def _file_faults(files: register.Files) -> Iterator[str]:
    for label, sha256, size in (
        ("tệp dữ liệu", files.data_sha256, files.data_size),
        ("bản in", files.paper_sha256, files.paper_size),
    ):
        data = keeping.content(sha256)
        if data is None:
            yield f"mất {label}"
        elif hashlib.sha256(data).hexdigest() != sha256:
            yield f"{label} đã bị sửa"
        elif len(data) != size:
            yield f"cỡ của {label} không khớp sổ"
