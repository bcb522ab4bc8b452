"""Looks at all units: opened once, worse and better in place, closed by itself; nothing opened by what is not known."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from khue.command.alerts import actions, jobs
from khue.command.alerts.models import Alert, Change, Rule
from khue.command.alerts.readings import all_readings
from khue.command.alerts.shipped import RULES
from khue.command.alerts.tests.places import DAY, SYSTEM, late, look, only, rule
from khue.kernel.actions import NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
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
    assert (alert.unit_id, alert.state, alert.step, alert.value) == (cast.school.pk, "open", "amber", 12.0)
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
    assert (alert.step, alert.value, alert.stepped_at) == ("red", 40.0, NOW + DAY)
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
    found = all_readings("alerts.late_marks", "department", 0, timezone.localdate())
    assert found[cast.department.pk].value == 10.0
    assert look(rule("late_marks_area")).opened == 1
    assert only().unit_id == cast.commune.pk
    assert only().step == "red"


def test_a_figure_nobody_knows_closes_and_opens_nothing(cast: Cast) -> None:
    watched = rule()
    row = late(cast.school, 40)
    look(watched)
    row.delete()
    late(cast.other_school, 0)
    look(watched)
    assert only().state == "closed"  # the school is watched no more: its sheets are gone
    Alert.objects.all().delete()
    late(cast.school, 40)
    look(watched)
    row = late(cast.school, 0, due=0)
    look(watched)
    assert only().state == "open"


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


def test_counts_of_the_registry_find_what_is_missing(cast: Cast) -> None:
    today = timezone.localdate()
    assert all_readings("alerts.no_teacher", "school", 0, today)[cast.school.pk].value == 0
    cast.course.assignments.all().delete()
    assert all_readings("alerts.no_teacher", "school", 0, today)[cast.school.pk].value == 1
    assert all_readings("alerts.offline", "school", 0, today)[cast.school.pk].value == 0
    cast.campus.has_internet = False
    cast.campus.save()
    assert all_readings("alerts.offline", "school", 0, today)[cast.campus.parent_id].value == 1


def test_a_look_at_all_rules_costs_a_handful_of_statements(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    late(cast.school, 40)
    late(cast.other_school, 40)
    watched = rule()
    with django_assert_max_num_queries(16):  # type: ignore[operator]
        actions.evaluate(SYSTEM, watched)
