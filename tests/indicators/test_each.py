"""Every indicator against rows counted by hand: in all, by unit, class and office, and along each of its dimensions."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from khue.kernel.indicators import catalogue
from khue.kernel.indicators.computing import all_figures, answer
from khue.kernel.indicators.declare import Indicator, Question
from tests.indicators.book import Book
from tests.indicators.counted import COUNTED, Part

OWNERS = ("indicators", "roster", "staff", "curriculum", "gradebook", "report_cards", "attendance")
OURS = tuple(sorted(name for name in catalogue.indicators() if name.split(".")[0] in OWNERS))
SPELLED = {"unit": "unit", "class": "klass", "campus": "campus"}
Cells = dict[tuple[Any, ...], list[float]]


def test_every_indicator_is_counted_by_hand() -> None:
    assert set(OURS) == set(COUNTED)
    assert len(OURS) >= 80


def by_hand(book: Book, one: Indicator, part: Part, year: int, word: str) -> dict[Any, float]:
    found: dict[Any, float] = defaultdict(float)
    for each in part(book):
        row, number = each if isinstance(each, tuple) else (each, 1)
        if row.year not in (0, year) or (
            one.levels and not set(one.levels) & set(book.levels.get(row.unit, ()))
        ):
            continue
        key = (
            ()
            if not word
            else book.office.get(row.unit, row.unit)
            if word == "office"
            else getattr(row, SPELLED.get(word, word), None)
        )
        found[key] += number
    return found


class Answers:
    """Every figure by year and word, asked of all indicators at once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], dict[str, tuple[dict[Any, float], dict[Any, float]]]] = {}

    def of(self, one: Indicator, year: int, word: str) -> tuple[dict[Any, float], dict[Any, float]]:
        """Both parts of an indicator, parted by a word."""
        if (year, word) not in self._kept:
            self._kept[year, word] = self._asked(year, word)
        return self._kept[year, word][one.name]

    def _asked(self, year: int, word: str) -> dict[str, tuple[dict[Any, float], dict[Any, float]]]:
        names = tuple(
            name for name in OURS if word in (*words_of(catalogue.indicators()[name]), "office", "department")
        )
        found: dict[str, tuple[dict[Any, float], dict[Any, float]]] = {name: ({}, {}) for name in names}
        for cell in answer(Question(names, year, by=(word,) if word else ())):
            key = cell.at[0] if word else ()
            top, bottom = found[cell.indicator]
            assert key not in top
            top[key], bottom[key] = cell.top or 0, cell.bottom or 0
        return found


@pytest.fixture(scope="session")
def answers(book: Book) -> Answers:
    return Answers()


def same(found: dict[Any, float], wanted: dict[Any, float]) -> bool:
    return {k: v for k, v in found.items() if v} == {k: v for k, v in wanted.items() if v}


def words_of(one: Indicator) -> list[str]:
    facts = [catalogue.facts()[m.fact].columns for m in (one.top, one.bottom) if m is not None]
    places = [
        word
        for word, column in (("class", "class_id"), ("campus", "campus_id"))
        if all(column in f for f in facts)
    ]
    return ["", "unit", *places, *one.dimensions]


@pytest.mark.parametrize("name", OURS)
def test_an_indicator_is_what_is_counted_by_hand_everywhere(book: Book, answers: Answers, name: str) -> None:
    one = catalogue.indicators()[name]
    top, bottom = COUNTED[name]
    assert (bottom is None) == (one.bottom is None)
    years = {row.year for row in book.pupils}
    some = False
    for year in years:
        for word in words_of(one):
            got_top, got_bottom = answers.of(one, year, word)
            assert same(got_top, by_hand(book, one, top, year, word)), (year, word, "top")
            if bottom is not None:
                assert same(got_bottom, by_hand(book, one, bottom, year, word)), (year, word, "bottom")
            some = some or bool(sum(got_top.values()))
    assert some, "nothing of it in the small province: the test says nothing"


@pytest.mark.parametrize("name", OURS)
def test_a_total_is_the_sum_of_its_parts_at_every_level_and_along_every_dimension(
    book: Book, answers: Answers, name: str
) -> None:
    one = catalogue.indicators()[name]
    for year in {row.year for row in book.pupils}:
        whole = answers.of(one, year, "")
        for word in [*words_of(one)[1:], "office", "department"]:
            parted = answers.of(one, year, word)
            assert sum(parted[0].values()) == pytest.approx(sum(whole[0].values())), (year, word)
            assert sum(parted[1].values()) == pytest.approx(sum(whole[1].values())), (year, word)


def test_the_sheets_say_what_the_gradebook_says_of_every_school(book: Book) -> None:
    names = ("gradebook.entered", "gradebook.done", "gradebook.late_sheets")
    for year in {row.year for row in book.pupils}:
        for term in (1, 2):
            kept = {row.unit: row for row in book.progress if (row.year, row.term) == (year, term)}
            cells = answer(Question(names, year, by=("unit",), where={"term": (term,)}))
            found = {(cell.indicator, cell.at[0]): cell for cell in cells}
            for unit, row in kept.items():
                entered, done = found[names[0], unit], found[names[1], unit]
                assert (entered.bottom, entered.top, done.bottom, done.top) == row.counts
                assert found[names[2], unit].top == row.late_sheets
            assert kept


def test_the_figures_of_units_roll_up_to_the_province(book: Book) -> None:
    for year in {row.year for row in book.pupils}:
        figures = all_figures(year)
        for name, units in figures.items():
            one = catalogue.indicators()[name]
            [whole] = answer(Question((name,), year))
            assert max(top or 0 for top, _bottom in units.values()) == whole.top, name
            schools = [units[pk] for pk in book.levels if pk in units]
            loose = (
                name.startswith("staff.") and one.top.fact == "staff.powers"
            )  # heads of offices stand above schools
            assert sum(top or 0 for top, _bottom in schools) == whole.top or loose, name
