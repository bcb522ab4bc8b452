"""What the catalogue says of its figures: texts are there, codes are the circular's or our own, bounds agree."""

from __future__ import annotations

import re

import pytest

from khue.kernel import registry
from khue.kernel.indicators import catalogue, listing
from khue.kernel.indicators.declare import Indicator

OF_THE_CIRCULAR = {"1102", "1105", "1202", "1205", "2101", "2102", "2105"}  # rules/14 section 2
OURS = re.compile(r"DP-\d{2,3}")
PERSONAL = re.compile(r"name|birth_date|personal_id$|phone|email|address|login")
ALL = list(catalogue.indicators().values())


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_an_indicator_says_what_it_is(one: Indicator) -> None:
    assert all((one.label, one.unit, one.group, one.formula, one.source))
    assert one.definition.endswith(".")
    assert len(one.definition) >= 30
    assert 0 < len(one.short) <= 24
    assert one.code in OF_THE_CIRCULAR or OURS.fullmatch(one.code)
    if one.unit == "%":
        assert one.scale == 100
        assert one.bottom is not None
    assert one.bottom is not None or one.decimals == 0 or one.unit == "tiết/tuần"


def test_codes_and_short_names_are_unique() -> None:
    codes = [one.code for one in ALL]
    assert len(codes) == len(set(codes))
    shorts = [one.short for one in ALL]
    assert len(shorts) == len(set(shorts))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_bounds_agree_with_the_direction(one: Indicator) -> None:
    bounds = [bound for bound in (one.target, one.amber, one.red) if bound is not None]
    if not one.direction:
        assert not bounds
        return
    assert bounds == sorted(bounds, reverse=one.direction == "up")
    assert len(bounds) == len(set(bounds))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name)
def test_both_parts_can_be_parted_by_each_dimension(one: Indicator) -> None:
    facts = catalogue.facts()
    for measure in (one.top, one.bottom):
        if measure is not None:
            assert set(one.dimensions) <= set(facts[measure.fact].columns)


def test_facts_hold_no_name_and_no_number_of_a_person() -> None:
    for fact in catalogue.facts().values():
        for column, kind in fact.columns.items():
            assert not PERSONAL.search(column) or kind == "bool", (fact.name, column)


@pytest.mark.django_db
def test_every_dimension_has_words_and_every_fact_with_a_page_a_way_to_it() -> None:
    for one in catalogue.dimensions().values():
        if one.words:
            words = registry.load(one.words)()
            assert words
            assert all(str(label) for label in words.values())
    for fact in catalogue.facts().values():
        if fact.rows:
            assert callable(registry.load(fact.rows))


def test_the_list_in_the_documents_is_current() -> None:
    assert listing.DOCUMENT.read_text(encoding="utf-8") == listing.as_markdown(), (
        "run: khue indicators list --write"
    )
