"""`make check`: every check that needs no running tests, one line each, all of them even when one fails.

Words after the command choose checks by name: `make check ARGS="types contracts"`.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
NO_DATABASE = {"DATABASE_URL": "postgresql:///khue"}  # reads settings, opens no connection
PRODUCTION = {
    **NO_DATABASE,
    "KHUE_PRODUCTION": "1",
    "KHUE_DEMO": "0",
    "KHUE_DEBUG": "0",
    "KHUE_HOSTS": "khue.example.vn",
}


class Check(NamedTuple):
    """A command that must exit 0."""

    name: str
    words: list[str]
    environment: Mapping[str, str] = {}


CHECKS = [
    Check("format", [str(BIN / "ruff"), "format", "--check", "khue", "tests", "tools"]),
    Check("lint", [str(BIN / "ruff"), "check", "khue", "tests", "tools"]),
    Check("types", [str(BIN / "mypy"), "khue"], NO_DATABASE),
    Check("contracts", [str(BIN / "lint-imports"), "--no-cache"]),
    Check("templates", [str(BIN / "djlint"), "khue", "--lint", "--quiet"]),
    Check("migrations", [str(BIN / "khue"), "makemigrations", "--check", "--dry-run"]),
    Check("deploy", [str(BIN / "khue"), "check", "--deploy", "--fail-level", "WARNING"], PRODUCTION),
    Check("tidy", [sys.executable, "tools/tidy.py"]),
    Check("translations", [str(BIN / "khue"), "messages", "check"]),
]


def run(check: Check) -> bool:
    """Run one check; shows what it printed only when it failed."""
    started = time.monotonic()
    environment = {**os.environ, "KHUE_SECRET_KEY": secrets.token_urlsafe(64), **check.environment}
    done = subprocess.run(check.words, cwd=ROOT, env=environment, capture_output=True, text=True)
    is_well = done.returncode == 0
    print(f"{'ok  ' if is_well else 'FAIL'} {check.name:<14}{time.monotonic() - started:6.1f} s", flush=True)
    if not is_well:
        print(
            "\n".join(f"     {line}" for line in (done.stdout + done.stderr).strip().splitlines()), flush=True
        )
    return is_well


def main(names: list[str]) -> int:
    """Run the named checks, or all; 1 when any failed."""
    unknown = set(names) - {check.name for check in CHECKS}
    if unknown:
        print(f"no such check: {', '.join(sorted(unknown))}; there are: {', '.join(c.name for c in CHECKS)}")
        return 2
    results = [run(check) for check in CHECKS if not names or check.name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
