import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib import names
from khue.lib.syllables import ALPHABET, TONE_RANK, canonical_tone

words = str.split

FAMILIES = words(
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Lò Quàng Vàng Giàng Niê"
)
MIDDLES = words("Văn Thị Đức Hữu Ngọc Minh Thanh Hoà Thuý Mỹ Gia Ăng Ân Ô Ơn")
GIVEN = words(
    "An Anh Ánh Ân Ăng Ẩn Bảo Dung Dũng Đạt Ma Mà Mả Mã Má Mạ Ưng Ứng Ông Ong Ơn Yến Uyên Hoà Hòa Quý"
)

full_names = st.builds(
    lambda family, middle, given_name: " ".join([family, *middle, given_name]),
    st.sampled_from(FAMILIES),
    st.lists(st.sampled_from(MIDDLES), max_size=3),
    st.sampled_from(GIVEN),
)
any_text = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


def reference_word_key(word):
    """The definition of rules/16 section 9, written as the tuples it speaks of."""
    letters, tones = [], []
    for char in unicodedata.normalize("NFC", canonical_tone(word)).lower():
        parts = unicodedata.normalize("NFD", char)
        tone = [TONE_RANK[part] for part in parts if part in TONE_RANK]
        base = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONE_RANK))
        letters.append(ALPHABET.index(base) + 1 if base in ALPHABET else 0)
        tones.append(tone[0] if tone else 0)
    return letters, tones


def reference_key(name):
    *rest, given_name = name.split()
    return reference_word_key(given_name), [reference_word_key(word) for word in rest]


def test_given_names_sort_by_the_vietnamese_alphabet():
    shuffled = words("Đạt Dũng Anh Ánh Ân Ăng An Bảo Ẩn Dung")
    assert names.sorted_names(shuffled) == words("An Anh Ánh Ăng Ân Ẩn Bảo Dung Dũng Đạt")


def test_tones_sort_level_grave_hook_tilde_acute_dot():
    assert names.sorted_names(words("mạ má mã mả mà ma")) == words("ma mà mả mã má mạ")


def test_the_same_given_name_sorts_by_family_then_middle_or_the_other_way_round():
    people = ["Nguyễn Văn An", "Lê Thị An", "Trần An"]
    assert names.sorted_names(people) == ["Lê Thị An", "Nguyễn Văn An", "Trần An"]
    assert names.sorted_names(people, order="given-middle-family") == [
        "Trần An",
        "Lê Thị An",
        "Nguyễn Văn An",
    ]


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Trần An", "0118.00-26240318.0010"),
        ("Lê Thị Ánh", "011812.400-1609.00-261213.005"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_sort_keys_are_written_as_the_rule_says(name, key):
    assert names.sort_key(name) == key


@given(st.lists(full_names, max_size=30))
def test_bytes_of_sort_keys_compare_as_the_reference_does(people):
    assert sorted(people, key=names.sort_key) == sorted(people, key=reference_key)


def test_five_thousand_random_names_sort_as_the_reference_does():
    dice = random.Random(2026)
    people = [
        " ".join([dice.choice(FAMILIES), *dice.sample(MIDDLES, dice.randint(0, 2)), dice.choice(GIVEN)])
        for _ in range(5000)
    ]
    assert sorted(people, key=lambda name: names.sort_key(name).encode()) == sorted(people, key=reference_key)


@given(st.lists(full_names, max_size=20))
def test_middle_before_family_compares_given_then_middle_words_then_family(people):
    def reference(name):
        family, *middle, given_name = name.split()
        return (
            reference_word_key(given_name),
            [reference_word_key(w) for w in middle],
            reference_word_key(family),
        )

    keyed = sorted(people, key=lambda name: names.sort_key(name, order="given-middle-family"))
    assert keyed == sorted(people, key=reference)


@given(any_text)
def test_every_text_has_an_ascii_sort_key(text):
    assert names.sort_key(text).isascii()
    assert names.sort_key(text, order="given-middle-family").isascii()


@given(full_names)
def test_both_unicode_forms_and_both_tone_styles_share_keys(name):
    decomposed = unicodedata.normalize("NFD", name)
    assert names.sort_key(decomposed) == names.sort_key(name)
    assert names.fold(decomposed) == names.fold(name)
    assert names.sort_key(names.tone_canon(name)) == names.sort_key(name)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hoà", "Hòa"),
        ("Thuý", "Thúy"),
        ("HOÀ", "HÒA"),
        ("Khoẻ", "Khỏe"),
        ("Thuỳ Hoá", "Thùy Hóa"),
        ("hòan", "hoàn"),
        ("qúy", "quý"),
        ("gìa", "già"),
        ("khủyu", "khuỷu"),
        ("Nguyêñ", "Nguyễn"),
    ],
)
def test_two_ways_of_placing_the_tone_are_one_word(old, new):
    assert names.tone_canon(old) == names.tone_canon(new) == new


