from __future__ import annotations

from datetime import date

import pytest

from khue.kernel.actions import DomainError, NotAllowed
from khue.kernel.org import conversion, queries
from khue.kernel.org.models import Unit, UnitEvent
from khue.kernel.org.presets import PRESETS, THREE_TIER, TWO_TIER
from khue.kernel.org.tests.trees import OldTree, build_old_tree
from khue.kernel.settings_store.models import Value
from khue.kernel.settings_store.values import value_of
from tests.cast import Cast, make_unit

DAY = date(2025, 7, 1)
EVE = date(2025, 6, 30)


@pytest.fixture
def old(cast: Cast) -> OldTree:
    Value.objects.create(
        name="org.tree_preset", unit=cast.department, valid_from=date(2000, 1, 1), value=THREE_TIER.name
    )
    return build_old_tree(cast)


def convert(cast: Cast) -> conversion.Plan:
    return conversion.convert_tree(cast.son, cast.department, on=DAY, decision="99/NQ")


def parent(unit: Unit) -> str:
    return Unit.objects.select_related("parent").get(pk=unit.pk).parent.code


def test_schools_go_where_the_law_puts_them(cast: Cast, old: OldTree) -> None:
    done = convert(cast)
    assert (done.moved, len(done.offices)) == (3, 2)
    assert parent(old.primary) == "X-06970"
    assert parent(old.combined) == "X-06862"
    assert parent(old.upper) == "SO"
    assert parent(cast.school) == "X-DONGKINH", "who stands under a commune already stays"
    assert Unit.objects.get(code="X-06970").kind == "commune"
    assert {Unit.objects.get(pk=o.pk).closed_on for o in (old.office, old.other_office)} == {DAY}


def test_reports_of_earlier_days_roll_up_by_the_old_tree(cast: Cast, old: OldTree) -> None:
    convert(cast)
    pupils = {old.primary.pk: 100, old.combined.pk: 40, old.upper.pk: 7, cast.school.pk: 1}
    before, after = queries.all_rolled_up(pupils, EVE), queries.all_rolled_up(pupils, DAY)
    assert (before[old.office.pk], before[old.other_office.pk]) == (107, 40)
    assert old.office.pk not in after
    assert after[Unit.objects.get(code="X-06970").pk] == 100
    assert before[cast.department.pk] == after[cast.department.pk] == 148


def test_a_commune_that_has_a_unit_is_used_and_not_doubled(cast: Cast, old: OldTree) -> None:
    mine = make_unit("XA-BC", "Xã Ba Chẽ", "commune", cast.department, commune_code="06970")
    done = convert(cast)
    assert "06970" not in done.new_communes
    assert parent(old.primary) == mine.code


def test_a_school_without_commune_stops_everything(cast: Cast, old: OldTree) -> None:
    lost = make_unit("TH-LAC", "TH Lạc", "school", old.office, levels=["TH"])
    assert [unit.pk for unit in conversion.plan(cast.son, cast.department).without_commune] == [lost.pk]
    with pytest.raises(DomainError, match="1 trường chưa có xã, phường: TH Lạc"):
        convert(cast)
    assert parent(old.primary) == "P-BA"
    assert Unit.objects.filter(code__startswith="X-0").count() == 0


def test_the_model_of_the_tree_switches_on_that_day(cast: Cast, old: OldTree) -> None:
    assert value_of("org.tree_preset") == "3_tier_legacy"
    convert(cast)
    assert value_of("org.tree_preset", on=EVE) == "3_tier_legacy"
    assert value_of("org.tree_preset", on=DAY) == value_of("org.tree_preset") == "2_tier_2025"
    with pytest.raises(DomainError, match="đã theo mô hình hai cấp"):
        convert(cast)


def test_every_unit_concerned_has_the_decision_in_its_history(cast: Cast, old: OldTree) -> None:
    convert(cast)
    kinds = dict(UnitEvent.objects.filter(decision="99/NQ").values_list("unit__code", "kind"))
    assert kinds == {
        "TH-BC": "moved", "THCS-TY": "moved", "THPT-BC": "moved", "X-06970": "opened", "X-06862": "opened",
        "P-BA": "closed", "P-TY": "closed",
    }  # fmt: skip
    assert UnitEvent.objects.get(unit=old.primary).detail == {"before": "Phòng GD&ĐT Ba Chẽ"}


def test_only_the_department_converts(cast: Cast, old: OldTree) -> None:
    for name in ("mai", "hung", "thanh"):
        with pytest.raises(NotAllowed):
            conversion.convert_tree(cast.actor(name), cast.department, on=DAY, decision="x")


def test_a_thousand_schools_cost_as_many_statements_as_three(
    cast: Cast, old: OldTree, django_assert_max_num_queries: object
) -> None:
    from khue.kernel.people.records import derived

    keys = derived("TH Mẫu")["search_key"]
    rows = [
        Unit(
            pk=500_000 + n, code=f"TH-{n}", name=f"TH {n}", kind="school", parent=old.office, levels=["TH"],
            path=f"{old.office.path}{500_000 + n}/", commune_code="06970", opened_on=date(2000, 1, 1), sort_key=keys,
            search_key=keys,
        )
        for n in range(1000)
    ]  # fmt: skip
    Unit.objects.bulk_create(rows)
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        done = convert(cast)
    assert done.moved == 1003


def test_each_preset_names_its_middle_tier() -> None:
    assert {name: preset.middle for name, preset in PRESETS.items()} == {
        "3_tier_legacy": "office", "2_tier_2025": "commune",
    }  # fmt: skip
    assert THREE_TIER.may_stand("school", "office")
    assert not TWO_TIER.may_stand("school", "office")
    assert TWO_TIER.may_stand("campus", "school")
    assert not TWO_TIER.may_stand("school", "school")
