"""Kept figures come back as far as the grants reach: by unit, over days, with parts, and never by subtraction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.indicators import asking, catalogue, quality, queries, snapshots
from khue.kernel.indicators.declare import Question
from khue.kernel.indicators.models import Figure
from khue.kernel.org.models import Unit
from tests.cast import Cast, make_unit

PUPILS, LATE, DROPOUTS = "roster.pupils", "gradebook.done", "roster.dropouts"
DISABLED, PLANS = "roster.disabled", "roster.plans"  # officers may not see these records
DAY = date(2026, 11, 2)
SCHOOLS = 6


@dataclass
class Ground:
    """Two communes of three schools each, with their figures kept on a Monday and a week later."""

    cast: Cast
    schools: list[Unit]
    others: list[Unit]

    def keep(self, day: date, tops: Mapping[str, Sequence[tuple[float, float | None]]]) -> None:
        cast = self.cast
        figures: dict[str, dict[int, tuple[float | None, float | None]]] = {}
        for name, parts in tops.items():
            units: dict[int, tuple[float | None, float | None]] = {}
            for school, (top, bottom) in zip([*self.schools, *self.others], parts, strict=True):
                above = cast.commune if school in self.schools else cast.other_commune
                for unit in (school, above, cast.department):
                    was = units.get(unit.pk, (0.0, None if bottom is None else 0.0))
                    units[unit.pk] = (
                        (was[0] or 0) + top, None if bottom is None else (was[1] or 0) + bottom
                    )  # fmt: skip
            figures[name] = units
        snapshots.keep(day, 2026, figures)


@pytest.fixture
def ground(cast: Cast) -> Ground:
    def more(code: str, commune: Unit) -> Unit:
        return make_unit(code, f"THCS {code}", "school", commune, levels=["THCS"])

    found = Ground(
        cast,
        [cast.school, more("A2", cast.commune), more("A3", cast.commune)],
        [cast.other_school, more("B2", cast.other_commune), more("B3", cast.other_commune)],
    )
    found.keep(
        DAY,
        {
            PUPILS: [(100, None), (200, None), (300, None), (400, None), (500, None), (600, None)],
            LATE: [(80, 100), (90, 100), (100, 100), (50, 100), (60, 100), (70, 100)],
            DROPOUTS: [(2, None), (9, None), (7, None), (0, None), (30, None), (12, None)],
            DISABLED: [(2, None), (9, None), (7, None), (0, None), (30, None), (12, None)],
            PLANS: [(2, 20), (9, 40), (17, 50), (20, 40), (30, 80), (12, 60)],
        },
    )
    return found


def test_a_figure_is_that_of_the_newest_day_on_or_before(ground: Ground) -> None:
    cast, school = ground.cast, ground.cast.school
    ground.keep(DAY + timedelta(days=7), {PUPILS: [(110, None)] + [(200, None)] * 5})
    asked = [DAY + timedelta(days=n) for n in (-1, 0, 6, 7, 90)]
    at = [queries.figures(cast.hung, [PUPILS], school, day)[PUPILS].top for day in asked]
    assert at == [None, 100, 100, 110, 110]
    days = [DAY + timedelta(days=n) for n in (-1, 0, 3, 7, 8)]
    assert [one.top for one in queries.trend(cast.hung, PUPILS, school, days)] == [None, 100, 100, 110, 110]


def test_parts_add_up_to_the_whole_at_every_level(ground: Ground) -> None:
    cast = ground.cast
    for unit in (cast.department, cast.commune, cast.other_commune):
        for name in (PUPILS, LATE):
            whole = queries.figures(cast.son, [name], unit, DAY)[name]
            parts = queries.parts(cast.son, name, unit, DAY)
            assert len(parts) >= 2
            assert sum(part.figure.top or 0 for part in parts) == whole.top
            assert sum(part.figure.bottom or 0 for part in parts) == (whole.bottom or 0)


@pytest.mark.parametrize("name", [PUPILS, LATE])
def test_an_officer_of_one_commune_sees_nothing_of_another(ground: Ground, name: str) -> None:
    cast, thanh = ground.cast, ground.cast.thanh
    for unit in (cast.other_commune, cast.department, *ground.others):
        assert queries.figures(thanh, [name], unit, DAY) == {}
        assert queries.trend(thanh, name, unit, [DAY]) == []
        assert queries.parts(thanh, name, unit, DAY) == []
        assert queries.schools(thanh, name, unit, DAY) == []
        assert quality.spread(thanh, name, unit, DAY) is None
        assert quality.missing(thanh, name, unit, DAY) == []
        assert asking.within(thanh, Question((name,), 2026), unit) is None
    assert queries.figures(thanh, [name], cast.commune, DAY)[name].top is not None
    narrowed = asking.within(thanh, Question((name,), 2026), cast.commune)
    assert narrowed is not None
    assert set(narrowed.units or ()) == {cast.commune.pk, *(one.pk for one in ground.schools)}


def test_who_holds_nothing_here_sees_nothing(ground: Ground) -> None:
    cast = ground.cast
    for actor in (cast.lan, cast.binh, cast.an, Actor.nobody()):
        assert queries.figures(actor, [PUPILS], cast.school, DAY) == {}
        assert queries.moment(actor, DAY) is None
        assert queries.days(actor) == []
    assert queries.figures(cast.ha, [PUPILS], cast.school, DAY) == {}  # of another school


def test_a_school_sees_the_unit_above_as_a_rounded_ratio_only(ground: Ground) -> None:
    cast = ground.cast
    found = queries.benchmarks(cast.hung, [PUPILS, LATE], cast.school, DAY)
    assert PUPILS not in found  # counts come out by subtraction
    [mark] = found[LATE]  # the commune has two other schools only
    assert (mark.unit_id, mark.value) == (cast.department.pk, 75.0)
    assert not {"top", "bottom"} & set(dir(mark))


def test_with_four_others_behind_there_is_no_benchmark(ground: Ground) -> None:
    gone = ground.others[-1]
    gone.closed_on = DAY - timedelta(days=30)
    gone.save(update_fields=["closed_on"])
    assert queries.benchmarks(ground.cast.hung, [LATE], ground.cast.school, DAY) == {}


def test_a_small_number_is_hidden_with_what_would_give_it_away(ground: Ground) -> None:
    cast = ground.cast
    parts = queries.parts(cast.son, DISABLED, cast.commune, DAY)
    shown = [part.figure.top for part in parts if not part.figure.is_hidden]
    assert [part.figure.is_hidden for part in parts if part.unit_id == cast.school.pk] == [True]
    assert len(shown) == 1  # two hidden: 18 - 9 leaves 9 for both
    school = queries.figures(cast.son, [DISABLED], cast.school, DAY)[DISABLED]
    assert (school.is_hidden, school.top, school.value) == (True, None, None)
    stand_in = next(part for part in parts if part.figure.is_hidden and part.unit_id != cast.school.pk)
    unit = Unit.objects.get(pk=stand_in.unit_id)
    assert queries.figures(cast.son, [DISABLED], unit, DAY)[DISABLED].is_hidden
    assert all(one.is_hidden for one in queries.trend(cast.son, DISABLED, unit, [DAY]))
    assert queries.figures(cast.son, [DISABLED], cast.commune, DAY)[DISABLED].top == 18


def test_a_stand_in_stands_under_the_same_sum_wherever_schools_are_listed(ground: Ground) -> None:
    cast, son = ground.cast, ground.cast.son
    ground.keep(DAY, {PLANS: [(3, 40), (40, 60), (30, 60), (6, 12), (40, 70), (50, 80)]})
    for above in (cast.department, cast.commune):
        listed = {one.unit_id: one.figure for one in queries.schools(son, PLANS, above, DAY)}
        hidden = [unit.pk for unit in ground.schools if listed[unit.pk].is_hidden]
        assert cast.school.pk in hidden
        assert len(hidden) == 2  # with one alone the sum of the commune would tell it
        assert not [pk for pk in listed if listed[pk].is_hidden and pk not in hidden]
        for unit in [*ground.schools, *ground.others]:
            page = queries.figures(son, [PLANS], unit, DAY)[PLANS]
            assert unit.pk not in listed or listed[unit.pk].is_hidden == page.is_hidden


def test_what_is_hidden_above_is_hidden_below_wherever_schools_are_listed(ground: Ground) -> None:
    cast, son = ground.cast, ground.cast.son
    far = make_unit("X-3", "Xã Ba", "commune", cast.department)
    alone = make_unit("C1", "THCS C1", "school", far, levels=["THCS"])
    for unit, top in (
        (far, 3),
        (alone, 3),
        (cast.commune, 30),
        (cast.other_commune, 40),
        (cast.department, 73),
    ):
        Figure.objects.update_or_create(
            indicator=DISABLED, unit=unit, day=DAY, defaults={"year": 2026, "top": top}
        )
    for unit, top in zip([*ground.schools, *ground.others], (10, 10, 10, 10, 10, 20), strict=True):
        Figure.objects.filter(indicator=DISABLED, unit=unit, day=DAY).update(top=top)
    assert queries.figures(son, [DISABLED], cast.commune, DAY)[
        DISABLED
    ].is_hidden  # stands in for the small commune
    listed = {
        one.unit_id: one.figure.is_hidden for one in queries.schools(son, DISABLED, cast.department, DAY)
    }
    assert [listed[unit.pk] for unit in [alone, *ground.schools]] == [True] * 4
    assert [listed[unit.pk] for unit in ground.others] == [False] * 3
    within = queries.schools(son, DISABLED, cast.commune, DAY)
    assert [one.figure.is_hidden for one in within] == [True] * 3
    spread = quality.spread(son, DISABLED, cast.department, DAY)
    assert spread is not None
    assert {school.unit_id for school in spread.behind} == {unit.pk for unit in ground.others}


def test_a_day_gone_by_hides_what_it_hid_then(ground: Ground) -> None:
    cast, later = ground.cast, DAY + timedelta(days=7)
    ground.keep(later, {DISABLED: [(6, None), (9, None), (7, None), (10, None), (30, None), (12, None)]})
    for unit in ground.schools:
        then, now = queries.trend(cast.son, DISABLED, unit, [DAY, later])
        assert then.is_hidden == queries.figures(cast.son, [DISABLED], unit, DAY)[DISABLED].is_hidden
        assert now.top is not None
    hidden = [queries.trend(cast.son, DISABLED, unit, [DAY, later])[0].is_hidden for unit in ground.schools]
    assert sum(hidden) == 2  # with the small one alone the sum of the commune would tell it


def test_a_figure_hidden_now_shows_no_day_before(ground: Ground) -> None:
    cast, before = ground.cast, DAY - timedelta(days=7)
    stand_in = ground.schools[2]
    Figure.objects.create(indicator=DISABLED, unit=stand_in, day=before, year=2026, top=7)
    assert queries.figures(cast.son, [DISABLED], stand_in, before)[DISABLED].top == 7
    assert all(one.is_hidden for one in queries.trend(cast.son, DISABLED, stand_in, [before, DAY]))


@pytest.mark.parametrize(
    ("hours", "asked", "is_stale"),
    [(1, None, False), (36, None, True), (72, None, True), (24 * 9, None, True), (24 * 9, 0, True), (72, -3, False),
     (30, -1, False)],
)  # fmt: skip
def test_figures_are_stale_until_they_are_computed_anew_unless_a_past_day_was_asked_for(
    hours: int, asked: int | None, is_stale: bool
) -> None:
    day = None if asked is None else timezone.localdate() + timedelta(days=asked)
    assert quality.is_stale(timezone.now() - timedelta(hours=hours), day) is is_stale


def test_hidden_schools_are_neither_named_as_behind_nor_counted_as_missing(ground: Ground) -> None:
    cast = ground.cast
    spread = quality.spread(cast.son, PLANS, cast.department, DAY)
    assert spread is not None
    assert (spread.expected, spread.present) == (SCHOOLS, SCHOOLS)
    assert cast.school.name not in [school.name for school in spread.behind]
    assert spread.missing == ()


def test_whoever_may_see_the_rows_sees_small_numbers(ground: Ground) -> None:
    cast = ground.cast
    assert queries.figures(cast.son, [DROPOUTS], cast.school, DAY)[DROPOUTS].top == 2
    assert queries.figures(cast.hung, [DISABLED], cast.school, DAY)[DISABLED].top == 2


def test_quality_says_from_which_schools_a_figure_is_missing(ground: Ground) -> None:
    cast = ground.cast
    ground.keep(
        DAY + timedelta(days=1), {LATE: [(80, 100), (0, 0), (100, 100), (50, 100), (60, 100), (70, 100)]}
    )
    spread = quality.spread(cast.son, LATE, cast.department, DAY + timedelta(days=1))
    assert spread is not None
    assert (spread.expected, spread.present, spread.percent) == (SCHOOLS, SCHOOLS - 1, 83)
    assert [school.code for school in spread.missing] == ["A2"]
    assert [
        school.code for school in quality.missing(cast.son, LATE, cast.department, DAY + timedelta(days=1))
    ] == ["A2"]
    assert spread.behind[0].name == cast.other_school.name
    assert spread.quartiles[0] == 50
    assert sum(count for _low, _high, count in spread.bins) == SCHOOLS - 1


def test_reading_costs_the_same_for_many_indicators(ground: Ground, django_assert_num_queries: Any) -> None:
    cast, son, hung = ground.cast, ground.cast.son, ground.cast.hung
    with django_assert_num_queries(1):
        queries.figures(son, [*catalogue.indicators()], cast.department, DAY)
    with django_assert_num_queries(1):
        queries.parts(son, LATE, cast.department, DAY)
    with django_assert_num_queries(1):
        quality.spread(son, LATE, cast.department, DAY)
    with django_assert_num_queries(4):  # small numbers are hidden from him: no more for that
        queries.figures(son, [DISABLED, PLANS], cast.school, DAY)
        queries.trend(son, PLANS, cast.school, [DAY - timedelta(days=n) for n in range(60)])
        queries.parts(son, PLANS, cast.commune, DAY)
        queries.schools(son, PLANS, cast.commune, DAY)
    with django_assert_num_queries(1):
        queries.benchmarks(hung, [*catalogue.indicators()], cast.school, DAY)
