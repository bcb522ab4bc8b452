"""Small numbers are hidden, and nothing hidden comes out of the sums that are shown."""

from __future__ import annotations

import itertools
import random

import pytest

from khue.kernel.indicators import privacy


def values_left(tops: list[int], hidden: tuple[bool, ...]) -> list[set[int]]:
    """What each hidden part may be, for who knows the others, the sum, and that only zeros are shown as 0."""
    at = [n for n, is_hidden in enumerate(hidden) if is_hidden]
    total = sum(tops[n] for n in at)
    zeros = any(tops[n] == 0 for n in at)
    least = 0 if zeros else 1
    found: list[set[int]] = [set() for _n in at]
    for chosen in itertools.product(range(least, total + 1), repeat=max(0, len(at) - 1)):
        last = total - sum(chosen)
        if last >= least:
            for place, value in zip(found, (*chosen, last), strict=False):
                place.add(value)
    return found


@pytest.mark.parametrize("seed", range(300))
def test_every_hidden_part_may_still_be_any_of_1_to_4(seed: int) -> None:
    dice = random.Random(seed)
    tops = [dice.choice([0, 1, 2, 3, 4, 5, 6, 9, 12]) for _n in range(dice.randint(2, 5))]
    found = privacy.hide(tops)
    assert all(found.parts[n] for n, top in enumerate(tops) if 0 < top < privacy.LEAST)
    if not any(found.parts):
        return
    if found.total:  # the sum is hidden as well: nothing follows
        return
    for left in values_left(tops, found.parts):
        assert left >= {1, 2, 3, 4}


def test_large_parts_stay_and_nothing_is_hidden_without_need() -> None:
    assert privacy.hide([5, 17, 0, 240]) == privacy.Hidden((False,) * 4)


def test_one_small_part_takes_the_smallest_other_with_it() -> None:
    assert privacy.hide([3, 40, 7, 20]).parts == (True, False, True, False)


def test_two_fours_that_add_up_to_eight_need_a_third() -> None:
    assert privacy.hide([4, 4, 30]).parts == (True, True, True)
    assert privacy.hide([4, 4]).total


def test_of_a_share_what_is_left_over_is_small_too() -> None:
    found = privacy.hide([38, 60, 55], [40, 90, 80], is_share=True)
    assert found.parts[0]
    assert sum(found.parts) == 2


def test_without_a_sum_only_the_small_ones_are_hidden() -> None:
    assert privacy.hide([3, 40], is_total_shown=False).parts == (True, False)
