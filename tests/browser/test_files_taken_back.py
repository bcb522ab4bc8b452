"""Lan brings a file of marks and takes it back with one button; a sentence of the department is found by her."""

from __future__ import annotations

import io
import os

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from khue.registry.calendar.demo import YEAR
from khue.registry.roster.models import Enrolment
from khue.registry.staff.views import XLSX
from khue.school.gradebook.models import MarkRow, Sheet
from tests.browser import chromium
from tests.browser.province import Visitor

SLOT, HEAD = 3, "khue:tx4"  # nobody has entered it yet


def fits(page: Page) -> None:
    """The page stays in its width on a phone and satisfies axe there."""
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert chromium.axe_faults(page) == []
    if os.environ.get("KHUE_SHOTS"):
        page.screenshot(path=f"{os.environ['KHUE_SHOTS']}/{page.title()[:20]}.png", full_page=True)
    page.set_viewport_size({"width": 1440, "height": 900})


def test_lan_brings_a_file_and_takes_it_back(visitor: Visitor) -> None:
    an = Enrolment.objects.select_related("person").get(person__full_name="Lê Hoài An", year_id=YEAR)
    sheet = Sheet.objects.get(classroom=an.classroom_id, course__subject_id="TOAN", term=1)
    before = list(
        MarkRow.objects.filter(sheet=sheet).order_by("pk").values_list("marks", "sources", "average")
    )
    filled = Sheet.objects.get(pk=sheet.pk).filled
    visitor.enter("lan")
    book = load_workbook(
        io.BytesIO(visitor.page.request.get(f"{visitor.address}/so-diem/{sheet.pk}/tep/").body())
    )
    page = book.worksheets[0]
    head = {str(page.cell(1, n).value): n for n in range(1, page.max_column + 1)}
    line = next(n for n in range(2, page.max_row + 1) if page.cell(n, 3).value == "Lê Hoài An")
    page.cell(line, head[HEAD]).value = 9.5
    out = io.BytesIO()
    book.save(out)

    visitor.go("/so-diem/tep/")
    visitor.page.set_input_files(
        "input[type=file]", {"name": "toan-8a3.xlsx", "mimeType": XLSX, "buffer": out.getvalue()}
    )
    visitor.press("Đọc tệp, xem trước")
    visitor.page.get_by_role("button", name="Ghi").last.click()
    visitor.page.wait_for_url("**/doi-chieu/**")
    assert MarkRow.objects.get(sheet=sheet, enrolment=an).marks[SLOT] == 95
    fits(visitor.page)
    visitor.press("Hoàn tác 1 ô tệp này đã ghi")
    expect(visitor.page.get_by_text("Đã hoàn tác 1 ô của tệp toan-8a3.xlsx.")).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Hoàn tác 1 ô")).to_have_count(0)
    after = list(
        MarkRow.objects.filter(sheet=sheet).order_by("pk").values_list("marks", "sources", "average")
    )
    assert after == before
    assert Sheet.objects.get(pk=sheet.pk).filled == filled


def test_a_sentence_of_the_department_is_found_beside_the_grid(visitor: Visitor) -> None:
    visitor.enter("son")
    visitor.go("/so-diem/cau-nhan-xet/chung/")
    visitor.page.get_by_label("Câu của Sở").fill("Vẽ hình chính xác, lập luận gọn.")
    visitor.press("Thêm câu")
    assert visitor.sees("Vẽ hình chính xác, lập luận gọn.")
    fits(visitor.page)
    visitor.enter("hung")
    visitor.go("/so-diem/cau-nhan-xet/chung/")
    line = visitor.page.locator("li", has_text="Vẽ hình chính xác")
    expect(line).to_contain_text("của Sở")
    expect(line.get_by_role("button")).to_have_count(0)
    visitor.enter("lan")
    visitor.go("/so-diem/cau-nhan-xet/")
    expect(visitor.page.locator("li", has_text="Vẽ hình chính xác")).to_contain_text("của Sở")
    fits(visitor.page)
