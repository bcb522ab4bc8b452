"""`khue worker`: one process that takes background work from the queue in the database (kernel.jobs)."""

from __future__ import annotations

import argparse
import os
import secrets
import socket
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Work until told to stop; each start has its own name, so that a killed one's work can be told."""
    parser = argparse.ArgumentParser(prog="khue worker", description="Chạy việc nền.")
    parser.add_argument("--concurrency", type=int, default=2, help="số việc chạy cùng lúc")
    parser.add_argument("--once", action="store_true", help="làm hết việc đang chờ rồi thôi")
    arguments = parser.parse_args(argv)
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"

    from procrastinate.contrib.django import app

    with app.replace_connector(app.connector.get_worker_connector()) as working:  # type: ignore[attr-defined]
        working.run_worker(
            name=name,
            concurrency=arguments.concurrency,
            wait=not arguments.once,
            shutdown_graceful_timeout=10,
            delete_jobs="never",
        )
    return 0
