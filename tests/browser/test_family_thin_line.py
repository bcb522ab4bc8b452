"""The family's app over 400 kbit/s and 400 ms on a processor four times slowed: what is sent, and how soon one reads.

Served as `khue run` serves it. Bytes and round trips are promised, and the seconds that follow from them on such a
line; the times of this machine are printed, never promised.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.architecture.test_first_day import Running
from tests.browser.thin_line import BYTES_A_SECOND, LATENCY_MS, Visit, running_house, signed_in, thin, visit

pytestmark = pytest.mark.slow

FIRST_BYTES, LATER_BYTES = 150_000, 30_000
USABLE_SECONDS = 3.0
ROUNDS = 3
# What must have come before anything is painted; the page can be read without any other script.
BLOCKS = (".css", "theme.")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running_house(tmp_path_factory.mktemp("family-line")) as running:
        yield running


@pytest.fixture(scope="module")
def father(house: Running, browser: Browser) -> list[Any]:
    """The cookies of Bình's session."""
    with signed_in(house, browser, "binh") as page:
        return page.context.cookies()


def seconds_until_read(one: Visit, address: str) -> float:
    """On the promised line: connect, ask for the page, ask at once for all it waits for; and the bytes of these."""
    needed = sum(
        size for at, size in one.sizes.items() if at == address or any(word in at for word in BLOCKS)
    )
    return 3 * LATENCY_MS / 1000 + needed / BYTES_A_SECOND


def test_the_family_s_first_page_over_a_thin_line(
    house: Running, father: list[Any], browser: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"{house.address}/gia-dinh/"
    first: list[Visit] = []
    later: list[Visit] = []
    for _round in range(ROUNDS):
        context = browser.new_context(
            locale="vi-VN", viewport={"width": 360, "height": 740}, service_workers="block"
        )
        context.add_cookies(father)
        page, session = thin(context)
        first.append(visit(page, session, address))
        page.goto("about:blank")
        later.append(visit(page, session, address))
        context.close()
    with capsys.disabled():
        print()
        for name, visits in (("first visit", first), ("later visit", later)):
            size = max(one.sent for one in visits) / 1000
            painted = min(one.measured_ms for one in visits) / 1000
            print(f"{name}: {size:.1f} KB, painted after {painted:.2f} s here")
        print(f"on the promised line: {seconds_until_read(first[0], address):.2f} s")
    assert max(one.sent for one in first) <= FIRST_BYTES
    assert max(one.sent for one in later) <= LATER_BYTES
    assert set().union(*(one.asked for one in later)) == {address}, "what was fetched once is kept"
    assert seconds_until_read(first[0], address) <= USABLE_SECONDS


def test_the_worker_lays_the_shell_ready_without_asking_for_it_twice(
    house: Running, father: list[Any], browser: Browser
) -> None:
    context = browser.new_context(locale="vi-VN", service_workers="allow")
    context.add_cookies(father)
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url.removeprefix(house.address)))
    page = context.new_page()
    page.goto(f"{house.address}/gia-dinh/", wait_until="load")
    for _try in range(100):
        if page.evaluate("!!(navigator.serviceWorker && navigator.serviceWorker.controller)"):
            break
        page.wait_for_timeout(100)
    shell = page.evaluate(
        "async () => { const name = (await caches.keys()).find((one) => one.startsWith('khue-shell-'));"
        " return (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname) }"
    )
    static = [one for one in shell if one.startswith("/static/")]
    assert len(static) >= 10
    assert all(one.rsplit(".", 2)[1].isalnum() and len(one.rsplit(".", 2)[1]) == 12 for one in static), (
        "files stand under the name of their content, so the browser's own store answers the worker"
    )
    heads = page.request.get(f"{house.address}/sw.js").headers
    assert heads["cache-control"] == "max-age=3600"
    assert "content-security-policy" in heads
    context.close()
