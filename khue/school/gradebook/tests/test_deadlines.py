"""Hùng sets days for his school, Sơn the default of the province; a column locks at midnight and stays locked."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry, Payload
from khue.school.gradebook import actions, layout, plan, queries
from khue.school.gradebook.models import Deadline, Sheet
from khue.school.gradebook.tests.places import open_sheets
from tests.cast import Cast

TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    return open_sheets(cast)


def put(cast: Cast, who: str = "hung", unit: str = "school", reason: str = "", **days: object) -> int:
    return actions.set_deadlines(
        cast.actor(who), getattr(cast, unit), year=2026, term=1, days=days, reason=reason
    )


def days(cast: Cast, sheet: Sheet, code: str = "tx1") -> plan.Days:
    return queries.all_frame(sheet.pk).locks.days[code]


def test_the_school_s_day_comes_before_the_province_s_and_that_before_the_usual_one(
    cast: Cast, sheet: Sheet
) -> None:
    usual = plan.usual("tx1", sheet.year.terms.get(number=1).starts_on, date(2027, 1, 16))
    assert days(cast, sheet) == usual
    put(cast, "son", "department", tx1=(TODAY + DAY, TODAY + 5 * DAY))
    assert days(cast, sheet) == plan.Days(TODAY + DAY, TODAY + 5 * DAY, is_set=True)
    assert put(cast, tx1=(TODAY + 2 * DAY, TODAY + 9 * DAY)) == 1
    assert days(cast, sheet) == plan.Days(TODAY + 2 * DAY, TODAY + 9 * DAY, is_set=True, is_own=True)
    put(cast, tx1=None)
    assert not days(cast, sheet).is_own
    assert Deadline.objects.count() == 1


def test_one_entry_of_the_record_says_which_days_moved(cast: Cast, sheet: Sheet) -> None:
    put(cast, tx1=(TODAY, TODAY + 5 * DAY))
    before = Entry.objects.count()
    put(cast, tx1=(TODAY, TODAY + 7 * DAY), gk=(TODAY, TODAY + DAY))
    entry = Entry.objects.order_by("-pk")[0]
    assert Entry.objects.count() == before + 1
    assert (entry.action, entry.target) == ("gradebook.set_deadlines", f"org.unit:{cast.school.pk}")
    assert f"{TODAY + 7 * DAY:%Y-%m-%d}" in Payload.objects.get(entry=entry).body


@pytest.mark.parametrize(
    ("due", "lock", "field"),
    [
        (TODAY, TODAY, "tx1-lock"),
        (TODAY, TODAY - DAY, "tx1-lock"),
        (date(2026, 9, 4), TODAY, "tx1-due"),
        (date(2027, 5, 1), date(2027, 5, 9), "tx1-due"),
        (TODAY, date(2027, 5, 9), "tx1-lock"),
    ],
)
def test_impossible_days_are_refused_beside_their_field(
    cast: Cast, sheet: Sheet, due: date, lock: date, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        put(cast, tx1=(due, lock), tx2=(TODAY, TODAY + DAY))
    assert list(refused.value.fields) == [field]
    assert not Deadline.objects.exists()


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("hung", "other_school"), ("hung", "department"), ("mai", "school"), ("ha", "school"), ("lan", "school"),
        ("tam", "school"), ("binh", "school"), ("thanh", "school"),
    ],
)  # fmt: skip
def test_nobody_else_sets_days(cast: Cast, sheet: Sheet, who: str, unit: str) -> None:
    with pytest.raises((NotVisible, NotAllowed)):
        put(cast, who, unit, tx1=(TODAY, TODAY + DAY))
    with pytest.raises((NotVisible, NotAllowed)):
        actions.lock_now(cast.actor(who), getattr(cast, unit), year=2026, term=1, column="tx1")


def test_a_commune_has_no_days_of_its_own(cast: Cast, sheet: Sheet) -> None:
    with pytest.raises(DomainError, match="đặt ở trường"):
        put(cast, "son", "commune", tx1=(TODAY, TODAY + DAY))


def test_a_closed_year_keeps_its_days(cast: Cast, sheet: Sheet) -> None:
    type(cast.year).objects.update(is_closed=True)
    with pytest.raises(DomainError, match="đã khóa"):
        put(cast, tx1=(TODAY, TODAY + DAY))


def test_who_was_slower_is_told_and_nothing_is_overwritten(cast: Cast, sheet: Sheet) -> None:
    put(cast, tx1=(TODAY, TODAY + 5 * DAY))
    with pytest.raises(Conflict):
        actions.set_deadlines(
            cast.hung, cast.school, year=2026, term=1, days={"tx1": (TODAY, TODAY + 9 * DAY)}, seen={}
        )
    assert Deadline.objects.get().locks_on == TODAY + 5 * DAY


def test_lock_now_locks_from_today_and_makes_what_is_empty_late(cast: Cast, sheet: Sheet) -> None:
    actions.lock_now(cast.hung, cast.school, year=2026, term=1, column="ck")
    row = Deadline.objects.get()
    assert (row.due_on, row.locks_on) == (TODAY - DAY, TODAY)
    found = queries.all_frame(sheet.pk)
    column = next(one for one in found.columns if one.code == "ck")
    assert found.locks.is_locked(column)
    assert found.locks.is_due(column)
    with pytest.raises(DomainError, match="đã khóa từ"):
        actions.lock_now(cast.hung, cast.school, year=2026, term=1, column="ck")


def test_a_locked_column_is_opened_for_all_only_by_the_head_with_a_reason_and_a_proof(
    cast: Cast, sheet: Sheet
) -> None:
    actions.lock_now(cast.hung, cast.school, year=2026, term=1, column="ck")
    later = {"ck": (TODAY, TODAY + 5 * DAY)}
    with pytest.raises(DomainError) as refused:
        put(cast, **later)
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(DomainError, match="hiệu trưởng"):
        put(cast, "son", reason="Chỉ đạo của Sở", **later)
    with pytest.raises(DomainError, match="Cuối kì đã khóa"):
        put(cast, ck=None)
    unproved = cast.actor("hung", proved=False)
    with pytest.raises(ProofNeeded):
        actions.set_deadlines(unproved, cast.school, year=2026, term=1, days=later, reason="Khóa nhầm ngày")
    assert put(cast, reason="Khóa nhầm ngày", **later) == 1
    assert Entry.objects.order_by("-pk")[0].reason == "Khóa nhầm ngày"


def test_the_department_never_opens_what_its_default_has_locked(cast: Cast, sheet: Sheet) -> None:
    actions.lock_now(cast.son, cast.department, year=2026, term=1, column="tx1")
    with pytest.raises(DomainError, match="hiệu trưởng"):
        put(cast, "son", "department", reason="Gia hạn chung", tx1=(TODAY, TODAY + 5 * DAY))


def locks(now: datetime, locks_on: date) -> plan.Locks:
    known = {"tx1": plan.Days(locks_on - DAY, locks_on)}
    return plan.Locks(known, (), timezone.localdate(now), now)


def test_a_column_locks_at_midnight_of_the_province_not_of_greenwich() -> None:
    column = layout.columns_of("TT22_2021", "subject", grade=8, subject="TOAN", regular=4)[0]
    zone = timezone.get_current_timezone()
    last = datetime(2026, 11, 20, 23, 59, 59, tzinfo=zone)
    first = datetime(2026, 11, 21, 0, 0, tzinfo=zone)
    day = date(2026, 11, 21)
    assert locks(last, day).may_write(column, 1)
    assert not locks(first, day).may_write(column, 1)
    assert not locks(last, date(2026, 11, 22)).is_due(column)
    assert locks(first + DAY, date(2026, 11, 22)).is_due(column)


def test_an_unlock_ends_at_its_minute() -> None:
    column = layout.columns_of("TT22_2021", "subject", grade=8, subject="TOAN", regular=4)[0]
    until = datetime(2026, 11, 22, 9, 0, tzinfo=timezone.get_current_timezone())
    opening = (plan.Opening(frozenset({0}), None, until),)
    known = {"tx1": plan.Days(date(2026, 11, 10), date(2026, 11, 12))}
    for minutes, may in ((-1, True), (0, False), (1, False)):
        now = until + timedelta(minutes=minutes)
        assert plan.Locks(known, opening, timezone.localdate(now), now).may_write(column, 1) is may


def test_qualities_tests_and_absences_follow_the_day_of_the_column_they_belong_to() -> None:
    own = {"gk": (TODAY, TODAY + DAY), "rl": (TODAY, TODAY + 2 * DAY)}
    found = plan.days_of(
        ["gyn", "gkb", "cyn", "vp", "vk", "gk"], starts_on=date(2026, 9, 5), ends_on=date(2027, 1, 16),
        of_department={"gkb": (TODAY, TODAY + 3 * DAY)}, of_school=own,
    )  # fmt: skip
    assert {code for code, one in found.items() if one.is_own} == {"gyn", "gkb", "vp", "vk", "gk"}
    assert not found["cyn"].is_set
