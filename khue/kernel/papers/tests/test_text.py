"""Text as it can be printed."""

from __future__ import annotations

import unicodedata

import pytest

from khue.kernel.papers.text import STAND_IN, letters, printable, printable_tree


def test_every_vietnamese_letter_can_be_printed():
    bases = "aeiouyăâêôơưđAEIOUYĂÂÊÔƠƯĐ"
    tones = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
    for base in bases:
        for tone in tones:
            strange: set[str] = set()
            assert printable(base + tone, strange) == unicodedata.normalize("NFC", base + tone)
            assert not strange


def test_letters_of_minority_languages_can_be_printed():
    strange: set[str] = set()
    assert printable("Y Kpă, H’Ƀuôn, Ksor Ĕ, Čil Múp, Brĭu Ñang, Dŭr", strange)
    assert not strange


def test_decomposed_text_is_composed():
    assert printable(unicodedata.normalize("NFD", "Nguyễn Thị Thuỷ"), set()) == "Nguyễn Thị Thuỷ"


@pytest.mark.parametrize(
    "sign", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u00ad", "\x00", "\x1b", "\r", "\ud800"]
)
def test_signs_that_hide_or_turn_text_round_are_left_out(sign):
    strange: set[str] = set()
    assert printable(f"An{sign}na", strange) == "Anna"
    assert not strange


def test_a_letter_of_no_font_of_ours_is_shown_as_a_box_and_named():
    strange: set[str] = set()
    assert printable("Giỏi 👍 王", strange) == f"Giỏi {STAND_IN} {STAND_IN}"
    assert strange == {"👍", "王"}


def test_a_box_in_the_data_is_a_box_and_not_strange():
    strange: set[str] = set()
    assert printable("□", strange) == "□"
    assert not strange


def test_a_tree_keeps_its_numbers_and_its_shape():
    strange: set[str] = set()
    tree = {"a": ["e\u0301", 1, None, True, ("x", {"b": "☃"})]}
    assert printable_tree(tree, strange) == {"a": ["é", 1, None, True, ["x", {"b": STAND_IN}]]}
    assert strange == {"☃"}


def test_all_faces_have_all_the_letters_of_the_list():
    assert len(letters()) > 1200
    assert ord(STAND_IN) in letters()
