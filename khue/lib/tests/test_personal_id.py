import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.personal_id import (
    OLD_PROVINCES,
    PersonalIdProblem,
    clean_personal_id,
    looks_like_old_identity_card,
    mask_personal_id,
    personal_id_hint,
    personal_id_problems,
)
from khue.lib.sexes import Sex


def codes(number, **known):
    return [finding.code for finding in personal_id_problems(number, **known)]


def test_there_were_63_provinces():
    assert len(OLD_PROVINCES) == 63


@pytest.mark.parametrize(
    ("number", "sex", "year"),
    [("038215001234", Sex.MALE, 2015), ("011098000001", Sex.MALE, 1998), ("079312009999", Sex.FEMALE, 2012)],
)
def test_the_examples_of_the_rule_agree_with_their_holders(number, sex, year):
    assert codes(number, sex=sex, birth_year=year) == []


@pytest.mark.parametrize(
    ("number", "known", "found", "message"),
    [
        ("038215001234", {"sex": Sex.FEMALE}, "SEX_MISMATCH", "Số thứ tư là 2, ứng với Nam, nhưng khai Nữ."),
        (
            "038215001234",
            {"birth_year": 2014},
            "YEAR_MISMATCH",
            "Số thứ năm và sáu là 15, nhưng khai sinh năm 2014.",
        ),
        (
            "038215001234",
            {"birth_year": 1915},
            "CENTURY_MISMATCH",
            "Số thứ tư là 2, ứng với người sinh 2000 đến 2099, nhưng khai 1915.",
        ),
        ("03821500123", {}, "LENGTH", "Số này có 11 chữ số, cần đủ 12."),
        ("03821500123O", {}, "NON_DIGIT", "Số định danh có ký tự “O” không phải chữ số."),
        ("003215001234", {}, "PROVINCE_UNKNOWN", "Ba số đầu 003 không phải mã tỉnh nào."),
        ("038915001234", {}, "CENTURY_MISMATCH", "Số thứ tư là 9, chưa có ai sinh ở thế kỷ ấy."),
    ],
)
def test_each_mistake_is_found_and_named(number, known, found, message):
    findings = personal_id_problems(number, **known)
    assert [(finding.code.value, finding.message) for finding in findings] == [(found, message)]


def test_an_empty_number_lacks_digits_and_length():
    assert codes("") == [PersonalIdProblem.NON_DIGIT, PersonalIdProblem.LENGTH]
    assert all(code.is_fatal for code in codes(""))
    assert not PersonalIdProblem.YEAR_MISMATCH.is_fatal


def test_several_mistakes_are_all_reported():
    found = codes("003215001234", sex=Sex.FEMALE, birth_year=1914)
    assert found == [
        PersonalIdProblem.PROVINCE_UNKNOWN,
        PersonalIdProblem.SEX_MISMATCH,
        PersonalIdProblem.CENTURY_MISMATCH,
        PersonalIdProblem.YEAR_MISMATCH,
    ]


def test_the_hint_reads_place_sex_and_year():
    hint = personal_id_hint("079312009999")
    assert (hint.place, hint.province_code, hint.sex, hint.birth_year) == (
        "Hồ Chí Minh",
        "79",
        Sex.FEMALE,
        2012,
    )
    assert personal_id_hint("215215001234").place == "Nước ngoài"
    assert personal_id_hint("12") is None
    assert personal_id_hint("003215001234") is None


@given(
    st.sampled_from(sorted(OLD_PROVINCES)),
    st.sampled_from(list(Sex)),
    st.integers(min_value=1900, max_value=2199),
    st.integers(min_value=0, max_value=999999),
)
def test_a_number_made_by_the_rule_agrees_and_hints_back(province, sex, year, serial):
    digit = (year - 1900) // 100 * 2 + (sex - 1)
    number = f"0{province}{digit}{year % 100:02d}{serial:06d}"
    assert codes(number, sex=sex, birth_year=year) == []
    assert codes(number, sex=sex.other, birth_year=year) == [PersonalIdProblem.SEX_MISMATCH]
    hint = personal_id_hint(number)
    assert (hint.province_code, hint.sex, hint.birth_year) == (province, sex, year)


@given(st.text(max_size=14))
def test_any_text_gets_a_verdict(text):
    findings = personal_id_problems(text)
    assert all(finding.message.endswith(".") for finding in findings)
    assert (personal_id_hint(text) is not None) <= (len(text) == 12)


def test_masks_as_the_rule_shows():
    assert mask_personal_id("038215001234") == "038*****1234"
    assert mask_personal_id("123456789") == "*********"
    assert mask_personal_id("") == ""


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("038215001234", "038215001234"),
        (38215001234, "038215001234"),
        (38215001234.0, "038215001234"),
        (1098000001, "001098000001"),
        (" 038 215 001 234", "038215001234"),
        ("'038215001234", "038215001234"),
        ("38215001234", "38215001234"),
        (123456789, "123456789"),
        (None, ""),
    ],
)
def test_a_number_cell_gets_its_lost_zero_back_but_text_is_left_as_written(cell, number):
    assert clean_personal_id(cell) == number


def test_nine_digits_are_an_old_identity_card():
    assert looks_like_old_identity_card("123456789")
    assert not looks_like_old_identity_card("038215001234")
