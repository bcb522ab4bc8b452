"""Whether Khuê can work: the database answers, its tables are up to date, the worker lives."""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

_applied = False  # once true it stays: migrations are not taken back under a running server


def now() -> dict[str, Any]:
    """The state as `GET /healthz` tells it; `worker_seen_seconds_ago` is null when no worker has ever reported."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
            applied = migrations_applied()
            return {
                "status": "ok" if applied else "migrating",
                "database": True,
                "migrations": applied,
                "worker_seen_seconds_ago": _worker_seen() if applied else None,
            }
    except DatabaseError:
        return {"status": "down", "database": False, "migrations": False, "worker_seen_seconds_ago": None}


def migrations_applied() -> bool:
    """Whether no migration waits."""
    global _applied
    if not _applied:
        executor = MigrationExecutor(connection)
        _applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _applied


def _worker_seen() -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select extract(epoch from now() - max(last_heartbeat))::int from procrastinate_workers"
        )
        row = cursor.fetchone()
    return row[0] if row else None
