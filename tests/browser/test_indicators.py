"""Sơn steps down from the province to a class by clicks and shares the address; Hùng compares his school."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

COMMUNE, SCHOOL, CLASS = "Phường Đông Kinh", "THCS Lê Quý Đôn", "8A3"


def test_son_steps_down_from_the_province_to_a_class_and_shares_the_address(
    visitor: Visitor, another: NewVisitor
) -> None:
    visitor.enter("son")
    page = visitor.page
    visitor.go("/dieu-hanh/chi-tieu/?q=hoc+sinh")
    page.locator("table").get_by_role("link", name="Học sinh", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Học sinh")
    whole = int(page.locator(".big-figure .big").inner_text().replace(".", ""))
    parts = [
        int(text.replace(".", ""))
        for text in page.locator("table.cards tbody .bar-cell .num").all_inner_texts()
    ]
    assert sum(parts) == whole
    for name in (COMMUNE, SCHOOL):
        page.locator("table.cards").get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".path [aria-current]")).to_contain_text(name)
    expect(page.locator("#chia table")).to_be_visible()  # classes, asked live
    page.locator("#chia").get_by_role("link", name=CLASS, exact=True).click()
    page.wait_for_url(re.compile(r"/roster\.pupils/SO/X-DONGKINH/THCS-LQD/lop-\d+/$"))
    expect(page.locator(".path [aria-current]")).to_contain_text(CLASS)
    pupils = page.locator(".big-figure .big").inner_text()
    assert 20 < int(pupils) < 60
    page.get_by_role("link", name="Mở các dòng được đếm").click()
    assert visitor.sees(CLASS)

    page.go_back()
    address = page.url.removeprefix(visitor.address)
    other = another()
    other.enter("hung")
    other.go(address)
    expect(other.page.locator(".big-figure .big")).to_have_text(pupils)
    stranger = another()
    stranger.enter("mai")
    stranger.go(address)
    expect(stranger.page.locator("main")).not_to_contain_text(CLASS)


def test_hung_sees_his_school_beside_the_province(visitor: Visitor) -> None:
    visitor.enter("hung")
    page = visitor.page
    visitor.go("/dieu-hanh/chi-tieu/gradebook.done/")
    above = page.locator(".path li", has_text="Sở GD&ĐT Lam Giang")
    expect(above).to_contain_text("%")
    expect(above.get_by_role("link")).to_have_count(0)  # the ratio alone, nothing behind it
    page.get_by_role("link", name="Đặt cạnh nhau").click()
    page.get_by_role("link", name="Sở GD&ĐT Lam Giang").click()
    row = page.get_by_role("row", name=re.compile("Tỷ lệ học sinh nữ"))
    expect(row.get_by_role("cell")).to_have_count(3)
    expect(row).to_contain_text("điểm")
    assert (
        page.get_by_role("row", name=re.compile("^Học sinh đầu năm học")).count() == 0
    )  # a count is nobody else's


def test_two_days_stand_side_by_side_and_a_closed_day_says_so(visitor: Visitor) -> None:
    visitor.enter("son")
    page = visitor.page
    visitor.go("/dieu-hanh/dat-canh-nhau/")
    before = page.get_by_label("Sở GD&ĐT Lam Giang, ngày").nth(1).input_value()
    now = page.get_by_label("Sở GD&ĐT Lam Giang, ngày").first.input_value()
    assert before < now
    visitor.go(f"/dieu-hanh/chi-tieu/gradebook.done/?ngay={before}")
    assert visitor.sees("đã khóa")
