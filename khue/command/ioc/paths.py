"""The way down in an address: codes of units from the top, and a class at its end. Pure.

    SO/X-DONGKINH/THCS-LQD/lop-318

The last step says where one stands; the steps before it are there to be read and to be shortened.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

CLASS: Final = "lop-"
MOST: Final = 400


@dataclass(frozen=True)
class Way:
    """What an address says: the codes, and the class when it ends at one."""

    codes: tuple[str, ...] = ()
    classroom_id: int | None = None

    @property
    def code(self) -> str:
        """The unit one stands at; empty for one's own."""
        return self.codes[-1] if self.codes else ""


def read(text: str) -> Way | None:
    """What an address says; None when it is none."""
    steps = [step for step in text.split("/") if step]
    if len(text) > MOST or any(len(step) > 40 for step in steps):
        return None
    last = steps[-1] if steps else ""
    if not last.startswith(CLASS):
        return Way(tuple(steps))
    number = last.removeprefix(CLASS)
    if len(steps) < 2 or not (number.isascii() and number.isdigit()) or len(number) > 15:
        return None
    return Way(tuple(steps[:-1]), int(number))


def write(codes: Iterable[str], classroom_id: int | None = None) -> str:
    """The address of a place."""
    steps = [quote(code, safe="") for code in codes]
    return "/".join([*steps, f"{CLASS}{classroom_id}"] if classroom_id else steps)


def is_way_to(way: Way, codes: tuple[str, ...]) -> bool:
    """Whether the steps lead to the unit with these codes from the top, maybe beginning further down."""
    return not way.codes or way.codes == codes[len(codes) - len(way.codes) :]
