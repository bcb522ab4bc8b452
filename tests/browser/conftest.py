"""Fixtures for journeys: one Chromium a run, a clean context and page a test.

Without a Chromium the journeys are skipped with a word; with KHUE_REQUIRE_BROWSER=1, as in CI, they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import chromium, province
from tests.browser.province import Visitor

# Playwright keeps an event loop on this thread; Django would take every query of a journey for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PATIENCE_MS = 15_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, once for all journeys."""
    if chromium.executable() is None:
        reason = "no Chromium here: tools/ensure_chromium.sh installs one"
        if os.environ.get("KHUE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without memory, in Vietnamese and Vietnamese time."""
    fresh = browser.new_context(
        locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", viewport={"width": 1440, "height": 900}
    )
    fresh.set_default_timeout(PATIENCE_MS)
    yield fresh
    fresh.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture
def visitor(page: Page, live_server: Any, transactional_db: None, settings: Any) -> Visitor:
    """Somebody at a browser in the small demo province."""
    settings.DEMO = True
    province.load()
    return Visitor(page, live_server.url)
