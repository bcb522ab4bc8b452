"""Prepared statements that outlive the rollback at the end of a test, as they outlive every request in production.

psycopg forgets all that is prepared at each ROLLBACK, because tables may go with it. Tests roll back thousands of times
and take no table with them, so the widest statements of a page would be planned anew for almost every request.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg._preparing import PrepareManager


@contextmanager
def kept_over_rollbacks() -> Iterator[None]:
    """While this holds, a ROLLBACK leaves what is prepared; DROP, ALTER and DISCARD still clear it."""
    plain = PrepareManager._should_discard

    def should_discard(self: PrepareManager, prep: Any, results: Sequence[Any]) -> bool:
        return plain(self, prep, [one for one in results if one.command_status != b"ROLLBACK"])

    PrepareManager._should_discard = should_discard  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        PrepareManager._should_discard = plain  # type: ignore[method-assign]
