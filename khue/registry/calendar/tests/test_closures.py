"""Lessons at school stop for a storm and go on: the calendar, the rights, and who is told."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
from khue.kernel.notify.models import Message
from khue.registry.calendar import actions, queries, rules
from khue.registry.calendar.models import Closure, SchoolYear, SpecialDay
from tests.cast import Cast

STORM = {"year": 2026, "reason": "storm"}


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def test_a_principal_closes_for_a_storm_and_opens_again(cast: Cast, today: date) -> None:
    before = Entry.objects.count()
    row = actions.close_classes(cast.hung, cast.school, **STORM, starts_on=today, at_home=True)
    assert Entry.objects.filter(action="calendar.close_classes").count() == 1
    assert Entry.objects.count() == before + 1
    assert not queries.all_is_school_day(today, cast.school)
    assert queries.all_is_school_day(today, cast.other_school) == _lessons(cast, today)
    actions.reopen_classes(cast.hung, row, on=today)
    row.refresh_from_db()
    assert row.is_cancelled
    assert row.special_day is None
    assert not SpecialDay.objects.filter(kind="closure").exists()
    assert queries.all_is_school_day(today, cast.school) == _lessons(cast, today)


def _lessons(cast: Cast, day: date) -> bool:
    return queries.all_is_school_day(day, cast.department)


def test_the_days_of_a_closure_follow_its_last_day(cast: Cast, today: date) -> None:
    row = actions.close_classes(cast.thanh, cast.commune, **STORM, starts_on=today + timedelta(days=1))
    assert row.special_day.ends_on == row.year.ends_on
    actions.extend_closure(cast.thanh, row, ends_on=today + timedelta(days=4))
    assert SpecialDay.objects.get(pk=row.special_day_id).ends_on == today + timedelta(days=4)
    actions.reopen_classes(cast.thanh, row, on=today + timedelta(days=3))
    row.refresh_from_db()
    assert (row.ends_on, row.is_cancelled) == (today + timedelta(days=2), False)
    assert SpecialDay.objects.get(pk=row.special_day_id).ends_on == today + timedelta(days=2)
    with pytest.raises(DomainError, match="đã được mở lại"):
        actions.reopen_classes(cast.thanh, row, on=today)
    with pytest.raises(DomainError, match="đợt tạm nghỉ"):
        actions.remove_special_day(cast.thanh, row.special_day)


def test_a_closure_from_noon_leaves_the_morning(cast: Cast, today: date) -> None:
    row = actions.close_classes(
        cast.hung, cast.school, **STORM, starts_on=today, is_from_noon=True, ends_on=today
    )
    assert row.special_day is None
    assert queries.all_is_school_day(today, cast.school) == _lessons(cast, today)
    held = queries.all_shut(cast.school.ancestor_ids, today, today)
    assert rules.shut_at(today, "S", cast.school.ancestor_ids, held) is None
    assert rules.shut_at(today, "C", cast.school.ancestor_ids, held) is not None


def test_what_cannot_be_is_said_beside_the_field(cast: Cast, today: date) -> None:
    for problem, field in (
        ({"starts_on": today - timedelta(days=1)}, "starts_on"),
        ({"starts_on": today + timedelta(days=15)}, "starts_on"),
        ({"starts_on": today, "ends_on": today - timedelta(days=1)}, "ends_on"),
        ({"starts_on": today, "ends_on": today + timedelta(days=121)}, "ends_on"),
        ({"starts_on": today, "reason": "holiday"}, "reason"),
    ):
        with pytest.raises(DomainError) as refused:
            actions.close_classes(cast.hung, cast.school, **{**STORM, **problem})
        assert field in refused.value.fields
    actions.close_classes(cast.hung, cast.school, **STORM, starts_on=today)
    with pytest.raises(DomainError, match="đang nghỉ"):
        actions.close_classes(cast.hung, cast.school, **STORM, starts_on=today + timedelta(days=2))
    assert Closure.objects.count() == 1


def test_a_closure_belongs_to_the_year_of_its_days(cast: Cast, today: date) -> None:
    row = SchoolYear.objects.get(pk=2026)
    for first, last in (
        (today - timedelta(days=300), today - timedelta(days=1)),  # the header shows a year that is over
        (today + timedelta(days=1), today + timedelta(days=300)),  # or one that has not begun
    ):
        SchoolYear.objects.filter(pk=row.pk).update(starts_on=first, ends_on=last)
        with pytest.raises(DomainError, match="không thuộc năm học") as refused:
            actions.close_classes(cast.hung, cast.school, **STORM, starts_on=today)
        assert "starts_on" in refused.value.fields
    assert not Closure.objects.exists()


def test_only_those_above_a_school_and_its_heads_close_it(cast: Cast, today: date) -> None:
    for name in ("lan", "tam", "binh", "an"):
        with pytest.raises(NotAllowed):
            actions.close_classes(cast.actor(name), cast.school, **STORM, starts_on=today)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.close_classes(cast.mai, cast.school, **STORM, starts_on=today)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.close_classes(cast.hung, cast.commune, **STORM, starts_on=today)
    row = actions.close_classes(cast.son, cast.department, **STORM, starts_on=today)
    with pytest.raises((NotAllowed, NotVisible)):
        actions.reopen_classes(cast.hung, row, on=today)


def test_the_nearest_unit_says_whether_pupils_learn_at_home() -> None:
    day = date(2026, 12, 1)
    far = rules.Shut(1, day, False, None, False)
    near = rules.Shut(3, day, False, day, True)
    assert rules.shut_at(day, "S", (1, 2, 3), [far, near]) == near
    assert rules.shut_at(day + timedelta(days=1), "S", (1, 2, 3), [far, near]) == far
    assert rules.shut_at(day, "S", (9, 2, 3), [far]) is None
    assert rules.shut_at(day - timedelta(days=1), "C", (1, 2, 3), [far, near]) is None


def test_families_and_staff_are_told_once_each_time(cast: Cast, today: date) -> None:
    row = actions.close_classes(
        cast.hung, cast.school, **STORM, starts_on=today + timedelta(days=1), note="Mang sách về."
    )
    run = Run.objects.get(name="roster.tell_closure")
    assert engine.work(run.pk, "w") == "done"
    told = set(Message.objects.filter(kind="roster.closure").values_list("person_id", flat=True))
    people = cast.people
    assert {people[name].pk for name in ("binh", "an", "lan", "hung", "tam")} <= told
    assert not {people[name].pk for name in ("mai", "son", "ha")} & told
    title = Message.objects.filter(kind="roster.closure").values_list("title", flat=True).distinct().get()
    assert title.startswith(f"{cast.school.name} nghỉ học từ")
    assert "đến khi có tin mới" in title
    many = Message.objects.filter(kind="roster.closure").count()
    Run.objects.filter(pk=run.pk).update(state="waiting", cursor=None, ended_at=None)
    assert engine.work(run.pk, "w") == "done"
    assert Message.objects.filter(kind="roster.closure").count() == many
    actions.reopen_classes(cast.hung, row, on=today)
    assert engine.work(Run.objects.latest("pk").pk, "w") == "done"
    assert Message.objects.filter(kind="roster.closure").count() == 2 * many


def test_a_guardian_without_the_right_to_see_is_not_told(cast: Cast, today: date) -> None:
    cast.enrolments["an"].person.guardianships.update(may_view=False, restriction="Quyết định của tòa")
    actions.close_classes(cast.hung, cast.school, **STORM, starts_on=today)
    assert engine.work(Run.objects.get(name="roster.tell_closure").pk, "w") == "done"
    assert not Message.objects.filter(kind="roster.closure", person=cast.people["binh"]).exists()


def test_the_pages_close_extend_and_open(cast: Cast, today: date) -> None:
    browser = cast.client("hung")
    asked = {"reason": "storm", "starts_on": today.isoformat(), "note": "Bão số 9", "at_home": "on"}
    seen = browser.get(reverse("calendar:closures"), asked)
    assert seen.status_code == 200
    assert "Xem lại trước khi cho nghỉ" in seen.text
    assert not Closure.objects.exists()
    done = browser.post(reverse("calendar:closures"), asked, follow=True)
    row = Closure.objects.get()
    assert row.at_home
    assert row.note == "Bão số 9"
    assert "Mở lại" in done.text
    late = browser.post(reverse("calendar:extend", args=[row.pk]), {"ends_on": "1999-01-01"})
    assert late.status_code == 422
    assert "đã qua" in late.text
    assert (
        browser.post(reverse("calendar:reopen", args=[row.pk]), {"on": today.isoformat()}).status_code == 302
    )
    assert "Đợt nghỉ này đã hết" in browser.get(reverse("calendar:closure", args=[row.pk])).text
    wrong = browser.get(reverse("calendar:closures"), {"reason": "storm", "starts_on": "31/02/2026"})
    assert wrong.status_code == 422
    assert "Ngày này không có" in wrong.text
