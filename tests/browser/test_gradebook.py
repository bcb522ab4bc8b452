"""Lan at the grid: a column by the keyboard, a block from Excel, a lost line, two tabs, a phone, no script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from khue.registry.calendar.demo import YEAR
from khue.school.gradebook.models import Deadline, MarkRow, Sheet
from tests.browser.conftest import NewContext
from tests.browser.province import Visitor

COLUMNS = ("tx1", "tx2", "tx3", "tx4", "gk", "ck", "nx")
TX4, END = 3, 6
NewVisitor = Callable[..., Visitor]


def maths(classroom: str = "8A3") -> Sheet:
    """Lan's sheet of a class, every column open whatever the day."""
    found = Sheet.objects.get(
        classroom__name=classroom,
        school__name="THCS Lê Quý Đôn",
        year_id=YEAR,
        term=1,
        course__subject_id="TOAN",
    )
    today = timezone.localdate()
    for column in COLUMNS:
        Deadline.objects.update_or_create(
            unit_id=found.school_id, year_id=YEAR, term=1, column=column,
            defaults={"due_on": today + timedelta(days=7), "locks_on": today + timedelta(days=14)},
        )  # fmt: skip
    return found


def open_sheet(visitor: Visitor, sheet: Sheet, *, query: str = "") -> Page:
    visitor.enter("lan")
    visitor.go(f"/so-diem/{sheet.pk}/{query}")
    return visitor.page


def column(page: Page, slot: int) -> Locator:
    return page.locator(f'#gb tbody input[name$="-{slot}"]')


def kept(sheet: Sheet, slot: int) -> dict[int, int | None]:
    """What the database holds of a slot, by enrolment."""
    return {
        row.enrolment_id: row.marks[slot]
        for row in MarkRow.objects.filter(sheet=sheet)
        if len(row.marks) > slot
    }


def settled(page: Page) -> None:
    """Wait until nothing waits to be sent."""
    expect(page.locator("#gb-say")).to_contain_text("Đã lưu lúc")


def put(field: Locator, text: str) -> None:
    field.click()
    field.press("Control+a")
    field.press_sequentially(text)
    field.press("Enter")


def test_lan_enters_a_column_of_a_class_with_numbers_and_enters_only(visitor: Visitor) -> None:
    sheet = maths()
    page = open_sheet(visitor, sheet)
    fields = column(page, TX4)
    count = fields.count()
    typed = [f"{(n * 7) % 10},{n % 10}" for n in range(count)]
    fields.first.focus()
    for text in typed:
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    settled(page)
    names = [str(fields.nth(n).get_attribute("name")) for n in range(count)]
    found = kept(sheet, TX4)
    wanted = [int(text.replace(",", "")) for text in typed]
    assert [found[int(name.split("-")[0])] for name in names] == wanted
    assert page.locator("#gb tfoot td").nth(1 + TX4).inner_text() == f"{count} / {count}"
    page.reload()
    assert fields.nth(5).input_value() == typed[5]


def test_numbers_are_read_as_people_write_them_and_85_is_asked_about(visitor: Visitor) -> None:
    sheet = maths()
    page = open_sheet(visitor, sheet)
    fields = column(page, END)
    for n, (text, shown) in enumerate((("8.5", "8,5"), ("7", "7,0"), ("10", "10,0"), ("v", "V"), ("p", "B"))):
        put(fields.nth(n), text)
        assert fields.nth(n).input_value() == shown
    fields.nth(5).click()
    page.keyboard.type("85")
    page.keyboard.press("Enter")
    expect(page.locator("#xem-lai")).to_contain_text("Ghi 8,5 phải không?")
    page.keyboard.press("Enter")
    assert fields.nth(5).input_value() == "8,5"
    put(fields.nth(6), "12,5")
    expect(page.locator("#xem-lai")).to_contain_text("12,5")
    assert fields.nth(6).get_attribute("aria-invalid") == "true"
    assert fields.nth(6).input_value() == "12,5"
    settled(page)
    found = kept(sheet, END)
    row = [found.get(int(str(fields.nth(n).get_attribute("name")).split("-")[0])) for n in range(7)]
    assert row == [85, 70, 100, -1, -2, 85, None]


def test_the_average_moves_as_lan_types_and_ctrl_z_takes_it_back(visitor: Visitor) -> None:
    sheet = maths("8A5")
    page = open_sheet(visitor, sheet)
    first = page.locator("#gb tbody tr").first
    for slot, text in ((0, "8"), (1, "9"), (2, "7"), (3, "8"), (5, "7,5"), (6, "8")):
        put(first.locator(f'input[name$="-{slot}"]'), text)
    assert first.locator(".avg").inner_text() == "7,9"
    settled(page)
    put(first.locator('input[name$="-6"]'), "10")
    assert first.locator(".avg").inner_text() == "8,6"
    first.locator('input[name$="-6"]').focus()
    page.keyboard.press("Control+z")
    assert first.locator('input[name$="-6"]').input_value() == "8,0"
    assert first.locator(".avg").inner_text() == "7,9"
    page.keyboard.press("Control+y")
    assert first.locator('input[name$="-6"]').input_value() == "10,0"
    settled(page)
    enrolment = int(str(first.get_attribute("data-e")))
    assert MarkRow.objects.get(sheet=sheet, enrolment=enrolment).average == 86


