"""The processes that answer pages: granian's, forked from one that has loaded Khuê before them.

What is loaded before the fork lies in memory once for all of them, and a worker that fell is replaced at once.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence

APPLICATION = "khue.config.wsgi:application"
MODULE = "khue.config.pages"
STOP_SECONDS = 10


def command(host: str, port: int, *, workers: int, threads: int) -> list[str]:
    """The words after `python` that serve pages on an address with so many processes of so many threads."""
    return ["-m", MODULE, f"--host={host}", f"--port={port}", f"--workers={workers}", f"--threads={threads}"]


def main(argv: Sequence[str]) -> int:
    """Serve pages until told to stop by SIGTERM or SIGINT."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    parser = argparse.ArgumentParser(prog=f"python -m {MODULE}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=8)
    asked = parser.parse_args(argv)
    server = Granian(
        APPLICATION,
        address=asked.host,
        port=asked.port,
        interface=Interfaces.WSGI,
        workers=asked.workers,
        blocking_threads=asked.threads,
        http=HTTPModes.http1,
        websockets=False,
        respawn_failed_workers=True,
        respawn_interval=1,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.error,
    )
    server.on_startup(load)
    server.serve()
    return 0


def load() -> None:
    """Load the application, every module's views and the texts of both languages, and leave no connection open.

    A connection to the database must never be shared by two processes. What is loaded is set aside from the
    collector of garbage: its visits would write into the pages of memory that the processes share.
    """
    from django.conf import settings
    from django.db import connections
    from django.urls import get_resolver
    from django.urls.resolvers import URLResolver
    from django.utils.translation.trans_real import translation as texts_of

    import khue.config.wsgi  # noqa: F401 - sets Django up

    def walk(resolver: URLResolver) -> None:
        for one in resolver.url_patterns:
            if isinstance(one, URLResolver):
                walk(one)

    walk(get_resolver())
    for language, _name in settings.LANGUAGES:
        texts_of(language)
    connections.close_all()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
