"""Other people's ways of using a page: a small phone, no script, no mouse, a nervous finger, another language."""

from __future__ import annotations

from pathlib import Path

import pytest

from khue.kernel.exchange.models import Import
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

FIRST_GRADERS = Path(__file__).resolve().parents[1] / "data" / "rosters" / "tuyen-sinh-lop-1.xlsx"


def begin_to_admit(visitor: Visitor, name: str) -> None:
    visitor.enter("tam", "THCS Trống")
    visitor.go("/hoc-sinh/tiep-nhan/")
    visitor.page.locator("#id_full_name").fill(name)
    visitor.page.locator("#id_birth_date").fill("02/02/2015")
    visitor.page.locator("#id_grade").select_option("6")


def test_binh_sees_both_children_on_a_small_phone_and_no_other_child(another: NewVisitor) -> None:
    visitor = another(width=360, has_touch=True, is_mobile=True)
    visitor.enter("binh")
    visitor.page.locator("nav.tabbar").get_by_text("Thêm").tap()
    visitor.page.wait_for_url("**/gia-dinh/them/")
    visitor.page.get_by_text("Con của tôi").tap()
    visitor.page.wait_for_url("**/con-toi/")
    names = visitor.page.locator(".kid h2").all_inner_texts()
    assert len(names) == 2
    assert "Lê Hoài An" in names
    assert chromium.axe_faults(visitor.page) == []
    visitor.page.get_by_text("Hồ sơ của con").first.tap()
    visitor.page.wait_for_url("**/hoc-sinh/*/")
    assert visitor.sees("Lê Hoài An")
    wide = visitor.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert wide <= 0
    stranger = Enrolment.objects.filter(classroom__name="8A3", status="studying").exclude(
        person__full_name__in=names
    )
    assert visitor.status(f"/hoc-sinh/{stranger[0].person_id}/") == 404


def test_an_sees_her_own_record_and_no_classmates(visitor: Visitor) -> None:
    visitor.enter("an")
    visitor.go("/gia-dinh/them/")
    visitor.press("Hồ sơ của em")
    assert visitor.sees("Lê Hoài An")
    assert visitor.sees("Nguyễn Thị Lan")
    mate = Enrolment.objects.filter(classroom__name="8A3").exclude(person__full_name="Lê Hoài An")[0]
    assert visitor.status(f"/hoc-sinh/{mate.person_id}/") == 404
    assert visitor.status("/hoc-sinh/") in (403, 404)


def test_the_house_speaks_english_and_vietnamese_again(visitor: Visitor) -> None:
    visitor.enter("tam")
    visitor.go("/hoc-sinh/")
    visitor.page.get_by_role("button", name="EN").click()
    visitor.page.wait_for_load_state()
    assert visitor.page.locator("html").get_attribute("lang") == "en"
    assert visitor.page.locator("h1").inner_text() == "Pupils"
    assert visitor.sees("Lê Hoài An")
    visitor.page.get_by_role("button", name="VI").click()
    visitor.page.wait_for_load_state()
    assert visitor.page.locator("h1").inner_text() == "Học sinh"


@pytest.mark.parametrize("with_script", [True, False])
def test_a_double_click_admits_one_child(another: NewVisitor, with_script: bool) -> None:
    name = f"Vàng Thị {'Một' if with_script else 'Hai'} Lần Thôi"
    visitor = another(java_script_enabled=with_script)
    begin_to_admit(visitor, name)
    visitor.page.get_by_role("button", name="Tiếp nhận em này").dblclick()
    visitor.page.wait_for_url(lambda address: "tiep-nhan" not in address)
    assert visitor.sees(name)
    assert Person.objects.filter(full_name=name).count() == 1
    assert Enrolment.objects.filter(person__full_name=name).count() == 1


def test_a_list_is_searched_and_paged_without_script(another: NewVisitor) -> None:
    visitor = another(java_script_enabled=False)
    visitor.enter("tam")
    visitor.go("/hoc-sinh/")
    first = visitor.page.locator("main table a.name").first.inner_text()
    visitor.page.locator("nav.wings, main").get_by_role("link", name="2", exact=True).click()
    visitor.page.wait_for_url("**page=2**")
    assert visitor.page.locator("main table a.name").first.inner_text() != first
    visitor.page.locator("#list-q").fill("le hoai an")
    visitor.page.locator("#list-q").press("Enter")
    visitor.page.wait_for_url("**q=le**")
    assert visitor.page.locator("main table a.name").first.inner_text() == "Lê Hoài An"
    visitor.page.locator("main table a.name").first.click()
    visitor.page.wait_for_load_state()
    for words in ("Việc học", "Gia đình", "Các năm học"):  # every tab is open
        assert visitor.sees(words)


def test_a_file_is_taken_in_and_a_child_admitted_without_script(another: NewVisitor) -> None:
    visitor = another(java_script_enabled=False)
    visitor.enter("tam", "Tiểu học Trống")
    visitor.go("/nhap/")
    visitor.page.set_input_files("input[type=file]", FIRST_GRADERS)
    visitor.press("Đọc tệp, xem trước")
    visitor.press("Ghi 91 em")
    assert visitor.sees("Đã ghi 91 em")
    assert Import.objects.filter(state="written").count() == 1
    begin_to_admit(visitor, "Giàng A Không Máy")
    visitor.press("Tiếp nhận em này")
    assert visitor.sees("Đã tiếp nhận em Giàng A Không Máy")


def test_the_keyboard_is_enough_for_menu_list_and_form(visitor: Visitor) -> None:
    visitor.enter("tam", "THCS Trống")
    keys, page = visitor.page.keyboard, visitor.page

    def tab_to(selector: str, most: int = 80) -> None:
        for _press in range(most):
            keys.press("Tab")
            if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
                ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert ring != "none", f"{selector} does not show that it has the focus"
                return
        raise AssertionError(f"Tab never reaches {selector}")

    visitor.act_at("THCS Lê Quý Đôn")
    tab_to("a.skip", 1)
    tab_to('nav.wings a[href="/hoc-sinh/"]')
    keys.press("Enter")
    page.wait_for_url("**/hoc-sinh/")
    keys.press("Tab")
    keys.press("Enter")
    assert page.evaluate("document.activeElement.id") == "noi-dung"
    tab_to("#list-q")
    keys.type("le hoai an")
    keys.press("Enter")
    page.wait_for_url("**q=le**")
    tab_to("main table a.name")
    keys.press("Enter")
    page.wait_for_url("**/hoc-sinh/*/")
    tab_to('[role="tab"][aria-selected="true"]')
    keys.press("ArrowRight")
    assert page.locator("#gia-dinh").is_visible()
    tab_to("a[href$='/gia-dinh/']")
    keys.press("Enter")
    page.wait_for_url("**/gia-dinh/")
    tab_to("#id_phone")
    keys.type("0500 999 888")
    tab_to("#id_relation")
    tab_to("#id_full_name")
    keys.type("Lê Thị Bàn Phím")
    keys.press("Enter")
    page.wait_for_url(lambda address: not address.endswith("/gia-dinh/"))
    assert Person.objects.filter(full_name="Lê Thị Bàn Phím").count() == 1
