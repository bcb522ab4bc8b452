"""Fixtures for journeys: one Chromium a run, a clean context and page a test.

Without a Chromium the journeys are skipped with a word; with KHUE_REQUIRE_BROWSER=1, as in CI, they fail instead.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests import small_province
from tests.browser import chromium
from tests.browser.province import Visitor

# Playwright keeps an event loop on this thread; Django would take every query of a journey for async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PATIENCE_MS = 60_000  # what comes is waited for, on a machine with much else to do, too
NewContext = Callable[..., BrowserContext]
NewVisitor = Callable[..., Visitor]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers; one a thread."""
    with sync_playwright() as running:
        expect.set_options(timeout=PATIENCE_MS)
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium, once for all journeys."""
    running = chromium.launch(playwright)
    yield running
    running.close()


@pytest.fixture
def contexts(browser: Browser) -> Iterator[NewContext]:
    """Make browsers without memory, in Vietnamese and Vietnamese time; all are closed at the end."""
    opened: list[BrowserContext] = []

    def fresh(*, width: int = 1440, **more: Any) -> BrowserContext:
        context = browser.new_context(
            locale="vi-VN",
            timezone_id="Asia/Ho_Chi_Minh",
            viewport={"width": width, "height": 900},
            **{"service_workers": "block", **more},  # what a worker answers no journey could break or watch
        )
        context.set_default_timeout(PATIENCE_MS)
        opened.append(context)
        return context

    yield fresh
    for context in opened:
        context.close()


@pytest.fixture
def context(contexts: NewContext) -> BrowserContext:
    """A browser without memory."""
    return contexts()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    return context.new_page()


@pytest.fixture(scope="session")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveServer]:
    """The pages over the test database; unlike pytest-django's `live_server` it empties nothing between tests."""
    with django_db_blocker.unblock():
        running = LiveServer("localhost")
        yield running
        running.stop()


@pytest.fixture(scope="module")
def lam_giang(
    server: LiveServer, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The small province, fresh for each file of journeys: a journey works where no other of its file does."""
    folder = tmp_path_factory.mktemp("var")
    with django_db_blocker.unblock(), small_province.plain(folder):
        yield server


@pytest.fixture(scope="module")
def signed_lam_giang(
    server: LiveServer, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The same with test keys and signed cards, their files and figures in a folder of its own; some seconds more."""
    folder = tmp_path_factory.mktemp("kept")
    with django_db_blocker.unblock(), small_province.signed(folder):
        yield server


@pytest.fixture
def visitor(page: Page, lam_giang: LiveServer, settings: Any) -> Visitor:
    """Somebody at a browser in the small demo province."""
    settings.DEMO = True
    return Visitor(page, lam_giang.url)


@pytest.fixture
def another(visitor: Visitor, contexts: NewContext) -> NewVisitor:
    """Make somebody else at another browser, in the same province."""
    return lambda **more: Visitor(contexts(**more).new_page(), visitor.address)
