"""Ways in and out: wrong passwords, strangers, sessions that end here and there."""

from __future__ import annotations

from khue.kernel.people.models import Account
from khue.registry.roster.models import Enrolment
from tests.browser.conftest import NewVisitor
from tests.browser.province import Visitor

PASSPHRASE = "suối trong đá trắng mùa đông"


def give_password(login_name: str) -> None:
    account = Account.objects.get(login_name=login_name)
    account.set_password(PASSPHRASE)
    account.save()


def sign_in(visitor: Visitor, name: str, password: str) -> None:
    visitor.go("/tai-khoan/dang-nhap/")
    visitor.page.locator("#ten").fill(name)
    visitor.page.locator("#mk").fill(password)
    visitor.page.locator(".in-form form button[type=submit]").first.click()
    visitor.page.wait_for_load_state()


def test_a_stranger_who_guesses_locks_out_himself_and_not_the_machine_lan_knows(
    visitor: Visitor, another: NewVisitor
) -> None:
    give_password("lan")
    sign_in(visitor, "lan", PASSPHRASE)
    assert visitor.sees("Việc của tôi")
    visitor.page.locator("details.cap > summary").first.click()
    visitor.press("Đăng xuất")
    stranger = another()
    sign_in(stranger, "lan", "lan123456")
    assert stranger.sees("Tên hoặc mật khẩu chưa đúng. Còn 9 lần thử")
    assert stranger.page.locator("#ten").input_value() == "lan"
    for number in range(9):
        sign_in(stranger, "lan", f"lan-{number}-doan-mo")
    sign_in(stranger, "lan", PASSPHRASE)
    assert stranger.sees("Đã thử sai nhiều lần nên tạm dừng đến")
    sign_in(visitor, "lan", PASSPHRASE)
    assert visitor.sees("Việc của tôi")


def test_a_session_ended_in_one_browser_is_over_in_the_other(visitor: Visitor, another: NewVisitor) -> None:
    lost = another()
    lost.enter("binh")
    visitor.enter("binh")
    visitor.go("/tai-khoan/cua-toi/")
    visitor.press("Thoát máy này")
    assert visitor.status("/con-toi/") == 200
    lost.go("/con-toi/")
    assert "/dang-nhap/" in lost.page.url
    assert lost.page.locator("h1").inner_text() == "Đăng nhập"


def test_a_form_outlives_the_session_in_which_it_was_begun(visitor: Visitor) -> None:
    visitor.enter("tam", "Tiểu học Trống")
    visitor.go("/hoc-sinh/tiep-nhan/")
    page = visitor.page
    page.locator("#id_full_name").fill("Sùng Thị Nhật Hạ Mây")
    page.locator("#id_birth_date").fill("09/09/2020")
    visitor.wait_until("Object.keys(sessionStorage).some(key => key.startsWith('khue:/hoc-sinh/'))")
    visitor.end_session()
    visitor.press("Tiếp nhận em này")
    assert "/dang-nhap/" in page.url
    page.locator('button[name="as"][value="tam"]').click()
    page.wait_for_load_state()
    visitor.act_at("Tiểu học Trống")
    if "/tiep-nhan/" not in page.url:
        visitor.go("/hoc-sinh/tiep-nhan/")
    assert visitor.sees("Đã khôi phục bản đang gõ lúc")
    assert page.locator("#id_full_name").input_value() == "Sùng Thị Nhật Hạ Mây"
    page.locator("#id_grade").select_option("1")
    visitor.press("Tiếp nhận em này")
    assert visitor.sees("Đã tiếp nhận em Sùng Thị Nhật Hạ Mây")
    assert Enrolment.objects.filter(person__full_name="Sùng Thị Nhật Hạ Mây").count() == 1
