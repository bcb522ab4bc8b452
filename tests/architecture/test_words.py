"""What modules declare as data for people to read is known in English, so that no page falls back by surprise."""

from __future__ import annotations

import re
from typing import Final

import pytest
from django.utils.translation import override

from khue.command.alerts import shipped
from khue.command.reports import definition
from khue.command.reports.words import say as of_form
from khue.config import messages
from khue.kernel.indicators import catalogue
from khue.kernel.indicators.words import say
from khue.kernel.registry import each, load
from khue.lib.wording import Wording

VIETNAMESE: Final = re.compile("[ăâđêôơưĂÂĐÊÔƠƯáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]")
NAMES: Final = re.compile(r"[\w/]+/[A-ZĐ]+-[A-ZĐ]+|Khuê")  # a circular's number is no word; nor is our name


def is_vietnamese(text: str) -> bool:
    return bool(VIETNAMESE.search(NAMES.sub("", text)))


@pytest.fixture(scope="module")
def declared() -> set[tuple[str, str]]:
    return {pair for path in each("texts") for pair in load(path)()}


def test_everything_declared_has_an_english_text(declared: set[tuple[str, str]]) -> None:
    known = messages.read_catalog()
    entries = {(context, text): known.get(text, context) for context, text in declared}
    assert [pair for pair, entry in entries.items() if entry is None or not entry.string] == []


def test_no_english_text_of_what_is_declared_is_vietnamese(declared: set[tuple[str, str]]) -> None:
    known = messages.read_catalog()
    said = {text: entry.string for context, text in declared if (entry := known.get(text, context))}
    assert {text: english for text, english in said.items() if is_vietnamese(english)} == {}


def test_indicators_facts_dimensions_and_rules_of_alerts_are_all_declared(
    declared: set[tuple[str, str]],
) -> None:
    texts = {text for _context, text in declared}
    for _module, figures in catalogue.declared():
        assert {one.label for one in (*figures.facts, *figures.dimensions, *figures.indicators)} <= texts
    assert {rule["name"] for rule in shipped.RULES} <= texts


def test_a_reader_of_english_has_every_word_of_a_figure_and_of_a_form() -> None:
    messages.compile_stale()
    with override("en"):
        for one in catalogue.indicators().values():
            words = (one.label, one.short, one.unit, one.group, one.definition, one.formula)
            assert [text for text in words if is_vietnamese(say(text))] == []
            assert len(say(one.short)) <= 24, f"{one.name}: too long for a tile"
            assert ("÷" in say(one.formula)) == ("÷" in one.formula), (
                f"{one.name}: its two parts are named by it"
            )
        for path in definition.HERE.glob("*.toml"):
            form = definition.form(*path.stem.split("_"))
            for table in form.tables(tuple(definition.LEVELS)):
                labels = [of_form(named.label) for named in (*table.rows, *table.columns)]
                assert [text for text in (table.heading, *labels) if is_vietnamese(text)] == []
            assert [check.says for check in form.checks if is_vietnamese(of_form(check.says))] == []


def test_what_is_computed_from_an_age_is_a_sentence_with_a_number() -> None:
    table = next(one for one in definition.form("start", "2024-1").tables(("TH",)) if one.code == "tuoi")
    assert [str(row.label) for row in table.rows][1:3] == ["6 tuổi", "7 tuổi"]
    assert all(isinstance(row.label, Wording) for row in table.rows[:-1])
