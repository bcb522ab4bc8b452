"""Databases made once a run and copied by whoever needs them: the migrated one, and the small demo provinces.

A copy takes a second, migrating or filling ten to twenty. Workers of one run share them; the last one drops them, and
what is left over from a run that broke off is taken for its own by no other.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid.uuid4().hex
IS_SHARED = "PYTEST_XDIST_WORKER" in os.environ


def own() -> str:
    """The test database of this worker."""
    return str(connection.settings_dict["TEST"]["NAME"])


def name_of(kept: str) -> str:
    """What a kept database is called on the server: of all workers alike."""
    return f"{own().removesuffix('_' + os.environ.get('PYTEST_XDIST_WORKER', ''))}_kept_{kept}"


EMPTY = "empty"  # as the migrations made it
_using: list[ExitStack] = []


@contextmanager
def server() -> Iterator[Any]:
    """A cursor beside the test database, outside transactions."""
    with connection._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        yield cursor


@contextmanager
def one_by_one(kept: str) -> Iterator[Path | None]:
    """Let one worker at a time look for, or make, a kept database; gives the folder of its files if it is there."""
    begin_use()
    with server() as cursor:
        cursor.execute("select pg_advisory_lock(hashtext(%s))", [name_of(kept)])  # let go with the connection
        cursor.execute(
            "select shobj_description(oid, 'pg_database') from pg_database where datname = %s",
            [name_of(kept)],
        )
        row = cursor.fetchone()
        said = json.loads(row[0]) if row and row[0] else {}
        yield Path(said["files"]) if said.get("run") == RUN else None


@contextmanager
def alone() -> Iterator[Any]:
    """A cursor beside the test database, to which nobody is connected any more."""
    connections.close_all()
    with server() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = %s and pid <> pg_backend_pid()",
            [own()],
        )
        yield cursor


def put_aside(kept: str) -> Path:
    """Keep the test database as it is now; gives the folder for the files that belong to it."""
    files = Path(tempfile.mkdtemp(prefix="khue-kept-"))
    with alone() as cursor:
        cursor.execute(f'drop database if exists "{name_of(kept)}"')
        cursor.execute(f'create database "{name_of(kept)}" template "{own()}"')
        said = json.dumps({"run": RUN, "files": str(files)})
        cursor.execute(f"comment on database \"{name_of(kept)}\" is '{said}'")
    return files


def bring_back(kept: str) -> None:
    """Let the test database be what was kept."""
    with alone() as cursor:
        cursor.execute(f'drop database if exists "{own()}"')
        cursor.execute(f'create database "{own()}" template "{name_of(kept)}"')
        hurry(cursor)


def hurry(cursor: Any) -> None:
    """No test kills the server itself: whoever commits in the test database need not wait for the disk."""
    cursor.execute(f'alter database "{own()}" set synchronous_commit = off')


def begin_use() -> None:
    """Say that this worker needs what is kept, until `end_use`."""
    if not _using:
        held = ExitStack()
        held.enter_context(server()).execute("select pg_advisory_lock_shared(hashtext(%s))", [name_of("")])
        _using.append(held)


def end_use() -> None:
    """Drop what was kept, unless another worker still needs it."""
    while _using:
        _using.pop().close()
        with server() as cursor:
            cursor.execute("select pg_try_advisory_lock(hashtext(%s))", [name_of("")])
            if not cursor.fetchone()[0]:
                continue
            cursor.execute(
                "select datname, shobj_description(oid, 'pg_database') from pg_database where starts_with(datname, %s)",
                [name_of("")],
            )
            for name, said in cursor.fetchall():
                cursor.execute(f'drop database "{name}"')
                shutil.rmtree(json.loads(said)["files"] if said else "", ignore_errors=True)
