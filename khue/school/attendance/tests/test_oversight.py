"""Who has not taken the roll: by class, school and above; nothing not taken looks like presence; reminders go once."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.notify.models import Message
from khue.registry.calendar.actions import close_classes
from khue.school.attendance import counting_jobs, panels
from khue.school.attendance.actions import remind_roll, set_plan
from khue.school.attendance.models import Sheet, Tally
from khue.school.attendance.queries import oversight
from khue.school.attendance.tests.rolls import before, lessons, today, write_rolls
from tests.cast import Cast


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of today."""
    return timezone.make_aware(datetime.combine(today(), time(hour, minute)))


def school_at(cast: Cast, moment: datetime) -> oversight.SchoolDay:
    (found,) = oversight.all_school_days([cast.school.pk], today(), moment)
    return found


def whole_day(cast: Cast) -> None:
    """Classes of the school have lessons from midnight on, so that a session has begun whenever tests run."""
    from khue.kernel.settings_store.models import Value

    lessons(cast)
    Value.objects.create(
        name="attendance.morning_bell",
        unit=cast.school,
        value="00:00",
        valid_from=today() - timedelta(days=1),
    )


def test_a_class_is_missing_once_its_session_has_begun(cast: Cast) -> None:
    lessons(cast)
    early, on_time, late = school_at(cast, at(6, 30)), school_at(cast, at(7, 10)), school_at(cast, at(9))
    assert (early.counts, early.missing) == ((2, 2, 0, 0, 0), [])
    assert on_time.counts == (2, 2, 2, 0, 0)
    assert [one.class_name for one in on_time.missing] == ["8A3", "8A5"]
    assert not any(one.is_over for one in on_time.missing)
    assert all(one.is_over for one in late.missing)
    assert (early.overdue, on_time.overdue, late.overdue) == (0, 0, 2)


def test_a_roll_that_was_taken_is_counted_and_one_without_a_time_is_not(cast: Cast) -> None:
    lessons(cast)
    (sheet,) = write_rolls(cast, [today()])
    assert school_at(cast, at(9)).counts == (2, 2, 2, 1, 1)
    assert school_at(cast, at(6)).counts == (2, 2, 1, 1, 1)
    Sheet.objects.filter(pk=sheet.pk).update(is_late=True)
    assert school_at(cast, at(9)).counts == (2, 2, 2, 1, 0)
    Sheet.objects.filter(pk=sheet.pk).update(taken_at=None, taken_by=None)
    found = school_at(cast, at(9))
    assert found.counts == (2, 2, 2, 0, 0)
    assert len(found.missing) == 2


def test_both_sessions_and_classes_by_period(cast: Cast) -> None:
    lessons(cast)
    set_plan(
        cast.tam, cast.school, level="THCS", starts_on=today() - timedelta(days=1), morning_days="2345678",
        afternoon_days="2345678", by_period=True,
    )  # fmt: skip
    Sheet.objects.create(
        classroom=cast.classroom, school=cast.school, day=today(), session="S", period=2, is_main=True,
        taken_at=timezone.now(), expected=1,
    )  # fmt: skip
    found = school_at(cast, at(14))
    assert found.counts == (2, 4, 4, 1, 1)
    assert sorted((one.class_name, one.session) for one in found.missing) == [
        ("8A3", "C"), ("8A5", "C"), ("8A5", "S"),
    ]  # fmt: skip


@pytest.mark.parametrize(("home", "state"), [(True, "home"), (False, "closed")])
def test_a_closed_school_is_not_expected(cast: Cast, home: bool, state: str) -> None:
    lessons(cast)
    close_classes(cast.hung, cast.school, year=cast.year.pk, reason="storm", starts_on=today(), at_home=home)
    found = school_at(cast, at(9))
    assert (found.state, found.counts, found.turns) == (state, (0, 0, 0, 0, 0), ())
    page = cast.client("hung").get(reverse("attendance:oversight")).content.decode()
    assert ("Trường đang học ở nhà" in page) == home
    assert "chưa điểm danh</span>" not in page


def test_a_day_without_lessons_expects_nothing(cast: Cast) -> None:
    sunday = today() - timedelta(days=today().weekday() + 1)
    (found,) = oversight.all_school_days([cast.school.pk], sunday, at(9))
    assert (found.state, found.counts) == ("none", (0, 0, 0, 0, 0))


def test_the_page_of_a_school_names_classes_teachers_and_reminds_once(cast: Cast) -> None:
    whole_day(cast)
    browser, url = cast.client("hung"), reverse("attendance:oversight")
    page = browser.get(url).content.decode()
    assert "8A3" in page
    assert "8A5" in page
    assert cast.people["lan"].full_name in page
    done = browser.post(reverse("attendance:remind_roll"), {"lop": cast.classroom.pk, "buoi": "S"})
    assert done.status_code == 302
    assert "đã nhắc" in browser.get(url).content.decode()
    told = Message.objects.filter(kind=oversight.KIND)
    assert [one.person_id for one in told] == [cast.people["lan"].pk]
    assert "buổi sáng" in told[0].title
    assert remind_roll(cast.tam, [cast.classroom], session="S") == 0
    assert told.count() == 1


