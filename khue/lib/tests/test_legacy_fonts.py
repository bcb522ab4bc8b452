import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.lib.legacy_fonts import (
    TCVN3_TABLE,
    VNI_TABLE,
    convert_legacy_font,
    legacy_font_of_column,
    looks_like_legacy_font,
)
from khue.lib.syllables import is_vietnamese_syllable

words = str.split

LETTERS = "àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵăâêôơưđ"
NAMES = words("Nguyễn Trần Phạm Huỳnh Đặng Bùi Đỗ Dương Hữu Thị Đức Thuý Hoà Ngọc Mỹ Dũng Thảo Phượng Tuấn")


def typed_with(kind, text):
    """Type a text the old way: the tables turned round, capitals with a tone falling to small letters."""
    table = (
        {letter: chr(byte) for byte, letter in TCVN3_TABLE.items()}
        if kind == "TCVN3"
        else {letter: pair for pair, letter in VNI_TABLE.items()}
    )
    return "".join(table.get(char) or table.get(char.lower()) or char for char in text)


def test_both_tables_know_every_vietnamese_letter():
    assert set(LETTERS) <= set(TCVN3_TABLE.values())
    assert set(LETTERS) <= set(VNI_TABLE.values())
    assert set(LETTERS.upper()) <= set(VNI_TABLE.values())


def test_tcvn3_agrees_with_the_national_standard_at_known_bytes():
    """Bytes from TCVN 5712:1993, the standard that the ABC fonts follow."""
    known = {
        0xA7: "Đ",
        0xA8: "ă",
        0xAE: "đ",
        0xB5: "à",
        0xBE: "ắ",
        0xC6: "ặ",
        0xCB: "ậ",
        0xD4: "ễ",
        0xDF: "ò",
    }
    assert {byte: TCVN3_TABLE[byte] for byte in known} == known


@pytest.mark.parametrize(
    ("old", "kind", "name"),
    [
        ("NguyÔn V¨n B×nh", "TCVN3", "Nguyễn Văn Bình"),
        ("TrÇn ThÞ Thu H»ng", "TCVN3", "Trần Thị Thu Hằng"),
        ("§Æng H÷u D\u00adng", "TCVN3", "Đặng Hữu Dưng"),
        ("Nguyeãn Vaên Bình", "VNI", "Nguyễn Văn Bình"),
        ("Traàn Thò Thu Haèng", "VNI", "Trần Thị Thu Hằng"),
        ("Ñaëng Höõu Duõng", "VNI", "Đặng Hữu Dũng"),
        ("NGUYEÃN VAÊN ÑÖÙC", "VNI", "NGUYỄN VĂN ĐỨC"),
    ],
)
def test_old_fonts_are_recognised_and_converted(old, kind, name):
    assert looks_like_legacy_font(old) == kind
    assert convert_legacy_font(old, kind) == name


@given(
    st.lists(st.sampled_from(NAMES), min_size=2, max_size=4).map(" ".join), st.sampled_from(["TCVN3", "VNI"])
)
def test_text_typed_the_old_way_converts_back(name, kind):
    assert convert_legacy_font(typed_with(kind, name), kind) == name


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Văn An",
        "Nguyen Van An",
        "Lê Hoà",
        "Lò Văn È",
        "H'Hen Niê",
        "Hà Thu",
        "Tô Lan",
        "Ý Lan",
        "LÊ HÙNG",
        "Ê Nuôl",
        "",
    ],
)
def test_unicode_names_are_left_alone(name):
    assert looks_like_legacy_font(name) is None


def test_a_column_is_judged_by_the_votes_of_its_cells():
    assert legacy_font_of_column([typed_with("VNI", name) for name in NAMES] + ["Lan", "Mai"]) == "VNI"
    assert legacy_font_of_column([typed_with("TCVN3", name) for name in NAMES]) == "TCVN3"
    assert legacy_font_of_column([*NAMES, "NguyÔn V¨n B×nh"]) is None
    assert legacy_font_of_column([]) is None


def test_an_unknown_font_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="unknown legacy font"):
        convert_legacy_font("An", "VISCII")


@pytest.mark.parametrize("word", ["Nguyễn", "gì", "quý", "khuya", "THUÝ", "ươm", "giếng", "uống", "yên"])
def test_vietnamese_syllables_are_known(word):
    assert is_vietnamese_syllable(word)


@pytest.mark.parametrize("word", ["NguyÔn", "Nguyeãn", "càt", "wên", "Niêk'", "áá"])
def test_other_words_are_not_syllables(word):
    assert not is_vietnamese_syllable(word)
