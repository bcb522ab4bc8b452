from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.manifest import Setting
from khue.kernel.settings_store import actions, rules
from khue.kernel.settings_store.models import Value
from khue.kernel.settings_store.values import value_of, values_of
from tests.cast import Cast

QUIET = "notify.quiet_from"
TREE = "org.tree_preset"


def put(name: str, unit: Any, day: date, value: Any) -> None:
    Value.objects.create(name=name, unit=unit, valid_from=day, value=value)


def test_without_any_value_the_default_counts(cast: Cast) -> None:
    assert value_of(QUIET) == 21
    assert value_of(TREE, cast.school) == "2_tier_2025"


def test_the_newest_started_value_counts(cast: Cast) -> None:
    today = timezone.localdate()
    put(QUIET, cast.department, today - timedelta(days=9), 20)
    put(QUIET, cast.department, today - timedelta(days=3), 19)
    put(QUIET, cast.department, today + timedelta(days=1), 18)
    assert value_of(QUIET) == 19
    assert value_of(QUIET, on=today - timedelta(days=5)) == 20
    assert value_of(QUIET, on=today - timedelta(days=10)) == 21
    assert value_of(QUIET, on=today + timedelta(days=1)) == 18


def test_the_nearest_unit_wins_where_schools_may_differ(cast: Cast, school_setting: str) -> None:
    put(school_setting, cast.department, date(2020, 1, 1), 1)
    put(school_setting, cast.commune, date(2019, 1, 1), 2)
    put(school_setting, cast.other_school, date(2021, 1, 1), 3)
    assert [value_of(school_setting, u) for u in (cast.school, cast.other_school, cast.department)] == [
        2,
        3,
        1,
    ]


def test_a_setting_of_the_province_ignores_what_a_school_wrote(cast: Cast) -> None:
    put(QUIET, cast.school, date(2020, 1, 1), 3)
    assert value_of(QUIET, cast.school) == 21


@pytest.fixture
def school_setting() -> Any:
    from khue.kernel import registry

    declared = registry.setting_declarations()
    declared["x.lunch"] = Setting("x.lunch", "Bữa trưa", "int", 0, min_level="school")
    yield "x.lunch"
    declared.pop("x.lunch")


def test_several_values_cost_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        values_of([QUIET, "notify.quiet_until", TREE], cast.school)


def test_an_unknown_name_crashes(cast: Cast) -> None:
    with pytest.raises(KeyError):
        value_of("notify.nonsense")


def test_changing_is_audited_and_counts_from_its_day(cast: Cast) -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    actions.change_setting(
        cast.son, cast.department, name=QUIET, value=20, valid_from=tomorrow, reason="QĐ 5"
    )
    assert value_of(QUIET) == 21
    assert value_of(QUIET, on=tomorrow) == 20
    entry = Entry.objects.get(action="settings_store.change")
    assert (entry.reason, entry.chain) == ("QĐ 5", cast.department.pk)


def test_the_same_day_twice_is_a_change_of_the_same_row(cast: Cast) -> None:
    for value in (20, 19):
        actions.change_setting(cast.son, cast.department, name=QUIET, value=value)
    assert list(Value.objects.values_list("value", flat=True)) == [19]


def test_who_may_change_what(cast: Cast, school_setting: str) -> None:
    with pytest.raises(NotAllowed):
        actions.change_setting(cast.mai, cast.school, name=school_setting, value=1)
    with pytest.raises(NotAllowed):
        actions.change_setting(cast.tam, cast.school, name=school_setting, value=1)
    with pytest.raises(NotVisible):
        actions.change_setting(cast.hung, cast.other_school, name=school_setting, value=1)
    with pytest.raises(ProofNeeded):
        actions.change_setting(cast.actor("hung", proved=False), cast.school, name=school_setting, value=1)
    with pytest.raises(DomainError, match="chỉ đặt ở Sở"):
        actions.change_setting(cast.hung, cast.school, name=QUIET, value=1)
    actions.change_setting(cast.hung, cast.school, name=school_setting, value=1)
    assert value_of(school_setting, cast.school) == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"value": "hai mốt"}, "value"),
        ({"value": True}, "value"),
        ({"value": -1}, "value"),
        ({"value": 20, "valid_from": date(2020, 1, 1)}, "valid_from"),
    ],
)
def test_a_wrong_value_is_refused_beside_its_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as refusal:
        actions.change_setting(cast.son, cast.department, name=QUIET, **values)
    assert set(refusal.value.fields) == {field}
    with pytest.raises(DomainError, match="Không có thiết lập"):
        actions.change_setting(cast.son, cast.department, name="x.nonsense", value=1)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("bool", True, "có"), ("int", 7, 7.5), ("choice", "a", "c"), ("date", date(2026, 1, 1), "2026-01-01"),
        ("text", "x", 7), ("text", "x", "x" * 501),
    ],
)  # fmt: skip
def test_each_kind_takes_its_own(kind: str, good: Any, bad: Any) -> None:
    setting = Setting("x.y", "X", kind, None, choices=(("a", "A"), ("b", "B")))
    assert rules.problem_with(setting, good) == ""
    assert rules.problem_with(setting, bad)
    assert rules.shown(setting, good)


def test_the_page_shows_and_changes(cast: Cast) -> None:
    client = cast.client("son")
    assert "Giờ bắt đầu yên lặng" in client.get("/thiet-lap/").content.decode()
    form = {"value": "20", "valid_from": timezone.localdate().isoformat(), "reason": "QĐ 5"}
    assert client.post(f"/thiet-lap/{QUIET}/", form).status_code == 302
    assert value_of(QUIET) == 20
    assert "QĐ 5" in client.get(f"/thiet-lap/{QUIET}/").content.decode()
    wrong = client.post(f"/thiet-lap/{QUIET}/", {**form, "valid_from": "2020-01-01"})
    assert "Từ hôm nay trở đi" in wrong.content.decode()
    bool_form = {**form, "value": "1"}
    assert client.post("/thiet-lap/people.teachers_need_second_factor/", bool_form).status_code == 302
    assert value_of("people.teachers_need_second_factor") is True


def test_a_school_reads_but_does_not_change_what_is_the_provinces(cast: Cast) -> None:
    client = cast.client("hung")
    text = client.get(f"/thiet-lap/{QUIET}/").content.decode()
    assert "chung cho cả tỉnh" in text
    assert '<button class="btn btn-primary">Ghi thiết lập' not in text
    assert client.post(
        f"/thiet-lap/{QUIET}/", {"value": "1", "valid_from": "2030-01-01", "reason": "x"}
    ).status_code in (404, 422)
    assert value_of(QUIET, on=date(2031, 1, 1)) == 21


def test_mai_finds_no_settings_and_unknown_names_are_not_there(cast: Cast) -> None:
    assert cast.client("mai").get("/thiet-lap/").status_code == 404
    assert cast.client("mai").get(f"/thiet-lap/{QUIET}/").status_code == 404
    assert cast.client("son").get("/thiet-lap/nonsense/").status_code == 404
