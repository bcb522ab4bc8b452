"""Passkeys in a real Chromium with a virtual authenticator: make one, sign in, step up, and be refused elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.base import SessionBase
from playwright.sync_api import CDPSession, Page, expect

from khue.kernel.access.middleware import PROVED_AT
from khue.kernel.people.models import Account, OneTimeCode, SignIn
from khue.kernel.people.sessions import SessionStore
from tests.browser.province import Visitor
from tests.cast import Cast, build

SECRET = "cây bàng trước cổng trường"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast_there(transactional_db: None) -> Cast:
    """The cast, seen by the live server too; Tâm knows her password."""
    cast = build()
    Account.objects.filter(login_name="tam").update(password=make_password(SECRET))
    return cast


@pytest.fixture
def tam(page: Page, live_server: Any, cast_there: Cast) -> Visitor:
    """Tâm at a browser. Passkeys belong to names, never to bare addresses: the site is localhost."""
    assert re.fullmatch(r"http://localhost:\d+", live_server.url)
    return Visitor(page, live_server.url)


@pytest.fixture
def authenticator(page: Page) -> tuple[CDPSession, str]:
    """A built-in authenticator with a finger that always fits."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp, str(made["authenticatorId"])


def session_of(visitor: Visitor) -> SessionBase:
    cookie = next(one for one in visitor.page.context.cookies() if one["name"] == "khue_session")
    return SessionStore(cookie["value"])


def sign_in_by_password(visitor: Visitor) -> None:
    visitor.go("/tai-khoan/dang-nhap/")
    visitor.page.fill("#ten", "tam")
    visitor.page.fill("#mk", SECRET)
    visitor.page.get_by_role("button", name="Đăng nhập", exact=True).click()
    visitor.page.wait_for_load_state()


def make_a_key(visitor: Visitor) -> None:
    visitor.press("Thêm khóa trên máy này")
    visitor.page.get_by_role("button", name="Tạo khóa").click()
    expect(visitor.page.locator("h1")).to_have_text("Mã dự phòng")
    visitor.page.get_by_role("link", name="Đã cất, đi tiếp").click()


def test_tam_makes_a_key_signs_in_by_it_and_goes_on_after_a_step_up_where_she_was(
    tam: Visitor, authenticator: tuple[CDPSession, str], cast_there: Cast
) -> None:
    page = tam.page
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes' }")
    sign_in_by_password(tam)
    expect(page.locator("h1")).to_have_text("Lớp xác thực thứ hai")
    make_a_key(tam)
    cdp, device = authenticator
    kept = cdp.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]
    assert [(one["rpId"], one["isResidentCredential"]) for one in kept] == [("localhost", True)]

    tam.leave()
    tam.go("/tai-khoan/dang-nhap/")
    tam.press("Dùng vân tay hoặc khóa trên máy")
    page.wait_for_url(tam.address + "/")
    row = SignIn.objects.latest("pk")
    assert (row.account.login_name, row.method, row.second_factor) == ("tam", "passkey", "passkey")

    session = session_of(tam)
    session[PROVED_AT] = 0
    session.save()
    tam.go("/tai-khoan/?q=hoai+an")
    page.get_by_role("checkbox", name=re.compile("Lê Hoài An")).first.check()
    tam.press("Cấp mã, in phiếu")
    expect(page.locator("h1")).to_have_text("Xác nhận lại danh tính")
    tam.press("Dùng vân tay hoặc khóa trên máy")
    page.get_by_role("button", name="Làm tiếp").wait_for()
    assert not OneTimeCode.objects.exists()
    tam.press("Làm tiếp")
    expect(page.locator(".slip")).to_have_count(1)
    expect(page.locator(".slip h2")).to_have_text("Lê Hoài An")
    assert OneTimeCode.objects.get().account.login_name == "an"
    page.get_by_role("button", name="In trang này").click()
    assert page.evaluate("document.documentElement.dataset.printed") == "yes"
    assert page.evaluate("document.documentElement.dataset.theme") == "light"


def test_a_finger_that_does_not_fit_makes_and_opens_nothing(
    tam: Visitor, authenticator: tuple[CDPSession, str]
) -> None:
    cdp, device = authenticator
    sign_in_by_password(tam)
    make_a_key(tam)
    tam.leave()
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    tam.go("/tai-khoan/dang-nhap/")
    tam.press("Dùng vân tay hoặc khóa trên máy")
    tam.page.get_by_text("Máy chưa xác nhận được").wait_for()
    assert tam.status("/") == 302


def test_under_another_address_the_same_key_is_not_even_offered(
    tam: Visitor, authenticator: tuple[CDPSession, str], settings: Any
) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
    sign_in_by_password(tam)
    make_a_key(tam)
    tam.leave()
    tam.address = tam.address.replace("localhost", "127.0.0.1")
    tam.go("/tai-khoan/dang-nhap/")
    tam.press("Dùng vân tay hoặc khóa trên máy")
    tam.page.get_by_text("Máy chưa xác nhận được").wait_for()
    assert tam.status("/") == 302
