"""The printed book: the columns of the form, names in order, leaves that go on, and for each reader their own part."""

from __future__ import annotations

import itertools
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khue.kernel.audit.models import Entry
from khue.registry.curriculum.models import Subject
from khue.school.gradebook import actions, book
from khue.school.gradebook.actions import Cell, Remark
from khue.school.gradebook.models import MarkRow, Sheet
from khue.school.gradebook.queries import books as reads
from khue.school.gradebook.tests import books
from khue.school.gradebook.tests.places import SLOT, add_course, classmates, open_sheets
from tests.cast import Cast, make_class, make_enrolment, make_person


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def printed(cast: Cast, who: str = "lan", query: str = "?ky=1") -> str:
    answer = cast.client(who).get(f"/so-diem/so/{cast.classroom.pk}/{query}")
    assert answer.status_code == 200
    return unescape(answer.content.decode())


def leaves(page: str) -> list[str]:
    return page.split('<section class="leaf')[1:]


def test_the_book_of_the_class_has_a_leaf_a_subject_and_the_summary(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    Subject.objects.filter(pk="NGU_VAN").update(order=1)
    titles = re.findall(r"<h2>([^<]+)</h2>", printed(cast))
    assert titles == [
        "Sổ theo dõi và đánh giá học sinh", "Ngữ văn", "Toán", "Rèn luyện, chuyên cần",
        "Tổng hợp kết quả đánh giá học kì",
    ]  # fmt: skip
    year = re.findall(r"<h2>([^<]+)</h2>", printed(cast, query="?ky=2"))
    assert year[-1] == "Tổng hợp kết quả đánh giá cả năm học"


def test_a_leaf_has_the_columns_and_marks_of_the_form(cast: Cast, sheet: Sheet) -> None:
    an = cast.enrolments["an"].pk
    marks = {"tx1": 80, "tx2": 90, "tx3": 70, "tx4": 80, "gk": 75, "ck": 80}
    actions.enter_marks(
        cast.lan, sheet, cells=[Cell(an, SLOT[code], None, value) for code, value in marks.items()],
        remarks=[Remark(an, "", "Chăm <b>học</b>.")],
    )  # fmt: skip
    raw = cast.client("lan").get(f"/so-diem/so/{cast.classroom.pk}/?ky=1").content.decode()
    leaf = leaves(raw)[1]
    heads = re.findall(r"<th[^>]*>([^<]+)</th>", leaf)
    assert heads == ["STT", "Họ và tên", "ĐĐGtx", "ĐĐGgk", "ĐĐGck", "ĐTBmhk", "Nhận xét", "1", "2", "3", "4"]
    row = re.findall(r"<td[^>]*>([^<]*)</td>", leaf)
    assert row[:9] == ["1", "Lê Hoài An", "8,0", "9,0", "7,0", "8,0", "7,5", "8,0", "7,9"]
    assert "Chăm &lt;b&gt;học&lt;/b&gt;." in leaf
    assert "Nguyễn Thị Lan" in leaf.partition('class="signs"')[2]


def test_the_second_term_has_the_average_of_the_year(cast: Cast, sheet: Sheet) -> None:
    second = Sheet.objects.get(course=cast.course, term=2)
    for one, value in ((sheet, 79), (second, 80)):
        MarkRow.objects.create(
            sheet=one,
            enrolment=cast.enrolments["an"],
            person=cast.people["an"],
            marks=[],
            sources="",
            average=value,
        )
    leaf = leaves(printed(cast, query="?ky=2"))[1]
    assert "ĐTBmcn" in leaf
    assert re.findall(r'<td class="bk-m bk-b">([^<]*)</td>', leaf) == ["8,0", "8,0"]


def test_long_classes_go_on_with_the_head_again_and_numbered_leaves(cast: Cast, sheet: Sheet) -> None:
    classmates(cast, 44)
    page = printed(cast)
    maths = [leaf for leaf in leaves(page) if "<h2>Toán" in leaf]
    assert len(maths) == 2
    assert all("ĐĐGtx" in leaf for leaf in maths)
    assert "signs" not in maths[0]
    numbers = [int(n) for leaf in maths for n in re.findall(r'<td class="bk-n">(\d+)</td>', leaf)]
    assert numbers == list(range(1, 46))
    folios = re.findall(r"Trang (\d+)/(\d+)", page)
    assert [int(n) for n, _of in folios] == list(range(1, len(folios) + 1))
    assert {int(of) for _n, of in folios} == {len(folios)}


@given(st.lists(st.integers(1, 9), max_size=60))
def test_leaves_hold_every_row_once_in_order_and_leave_room_to_sign(weights: list[int]) -> None:
    spans = book.parts_of(weights)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(weights)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))
    for first, last in spans:
        assert last - first <= 1 or sum(weights[first:last]) <= book.LINES
    first, last = spans[-1]
    assert last - first <= 1 or sum(weights[first:last]) + book.SIGNS <= book.LINES


