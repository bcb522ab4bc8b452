"""Looks at all units: opened once, worse and better in place, closed by itself; nothing opened by what is not known."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from khue.command.alerts import actions, jobs
from khue.command.alerts.actions import ruling
from khue.command.alerts.models import Alert, Change, Rule
from khue.command.alerts.readings import all_readings, source
from khue.command.alerts.shipped import RULES
from khue.command.alerts.tests.places import DAY, DONE, SYSTEM, YEAR, keep, late, look, only, rule
from khue.kernel.actions import NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.indicators import snapshots
from khue.kernel.indicators.models import Figure
from khue.kernel.workflow.models import Task
from tests.cast import Cast

NOW = timezone.now()


def steps(alert: Alert) -> list[str]:
    return [change.kind for change in Change.objects.filter(alert=alert).order_by("at", "pk")]


def test_the_shipped_rules_are_there(cast: Cast) -> None:
    assert set(Rule.objects.values_list("code", flat=True)) == {one["code"] for one in RULES}
    assert not Rule.objects.filter(is_on=False).exists()


def test_a_late_school_is_opened_once_however_often_it_is_looked_at(cast: Cast) -> None:
    late(cast.school, 12)
    late(cast.other_school, 3)
    watched = rule()
    assert look(watched).opened == 1
    alert = only()
    assert (alert.unit_id, alert.state, alert.step, alert.value) == (cast.school.pk, "open", "amber", 88.0)
    for _again in range(3):
        assert look(watched) == actions.Moves()
    assert steps(only()) == ["opened"]


def test_it_turns_red_in_place_and_green_by_itself(cast: Cast) -> None:
    watched = rule()
    late(cast.school, 12)
    look(watched, NOW)
    late(cast.school, 40)
    assert look(watched, NOW + DAY).worse == 1
    alert = only()
    assert (alert.step, alert.value, alert.stepped_at) == ("red", 60.0, NOW + DAY)
    late(cast.school, 12)
    assert look(watched, NOW + 2 * DAY).better == 1
    late(cast.school, 9.5)  # a margin of one percent inside the bound is asked
    assert look(watched, NOW + 3 * DAY) == actions.Moves()
    late(cast.school, 2)
    assert look(watched, NOW + 4 * DAY).closed == 1
    alert.refresh_from_db()
    assert (alert.state, alert.step, alert.closed_at) == ("closed", "amber", NOW + 4 * DAY)
    assert alert.closed_by_id is None
    assert steps(alert) == ["opened", "worse", "better", "well"]


def test_nobody_sees_it_before_it_has_lasted_and_what_passed_leaves_no_trace(cast: Cast) -> None:
    watched = rule(lasts_days=2)
    late(cast.school, 12)
    late(cast.other_school, 12)
    look(watched, NOW)
    assert set(Alert.objects.values_list("state", flat=True)) == {"pending"}
    late(cast.other_school, 0)
    look(watched, NOW + DAY)
    assert only().unit_id == cast.school.pk
    assert look(watched, NOW + 2 * DAY).opened == 1
    assert only().began_at == NOW


def test_a_commune_is_the_sum_of_its_schools(cast: Cast) -> None:
    late(cast.school, 40, due=1000)
    late(cast.other_school, 0, due=3000)
    found = all_readings(DONE, "department", 0, timezone.localdate())
    assert found[cast.department.pk].value == 90.0
    assert look(rule("late_marks_area")).opened == 1
    assert only().unit_id == cast.commune.pk
    assert only().step == "red"


def test_a_figure_nobody_knows_closes_and_opens_nothing(cast: Cast) -> None:
    watched = rule()
    late(cast.school, 40)
    look(watched)
    late(cast.school, 0, due=0)  # nothing is due any more: there is no share
    look(watched)
    assert only().state == "open"
    Figure.objects.all().delete()
    look(watched)
    assert only().state == "open"


def test_what_is_of_another_school_year_is_no_figure(cast: Cast) -> None:
    late(cast.school, 40)
    Figure.objects.update(year=YEAR - 1)
    assert look(rule()).opened == 0


def test_a_figure_that_stays_the_same_into_the_new_year_is_read(cast: Cast) -> None:
    name, school = "indicators.no_internet", cast.school.pk
    same = {name: {school: (1.0, None)}}
    snapshots.keep(date(2026, 7, 31), YEAR - 1, same)
    for day in (1, 20):
        snapshots.keep(date(2026, 8, day), YEAR, same)
    reading = all_readings(name, "school", 0, date(2026, 8, 20))[school]
    assert (reading.value, reading.missing_days) == (1.0, 0)
    assert look(rule("offline")).opened == 1


def test_a_school_that_closes_is_watched_no_more(cast: Cast) -> None:
    watched = rule()
    late(cast.school, 40)
    look(watched)
    cast.school.closed_on = timezone.localdate()
    cast.school.save()
    look(watched)
    assert steps(only()) == ["opened", "ended"]


def test_a_jump_is_held_against_the_figure_of_so_many_days_ago(cast: Cast) -> None:
    for unit, then, now in ((cast.school, 100, 112), (cast.other_school, 100, 103)):
        keep("roster.pupils", unit, then, back=10)
        keep("roster.pupils", unit, now)
    watched = rule("pupils_jump", window_days=7)
    assert look(watched).opened == 1
    alert = only()
    assert (alert.unit_id, alert.step, alert.value, alert.past, alert.measured) == (
        cast.school.pk, "red", 112, 100, 12,
    )  # fmt: skip


def test_a_school_without_a_figure_is_found_by_the_days_it_has_none(cast: Cast) -> None:
    keep("roster.pupils", cast.other_school, 100, back=5)
    keep("roster.pupils", cast.other_school, 100)
    watched = rule("nothing_known")
    look(watched)
    missing = {alert.unit_id: alert.measured for alert in Alert.objects.all()}
    assert missing[cast.school.pk] == 5
    assert cast.other_school.pk not in missing
    keep("roster.pupils", cast.school, 90)
    look(watched)
    assert only(unit=cast.school).state == "closed"


def test_levels_of_an_indicator_say_which_schools_have_it(cast: Cast) -> None:
    found = all_readings("gradebook.primary_progress", "school", 0, timezone.localdate())
    assert found == {}
    keep("gradebook.primary_progress", cast.school, 1, 10)
    assert all_readings("gradebook.primary_progress", "school", 0, timezone.localdate()) == {}


def test_a_rule_that_is_off_or_out_of_season_ends_what_it_opened(cast: Cast) -> None:
    watched = rule()
    late(cast.school, 40)
    look(watched)
    actions.assign(cast.son, only(), person_id=cast.people["hung"].pk)
    actions.switch_rule(cast.son, watched, is_on=False)
    watched.refresh_from_db()
    assert look(watched).closed == 1
    assert steps(only()) == ["opened", "assigned", "ended"]
    assert not Task.objects.filter(closed_at__isnull=True).exists()
    other = rule(code="late_marks", is_on=True, months=[1 + timezone.localdate().month % 12])
    assert look(other).opened == 0


def test_the_database_knows_no_second_alert_of_a_rule_at_a_unit(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule())
    row = only()
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(rule=row.rule, unit=cast.school, state="pending", began_at=NOW)


def test_a_look_that_finds_nothing_new_writes_nothing(cast: Cast) -> None:
    late(cast.school, 40)
    rule(), rule("late_marks_area")
    Rule.objects.exclude(code__startswith="late_marks").update(is_on=False)
    assert jobs.all_evaluated() == 2
    before = Entry.objects.count()
    assert jobs.all_evaluated() == 0
    assert Entry.objects.count() == before


def test_one_entry_of_the_record_tells_of_all_units_of_a_look(cast: Cast) -> None:
    late(cast.school, 40)
    late(cast.other_school, 40)
    look(rule())
    assert Entry.objects.filter(action="alerts.evaluate").count() == 1


def test_people_do_not_evaluate(cast: Cast) -> None:
    watched = rule()
    with pytest.raises(NotAllowed):
        actions.evaluate(cast.son, watched)
    for actor in (cast.hung, cast.mai):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.evaluate(actor, watched)


def test_red_alerts_that_nobody_takes_on_are_counted_at_the_office_above(cast: Cast) -> None:
    late(cast.school, 40)
    look(rule(), NOW - 4 * DAY)
    today = timezone.localdate()
    found = all_readings("alerts.unattended", "middle", 0, today)
    assert (found[cast.commune.pk].value, found[cast.other_commune.pk].value) == (1, 0)
    assert look(rule("unattended", amber=1, red=2)).opened == 1
    actions.acknowledge(cast.hung, [only(unit=cast.school)])
    assert look(rule("unattended", amber=1, red=2)).closed == 1


def test_figures_that_are_not_computed_any_more_are_noticed(cast: Cast) -> None:
    today = timezone.localdate()
    assert all_readings("alerts.stale", "department", 0, today)[cast.department.pk].value == 0
    keep(DONE, cast.department, 1, 1, back=1)
    hours = all_readings("alerts.stale", "department", 0, today)[cast.department.pk].value
    assert hours is not None
    assert 23.9 < hours < 24.5


def test_every_shipped_rule_watches_something_that_is_declared(cast: Cast) -> None:
    assert [one["code"] for one in RULES if source(one["figure"]) is None] == []
    for one in RULES:
        ruling._check({name: one.get(name, 0) for name in ruling.EDITED})


def test_a_look_at_all_rules_costs_a_handful_of_statements(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    late(cast.school, 40)
    late(cast.other_school, 40)
    watched = rule()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        actions.evaluate(SYSTEM, watched)
