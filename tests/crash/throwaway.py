"""Throwaway databases beside the test database: made from a template in a fraction of a second, dropped afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]


def address(name: str) -> str:
    """The address of another database of the same server."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))


def connect(name: str) -> psycopg.Connection[Any]:
    """A connection of our own, outside Django."""
    return psycopg.connect(address(name), autocommit=True)


@contextmanager
def database(template: str = "template0") -> Iterator[str]:
    """A database for one test."""
    name = f"khue_crash_{uuid.uuid4().hex[:10]}"
    with connect("postgres") as server:
        server.execute(f'create database "{name}" template "{template}"')
    try:
        yield name
    finally:
        with connect("postgres") as server:
            server.execute(f'drop database "{name}" with (force)')


def environment(name: str, var: Path) -> dict[str, str]:
    """What a process needs to work in a throwaway database, with files of its own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KHUE_", "DJANGO_"))}
    return {**kept, "DATABASE_URL": address(name), "KHUE_VAR": str(var), "KHUE_SECRET_KEY": "x" * 50}


def khue(name: str, var: Path, *words: str) -> subprocess.Popen[str]:
    """Start `khue ...` in a throwaway database."""
    command = [sys.executable, "-m", "khue", *words]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(name, var),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(name: str, var: Path, *words: str) -> tuple[int, str]:
    """Run `khue ...` to its end."""
    process = khue(name, var, *words)
    out, problems = process.communicate(timeout=240)
    return process.returncode, out + problems
