"""B2, H4, M4: whoever crawls the house finds no word of somebody else's, no live markup, no number in an address."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.http import HttpResponse

from khue.kernel.people.models import Person
from tests.access import canaries
from tests.access.browser import Browser, body_of
from tests.access.canaries import sow, words_in
from tests.access.policy import ENTRIES
from tests.access.test_matrix import Cell, request_of
from tests.access.world import PLACES, World

pytestmark = pytest.mark.slow

# Whose words are nobody's business: place and kind of row, by role.
FAR = {(place, whose) for place in ("school", "commune") for whose in ("pupil", "staff")}
OTHER_PUPILS = {("class", "pupil")}
FOREIGN = {
    "office_officer": {("commune", "pupil"), ("commune", "staff")},
    "principal": FAR,
    "vice_principal": FAR,
    "clerk": FAR,
    "staff_member": FAR | OTHER_PUPILS | {("own", "pupil")},
    "homeroom_teacher": FAR | OTHER_PUPILS,
    "subject_teacher": FAR | OTHER_PUPILS,
    "subject_head": FAR,
    "guardian": FAR | OTHER_PUPILS,
    "pupil": FAR | OTHER_PUPILS,
}
LINK = re.compile(r'(?:href|action|src|hx-get|hx-post)="([^"]*)"')
SEARCHES = ("zq", "zqown", "zqclass", "zqschool", "zqcommune", "Học Trò")
MOST_LINKS = 150
NUMBER = re.compile(r"(?<!\d)(?:\d{12}|(?:\+84|0)\d{9})(?!\d)")


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def sown(world: World) -> dict[str, str]:
    """The words, and numbers for everybody."""
    for number, person in enumerate(Person.objects.order_by("pk")):
        Person.objects.filter(pk=person.pk).update(
            personal_id=f"0382130{number:05d}", phone=f"+849120{number:05d}"
        )
    return sow(world)


def first_requests(world: World, role: str) -> Iterator[dict[str, Any]]:
    """Every line of the policy that can be read, at every place, whether allowed or not; searches."""
    from khue.config.routes import routes

    by_name = {route.name: route for route in routes() if "GET" in route.methods}
    for entry in ENTRIES.values():
        if "GET" not in entry.holders or entry.route not in by_name:
            continue
        for place in PLACES if entry.has_places("GET") else ("own",):
            yield request_of(world, Cell(entry, by_name[entry.route], "GET", role, "now", place))
    for text in SEARCHES:
        for path in ("/tim/", "/hoc-sinh/", "/can-bo/", "/tai-khoan/", "/don-vi/", "/api/v1/pupils"):
            yield {"path": f"{path}?q={text}", "session": world.cookies[role, "now"]}


def crawl(world: World, browser: Browser, role: str) -> Iterator[tuple[str, HttpResponse]]:
    """First requests, then the links found on the way."""
    seen: set[str] = set()
    waiting: list[str] = []
    session = world.cookies[role, "now"]
    for asked in first_requests(world, role):
        seen.add(asked["path"])
        response = browser.try_out("GET", asked["path"], session=session)
        yield asked["path"], response
        waiting += links_of(response)
    followed = 0
    for path in waiting:
        if path in seen or followed >= MOST_LINKS or not path.startswith("/") or path.startswith("/static/"):
            continue
        seen.add(path)
        followed += 1
        response = browser.try_out("GET", path, session=session)
        yield path, response


def links_of(response: HttpResponse) -> list[str]:
    if "html" not in response.headers.get("Content-Type", ""):
        return []
    found = LINK.findall(body_of(response).decode("utf-8", "replace"))
    return [*map(unescape, found), response.headers.get("Location", "")]


@pytest.mark.parametrize("role", sorted(FOREIGN))
def test_nobody_finds_a_word_of_somebody_elses(
    world: World, browser: Browser, sown: dict[str, str], role: str
) -> None:
    faults, met = [], set()
    for path, response in crawl(world, browser, role):
        kind = response.headers.get("Content-Type", "")
        words = words_in(body_of(response), kind) | words_in(repr(response.headers).encode(), "")
        met |= words
        if words & FOREIGN[role]:
            faults.append(f"{role} {path}: {sorted(words & FOREIGN[role])}")
        if "html" in kind and b"<xss-x" in body_of(response):
            faults.append(f"{role} {path}: live markup")
        numbers = {number for link in links_of(response) for number in NUMBER.findall(link)}
        if numbers:
            faults.append(f"{role} {path}: numbers of people in addresses")
        if response.status_code >= 500:
            faults.append(f"{role} {path}: {response.status_code}")
    assert not faults, "\n".join(sorted(set(faults)))
    if role != "staff_member":
        assert any(place == "own" for place, _whose in met), "the crawl has met nothing at all"


def test_a_word_is_found_in_text_and_in_workbooks() -> None:
    import io

    from openpyxl import Workbook

    book = Workbook()
    book.active["A1"] = f"zqownpupiln1z{canaries.MARKUP}"
    out = io.BytesIO()
    book.save(out)
    assert words_in(out.getvalue(), "application/vnd.spreadsheetml.sheet") == {("own", "pupil")}
    assert words_in(b"ZQCOMMUNESTAFFN12Z", "text/html") == {("commune", "staff")}
    assert words_in(b"zqownpupil", "text/html") == set()
