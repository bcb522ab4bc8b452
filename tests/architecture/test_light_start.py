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
OPEN_EVERY_PATTERN = """
import sys
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
get_wsgi_application()
def walk(node):
    for one in node.url_patterns:
        if hasattr(one, "url_patterns"):
            walk(one)
walk(get_resolver())
assert "khue.school.gradebook.views.files" in sys.modules, "the views are loaded"
print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
"""


def test_no_page_process_carries_a_library_it_seldom_needs() -> None:
    done = subprocess.run(
        [sys.executable, "-c", OPEN_EVERY_PATTERN],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "khue.config.settings"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(done.stdout.split())
    assert "khue" in loaded
    assert not loaded & set(HEAVY)
