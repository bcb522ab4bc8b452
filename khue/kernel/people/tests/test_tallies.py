"""How many people there are: exact within reach; of the province from the job, as of when it says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone

from khue.kernel.people import tallies
from khue.kernel.people.models import Tally
from tests.cast import Cast, make_enrolment, make_person


def numbers(found: tallies.Counts) -> dict[str, int]:
    return {kind: people for kind, (people, _as_of) in found.items()}


def test_the_job_counts_what_whoever_asks_would_count(cast: Cast) -> None:
    cache.clear()
    live = numbers(tallies.counted(cast.son))
    assert not Tally.objects.exists()
    assert tallies.count_province() == len(live) == Tally.objects.count()
    assert numbers(tallies.counted(cast.son)) == live
    assert live["pupil"] > 0


def test_the_department_reads_what_the_job_kept_in_one_statement(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    tallies.count_province()
    cache.clear()
    son = cast.son
    with django_assert_num_queries(1):
        first = tallies.counted(son)
    make_enrolment(make_person("Vũ Thị Thêm"), cast.classroom)
    assert tallies.counted(son) == first
    tallies.count_province()
    later = tallies.counted(son)
    assert numbers(later)["pupil"] == numbers(first)["pupil"] + 1
    assert later["pupil"][1] > first["pupil"][1]


def test_where_the_job_does_not_run_numbers_are_counted_for_whoever_asks(cast: Cast) -> None:
    tallies.count_province()
    Tally.objects.update(people=7, as_of=timezone.now() - timedelta(hours=3))
    cache.clear()
    assert numbers(tallies.counted(cast.son))["guardian"] == 1


def test_a_school_counts_its_own_now(cast: Cast) -> None:
    tallies.count_province()
    before = numbers(tallies.counted(cast.tam))
    make_enrolment(make_person("Vũ Thị Thêm"), cast.classroom)
    assert numbers(tallies.counted(cast.tam))["pupil"] == before["pupil"] + 1
