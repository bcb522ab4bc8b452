"""The pages: who sees which alerts, what is filtered, rules edited and tried, the first page."""

from __future__ import annotations

from typing import Any

import pytest

from khue.command.alerts import actions, queries
from khue.command.alerts.models import Alert, Rule
from khue.command.alerts.tests.places import keep, late, look, only, rule
from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from tests.cast import Cast

FORM = {
    "name": "Trường vào điểm chậm", "figure": "gradebook.done", "floor": "school", "compare": "below", "amber": "90",
    "red": "75,5", "margin": "1", "lasts_days": "2", "repeat_days": "3", "quiet_days": "7", "window_days": "",
    "months": ["9", "10"], "roles": ["principal"], "advice": "Nhắc từng người.",
}  # fmt: skip


@pytest.fixture
def two(cast: Cast) -> None:
    """A school of each commune is late."""
    late(cast.school, 40)
    late(cast.other_school, 20)
    look(rule())


def listed(cast: Cast, who: str, **asked: str) -> str:
    answer = cast.client(who).get("/canh-bao/", asked)
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


@pytest.mark.usefixtures("two")
def test_everybody_sees_the_alerts_of_their_own_reach(cast: Cast) -> None:
    both = listed(cast, "son")
    assert cast.school.name in both
    assert cast.other_school.name in both
    for who in ("thanh", "hung"):
        shown = listed(cast, who)
        assert cast.school.name in shown
        assert f">{cast.other_school.name}<" not in shown
    assert [row["unit_id"] for row in queries.open_alerts(cast.ha)] == [cast.other_school.pk]
    for who in ("lan", "tam", "binh", "an", "mai"):
        assert listed(cast, who) == "404"


@pytest.mark.usefixtures("two")
def test_the_list_is_narrowed_by_colour_state_rule_and_commune(cast: Cast) -> None:
    assert cast.other_school.name not in listed(cast, "son", muc="red")
    assert cast.school.name not in listed(cast, "son", muc="amber")
    assert cast.school.name in listed(cast, "son", **{"quy-tac": "late_marks"})
    assert cast.school.name not in listed(cast, "son", **{"quy-tac": "offline"})
    narrowed = listed(cast, "son", **{"don-vi": cast.commune.code})
    assert cast.school.name in narrowed
    actions.acknowledge(cast.hung, [only(unit=cast.school)])
    assert cast.school.name not in listed(cast, "son", **{"tinh-trang": "chua-nhan"})
    actions.close(cast.son, only(unit=cast.school), reason="Xong")
    assert cast.school.name not in listed(cast, "son")
    assert cast.school.name in listed(cast, "son", **{"tinh-trang": "dong"})


@pytest.mark.usefixtures("two")
def test_open_alerts_are_flat_rows_for_a_unit_the_worst_first(cast: Cast) -> None:
    rows = queries.open_alerts(cast.son, cast.department)
    assert [(row["unit_id"], row["step"], row["said"]) for row in rows] == [
        (cast.school.pk, "red", "mới 60 %"), (cast.other_school.pk, "amber", "mới 80 %"),
    ]  # fmt: skip
    assert len(queries.open_alerts(cast.son, cast.commune)) == 1
    assert queries.open_alerts(cast.thanh, cast.department)[0]["unit_id"] == cast.school.pk
    assert queries.open_alerts(cast.lan) == []
    keep("roster.over_size", cast.school, 1)
    look(rule("over_size"))
    few = queries.open_alerts(cast.son, cast.department, limit=2)
    assert [(row["rule"], row["step"]) for row in few] == [
        ("Trường vào điểm chậm", "red"), ("Lớp quá sĩ số", "amber"),
    ]  # fmt: skip


@pytest.mark.usefixtures("two")
def test_the_first_page_says_how_many_and_which(cast: Cast) -> None:
    shown = cast.client("son").get("/").content.decode()
    assert "Chưa ai nhận" in shown
    assert f"{cast.school.name}" in shown
    assert "Chưa ai nhận" not in cast.client("lan").get("/").content.decode()


