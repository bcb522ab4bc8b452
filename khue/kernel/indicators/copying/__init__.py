"""The columnar copy: facts as Parquet files, in generations of which one is current.

`refresh` makes a new generation beside the current one and switches by one rename; `generations.current` gives what
readers read. Nothing here is imported by processes that show pages: pyarrow comes at first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from khue.kernel.actions.errors import DomainError

if TYPE_CHECKING:
    from khue.kernel.indicators.declare import Fact
    from khue.kernel.indicators.models import Copy


class CopyError(DomainError):
    """The columnar copy cannot be made or read; the text says why."""


def refresh(whole: bool = False, facts: Mapping[str, Fact] | None = None) -> Copy:
    """Bring the columnar copy up to date: all of it, or the rows whose keys have changed since the last time.

    Raises CopyError when another refresh is running, or when a fact does not give what it declares; the current
    generation then stays as it was.
    """
    from khue.kernel.indicators.copying.refreshing import refresh as work

    return work(whole=whole, facts=facts)
