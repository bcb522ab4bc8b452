"""What tests of a thin line share: Khuê as `khue run` serves it, somebody signed in, 400 kbit/s, a slow phone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from tests.architecture.test_first_day import Running, start

BYTES_A_SECOND: Final = 400_000 // 8
LATENCY_MS: Final = 400
SLOWED: Final = 4
PAINTED: Final = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


@contextmanager
def running_house(var: Path) -> Iterator[Running]:
    """Khuê in a directory of its own, ready; stopped at the end."""
    running = start(var)
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


@contextmanager
def signed_in(house: Running, browser: Browser, who: str) -> Iterator[Page]:
    """A page of one of the people of the demo."""
    context = browser.new_context(locale="vi-VN")
    page = context.new_page()
    page.goto(f"{house.address}/tai-khoan/dang-nhap/")
    with page.expect_navigation():
        page.locator(f'button[name="as"][value="{who}"]').click()
    try:
        yield page
    finally:
        context.close()


def thin(context: BrowserContext) -> tuple[Page, CDPSession]:
    """A page on a thin line and a slow processor."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    line = {"latency": LATENCY_MS, "downloadThroughput": BYTES_A_SECOND, "uploadThroughput": BYTES_A_SECOND}
    session.send("Network.emulateNetworkConditions", {"offline": False, **line})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    return page, session


@dataclass
class Visit:
    """One opening of a page: what went over the line, heads included, by address; and a moment the page measured."""

    sizes: dict[str, int] = field(default_factory=dict)
    measured_ms: float = 0.0

    @property
    def sent(self) -> int:
        """Bytes altogether."""
        return sum(self.sizes.values())

    @property
    def asked(self) -> set[str]:
        """What went over the line, without the sign of the tab: a browser fetches it when it pleases."""
        return {at for at in self.sizes if "/favicon" not in at}


def visit(page: Page, session: CDPSession, address: str, measure: str = PAINTED) -> Visit:
    """Open a page and wait until nothing more comes."""
    found = Visit()
    addresses: dict[str, str] = {}

    def asked(event: dict[str, Any]) -> None:
        addresses[event["requestId"]] = event["request"]["url"]

    def came(event: dict[str, Any]) -> None:
        one = addresses.get(event["requestId"])
        if one is not None and event["encodedDataLength"]:
            found.sizes[one] = found.sizes.get(one, 0) + int(event["encodedDataLength"])

    session.on("Network.requestWillBeSent", asked)
    session.on("Network.loadingFinished", came)
    page.goto(address, wait_until="networkidle")
    found.measured_ms = float(page.evaluate(measure))
    session.remove_listener("Network.requestWillBeSent", asked)
    session.remove_listener("Network.loadingFinished", came)
    return found
