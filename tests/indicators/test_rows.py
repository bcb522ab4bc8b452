"""The way from a figure to its rows: an address for whom the list is, nothing for whom it is not."""

from __future__ import annotations

import pytest

from khue.kernel import registry
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.places import Spot
from tests.cast import Cast


def way(fact: str, cast: Cast, who: str, spot: Spot) -> str:
    address = registry.load(catalogue.facts()[fact].rows)(cast.actor(who), spot)
    assert isinstance(address, str)
    return address


def test_a_head_is_led_to_the_list_of_the_class_and_the_page_is_there(cast: Cast) -> None:
    room = Spot(cast.school, class_id=cast.classroom.pk)
    wanted = {
        "roster.enrolments": f"/hoc-sinh/?don-vi={cast.school.code}&lop={cast.classroom.pk}",
        "roster.classes": f"/lop/{cast.classroom.pk}/",
        "curriculum.courses": f"/mon-hoc/lop/{cast.classroom.pk}/",
        "gradebook.results": f"/so-diem/ket-qua/{cast.classroom.pk}/",
        "report_cards.cards": f"/hoc-ba/lop/{cast.classroom.pk}/",
    }
    for fact, address in wanted.items():
        assert way(fact, cast, "hung", room) == address


@pytest.mark.parametrize("fact", sorted(name for name, fact in catalogue.facts().items() if fact.rows))
def test_every_way_leads_to_a_page_that_opens(cast: Cast, fact: str) -> None:
    for who, spot in (
        ("hung", Spot(cast.school)),
        ("hung", Spot(cast.school, class_id=cast.classroom.pk)),
        ("hung", Spot(cast.school, campus_id=cast.campus.pk)),
        ("son", Spot(cast.department)),
        ("son", Spot(cast.school)),
        ("thanh", Spot(cast.commune)),
    ):
        address = way(fact, cast, who, spot)
        if address:
            assert cast.client(who).get(address).status_code == 200, (who, address)


@pytest.mark.parametrize("fact", sorted(name for name, fact in catalogue.facts().items() if fact.rows))
def test_nobody_is_led_to_another_unit(cast: Cast, fact: str) -> None:
    for who in ("mai", "ha", "an", "binh"):
        for spot in (Spot(cast.school), Spot(cast.school, class_id=cast.classroom.pk), Spot(cast.department)):
            if who in ("an", "binh") and spot.class_id:
                continue
            assert way(fact, cast, who, spot) == "", who
    assert way(fact, cast, "thanh", Spot(cast.other_school)) == ""
    assert way(fact, cast, "lan", Spot(cast.other_school, class_id=cast.other_classroom.pk)) == ""


def test_a_homeroom_teacher_reaches_her_class_and_not_the_one_beside(cast: Cast) -> None:
    own, beside = (Spot(cast.school, class_id=room.pk) for room in (cast.classroom, cast.second_classroom))
    assert way("gradebook.results", cast, "lan", own)
    assert way("gradebook.results", cast, "lan", beside) == ""
