"""The middle of the year is reported: Hùng explains and signs, the commune checks, Sơn takes the province's files."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Download

from khue.command.reports.models import Period, Report
from khue.kernel.access.models import RoleAssignment
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account
from tests.browser import chromium
from tests.browser.province import Visitor

SCHOOL = "THCS Lê Quý Đôn"


@pytest.fixture
def period() -> Period:
    """This year's middle, as the demo opened it."""
    return Period.objects.get(kind="mid", year_id=2026)


def officer_of(unit: Unit) -> str:
    """The login of whoever looks after education in a commune."""
    post = RoleAssignment.objects.filter(unit=unit, role="office_officer").order_by("pk").first()
    assert post is not None
    return Account.objects.get(person_id=post.person_id).login_name


def content(download: Download) -> bytes:
    return Path(download.path()).read_bytes()


def test_hung_signs_the_commune_checks_and_son_takes_the_provinces_report(
    visitor: Visitor, period: Period
) -> None:
    page = visitor.page
    visitor.enter("hung")
    assert visitor.sees("Báo cáo thống kê: Giữa năm học 2026-2027")
    visitor.go(f"/bao-cao/{period.pk}/")
    assert visitor.sees("2 chỗ cần giải thích trước khi ký")
    assert not page.get_by_role("button", name="Ký gửi báo cáo").is_visible()
    visitor.press("Giải thích")
    for place in (1, 2):
        page.locator(f"#l{place}").fill("Học kì I chưa kết thúc.")
        page.locator("form.rp-say").nth(place - 1).get_by_role("button", name="Ghi").click()
        page.wait_for_load_state()
    visitor.go(f"/bao-cao/{period.pk}/")
    assert visitor.sees("mọi chỗ lạ đã giải thích")
    visitor.grow_old()
    visitor.press("Ký gửi báo cáo")
    visitor.prove()
    assert visitor.sees("Chờ kiểm tra")
    report = Report.objects.get(period=period, unit__name=SCHOOL)
    assert (report.state, len(report.findings)) == ("signed", 2)
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF").click()
    assert content(taken.value).startswith(b"%PDF-")

    visitor.enter_as(officer_of(report.unit.parent or report.unit))
    visitor.go(f"/bao-cao/{period.pk}/tien-do/")
    page.get_by_role("link", name=SCHOOL).click()
    page.wait_for_load_state()
    visitor.press("Đã kiểm tra, đồng ý")
    assert visitor.sees("Đã kiểm tra 1 báo cáo", "Chờ Sở nhận")
    report.refresh_from_db()
    assert report.state == "checked"

    visitor.enter("son")
    visitor.go(f"/bao-cao/{period.pk}/tien-do/")
    visitor.press("báo cáo đang chờ")
    page.get_by_role("button", name=re.compile(r"^Nhận \d+ báo cáo$")).click()
    page.wait_for_load_state()
    assert Report.objects.get(pk=report.pk).state == "accepted"
    page.locator("#khoa").fill("Bốn trường chưa gửi, số bổ sung sau.")
    page.get_by_role("button", name="Khóa báo cáo của tỉnh").click()
    page.wait_for_load_state()
    assert visitor.sees("Đã khóa")
    with page.expect_download() as taken:
        page.get_by_role("link", name="Excel").click()
    book = load_workbook(io.BytesIO(content(taken.value)))
    names = [row[2].value for row in book["Các trường"].iter_rows(min_row=2)]
    assert SCHOOL in names
    sent = Report.objects.filter(period=period, is_school=True, state="accepted").count()
    assert len(names) == sent
    total = {row[0].value: row[1].value for row in book["Biểu"].iter_rows() if row[0].value}
    parts = sum(
        row[names_at(book["Trường, lớp, học sinh"], "Số học sinh, trẻ em")].value
        for row in book["Trường, lớp, học sinh"].iter_rows(min_row=3, max_row=2 + sent)
    )
    assert total["Số học sinh, trẻ em"] == parts
    with page.expect_download() as taken:
        page.get_by_role("link", name="PDF").click()
    assert content(taken.value).startswith(b"%PDF-")
    assert Period.objects.get(pk=period.pk).locked_at is not None
    assert period.as_of < timezone.localdate()


def names_at(page: Any, label: str) -> int:
    """The first column under a heading."""
    return next(int(cell.column) - 1 for cell in page[1] if cell.value == label)


PAGES = (("hung", ("", "{mid}/", "{mid}/kiem-tra/", "{start}/so-sanh/", "{start}/lich-su/")),
         ("son", ("", "{mid}/tien-do/", "{start}/", "ky/moi/")))  # fmt: skip


@pytest.mark.crawl
def test_every_page_of_reports_fits_and_satisfies_axe(visitor: Visitor, period: Period) -> None:
    start = Period.objects.get(kind="start", year_id=2026)
    for who, paths in PAGES:
        visitor.enter(who)
        for path in paths:
            visitor.go(f"/bao-cao/{path.format(mid=period.pk, start=start.pk)}")
            assert chromium.ill_fitting(visitor.page) == [], path
            assert chromium.axe_faults(visitor.page) == [], path
