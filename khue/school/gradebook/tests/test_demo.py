"""The gradebook of the demo provinces: counters, averages, what is planted, and that a seed gives the same marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from khue.kernel.audit.models import Entry
from khue.kernel.demo import loading, small
from khue.kernel.demo.plan import SIZES
from khue.registry.roster.models import Enrolment
from khue.school.gradebook import cells, jobs, plan, queries
from khue.school.gradebook.actions.marks import average_of, is_possible
from khue.school.gradebook.demo_days import NOW
from khue.school.gradebook.demo_planted import GK, PLANTED, TX1, TX2, Planted
from khue.school.gradebook.models import (
    Deadline,
    Finding,
    MarkRow,
    Result,
    Review,
    SchoolProgress,
    Sheet,
    Unlock,
)
from khue.school.gradebook.queries import Frame, Row
from khue.school.gradebook.rules import suspicious
from tests import small_province

TINY = SIZES["province"].scaled(0.005)
IN_CLASS = ("studying", "suspended", "completed")


@pytest.fixture(scope="module")
def province(
    django_db_setup: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """The small province, for all these tests."""
    with django_db_blocker.unblock(), small_province.plain(tmp_path_factory.mktemp("var")):
        yield


def frames(**wanted: Any) -> Iterator[tuple[Frame, list[Row]]]:
    for pk in Sheet.objects.filter(**wanted).order_by("pk").values_list("pk", flat=True):
        found = queries.all_frame(pk)
        yield found, [row for row in queries.all_rows(found) if row.row_id is not None]


def sheet_of(room: str, subject: str, school: str = small.LE_QUY_DON) -> tuple[Frame, list[Row]]:
    return next(
        frames(
            school__code=school, classroom__name=room, course__subject=subject, year=2026, term=1
        )
    )  # fmt: skip


def column(rows: list[Row], slot: int) -> list[int | None]:
    return [row.marks[slot] for row in rows if row.is_counted]


def hash_of_marks() -> tuple[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*), md5(string_agg(md5(concat_ws('|', sheet_id, enrolment_id, marks::text, sources, comment, "
            "average)), '' order by sheet_id, enrolment_id)) from gradebook_mark_row"
        )
        count, digest = cursor.fetchone()
    return count, digest


def fill_counts(found: Frame, rows: list[list[int | None]]) -> list[int]:
    """How many rows owe nothing any more, by slot."""
    slots = {column.slot for column in found.columns}
    return [sum(slot in slots and cells.is_filled(row[slot]) for row in rows) for slot in range(found.width)]


# --- every sheet --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("year", [2025, 2026])
def test_counters_averages_and_sources_of_a_sheet_follow_from_its_rows(province: None, year: int):
    kinds: Counter[str] = Counter()
    for found, rows in frames(year=year, school__code__in=["MN-MUONGKHOA", "THTHCS-NAMLANH"]):
        kinds[found.kind] += 1
        inside = [row.marks for row in rows if row.status in IN_CLASS]
        expected = fill_counts(found, inside)
        assert list(found.filled) == expected or (not found.filled and not any(expected)), found.title
        for row in rows:
            if found.has_average:
                assert row.average == average_of(found, row.marks), (found.title, row.marks)
            for one in found.columns:
                value = row.marks[one.slot]
                assert is_possible(one, value), (found.title, one.code, value)
                assert (cells.source_of(row.sources, one.slot)[0] == cells.NOWHERE) is (value is None)
    assert set(kinds) == {"subject", "conduct", "traits", "observation"}


def test_last_year_is_whole_and_this_years_second_term_is_empty(province: None):
    assert not MarkRow.objects.filter(sheet__year=2026, sheet__term=2).exists()
    for found, rows in frames(year=2025, school__code="GDTX-DONGKINH"):
        owed = [one.slot for one in found.columns if one.is_required]
        assert len(rows) == Enrolment.objects.filter(classroom=found.classroom_id).count()
        assert all(row.marks[slot] is not None for row in rows for slot in owed)


def test_this_years_first_term_is_partly_there_some_behind_some_hardly_begun_some_untouched(province: None):
    states: Counter[str] = Counter()
    for sheet in Sheet.objects.filter(year=2026, term=1, kind="subject", rule_set="TT22_2021"):
        states["untouched" if not any(sheet.filled) else "hardly" if sheet.filled[TX1] < sheet.pupils / 2
               else "behind" if sheet.filled[GK] < sheet.pupils * 0.9 else "in time"] += 1  # fmt: skip
    assert states["in time"] > 5 * states["behind"] > states["hardly"] > 0
    assert states["untouched"] > 0


def test_marks_of_a_pupil_go_together_and_tell_pupils_apart(province: None):
    with connection.cursor() as cursor:
        cursor.execute(
            "select corr(a.average, b.average), stddev(a.average) from gradebook_mark_row a "
            "join gradebook_sheet s on s.id = a.sheet_id join curriculum_course c on c.id = s.course_id "
            "join gradebook_mark_row b on b.enrolment_id = a.enrolment_id "
            "join gradebook_sheet t on t.id = b.sheet_id and t.term = s.term "
            "join curriculum_course d on d.id = t.course_id and d.subject_id = 'KHTN' "
            "where s.year_id = 2025 and s.term = 2 and c.subject_id = 'TOAN'"
        )
        together, spread = cursor.fetchone()
    assert together > 0.4
    assert 8 < spread < 20


def test_the_exempt_are_exempt_in_every_column_and_judged_by_none(province: None):
    exempt = MarkRow.objects.filter(sheet__course__subject="GDTC", average=cells.EXEMPT)
    assert exempt.count() > 10
    for row in exempt[:20]:
        assert {value for value in row.marks if value is not None} == {cells.EXEMPT}


# --- the cast -----------------------------------------------------------------------------------------------------


def test_lan_has_one_class_to_enter_next_one_done_and_one_late(province: None):
    found, rows = sheet_of("8A3", "TOAN")
    assert len(rows) == 42
    assert [found.filled[slot] for slot in (TX1, TX2, GK, 2)] == [42, 42, 42, 0]
    done, _rows = sheet_of("8A5", "TOAN")
    assert [done.filled[slot] for slot in (TX1, TX2, GK, 2)] == [done.counted] * 4
    late, _rows = sheet_of("9A2", "TOAN")
    assert late.filled[TX1] == late.counted > late.filled[TX2] > 0 == late.filled[GK]
    assert Entry.objects.filter(touched__contains=[f"gradebook.sheet:{found.id}"]).count() == 3


def test_an_and_binh_have_published_marks_to_read(province: None):
    an = Enrolment.objects.get(year=2026, person__account__login_name="an")
    shown = Sheet.objects.filter(rows__enrolment=an, published__gt=0)
    assert shown.count() >= 8
    assert sheet_of("8A3", "TOAN")[0].published == (1 << TX1) | (1 << TX2) | (1 << GK)


def test_the_schools_own_days_come_before_the_departments(province: None):
    found, _rows = sheet_of("8A3", "TOAN")
    other, _rows = sheet_of("8A", "NGU_VAN", small.MUONG_KHOA)
    assert found.locks.days["tx1"].is_own
    assert not other.locks.days["tx1"].is_own
    assert found.locks.days["tx1"].locks_on < other.locks.days["tx1"].locks_on
    assert set(Deadline.objects.values_list("column", flat=True)) <= set(plan.SETTABLE)


def test_requests_to_unlock_wait_are_open_are_refused_and_are_over(province: None):
    assert sorted(Unlock.objects.values_list("state", flat=True)) == ["asked", "closed", "granted", "refused"]
    for one in Unlock.objects.exclude(state="asked"):
        assert one.decided_by_id not in (None, one.asked_by_id)


# --- what is planted ----------------------------------------------------------------------------------------------


def found_on(planted: Planted) -> list[Finding]:
    found, _rows = sheet_of(planted.room, planted.subject, planted.school)
    return list(Finding.objects.filter(sheet=found.id, kind=planted.kind, slot=planted.slot))


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.kind} {one.room}")
def test_every_planted_oddity_is_found_in_its_column(province: None, planted: Planted):
    assert found_on(planted)


def test_the_job_finds_what_was_planted_and_next_to_nothing_else_at_the_school(province: None):
    planted = {found.id for one in PLANTED for found, _rows in [sheet_of(one.room, one.subject, one.school)]}
    before = Finding.objects.count()
    explained = Finding.objects.get(state="explained")
    school = Sheet.objects.filter(school__code=small.LE_QUY_DON, year=2026, term=1, touched_at__isnull=False)
    others = list(school.exclude(pk__in=planted).values_list("pk", flat=True)[:150])
    with transaction.atomic():
        Sheet.objects.exclude(pk__in=[*planted, *others]).update(touched_at=None)
        assert len(planted) + 100 < jobs.find_suspicious(NOW) <= len(planted) + len(others)
        assert Finding.objects.filter(sheet__in=planted).count() == before
        assert Finding.objects.filter(sheet__in=others).count() <= len(others) // 20
        assert Finding.objects.get(pk=explained.pk).state == "explained"
        transaction.set_rollback(True)


def test_marks_that_are_not_planted_look_odd_hardly_ever(province: None):
    planted = {(one.room, one.subject) for one in PLANTED}
    odd = looked_at = 0
    for found, rows in frames(
        school__code=small.LE_QUY_DON, year=2026, term=1, kind="subject", course__assessed_by="marks"
    ):
        if (found.class_name, found.subject) in planted or not found.filled:
            continue
        looked_at += 1
        inside = [row for row in rows if row.is_counted]
        odd += any(suspicious.all_same("x", column(rows, slot)) is not None for slot in (TX1, TX2, GK))
        odd += bool(suspicious.copied_columns({"tx1": column(rows, TX1), "tx2": column(rows, TX2)}))
        odd += bool(suspicious.jumps(
            "gk", {row.enrolment_id: (row.marks[TX1], row.marks[TX2]) for row in inside},
            {row.enrolment_id: row.marks[GK] for row in inside},
        ))  # fmt: skip
    assert looked_at > 200
    assert odd <= looked_at // 100


# --- what follows -------------------------------------------------------------------------------------------------


def test_last_years_results_are_approved_and_agree_with_where_pupils_are_now(province: None):
    assert not Result.objects.filter(is_approved=False).exists()
    assert set(Review.objects.values_list("state", "term").distinct()) == {
        ("approved", term) for term in (0, 1, 2)
    }
    repeats = dict(
        Enrolment.objects.filter(year=2026).exclude(status="none").values_list("person_id", "is_repeat")
    )
    year = Result.objects.filter(term=0)
    assert year.count() == Enrolment.objects.filter(year=2025).exclude(level="MN").count()
    for person, outcome in year.values_list("person_id", "outcome"):
        assert (outcome == "O_LAI") is repeats.get(person, False), outcome
        assert outcome in ("O_LAI", "LEN_LOP", "HOAN_THANH")


def test_the_figures_of_a_school_are_the_sums_of_its_sheets(province: None):
    for figure in SchoolProgress.objects.filter(school__code="GDTX-DONGKINH"):
        sheets = [
            found for found, _rows in frames(school=figure.school_id, year=figure.year_id, term=figure.term)
        ]
        owed = {found.id: [one.slot for one in found.columns if one.is_required] for found in sheets}
        assert figure.sheets == len(sheets)
        if figure.year_id == 2026:
            assert figure.expected == sum(found.counted * len(owed[found.id]) for found in sheets)
            assert figure.entered == sum(
                found.filled[slot] for found in sheets for slot in owed[found.id] if slot < len(found.filled)
            )


# --- a province ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_province_is_complete_in_both_terms_and_the_same_seed_gives_the_same_marks_and_another_others():
    loading.load(TINY, 5)
    first = hash_of_marks()
    looked_at = 0
    for found, rows in frames(pk__in=list(Sheet.objects.order_by("pk").values_list("pk", flat=True)[::29])):
        looked_at += 1
        inside = [row for row in rows if row.is_counted]
        assert len(inside) == found.pupils == found.counted
        assert list(found.filled) == fill_counts(found, [row.marks for row in inside])
        for row in inside[:5]:
            assert not found.has_average or row.average == average_of(found, row.marks) is not None
    assert looked_at > 100
    loading.load(TINY, 5, fresh=True)
    assert hash_of_marks() == first
    loading.load(TINY, 6, fresh=True)
    assert hash_of_marks() != first


@pytest.mark.django_db
def test_a_province_without_marks_has_no_sheet():
    loading.load(TINY, 5, fill=False)
    assert Enrolment.objects.exists()
    assert not Sheet.objects.exists()
