import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.codes import (
    CodeProblem,
    campus_code,
    check_ministry_code,
    check_school_code,
    is_ministry_code,
    is_temporary_pupil_code,
    split_campus_code,
    temporary_pupil_code,
)


@pytest.mark.parametrize("value", ["3868707214", 3868707214, 3868707214.0, " 3868707214 ", "'3868707214"])
def test_a_ministry_code_is_taken_from_text_or_number(value):
    assert check_ministry_code(value) == "3868707214"
    assert is_ministry_code(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "Mã định danh còn trống."),
        (None, "Mã định danh còn trống."),
        ("386870721", "Mã định danh có 9 chữ số, cần đủ 10."),
        ("38687O7214", "Mã định danh “38687O7214” có ký tự không phải chữ số."),
        ("٣٨٦٨٧٠٧٢١٤", "Mã định danh “٣٨٦٨٧٠٧٢١٤” có ký tự không phải chữ số."),
    ],
)
def test_a_faulty_ministry_code_is_refused_with_the_mistake_named(value, message):
    with pytest.raises(CodeProblem) as caught:
        check_ministry_code(value)
    assert caught.value.message == message
    assert not is_ministry_code(value)


def test_a_province_may_set_another_form():
    assert check_ministry_code("HS-000012", pattern=r"HS-\d{6}") == "HS-000012"
    with pytest.raises(CodeProblem, match="không đúng mẫu"):
        check_ministry_code("3868707214", pattern=r"HS-\d{6}")


school_codes = st.from_regex(r"[0-9A-Z][0-9A-Z\-]{1,20}", fullmatch=True)


@given(school_codes, st.integers(min_value=2000, max_value=2099), st.integers(min_value=1, max_value=99999))
def test_a_temporary_code_is_never_taken_for_the_ministrys(school, year, number):
    code = temporary_pupil_code(school, year, number)
    assert is_temporary_pupil_code(code)
    assert not is_ministry_code(code)


@given(st.from_regex(r"[0-9]{10}", fullmatch=True))
def test_a_ministry_code_is_never_taken_for_a_temporary_one(code):
    assert not is_temporary_pupil_code(code)


@given(
    school_codes,
    st.sets(st.tuples(st.integers(2020, 2080), st.integers(1, 9999)), max_size=20),
)
def test_temporary_codes_of_a_school_never_collide(school, numbers):
    assert len({temporary_pupil_code(school, year, number) for year, number in numbers}) == len(numbers)


@given(school_codes, st.integers(min_value=1, max_value=99))
def test_a_campus_code_tells_its_school(school, number):
    assert split_campus_code(campus_code(school, number)) == (school, number)


def test_school_codes_are_opaque_but_plain():
    assert check_school_code("38280501") == "38280501"
    assert check_school_code("thpt-trong") == "THPT-TRONG"
    with pytest.raises(CodeProblem, match="chỉ gồm chữ cái không dấu"):
        check_school_code("trường 1")
    with pytest.raises(CodeProblem, match="còn trống"):
        check_school_code("")


@pytest.mark.parametrize("number", [0, 100])
def test_a_school_has_at_most_99_campuses(number):
    with pytest.raises(ValueError, match="1 to 99"):
        campus_code("38280501", number)
