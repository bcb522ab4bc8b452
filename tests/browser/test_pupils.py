"""What offices and teachers do with records of pupils, from finding one to ending a year."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.calendar.demo import YEAR
from khue.registry.roster.models import Enrolment, Rollover
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

SCHOOL = "THCS Lê Quý Đôn"


def studying(grade: int, place: int) -> Enrolment:
    """A pupil of THCS Lê Quý Đôn; each journey takes another one."""
    rows = Enrolment.objects.filter(school__name=SCHOOL, year_id=YEAR, status="studying", grade=grade)
    return rows.select_related("person", "classroom").order_by("pk")[place]


@pytest.mark.parametrize("typed", ["le hoai an", "Lê Hoài An"])
def test_ctrl_k_finds_a_pupil_with_and_without_diacritics(visitor: Visitor, typed: str) -> None:
    visitor.enter("hung")
    visitor.page.keyboard.press("Control+k")
    visitor.page.keyboard.type(typed)
    visitor.page.locator("#find-results").get_by_role(
        "link", name=re.compile("Lê Hoài An.*8A3")
    ).first.click()
    visitor.page.wait_for_url("**/hoc-sinh/*/")
    assert visitor.sees("Lê Hoài An")
    assert visitor.sees("Lớp 8A3")


def test_a_child_who_dropped_out_is_taken_in_with_the_record_that_is_there(visitor: Visitor) -> None:
    known = (
        Enrolment.objects.filter(school__name=SCHOOL, status="dropped", year_id=YEAR)
        .select_related("person").order_by("pk")[0].person
    )  # fmt: skip
    people = Person.objects.count()
    visitor.enter("tam", "THCS Trống")
    visitor.go("/hoc-sinh/tiep-nhan/")
    page = visitor.page
    page.locator("#id_full_name").fill(known.full_name)
    page.locator("#id_birth_date").fill(f"{known.birth_date:%d/%m/%Y}")
    page.locator("#id_sex").select_option(str(known.sex))
    page.locator("#id_grade").select_option("8")
    visitor.press("Tiếp nhận em này")
    assert visitor.sees("Có thể em này đã có trong hệ thống.")
    page.locator(f'button[name="person_id"][value="{known.pk}"]').click()
    page.wait_for_url(f"**/hoc-sinh/{known.pk}/")
    assert visitor.sees("THCS Trống")
    assert Person.objects.count() == people
    assert Enrolment.objects.get(person=known, status="studying").school.code == "THCS-TRONG"


def test_of_two_who_change_one_record_the_second_is_told_whose_change_it_is_and_loses_nothing(
    visitor: Visitor, another: NewVisitor
) -> None:
    pupil = studying(6, 7).person
    second = another()
    visitor.enter("tam")
    second.enter("hung")
    for one in (visitor, second):
        one.go(f"/hoc-sinh/{pupil.pk}/sua/")
    visitor.page.locator("#id_address").fill("Số 1, tổ 4, phường Đông Kinh")
    visitor.press("Ghi hồ sơ")
    assert visitor.sees("Số 1, tổ 4, phường Đông Kinh")
    second.page.locator("#id_address").fill("Số 9, tổ 2, phường Đông Kinh")
    second.press("Ghi hồ sơ")
    assert second.sees("Đỗ Thị Tâm")
    assert second.sees("Số 1, tổ 4, phường Đông Kinh")
    assert second.page.locator("#id_address").input_value() == "Số 9, tổ 2, phường Đông Kinh"
    second.press("Ghi hồ sơ")
    assert second.sees("Số 9, tổ 2, phường Đông Kinh")
    pupil.refresh_from_db()
    assert pupil.address == "Số 9, tổ 2, phường Đông Kinh"


def test_hung_gives_a_role_after_proving_himself_and_takes_it_back(visitor: Visitor) -> None:
    lan = Person.objects.get(account__login_name="lan")
    visitor.enter("hung")
    visitor.grow_old()
    visitor.go("/quyen/giao/")
    page = visitor.page
    page.locator("#id_person").fill("lan")
    page.locator("#id_role").select_option(index=0)
    page.locator("#id_unit").fill("THCS-LQD")
    page.locator("#id_reason").fill("QĐ 12/QĐ-LQĐ ngày 20/11/2026")
    visitor.press("Giao vai")
    assert visitor.sees("Xác nhận lại danh tính")
    visitor.prove()
    assert visitor.sees("Đã giao vai cho Nguyễn Thị Lan")
    page.get_by_role("link", name=re.compile(rf"Thu vai\s?: {lan.full_name}")).click()
    page.get_by_label("Lý do").fill("Hết việc")
    visitor.press("Thu vai")
    assert visitor.sees("Đã thu vai của Nguyễn Thị Lan")


def test_hung_sees_who_can_see_a_pupil_and_why(visitor: Visitor) -> None:
    an = Person.objects.get(account__login_name="an")
    visitor.enter("hung")
    visitor.go(f"/hoc-sinh/{an.pk}/")
    visitor.press("Ai xem được em này, và vì sao?")
    for words in ("Nguyễn Thị Lan", "Lê Văn Bình", "Trần Quốc Hùng", "là tôi"):
        assert visitor.sees(words)
    assert visitor.lacks("Hoàng Thị Mai")


def test_another_capacity_brings_another_menu(visitor: Visitor) -> None:
    visitor.enter("lan")
    wings = visitor.page.locator("nav.wings")
    assert "Học sinh" in wings.inner_text()
    assert "Con của tôi" not in wings.inner_text()
    visitor.act_at("Phụ huynh của em Khang")
    bar = visitor.page.locator("nav.tabbar")
    expect(bar).to_contain_text("Hôm nay")
    expect(wings).to_have_count(0)
    assert visitor.status("/hoc-sinh/") in (403, 404)
    assert visitor.sees("Khang")


def test_two_records_become_one_and_two_again(visitor: Visitor) -> None:
    visitor.enter("son")
    visitor.go("/ho-so-trung/")
    visitor.press("Tìm lại ngay")
    visitor.page.locator("main table a.name").first.click()
    visitor.page.wait_for_url("**/ho-so-trung/*/")
    keys = [
        int(one)
        for one in visitor.page.locator('input[name="kept"]').evaluate_all("all => all.map(one => one.value)")
    ]
    both = Enrolment.objects.filter(person_id__in=keys, status="studying", year_id=YEAR)
    assert both.count() == 2
    visitor.press("Gộp hai hồ sơ")
    visitor.prove()
    assert visitor.sees("Đã gộp hai hồ sơ thành một")
    assert both.count() == 1
    visitor.page.locator("main").get_by_role("button", name="Hoàn tác gộp").click()
    visitor.page.wait_for_load_state()
    visitor.prove()
    assert visitor.sees("Gộp hai hồ sơ")
    assert both.count() == 2


def test_a_year_is_rolled_over_and_taken_back(visitor: Visitor) -> None:
    school = Unit.objects.get(name=SCHOOL)
    visitor.enter("son")
    visitor.go("/lich/khung/")
    visitor.press("Xem trước")
    visitor.press("Mở năm học")
    visitor.enter("hung")
    visitor.go("/ket-chuyen/")
    visitor.press("Chuẩn bị sang năm học")
    assert visitor.sees("Chưa ghi gì vào danh sách.")
    assert visitor.sees("Lên lớp")
    this = Enrolment.objects.filter(school=school, year_id=YEAR, status="studying")
    then = this.count()
    visitor.grow_old()
    visitor.page.get_by_role("button", name=re.compile(r"^Kết chuyển [\d.]+ em")).click()
    visitor.page.wait_for_load_state()
    visitor.prove()
    assert visitor.sees("Xem lại lớp và danh sách năm sau")
    coming = Enrolment.objects.filter(school=school, year_id=YEAR + 1)
    assert coming.filter(grade=7).exists()
    visitor.press("Hoàn tác kết chuyển")
    visitor.prove()
    assert visitor.sees("Chuẩn bị", "Chưa ghi gì vào danh sách.")
    assert not coming.exists()
    assert this.count() == then
    assert not Rollover.objects.filter(school=school, state="done").exists()
