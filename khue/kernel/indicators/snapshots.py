"""Figures kept by day: written while the day is open, shut when it is over, checked by whoever wants to.

A row says what an indicator was for a unit from a day on, so `keep` writes only what differs from the row before it; a
row of another school year is never the same, for whoever watches a year reads its own rows.
Closing a day closes every day before it; from then on the triggers of migration 0002 refuse any change, and the day
carries a digest:

    part of an indicator = SHA-256 of its rows "unit year top bottom\\n", by unit, "-" where there is none
    digest of the day    = SHA-256 of the previous closed day's digest in hex, the day, the year, and
                           "indicator rows part\\n" of each indicator, by name

so that a changed row, a missing row and a missing day each show, with the day and the indicator named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators.models import Snapshot

Parts = tuple[float | None, float | None]
LOCK = 7_700_501  # one writer of figures at a time

_NOW = """
create temporary table indicators_now (indicator text, unit_id bigint, top float8, bottom float8) on commit drop
"""
_COPY = "copy indicators_now (indicator, unit_id, top, bottom) from stdin"
# Every pair that has or ever had a figure, with the row before the day: known indicators by a loose scan of the index,
# so that the cost does not grow with the number of days kept.
_CHANGED = """
create temporary table indicators_changed on commit drop as
with recursive known(indicator) as (
    (select indicator from indicators_figure order by indicator limit 1)
    union all
    select (select f.indicator from indicators_figure f where f.indicator > k.indicator order by f.indicator limit 1)
    from known k where k.indicator is not null
), names as (
    select indicator from known where indicator is not null union select distinct indicator from indicators_now
)
select i.indicator, u.id as unit_id, n.top, n.bottom,
       (was.unit_id is null and n.unit_id is null)
       or (coalesce(was.unit_id, n.unit_id) is not null and was.top is not distinct from n.top
           and was.bottom is not distinct from n.bottom and (was.unit_id is not null or n.top is null)
           and (was.year = %s or n.top is null)) as is_same
from names i cross join org_unit u
left join indicators_now n on n.indicator = i.indicator and n.unit_id = u.id
left join lateral (
    select f.unit_id, f.year, f.top, f.bottom from indicators_figure f
    where f.unit_id = u.id and f.indicator = i.indicator and f.day < %s order by f.day desc limit 1
) was on true
"""
_BACK = """
delete from indicators_figure f using indicators_changed c
where f.day = %s and f.indicator = c.indicator and f.unit_id = c.unit_id and c.is_same
"""
_WRITE = """
insert into indicators_figure (indicator, unit_id, day, year, top, bottom)
select indicator, unit_id, %s, %s, top, bottom from indicators_changed where not is_same
on conflict (indicator, unit_id, day) do update set top = excluded.top, bottom = excluded.bottom, year = excluded.year
where (indicators_figure.top, indicators_figure.bottom, indicators_figure.year)
      is distinct from (excluded.top, excluded.bottom, excluded.year)
"""
_PARTS = """
select indicator, count(*), encode(sha256(convert_to(string_agg(
    unit_id || ' ' || year || ' ' || coalesce(top::text, '-') || ' ' || coalesce(bottom::text, '-') || chr(10), ''
    order by unit_id), 'UTF8')), 'hex')
from indicators_figure where day = %s group by indicator order by indicator collate "C"
"""


def keep(
    day: date,
    year: int,
    figures: Mapping[str, Mapping[int, Parts]],
    *,
    copied_at: datetime | None = None,
) -> int:
    """Write the figures of an open day, all of them, replacing what was written for it before; gives the rows it has.

    `figures` is indicator -> unit -> (top, bottom): complete, for what is missing counts as nothing to count. Raises
    DomainError for a day that is closed or lies before one that is.
    """
    now = timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        _refuse_closed(day)
        cursor.execute("drop table if exists indicators_now, indicators_changed")
        cursor.execute(_NOW)
        with cursor.copy(_COPY) as copy:
            for row in _rows(figures):
                copy.write_row(row)
        cursor.execute("analyze indicators_now")
        cursor.execute(_CHANGED, [year, day])
        cursor.execute(_BACK, [day])
        cursor.execute(_WRITE, [day, year])
        cursor.execute("drop table indicators_now, indicators_changed")
        cursor.execute("select count(*) from indicators_figure where day = %s", [day])
        count = int(cursor.fetchone()[0])
        Snapshot.objects.update_or_create(
            day=day,
            defaults={"computed_at": now, "copied_at": copied_at or now, "year": year, "figures": count},
        )
    return count


def _rows(
    figures: Mapping[str, Mapping[int, Parts]],
) -> Iterator[tuple[str, int, float | None, float | None]]:
    for name, units in figures.items():
        for unit_id, (top, bottom) in units.items():
            yield name, unit_id, _rounded(top), _rounded(bottom)


def _rounded(value: float | None) -> float | None:
    """Sums of fractions differ in their last bits from one run to the next; that is no change."""
    return None if value is None else round(value, 6)


def _refuse_closed(day: date) -> None:
    last = last_closed()
    if last is not None and day <= last:
        raise DomainError(_("Số liệu đến ngày %(day)s đã khóa.") % {"day": f"{last:%d/%m/%Y}"})


def last_closed() -> date | None:
    """The newest day that is closed."""
    return Snapshot.objects.filter(is_closed=True).order_by("-day").values_list("day", flat=True).first()


def close(day: date) -> list[date]:
    """Close a day and every open day before it, each with its digest; gives the days, oldest first."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
        done = []
        previous = _digest_of(last_closed())
        for row in Snapshot.objects.filter(is_closed=False, day__lte=day).order_by("day"):
            parts = _parts(cursor, row.day)
            previous = digest(previous, row.day, row.year, parts)
            Snapshot.objects.filter(pk=row.pk).update(
                is_closed=True,
                parts=parts,
                digest=previous,
                figures=sum(rows for rows, _hash in parts.values()),
            )
            done.append(row.day)
        return done


