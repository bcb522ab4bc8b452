import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.class_names import (
    PRESCHOOL_GROUPS,
    class_name_key,
    class_sort_key,
    grade_of,
    normalise_class_name,
    preschool_group,
    preschool_group_of,
)

IN_ORDER = [
    "Nhà trẻ A",
    "Mầm 1",
    "Mầm 2",
    "Chồi 1",
    "Lá 1",
    "Lá 10",
    "1A",
    "1B",
    "2A",
    "6A",
    "6A1",
    "6A2",
    "6A10",
    "6B1",
    "9A",
    "10A1",
    "10A2",
    "10A10",
    "10Đ",
    "11A1",
    "12 Anh",
    "12 Văn",
    "Lớp học tình thương",
]


def test_classes_sort_by_group_grade_letters_and_number():
    shuffled = random.Random(5).sample(IN_ORDER, len(IN_ORDER))
    assert sorted(shuffled, key=class_sort_key) == IN_ORDER


def test_six_a_two_stands_before_six_a_ten():
    assert sorted(["6A10", "6B1", "6A2"], key=class_sort_key) == ["6A2", "6A10", "6B1"]


def test_d_with_a_stroke_stands_after_d():
    assert sorted(["10Đ", "10E", "10D2", "10D"], key=class_sort_key) == ["10D", "10D2", "10Đ", "10E"]


@given(st.integers(1, 12), st.sampled_from("ABCDĐE"), st.integers(1, 40), st.integers(1, 40))
def test_numbers_in_class_names_compare_as_numbers(grade, letter, one, other):
    assert (class_sort_key(f"{grade}{letter}{one}") < class_sort_key(f"{grade}{letter}{other}")) == (
        one < other
    )


@given(st.text(max_size=20))
def test_every_name_has_an_ascii_key(name):
    assert class_sort_key(name).isascii()


@pytest.mark.parametrize(
    ("name", "grade"),
    [
        ("6A1", 6),
        ("10A10", 10),
        ("Lớp 1B", 1),
        ("lớp 12 Văn", 12),
        ("KHỐI 7", 7),
        ("13A", None),
        ("0A", None),
        ("Lá 1", None),
        ("3-4 tuổi A", None),
        ("25-36 tháng", None),
        ("A6", None),
        ("", None),
        ("123", None),
    ],
)
def test_the_grade_stands_first_in_a_class_name(name, grade):
    assert grade_of(name) == grade


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Lớp Lá 1", "MG5"),
        ("Mầm A", "MG3"),
        ("Chồi 2", "MG4"),
        ("Nhà trẻ", "NT3"),
        ("Nhóm 13-24 tháng", "NT2"),
        ("3 - 12 tháng", "NT1"),
        ("Mẫu giáo bé A", "MG3"),
        ("Mẫu giáo nhỡ", "MG4"),
        ("Mẫu giáo lớn 5-6 tuổi", "MG5"),
        ("5 tuổi A1", "MG5"),
        ("Lớp 4 tuổi B", "MG4"),
        ("MG ghép", "MGG"),
        ("6A1", None),
        ("12 Lan", None),
    ],
)
def test_preschool_groups_are_known_by_their_words(name, code):
    group = preschool_group_of(name)
    assert (group.code if group else None) == code


def test_preschool_ages_run_on_without_a_gap():
    ages = [(group.first_month, group.last_month) for group in PRESCHOOL_GROUPS if group.code != "MGG"]
    assert all(after[0] == before[1] + 1 for before, after in pairwise(ages))
    assert preschool_group("MG5").label == "Mẫu giáo lớn 5-6 tuổi"


@pytest.mark.parametrize("name", ["6A1", " 6a1 ", "Lớp 6A1", "6 A1", "lớp 6a 1"])
def test_one_class_written_many_ways_is_one_class(name):
    assert normalise_class_name(name) == "6A1"
    assert class_name_key(name) == "6A1"


def test_a_name_with_words_keeps_its_words():
    assert normalise_class_name("Lớp  Lá 1") == "Lớp Lá 1"
    assert normalise_class_name("12 Văn") == "12 Văn"
