"""Every page of the URL map in Chromium, as those who may open it: it answers, fits, satisfies axe and is quiet.

The crawl opens each page once, as the first of the cast who may, in the light, and has axe look at it on a phone.
The slow one opens it as each of the cast who may, light and dark, and has axe look at three widths.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Frame, Page, Request
from pytest_django.live_server_helper import LiveServer

from khue.kernel.exchange.models import Import
from khue.kernel.jobs.models import Run
from khue.kernel.people.models import Account
from khue.registry.calendar.demo import YEAR
from khue.registry.calendar.models import SchoolYear
from khue.registry.staff.views import XLSX
from tests.browser import chromium
from tests.browser.conftest import NewVisitor
from tests.browser.pages import Opening, openings, page_routes
from tests.browser.province import Visitor

ROSTER = Path(__file__).resolve().parents[1] / "data" / "rosters" / "C1-HocSinh-THCS-v2.xls"
CAST = ("tam", "hung", "son", "lan", "binh", "an", "mai")
ANYBODY = (
    "people:login",
    "people:activate",
    "people:forgotten",
    "ui:offline",
    "ui:components",
    "ui:component_list",
)
WIDTHS = (360, 768, 1440)
EVERY_IMPACT = {"minor", "moderate", "serious", "critical", None}


class Watch:
    """What a page complains of in the console: errors, and what the content policy stopped."""

    def __init__(self, page: Page) -> None:
        self.said: list[str] = []
        self._is_leaving = False
        page.on("framenavigated", self._arrive)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("requestfailed", self._fail)

    def leave(self) -> None:
        """What the page says as it goes is not said of the next; an empty page between them would cost a process."""
        self._is_leaving = True

    def _arrive(self, frame: Frame) -> None:
        if self._is_leaving and frame.parent_frame is None:
            self._is_leaving = False
            self.said.clear()

    def _hear(self, message: ConsoleMessage) -> None:
        if "Service Worker registration blocked" in message.text:
            return  # these browsers are opened without workers, and say so
        if message.type in ("error", "warning") or "Content Security Policy" in message.text:
            self.said.append(message.text)

    def _fail(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # cut off by the reader going on: no fault of the page
            self.said.append(f"failed: {request.url} ({request.failure})")


def furnish(visitor: Visitor) -> None:
    """What the demo does not hold: imports, a request, a run, a year-end draft, doubles that were looked for."""
    visitor.enter("tam")
    for _time in range(2):
        visitor.go("/nhap/")
        visitor.page.set_input_files("input[type=file]", ROSTER)
        visitor.press("Đọc tệp, xem trước")
    visitor.press("Bỏ lần nhập này")
    assert Import.objects.count() == 2
    visitor.go("/hoc-sinh/?format=xlsx")
    visitor.page.locator("textarea, main input[name=reason]").fill("Nộp Sở kiểm tra sĩ số đầu năm học")
    visitor.page.locator("main form button").last.click()
    visitor.page.wait_for_url("**/xin-xuat/*/")
    for who in ("tam", "hung", "son"):
        person = Account.objects.get(login_name=who).person
        Run.objects.create(name="jobs.sweep", title="Dọn việc cũ", asked_by=person, state="done")
    last = SchoolYear.objects.get(pk=YEAR)
    SchoolYear.objects.create(
        pk=YEAR + 1,
        starts_on=last.starts_on.replace(year=YEAR + 1),
        ends_on=last.ends_on.replace(year=YEAR + 2),
    )
    visitor.enter("hung")
    visitor.go("/ket-chuyen/")
    visitor.press("Chuẩn bị sang năm học")
    visitor.enter("son")
    visitor.go("/ho-so-trung/")
    visitor.press("Tìm lại ngay")
    visitor.enter("lan")
    book = visitor.page.request.get(visitor.address + "/so-diem/tep/so-cua-toi/?ky=1").body()
    visitor.go("/so-diem/tep/")
    visitor.page.locator("input[type=file]").set_input_files(
        {"name": "so-diem.xlsx", "mimeType": XLSX, "buffer": book}
    )
    visitor.press("Đọc tệp, xem trước")
    visitor.page.wait_for_url("**/so-diem/tep/*/*")


def faults_of(visitor: Visitor, watch: Watch, opening: Opening, *, looks: tuple[int, ...]) -> list[str]:
    """What is wrong with a page, in words."""
    page = visitor.page
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    watch.leave()
    answer = page.goto(visitor.address + opening.path)
    found = [] if answer and answer.status == 200 else [f"answers {answer.status if answer else 'nothing'}"]
    for width in WIDTHS:
        if width != WIDTHS[0]:
            page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"scrolls {wide} px sideways at {width}")
        if width in looks:
            found += [f"{one} at {width}" for one in chromium.axe_faults(page, impacts=EVERY_IMPACT)]
    return [f"{opening.name} {opening.path}: {one}" for one in found + watch.said]


@pytest.fixture(scope="module")
def lam_giang(signed_lam_giang: LiveServer) -> LiveServer:
    """Where report cards have been issued."""
    return signed_lam_giang


@pytest.fixture(scope="module")
def _furnished() -> list[bool]:
    return []


@pytest.fixture
def furnished(visitor: Visitor, another: NewVisitor, _furnished: list[bool]) -> Visitor:
    """Somebody at a browser, in a province that holds a row of every kind."""
    if not _furnished:
        furnish(another())
        _furnished.append(True)
    return visitor


@pytest.mark.crawl
def test_every_page_answers_fits_and_speaks_to_everybody(furnished: Visitor) -> None:
    visitor, seen, faults = furnished, set[str](), []
    watch = Watch(visitor.page)
    for opening in openings("tam"):
        if opening.name in ANYBODY:
            seen.add(opening.name)
            faults += faults_of(visitor, watch, opening, looks=WIDTHS[:1])
    for who in CAST:
        todo = [one for one in openings(who) if one.name not in seen]
        if not todo:
            continue
        visitor.enter(who)
        for opening in todo:
            if opening.name == "settings_store:setting" and opening.name in seen:
                continue  # fifteen settings, one page
            seen.add(opening.name)
            faults += [f"{who}: {one}" for one in faults_of(visitor, watch, opening, looks=WIDTHS[:1])]
    assert not faults, "\n".join(faults)
    assert {route.name for route in page_routes()} - seen == set()


@pytest.mark.slow
@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("who", CAST)
def test_every_page_of_everybody_in_every_light_and_width(
    furnished: Visitor, another: NewVisitor, who: str, look: str
) -> None:
    visitor, faults = another(color_scheme=look), []
    watch = Watch(visitor.page)
    visitor.enter(who)
    for opening in openings(who):
        if opening.name not in ANYBODY:
            faults += faults_of(visitor, watch, opening, looks=WIDTHS)
    assert not faults, "\n".join(faults)
