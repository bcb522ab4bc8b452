"""Pages of the reports: what each reader finds, what is done by their buttons, the files, what a page costs."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from khue.command.reports import actions
from khue.command.reports.models import Period, Report
from khue.command.reports.printing import files
from khue.command.reports.printing.words import Printed
from khue.command.reports.queries import reports as queries
from khue.command.reports.tests.places import explained, opened, report_of, signed
from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import HeadCount
from tests.cast import Cast, make_unit

pytestmark = pytest.mark.django_db
BUDGET = 12


def at(period: Period, name: str = "", unit: str = "") -> str:
    return f"/bao-cao/{period.pk}/{name}" + (f"?don-vi={unit}" if unit else "")


@pytest.fixture
def period(cast: Cast) -> Period:
    return opened(cast)


def test_every_page_keeps_its_budget(cast: Cast, period: Period) -> None:
    last = opened(cast, "start", date(2026, 9, 30), date(2026, 10, 15))
    signed(cast.hung, report_of(period, cast.school.pk))
    pages = [
        ("hung", "/bao-cao/"),
        ("son", "/bao-cao/"),
        ("son", "/bao-cao/ky/moi/"),
        ("son", at(period, "ngay/")),
    ]
    for who in ("hung", "son", "thanh"):
        pages += [(who, at(one, name)) for one in (period, last) for name in ("", "so-sanh/", "lich-su/")]
    pages += [("hung", at(one, "kiem-tra/")) for one in (period, last)]
    pages += [(who, at(period, "tien-do/")) for who in ("son", "thanh")]
    pages += [("thanh", at(period, "", cast.school.code)), ("son", at(period, "kiem-tra/", cast.school.code))]
    browsers = {who: cast.client(who) for who in ("hung", "son", "thanh")}
    over = {}
    for who, address in pages:
        browsers[who].get(address)
        with CaptureQueriesContext(connection) as asked:
            assert browsers[who].get(address).status_code == 200, address
        if len(asked) > BUDGET:
            over[who, address] = [str(one["sql"])[:100] for one in asked.captured_queries]
    assert over == {}


def test_a_school_sees_its_own_report_and_no_other(cast: Cast, period: Period) -> None:
    page = cast.client("hung").get(at(period)).content.decode()
    assert "THCS Lê Quý Đôn" in page
    assert "2 chỗ cần giải thích trước khi ký" in page
    assert "Lấy lại số liệu" in page
    for name in ("", "kiem-tra/", "so-sanh/", "lich-su/", "tien-do/", "tep/xlsx/", "tep/pdf/"):
        for other in (cast.other_school.code, cast.commune.code, cast.department.code, "KHONG-CO"):
            assert cast.client("hung").get(at(period, name, other)).status_code == 404, (name, other)
    assert cast.client("mai").get(at(period)).status_code == 404
    assert cast.client("binh").get("/bao-cao/").status_code == 404


def test_an_officer_of_one_commune_learns_nothing_of_another_not_even_by_subtraction(
    cast: Cast, period: Period
) -> None:
    browser = cast.client("thanh")
    for name in ("", "tien-do/", "so-sanh/", "lich-su/", "tep/xlsx/"):
        for other in (cast.other_commune.code, cast.other_school.code, cast.department.code):
            assert browser.get(at(period, name, other)).status_code == 404, (name, other)
    assert "THCS Mường Khoa" not in browser.get(at(period, "tien-do/")).content.decode()


def test_typing_explaining_and_signing_by_the_page(cast: Cast) -> None:
    period = opened(cast, "start", date(2026, 9, 30), date(2026, 10, 15))
    browser = cast.client("hung")
    body = {"o:chung.phong.tam.tong": "1.2", "can-cu": "Kiểm kê tài sản 30/9"}
    browser.post(at(period, "tu-ghi/"), body)
    assert queries.seen(report_of(period, cast.school.pk)).values["chung.phong"]["tam.tong"] == 12
    refused = browser.post(
        at(period, "tu-ghi/"), {"o:chung.phong.tam.tong": "nhiều", "can-cu": "x" * 9}, follow=True
    )
    assert "Ghi số từ 0 đến 99.999" in refused.content.decode()
    seen = explained(cast.hung, report_of(period, cast.school.pk))
    wrong = queries.findings_of(seen)
    browser.post(at(period, "giai-thich/"), {"cho": wrong[-1].key, "loi": "Trường mới mở thêm lớp"})
    page = browser.get(at(period, "kiem-tra/")).content.decode()
    if any(one.is_error for one in wrong):
        assert "Phải sửa" in page
    assert "Trường mới mở thêm lớp" in page


def test_the_head_signs_by_the_page_and_the_office_gives_back(cast: Cast, period: Period) -> None:
    explained(cast.hung, report_of(period, cast.school.pk))
    browser = cast.client("hung")
    page = browser.get(at(period)).content.decode()
    shown = page.partition('name="so" value="')[2][:64]
    answer = browser.post(at(period, "ky/"), {"so": shown}, follow=True).content.decode()
    assert "Đã ký gửi báo cáo." in answer
    assert "Chờ kiểm tra" in answer
    assert "Lấy lại số liệu" not in answer
    office = cast.client("thanh")
    assert "Đồng ý cả 1 báo cáo đang chờ" in office.get(at(period, "tien-do/")).content.decode()
    office.post(at(period, "tra-lai/", cast.school.code), {"ly-do": "Sai số học sinh khối 8"})
    page = browser.get(at(period)).content.decode()
    assert "Bản 2 lập vì: Sai số học sinh khối 8" in page
    assert "đây là bản cũ" in browser.get(f"{at(period)}?ban=1").content.decode().lower()
    assert browser.get(f"{at(period)}?ban=9").status_code == 404


def test_a_page_offers_to_give_back_only_what_its_reader_may(cast: Cast, period: Period) -> None:
    signed(cast.hung, report_of(period, cast.school.pk))
    page = at(period, "", cast.school.code)
    assert "Trả lại trường" in cast.client("thanh").get(page).content.decode()
    actions.check(cast.thanh, [report_of(period, cast.school.pk)])
    actions.accept(cast.son, [report_of(period, cast.school.pk)])
    assert "Trả lại trường" not in cast.client("thanh").get(page).content.decode()
    assert "Trả lại trường" in cast.client("son").get(page).content.decode()
    body = {"ly-do": "Sai số học sinh khối 8"}
    answer = cast.client("thanh").post(at(period, "tra-lai/", cast.school.code), body, follow=True)
    assert "chỉ Sở trả lại được" in answer.content.decode()
    assert report_of(period, cast.school.pk).state == "accepted"


def test_the_way_to_the_lock_by_the_pages(cast: Cast, period: Period) -> None:
    signed(cast.hung, report_of(period, cast.school.pk))
    office, department = cast.client("thanh"), cast.client("son")
    assert (
        "Đã kiểm tra 1 báo cáo"
        in office.post(at(period, "dong-y/"), {"all": "1"}, follow=True).content.decode()
    )
    assert "Đã chốt" in office.post(at(period, "chot/"), follow=True).content.decode()
    told = department.post(at(period, "nhac/"), {"all": "1"}, follow=True).content.decode()
    assert "trường chưa có hiệu trưởng" in told
    assert (
        "Đã nhận 1 báo cáo"
        in department.post(at(period, "nhan/"), {"all": "1"}, follow=True).content.decode()
    )
    refused = department.post(at(period, "khoa/"), follow=True).content.decode()
    assert "ghi lý do" in refused
    done = department.post(
        at(period, "khoa/"), {"ly-do": "Một trường chưa nộp"}, follow=True
    ).content.decode()
    assert "Đã khóa báo cáo của tỉnh." in done
    assert Period.objects.get(pk=period.pk).is_locked


def test_the_department_opens_a_period_by_the_page(cast: Cast) -> None:
    browser = cast.client("son")
    page = browser.get("/bao-cao/ky/moi/?ky=mid").content.decode()
    assert 'value="2027-01-15"' in page
    bad = browser.post("/bao-cao/ky/moi/", {"kind": "mid", "as_of": "15/01/2027", "due_on": "01/01/2027"})
    assert bad.status_code == 422
    assert "trước ngày lấy số liệu" in bad.content.decode()
    good = browser.post(
        "/bao-cao/ky/moi/", {"kind": "mid", "as_of": "15/01/2027", "due_on": "31/01/2027"}, follow=True
    )
    assert good.status_code == 200
    period = Period.objects.get()
    assert (period.kind, period.as_of) == ("mid", date(2027, 1, 15))
    assert "Chưa tới ngày" in cast.client("hung").get(at(period)).content.decode()
    assert "Chưa đến ngày" in cast.client("hung").post(at(period, "lay-so/"), follow=True).content.decode()


def test_the_workbook_says_what_was_signed_and_calculates_nothing(cast: Cast, period: Period) -> None:
    cast.school.name = "=THCS Lê Quý Đôn"
    cast.school.save()
    report = signed(cast.hung, report_of(period, cast.school.pk))
    data = cast.client("hung").get(at(period, "tep/xlsx/")).content
    book = load_workbook(io.BytesIO(data))
    cells = [cell.value for row in book["Biểu"].iter_rows() for cell in row if cell.value is not None]
    assert "BÁO CÁO THỐNG KÊ GIỮA NĂM HỌC 2026-2027" in cells
    assert "Sĩ số và biến động từ đầu năm học, trung học cơ sở" in " ".join(map(str, cells))
    assert any(
        "Trần Quốc Hùng" in str(one) and report.print.replace(" ", "")[:16] in str(one) for one in cells
    )
    sheets = [text for name, text in _parts(data) if name.startswith("xl/worksheets/")]
    assert not any("<f>" in text for text in sheets)
    rows = {row[0].value: row[1].value for row in book["Biểu"].iter_rows() if row[0].value}
    assert rows["Bằng: hiện có"] == 2


def _parts(data: bytes) -> list[tuple[str, str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        return [(name, whole.read(name).decode()) for name in whole.namelist() if name.endswith(".xml")]


def test_the_province_s_workbook_has_every_school_that_sent_and_sums_that_agree(
    cast: Cast, period: Period
) -> None:
    actor = cast.hung
    signed(actor, report_of(period, cast.school.pk))
    book = load_workbook(io.BytesIO(cast.client("son").get(at(period, "tep/xlsx/")).content))
    assert [row[2].value for row in book["Các trường"].iter_rows(min_row=2)] == ["THCS Lê Quý Đôn"]
    page = next(book[name] for name in book.sheetnames if name.startswith("THCS Sĩ số"))
    lines = {row[0].value: [cell.value for cell in row[1:]] for row in page.iter_rows(min_row=3)}
    assert lines["Cộng"] == lines["THCS Lê Quý Đôn"]


def test_the_file_of_a_sum_that_was_kept_lists_the_editions_it_adds_up(cast: Cast) -> None:
    period = opened(cast, "start", date(2026, 9, 30), date(2026, 10, 15))
    _accepted(cast, period)
    actions.lock(cast.son, period, reason="Một trường chưa nộp")
    for code in ("K8", "K9"):
        make_unit(code, f"Điểm {code}", "campus", cast.school)
    Unit.objects.filter(code__in=["K8", "K9"]).update(opened_on=date(2020, 1, 1))
    actions.correct(cast.hung, report_of(period, cast.school.pk), reason="Sai số điểm trường")
    second = signed(cast.hung, report_of(period, cast.school.pk))
    locked = _printed(cast, period)
    assert [school.edition for school in locked.schools] == [1]
    _agree(locked)
    actions.check(cast.thanh, [second])
    second.refresh_from_db()
    actions.accept(cast.son, [second])
    actions.lock(cast.son, period, reason="Trường sửa số điểm trường")
    again = _printed(cast, period)
    assert [school.edition for school in again.schools] == [2]
    _agree(again)
    assert again.values != locked.values
    old = files.printed(cast.son, period, cast.department, False, locked.edition)
    assert old is not None
    assert [school.edition for school in old.schools] == [1]


def test_the_schools_of_a_moment_are_those_that_counted_then(cast: Cast, period: Period) -> None:
    seen: list[tuple[datetime, list[int]]] = []

    def look() -> None:
        rows = queries.schools_of(cast.son, period, cast.department)
        seen.append((timezone.now(), [row.edition for row, _values in rows]))

    def newest() -> Report:
        return report_of(period, cast.school.pk)

    look()
    signed(cast.hung, newest())
    look()
    actions.give_back(cast.thanh, newest(), reason="Sai số học sinh khối 8")
    look()
    signed(cast.hung, newest())
    look()
    actions.correct(cast.hung, newest(), reason="Đếm sót một phòng học")
    look()
    signed(cast.hung, newest())
    look()
    actions.check(cast.thanh, [newest()])
    actions.accept(cast.son, [newest()])
    look()
    actions.give_back(cast.son, newest(), reason="Sai số học sinh khối 8")
    look()
    assert [editions for _at, editions in seen] == [[], [1], [], [2], [2], [3], [3], []]
    for moment, editions in seen:
        then = queries.schools_of(cast.son, period, cast.department, moment)
        assert [row.edition for row, _values in then] == editions


def _accepted(cast: Cast, period: Period) -> None:
    report = signed(cast.hung, report_of(period, cast.school.pk))
    actions.check(cast.thanh, [report])
    report.refresh_from_db()
    actions.accept(cast.son, [report])


def _printed(cast: Cast, period: Period) -> Printed:
    found = files.printed(cast.son, period, cast.department, False)
    assert found is not None
    return found


def _agree(one: Printed) -> None:
    """Every whole number of a sum is that of its schools together."""
    for table, cells in one.values.items():
        for key, total in cells.items():
            if type(total) is int:
                parts = [school.values.get(table, {}).get(key) or 0 for school in one.schools]
                assert total == sum(part for part in parts if type(part) is int), (table, key)


def test_the_paper_is_an_archive_pdf_of_the_unit(cast: Cast, period: Period) -> None:
    signed(cast.hung, report_of(period, cast.school.pk))
    for who, tail in (("hung", ""), ("son", ""), ("thanh", "")):
        data = cast.client(who).get(at(period, "tep/pdf/", tail)).content
        assert data.startswith(b"%PDF-1.7"), who
        assert b"pdfaid" in data
        assert b"/StructTreeRoot" in data
    assert cast.client("hung").get(at(period, "tep/docx/")).status_code == 404


def test_what_differs_now_stands_on_the_page_of_what_was_signed(cast: Cast, period: Period) -> None:
    signed(cast.hung, report_of(period, cast.school.pk))
    HeadCount.objects.filter(classroom=cast.classroom).update(pupils=4)
    page = cast.client("hung").get(at(period)).content.decode()
    assert "Số liệu hiện nay khác ở" in page
    assert "2 → <b>5</b>" in page
    answer = cast.client("hung").post(at(period, "sua/"), {"ly-do": "Ghi sót ba em mới vào"}, follow=True)
    assert "Đã lập bản 2" in answer.content.decode()
    assert Report.objects.filter(period=period, unit=cast.school).count() == 2


def test_last_year_stands_beside(cast: Cast, period: Period) -> None:
    assert (
        "Năm học trước chưa mở kì báo cáo này"
        in cast.client("hung").get(at(period, "so-sanh/")).content.decode()
    )
    SchoolYear.objects.create(pk=2025, starts_on=date(2025, 8, 1), ends_on=date(2026, 7, 31))
    last = Period.objects.create(
        department=cast.department, year_id=2025, kind="mid", form_version="2024-1", as_of=date(2025, 11, 10),
        due_on=date(2025, 11, 20),
    )  # fmt: skip
    actions.prepare_many(cast.son, last, schools=[cast.school.pk])
    page = cast.client("hung").get(at(period, "so-sanh/")).content.decode()
    assert "số nhỏ là năm học 2025-2026" in page
