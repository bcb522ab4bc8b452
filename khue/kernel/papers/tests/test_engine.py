"""Forms and data to PDF/A: what every form can rely on."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any

import pytest

from khue.kernel.papers import PaperError, declared, draw, render, render_many
from khue.kernel.papers.engine import _Compilers
from khue.kernel.papers.forms import HOUSE, Form
from khue.kernel.papers.qr import qr_svg
from khue.kernel.papers.tests.reading import Facts, ink, page_texts, text_of

CREATED = {"year": 2026, "month": 5, "day": 29, "hour": 9, "minute": 0, "second": 0}
TEMPLATE = '#import "/kernel/papers/typ/paper.typ": *\n#show: paper.with(foot: foot(1))\n'


def words(data: Any) -> dict[str, Any]:
    return {
        "title": "Giấy thử",
        "author": ["Trường THCS Lê Quý Đôn"],
        "created": CREATED,
        "proof": None,
        "foot": "",
        **data,
    }


@pytest.fixture
def slip(tmp_path):
    """A form of one's own, in a root of its own beside the room's first page."""
    room_of_forms = tmp_path / "kernel/papers/typ"
    room_of_forms.mkdir(parents=True)
    (room_of_forms / "paper.typ").write_text((HOUSE / "kernel/papers/typ/paper.typ").read_text())

    def made(body: str) -> Form:
        (tmp_path / "slip.typ").write_text(TEMPLATE + body)
        return Form("test.slip", "Giấy thử", "slip.typ", words, tmp_path)

    return made


def test_a_paper_is_pdf_a_2b_tagged_and_in_vietnamese(slip):
    pdf = render(slip("#data.body *đậm* _nghiêng_"), {"body": "Chào các em"})
    facts = Facts(pdf)
    assert re.search(r"<pdfaid:part>2</pdfaid:part>", facts.metadata)
    assert re.search(r"<pdfaid:conformance>B</pdfaid:conformance>", facts.metadata)
    assert "/OutputIntents" in facts.root
    assert facts.language.startswith("vi")
    assert facts.is_tagged
    assert "Giấy thử" in facts.metadata
    assert len(facts.fonts) == 3
    assert all(facts.fonts.values())
    assert all(re.match(r"/[A-Z]{6}\+KhueSerif", name) for name in facts.fonts)


def test_equal_data_gives_equal_bytes_and_other_data_other_bytes(slip):
    form = slip("#data.body")
    first, second = render(form, {"body": "An"}), render(form, {"body": "An"})
    assert first == second
    assert render(form, {"body": "Bình"}) != first
    assert b"D:20260529" in first


@pytest.mark.parametrize(
    "name",
    [
        "#panic()",
        '#eval("1+1")',
        '"); #panic("x',
        "*An* _Bình_ `Chi` $x^2$ = Dũng",
        "#import \"@preview/x:1.0.0\": *",
        "<place> @label // ghi chú /* bỏ */",
        "\\u{41} \\ # [ ] { }",
        "O'Hara & “Bảo” <b>đậm</b> ]]>",
        "- một\n+ hai",
        "https://langiang.example/a#b",
    ],
)  # fmt: skip
def test_data_is_text_whatever_it_contains(slip, name):
    pdf = render(slip("#data.body"), {"body": name})
    assert "".join(name.split()) in text_of(pdf)


def test_a_name_cannot_turn_its_neighbours_round(slip):
    paper = draw(slip("#data.body điểm 8,5"), {"body": "An \u202egnụhP"})
    assert "Ann" not in text_of(paper.pdf)
    assert "AngnụhPđiểm8,5" in text_of(paper.pdf)


def test_a_letter_no_font_has_is_told_and_stops_nothing(slip):
    paper = draw(slip("#data.body"), {"body": "Tốt 👍"})
    assert paper.strange == ("👍",)
    assert "Tốt□" in text_of(paper.pdf)


def test_a_template_that_fails_says_which_form(slip):
    with pytest.raises(PaperError, match="Giấy thử"):
        render(slip("#data.nowhere"), {"body": "An"})


def test_too_much_data_is_refused_before_it_is_laid_out(slip):
    with pytest.raises(PaperError, match="nhiều nhất là 600 KB"):
        render(slip("#data.body"), {"body": "x" * 700_000})


def test_too_many_pages_are_refused(slip):
    with pytest.raises(PaperError, match="201 trang"):
        render(slip("#for i in range(200) { [#i]; pagebreak() }"), {"body": ""})


def test_many_papers_come_in_order_and_a_bad_one_stops_nothing(slip):
    form = slip("#data.body")
    found = list(render_many(form, [{"body": "Một"}, {"body": "x" * 700_000}, {"body": "Ba"}]))
    assert isinstance(found[1], PaperError)
    texts = [text_of(each.pdf) for each in found if not isinstance(each, PaperError)]
    assert texts[0].startswith("Một")
    assert texts[1].startswith("Ba")


def test_a_guessed_number_of_pages_is_corrected(slip):
    form = slip("#for word in data.body { [#word]; pagebreak(weak: true) }")
    right = draw(form, {"body": ["Một"], "pages": 1})
    assert "Trang1/1" in text_of(right.pdf)
    wrong = draw(form, {"body": ["Một", "Hai", "Ba"], "pages": 1})
    assert wrong.pages == 3
    assert ["".join(text.split())[-8:] for text in page_texts(wrong.pdf)] == [
        "Trang1/3",
        "Trang2/3",
        "Trang3/3",
    ]


def test_a_place_for_a_signature_is_where_it_is_drawn(slip):
    form = slip('#v(50mm)\n#sign-place("principal", data.signed, width: 60mm, height: 20mm)')
    paper = draw(form, {"signed": {"name": "Trần Quốc Hùng", "words": "Ký số"}}, places=True)
    (place,) = paper.places
    assert (place.name, place.page) == ("principal", 1)
    box = (place.x - 1, place.y - 1, place.width + 2, place.height + 2)
    assert ink(paper.pdf, 1, box) > 400
    assert ink(paper.pdf, 1, (place.x + 2, place.y + 2, 8, place.height - 4)) > 0  # the name begins there
    assert ink(paper.pdf, 1, (0, place.y + place.height + 3, 595, 100)) == 0
    assert ink(paper.pdf, 1, (0, place.y - 103, 595, 100)) == 0
    empty = draw(form, {"signed": None}, places=True)
    assert empty.places == paper.places
    assert ink(empty.pdf, 1, box) == 0
    assert draw(form, {"signed": None}).places == ()


def test_threads_have_compilers_of_their_own(slip):
    form = slip("#data.body")
    found: dict[int, bytes] = {}

    def work(number: int) -> None:
        found[number] = render(form, {"body": f"Em số {number}"})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {number: f"Emsố{number}" in text_of(pdf) for number, pdf in found.items()} == dict.fromkeys(
        range(4), True
    )


def test_a_compiler_is_made_anew_after_some_papers(slip):
    form = slip("#data.body")
    compilers = _Compilers(2)
    first, second, third = (compilers.of(form) for _ in range(3))
    assert first is second
    assert third is not first
    assert render(form, {"body": "An"}) == render(form, {"body": "An"})


def test_a_qr_code_is_one_drawing_without_anything_to_load():
    drawing = qr_svg("https://xacminh.langiang.example/hb/1")
    assert drawing.startswith("<svg")
    assert drawing.count("<path") == 1
    assert "href" not in drawing


def test_no_template_of_the_house_loads_a_package_or_evaluates_text():
    templates = [Path(HOUSE / "kernel/papers/typ/paper.typ"), *HOUSE.rglob("*.typ")]
    assert len(templates) > 3
    for template in templates:
        source = template.read_text()
        assert "@preview" not in source
        assert "@local" not in source
        assert not re.search(r"\b(eval|plugin|read)\(", source), template


def test_every_declared_form_has_its_template():
    assert all(form.path.is_file() for form in declared().values())
