"""What page processes share: loaded before they are forked, and nothing that two processes may not share."""

from __future__ import annotations

import os
import subprocess
import sys

LOAD_AND_FORK = r"""
import gc
import os
import threading
from khue.config import pages
pages.load()
from django.db import connection, connections
assert threading.active_count() == 1, threading.enumerate()
assert all(one.connection is None for one in connections.all())
assert gc.get_freeze_count() > 100_000
number = os.fork()
with connection.cursor() as cursor:
    cursor.execute("select pg_backend_pid()")
    os.write(1, b"%d\n" % cursor.fetchone()[0])  # in one piece: two processes write here
connection.close()
if number == 0:
    os._exit(0)
assert os.waitpid(number, 0)[1] == 0
"""


def test_forked_processes_share_what_is_loaded_and_no_connection() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOAD_AND_FORK],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "khue.config.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    backends = done.stdout.split()
    assert len(backends) == 2
    assert backends[0] != backends[1]
