import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.disabilities import (
    DisabilityDegree,
    DisabilityKind,
    DisabilityProblem,
    parse_disability,
    parse_disability_degree,
)
from khue.lib.ethnic_groups import GROUPS, EthnicGroupProblem, _exact_key, is_minority, parse_ethnic_group
from khue.lib.names import fold
from khue.lib.religions import RELIGIONS, ReligionProblem, parse_religion
from khue.lib.sexes import Sex, SexProblem, parse_sex


@pytest.mark.parametrize("value", ["Nam", "nam", " NAM ", "1", "01", 1, 1.0, "M", "male", "Trai", "'1"])
def test_words_and_codes_for_male(value):
    assert parse_sex(value) is Sex.MALE


@pytest.mark.parametrize(
    "value", ["Nữ", "nữ", "Nu", "NU\u031b\u0303", "2", "02", 2, 2.0, "F", "Female", "Gái"]
)
def test_words_and_codes_for_female(value):
    assert parse_sex(value) is Sex.FEMALE


@pytest.mark.parametrize(
    ("value", "sex"),
    [
        ("x", Sex.FEMALE),
        ("X", Sex.FEMALE),
        ("✓", Sex.FEMALE),
        ("", Sex.MALE),
        (None, Sex.MALE),
        ("Nữ", Sex.FEMALE),
        ("Nam", Sex.MALE),
        (1, Sex.FEMALE),
        (0, Sex.MALE),
        (True, Sex.FEMALE),
    ],
)
def test_a_cross_in_the_column_of_girls_means_a_girl_and_nothing_a_boy(value, sex):
    assert parse_sex(value, crossed=Sex.FEMALE) is sex


@pytest.mark.parametrize("value", ["", None, "x", "0", "3", "khác", float("nan")])
def test_an_unclear_sex_is_refused(value):
    with pytest.raises(SexProblem):
        parse_sex(value)


def test_sex_is_spoken_as_schools_do():
    assert [sex.label for sex in Sex] == ["Nam", "Nữ"]
    assert Sex.MALE.other is Sex.FEMALE
    assert Sex.FEMALE.other is Sex.MALE


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("Kinh", "01"), ("kinh", "01"), ("H'Mông", "08"), ("H’Mông", "08"), ("Hmông", "08"), ("Mèo", "08"),
        ("Ê Đê", "12"), ("Êđê", "12"), ("ê-đê", "12"), ("Khmer", "05"), ("Khơ me", "05"), ("Khơ mú", "29"),
        ("Dân tộc Thái", "03"), ("dan toc muong", "06"), ("Mường", "06"), ("8", "08"), (8, "08"), (8.0, "08"),
        ("08", "08"), ("Thổ", "24"), ("Sán Chỉ", "15"), ("Cơ Tu", "26"), ("Người nước ngoài", "55"), ("Gia Rai", "10"),
        ("Người Hoa", "04"), ("Vân Kiều", "23"), ("Xơ Đăng", "14"), ("La Ha", "39"), ("Lô lô", "43"),
        ("Mu\u031bo\u031b\u0300ng", "06"),
    ],
)  # fmt: skip
def test_ethnic_groups_are_found_by_the_names_in_use(value, code):
    assert parse_ethnic_group(value).code == code


def test_there_are_54_groups_and_two_further_codes():
    assert len(GROUPS) == 56
    assert (GROUPS["01"].name, GROUPS["54"].name, GROUPS["55"].name) == ("Kinh", "Rơ-măm", "Người nước ngoài")


def test_every_name_and_other_name_belongs_to_one_group():
    owners = {}
    for group in GROUPS.values():
        for name in (group.name, *group.aliases):
            assert owners.setdefault(_exact_key(name), group.code) == group.code, name
            assert parse_ethnic_group(name).code == group.code


def test_codes_read_back():
    for code in GROUPS:
        assert parse_ethnic_group(code).code == code


@pytest.mark.parametrize("value", ["", None, "Klingon", "0", "57", "-1", "1.5"])
def test_an_unknown_group_is_refused(value):
    with pytest.raises(EthnicGroupProblem):
        parse_ethnic_group(value)


def test_minorities_are_all_but_kinh_and_sometimes_hoa():
    assert sum(is_minority(code) for code in GROUPS) == 53
    assert sum(is_minority(code, hoa_counts=False) for code in GROUPS) == 52


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "00"),
        (None, "00"),
        ("Không", "00"),
        ("Phật giáo", "01"),
        ("Thiên Chúa giáo", "02"),
        ("Hòa Hảo", "05"),
        ("2", "02"),
        (6, "06"),
    ],
)
def test_religions_are_found_by_name_or_code(value, code):
    assert parse_religion(value) == code


def test_every_religion_is_found_by_its_own_name():
    for code, name in RELIGIONS.items():
        assert parse_religion(name) == code
        assert parse_religion(fold(name)) == code


def test_an_unknown_religion_is_refused():
    with pytest.raises(ReligionProblem):
        parse_religion("Jedi")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", None), (None, None), ("Không", None), ("Khuyết tật vận động", DisabilityKind.MOBILITY),
        ("KT nghe, nói", DisabilityKind.HEARING_SPEECH), ("Khiếm thị", DisabilityKind.VISION),
        ("Tự kỷ", DisabilityKind.AUTISM), ("Trí tuệ", DisabilityKind.INTELLECTUAL), ("x", DisabilityKind.OTHER),
        ("Khuyết tật học tập", DisabilityKind.LEARNING), ("Thần kinh/tâm thần", DisabilityKind.MENTAL),
    ],
)  # fmt: skip
def test_disabilities_are_read_from_words_or_a_cross(value, kind):
    assert parse_disability(value) is kind


def test_every_kind_and_degree_is_read_from_its_own_label():
    for kind in DisabilityKind:
        assert parse_disability(kind.label) is kind
    for degree in DisabilityDegree:
        assert parse_disability_degree(degree.label) is degree
    assert parse_disability_degree("") is None


@given(st.text(max_size=15))
def test_any_text_gives_a_kind_or_a_named_problem(text):
    try:
        kind = parse_disability(text)
    except DisabilityProblem as problem:
        kind = problem.message
    assert kind is None or kind in set(DisabilityKind) or kind.startswith("Chưa rõ loại khuyết tật")
