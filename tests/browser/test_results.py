"""From Lan's class to the coming year: submitted, approved with a proof, a re-test, and the rollover that knows."""

from __future__ import annotations

import re

import pytest
from django.db import transaction

from khue.registry.calendar.demo import YEAR
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gradebook import queries
from khue.school.gradebook.actions.marks import average_of, open_the_wall
from khue.school.gradebook.layout import Kind
from khue.school.gradebook.models import MarkRow, Result, Review, Sheet, Unlock
from tests.browser import chromium
from tests.browser.province import Visitor

WEAK = {"TOAN": 32, "NGU_VAN": 48, "KHTN": 49}  # learning Chưa đạt: two more under 5,0 and one under 3,5


def eight_a_three() -> Classroom:
    return Classroom.objects.get(name="8A3", school__name="THCS Lê Quý Đôn", year_id=YEAR)


@pytest.fixture
def room(visitor: Visitor) -> Classroom:
    """8A3 with every mark of the year: 8,5 for all, one pupil weak in three subjects and middling in the others."""
    found = eight_a_three()
    rows = Enrolment.objects.filter(classroom=found, status="studying").order_by("sort_key", "pk")
    pupils = list(rows.values_list("pk", "person_id"))
    with transaction.atomic():
        open_the_wall()
        Unlock.objects.filter(sheet__classroom=found).delete()
        MarkRow.objects.filter(sheet__classroom=found).delete()
        made = []
        for sheet in Sheet.objects.filter(classroom=found):
            frame = queries.all_frame(sheet.pk)
            for place, (pk, person) in enumerate(pupils):
                mark = WEAK.get(frame.subject, 60) if place == 1 else 85
                value = {Kind.PASS: 1, Kind.CONDUCT: 3, Kind.COUNT: 2}
                marks: list[int | None] = [None] * frame.width
                for column in frame.columns:
                    marks[column.slot] = value.get(column.kind, mark)
                made.append(
                    MarkRow(sheet=sheet, enrolment_id=pk, person_id=person, marks=marks, sources="k" * frame.width,
                            average=average_of(frame, marks))
                )  # fmt: skip
        MarkRow.objects.bulk_create(made, batch_size=1000)
    return found


def weak(room: Classroom) -> Enrolment:
    rows = Enrolment.objects.filter(classroom=room, status="studying").select_related("person")
    return rows.order_by("sort_key", "pk")[1]


def test_lan_submits_hung_approves_and_the_rollover_knows(visitor: Visitor, room: Classroom) -> None:
    page = visitor.page
    visitor.enter("lan")
    for key, words in (("1", "học kì I"), ("2", "học kì II"), ("ca-nam", "cả năm")):
        visitor.go(f"/so-diem/ket-qua/{room.pk}/?ky={key}")
        page.get_by_role("button", name=f"Trình kết quả {words}", exact=True).click()
        page.wait_for_load_state()
        assert visitor.sees(f"Đã trình kết quả {words}", "Chờ hiệu trưởng duyệt")
    assert set(Review.objects.filter(classroom=room).values_list("state", flat=True)) == {"submitted"}

    visitor.enter("hung")
    visitor.grow_old()
    visitor.go("/")
    assert visitor.sees("Duyệt kết quả học kì I, lớp 8A3")
    for key in ("1", "2", "ca-nam"):
        visitor.go(f"/so-diem/ket-qua/?ky={key}")
        page.get_by_role("button", name=re.compile("^Duyệt .* các lớp đã chọn")).click()
        page.wait_for_load_state()
        visitor.prove()
        assert Review.objects.get(classroom=room, term={"1": 1, "2": 2, "ca-nam": 0}[key]).state == "approved"
    one = weak(room)
    visitor.go(f"/so-diem/ket-qua/{room.pk}/?ky=ca-nam")
    assert visitor.sees("Được lên lớp")
    assert visitor.sees("Kiểm tra, đánh giá lại")
    visitor.press(one.person.full_name)
    assert visitor.sees("Vì sao Chưa đạt")
    assert visitor.sees("được chọn kiểm tra lại trong các môn")

    page.locator('input[name="mon"][value="TOAN"]').check()
    visitor.press("Ghi môn đã chọn")
    page.locator("#mon-TOAN").fill("2")
    page.locator("#nguon").fill("Biên bản 01/BB-KTL")
    visitor.press("Ghi điểm kiểm tra lại")
    assert visitor.sees("Xếp lại sau kiểm tra: học tập vẫn Chưa đạt.")
    assert Result.objects.get(enrolment=one, term=0).outcome == "O_LAI"

    visitor.enter("son")
    visitor.go("/lich/khung/")
    visitor.press("Xem trước")
    visitor.press("Mở năm học")
    visitor.enter("hung")
    visitor.go("/ket-chuyen/")
    visitor.press("Chuẩn bị sang năm học")
    assert visitor.sees("Chưa ghi gì vào danh sách.")
    page.get_by_role("link", name="8A3", exact=True).click()
    page.wait_for_load_state()
    chosen = page.locator(f'select[name="em-{one.pk}"]')
    assert chosen.input_value() == "retain"
    others = page.locator('main select[name^="em-"]').evaluate_all("all => all.map(one => one.value)")
    assert sorted(set(others)) == ["promote", "retain"]
    assert others.count("retain") == 1


PAGES = ("", "{room}/", "em/{pupil}/", "sau-nam-hoc/", "khen-thuong/", "tinh-lai/")


@pytest.mark.crawl
def test_every_page_of_results_fits_and_satisfies_axe(visitor: Visitor, room: Classroom) -> None:
    visitor.enter("hung")
    for path in PAGES:
        visitor.go(f"/so-diem/ket-qua/{path.format(room=room.pk, pupil=weak(room).pk)}?ky=ca-nam")
        assert chromium.ill_fitting(visitor.page) == [], path
        assert chromium.axe_faults(visitor.page) == [], path
