"""What people come to do, done in a real browser from the first page to the last."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.browser.province import Visitor

FILES = Path(__file__).resolve().parents[1] / "data" / "rosters"


def take_in(visitor: Visitor, file: Path) -> None:
    visitor.go("/nhap/")
    visitor.page.set_input_files("input[type=file]", file)
    visitor.press("Đọc tệp, xem trước")


def test_tam_imports_a_school_mends_the_marked_file_and_imports_it_again(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.enter("tam", "THPT Trống")
    take_in(visitor, FILES / "C1-HocSinh-THPT.xlsx")
    for words in (
        "1.533",
        "Họ và tên còn trống.",
        "Tháng 2 không có ngày 31.",
        "Mã học sinh trùng với dòng 1416.",
    ):
        assert visitor.sees(words)
    with visitor.page.expect_download() as caught:
        visitor.page.get_by_role("link", name="Tải tệp có ghi chú lỗi").click()
    marked = tmp_path / "marked.xlsx"
    caught.value.save_as(marked)
    visitor.press("Ghi 1.533 em")
    assert visitor.sees("Đã ghi 1.533 em")
    book = openpyxl.load_workbook(marked)
    page = book.worksheets[0]
    assert page["E338"].comment is not None
    page["D228"], page["E338"], page["C1416"] = "Lò Văn Mới", "28/02/2010", "3834657653"
    book.save(marked)
    take_in(visitor, marked)
    visitor.press("Ghi 4 em")
    assert visitor.sees("Đã ghi 4 em")


def test_tam_puts_a_cell_right_in_the_preview_and_takes_the_import_back(visitor: Visitor) -> None:
    visitor.enter("tam", "Tiểu học Trống")
    take_in(visitor, FILES / "tuyen-sinh-lop-1.xlsx")
    assert visitor.sees("Số định danh cá nhân trùng với dòng 23")
    visitor.page.locator("td.cell-bad input.cell-input").first.fill("038220336714")
    visitor.press("Kiểm tra lại các ô vừa sửa")
    visitor.press("Ghi 92 em")
    assert visitor.sees("Đã ghi 92 em")
    visitor.press("Hoàn tác lần nhập này")
    assert visitor.sees("Đã hoàn tác")


@pytest.mark.parametrize(
    ("who", "there", "missing"),
    [
        ("son", "Số lượng học sinh", "Nhập từ Excel"),
        ("hung", "Vai trò và quyền", "Con của tôi"),
        ("tam", "Nhập từ Excel", "Kết chuyển năm học"),
        ("lan", "Học sinh", "Nhập từ Excel"),
    ],
)
def test_everybody_finds_their_own_menu_and_no_other(
    visitor: Visitor, who: str, there: str, missing: str
) -> None:
    visitor.enter(who)
    links = visitor.page.locator("nav.wings a").all_inner_texts()
    names = [text.split("\n")[0].strip() for text in links]
    assert "Việc của tôi" in names
    assert there in names
    assert missing not in names


@pytest.mark.parametrize(
    ("who", "there", "missing"),
    [("binh", "Con của tôi", "Hồ sơ của em"), ("an", "Hồ sơ của em", "Con của tôi")],
)
def test_a_family_finds_what_is_not_in_its_bar_under_more(
    visitor: Visitor, who: str, there: str, missing: str
) -> None:
    visitor.enter(who)
    visitor.page.locator("nav.tabbar").get_by_text("Thêm").click()
    visitor.page.wait_for_url("**/gia-dinh/them/")
    names = visitor.page.locator("main a.say b").all_inner_texts()
    assert there in names
    assert not {missing, "Học sinh", "Việc của tôi"} & set(names)
