"""The school year somebody works in: theirs by choice, else the one the calendar names."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.http import HttpRequest

from khue.kernel import registry
from khue.kernel.manifest import YearNow

YEAR = "year"  # key of the session


@cache
def _source() -> Callable[[int | None], YearNow | None] | None:
    dotted = next((module.year_source for module in registry.modules() if module.year_source), "")
    return registry.load(dotted) if dotted else None


def year_of(request: HttpRequest) -> YearNow | None:
    """The year the pages of this session show; None when no calendar is installed or no year made."""
    source = _source()
    if source is None:
        return None
    if not hasattr(request, "khue_year"):
        request.khue_year = source(request.session.get(YEAR))  # type: ignore[attr-defined]
    known: YearNow | None = request.khue_year  # type: ignore[attr-defined]
    return known
