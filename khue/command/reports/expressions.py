"""The little language of the forms: sums, differences, products and shares of cells, exact, nothing else.

`{hs.tong} / {lop.tong}` names a table and a row: the cell of the same level and column. `{hs.nu.tong}` names the column
too, `{tuoi.*}` all rows of a table in this column. Arithmetic is of fractions; a division by nought gives no figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Final

_TOKEN: Final = re.compile(r"\s*(?:\{([a-z_0-9.*]+)\}|(\d+)|([-+*/()]))")
Look = Callable[[str], Fraction | None]


class FormError(ValueError):
    """A form that says something it cannot mean."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A text of the little language, read once."""

    text: str
    tokens: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The cells it names, in order."""
        return tuple(value for kind, value in self.tokens if kind == "name")

    def value(self, look: Look) -> Fraction | None:
        """Its value; None when a cell it needs has none or a divisor is nought."""
        found, rest = _sum(self.tokens, 0, look)
        if rest != len(self.tokens):
            raise FormError(f"{self.text}: what follows is not understood")
        return found


@lru_cache(maxsize=2048)
def read(text: str) -> Expression:
    """An expression from its text; FormError when it is not one."""
    tokens: list[tuple[str, str]] = []
    place = 0
    while place < len(text.rstrip()):
        found = _TOKEN.match(text, place)
        if found is None:
            raise FormError(f"{text}: not understood from {text[place:]!r}")
        name, number, sign = found.groups()
        tokens.append(("name", name) if name else ("number", number) if number else ("sign", sign))
        place = found.end()
    expression = Expression(text, tuple(tokens))
    expression.value(lambda _name: Fraction(1))  # is it one at all?
    return expression


Tokens = tuple[tuple[str, str], ...]
Found = tuple[Fraction | None, int]


def _sum(tokens: Tokens, at: int, look: Look) -> Found:
    value, at = _product(tokens, at, look)
    while at < len(tokens) and tokens[at] in (("sign", "+"), ("sign", "-")):
        other, after = _product(tokens, at + 1, look)
        if value is not None and other is not None:
            value = value + other if tokens[at][1] == "+" else value - other
        else:
            value = None
        at = after
    return value, at


def _product(tokens: Tokens, at: int, look: Look) -> Found:
    value, at = _atom(tokens, at, look)
    while at < len(tokens) and tokens[at] in (("sign", "*"), ("sign", "/")):
        other, after = _atom(tokens, at + 1, look)
        if value is None or other is None or (tokens[at][1] == "/" and other == 0):
            value = None
        else:
            value = value * other if tokens[at][1] == "*" else value / other
        at = after
    return value, at


def _atom(tokens: Tokens, at: int, look: Look) -> Found:
    if at >= len(tokens):
        raise FormError("an expression ends too early")
    kind, text = tokens[at]
    if kind == "name":
        return look(text), at + 1
    if kind == "number":
        return Fraction(int(text)), at + 1
    if text != "(":
        raise FormError(f"{text!r} stands where a cell or a number should")
    value, at = _sum(tokens, at + 1, look)
    if at >= len(tokens) or tokens[at] != ("sign", ")"):
        raise FormError("a bracket is not closed")
    return value, at + 1


def rounded(value: Fraction, decimals: int) -> Decimal:
    """A fraction rounded half up, as rules/14 section 4 asks."""
    scaled = value * 10**decimals
    whole = (2 * abs(scaled.numerator) + scaled.denominator) // (2 * scaled.denominator)
    number = Decimal(whole if scaled >= 0 else -whole).scaleb(-decimals)
    return number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
