"""What a process that shows pages carries from its start: libraries of papers, workbooks and tokens come later.

Each of them costs every page process and the worker megabytes; the sum is bounded in test_first_day.
"""

from __future__ import annotations

import os
import subprocess
import sys

HEAVY = (
    "asn1crypto", "duckdb", "ibis", "numpy", "openpyxl", "pandas", "pkcs11", "polars", "pyarrow", "pyhanko", "pyspark",
    "typst", "xlsxwriter",
)  # fmt: skip
BEFORE_THE_FORK = """
import sys
from khue.config import pages
pages.load()
assert "khue.school.gradebook.views.files" in sys.modules, "the views are loaded"
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""

DO_EVERY_TICK = """
import sys
import django
django.setup()
from khue.kernel import registry
for module in registry.modules():
    for job in module.jobs:
        if job.cron.split()[1:2] == ["*"]:
            registry.load(job.task)
assert "khue.school.report_cards.ticks" in sys.modules, "the ticks are loaded"
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def loaded_by(code: str) -> set[str]:
    """The packages a fresh process has loaded after it ran some code."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "khue.config.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_no_page_process_carries_a_library_it_seldom_needs() -> None:
    loaded = loaded_by(BEFORE_THE_FORK)
    assert "khue" in loaded
    assert not loaded & set(HEAVY)


def test_a_worker_carries_nothing_for_what_it_does_each_hour() -> None:
    loaded = loaded_by(DO_EVERY_TICK)
    assert "khue" in loaded
    assert not loaded & {*HEAVY, "lxml", "pydantic", "segno"}
