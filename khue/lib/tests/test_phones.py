import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.phones import (
    NEW_MOBILE_PREFIXES,
    PhoneProblem,
    format_phone,
    is_mobile,
    mask_phone,
    normalise_phone,
)

mobiles = st.from_regex(r"0[35789][0-9]{8}", fullmatch=True)
landlines = st.from_regex(r"02[0-9]{9}", fullmatch=True)


@pytest.mark.parametrize(
    "written",
    [
        "0912 345 678",
        "0912.345.678",
        "0912-345-678",
        "+84912345678",
        "+84 912 345 678",
        "84912345678",
        "0084912345678",
        "912345678",
        912345678,
        912345678.0,
        "+84(0)912345678",
    ],
)
def test_one_mobile_number_written_many_ways_is_one_number(written):
    assert normalise_phone(written) == "+84912345678"


@pytest.mark.parametrize(
    ("written", "kept", "shown"),
    [
        ("024 3825 1234", "+842438251234", "024 3825 1234"),
        ("0237.3852.123", "+842373852123", "0237 3852 123"),
        ("2373852123", "+842373852123", "0237 3852 123"),
    ],
)
def test_landlines_keep_their_area_code(written, kept, shown):
    assert normalise_phone(written) == kept
    assert format_phone(kept) == shown
    assert not is_mobile(kept)


@given(st.one_of(mobiles, landlines))
def test_what_is_shown_reads_back(number):
    kept = normalise_phone(number)
    assert normalise_phone(format_phone(kept)) == kept
    assert normalise_phone(kept) == kept


@given(mobiles)
def test_a_mask_hides_the_middle_three_digits(number):
    masked = mask_phone(normalise_phone(number))
    assert masked == f"{number[:4]} ••• {number[7:]}"


def test_masks_as_the_rule_shows():
    assert mask_phone("+84912345678") == "0912 ••• 678"
    assert mask_phone("12345") == "•••"
    assert mask_phone("") == "•••"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "Số điện thoại còn trống."),
        (None, "Số điện thoại còn trống."),
        ("không có", "“không có” có ký tự không phải chữ số."),
        ("091234567", "Số này có 9 chữ số, số di động cần đủ 10."),
        ("09123456789", "Số này có 11 chữ số, số di động cần đủ 10."),
        ("0412345678", "Không có đầu số di động 041."),
        ("01621234567", "Số 11 chữ số đã đổi từ năm 2018, số mới là 0321 234 567."),
        ("0243825123", "Số này có 10 chữ số, số cố định cần đủ 11."),
        ("4412345678", "Số điện thoại bắt đầu bằng số 0 hoặc +84."),
    ],
)
def test_a_faulty_number_is_refused_with_the_mistake_named(written, message):
    with pytest.raises(PhoneProblem) as caught:
        normalise_phone(written)
    assert caught.value.message == message


def test_every_old_prefix_became_a_valid_new_one():
    for new in NEW_MOBILE_PREFIXES.values():
        assert is_mobile(normalise_phone(new + "1234567"))
    assert len(set(NEW_MOBILE_PREFIXES.values())) == len(NEW_MOBILE_PREFIXES)


@given(st.text(max_size=20))
def test_any_text_gives_a_number_or_a_named_problem(text):
    try:
        kept = normalise_phone(text)
    except PhoneProblem:
        return
    assert kept.startswith("+84")
    assert kept[1:].isascii()
    assert kept[1:].isdigit()
