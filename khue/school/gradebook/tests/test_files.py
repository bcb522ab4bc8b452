"""Marks by Excel: the template comes back, the school's own book is understood, nothing wrong gets in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook

from khue.kernel.audit.models import Entry
from khue.kernel.files.models import StoredFile
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.read import read_workbook
from khue.school.gradebook import actions, cells
from khue.school.gradebook.actions import Cell
from khue.school.gradebook.actions.files import bring_file
from khue.school.gradebook.exchange.planning import PagePlan
from khue.school.gradebook.exchange.workbook import Wish, judge
from khue.school.gradebook.models import Deadline, MarkRow, Sheet
from khue.school.gradebook.tests import books
from khue.school.gradebook.tests.places import SLOT, add_course, classmates, open_sheets
from tests.cast import Cast

FILES = "/so-diem/tep/"


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def plans(cast: Cast, data: bytes, who: str = "lan", **more: Any) -> list[PagePlan]:
    return judge(cast.actor(who), data, "xlsx", Wish(cast.year.pk, **more))


def plan(cast: Cast, data: bytes, **more: Any) -> PagePlan:
    (found,) = plans(cast, data, **more)
    return found


def write(cast: Cast, data: bytes, **more: Any) -> list[Any]:
    found = plans(cast, data, **more)
    return bring_file(cast.lan, found, seen={one.page.place: one.digest for one in found})


def marks_of(enrolment: int, sheet: Sheet) -> list[int | None]:
    return MarkRow.objects.get(sheet=sheet, enrolment_id=enrolment).marks


def upload(client: Client, data: bytes, query: str = "") -> str:
    answer = client.post(f"{FILES}{query}", {"file": SimpleUploadedFile("diem.xlsx", data)})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return str(answer["Location"])


AN = "Lê Hoài An"


def test_the_school_s_own_book_is_understood(cast: Cast, sheet: Sheet) -> None:
    found = plan(cast, books.simple([[AN, "8,5", 9, "7.0", 8, 7.5, 8, 8.0, "Chăm."]]))
    assert found.frame is not None
    assert found.frame.id == sheet.pk
    assert {cell.slot: cell.value for cell in found.lines[0].cells if cell.slot >= 0} == {
        0: 85, 1: 90, 2: 70, 3: 80, 5: 75, 6: 80,
    }  # fmt: skip
    assert not found.stops
    assert not found.missing
    assert found.count("new") == 7


def test_a_header_of_two_rows_over_merged_cells_is_understood(cast: Cast, sheet: Sheet) -> None:
    code = cast.people["an"].code
    found = plan(cast, books.spread([[code, "Lê Hoài", "An", date(2013, 3, 14), 8, 9, 7, 8, 7.5, 8, 7.9]]))
    assert not found.refusal
    assert {cell.slot for cell in found.lines[0].cells} == {0, 1, 2, 3, 5, 6}
    assert not found.lines[0].note


@pytest.mark.parametrize("average", ["7,5²", "²", "①"])
def test_a_footnote_beside_an_average_is_no_crash(cast: Cast, sheet: Sheet, average: str) -> None:
    data = books.simple([[AN, "8,5", 9, "7.0", 8, 7.5, 8, average, "Chăm."]])
    preview = upload(cast.client("lan"), data)
    assert cast.client("lan").get(preview).status_code == 200
    assert plan(cast, data).count("new") == 7


def test_what_is_written_says_that_a_file_brought_it(cast: Cast, sheet: Sheet) -> None:
    before = Entry.objects.count()
    (outcome,) = write(cast, books.simple([[AN, 8, 9, None, None, 7.5, None, None, "Chăm."]]))
    assert outcome.written == 4
    row = MarkRow.objects.get(sheet=sheet)
    assert row.marks[:6] == [80, 90, None, None, None, 75]
    assert row.sources[0] == cells.FILE
    assert row.comment == "Chăm."
    assert Entry.objects.count() == before + 1


def test_the_template_goes_out_and_comes_back(cast: Cast, sheet: Sheet) -> None:
    pupils = classmates(cast, 4)
    actions.enter_marks(
        cast.lan, sheet, cells=[Cell(pupils[0], 0, None, 80), Cell(pupils[1], 5, None, cells.ABSENT)]
    )
    client = cast.client("lan")
    answer = client.get(f"/so-diem/{sheet.pk}/tep/")
    assert answer["Content-Disposition"].startswith("attachment")
    out = answer.content
    unchanged = plan(cast, out)
    assert (unchanged.count("same"), unchanged.written, unchanged.stops) == (2, [], [])
    book = books.opened(out)
    page = book.worksheets[0]
    assert page.row_dimensions[1].hidden
    head = {str(page.cell(1, n).value): n for n in range(1, page.max_column + 1)}
    names = {str(page.cell(n, 3).value): n for n in range(7, page.max_row + 1)}
    page.cell(names[AN], head["khue:tx2"]).value = 8.5
    page.cell(names[AN], head["khue:nx"]).value = "Tiến bộ rõ."
    page.insert_cols(head["khue:gk"])  # somebody makes room for a column of their own
    (outcome,) = write(cast, books.data_of(book))
    assert outcome.written == 2
    row = MarkRow.objects.get(sheet=sheet, enrolment=cast.enrolments["an"])
    assert (row.marks[1], row.comment) == (85, "Tiến bộ rõ.")
    assert marks_of(pupils[0], sheet)[0] == 80


def test_taking_a_template_is_written_down_and_only_for_those_who_read_the_sheet(
    cast: Cast, sheet: Sheet
) -> None:
    before = Entry.objects.filter(action="gradebook.export_sheets").count()
    assert cast.client("hung").get(f"/so-diem/{sheet.pk}/tep/").status_code == 200
    assert Entry.objects.filter(action="gradebook.export_sheets").count() == before + 1
    for who in ("mai", "binh", "an"):
        assert cast.client(who).get(f"/so-diem/{sheet.pk}/tep/").status_code == 404


def test_all_own_sheets_come_in_one_book(cast: Cast, sheet: Sheet) -> None:
    book = books.opened(cast.client("lan").get(f"{FILES}so-cua-toi/?ky=1").content)
    assert [page.title for page in book.worksheets] == ["8A3 Toán HKI", "8A3 Rèn luyện HKI", "8A5 Toán HKI"]
    for who in ("hung", "tam", "binh"):
        assert cast.client(who).get(f"{FILES}so-cua-toi/").status_code == 404
        assert cast.client(who).get(FILES).status_code == 404


def test_text_of_a_template_never_calculates(cast: Cast, sheet: Sheet) -> None:
    actions.enter_marks(cast.lan, sheet, remarks=[actions.Remark(cast.enrolments["an"].pk, "", "=1+1|cmd")])
    tables = read_workbook(cast.client("lan").get(f"/so-diem/{sheet.pk}/tep/").content, FileKind.XLSX)
    assert any("=1+1|cmd" in row for row in tables[0].rows)


def test_conduct_goes_out_and_comes_back_by_the_homeroom_teacher(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind="conduct", term=1)
    book = books.opened(cast.client("lan").get(f"/so-diem/{conduct.pk}/tep/").content)
    page = book.worksheets[0]
    head = {str(page.cell(1, n).value): n for n in range(1, page.max_column + 1)}
    page.cell(7, head["khue:rl"]).value = "Khá"
    page.cell(7, head["khue:vp"]).value = 3
    (outcome,) = write(cast, books.data_of(book))
    assert outcome.written == 2
    assert MarkRow.objects.get(sheet=conduct).marks[:2] == [2, 3]
    heads = ("STT", "Họ và tên", "Hạnh kiểm", "Nghỉ có phép", "Nghỉ không phép")
    found = plan(cast, books.simple([[AN, "T", 4, 1]], title="Rèn luyện lớp 8A3, học kì I", heads=heads))
    assert found.frame is not None
    assert found.frame.id == conduct.pk
    assert [cell.after for cell in found.lines[0].cells] == ["T", "4", "1"]


# --- several pages ---------------------------------------------------------------------------------------------------


def test_several_classes_and_subjects_in_one_book_find_their_sheets(cast: Cast, sheet: Sheet) -> None:
    literature = add_course(cast, "NGU_VAN", "Ngữ văn", "lan")
    open_sheets(cast)
    book = Workbook()
    books.page(book, [[AN, 8]], title="Môn Toán, học kì I", name="8A3 Toán")
    books.page(book, [["Phạm Minh Khôi", 6]], title="Môn: Toán. HK I", name="8A5")
    books.page(book, [[AN, 7]], title="Sổ điểm môn Ngữ văn lớp 8A3 học kỳ 2", name="Van8A3")
    found = plans(cast, books.data_of(book))
    assert [(p.frame.class_name, p.frame.subject, p.frame.term) for p in found if p.frame] == [
        ("8A3", "TOAN", 1), ("8A5", "TOAN", 1), ("8A3", literature.subject_id, 2),
    ]  # fmt: skip
    assert not any(p.refusal for p in found)


def test_a_page_that_may_be_several_sheets_is_asked_about(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "lan")
    open_sheets(cast)
    data = books.simple([[AN, 8]], title="Bảng điểm", name="Sheet1")
    found = plan(cast, data)
    assert found.frame is None
    assert "Chọn lớp và môn" in found.refusal
    assert plan(cast, data, by_page={0: sheet.pk}).count("new") == 1
    assert plan(cast, data, sheet_id=sheet.pk).count("new") == 1


def test_two_pages_never_write_one_sheet(cast: Cast, sheet: Sheet) -> None:
    book = Workbook()
    books.page(book, [[AN, 8]], title="Môn Toán lớp 8A3 học kì I", name="Lần 1")
    books.page(book, [[AN, 9]], title="Môn Toán lớp 8A3 học kì I", name="Lần 2")
    first, second = plans(cast, books.data_of(book))
    assert not first.refusal
    assert "đã là sổ này" in second.refusal


def test_nobody_brings_marks_of_another_s_course(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    template = cast.client("hung").get(f"/so-diem/{sheet.pk}/tep/").content
    for who in ("mai", "hung"):
        found = plans(cast, template, who=who)
        assert found[0].frame is None
        assert found[0].refusal
    assert not MarkRow.objects.exists()


# --- the museum of bad files (D2): all of it is caught, nothing is stored --------------------------------------------


def full_class(cast: Cast, sheet: Sheet) -> list[str]:
    """Twelve pupils with marks of two columns in the gradebook; gives their names in order."""
    pupils = classmates(cast, 11)
    tx1 = [55, 90, 70, 40, 85, 60, 95, 30, 75, 50, 80]
    tx2 = [60, 85, 75, 45, 80, 65, 90, 35, 70, 55, 85]
    wanted = [Cell(pk, 0, None, a) for pk, a in zip(pupils, tx1, strict=True)]
    wanted += [Cell(pk, 1, None, b) for pk, b in zip(pupils, tx2, strict=True)]
    actions.enter_marks(cast.lan, sheet, cells=wanted)
    rows = MarkRow.objects.filter(sheet=sheet).select_related("person").order_by("pk")
    return [row.person.full_name for row in rows]


TX1 = [5.5, 9, 7, 4, 8.5, 6, 9.5, 3, 7.5, 5, 8]
TX2 = [6, 8.5, 7.5, 4.5, 8, 6.5, 9, 3.5, 7, 5.5, 8.5]
GOOD_ROW = [8, 9, 7, 8, 7.5, 8]


def caught(cast: Cast, data: bytes, *words: str) -> PagePlan:
    """The file is stopped or refused where it must be, and writing it stores nothing of the page."""
    before = sorted(MarkRow.objects.values_list("enrolment_id", "marks", "comment"))
    found = plans(cast, data)
    said = " ".join(
        [*(p.refusal for p in found), *(s for p in found for s in p.stops),
         *(line.problem for p in found for line in p.lines),
         *(c.message for p in found for line in p.lines for c in line.cells)]
    )  # fmt: skip
    for word in words:
        assert word in said, said
    bring_file(cast.lan, found, seen={one.page.place: one.digest for one in found})
    assert sorted(MarkRow.objects.values_list("enrolment_id", "marks", "comment")) == before
    return found[0]


def test_a_column_pasted_under_the_next_header_is_caught(cast: Cast, sheet: Sheet) -> None:
    names = full_class(cast, sheet)
    data = books.simple([[name, None, a] for name, a in zip(names, TX1, strict=True)])
    caught(cast, data, "giống cột TX1")


def test_a_row_of_marks_shifted_under_its_headers_is_caught_by_its_own_average(
    cast: Cast, sheet: Sheet
) -> None:
    classmates(cast, 6)
    names = [AN, *(f"Trần Văn {chr(65 + n)}{n}" for n in range(6))]
    rows = [[name, None, *GOOD_ROW[:4], 7.5, 7.9] for name in names]  # everything one to the right
    caught(cast, books.simple(rows), "Cột trung bình")


def test_marks_that_slid_out_of_the_table_are_caught(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 6)
    names = [AN, *(f"Trần Văn {chr(65 + n)}{n}" for n in range(6))]
    heads = ("STT", "Họ và tên", "TX1", "TX2", "TX3", "TX4", "GK", "CK")
    rows = [[name, None, *GOOD_ROW] for name in names]
    caught(cast, books.simple(rows, heads=heads), "không có tiêu đề")
    born = ("STT", "Họ và tên", "Ngày sinh", "TX1", "TX2", "TX3", "TX4", "GK", "CK")
    rows = [[name, *GOOD_ROW] for name in names]
    caught(cast, books.simple(rows, heads=born), "Ngày sinh", "chứa điểm")


def test_marks_a_row_too_low_are_caught(cast: Cast, sheet: Sheet) -> None:
    names = full_class(cast, sheet)
    shifted = [None, *TX1[:-1]]
    data = books.simple([[name, mark, None, 7] for name, mark in zip(names, shifted, strict=True)])
    caught(cast, data, "lệch 1 hàng")


def test_another_class_is_caught_by_its_title_and_by_its_pupils(cast: Cast, sheet: Sheet) -> None:
    khoi = [["Phạm Minh Khôi", 7, 8]]
    caught(cast, books.simple(khoi, title="Môn Toán, lớp 8A3, học kì I"), "không học lớp 8A3", "8A5")
    data = books.simple([[AN, 7]], title="Môn Toán, lớp 8A5, học kì I", name="8A5")
    assert "8A5" in plan(cast, data, sheet_id=sheet.pk).refusal
    caught(cast, books.simple([["Lường Thảo Vy", 7]], title="Môn Toán, lớp 8A, học kì I", name="8A"), "")


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        ("85", "8,5 phải không"), (85, "8,5 phải không"), ("8,55", "một chữ số"), ("11", "1,1 phải không"),
        ("giỏi", "Chưa ghi"), ("-1", "Chưa ghi"), ("10,5", "0 đến 10"), ("Đ", "Môn này có điểm"), ("8..5", "Chưa ghi"),
        (date(2026, 5, 8), "8,5 phải không"), (date(2026, 12, 25), "không phải điểm"), ("#N/A", "lỗi công thức"),
    ],
)  # fmt: skip
def test_a_cell_that_is_no_mark_is_refused_by_name(cast: Cast, sheet: Sheet, cell: Any, word: str) -> None:
    found = caught(cast, books.simple([[AN, cell]]), word)
    (bad,) = [one for one in found.lines[0].cells if one.kind in ("refused", "question")]
    assert (bad.letter, found.lines[0].number) == ("C", 5)


@pytest.mark.parametrize(
    ("cell", "tenths"), [("8,5", 85), ("8.5", 85), (8.5, 85), ("8", 80), (0, 0), ("10,0", 100)]
)
def test_comma_and_point_are_one_and_nought_is_nought(
    cast: Cast, sheet: Sheet, cell: Any, tenths: int
) -> None:
    write(cast, books.simple([[AN, cell]]))
    assert marks_of(cast.enrolments["an"].pk, sheet)[0] == tenths


def test_85_is_taken_for_8_5_when_the_teacher_says_so(cast: Cast, sheet: Sheet) -> None:
    write(cast, books.simple([[AN, "85", date(2026, 5, 8)]]), accepts_tenths=True)
    assert marks_of(cast.enrolments["an"].pk, sheet)[:2] == [85, 85]


def test_a_blank_cell_is_not_nought_and_wipes_nothing(cast: Cast, sheet: Sheet) -> None:
    actions.enter_marks(cast.lan, sheet, cells=[Cell(cast.enrolments["an"].pk, 0, None, 80)])
    write(cast, books.simple([[AN, None, 9]]))
    assert marks_of(cast.enrolments["an"].pk, sheet)[:2] == [80, 90]


def test_a_pupil_missing_from_the_file_is_named(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 1)
    found = plan(cast, books.simple([[AN, 8]]))
    assert found.missing == ["Trần Văn A0"]
    assert "Trần Văn A0" in found.hints[0]


def test_a_pupil_twice_a_stranger_and_a_code_of_somebody_else_are_refused(cast: Cast, sheet: Sheet) -> None:
    code = cast.people["an"].code
    heads = ("STT", "Mã HS", "Họ và tên", "TX1")
    rows = [[code, AN, 8], [code, AN, 9], ["", "Người Lạ Mặt", 7], [code, "Trần Văn A0", 7], ["", "", 6]]
    classmates(cast, 3)
    found = plan(cast, books.simple(rows, heads=heads))
    assert [bool(line.problem) for line in found.lines] == [False, True, True, True, True]
    assert "hàng 5" in found.lines[1].problem
    assert "lệch nhau" in found.lines[3].problem
    assert "không có tên" in found.lines[4].problem


def test_two_pupils_of_one_name_need_a_code_or_a_birthday(cast: Cast, sheet: Sheet) -> None:
    from tests.cast import make_enrolment, make_person

    twin = make_person(AN, birth_date=date(2013, 9, 9), sex=2)
    make_enrolment(twin, cast.classroom)
    found = plan(cast, books.simple([[AN, 8]]))
    assert "2 em tên" in found.lines[0].problem
    heads = ("STT", "Họ và tên", "Ngày sinh", "TX1")
    found = plan(cast, books.simple([[AN, "09/09/2013", 8]], heads=heads))
    assert found.lines[0].enrolment_id != cast.enrolments["an"].pk
    assert found.count("new") == 1


def test_a_locked_cell_is_refused_and_the_others_are_taken(cast: Cast, sheet: Sheet) -> None:
    today = timezone.localdate()
    Deadline.objects.create(
        unit=cast.school,
        year=cast.year,
        term=1,
        column="tx1",
        due_on=today - timedelta(days=9),
        locks_on=today,
    )
    data = books.simple([[AN, 8, 9]])
    found = plan(cast, data)
    assert "đã khóa" in next(cell.message for cell in found.lines[0].cells if cell.slot == SLOT["tx1"])
    write(cast, data)
    assert marks_of(cast.enrolments["an"].pk, sheet)[:2] == [None, 90]


def test_what_somebody_wrote_since_the_preview_is_looked_at_again(cast: Cast, sheet: Sheet) -> None:
    data = books.simple([[AN, 8, 9]])
    seen = {one.page.place: one.digest for one in plans(cast, data)}
    actions.enter_marks(cast.lan, sheet, cells=[Cell(cast.enrolments["an"].pk, 0, None, 65)])
    (outcome,) = bring_file(cast.lan, plans(cast, data), seen=seen)
    assert outcome.is_stale
    assert marks_of(cast.enrolments["an"].pk, sheet)[:2] == [65, None]


# --- the pages -------------------------------------------------------------------------------------------------------


def test_a_file_is_given_looked_at_written_and_compared(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    address = upload(client, books.simple([[AN, "8,5", "giỏi"]]))
    page = client.get(address).content.decode()
    assert "C5" in page
    assert "giỏi" in page
    assert not MarkRow.objects.exists()
    digest = page.partition('name="thay-0" value="')[2].partition('"')[0]
    answer = client.post(address, {"thay-0": digest})
    assert answer.status_code == 302
    assert marks_of(cast.enrolments["an"].pk, sheet)[0] == 85
    compared = client.get(answer["Location"]).content.decode()
    assert "còn khác nhau 1 chỗ" in compared
    marked = books.opened(client.get(f"{address}ghi-chu/").content)
    comments = [cell.comment.text for row in marked.worksheets[0].iter_rows() for cell in row if cell.comment]
    assert len(comments) == 1
    assert "giỏi" in comments[0]


def test_a_good_file_is_reconciled_to_nought(cast: Cast, sheet: Sheet) -> None:
    client = cast.client("lan")
    address = upload(client, books.simple([[AN, 8, 9, 7, 8, 7.5, 8, 7.9]]), f"?so={sheet.pk}")
    digest = client.get(address).content.decode().partition('name="thay-0" value="')[2].partition('"')[0]
    answer = client.post(address, {"thay-0": digest, "so": str(sheet.pk)})
    assert "0 chỗ khác" in client.get(answer["Location"]).content.decode()
    assert MarkRow.objects.get(sheet=sheet).average == 79


def test_a_page_that_looks_shifted_is_written_only_when_its_teacher_says_so(cast: Cast, sheet: Sheet) -> None:
    names = full_class(cast, sheet)
    client = cast.client("lan")
    address = upload(
        client, books.simple([[name, None, None, a] for name, a in zip(names, TX1, strict=True)])
    )
    digest = client.get(address).content.decode().partition('name="thay-0" value="')[2].partition('"')[0]
    assert client.post(address, {"thay-0": digest}).status_code == 409
    assert not MarkRow.objects.filter(marks__2__isnull=False).exists()
    assert client.post(address, {"thay-0": digest, "dong-y-0": "1", "_key": "x2"}).status_code == 302
    assert MarkRow.objects.filter(marks__2__isnull=False).count() == 11


def test_a_file_is_its_owner_s_alone(cast: Cast, sheet: Sheet) -> None:
    address = upload(cast.client("lan"), books.simple([[AN, 8]]))
    pk = StoredFile.objects.get(purpose="gradebook.marks").pk
    for who in ("hung", "tam", "mai", "binh"):
        for tail in ("", "doi-chieu/", "ghi-chu/"):
            assert cast.client(who).get(f"{FILES}{pk}/{tail}").status_code == 404
    assert cast.client("lan").get(address).status_code == 200


def test_what_is_no_book_of_marks_says_so(cast: Cast, sheet: Sheet) -> None:
    book = Workbook()
    book.active.append(["Kính gửi", "các", "thầy cô"])  # type: ignore[union-attr]
    answer = cast.client("lan").post(FILES, {"file": SimpleUploadedFile("a.xlsx", books.data_of(book))})
    assert answer.status_code == 422
    assert "Không thấy bảng điểm nào" in answer.content.decode()