@pytest.mark.usefixtures("two")
def test_several_are_taken_on_at_once(cast: Cast) -> None:
    ids = list(Alert.objects.values_list("pk", flat=True))
    assert cast.client("hung").post("/canh-bao/nhan/", {"row": ids}).status_code == 404
    assert cast.client("son").post("/canh-bao/nhan/", {"row": ids}).status_code == 302
    assert Alert.objects.filter(acknowledged_by=cast.people["son"]).count() == 2


@pytest.mark.usefixtures("two")
def test_the_page_of_one_gives_closes_and_reopens_it(cast: Cast) -> None:
    address, client = f"/canh-bao/{only(unit=cast.school).pk}/", cast.client("son")
    asked = client.get(f"{address}?hoi=assign").content.decode()
    assert cast.people["hung"].full_name in asked
    assert client.post(address, {"verb": "assign", "person": ""}).status_code == 422
    client.post(address, {"verb": "assign", "person": cast.people["hung"].pk, "note": "Hỏi tổ Toán"})
    assert only(unit=cast.school).assigned_to_id == cast.people["hung"].pk
    assert client.post(address, {"verb": "close", "reason": ""}).status_code == 422
    client.post(address, {"verb": "close", "reason": "Đã gặp trường"})
    closed = client.get(address).content.decode()
    assert "Đã gặp trường" in closed
    client.post(address, {"verb": "reopen", "reason": "Vẫn chậm"})
    assert only(unit=cast.school).state == "open"
    assert client.post(address, {"verb": "xoa"}).status_code == 404
    assert cast.client("hung").post(address, {"verb": "close", "reason": "thử"}).status_code == 404


def test_the_trend_of_a_figure_is_drawn(cast: Cast) -> None:
    for back, top in ((9, 95), (5, 90), (0, 60)):
        keep("gradebook.done", cast.school, top, 100, back=back)
    look(rule())
    shown = cast.client("hung").get(f"/canh-bao/{only().pk}/").content.decode()
    assert "<svg" in shown
    assert "60 ngày qua" in shown


# --- rules ----------------------------------------------------------------------------------------------------------


def test_the_department_changes_a_rule_and_the_next_look_follows_it(cast: Cast) -> None:
    late(cast.school, 20)
    found = rule()
    look(found)
    page = cast.client("son").get("/canh-bao/quy-tac/late_marks/").content.decode()
    assert 'value="90"' in page
    answer = cast.client("son").post("/canh-bao/quy-tac/late_marks/", {**FORM, "version": found.version})
    assert answer.status_code == 302
    changed = Rule.objects.get(code="late_marks")
    assert (changed.red, changed.lasts_days, changed.months, changed.roles) == (
        75.5,
        2,
        [9, 10],
        ["principal"],
    )
    assert Entry.objects.filter(action="alerts.set_rule").count() == 1
    assert cast.client("thanh").get("/canh-bao/quy-tac/").status_code == 404


def test_a_trial_says_how_many_would_open_and_writes_nothing(cast: Cast) -> None:
    late(cast.school, 40)
    late(cast.other_school, 12)
    before = Entry.objects.count()
    page = cast.client("son").post("/canh-bao/quy-tac/late_marks/", {**FORM, "verb": "try"}).content.decode()
    assert "1 báo động, 1 cần chú ý, trong 2 nơi" in page
    assert Entry.objects.count() == before
    assert not Alert.objects.exists()
    assert Rule.objects.get(code="late_marks").lasts_days == 1
    assert queries.trial(cast.hung, wanted(), None) is None


def test_a_trial_names_no_school_whose_children_few_may_know(cast: Cast) -> None:
    for unit, pupils in ((cast.school, 2), (cast.other_school, 9)):
        keep("roster.disabled", unit, pupils)
        keep("roster.dropouts", unit, pupils)
    asked = wanted(figure="roster.disabled", amber=1.0, red=None)
    found = queries.trial(cast.son, asked)
    assert found is not None
    assert (found.watched, found.amber, found.worst) == (2, 2, [])
    open_to_him = queries.trial(cast.son, {**asked, "figure": "roster.dropouts"})
    assert open_to_him is not None
    assert [(name, step) for name, _said, step in open_to_him.worst] == [
        (cast.other_school.name, "amber"), (cast.school.name, "amber"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"amber": 1.0, "red": 9.0}, {"amber"}), ({"amber": None, "red": 4.9}, {"red"}),
        ({"amber": 9.0, "red": 2.0, "compare": "below"}, {"compare"}),
        ({"compare": "rise", "window_days": 7}, {"compare"}), ({"compare": "jump", "window_days": 7}, {"compare"}),
    ],
)  # fmt: skip
def test_no_rule_tells_which_school_has_one_to_four_children_of_whom_few_may_know(
    cast: Cast, more: dict[str, Any], fields: set[str]
) -> None:
    asked = wanted(figure="roster.disabled", **more)
    with pytest.raises(DomainError) as refused:
        actions.set_rule(cast.son, rule(), wanted=asked, version=1)
    assert set(refused.value.fields) == fields


