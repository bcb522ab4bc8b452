from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.money import format_dong, parse_dong
from khue.lib.numbers_vi import (
    NumberProblem,
    format_number,
    format_percent,
    format_tenths,
    parse_number,
    parse_percent,
    parse_tenths,
    percent,
    round_half_up,
)

decimals = st.decimals(min_value=-(10**12), max_value=10**12, places=2)


@pytest.mark.parametrize(
    ("value", "places", "shown"),
    [
        (Decimal("1234.5"), None, "1.234,5"),
        (1250000, None, "1.250.000"),
        (8.5, 1, "8,5"),
        (8, 1, "8,0"),
        (0, None, "0"),
        (Decimal("-0.04"), 1, "0,0"),
        (2.675, 2, "2,68"),
        (Decimal("10.00"), None, "10"),
        (-1234, None, "-1.234"),
    ],
)
def test_numbers_are_shown_the_vietnamese_way(value, places, shown):
    assert format_number(value, places) == shown


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("8,5", "8.5"),
        ("8.5", "8.5"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.250.000", "1250000"),
        ("1,250,000", "1250000"),
        ("1.250", "1250"),
        ("0.125", "0.125"),
        ("1,250", "1.25"),
        (" 12 345 ", "12345"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("-3,5", "-3.5"),
        (8.3, "8.3"),
        (7, "7"),
    ],
)
def test_both_decimal_signs_are_read(typed, number):
    assert parse_number(typed) == Decimal(number)


def test_a_dot_before_three_digits_is_decimal_when_no_thousands_are_meant():
    assert parse_number("1.250", grouped=False) == Decimal("1.250")


@pytest.mark.parametrize(
    "typed", ["", None, "tám", "8,5,5", "1.23.4", True, float("nan"), float("inf"), "٣", "9" * 60]
)
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(NumberProblem):
        parse_number(typed)


@given(decimals)
def test_what_is_shown_reads_back(number):
    assert parse_number(format_number(number)) == number


@given(decimals, st.integers(min_value=0, max_value=2))
def test_rounding_stays_within_half_a_unit(number, places):
    assert abs(round_half_up(number, places) - number) * 2 <= Decimal(1).scaleb(-places)


def test_halves_round_up_not_to_even():
    assert [round_half_up(Decimal(f"{n}.5")) for n in (0, 1, 2)] == [1, 2, 3]


def test_shares_are_shown_with_a_comma_and_a_space():
    assert format_percent(Decimal("94.3")) == "94,3\u00a0%"
    assert percent(33, 35) == Decimal("94.3")
    assert percent(0, 0) is None
    assert parse_percent("94,3 %") == parse_percent("94.3") == parse_percent(94.3) == Decimal("94.3")


@pytest.mark.parametrize(
    ("typed", "tenths"), [("8,5", 85), ("8.5", 85), (10, 100), ("0", 0), (7.0, 70), ("10,0", 100)]
)
def test_marks_are_read_as_tenths(typed, tenths):
    assert parse_tenths(typed) == tenths


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("85", "Chưa ghi “85”. Ghi 8,5 phải không?"),
        ("12,5", "Chưa ghi “12,5”. Điểm từ 0 đến 10."),
        ("-1", "Chưa ghi “-1”. Điểm từ 0 đến 10."),
        ("8,55", "“8,55” có hơn một chữ số thập phân."),
        ("giỏi", "“giỏi” không phải là số."),
    ],
)
def test_a_faulty_mark_is_refused_with_the_mistake_named(typed, message):
    with pytest.raises(NumberProblem) as caught:
        parse_tenths(typed)
    assert caught.value.message == message


@given(st.integers(min_value=0, max_value=100))
def test_every_mark_shown_reads_back(tenths):
    assert parse_tenths(format_tenths(tenths)) == tenths


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_money_shown_reads_back(amount):
    assert parse_dong(format_dong(amount)) == amount


@pytest.mark.parametrize(
    "typed", ["1.250.000 đ", "1250000", 1250000, "1.250.000 đồng", "1,250,000 VND", 1250000.0]
)
def test_money_is_read_in_whole_dong(typed):
    assert parse_dong(typed) == 1_250_000


def test_half_a_dong_does_not_exist():
    with pytest.raises(NumberProblem, match="không có phần lẻ"):
        parse_dong("12,5 đ")
