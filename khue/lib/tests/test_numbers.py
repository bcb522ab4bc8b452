"""Whole numbers as addresses and forms carry them."""

from __future__ import annotations

import pytest

from khue.lib.numbers import whole


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize("text", ["", " 1", "-1", "1.0", "²", "①", "٣", "1²", "9" * 19, None, 3])
def test_anything_else_is_none(text: object) -> None:
    assert whole(text) is None