def test_who_may_remind_and_of_what(cast: Cast) -> None:
    whole_day(cast)
    for who in ("lan", "son", "thanh", "binh"):
        with pytest.raises(NotAllowed):
            remind_roll(cast.actor(who), [cast.classroom], session="S")
    with pytest.raises(NotVisible):
        remind_roll(cast.ha, [cast.classroom], session="S")
    with pytest.raises(DomainError, match="chưa có giáo viên chủ nhiệm"):
        remind_roll(cast.hung, [cast.second_classroom], session="S")
    with pytest.raises(DomainError, match="Không lớp nào"):
        remind_roll(cast.hung, [cast.classroom], session="C")
    write_rolls(cast, [today()])
    with pytest.raises(DomainError, match="Không lớp nào"):
        remind_roll(cast.hung, [cast.classroom], session="S")


def test_tallies_say_what_the_schools_say_and_add_up(cast: Cast) -> None:
    lessons(cast)
    write_rolls(cast, [today()])
    assert counting_jobs.count_rolls(at(9)) == 2
    for row in Tally.objects.all():
        (found,) = oversight.all_school_days([row.school_id], today(), at(9))
        assert (row.classes, row.planned, row.due, row.taken, row.on_time) == found.counts
        assert (row.state, row.overdue) == (found.state, found.overdue)
    assert Tally.objects.get(school=cast.school).overdue == 1
    found = {one.code: one for one in oversight.below(cast.son, cast.department, today())}
    own = found[cast.commune.code]
    assert (own.schools, own.due, own.taken, own.missing, own.behind, own.without) == (1, 2, 1, 1, 1, 0)
    other = found[cast.other_commune.code]
    assert (other.taken, other.without) == (0, 1)
    (school,) = oversight.below(cast.thanh, cast.commune, today())
    assert (school.code, school.kind, school.state, school.missing) == (
        cast.school.code,
        "school",
        "lessons",
        1,
    )


def test_what_nobody_counted_is_counted_when_somebody_looks(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day)
    assert not Tally.objects.exists()
    page = cast.client("son").get(reverse("attendance:oversight"), {"ngay": f"{day:%Y-%m-%d}"})
    assert "Đếm lúc" in page.content.decode()
    assert Tally.objects.filter(day=day).count() == 2
    kept = set(Tally.objects.values_list("counted_at", flat=True))
    assert oversight.all_uncounted(day) == []
    cast.client("son").get(reverse("attendance:oversight"), {"ngay": f"{day:%Y-%m-%d}"})
    assert set(Tally.objects.values_list("counted_at", flat=True)) == kept
    Tally.objects.update(counted_at=at(0) - timedelta(hours=6))  # counted while the day still ran
    assert len(oversight.all_uncounted(day)) == 2


def test_last_days_are_counted_again_with_rolls_that_came_late(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day)
    counting_jobs.count_past_rolls()
    row = Tally.objects.get(day=day, school=cast.school)
    assert (row.due, row.taken) == (2, 0)
    write_rolls(cast, [day])
    counting_jobs.count_past_rolls()
    row.refresh_from_db()
    assert (row.due, row.taken) == (2, 1)


def test_pages_stay_within_their_reach(cast: Cast) -> None:
    lessons(cast)
    url = reverse("attendance:oversight")
    assert cast.client("thanh").get(url, {"don-vi": cast.school.code}).status_code == 200
    assert cast.client("thanh").get(url, {"don-vi": cast.other_school.code}).status_code == 404
    assert cast.client("hung").get(url, {"don-vi": cast.department.code}).status_code == 404
    assert cast.client("lan").get(url).status_code == 404
    assert cast.client("tam").get(url).status_code == 200


def test_panels_of_the_first_page(cast: Cast) -> None:
    whole_day(cast)
    lan = cast.lan
    with CaptureQueriesContext(connection) as asked:
        own = panels.own_classes(lan)
    assert len(asked) == 1
    assert own is not None
    # hers, not the one she teaches
    assert [one.label for one in own.lines] == ["Hôm nay chưa điểm danh: 8A3"]
    assert panels.of_school(cast.hung) is None  # nobody has counted yet
    counting_jobs.count_rolls()
    school, area = panels.of_school(cast.hung), panels.of_area(cast.son)
    assert school is not None
    assert area is not None
    assert school.figures[0].value == "2"
    assert area.figures[1].value in ("1", "2")
    write_rolls(cast, [today()])
    assert panels.own_classes(lan) is None
    assert panels.own_classes(cast.binh) is None
    assert panels.of_school(cast.lan) is None


def test_few_statements_whatever_the_province(cast: Cast) -> None:
    lessons(cast)
    counting_jobs.count_rolls(at(9))
    son = cast.son
    with CaptureQueriesContext(connection) as asked:
        oversight.below(son, cast.department, today())
    assert len(asked) <= 2
    with CaptureQueriesContext(connection) as counted:
        oversight.all_count(today(), oversight.all_open_schools(today()), at(9))
    assert len(counted) <= 6
