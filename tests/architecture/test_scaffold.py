"""`make module` makes a module that passes every check, in a copy of the house that is thrown away."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests import kept
from tests.architecture import shape

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    house = tmp_path_factory.mktemp("house")
    leave = shutil.ignore_patterns("__pycache__", "*.mo")
    for name in ("khue", "tests", "tools"):
        shutil.copytree(ROOT / name, house / name, ignore=leave)
    for name in ("pyproject.toml", "conftest.py"):
        shutil.copy(ROOT / name, house)
    return house


def run(copy: Path, *words: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    # The copy's code, and the same server as this run, so that no second one is started.
    known = {**os.environ, "PYTHONPATH": str(copy), "DATABASE_URL": settings.DATABASE_URL, **environment}
    return subprocess.run([str(word) for word in words], cwd=copy, env=known, capture_output=True, text=True)


@pytest.fixture(scope="module")
def made(copy: Path) -> Path:
    words = ("module", "school/club_lists", "--label", "Câu lạc bộ")
    done = run(copy, sys.executable, "-m", "khue", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy / "khue" / "school" / "club_lists"


def test_it_has_the_houses_shape_and_no_blank_is_left(made: Path) -> None:
    assert shape.faults(made) == []
    text = "\n".join(path.read_text() for path in made.rglob("*") if path.suffix in {".py", ".html", ".md"})
    assert re.findall(r"\b\w*(?:NAME|CLASS|ROWS?|LABEL|NOUN|PACKAGE|URL)\w*\b", text) == []


@pytest.fixture
def database(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """A copy of this run's database, so that the migrations of the module are the only ones to come."""
    name = f"khue_scaffold_{uuid.uuid4().hex[:8]}"
    with django_db_blocker.unblock():
        with kept.alone() as server:
            server.execute(f'create database "{name}" template "{kept.own()}"')
        yield name
        with kept.server() as server:
            server.execute(f'drop database "{name}" with (force)')


@pytest.mark.slow
def test_its_own_tests_pass(copy: Path, made: Path, database: str) -> None:
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--reuse-db", made)
    done = run(copy, sys.executable, *words, KHUE_TEST_DATABASE=database)
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"\b6 passed", done.stdout)


def test_it_is_laid_out_and_linted(copy: Path, made: Path) -> None:
    for words in (("format", "--check"), ("check",)):
        done = run(copy, BIN / "ruff", *words, "--no-cache", made)
        assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_its_types_hold(copy: Path, made: Path) -> None:
    done = run(copy, BIN / "mypy", "--cache-dir", copy / ".mypy", made)
    assert [line for line in done.stdout.splitlines() if "khue/school/" in line] == []


def test_it_is_placed_in_the_contracts(copy: Path, made: Path) -> None:
    done = run(copy, BIN / "lint-imports", "--no-cache")
    assert "The school wing KEPT" in done.stdout
    assert "The floors KEPT" in done.stdout


def test_its_templates_and_its_migration_are_in_order(copy: Path, made: Path) -> None:
    assert (done := run(copy, BIN / "djlint", made, "--lint", "--quiet")).returncode == 0, done.stdout
    done = run(copy, sys.executable, "-m", "khue", "makemigrations", "--check", "--dry-run", "club_lists")
    assert done.returncode == 0, done.stdout


@pytest.fixture
def untouched(copy: Path) -> Iterator[None]:
    before = (copy / "pyproject.toml").read_text(), (copy / "khue/config/settings.py").read_text()
    yield
    assert ((copy / "pyproject.toml").read_text(), (copy / "khue/config/settings.py").read_text()) == before


@pytest.mark.parametrize(
    "where", ["attic/boxes", "school", "school/Boxes", "school/2nd", "registry/roster", "school/a-b"]
)
def test_a_name_that_cannot_be_is_refused_and_nothing_is_written(
    copy: Path, untouched: None, where: str
) -> None:
    done = run(copy, sys.executable, "-m", "khue", "module", where)
    assert done.returncode == 2
    assert done.stderr.startswith("khue module:")


def test_a_second_module_of_an_old_wing_stands_on_top_of_it(copy: Path) -> None:
    done = run(copy, sys.executable, "-m", "khue", "module", "registry/meals", "--label", "Bữa ăn")
    assert done.returncode == 0, done.stdout + done.stderr
    assert 'layers = ["meals", "curriculum"' in (copy / "pyproject.toml").read_text()
    assert "The registry wing KEPT" in run(copy, BIN / "lint-imports", "--no-cache").stdout
