"""The floors of the house (import contracts), and that they bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--config", root / "pyproject.toml"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
    )


def test_imports_run_downwards_only() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "khue", tmp_path / "khue", ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("khue/lib/upward.py", "import khue.kernel.manifest"),
        ("khue/ui/upward.py", "import khue.kernel.manifest"),
        ("khue/kernel/org/upward.py", "import khue.registry.roster"),
        ("khue/registry/staff/upward.py", "import khue.registry.roster.models"),
        ("khue/registry/roster/upward.py", "import khue.registry.curriculum.models"),
        ("khue/drawer.py", ""),
        ("khue/registry/drawer.py", ""),
        ("khue/kernel/drawer.py", ""),
    ],
)
def test_an_upward_import_or_a_stray_file_breaks_a_contract(copy: Path, name: str, text: str) -> None:
    (copy / name).write_text(text)
    done = lint(copy)
    assert done.returncode == 1
    said = " ".join(done.stdout.split())
    assert name.removesuffix(".py").replace("/", ".") in said or "drawer" in said
