"""The ways people move in the small demo province behind a live server."""

from __future__ import annotations

import re

from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Error, Page

from khue.kernel.access.middleware import PROVED_AT
from khue.kernel.people.models import Account
from khue.kernel.people.sessions import SessionStore
from khue.kernel.people.signing_in import SECOND_FACTOR

COOKIE = settings.SESSION_COOKIE_NAME
PATIENCE_TENTHS = 600  # of a second


class Visitor:
    """Somebody at a browser, on the live server."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address

    def go(self, path: str) -> None:
        """Open a page by its path."""
        self.page.goto(self.address + path)

    def enter(self, who: str, capacity: str = "") -> None:
        """Sign in by one click, at a browser nobody has used, then act in a capacity whose unit is named."""
        self.leave()
        self.go("/tai-khoan/dang-nhap/")
        with self.page.expect_navigation(wait_until="load"):  # keys typed before the page listens are lost
            self.page.locator(f'button[name="as"][value="{who}"]').click()
        if capacity:
            self.act_at(capacity)

    def act_at(self, unit: str) -> None:
        """Choose the capacity at a unit in the header."""
        self.page.locator("details.cap > summary").first.click()
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator("details.cap .menu-body button", has_text=unit).first.click()

    def enter_as(self, login_name: str) -> None:
        """Come in as somebody whom the log-in page of the demonstration does not offer, identity freshly proved."""
        client = Client()
        account = Account.objects.get(login_name=login_name)
        client.force_login(account, backend="khue.kernel.people.backends.AccountBackend")
        session = client.session
        session[SECOND_FACTOR], session[PROVED_AT] = "demo", timezone.now().timestamp()
        session.save()
        self.leave()
        value = client.cookies[COOKIE].value
        self.page.context.add_cookies([{"name": COOKIE, "value": value, "url": self.address}])

    def leave(self) -> None:
        """Leave a browser that remembers nothing."""
        self.page.context.clear_cookies()

    def press(self, words: str) -> None:
        """Press the button or link that says so."""
        target = self.page.get_by_role("button", name=re.compile(re.escape(words))).or_(
            self.page.get_by_role("link", name=re.compile(re.escape(words)))
        )
        target.first.click()
        self.page.wait_for_load_state()

    def prove(self) -> None:
        """Go through the step-up when it is asked for, and send what was held."""
        if "/xac-nhan/" in self.page.url:
            self.press("Xác nhận là tôi")
        if "/lam-tiep/" in self.page.url:
            self.press("Làm tiếp")

    def grow_old(self) -> None:
        """Let the fresh proof of identity of this browser's session be ten minutes old."""
        key = next(one["value"] for one in self.page.context.cookies() if one["name"] == COOKIE)
        session = SessionStore(key)
        session[PROVED_AT] = session[PROVED_AT] - 600
        session.save()

    def end_session(self) -> None:
        """End this browser's session on the server, as time or an administrator would."""
        key = next(one["value"] for one in self.page.context.cookies() if one["name"] == COOKIE)
        SessionStore(key).delete()

    def sees(self, *words: str) -> bool:
        """Whether the page's main part comes to show one of these: at once, or when the page that follows is there."""
        for _time in range(PATIENCE_TENTHS):
            text = self._read()
            if any(one in text for one in words):
                return True
            self.page.wait_for_timeout(100)
        return False

    def lacks(self, words: str) -> bool:
        """Whether the page that is open, of which something was seen already, does not show these words."""
        return words not in self._read()

    def _read(self) -> str:
        """What the page's main part says; a page that goes away meanwhile is read again when its successor is there."""
        for _time in range(PATIENCE_TENTHS):
            self.page.wait_for_load_state()
            try:
                return self.page.locator("main").first.inner_text()
            except Error as problem:
                if "Execution context was destroyed" not in str(problem):
                    raise
        raise AssertionError("one page after another, without end")

    def wait_until(self, condition: str) -> None:
        """Wait for something only the page knows; our content policy refuses Playwright's own way of asking."""
        for _time in range(PATIENCE_TENTHS):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never: {condition}")

    def status(self, path: str) -> int:
        """What a path answers this visitor."""
        answer = self.page.request.get(self.address + path, max_redirects=0)
        return answer.status
