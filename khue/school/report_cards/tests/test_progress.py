"""Progress of signing before and after the first count, on the first page, and in the year that has cards."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Enrolment
from khue.school.report_cards import counting, panels
from khue.school.report_cards.models import Card
from khue.school.report_cards.queries.progress import other_year, totals
from khue.school.report_cards.tests import flow, places
from tests.cast import Cast, make_class, make_enrolment

PROGRESS = "/hoc-ba/tien-do/"


@pytest.fixture(autouse=True)
def files(own_files: Any) -> None:
    """Files of its own."""


@pytest.fixture
def last_year(cast: Cast) -> Enrolment:
    """An's year in 7A3, over, with a card that waits."""
    year, _made = SchoolYear.objects.get_or_create(
        pk=2025, defaults={"starts_on": "2025-09-05", "ends_on": "2026-05-31", "is_closed": True}
    )
    enrolment = make_enrolment(
        cast.people["an"], make_class("7A3", cast.school, year, 7), is_current=False, status="completed"
    )
    places.composed(enrolment)
    return enrolment


def test_before_the_first_count_progress_is_counted_when_it_is_asked_for(cast: Cast) -> None:
    page = cast.client("son").get(PROGRESS)
    assert page.context["shown"].total.pupils == Enrolment.objects.filter(is_current=True).count() > 0
    assert "Số liệu lúc" in page.content.decode()
    asked = page.context["shown"].total
    counting.count()
    assert cast.client("son").get(PROGRESS).context["shown"].total == asked


def test_counting_when_asked_keeps_to_what_lies_under_the_unit(cast: Cast) -> None:
    page = cast.client("thanh").get(PROGRESS)
    own = Enrolment.objects.filter(is_current=True, school__path__startswith=cast.commune.path).count()
    assert page.context["shown"].total.pupils == own
    assert cast.client("thanh").get(f"{PROGRESS}?don-vi={cast.other_commune.code}").status_code == 404


def test_the_first_page_of_who_oversees_shows_the_newest_year_with_cards(
    cast: Cast, last_year: Enrolment
) -> None:
    assert panels.of_area(cast.son) is None, "nothing was counted yet"
    counting.count()
    found = totals(cast.son)
    assert found is not None
    assert (found.year, found.pupils, found.issued, found.unfinished) == (2025, 1, 0, 1)
    panel = panels.of_area(cast.son)
    assert panel is not None
    assert "2025 – 2026" in panel.title
    assert panel.url == f"{PROGRESS}?nam=2025"
    assert panels.of_area(cast.thanh) is not None
    assert panel.title in cast.client("son").get("/").content.decode()
    for name in ("hung", "tam", "lan", "binh"):
        assert panels.of_area(cast.actor(name)) is None


def test_a_page_without_cards_leads_to_the_year_that_has_them_and_stays_there(
    cast: Cast, last_year: Enrolment
) -> None:
    counting.count()
    for name, address in (("son", PROGRESS), ("hung", PROGRESS), ("hung", reverse("report_cards:overview"))):
        body = cast.client(name).get(address).content.decode()
        assert "?nam=2025" in body, (name, address)
        there = cast.client(name).get(f"{address}?nam=2025").content.decode()
        assert "Mở năm học" not in there
        assert "7A3" in there or "nam=2025" in there
    assert other_year(cast.mai, "report_cards.view", 2026) is None, "another school's cards are not hers"


def test_a_class_without_cards_counts_its_pupils_as_not_composed(cast: Cast) -> None:
    page = cast.client("hung").get(reverse("report_cards:class_cards", args=[cast.classroom.pk]))
    assert page.context["without"] == page.context["pupils"] > 0
    assert page.context["counts"] == []
    flow.approved(cast)
    flow.compose(cast)
    page = cast.client("hung").get(reverse("report_cards:class_cards", args=[cast.classroom.pk]))
    assert page.context["without"] == page.context["pupils"] - Card.objects.count()
