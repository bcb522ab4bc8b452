"""Figures over the columnar copy: asked live, computed for all units, and never other than plain arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from khue.kernel.actions.errors import DomainError
from khue.kernel.indicators import computing, copying
from khue.kernel.indicators.copying import CopyError
from khue.kernel.indicators.declare import Measure, Question
from khue.kernel.indicators.engines import shaping
from khue.kernel.indicators.engines.shaping import MeasureError
from khue.kernel.indicators.tests.things import (
    AMOUNT,
    COUNT,
    FACTS,
    INDICATORS,
    YEAR,
    Ground,
    indicator,
    rows,
    run,
)
from khue.kernel.org.models import Unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.VAR = tmp_path
    yield
    computing.close()


def ask(*names: str, by: tuple[str, ...] = (), **more: Any) -> dict[Any, tuple[float | None, float | None]]:
    question = Question(tuple(f"test.{name}" for name in names), YEAR, by, **more)
    cells = computing.answer(question, indicators=INDICATORS, facts=FACTS)
    assert len({(cell.indicator, cell.at) for cell in cells}) == len(cells)
    if len(names) == 1:
        return {cell.at: (cell.top, cell.bottom) for cell in cells}
    return {(cell.indicator, *cell.at): (cell.top, cell.bottom) for cell in cells}


def things() -> list[dict[str, Any]]:
    names = ("year", "unit_id", "class_id", "kind", "amount", "is_good")
    found = [dict(zip(names, row, strict=True)) for row in rows(f"select {', '.join(names)} from thing")]
    return [row for row in found if row["year"] in (0, YEAR)]


def test_without_a_copy_it_says_so() -> None:
    with pytest.raises(CopyError, match="Chưa có bản chép số liệu"):
        computing.answer(Question(("test.amount",), YEAR), indicators=INDICATORS, facts=FACTS)


def test_a_question_without_groups_has_one_answer_even_over_nothing() -> None:
    ground = Ground()
    copying.refresh(facts=FACTS)
    every = things()
    assert ask("amount") == {(): (sum(row["amount"] for row in every), None)}
    assert ask("good") == {(): (sum(row["is_good"] is True for row in every), len(every))}
    assert ask("amount", units=(ground.schools[5].pk,)) == {(): (0, None)}
    assert ask("amount", units=()) == {}


def test_conditions_go_into_every_sum_and_count_of_a_measure() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    kept = [row for row in things() if row["kind"] == "a"]
    assert ask("net") == {(): (sum(row["amount"] for row in kept) - 2 * len(kept), None)}


def test_groups_are_those_of_the_rows() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    wanted: dict[Any, list[int]] = {}
    for row in things():
        cell = wanted.setdefault((row["unit_id"], row["kind"]), [0, 0])
        cell[0] += row["is_good"] is True
        cell[1] += 1
    assert ask("good", by=("unit", "kind")) == {at: tuple(cell) for at, cell in wanted.items()}


def test_offices_departments_and_levels_are_those_of_the_tree() -> None:
    ground = Ground()
    copying.refresh(facts=FACTS)
    above = {unit.pk: unit.parent_id for unit in ground.schools}
    levels = {unit.pk: set(unit.levels) for unit in ground.schools}
    by_office: dict[Any, float] = {}
    secondary = 0
    for row in things():
        by_office[(above[row["unit_id"]],)] = by_office.get((above[row["unit_id"]],), 0) + row["amount"]
        secondary += row["is_good"] is True and bool(levels[row["unit_id"]] & {"THCS", "THPT"})
    assert ask("amount", by=("office",)) == {at: (number, None) for at, number in by_office.items()}
    assert ask("amount", by=("department",)) == {(ground.department.pk,): (sum(by_office.values()), None)}
    assert ask("secondary") == {(): (secondary, None)}
    office = ground.communes[0].pk
    assert ask("amount", where={"office": (office,)}) == {(): (by_office[(office,)], None)}
    found = ask("amount", by=("office", "kind"))
    assert sum(top for (at, _kind), (top, _b) in found.items() if at == office) == by_office[(office,)]  # type: ignore[misc]


def test_the_reach_narrows_whatever_is_asked() -> None:
    ground = Ground()
    copying.refresh(facts=FACTS)
    mine, other = ground.schools[0].pk, ground.schools[1].pk
    asked = ask("amount", by=("unit",), units=(mine,))
    assert set(asked) == {(mine,)}
    assert ask("amount", by=("unit",), units=(mine,), where={"unit": (other,)}) == {}
    assert ask("amount", by=("unit",), units=(mine,), where={"office": (ground.communes[1].pk,)}) == {}
    assert ask("amount", by=("class",), units=(mine,), where={"class": (1, 2)}).keys() <= {(1,), (2,)}


def test_two_facts_meet_in_one_figure() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    every = things()
    assert ask("per_sum") == {(): (len(every), sum(row["amount"] for row in every))}
    with pytest.raises(DomainError, match="không chia được"):
        ask("per_sum", by=("kind",))
    with pytest.raises(DomainError, match="Không có chỉ tiêu"):
        ask("nothing")


def test_indicators_of_one_fact_are_computed_in_one_scan() -> None:
    wanted = [INDICATORS[f"test.{name}"] for name in ("amount", "good", "net")]
    assert [len(scan.parts) for scan in shaping.scans(wanted, FACTS)] == [4]


def test_every_unit_has_the_sum_of_its_parts() -> None:
    ground = Ground()
    copying.refresh(facts=FACTS)
    found = computing.all_figures(YEAR, indicators=INDICATORS, facts=FACTS)
    assert found.keys() == INDICATORS.keys()
    children: dict[int, list[int]] = {}
    for unit in Unit.objects.exclude(kind="campus"):
        children.setdefault(unit.parent_id or 0, []).append(unit.pk)
    for units in found.values():
        for unit in (ground.department, *ground.communes):
            tops = [units[pk] for pk in children[unit.pk] if pk in units]
            assert units[unit.pk][0] == sum(top or 0 for top, _bottom in tops)
            if units[unit.pk][1] is not None:
                assert units[unit.pk][1] == sum(bottom or 0 for _top, bottom in tops)
    live = ask("amount", by=("unit",))
    assert {at[0]: top for at, (top, _b) in live.items()} == {
        unit.pk: found["test.amount"][unit.pk][0] for unit in ground.schools[:5]
    }
    assert found["test.amount"][ground.department.pk] == ask("amount")[()]


def test_schools_without_rows_have_nought_and_schools_it_does_not_concern_have_nothing() -> None:
    ground = Ground()
    copying.refresh(facts=FACTS)
    found = computing.all_figures(YEAR, indicators=INDICATORS, facts=FACTS)
    assert found["test.amount"][ground.schools[5].pk] == (0, None)
    assert found["test.good"][ground.schools[5].pk] == (0, 0)
    assert ground.campus.pk not in found["test.amount"]
    assert set(found["test.secondary"]) == {
        unit.pk for unit in (*ground.schools[3:], *ground.communes, ground.department)
    }


def test_a_closed_school_counts_only_while_it_has_rows() -> None:
    ground = Ground()
    Unit.objects.filter(pk__in=[ground.schools[0].pk, ground.schools[5].pk]).update(closed_on="2026-10-01")
    copying.refresh(facts=FACTS)
    found = computing.all_figures(YEAR, indicators=INDICATORS, facts=FACTS)
    assert ground.schools[0].pk in found["test.amount"]
    assert ground.schools[5].pk not in found["test.amount"]
    assert found["test.amount"][ground.department.pk] == ask("amount")[()]


def test_a_moved_school_counts_where_it_stands_today() -> None:
    ground = Ground()
    copying.refresh(facts=FACTS)
    before = computing.all_figures(YEAR, indicators=INDICATORS, facts=FACTS)["test.amount"]
    moved, into = ground.schools[0], ground.communes[1]
    moved.parent, moved.path = into, f"{into.path}{moved.pk}/"
    moved.save()
    copying.refresh(facts=FACTS)
    after = computing.all_figures(YEAR, indicators=INDICATORS, facts=FACTS)["test.amount"]
    assert after[into.pk][0] == (before[into.pk][0] or 0) + (before[moved.pk][0] or 0)
    assert after[ground.department.pk] == before[ground.department.pk]


def test_readers_follow_to_the_new_generation() -> None:
    Ground()
    copying.refresh(facts=FACTS)
    before = ask("amount")[()][0]
    first = computing.engine()
    run("update thing set amount = amount + 1, at = now()")
    copying.refresh(facts=FACTS)
    assert ask("amount")[()][0] == (before or 0) + len(things())
    assert computing.engine() is not first


@pytest.mark.parametrize(
    "value",
    [
        lambda t: t.amount.mean(),
        lambda t: t.class_id.nunique(),
        lambda t: t.amount.max(),
        lambda t: t.amount.median(),
    ],
)
def test_what_does_not_add_up_is_refused(value: Any) -> None:
    Ground(things=3)
    copying.refresh(facts=FACTS)
    bad = indicator("bad", Measure("test.things", value))
    with pytest.raises(MeasureError, match="does not add up"):
        computing.answer(Question(("test.bad",), YEAR), indicators={"test.bad": bad}, facts=FACTS)


def test_many_indicators_and_dimensions_at_once() -> None:
    Ground(seed=9)
    copying.refresh(facts=FACTS)
    both = {"test.sum": indicator("sum", AMOUNT), "test.share": indicator("share", AMOUNT, COUNT)}
    question = Question(("test.share", "test.sum"), YEAR, ("class", "kind"), {"kind": ("a", "b")})
    cells = computing.answer(question, indicators=both, facts=FACTS)
    for name in both:
        mine = [cell for cell in cells if cell.indicator == name]
        assert sum(cell.top or 0 for cell in mine) == sum(
            r["amount"] for r in things() if r["kind"] in ("a", "b")
        )
        assert [cell.at[0] for cell in mine] == sorted(
            (cell.at[0] for cell in mine), key=lambda at: (at is None, at)
        )


def test_a_statement_made_once_serves_any_units() -> None:
    schools = [school.pk for school in Ground().schools]
    copying.refresh(facts=FACTS)
    every = ask("amount", "secondary", by=("unit", "kind"))
    for units in ((schools[0],), tuple(schools[1:4]), (schools[0],), tuple(schools)):
        found = ask("amount", "secondary", by=("unit", "kind"), units=units)
        assert found == {at: parts for at, parts in every.items() if at[1] in units}
        assert found
    narrowed = ask("amount", by=("unit",), units=tuple(schools), where={"kind": ("a",)})
    assert narrowed == ask("amount", by=("unit",), where={"kind": ("a",)})
    assert narrowed != ask("amount", by=("unit",), units=tuple(schools), where={"kind": ("b",)})
