"""Statements with named values, which read better where one value stands in many places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from khue.kernel.statements import fetch

_NAME: Final = re.compile(r"%\((\w+)\)s")


@cache
def _parted(sql: str) -> tuple[str, tuple[str, ...]]:
    return _NAME.sub("%s", sql), tuple(_NAME.findall(sql))


def all_rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """As `kernel.statements.fetch`, with `%(name)s` in the statement."""
    text, names = _parted(sql)
    return fetch(text, [values[name] for name in names])
