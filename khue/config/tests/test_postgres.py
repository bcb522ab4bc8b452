"""Back-ups of the embedded database: made, verified, restored, and each kind of damage found (reliability G1, G3)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from khue.config import embedded, postgres


def khue_pg(var: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "khue", "pg", *map(str, words)],
        env={**os.environ, "KHUE_VAR": str(var), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("var")
    with psycopg.connect(embedded.ensure_running(place / "postgres"), autocommit=True) as connection:
        connection.execute(
            "create table marks as select n as id, n % 101 as tenths from generate_series(1, 5000) n"
        )
    embedded.leave(place / "postgres")
    return place


@pytest.fixture
def backup(var: Path, tmp_path: Path) -> Path:
    place = tmp_path / "base"
    done = khue_pg(var, "backup", place)
    assert done.returncode == 0, done.stderr
    assert list(postgres.backup_faults(place)) == []
    return place


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def biggest(backup: Path) -> Path:
    return max((backup / "base").rglob("*"), key=lambda file: file.stat().st_size if file.is_file() else 0)


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda backup: flip(biggest(backup)), "sai nội dung"),
        (lambda backup: os.truncate(biggest(backup), 8192), "sai nội dung"),
        (lambda backup: biggest(backup).unlink(), "thiếu tệp"),
        (lambda backup: (backup / "base" / "1" / "99999").write_text("x"), "thừa tệp"),
        (lambda backup: flip(backup / "backup_manifest"), "không đọc được"),
        (lambda backup: (backup / "backup_manifest").unlink(), "không đọc được"),
    ],
    ids=["flipped-bit", "cut-short", "file-lost", "file-added", "manifest-flipped", "manifest-lost"],
)
def test_damage_is_found_before_the_backup_is_used(
    var: Path, backup: Path, damage: Callable[[Path], object], word: str
) -> None:
    damage(backup)
    done = khue_pg(var, "verify", backup)
    assert done.returncode == 1
    assert word in done.stdout + done.stderr


def test_a_base_backup_starts_as_a_database_with_the_same_rows(backup: Path, tmp_path: Path) -> None:
    place = tmp_path / "restored" / "postgres"
    place.parent.mkdir()
    backup.rename(place)
    if os.geteuid() == 0:
        for path in [place, *place.rglob("*")]:
            os.chown(path, *embedded.os_user())
    with psycopg.connect(embedded.ensure_running(place)) as connection:
        assert connection.execute("select count(*), sum(tenths) from marks").fetchone() == (
            5000,
            sum(n % 101 for n in range(1, 5001)),
        )
    embedded.leave(place)


def test_a_dump_restores_into_an_empty_database_with_the_same_rows(var: Path, tmp_path: Path) -> None:
    dump, other = tmp_path / "khue.dump", tmp_path / "other"
    assert khue_pg(var, "pg_dump", "-Fc", "-f", dump).returncode == 0
    assert khue_pg(other, "pg_restore", "-d", "khue", "--no-owner", "--exit-on-error", dump).returncode == 0
    here, there = (
        khue_pg(place, "psql", "-Atc", "select count(*), sum(tenths) from marks") for place in (var, other)
    )
    assert here.stdout == there.stdout != ""


def test_a_word_is_wanted(var: Path) -> None:
    assert khue_pg(var).returncode == 2
