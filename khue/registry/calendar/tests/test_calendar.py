"""The calendar of a province and the days of its schools."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.urls import reverse

from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry
from khue.registry.calendar import actions, queries, rules
from khue.registry.calendar.models import SchoolYear, SpecialDay, Term, Week
from tests.cast import Cast


def test_a_year_opens_with_two_terms_and_35_numbered_weeks(cast: Cast) -> None:
    before = Entry.objects.count()
    year = actions.open_school_year(cast.son, cast.department, year=2027)
    numbers = list(
        Week.objects.filter(year=year, number__gt=0).order_by("starts_on").values_list("number", flat=True)
    )
    assert numbers == list(range(1, 36))
    assert Week.objects.filter(year=year, number__gt=0, term=1).count() == 18
    spare = Week.objects.filter(year=year, number=0)
    assert spare.exists()
    assert all(
        week.starts_on.weekday() == 0 and week.ends_on.weekday() == 6
        for week in Week.objects.filter(year=year)
    )
    weeks = list(Week.objects.filter(year=year).order_by("starts_on"))
    assert all(a.ends_on + timedelta(days=1) == b.starts_on for a, b in pairwise(weeks))
    assert SpecialDay.objects.filter(year=year, unit=cast.department, kind="holiday").count() >= 5
    assert Entry.objects.count() == before + 1
    assert Entry.objects.order_by("-pk").first().action == "calendar.open_school_year"


def test_a_year_is_opened_once_and_within_the_ministrys_frame(cast: Cast) -> None:
    with pytest.raises(DomainError, match="đã mở rồi"):
        actions.open_school_year(cast.son, cast.department, year=2026)
    with pytest.raises(DomainError, match="phải trước"):
        actions.open_school_year(cast.son, cast.department, year=2027, first_lesson_day=date(2027, 10, 11))
    assert not SchoolYear.objects.filter(pk=2027).exists()


def test_only_the_department_opens_years(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        actions.open_school_year(cast.hung, cast.department, year=2027)
    with pytest.raises(NotAllowed):
        actions.open_school_year(cast.mai, cast.department, year=2027)


def test_moving_the_first_day_numbers_the_weeks_anew(cast: Cast) -> None:
    year = actions.open_school_year(cast.son, cast.department, year=2027)
    first = Week.objects.get(year=year, number=1).starts_on
    later, breaks = first + timedelta(days=7), rules.frame_of(2027).breaks
    actions.change_frame(cast.son, cast.department, year=2027, first_lesson_day=later, breaks=breaks)
    assert Week.objects.get(year=year, number=1).starts_on == first + timedelta(days=7)
    assert Term.objects.filter(year=year).count() == 2


def test_a_year_is_closed_after_its_last_term_and_then_only_read(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Chưa khóa được"):
        actions.close_school_year(cast.son, cast.department, year=2026, on=date(2027, 5, 30))
    actions.close_school_year(cast.son, cast.department, year=2026, on=date(2027, 6, 15))
    with pytest.raises(DomainError, match="đã khóa"):
        set_day(cast, "hung", cast.school)


def set_day(cast: Cast, who: str, unit: Any, **more: Any) -> SpecialDay:
    wanted = {
        "year": 2026, "kind": "closure", "name": "Nghỉ bão", "starts_on": date(2026, 10, 5),
        "ends_on": date(2026, 10, 6), **more,
    }  # fmt: skip
    return actions.set_special_day(cast.actor(who), unit, **wanted)


def test_a_principal_closes_their_school_and_only_theirs(cast: Cast) -> None:
    before = Entry.objects.count()
    day = set_day(cast, "hung", cast.school)
    assert not day.is_school_day
    assert not queries.all_is_school_day(date(2026, 10, 5), cast.school)
    assert not queries.all_is_school_day(date(2026, 10, 5), cast.campus)
    assert queries.all_is_school_day(date(2026, 10, 5), cast.other_school)
    assert queries.all_is_school_day(date(2026, 10, 7), cast.school)
    entry = Entry.objects.order_by("-pk").first()
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.chain) == ("calendar.set_special_day", cast.school.pk)
    with pytest.raises(NotVisible):
        set_day(cast, "hung", cast.other_school)
    with pytest.raises(NotAllowed):
        set_day(cast, "mai", cast.school)


def test_the_days_of_another_school_are_not_there_for_its_neighbour(cast: Cast) -> None:
    day = set_day(cast, "hung", cast.school)
    with pytest.raises(NotVisible):
        actions.remove_special_day(cast.ha, day)
    assert cast.client("ha").post(reverse("calendar:remove_day", args=[day.pk])).status_code == 404
    actions.remove_special_day(cast.hung, day)
    assert queries.all_is_school_day(date(2026, 10, 5), cast.school)


def test_sundays_and_days_outside_the_terms_have_no_lessons(cast: Cast) -> None:
    assert not queries.all_is_school_day(date(2026, 11, 22), cast.school)
    assert queries.all_is_school_day(date(2026, 11, 21), cast.school)
    assert not queries.all_is_school_day(date(2026, 8, 10), cast.school)


def test_a_make_up_day_of_the_school_stands_against_the_holiday_of_the_province(cast: Cast) -> None:
    holiday = date(2026, 12, 24)
    set_day(
        cast, "son", cast.department, kind="holiday", name="Nghỉ chung", starts_on=holiday, ends_on=holiday
    )
    assert not queries.all_is_school_day(holiday, cast.school)
    set_day(cast, "hung", cast.school, kind="makeup", name="Học bù bão", starts_on=holiday, ends_on=holiday)
    assert queries.all_is_school_day(holiday, cast.school)
    assert not queries.all_is_school_day(holiday, cast.other_school)


def test_a_make_up_sunday_is_a_school_day_and_an_exam_leaves_the_day_as_it_is(cast: Cast) -> None:
    sunday = date(2026, 11, 29)
    set_day(cast, "hung", cast.school, kind="exam", name="Thi thử", starts_on=sunday, ends_on=sunday)
    assert not queries.all_is_school_day(sunday, cast.school)
    set_day(cast, "hung", cast.school, kind="makeup", name="Học bù", starts_on=sunday, ends_on=sunday)
    assert queries.all_is_school_day(sunday, cast.school)


def test_a_removed_day_comes_back_by_its_own_way_back(cast: Cast) -> None:
    client = cast.client("hung")
    days = "kind=closure&name=B&starts_on=2026-12-21&ends_on=2026-12-22"
    back = f"{reverse('calendar:set_day')}?don-vi={cast.school.code}&{days}"
    assert client.post(back).status_code == 302
    assert SpecialDay.objects.get(name="B").unit_id == cast.school.pk


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"ends_on": date(2026, 10, 1)}, "trước ngày đầu"),
        ({"starts_on": date(2026, 1, 1), "ends_on": date(2026, 1, 2)}, "nằm trong năm học"),
        ({"kind": "party"}, "loại ngày"),
    ],
)
def test_days_that_cannot_be_are_refused(cast: Cast, more: dict[str, Any], words: str) -> None:
    with pytest.raises(DomainError, match=words):
        set_day(cast, "hung", cast.school, **more)


def test_the_header_says_year_term_and_week(cast: Cast) -> None:
    year = actions.open_school_year(cast.son, cast.department, year=2027)
    now = queries.all_year_now()
    assert now is not None
    assert (now.value, now.label) == (2026, "2026 – 2027")
    assert [choice[0] for choice in now.choices] == [2027, 2026]
    chosen = queries.all_year_now(2027)
    assert chosen is not None
    assert (chosen.value, chosen.detail) == (year.pk, "sắp tới")


def test_the_header_asks_one_query(cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        queries.all_year_now()


def test_everybody_signed_in_reads_the_calendar_and_the_principal_sets_a_day(cast: Cast) -> None:
    for who in ("lan", "hung", "binh", "an", "son", "thanh", "mai"):
        assert cast.client(who).get(reverse("calendar:year")).status_code == 200, who
    client = cast.client("hung")
    answer = client.post(
        f"{reverse('calendar:set_day')}?don-vi={cast.school.code}",
        {"kind": "closure", "name": "Nghỉ rét", "starts_on": "2026-12-21", "ends_on": "2026-12-22"},
    )
    assert answer.status_code == 302
    day = SpecialDay.objects.get(name="Nghỉ rét")
    assert day.unit_id == cast.school.pk
    shown = client.get(answer["Location"]).content.decode()
    assert "Nghỉ rét" in shown
    removed = client.post(reverse("calendar:remove_day", args=[day.pk]), follow=True).content.decode()
    assert reverse("calendar:set_day") + "?don-vi=" in removed
    assert not SpecialDay.objects.filter(pk=day.pk).exists()


def test_a_wrong_day_keeps_what_was_typed(cast: Cast) -> None:
    answer = cast.client("hung").post(
        f"{reverse('calendar:set_day')}?don-vi={cast.school.code}",
        {"kind": "closure", "name": "Nghỉ rét đậm", "starts_on": "2026-12-22", "ends_on": "2026-12-21"},
    )
    assert answer.status_code == 422
    assert "Nghỉ rét đậm" in answer.content.decode()


def test_the_department_previews_and_opens_a_year(cast: Cast) -> None:
    client = cast.client("son")
    assert client.get(reverse("calendar:frame")).status_code == 200
    wanted = {
        "year": "2027",
        "first_lesson_day": "2027-09-06",
        "break_from": "2028-01-24",
        "break_to": "2028-02-06",
    }
    preview = client.get(reverse("calendar:frame"), wanted)
    assert "Mở năm học" in preview.content.decode()
    assert not SchoolYear.objects.filter(pk=2027).exists()
    assert client.post(reverse("calendar:frame"), wanted).status_code == 302
    assert SchoolYear.objects.filter(pk=2027).exists()
    assert cast.client("hung").get(reverse("calendar:frame")).status_code == 404
    assert cast.client("mai").post(reverse("calendar:close"), {"year": "2026"}).status_code == 404


def test_the_year_page_keeps_its_query_budget(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = cast.client("hung")
    client.get(reverse("calendar:year"))
    with django_assert_max_num_queries(12):
        client.get(reverse("calendar:year"))
