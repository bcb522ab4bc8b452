"""The cards of a pupil as text: what families read, what the school sees besides, and nothing of it as markup."""

from __future__ import annotations

from khue.school.gradebook import card_drawing
from khue.school.gradebook.cards import Card, Part, Shown, TraitGroup, TraitLine

MATHS = Card(
    "Toán", parts=[Part("Thường xuyên", (Shown("8,0", "8,0"), Shown("Đ", "Đạt", is_public=False)))], average="8,1",
    is_average_public=False, comment="Chăm <ngoan>", teacher="cô Lan",
)  # fmt: skip
TRAITS = Card(
    "Phẩm chất",
    groups=[TraitGroup("Phẩm chất", (TraitLine("Yêu nước", Shown("T", "Tốt"), None),))],
    waits=True,
)


def test_a_card_shows_marks_average_and_what_the_teacher_said() -> None:
    assert card_drawing.body([MATHS]) == (
        '<div class="subs mt-2"><article class="sub"><div><h3>Toán</h3>'
        '<span class="avg"><span class="visually-hidden">trung bình </span>8,1</span></div>\n'
        '<p class="mk"><span>Thường xuyên <b>8,0</b> <b title="Đạt">Đ</b></span></p>'
        '<p class="sm said">“Chăm &lt;ngoan&gt;” <span class="muted">cô Lan</span></p></article></div>'
    )


def test_the_school_sees_what_families_cannot_read_yet() -> None:
    page = card_drawing.body([MATHS], is_staff=True)
    assert 'class="avg is-hidden"' in page
    assert (
        '<b class="is-hidden" title="Chưa công bố">Đ<span class="visually-hidden"> chưa công bố</span></b>'
        in page
    )
    assert "<b>8,0</b>" in page


def test_qualities_stand_in_a_table_and_an_average_that_waits_says_so() -> None:
    page = card_drawing.body([TRAITS])
    assert '<span class="faint sm">chưa đủ điểm</span>' in page
    assert '<tr><th scope="row">Yêu nước</th><td><span>T</span></td><td></td></tr>' in page


def test_an_empty_card_says_so_to_the_school_alone() -> None:
    assert "Chưa có điểm." in card_drawing.body([Card("Tin học")], is_staff=True)
    assert "Chưa có điểm." not in card_drawing.body([Card("Tin học")])


def test_names_are_never_markup() -> None:
    page = card_drawing.body([Card('<script>"&', parts=[Part("<b>", (Shown("<i>", '"><'),))])])
    assert "<script>" not in page
    assert "&lt;script&gt;&quot;&amp;" in page
    assert 'title="&quot;&gt;&lt;"' in page
