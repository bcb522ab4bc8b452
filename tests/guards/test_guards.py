"""A6: every guard, switched off in a copy of the source, turns its test red; with the guard on the test is green."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
GUARDS: dict[str, dict[str, str]] = tomllib.loads((Path(__file__).parent / "guards.toml").read_text())
SLOW = {"tests/access/test_canaries.py"}
GREEN: set[tuple[str, str, str]] = set()  # tests seen green with every guard on


@pytest.mark.parametrize("name", GUARDS)
def test_the_switch_of_every_guard_is_found_once_and_its_test_exists(name: str) -> None:
    guard = GUARDS[name]
    assert (ROOT / guard["file"]).read_text().count(guard["find"]) == 1
    path, _mark, function = guard["test"].partition("::")
    assert f"def {function or 'test_'}" in (ROOT / path).read_text()


def run(root: Path, guard: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The guard's test in a source tree, in a database of its own."""
    marks = ["-m", "slow or not slow"] if guard["test"] in SLOW else ["-m", "not slow"]
    words = ["-k", guard["words"]] if "words" in guard else []
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")},
        "KHUE_VAR": str(settings.VAR),
        "KHUE_TEST_DATABASE": f"{settings.DATABASES['default']['TEST']['NAME']}_guards",
        "PYTHONPATH": str(root),
        "KHUE_GUARDS": "1",
    }
    if "only" in guard:
        environment["KHUE_ONLY"] = guard["only"]
    command = [
        sys.executable,
        "-m",
        "pytest",
        guard["test"],
        "-q",
        "-x",
        "--create-db",
        "-p",
        "no:cacheprovider",
    ]
    return subprocess.run(
        [*command, *marks, *words], cwd=root, env=environment, capture_output=True, text=True, timeout=600
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The house, copied."""
    for name in ("khue", "tests"):
        shutil.copytree(
            ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "vendor", "rosters")
        )
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("name", GUARDS)
def test_a_guard_switched_off_turns_its_test_red(copy: Path, name: str) -> None:
    guard = GUARDS[name]
    how = (guard["test"], guard.get("only", ""), guard.get("words", ""))
    if how not in GREEN:
        done = run(copy, guard)
        assert done.returncode == 0, f"red already with the guard on:\n{done.stdout[-3000:]}"
        GREEN.add(how)
    path = copy / guard["file"]
    path.write_text(path.read_text().replace(guard["find"], guard["replace"]))
    done = run(copy, guard)
    assert done.returncode == 1, f"green with the guard off:\n{done.stdout[-3000:]}{done.stderr[-2000:]}"