def paste(page: Page, field: Locator, block: str) -> None:
    """Put a block on the clipboard and paste it at a cell."""
    field.focus()
    field.evaluate(
        """(field, block) => {
          const data = new DataTransfer(); data.setData('text/plain', block);
          field.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
        }""",
        block,
    )


def test_a_pasted_block_is_shown_first_and_a_shifted_row_is_caught(visitor: Visitor) -> None:
    sheet = maths("9A2")
    page = open_sheet(visitor, sheet)
    rows = page.locator("#gb tbody tr:not(.gone)")
    names = [" ".join(rows.nth(n).locator(".nm").inner_text().split()) for n in range(rows.count())]
    marks = [f"{5 + n % 5},{n % 10}" for n in range(len(names))]
    before = kept(sheet, TX4)
    turned = names[:10] + names[11:] + names[10:11]  # one row of Excel slipped to the end
    by_name = dict(zip(names, marks, strict=True))
    paste(page, column(page, TX4).first, "\n".join(f"{name}\t{by_name[name]}" for name in turned))
    dialog = page.locator("#dan")
    expect(dialog.locator("#dan-form")).to_be_visible()
    assert "lệch" in dialog.inner_text() or "thứ tự" in dialog.inner_text()
    assert kept(sheet, TX4) == before
    dialog.get_by_role("button", name=f"Ghi {len(names)} ô").click()
    settled(page)
    fields = column(page, TX4)
    assert [fields.nth(n).input_value() for n in range(len(names))] == marks
    assert set(MarkRow.objects.filter(sheet=sheet).exclude(marks__3=None).values_list("sources", flat=True))
    page.keyboard.press("Control+z")
    expect(page.locator("#gb-say")).to_contain_text("Đã lưu lúc")
    expect(fields.first).to_have_value("")


def test_a_line_that_is_lost_loses_nothing_even_over_a_reload(visitor: Visitor) -> None:
    sheet = maths()
    page = open_sheet(visitor, sheet)
    fields = column(page, 2)
    enrolments = [int(str(fields.nth(n).get_attribute("name")).split("-")[0]) for n in range(3)]
    page.context.set_offline(True)
    for n, text in enumerate(("6,1", "6,2", "6,3")):
        put(fields.nth(n), text)
    expect(page.locator("#gb-say")).to_contain_text("không có mạng")
    assert fields.nth(1).locator("..").get_attribute("data-s") == "waiting"
    page.route(
        "**/ghi/", lambda route: route.abort()
    )  # the page comes back before the line to the marks does
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#gb-say")).to_contain_text("không có mạng")
    assert [fields.nth(n).input_value() for n in range(3)] == ["6,1", "6,2", "6,3"]
    assert all(kept(sheet, 2).get(one) not in (61, 62, 63) for one in enrolments)
    page.unroute("**/ghi/")
    settled(page)
    assert [kept(sheet, 2)[one] for one in enrolments] == [61, 62, 63]


def test_what_waited_is_sent_when_the_line_comes_back(visitor: Visitor) -> None:
    sheet = maths()
    page = open_sheet(visitor, sheet)
    field = column(page, 2).nth(8)
    enrolment = int(str(field.get_attribute("name")).split("-")[0])
    page.context.set_offline(True)
    put(field, "4,4")
    expect(page.locator("#gb-say")).to_contain_text("không có mạng")
    page.context.set_offline(False)
    settled(page)
    assert kept(sheet, 2)[enrolment] == 44


def test_two_tabs_on_one_cell_show_both_marks_and_overwrite_nothing(
    visitor: Visitor, another: NewVisitor
) -> None:
    sheet = maths()
    first = open_sheet(visitor, sheet)
    other = another()
    second = open_sheet(other, sheet)
    mine, theirs = column(first, 2).nth(12), column(second, 2).nth(12)
    enrolment = int(str(mine.get_attribute("name")).split("-")[0])
    put(theirs, "7,5")
    settled(second)
    put(mine, "8")
    expect(first.locator("#xem-lai")).to_contain_text("Hai người cùng sửa")
    expect(first.locator("#xem-lai")).to_contain_text("Nguyễn Thị Lan")
    assert kept(sheet, 2)[enrolment] == 75
    first.get_by_role("button", name="Giữ 8,0").click()
    settled(first)
    assert kept(sheet, 2)[enrolment] == 80


def test_the_other_mark_can_be_taken(visitor: Visitor, another: NewVisitor) -> None:
    sheet = maths()
    first = open_sheet(visitor, sheet)
    second = open_sheet(another(), sheet)
    mine, theirs = column(first, 2).nth(15), column(second, 2).nth(15)
    enrolment = int(str(mine.get_attribute("name")).split("-")[0])
    put(theirs, "5,5")
    settled(second)
    put(mine, "9")
    first.get_by_role("button", name="Lấy 5,5").click()
    assert mine.input_value() == "5,5"
    expect(first.locator("#xem-lai")).to_be_hidden()
    assert kept(sheet, 2)[enrolment] == 55


