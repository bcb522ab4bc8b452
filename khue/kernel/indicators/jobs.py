"""What the room does by itself: the columnar copy brought up to date, and the figures of the day with it.

The work is done by a process of its own (`khue indicators refresh`), at a low priority: what it needs of memory goes
with it, and workers never carry the libraries of analysis.
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from django.utils import timezone

from khue.kernel import registry
from khue.kernel.indicators import snapshots
from khue.kernel.indicators.models import Copy, CopyState
from khue.kernel.settings_store.values import value_of

EVERY: Final = "indicators.every_minutes"
LONGEST: Final = timedelta(hours=1)  # it is given up then, so that a worker is never held for good
SLACK: Final = timedelta(seconds=30)  # the clock of the schedule is not exact

log = logging.getLogger("khue.indicators")


def refresh_due() -> int | None:
    """Refresh what has changed once the last refresh is old enough; gives the exit code, None when too early."""
    last = (
        Copy.objects.filter(state=CopyState.DONE)
        .order_by("-started_at")
        .values_list("started_at", flat=True)
        .first()
    )
    if last is not None and timezone.now() - last < timedelta(minutes=value_of(EVERY)) - SLACK:
        return None
    return _apart("refresh")


def refresh_whole() -> int:
    """Make the copy anew, as every night: what no sign of change has told is put right."""
    return _apart("refresh", "--whole")


def figures_of_today() -> int:
    """Compute all figures over the current copy and keep them as today's; gives the rows today has.

    Raises CopyError when nothing has been copied yet, DomainError when today is already closed.
    """
    from khue.kernel.indicators import computing

    day = timezone.localdate()
    year = year_now()
    figures = computing.all_figures(year, day)
    kept = snapshots.keep(day, year, figures, copied_at=computing.copied_at())
    follow()
    return kept


def follow(paths: Iterable[str] | None = None) -> None:
    """Let the modules act on what was just kept: outside its transaction, so that no fault of theirs takes it back."""
    for path in registry.each("figures_kept") if paths is None else paths:
        try:
            registry.load(path)()
        except Exception:
            log.exception("%s could not follow the figures of the day", path)


def year_now() -> int:
    """The school year that figures are of: the running one; 0 in a house that keeps no school years."""
    source = next((module.year_source for module in registry.modules() if module.year_source), "")
    year = registry.load(source)(None) if source else None
    return int(year.value) if year is not None else 0


def _apart(*words: str) -> int:
    try:
        code = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "khue", "indicators", *words], check=False, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, timeout=LONGEST.total_seconds(),
        ).returncode  # fmt: skip
    except subprocess.TimeoutExpired:
        code = 1
    if code:
        log.warning("khue indicators %s ended with %s", " ".join(words), code)
    return code