def close_yesterday() -> int:
    """Close all days before today in the province, the job of the night; gives how many."""
    return len(close(timezone.localdate() - timedelta(days=1)))


def digest(previous: bytes, day: date, year: int, parts: Mapping[str, Iterable[Any]]) -> bytes:
    """SHA-256 of a day, as the head of this file says."""
    made = hashlib.sha256(f"{previous.hex()}\n{day.isoformat()} {year}\n".encode())
    for name in sorted(parts):
        rows, part = parts[name]
        made.update(f"{name} {rows} {part}\n".encode())
    return made.digest()


def _parts(cursor: Any, day: date) -> dict[str, tuple[int, str]]:
    cursor.execute(_PARTS, [day])
    return {name: (rows, part) for name, rows, part in cursor.fetchall()}


def _digest_of(day: date | None) -> bytes:
    found = Snapshot.objects.filter(day=day).values_list("digest", flat=True).first() if day else None
    return bytes(found or b"")


@dataclass(frozen=True)
class Fault:
    """What does not agree with a closed day, and where."""

    day: date
    indicator: str
    what: str

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}{f', {self.indicator}' if self.indicator else ''}: {self.what}"


@dataclass
class Report:
    """What a verification saw."""

    days: int = 0
    rows: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether every closed day says what it said when it was closed."""
        return not self.faults


def verify(since: date | None = None) -> Report:
    """Recompute the digest of every closed day (from `since` on) and name what differs."""
    report = Report()
    previous: bytes | None = None if since else b""
    with connection.cursor() as cursor:
        for row in Snapshot.objects.filter(is_closed=True).order_by("day"):
            said = bytes(row.digest or b"")
            if since and row.day < since:
                previous = said
                continue
            found = _parts(cursor, row.day)
            report.days += 1
            report.rows += sum(rows for rows, _hash in found.values())
            for name in sorted(found.keys() | row.parts.keys()):
                report.faults += _compare(row.day, name, row.parts.get(name), found.get(name))
            if digest(previous or b"", row.day, row.year, row.parts) != said:
                report.faults.append(
                    Fault(row.day, "", _("mã kiểm tra của ngày không khớp, hoặc thiếu ngày trước đó"))
                )
            previous = said
        report.faults += [Fault(day, "", _("có số liệu mà không có ngày này")) for day in _strays(cursor)]
    return report


def _compare(day: date, name: str, said: Any, found: tuple[int, str] | None) -> list[Fault]:
    if said is None and found is not None:
        return [Fault(day, name, _("%(n)s dòng thêm sau khi khóa") % {"n": found[0]})]
    if found is None:
        return [Fault(day, name, _("mất cả %(n)s dòng") % {"n": said[0]})]
    if said[0] != found[0]:
        return [Fault(day, name, _("còn %(n)s dòng, lúc khóa có %(of)s") % {"n": found[0], "of": said[0]})]
    if said[1] != found[1]:
        return [Fault(day, name, _("số liệu khác lúc khóa"))]
    return []


def _strays(cursor: Any) -> list[date]:
    cursor.execute(
        "select distinct f.day from indicators_figure f where f.day <= %s "
        "and not exists (select from indicators_snapshot s where s.day = f.day) order by 1",
        [last_closed() or date.min],
    )
    return [row[0] for row in cursor.fetchall()]
