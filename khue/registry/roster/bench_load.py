"""Loading a demo province into a database of its own, beside a bare COPY of the very same rows."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, LiteralString
from urllib.parse import quote

import psycopg
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, postmaster_pid, server_cpu
from khue.kernel.demo import engine
from khue.kernel.demo.command import SEED
from khue.kernel.demo.plan import SIZES, Size

SHARE = 0.1  # of the province, unless the whole is asked for
SCRATCH = "khue_bench_load"


class _Files:
    """A sink that keeps the lines in files, one a table and set of columns."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.files: dict[tuple[str, tuple[str, ...]], BinaryIO] = {}
        self.rows = 0

    def write(self, table: str, columns: Sequence[str], lines: bytes, rows: int) -> None:
        """Append lines to the file of a table."""
        key = (table, tuple(columns))
        if key not in self.files:
            self.files[key] = (self.directory / str(len(self.files))).open("w+b")
        self.files[key].write(lines)
        self.rows += rows


@bench("load_province", group="foundation")
def load_province(run: Run) -> Iterator[Result]:
    """`khue demo --size province` from nothing; the ratio is of wall times, as both use two cores or one."""
    scale = 1.0 if run.full else SHARE
    with _scratch_database() as address:
        words = ["demo", "--size", "province", "--scale", str(scale), "--without-marks"]
        _khue(address, "migrate", "--verbosity", "0")
        server = postmaster_pid()
        before = _cpu(server)
        start = time.perf_counter()
        _khue(address, *words)
        wall = (time.perf_counter() - start) * 1000
        cpu = (_cpu(server) - before) * 1000
        size = SIZES["province"] if run.full else SIZES["province"].scaled(scale)
        keyed, naked, rows = _bare_copies(address, size)
    yield Result(
        "load_province", cpu, wall, rows, keyed, wall / keyed, "COPY trần vào bảng có đủ khóa, chỉ mục"
    )
    yield Result(
        "load_province_without_indexes", cpu, wall, rows, naked, wall / naked, "COPY trần, không chỉ mục"
    )


def _cpu(server: int | None) -> float:
    """CPU seconds of everything that loads: children of this process and the whole server, others' work included."""
    children = os.times()
    return children.children_user + children.children_system + (server_cpu(server) if server else 0.0)


@contextmanager
def _scratch_database() -> Iterator[str]:
    """An empty database beside the connected one, dropped afterwards; never the connected one itself."""
    config = settings.DATABASES["default"]
    values = {
        "host": config["HOST"], "port": config["PORT"], "user": config["USER"], "password": config["PASSWORD"],
        "dbname": "postgres",
    }  # fmt: skip
    given = {name: str(value) for name, value in values.items() if value}
    try:
        with psycopg.connect(make_conninfo(**given), autocommit=True) as connection:
            connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(SCRATCH)))
            connection.execute(
                sql.SQL("create database {} template template0").format(sql.Identifier(SCRATCH))
            )
    except psycopg.Error as error:
        raise CannotMeasureError(f"không tạo được cơ sở dữ liệu tạm {SCRATCH}: {error}") from error
    address = f"postgresql://{quote(given.get('user', ''))}"
    if "password" in given:
        address += f":{quote(given['password'])}"
    address += f"@/{SCRATCH}?host={quote(given.get('host', 'localhost'))}"
    if "port" in given:
        address += f"&port={given['port']}"
    try:
        yield address
    finally:
        with psycopg.connect(make_conninfo(**given), autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(SCRATCH))
            )


def _khue(address: str, *words: str) -> None:
    done = subprocess.run(  # noqa: S603 (our own command)
        [sys.executable, "-m", "khue", *words],
        env={**os.environ, "DATABASE_URL": address},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CannotMeasureError(f"khue {words[0]}: {done.stderr.strip()[-500:]}")


def _bare_copies(address: str, size: Size) -> tuple[float, float, int]:
    """COPY alone, of lines made beforehand: milliseconds into tables with their keys and indexes (no foreign keys),
    milliseconds into tables with none, and how many rows."""
    with tempfile.TemporaryDirectory() as directory:
        files = _Files(Path(directory))
        engine.make(size, SEED, files)
        with psycopg.connect(address, autocommit=True) as connection:
            keyed = _copy(connection, files, "including indexes")
            naked = _copy(connection, files, "")
        for file in files.files.values():
            file.close()
    return keyed, naked, files.rows


def _copy(connection: psycopg.Connection, files: _Files, like: LiteralString) -> float:
    made = {table for table, _columns in files.files}
    for table in made:
        bare = sql.Identifier(f"bare_{table}")
        connection.execute(sql.SQL("drop table if exists {}").format(bare))
        connection.execute(
            sql.SQL("create table {} (like {} {})").format(bare, sql.Identifier(table), sql.SQL(like))
        )
    start = time.perf_counter()
    for (table, columns), file in files.files.items():
        file.seek(0)
        statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(f"bare_{table}"), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            while chunk := file.read(1 << 20):
                copy.write(chunk)
    return (time.perf_counter() - start) * 1000