@pytest.mark.parametrize(
    "more",
    [
        {"figure": "roster.disabled", "amber": 5.0, "red": 20.0},
        {"figure": "roster.disabled", "compare": "missing", "amber": 3.0, "red": None},
        {"figure": "roster.plans", "compare": "below", "amber": 95.0, "red": 80.0},
        {"figure": "roster.dropouts", "amber": 1.0, "red": 3.0},
    ],
)
def test_what_points_at_no_child_may_be_watched(cast: Cast, more: dict[str, Any]) -> None:
    assert actions.add_rule(cast.son, cast.department, wanted=wanted(**more)).figure == more["figure"]


def wanted(**more: Any) -> dict[str, Any]:
    return {
        "name": "Lớp đông", "figure": "roster.class_size", "floor": "school", "compare": "above", "amber": 40.0,
        "red": 45.0, "margin": 0.0, "window_days": 0, "lasts_days": 0, "repeat_days": 0, "quiet_days": 0, "months": [],
        "roles": ["principal"], "advice": "", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"amber": None, "red": None}, "amber"), ({"amber": 45.0, "red": 40.0}, "red"),
        ({"compare": "below"}, "red"), ({"compare": "jump"}, "window_days"), ({"figure": "roster.nothing"}, "figure"),
        ({"figure": "alerts.stale", "compare": "rise", "window_days": 3, "floor": "department"}, "compare"),
        ({"figure": "alerts.stale"}, "floor"), ({"months": [13]}, "months"), ({"roles": ["pupil"]}, "roles"),
        ({"name": " "}, "name"), ({"margin": -1.0}, "margin"), ({"floor": "campus"}, "floor"),
    ],
)  # fmt: skip
def test_a_rule_that_makes_no_sense_is_refused_beside_its_field(
    cast: Cast, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        actions.set_rule(cast.son, rule(), wanted=wanted(**more), version=1)
    assert field in refused.value.fields


def test_the_department_adds_a_rule_of_its_own_and_switches_it_off(cast: Cast) -> None:
    first = actions.add_rule(cast.son, cast.department, wanted=wanted())
    second = actions.add_rule(cast.son, cast.department, wanted=wanted(name="Khác"))
    assert (first.code, second.code) == ("own-1", "own-2")
    answer = cast.client("son").post("/canh-bao/quy-tac/own-1/tat-bat/", {"on": "0"})
    assert answer.status_code == 302
    assert not Rule.objects.get(code="own-1").is_on
    actions.switch_rule(cast.son, first, is_on=True)
    assert Rule.objects.get(code="own-1").is_on
    with pytest.raises(DomainError):
        actions.add_rule(cast.son, cast.commune, wanted=wanted())


def test_two_officers_do_not_overwrite_each_others_rule(cast: Cast) -> None:
    found = rule()
    actions.set_rule(cast.son, found, wanted=wanted(), version=found.version)
    with pytest.raises(Conflict):
        actions.set_rule(cast.son, found, wanted=wanted(name="Khác"), version=found.version)


@pytest.mark.parametrize("who", ["thanh", "hung", "mai", "lan", "tam", "binh"])
def test_only_the_department_sets_rules(cast: Cast, who: str) -> None:
    actor, found = cast.actor(who), rule()
    for do in (
        lambda: actions.set_rule(actor, found, wanted=wanted(), version=1),
        lambda: actions.switch_rule(actor, found, is_on=False),
        lambda: actions.add_rule(actor, cast.department, wanted=wanted()),
    ):
        with pytest.raises((NotAllowed, NotVisible)):
            do()
