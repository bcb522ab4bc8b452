"""M4: what the house logs while it is used, and refuses, and breaks, names nobody's number."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest

from khue.kernel.people.models import Person
from tests.access.browser import Browser
from tests.access.test_every_page import openings
from tests.access.test_matrix import request_of
from tests.access.world import World

NUMBER = re.compile(r"(?<![\d])(?:\d{12}|\+84\d{9}|0[35789]\d{8})(?!\d)")
TYPED = {"q": "038213012345", "name": "0912345678", "personal_id": "038213012345", "phone": "0912345678"}


class Kept(logging.Handler):
    """Every line as it would be written, tracebacks included."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def test_nothing_that_is_logged_holds_a_number_of_a_person(
    world: World, browser: Browser, kept: Kept
) -> None:
    for number, person in enumerate(Person.objects.order_by("pk")):
        Person.objects.filter(pk=person.pk).update(
            personal_id=f"0382130{number:05d}", phone=f"+849120{number:05d}"
        )
    for method in ("GET", "POST"):
        for cell in openings(method):
            asked = request_of(world, cell)
            more = {"data": {**(asked["data"] or {}), **TYPED}} if method == "POST" else {}
            browser.try_out(method, **{**asked, **more})
    logging.getLogger("django.request").warning("something was logged")
    assert any("something was logged" in line for line in kept.lines)
    assert [line[:200] for line in kept.lines if NUMBER.search(line)] == []


@pytest.mark.parametrize("text", ["038213012345", "cccd=038213012345;", "0912345678", "+84912345678"])
def test_a_number_is_known_when_seen(text: str) -> None:
    assert NUMBER.search(f"Not Found: {text}")
    assert not NUMBER.search("run 2000000001 of 2026-11-20 in 0.012345 s")
