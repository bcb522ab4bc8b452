"""Bình's app on a small phone: two children of two schools, read again without a line, and nothing left for others."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from khue.citizen.family import actions
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment, Guardianship
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.pages import acting
from tests.browser.province import Visitor

COPIES = """async () => {
  const found = [];
  for (const name of await caches.keys()) if (name.startsWith('khue-read-'))
    for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
  return found;
}"""
LATE = """async () => {
  const going = ask('/gia-dinh/');
  await inTurn(() => onlyOf(''));
  await going;
  return (await readers()).length;
}"""
# What a finger must hit: everything that can be pressed and is no word within a sentence.
SMALL = """() => [...document.querySelectorAll('a, button, summary, select, input:not([type=hidden])')]
 .filter((one) => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one);
  if (!box.width || style.visibility === 'hidden' || one.closest('.skip, .visually-hidden, .demo')) return false;
  if (style.display === 'inline' && one.closest('p, li, small, td, h2, .foot')) return false;
  const label = one.closest('label') && one.closest('label').getBoundingClientRect();
  return Math.max(box.height, label ? label.height : 0) < 43.5;
}).map((one) => one.outerHTML.slice(0, 90))"""


def phone(another: NewVisitor) -> Visitor:
    return another(width=360, service_workers="allow", has_touch=True, is_mobile=True)


def until(page: Page, script: str, wanted: Any) -> None:
    """Wait until the page answers a question as it should; the page's content policy forbids Playwright's own way."""
    found = None
    for _try in range(150):
        found = page.evaluate(script)
        if found == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{script}: {found!r}, not {wanted!r}")


def installed(visitor: Visitor) -> None:
    until(visitor.page, "() => !!(navigator.serviceWorker && navigator.serviceWorker.controller)", True)


def test_binh_reads_what_he_read_last_without_a_line_and_nobody_else_does(
    visitor: Visitor, another: NewVisitor
) -> None:
    father = phone(another)
    page = father.page
    father.enter("binh")
    assert page.url.endswith("/gia-dinh/")
    assert page.locator(".kid h2").all_inner_texts() == ["Lê Hoài An", "Lê Minh Khôi"]
    schools = page.locator(".kid header .muted").all_inner_texts()
    assert len({text.split("·")[1].strip() for text in schools}) == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    installed(father)
    until(page, COPIES, ["/gia-dinh/"])  # the first page is there before anything else was opened

    an = Enrolment.objects.get(person__full_name="Lê Hoài An", is_current=True)
    child = f"/gia-dinh/em/{an.person_id}/"
    for path in (child, "/so-diem/cua-em/", "/gia-dinh/them/", "/gia-dinh/"):
        father.go(path)
        assert chromium.axe_faults(page) == [], path
        assert page.evaluate(SMALL) == [], path
    father.go("/tai-khoan/cua-toi/")  # an account's page is never kept
    until(page, f"async () => (await ({COPIES})()).length", 4)

    page.context.set_offline(True)
    father.go(child)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lê Hoài An")
    expect(page.locator(".read-last")).to_contain_text("Không có mạng. Đây là bản đã đọc lúc")
    expect(page.locator("article.sub").first).to_be_visible()
    father.go("/tai-khoan/cua-toi/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đang không có mạng")
    expect(page.locator("[data-kept-pages] a")).to_have_count(4)
    assert chromium.axe_faults(page) == []
    page.context.set_offline(False)

    # The court keeps Bình from An's record: at his next look everything kept is gone, Khôi's pages too.
    Guardianship.objects.filter(pupil_id=an.person_id, guardian__full_name="Lê Văn Bình").update(
        may_view=False
    )
    father.go(child)
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("An")
    until(page, COPIES, [])
    father.go("/gia-dinh/")
    assert page.locator(".kid h2").all_inner_texts() == ["Lê Minh Khôi"]
    until(page, COPIES, ["/gia-dinh/"])
    Guardianship.objects.filter(pupil_id=an.person_id, guardian__full_name="Lê Văn Bình").update(
        may_view=True
    )

    # An answer that was asked for before copies were wiped comes after it: it is not kept.
    (worker,) = page.context.service_workers
    assert worker.evaluate(LATE) == 0

    father.go("/gia-dinh/them/")
    page.locator("main form[data-forget] button").tap()
    page.wait_for_url("**/dang-nhap/**", wait_until="load")
    until(page, COPIES, [])
    page.context.set_offline(True)
    father.go("/gia-dinh/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Đang không có mạng")
    expect(page.locator("[data-kept-pages]")).to_be_hidden()
    page.context.set_offline(False)

    # A clerk on the same phone leaves no copy of pages with many pupils.
    father.enter("tam", "THCS Lê Quý Đôn")
    father.go("/hoc-sinh/")
    father.go("/")
    until(page, COPIES, [])


def test_a_mother_comes_to_her_child_by_the_slip_of_the_school(visitor: Visitor, another: NewVisitor) -> None:
    khoi = Enrolment.objects.select_related("person").get(person__full_name="Lê Minh Khôi", is_current=True)
    clerk = acting("tam")
    an = Enrolment.objects.select_related("person").get(person__full_name="Lê Hoài An", is_current=True)
    code = actions.issue_codes(clerk, [an], relation="other").slips[0].code
    mother = phone(another)
    mother.enter("lan")  # a teacher and a mother; to An she is an aunt
    mother.go(f"/gia-dinh/gan/#{code}")
    page = mother.page
    expect(page.locator("#id_code")).to_have_value(code)
    assert chromium.axe_faults(page) == []
    page.locator("#id_datum").fill("01/01/2010")
    page.get_by_role("button", name="Gắn với con").click()
    expect(page.get_by_role("alert")).to_contain_text("chưa khớp")
    page.locator("#id_datum").fill(f"{an.person.birth_date:%d/%m/%Y}")
    with page.expect_navigation():
        page.get_by_role("button", name="Gắn với con").click()
    lan = Person.objects.get(account__login_name="lan")
    tie = Guardianship.objects.get(pupil_id=an.person_id, guardian=lan)
    assert (tie.relation, tie.starts_on) == ("other", timezone.localdate())
    assert not Guardianship.objects.filter(pupil_id=khoi.person_id, guardian=lan).exists()

    visitor.enter("tam", "THCS Lê Quý Đôn")
    visitor.go("/gia-dinh/da-gan/")
    row = visitor.page.locator("tr", has_text=lan.full_name)
    assert chromium.axe_faults(visitor.page) == []
    row.locator("input[name=reason]").fill("Không phải người giám hộ")
    with visitor.page.expect_navigation():
        row.get_by_role("button", name="Thôi gắn").click()
    assert visitor.sees("đã thôi")
    tie.refresh_from_db()
    assert tie.ends_on is not None


def test_a_new_address_goes_to_the_office_and_comes_back_answered(
    visitor: Visitor, another: NewVisitor
) -> None:
    father = phone(another)
    father.enter("binh")
    father.go("/gia-dinh/lien-he/")
    page = father.page
    with page.expect_navigation():
        page.get_by_role("link", name="Đề nghị sửa").first.tap()
    assert page.evaluate(SMALL) == []
    assert chromium.axe_faults(page) == []
    page.locator("#id_address").fill("Tổ dân phố 9, phường Đông Kinh")
    with page.expect_navigation():
        page.get_by_role("button", name="Gửi đề nghị").tap()
    assert father.sees("Chờ nhà trường xem")

    school = (
        Enrolment.objects.select_related("school").get(person__full_name="Lê Hoài An", is_current=True).school
    )
    visitor.enter("tam", school.name)
    with visitor.page.expect_navigation():
        visitor.page.get_by_role(
            "link", name="Phụ huynh đề nghị sửa thông tin liên hệ: Lê Văn Bình"
        ).first.click()
    assert visitor.sees("Tổ dân phố 9, phường Đông Kinh")
    assert chromium.axe_faults(visitor.page) == []
    with visitor.page.expect_navigation():
        visitor.page.locator("button[value=accept]").click()
    assert Person.objects.get(account__login_name="binh").address == "Tổ dân phố 9, phường Đông Kinh"
    father.go("/gia-dinh/lien-he/")
    assert father.sees("Đã sửa")