def test_a_session_that_ended_keeps_what_was_typed_and_sends_it_after_signing_in(visitor: Visitor) -> None:
    sheet = maths()
    page = open_sheet(visitor, sheet)
    field = column(page, 2).nth(20)
    enrolment = int(str(field.get_attribute("name")).split("-")[0])
    visitor.end_session()
    put(field, "3,3")
    expect(page.locator("#gb-say")).to_contain_text("Phiên đăng nhập đã hết")
    page.get_by_role("link", name="Đăng nhập lại").click()
    page.locator('button[name="as"][value="lan"]').click()
    page.wait_for_load_state()
    visitor.go(f"/so-diem/{sheet.pk}/")
    settled(page)
    assert kept(sheet, 2)[enrolment] == 33


def test_on_a_phone_one_column_at_a_time(visitor: Visitor, another: NewVisitor) -> None:
    sheet = maths()
    phone = another(width=360, has_touch=True)
    page = open_sheet(phone, sheet, query="?cot=tx3")
    assert column(page, 2).first.is_visible()
    assert column(page, TX4).first.is_hidden()
    assert column(page, 2).first.get_attribute("inputmode") == "decimal"
    page.locator('.gb-pick a[data-pick="tx4"]').click()
    assert column(page, TX4).first.is_visible()
    assert column(page, 2).first.is_hidden()
    box = column(page, TX4).first.bounding_box()
    assert box
    assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_without_script_the_form_writes_and_says_what_it_did_not(
    visitor: Visitor, contexts: NewContext
) -> None:
    sheet = maths("9A2")
    bare = contexts(java_script_enabled=False).new_page()
    bare.goto(f"{visitor.address}/tai-khoan/dang-nhap/")
    bare.locator('button[name="as"][value="lan"]').click()
    bare.goto(f"{visitor.address}/so-diem/{sheet.pk}/")
    fields = bare.locator('#gb tbody input[name$="-2"]')
    enrolments = [int(str(fields.nth(n).get_attribute("name")).split("-")[0]) for n in range(2)]
    fields.nth(0).fill("6.5")
    fields.nth(1).fill("12,5")
    bare.get_by_role("button", name="Ghi các ô đã sửa").click()
    expect(bare.locator("main")).to_contain_text("1 ô chưa ghi")
    assert fields.nth(0).input_value() == "6,5"
    assert fields.nth(1).input_value() == "12,5"
    expect(bare.locator(f"#p{enrolments[1]}-2")).to_contain_text("12,5")
    assert kept(sheet, 2)[enrolments[0]] == 65
    fields.nth(1).fill("2,5")
    bare.get_by_role("button", name="Ghi các ô đã sửa").click()
    expect(bare.locator("main")).to_contain_text("Đã ghi 1 ô")
    assert kept(sheet, 2)[enrolments[1]] == 25


def test_lan_publishes_a_column_and_takes_it_back_with_a_reason(visitor: Visitor) -> None:
    sheet = maths()
    open_sheet(visitor, sheet)
    visitor.press("Công bố")
    page = visitor.page
    box = page.locator('input[name="slots"][value="3"]')
    box.check()
    visitor.press("Công bố các cột đã chọn")
    assert visitor.sees("Đã công bố 1 cột")
    visitor.press("Công bố")
    box.uncheck()
    visitor.press("Công bố các cột đã chọn")
    assert visitor.sees("cần ghi lý do")
    page.get_by_label("Lý do").fill("Chấm lại bài")
    visitor.press("Công bố các cột đã chọn")
    assert visitor.sees("Đã thôi công bố")


def test_on_paper_every_column_stands_and_comments_are_whole(visitor: Visitor) -> None:
    sheet = maths("8A5")
    page = open_sheet(visitor, sheet, query="?cot=tx4")
    long = "Nắm chắc kiến thức, vận dụng linh hoạt, trình bày còn vội nên cần đọc lại bài trước khi nộp cô."
    put(page.locator('#gb tbody input[name$="-nx"]').first, long)
    settled(page)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")  # as the browser does on its way to paper
    for slot in (0, 1, 2, TX4, 5, END):
        assert page.locator(f"#gb tbody tr:first-child input[name$='-{slot}']").is_visible(), slot
    assert page.locator("#gb tbody tr:first-child .avg").is_visible()
    whole = page.locator("#gb tbody tr:first-child td.cm span").first
    assert whole.inner_text() == long
    assert whole.evaluate("text => text.scrollWidth <= text.clientWidth")
    assert page.locator(".gb-state").is_hidden()


@pytest.mark.parametrize("who", ["hung", "tam"])
def test_the_head_and_the_clerk_read_the_grid_and_write_nothing(visitor: Visitor, who: str) -> None:
    sheet = maths()
    visitor.enter(who)
    visitor.go(f"/so-diem/{sheet.pk}/")
    assert visitor.page.locator("#gb tbody tr").count() > 30
    assert visitor.page.locator("#gb input").count() == 0
