"""The heads of columns as the forms have them: ĐĐGtx over the regular marks, ĐĐGgk, ĐĐGck, the times of primary school.

Pure; for files and print. The grid has short heads of its own (layout.Column.label).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext as _

from khue.school.gradebook.layout import TRAITS, Column, Kind

AVERAGE: Final = "ĐTBmhk"
YEAR_AVERAGE: Final = "ĐTBmcn"
_FORM: Final = {"tx": "ĐĐGtx", "gk": "ĐĐGgk", "ck": "ĐĐGck"}
_TESTED: Final = frozenset({Kind.MARK, Kind.PASS})


def group_of(column: Column) -> str:
    """What stands over the column together with its neighbours; empty for a column that stands alone."""
    if column.code.startswith("tx") and column.kind in _TESTED:
        return _FORM["tx"]
    if column.kind == Kind.TRAIT:
        return f"{time_of(column)}: {column.group}"
    return str(column.group)


def time_of(column: Column) -> str:
    """`Giữa kì` or `Cuối kì`, of a quality or competence."""
    return _("Giữa kì") if column.slot < len(TRAITS) else _("Cuối kì")


def label_of(column: Column) -> str:
    """What stands over the column itself."""
    if column.kind in _TESTED and column.code in _FORM:
        return _FORM[column.code]
    return str(column.label)


def groups_of(columns: Sequence[Column]) -> list[tuple[str, list[Column]]]:
    """Neighbours under one title, in order."""
    found: list[tuple[str, list[Column]]] = []
    for column in columns:
        title = group_of(column)
        if title and found and found[-1][0] == title:
            found[-1][1].append(column)
        else:
            found.append((title, [column]))
    return found
