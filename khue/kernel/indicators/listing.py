"""The catalogue as a document: every indicator by heading, with code, unit, formula and source."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Final

from khue.kernel.indicators import catalogue
from khue.kernel.indicators.declare import Indicator

DOCUMENT: Final = Path(__file__).parents[3] / "docs/indicators.md"
_HEAD: Final = """# Indicators

Every figure of the operations centre, written by `khue indicators list --write`. Codes of digits are those of
TT 03/2024/TT-BGDĐT; codes that begin with DP- are the province's own. Shares stand in percent; ↑ more is better, ↓ less
is better; bounds read "target / to watch / alarm".
"""


def as_markdown() -> str:
    """The whole list."""
    every = list(catalogue.indicators().values())
    groups = list(dict.fromkeys(one.group for one in every))
    every.sort(key=lambda one: groups.index(one.group))
    parts = [_HEAD, f"\n{len(every)} indicators over {len(catalogue.facts())} facts.\n"]
    for group, found in groupby(every, key=lambda one: one.group):
        parts.append(f"\n## {group}\n\n| Mã | Tên | Chỉ tiêu | Đơn vị | Công thức | Ngưỡng | Căn cứ |\n")
        parts.append("| --- | --- | --- | --- | --- | --- | --- |\n")
        parts += [_line(one) for one in found]
    return "".join(parts)


def _line(one: Indicator) -> str:
    bounds = [one.target, one.amber, one.red]
    said = " / ".join("–" if bound is None else f"{bound:g}".replace(".", ",") for bound in bounds)
    arrow = {"up": "↑", "down": "↓", "": ""}[one.direction]
    marks = f"{arrow} {said}".strip() if any(bound is not None for bound in bounds) else arrow
    return (
        f"| {one.code} | `{one.name}` | {one.label} | {one.unit} | {one.formula} | {marks} | {one.source} |\n"
    )