def test_i_and_y_stay_different_names():
    assert names.tone_canon("Lý") != names.tone_canon("Lí")


@pytest.mark.parametrize("name", words("Thuế Thủa Quốc Nguyễn Oanh Gìn Bùi Ý Yến Mười Khuya Quỳnh"))
def test_a_well_written_word_keeps_its_tone_mark(name):
    assert names.tone_canon(name) == name


@given(any_text)
def test_moving_tones_twice_changes_nothing_more(text):
    once = names.tone_canon(text)
    assert names.tone_canon(once) == once


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặng Thị Ứng", "dang thi ung"),
        ("  NGUYỄN\u00a0 Văn\tĐức ", "nguyen van duc"),
        ("Ðỗ Ðình", "do dinh"),
        ("H’Hen Niê", "h'hen nie"),
        ("K\u200b' Brêu", "k' breu"),
    ],
)
def test_folding_drops_diacritics_case_and_spare_spaces(text, folded):
    assert names.fold(text) == folded
    assert names.fold(unicodedata.normalize("NFD", text)) == folded


@given(any_text)
def test_folding_twice_changes_nothing_more(text):
    once = names.fold(text)
    assert names.fold(once) == once


@pytest.mark.parametrize(
    ("query", "found"),
    [("dang ung", True), ("Ứng Đặng", True), ("đặ", True), ("nguyen", False), ("ang", False), ("", True)],
)
def test_search_takes_words_in_any_order_with_or_without_marks(query, found):
    assert names.matches_search(names.search_key("Đặng Thị Ứng"), query) is found


def test_search_key_joins_a_name_with_an_apostrophe():
    assert names.search_key("H'Hen Niê-Kđăm") == "hhen nie kdam"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  nguyễn   văn\nan ", "Nguyễn Văn An"),
        ("NGUYỄN THỊ ÁNH", "Nguyễn Thị Ánh"),
        ("H'Hen Niê", "H'Hen Niê"),
        ("H’HEN NIÊ", "H'Hen Niê"),
        ("h'hen niê", "H'Hen Niê"),
        ("K' Brêu", "K' Brêu"),
        ("K 'Brêu", "K'Brêu"),
        ("Ðặng Ðức", "Đặng Đức"),
        ("Y Moan", "Y Moan"),
        ("lò văn è", "Lò Văn È"),
        ("A-lăng Nhớ", "A-lăng Nhớ"),
        ("Nguyê\u0303n Va\u0306n An", "Nguyễn Văn An"),
    ],
)
def test_a_name_is_spelled_as_lists_show_it(typed, name):
    assert names.normalise_name(typed) == name


@given(any_text)
def test_spelling_a_name_twice_changes_nothing_more(text):
    once = names.normalise_name(text)
    assert names.normalise_name(once) == once


@pytest.mark.parametrize(
    "name", ["Nguyễn Văn An", "Y Moan", "H'Hen Niê", "K' Brêu", "Lò Văn È", "An", "Jan W. Fuzz"]
)
def test_real_names_have_no_problem(name):
    assert names.name_problem(name) is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Họ tên còn trống."),
        (" \u200b", "Họ tên còn trống."),
        ("Nguyễn Văn An2", "Họ tên có chữ số “2”."),
        ("An @ Bình", "Họ tên có ký tự lạ “@”."),
        ("A" * 101, "Họ tên dài 101 ký tự, tối đa 100."),
        ("- -", "“- -” chưa phải là họ tên."),
        ("NguyÔn V¨n An", "Họ tên gõ bằng phông cũ TCVN3. Chuyển sang Unicode rồi nhập lại."),
    ],
)
def test_a_faulty_name_is_refused_with_the_fault_named(text, problem):
    assert names.name_problem(text) == problem


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Nguyễn Văn An", ("Nguyễn Văn", "An")),
        ("Y Moan", ("Y", "Moan")),
        ("An", ("", "An")),
        ("", ("", "")),
    ],
)
def test_the_given_name_is_the_last_word(full, parts):
    assert names.split_name(full) == parts


@pytest.mark.parametrize(
    ("name", "letters"), [("Nguyễn Văn An", "VA"), ("đỗ đạt", "ĐĐ"), ("An", "A"), ("", "")]
)
def test_initials_are_those_of_the_last_two_words(name, letters):
    assert names.initials(name) == letters


def test_names_of_a_province_fold_and_sort_without_rereading_words():
    """Guards the word cache by counting work, not by the clock: equal words are computed once."""
    names._word_key.cache_clear()
    for number in range(2000):
        names.sort_key(f"{FAMILIES[number % 20]} {MIDDLES[number % 15]} {GIVEN[number % 25]}")
    assert names._word_key.cache_info().misses <= 60
