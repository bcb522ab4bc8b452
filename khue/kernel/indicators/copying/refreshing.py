"""One refresh of the columnar copy: read everything in one snapshot, write the new generation, switch.

While all rows of a fact are read nothing is sorted or compressed, so the snapshot is held no longer than reading takes;
files in which only some rows change are written beside the reading of other facts. A kill at any point leaves the
current generation as it was: it is touched by one rename only.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.indicators import catalogue
from khue.kernel.indicators.copying import CopyError, extract, files, generations, tree
from khue.kernel.indicators.copying.extract import Heaps
from khue.kernel.indicators.copying.generations import FactCopy, Generation, Manifest
from khue.kernel.indicators.declare import Fact
from khue.kernel.indicators.models import Copy, CopyState

LOCK: Final = 7_700_500  # one refresh at a time
MOST_KEYS: Final = 100_000  # when more have changed, the fact is copied whole
OVERLAP: Final = "2 minutes"  # clocks of application and database may differ

# Rows of a transaction that was open when the copy was taken carry a time from before it: they come next time.
_STATE: Final = """
select now(), least(now(), min(a.xact_start)) - %s::interval,
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint
from pg_stat_activity a
where a.datname = current_database() and a.pid <> pg_backend_pid() and a.xact_start is not null
"""
_DATABASE: Final = """
select md5(coalesce((select min(applied)::text from django_migrations), '')
    || coalesce((select encode(hash, 'hex') from audit_entry order by id limit 1), ''))
"""
_SCHEMA: Final = (
    "select md5(coalesce(string_agg(app || name, ' ' order by app, name), '')) from django_migrations"
)

log = logging.getLogger("khue.indicators")


@dataclass
class _Taken:
    """What was read of one fact: its heaps, and the keys they are of (None: all rows)."""

    fact: Fact
    heaps: Heaps
    keys: list[Any] | None
    rows: int
    units: list[tuple[int, ...]] = field(default_factory=list)


def refresh(whole: bool = False, facts: Mapping[str, Fact] | None = None) -> Copy:
    """Make a new generation and switch to it; see khue.kernel.indicators.copying.refresh."""
    wanted = dict(facts if facts is not None else catalogue.facts())
    with _alone():
        Copy.objects.filter(state=CopyState.RUNNING).update(
            state=CopyState.FAILED, ended_at=timezone.now(), fault=_("Bị dừng giữa chừng.")
        )
        copy = Copy.objects.create(started_at=timezone.now(), is_whole=whole)
        try:
            made = _make(copy, wanted, whole)
        except Exception as problem:
            copy.state, copy.ended_at = CopyState.FAILED, timezone.now()
            copy.fault = str(getattr(problem, "message", problem))[:300]
            copy.save()
            raise
        copy.state, copy.ended_at = CopyState.DONE, timezone.now()
        copy.generation = made.manifest.generation
        copy.bytes = made.manifest.bytes
        copy.rows = {name: fact.rows for name, fact in made.manifest.facts.items()}
        copy.save()
        generations.sweep()
        return copy


def _make(copy: Copy, wanted: dict[str, Fact], whole: bool) -> Generation:
    old = generations.current()
    name = generations.name_of(timezone.now())
    directory = generations.begin(name)
    taken: dict[str, _Taken] = {}
    try:
        heaps = directory / "heaps"
        heaps.mkdir()
        with ThreadPoolExecutor(1) as beside:
            writing: dict[str, Future[FactCopy]] = {}
            with extract.snapshot() as source:
                copied_at, horizon, number, database, schema = _state(source.cursor)
                source.cursor.execute(tree.SQL)
                places = tree.places(source.cursor.fetchall())
                groups = tree.groups(places)
                if whole or (old is not None and not _continues(old.manifest, number, database, schema)):
                    old = None
                copy.is_whole = old is None
                copy.since = old.manifest.horizon if old else None
                for fact in sorted(wanted.values(), key=lambda fact: not fact.key):
                    one = _take(source, fact, old, places, heaps)
                    taken[fact.name] = one
                    if one.keys is not None:
                        writing[fact.name] = beside.submit(_write, one, old, groups, directory)
            kept = {
                name: writing[name].result()
                if name in writing
                else _write(taken[name], old, groups, directory)
                for name in wanted
            }
        shutil.rmtree(heaps)
        copy.changed = {name: taken[name].rows for name in wanted}
        tree.write(places, str(directory / "units.parquet"))
        manifest = Manifest(
            name,
            copied_at,
            horizon,
            number,
            database,
            schema,
            old.manifest.whole_at if old else copied_at,
            kept,
        )
        return generations.switch(directory, manifest)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise


def _state(cursor: Any) -> tuple[datetime, datetime, int, str, str]:
    cursor.execute(_STATE, [OVERLAP])
    now, horizon, number = cursor.fetchone()
    cursor.execute(_DATABASE)
    database = cursor.fetchone()[0]
    cursor.execute(_SCHEMA)
    return now, horizon, number, database, cursor.fetchone()[0]


def _continues(manifest: Manifest, number: int, database: str, schema: str) -> bool:
    """Whether the database is the one that was copied, in the same shape, and not an older state of it."""
    return (manifest.database, manifest.schema) == (database, schema) and number >= manifest.snapshot


def _take(
    source: extract.Source, fact: Fact, old: Generation | None, places: list[tree.Place], directory: Path
) -> _Taken:
    extract.check(source, fact)
    was = old.manifest.facts.get(fact.name) if old else None
    if (
        old is not None
        and was is not None
        and was.files
        and fact.key
        and was.declared == extract.digest(fact)
    ):
        keys = extract.changed_keys(source, fact, old.manifest.horizon)
        if len(keys) <= MOST_KEYS:
            units = files.units_now(was.files, [place.id for place in places])
            heaps = _heaps(fact, units, directory)
            rows = extract.extract(source, fact, heaps, keys) if keys else 0
            heaps.close()
            return _Taken(fact, heaps, keys, rows, units)
    heaps = _heaps(fact, tree.groups(places), directory)
    rows = extract.extract(source, fact, heaps)
    heaps.close()
    return _Taken(fact, heaps, None, rows)


def _heaps(fact: Fact, parts: list[tuple[int, ...]], directory: Path) -> Heaps:
    return Heaps(fact, {unit: number for number, units in enumerate(parts) for unit in units}, directory)


def _write(one: _Taken, old: Generation | None, groups: list[tuple[int, ...]], directory: Path) -> FactCopy:
    if one.keys is None or old is None:
        return files.write_whole(one.fact, one.heaps, groups, directory, extract.digest(one.fact))
    if not one.keys:
        return files.link_all(one.fact, old, one.units, directory)
    kept, written = files.write_changed(one.fact, one.heaps, one.keys, old, one.units, directory)
    log.info("%s: %s of %s files written", one.fact.name, written, len(kept.files))
    return kept


@contextmanager
def _alone() -> Iterator[None]:
    """One refresh at a time in the whole house; the lock goes with the connection of whoever is killed."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            raise CopyError(_("Đang có một lần chép số liệu khác, đợi lần đó xong."))
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
