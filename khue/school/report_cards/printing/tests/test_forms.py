"""The printed card says what the data says: every form, short and long, and nothing is cut."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khue.kernel.papers import Form, PaperError, draw, render, render_many
from khue.kernel.papers.tests.reading import Facts, flat, ink, page_texts, text_of
from khue.school.report_cards.printing import papers, samples
from khue.school.report_cards.printing.shape import (
    CardData,
    CardForm,
    School,
    SecondaryResult,
    Signer,
    SubjectLine,
    TransferData,
)
from khue.school.report_cards.printing.wording import CannotPrintError

CARD = samples.SECONDARY
LONG = (
    "Em có nhiều tiến bộ so với học kì I, tích cực phát biểu, hoàn thành bài tập đầy đủ; cần luyện thêm kĩ năng "
    "trình bày và đọc hiểu. "
)
SAMPLES = [
    (papers.CARD, samples.SECONDARY, 2),
    (papers.CARD, samples.PRIMARY, 2),
    (papers.BOOK, samples.BOOK, 8),
    (papers.TRANSFER, samples.TRANSFER, 1),
]


def subject(number: int, **changes: object) -> SubjectLine:
    line = SubjectLine(
        f"M{number}",
        f"Môn học {number}",
        True,
        "7.0",
        "8.0",
        "7.7",
        comment=f"Nhận xét {number}.",
        teacher="Lê Hà",
    )
    return replace(line, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("form", "data", "pages"), SAMPLES)
def test_each_form_is_pdf_a_2b_with_our_fonts_inside(form: Form, data: object, pages: int):
    paper = draw(form, data)
    facts = Facts(paper.pdf)
    assert paper.pages == pages == len(page_texts(paper.pdf))
    assert "<pdfaid:part>2</pdfaid:part>" in facts.metadata
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in facts.metadata
    assert facts.language.startswith("vi")
    assert facts.is_tagged
    assert "Lê Hoài An" in facts.metadata
    assert facts.fonts
    assert all(facts.fonts.values())
    assert all("+KhueSerif" in name for name in facts.fonts)
    assert paper.strange == ()


@pytest.mark.parametrize(("form", "data", "pages"), SAMPLES)
def test_equal_data_gives_equal_bytes(form: Form, data: object, pages: int):
    assert render(form, data) == render(form, data)


@pytest.mark.parametrize("card", [samples.SECONDARY, samples.PRIMARY])
def test_a_card_weighs_less_than_100_kb(card: CardData):
    assert len(render(papers.CARD, card)) < 100_000


def test_a_secondary_card_says_everything():
    text = text_of(render(papers.CARD, CARD))
    for words in (
        "Trường THCS Lê Quý Đôn",
        "Lê Hoài An",
        "20/10/2013",
        "020313001234",
        "3826104417",
        "7A3, năm học 2025 – 2026",
        "22/2021/TT-BGDĐT",
        "Được lên lớp: lớp 8",
        "Giấy khen có thành tích trong phong trào Đội",
        CARD.homeroom_comment,
        "Nguyễn Văn Tùng",
        "Ký số lúc 29/05/2026 15:02:11 +07:00",
        "Chứng thư số: 5A3F 0091 70B1",
        "TRƯỜNG THCS LÊ QUÝ ĐÔN",
        "Đông Kinh, ngày 29 tháng 5 năm 2026",
        "Bản 1, ký ngày 29/05/2026",
        "Bản in từ học bạ số. Trang 2/2.",
        "7KQ4-M2XD-91TB",
        "9f3c 71ab 04de 5c22 … 8e10",
    ):
        assert flat(words) in text, words
    for line in CARD.subjects:
        row = line.name + "".join(m.replace(".", ",") for m in (line.first, line.second, line.year))
        assert flat(row) in text, line.name
        assert flat(line.comment) in text
        assert flat(f"Đã ký: {line.teacher}") in text
    assert "KHÔNGCÓGIÁTRỊPHÁPLÝ" not in text


def test_a_primary_card_says_everything():
    card = samples.PRIMARY
    assert card.primary_result is not None
    text = text_of(render(papers.CARD, card))
    for words in (
        "1. Các môn học và hoạt động giáo dục",
        "2. Những phẩm chất chủ yếu",
        "3. Những năng lực cốt lõi",
        "3.1. Những năng lực chung",
        "3.2. Những năng lực đặc thù",
        "4. Đánh giá kết quả giáo dục: Hoàn thành tốt",
        "5. Khen thưởng: Học sinh Tiêu biểu hoàn thành tốt trong học tập và rèn luyện",
        "Hoàn thành chương trình tiểu học, được lên lớp 6",
        "cao 138 cm, nặng 31 kg, sức khỏe loại A",
        "2 có phép, 0 không phép",
        "27/2020/TT-BGDĐT",
        card.primary_result.quality_comment,
        card.primary_result.general_comment,
        card.primary_result.specific_comment,
    ):
        assert flat(words) in text, words
    for line in card.primary_subjects:
        assert flat(line.name + line.level + line.mark + line.comment) in text, line.name
    for trait in card.primary_result.traits:
        assert flat(trait.name + trait.level) in text, trait.name


def test_a_retested_pupil_a_retained_one_and_one_in_continuing_education():
    result = SecondaryResult(
        learning_year="CHUA_DAT", conduct_year="CHUA_DAT", learning_after="DAT", conduct_after="KHA"
    )
    card = replace(CARD, result=result, subjects=(subject(1, year="4.1", retest="5.5"), subject(2, year="M")))
    text = text_of(render(papers.CARD, card))
    assert flat("Được lên lớp sau kiểm tra, đánh giá lại: lớp 8") in text
    assert "Môn học 17,08,04,15,5".replace(" ", "") in text
    assert "Miễn" in text
    assert flat("Chưa đạt") in text
    retained = replace(card, outcome="O_LAI", form=CardForm.CONTINUING_LOWER, principal=Signer("Lê Vinh"))
    text = text_of(render(papers.CARD, retained))
    assert flat("Không được lên lớp: học lại lớp 7") in text
    assert flat("PHÊ DUYỆT CỦA GIÁM ĐỐC") in text
    assert flat("Mã học viên") in text
    assert flat("hiệu trưởng") not in text


def test_a_year_before_tt_22_has_its_own_words_and_averages():
    result = SecondaryResult(
        learning_year="GIOI", conduct_year="TRUNG_BINH", mean_first="7.7", mean_year="8.1"
    )
    card = replace(CARD, circular="58/2011/TT-BGDĐT", year=2020, result=result)
    text = text_of(render(papers.CARD, card))
    assert flat("TB các môn") in text
    assert flat("Hạnh kiểm") in text
    assert flat("Học lực") in text
    assert flat("8,1Trung bìnhGiỏi") in text


@pytest.mark.parametrize("length", [5, 12, 25, 40, 60])
@pytest.mark.parametrize("subjects", [1, 8, 13, 20])
def test_no_name_is_too_long_and_no_table_too_full(length: int, subjects: int):
    name = (
        ("Vương Nguyễn Phương Hoàng Công Tằng Tôn Nữ Thị Bảo Quỳnh Ngân Hạnh"[:length])
        .strip()
        .ljust(length, "a")
    )
    card = replace(
        CARD,
        pupil=replace(CARD.pupil, full_name=name),
        subjects=tuple(subject(i) for i in range(subjects)),
        signatures=(),
    )
    paper = draw(papers.CARD, card)
    text = text_of(paper.pdf)
    assert text.count(flat(name)) == 2
    assert all(flat(f"Môn học {i}7,08,07,7Nhận xét {i}.") in text for i in range(subjects))
    assert paper.pages == (2 if subjects < 20 else paper.pages)
    assert f"Trang{paper.pages}/{paper.pages}" in text


def test_long_comments_flow_to_the_next_page_and_nothing_is_cut():
    comments = [f"{LONG * 4}Câu cuối {i}." for i in range(12)]
    card = replace(
        CARD,
        subjects=tuple(subject(i, comment=words) for i, words in enumerate(comments)),
        homeroom_comment=LONG * 40 + "Hết.",
        principal_comment=LONG * 30 + "Xong.",
    )
    paper = draw(papers.CARD, card, places=True)
    text = text_of(paper.pdf)
    assert paper.pages > 4
    pages = [flat(page) for page in page_texts(paper.pdf)]
    assert all(f"Câucuối{i}." in text for i in range(12))
    assert text.count(flat(LONG)) >= 12 * 4
    assert "Hết." in text
    assert "Xong." in text
    for number, page in enumerate(pages, 1):
        assert f"Trang{number}/{paper.pages}" in page
    # The head of the table stands again on every page that goes on with it.
    assert sum("Nhậnxétvàchữký" in page for page in pages) > 1
    # Nothing is drawn below the text area but the strip at the foot, and nothing beyond the margins.
    for number in range(1, paper.pages + 1):
        assert ink(paper.pdf, number, (0, 0, 60, 841)) == 0
        assert ink(paper.pdf, number, (560, 0, 35, 841)) == 0


def test_a_signature_never_stands_on_a_page_of_its_own():
    for times in range(14, 34):
        card = replace(CARD, homeroom_comment=LONG * times)
        last = flat(page_texts(render(papers.CARD, card))[-1])
        assert "PHÊDUYỆTCỦAHIỆUTRƯỞNG" in last or "Hoàithang" in last
        assert "TrầnQuốcHùng" in last


def test_the_words_of_a_test_stand_across_every_page():
    assert CARD.proof is not None
    for card in (CARD, samples.PRIMARY):
        proof = replace(CARD.proof, is_test=True)
        paper = draw(papers.CARD, replace(card, proof=proof))
        for page in page_texts(paper.pdf):
            assert flat("không có giá trị pháp lý.") in flat(page)
            assert flat("KHÔNG CÓ GIÁ TRỊ PHÁP LÝ") in flat(page)


def test_what_is_not_signed_is_left_blank_with_the_name_below():
    paper = draw(papers.CARD, replace(CARD, signatures=(), signed_on=None), places=True)
    text = text_of(paper.pdf)
    assert "Kýsố" not in text
    assert flat("ngày ..... tháng ..... năm .........") in text
    assert {place.name for place in paper.places} == {"homeroom", "principal", "school"}
    for place in paper.places:
        assert place.page == 2
        # Two points less at both ends, where the marks of capital letters reach in.
        assert ink(paper.pdf, 2, (place.x, place.y + 2, place.width, place.height - 4)) == 0


@pytest.mark.parametrize("card", [samples.SECONDARY, samples.PRIMARY])
def test_places_do_not_overlap(card: CardData):
    places = draw(papers.CARD, replace(card, signatures=()), places=True).places
    for one in places:
        for other in places:
            if one is not other and one.page == other.page:
                assert (
                    one.x + one.width <= other.x
                    or other.x + other.width <= one.x
                    or one.y + one.height <= other.y
                    or other.y + other.height <= one.y
                )


def test_long_names_and_numbers_of_certificates_stay_inside_their_frame():
    serial = "7F3A9C2E41D05B8866AB12CD34EF56AB78CD90EF"
    school = "TRƯỜNG PHỔ THÔNG DÂN TỘC NỘI TRÚ TRUNG HỌC CƠ SỞ VÀ TRUNG HỌC PHỔ THÔNG HOÀNG ĐỒNG"
    signatures = tuple(
        replace(one, serial=serial, name=school if one.role == "school" else one.name)
        for one in CARD.signatures
    )
    for card in (CARD, samples.PRIMARY):
        made = signatures if card is CARD else signatures[-3:]
        paper = draw(papers.CARD, replace(card, signatures=made))
        text = text_of(paper.pdf)
        assert text.count(flat(f"Chứng thư số: {serial}")) == 3
        assert flat(school) in text
        assert all(ink(paper.pdf, page, (556, 0, 38, 841)) == 0 for page in (1, 2))


def test_a_new_version_says_what_it_replaces():
    card = replace(
        CARD, version=2, replaces="Bản này thay bản 1: sửa điểm môn Toán học kì II từ 7,4 thành 8,4."
    )
    text = text_of(render(papers.CARD, card))
    assert flat("Bản 2, ký ngày 29/05/2026") in text
    assert flat(card.replaces) in text


def test_a_vice_principal_signs_for_the_principal():
    card = replace(CARD, principal=Signer("Vũ Đức Long", "KT. HIỆU TRƯỞNG\nPHÓ HIỆU TRƯỞNG"), signatures=())
    assert flat("KT. HIỆU TRƯỞNG PHÓ HIỆU TRƯỞNG") in text_of(render(papers.CARD, card))


@pytest.mark.parametrize(
    ("precision", "shown"), [("day", "20/10/2013"), ("month", "10/2013"), ("year", "2013")]
)
def test_a_birthday_is_shown_as_far_as_it_is_known(precision: str, shown: str):
    card = replace(CARD, pupil=replace(CARD.pupil, born_precision=precision))
    assert re.search(rf"Ngàysinh:{shown}\D", text_of(render(papers.CARD, card)))


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "LEN_TROI"},
        {"result": SecondaryResult(learning_year="RAT_TOT")},
        {"result": None},
        {"form": CardForm.PRIMARY},
    ],
)
def test_a_card_that_says_what_no_form_knows_is_not_printed(changes: dict[str, object]):
    with pytest.raises(CannotPrintError):
        render(papers.CARD, replace(CARD, **changes))  # type: ignore[arg-type]


def test_one_card_that_cannot_be_printed_stops_no_other():
    found = list(render_many(papers.CARD, [CARD, replace(CARD, result=None), CARD]))
    assert isinstance(found[1], PaperError)
    assert "chưa có kết quả cả năm" in str(found[1])
    assert found[0] == found[2]


NAMES = st.text(
    st.one_of(
        st.sampled_from("#$*_`\\\"'[]{}()<>@=-+/~^&|;:,.%!?\n\t"),
        st.characters(codec="utf-8", max_codepoint=0x2FFF),
    ),
    min_size=1,
    max_size=80,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=NAMES, comment=NAMES)
def test_nothing_written_in_a_name_or_a_comment_stops_a_card_or_changes_its_neighbours(
    name: str, comment: str
):
    card = replace(
        CARD,
        pupil=replace(CARD.pupil, full_name=name),
        homeroom_comment=comment,
        subjects=(subject(1, comment=comment, teacher=name),),
        awards=name,
    )
    text = text_of(render(papers.CARD, card))
    assert "7,08,07,7" in text
    assert "Đượclênlớp:lớp8" in text
    assert "Trang" in text


def test_a_book_has_cover_contents_history_and_every_year():
    paper = draw(papers.BOOK, samples.BOOK)
    pages = [flat(page) for page in page_texts(paper.pdf)]
    assert flat("BỘ GIÁO DỤC VÀ ĐÀO TẠO") in pages[0]
    assert flat("127/2024/THCS") in pages[0]
    assert "Mụclục" in pages[1]
    for year, number in (("2024 – 2025, lớp 6A3", 5), ("2025 – 2026, lớp 7A3", 7)):
        assert re.search(flat(f"Năm học {year}, Trường THCS Lê Quý Đôn") + rf"\.*{number}", pages[1])
        assert flat(f"Năm học {year}") in pages[number - 1]
    for words in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Hoàng Thị Dung, nghề nghiệp: Giáo viên",
        "Dân tộc: Tày",
    ):
        assert flat(words) in pages[2]
    assert flat("6A3Trường THCS Lê Quý Đôn, phường Đông Kinh, tỉnh Lam Giang012705/09/2024") in pages[3]
    assert all(f"Trang{number}/8" in page for number, page in enumerate(pages, 1))
    assert "/Outlines" in Facts(paper.pdf).root


def test_a_book_holds_twelve_years_at_two_levels():
    years = tuple(
        replace(samples.PRIMARY, year=2018 + i, grade=i + 1, classroom=f"{i + 1}A1", signatures=())
        for i in range(5)
    ) + tuple(replace(CARD, year=2023 + i, grade=6 + i, classroom=f"{6 + i}A3") for i in range(7))
    paper = draw(papers.BOOK, replace(samples.BOOK, cards=years))
    text = text_of(paper.pdf)
    assert all(flat(f"lớp {card.classroom},") in text for card in years)
    assert paper.pages == 4 + 2 * 12


def test_a_transfer_sheet_says_where_the_pupil_stands():
    text = text_of(render(papers.TRANSFER, samples.TRANSFER))
    for words in (
        "PHIẾU KẾT QUẢ HỌC TẬP, RÈN LUYỆN KHI CHUYỂN TRƯỜNG",
        "Tính đến ngày 14/03/2026, học kì II, năm học 2025 – 2026",
        "Chuyển đến: Trường THCS Nguyễn Du, xã Hoàng Đồng, tỉnh Lam Giang",
        "Ngữ văn7,28,0; 7,5; 9,08,5",
        "Sách: Kết nối tri thức với cuộc sống",
        "Kết quả học tập học kì I: Khá",
        "3 có phép, 0 không phép",
        "ỦY BAN NHÂN DÂN PHƯỜNG ĐÔNG KINH",
        "Số: 12/THCS",
    ):
        assert flat(words) in text, words


def test_a_transfer_sheet_of_primary_school_shows_levels_and_traits():
    assert samples.PRIMARY.primary_result is not None
    sheet: TransferData = replace(
        samples.TRANSFER,
        form=CardForm.PRIMARY,
        circular="27/2020/TT-BGDĐT",
        term=1,
        school=School("Trường Tiểu học Kim Đồng", "xã Hoàng Đồng", "tỉnh Lam Giang"),
        lines=tuple(
            replace(
                samples.TRANSFER.lines[0],
                name=line.name,
                first="",
                regular=(),
                middle=line.level,
                average="9",
            )
            for line in samples.PRIMARY.primary_subjects
        ),
        traits=samples.PRIMARY.primary_result.traits,
        as_of=date(2025, 12, 1),
    )
    text = text_of(render(papers.TRANSFER, sheet))
    assert flat("Tiếng ViệtT9") in text
    assert flat("Phẩm chất, năng lực: Yêu nước: T") in text
    assert flat("học kì I, năm học") in text
    assert flat("Kết quả rèn luyện học kì I") not in text