def test_a_teacher_of_one_subject_prints_that_alone(cast: Cast, sheet: Sheet) -> None:
    add_course(cast, "NGU_VAN", "Ngữ văn", "mai")
    open_sheets(cast)
    actor = cast.actor("mai", wanted=f"teacher:{cast.school.pk}")
    found = reads.class_book(actor, cast.classroom.pk, 1)
    assert found is not None
    assert [frame.subject for frame in found.frames] == ["NGU_VAN"]
    made = book.book_of(found, 1, "cuoi", reads.summaries(actor, found.classroom, [1]))
    assert made.kind == "(của giáo viên)"
    assert [leaf.title for leaf in made.leaves] == ["Ngữ văn"]


@pytest.mark.parametrize("who", ["ha", "mai", "binh", "an", "son"])
def test_who_has_nothing_in_the_class_prints_nothing(cast: Cast, sheet: Sheet, who: str) -> None:
    assert cast.client(who).get(f"/so-diem/so/{cast.classroom.pk}/").status_code == 404


def test_primary_school_has_its_table_at_four_times(cast: Cast) -> None:
    room = make_class("4A", cast.school, cast.year, 4, "TH")
    pupil = make_person("Lò Thị Mơ", birth_date=cast.year.starts_on.replace(year=2017), sex=2)
    enrolment = make_enrolment(pupil, room)
    shared = {"year": cast.year, "school": cast.school, "classroom": room, "rule_set": "TT27_2020"}
    course = add_course(cast, "TOAN_TH", "Toán", "lan")
    type(course).objects.filter(pk=course.pk).update(classroom=room)
    maths = Sheet.objects.create(course=course, term=1, **shared)
    traits = Sheet.objects.create(kind="traits", term=1, **shared)
    MarkRow.objects.create(sheet=maths, enrolment=enrolment, person=pupil, marks=[2, None, 1], sources="k-k")
    MarkRow.objects.create(
        sheet=traits, enrolment=enrolment, person=pupil, marks=[2] * 15 + [1] * 15, sources="k" * 30
    )
    client = cast.client("hung")
    middle = client.get(f"/so-diem/so/{room.pk}/?ky=1&luc=giua").content.decode()
    assert "giữa học kì I" in middle
    cells = re.findall(r'<td class="bk-m">([^<]*)</td>', middle)
    assert cells == ["T"] * 16
    end = re.findall(
        r'<td class="bk-m">([^<]*)</td>', client.get(f"/so-diem/so/{room.pk}/?ky=1&luc=cuoi").content.decode()
    )
    assert end == ["H"] + ["Đ"] * 15


def test_results_of_a_class_go_out_as_a_workbook_and_it_is_written_down(cast: Cast, sheet: Sheet) -> None:
    MarkRow.objects.create(
        sheet=sheet,
        enrolment=cast.enrolments["an"],
        person=cast.people["an"],
        marks=[],
        sources="",
        average=79,
    )
    before = Entry.objects.filter(action="gradebook.export_results").count()
    answer = cast.client("lan").get(f"/so-diem/ket-qua/{cast.classroom.pk}/tep/?ky=1")
    page = books.opened(answer.content).worksheets[0]
    values = [[cell.value for cell in row] for row in page.iter_rows()]
    assert values[2][:3] == ["STT", "Họ và tên", "Toán"]
    assert values[3][:3] == [1, "Lê Hoài An", 7.9]
    assert Entry.objects.filter(action="gradebook.export_results").count() == before + 1
    for who in ("mai", "ha", "binh"):
        assert cast.client(who).get(f"/so-diem/ket-qua/{cast.classroom.pk}/tep/").status_code == 404
