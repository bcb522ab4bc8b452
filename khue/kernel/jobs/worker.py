"""`khue worker`: one process that takes background work from the queue in the database."""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import socket
import threading
from collections.abc import Sequence

from khue.kernel.jobs.sweep import SILENT_SECONDS, sweep

SWEEP_SECONDS = 10.0
BEAT_SECONDS = 10.0

log = logging.getLogger("khue.jobs")


def main(argv: Sequence[str]) -> int:
    """Work until told to stop; each start has its own name, so that a killed one's work can be told."""
    parser = argparse.ArgumentParser(prog="khue worker", description="Chạy việc nền.")
    parser.add_argument("--concurrency", type=int, default=2, help="số việc chạy cùng lúc")
    parser.add_argument("--once", action="store_true", help="làm hết việc đang chờ rồi thôi")
    arguments = parser.parse_args(argv)
    work(concurrency=arguments.concurrency, wait=not arguments.once)
    return 0


def work(
    *,
    concurrency: int = 2,
    wait: bool = True,
    silent_seconds: float = SILENT_SECONDS,
    sweep_seconds: float = SWEEP_SECONDS,
    beat_seconds: float = BEAT_SECONDS,
) -> None:
    """Take work until told to stop; beside it a thread looks for work of dead workers, another carries notices."""
    from procrastinate.contrib.django import app

    from khue.kernel.notify import courier

    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
    over = threading.Event()
    sweeper = threading.Thread(target=_sweep_until, args=(over, sweep_seconds, silent_seconds), daemon=True)
    sweeper.start()
    carrier = threading.Thread(target=courier.run, args=(over,), daemon=True)
    if wait:
        carrier.start()
    try:
        with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
            working.run_worker(
                name=name,
                concurrency=concurrency,
                wait=wait,
                shutdown_graceful_timeout=10,
                delete_jobs="successful",
                update_heartbeat_interval=beat_seconds,
                stalled_worker_timeout=silent_seconds,
            )
    finally:
        over.set()
        sweeper.join(timeout=5)
        if wait:
            carrier.join(timeout=15)


def _sweep_until(over: threading.Event, every: float, silent_seconds: float) -> None:
    from django.db import close_old_connections, connection

    try:
        while True:
            close_old_connections()
            try:
                sweep(silent_seconds)
            except Exception:
                log.exception("the sweep failed; it comes again")
            if over.wait(every):
                return
    finally:
        connection.close()
