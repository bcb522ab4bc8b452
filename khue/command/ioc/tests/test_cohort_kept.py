"""The counts of intakes kept at night: the same as counted one by one, whole or not at all, within the reach."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from khue.command.ioc import cohorts, following, jobs
from khue.command.ioc.models import CohortCount, CohortYear
from khue.command.ioc.queries import cohort
from khue.command.ioc.queries.places import standing
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import actor_for
from khue.kernel.demo import loading
from khue.kernel.demo.plan import SIZES
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.statements import fetch
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster.models import Enrolment, Status
from tests.cast import Cast, make_unit

BASE: Final = "/dieu-hanh/khoa-hoc/"
YEARS: Final = (2023, 2024, 2026)  # nobody holds anything of 2025
GRADES: Final = (-2, -1, 1, 2, 3)
PATIENCE: Final = 60
Key = tuple[int, int, int, int]  # unit, year, grade, until


def lives(cast: Cast, seed: int = 5, pupils: int = 150) -> None:
    """Pupils with made-up years: moves, repeats, gaps, two schools in one year, every status, no grade."""
    for year in YEARS:
        SchoolYear.objects.get_or_create(
            pk=year, defaults={"starts_on": date(year, 8, 1), "ends_on": date(year + 1, 7, 31)}
        )
    chance = random.Random(seed)
    schools = [cast.school, cast.other_school, make_unit("THCS-X", "THCS Xa", "school", cast.department)]
    people = Person.objects.bulk_create(
        Person(code=f"DOI{n:04}", full_name=f"Lò Văn {n}", search_key=f"lo van {n}", sort_key=f"{n}")
        for n in range(pupils)
    )
    rows: list[Enrolment] = []
    for person in people:
        own = []
        for year in YEARS:
            for school in chance.sample(schools, chance.choice((0, 1, 1, 1, 2))):
                on = date(year, 9, 1) + timedelta(days=chance.choice((0, 0, 40)))
                own.append(
                    Enrolment(
                        person=person, year_id=year, school=school, level="TH", grade=chance.choice((*GRADES, 0)),
                        status=chance.choice((*Status.values, *["studying"] * 6)), status_on=on, joined_on=on,
                        sort_key=person.sort_key, is_current=False,
                    )
                )  # fmt: skip
        if own and chance.random() < 0.7:
            chance.choice(own).is_current = True
        rows += own
    Enrolment.objects.bulk_create(chance.sample(rows, len(rows)))


def counted_one_by_one() -> dict[Key, Counter[str]]:
    """Every intake of every unit, each pupil followed alone, as somebody would with a pencil."""
    above = {unit.pk: unit.ancestor_ids for unit in Unit.objects.all()}
    by_person: dict[int, list[Any]] = defaultdict(list)
    for row in Enrolment.objects.all():
        by_person[row.person_id].append(row)
    years = sorted({row.year_id for rows in by_person.values() for row in rows})
    found: dict[Key, Counter[str]] = defaultdict(Counter)
    for rows in by_person.values():
        for year in {row.year_id for row in rows}:
            first = min((row for row in rows if row.year_id == year), key=lambda row: (row.joined_on, row.pk))
            for until in years:
                if until < year:
                    continue
                last = max(
                    (row for row in rows if year <= row.year_id <= until),
                    key=lambda row: (row.year_id, row.is_current, row.joined_on, row.pk),
                )
                outcome = what_became(first, last, until)
                for unit in above[first.school_id]:
                    found[unit, year, first.grade, until][outcome] += 1
    return found


def what_became(first: Enrolment, last: Enrolment, until: int) -> str:
    """One pupil by the end of a year."""
    if last.status in ("completed", "dropped", "transferred_out"):
        return {"completed": "finished", "dropped": "dropped", "transferred_out": "left"}[last.status]
    if last.status not in ("studying", "suspended") or last.year_id != until:
        return "other"
    climbed = last.grade - first.grade
    if first.grade < 0 < last.grade:
        climbed -= 1  # there is no grade 0 on the way
    if last.grade != 0 and climbed < until - first.year_id:
        return "repeated"
    return "here" if last.school_id == first.school_id else "moved"


def kept() -> dict[Key, Counter[str]]:
    columns = list(following.OUTCOMES)
    return {
        key: Counter({name: count for name, count in zip(columns, counts, strict=True) if count})
        for *found, counts in (
            (*row[:4], row[4:])
            for row in CohortCount.objects.values_list("unit_id", "year", "grade", "until", *columns)
        )
        for key in [tuple(found)]
    }


def assert_every_place_says(actor: Actor, expected: dict[Key, Counter[str]], units: Iterable[Unit]) -> None:
    """What the page reads at each unit, kept or live, for every year and grade."""
    for unit in units:
        here = standing(actor, unit.code)
        assert here is not None
        held = cohort.held(actor, here)
        for year in held:
            grades = sorted({grade for at, on, grade, _until in expected if at == unit.pk and on == year})
            assert set(grades) <= set(cohort.grades(actor, here, year))
            for grade in grades:
                found = cohort.cohort(actor, here, year, grade)
                whole = {until: expected[unit.pk, year, grade, until] for until in held if until >= year}
                assert found.years == whole, (unit.code, year, grade)
                parted = sum((Counter(part.counts) for part in found.parts), Counter())
                assert parted == whole[max(whole)]


@pytest.mark.django_db
def test_kept_counts_and_pages_are_those_of_pupils_followed_one_by_one(cast: Cast) -> None:
    lives(cast)
    assert cohorts.count_due() == list(YEARS)
    expected = counted_one_by_one()
    assert kept() == expected
    assert {name for counts in expected.values() for name in counts} == set(following.OUTCOMES)
    assert_every_place_says(cast.son, expected, Unit.objects.exclude(kind="campus"))


@pytest.mark.slow
@pytest.mark.django_db
def test_the_small_province_is_counted_as_one_by_one(settings: Any) -> None:
    settings.DEMO = True
    loading.load(SIZES["small"], 2026, fill=False)
    cohorts.count_due()
    expected = counted_one_by_one()
    assert kept() == expected
    assert len({year for _unit, year, _grade, _until in expected}) > 1
    son, _wanted = actor_for(Account.objects.get(login_name="son"), ip="127.0.0.1", proved_at=timezone.now())
    assert_every_place_says(son, expected, Unit.objects.exclude(kind="campus"))


@pytest.mark.django_db
def test_a_count_again_follows_what_was_changed_and_forgets_what_is_gone(cast: Cast) -> None:
    lives(cast, pupils=40)
    cohorts.count_due()
    before = kept()
    Enrolment.objects.filter(year_id=2026).update(status="dropped")
    Enrolment.objects.filter(year_id=2023).delete()
    tomorrow = timezone.now() + timedelta(days=1)
    assert cohorts.count_due(tomorrow) == [2024, 2026]
    assert kept() == counted_one_by_one() != before
    assert dict(CohortYear.objects.values_list("year", "counted_at")) == dict.fromkeys((2024, 2026), tomorrow)
    rows = list(CohortCount.objects.order_by("pk").values_list())
    assert cohorts.count_due(tomorrow + timedelta(days=1)) == [2024, 2026]
    assert list(CohortCount.objects.order_by("pk").values_list()) == rows, "what is the same is not written"


@pytest.mark.django_db
def test_a_year_is_counted_once_a_night_and_one_never_counted_at_once(cast: Cast) -> None:
    def at(day: int, hour: int) -> datetime:
        return datetime(2026, 11, day, hour, 5, tzinfo=timezone.get_default_timezone())

    lives(cast, pupils=10)
    assert cohorts.count_due(at(20, 14)) == list(YEARS)
    assert cohorts.count_due(at(20, 15)) == cohorts.count_due(at(21, 2)) == []
    CohortYear.objects.filter(year=2024).delete()
    assert cohorts.count_due(at(21, 2)) == [2024]
    assert cohorts.count_due(at(21, 3)) == [2023, 2026, 2024], "those that wait longest go first"
    assert cohorts.count_due(at(22, 1)) == []


@pytest.mark.django_db
def test_the_first_day_says_that_nothing_is_counted_yet_and_a_school_is_followed_live(cast: Cast) -> None:
    lives(cast)
    son = cast.client("son")
    page = son.get(BASE).content.decode()
    assert "Chưa tính khóa nào" in page
    assert "Số liệu đến" not in page
    assert "<table" in son.get(f"{BASE}?don-vi=THCS-LQD").content.decode()
    assert jobs.count_cohorts() == len(YEARS)
    counted_at = timezone.localtime(CohortYear.objects.get(year=2023).counted_at)
    page = son.get(BASE).content.decode()
    assert f"Số liệu đến {counted_at:%H:%M, %d/%m/%Y}" in page
    assert "Số liệu đến" not in son.get(f"{BASE}?don-vi=THCS-LQD").content.decode()


@pytest.mark.django_db
def test_kept_counts_are_read_within_the_reach_only(cast: Cast) -> None:
    lives(cast)
    cohorts.count_due()
    province, commune = standing(cast.son, "SO"), standing(cast.thanh, "")
    assert province is not None
    assert commune is not None
    assert cohort.grades(cast.thanh, commune, 2023)
    of_province = cohort.cohort(cast.son, province, 2023, 1)
    assert {part.code for part in of_province.parts} == {"X-DONGKINH", "X-MUONGKHOA", "THCS-X"}
    assert cohort.cohort(cast.thanh, province, 2023, 1) == cohort.Cohort(), "a place that no page gives them"
    assert cohort.grades(cast.thanh, province, 2023) == []
    mine = CohortCount.objects.visible_to(cast.thanh, cohort.VIEW).values_list("unit__code", flat=True)
    assert set(mine) == {"X-DONGKINH", "THCS-LQD"}
    for who in ("lan", "binh", "an"):
        actor = cast.actor(who)
        assert not cohort.held(actor, province)
        assert not cohort.cohort(actor, province, 2023, 1).size


def start_count() -> subprocess.Popen[bytes]:
    s = connection.settings_dict
    address = (
        f"postgresql://{s['USER']}:{s['PASSWORD']}@/{s['NAME']}?host={s['HOST']}&port={s['PORT'] or 5432}"
    )
    environment = {**os.environ, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "khue.config.settings"}
    work = "import django; django.setup(); from khue.command.ioc import jobs; jobs.count_cohorts()"
    return subprocess.Popen([sys.executable, "-c", work], env=environment)


def wait_for_whom(holder: int) -> int:
    """The backend that waits for what this one holds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = fetch("select pid from pg_stat_activity where %s::int = any(pg_blocking_pids(pid))", [holder])
        if found:
            return int(found[0][0])
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_count_killed_in_the_middle_leaves_the_old_figures_and_goes_on(cast: Cast) -> None:
    lives(cast, pupils=30)
    long_ago = timezone.now() - timedelta(days=3)
    cohorts.count_due(long_ago)
    before = kept()
    Enrolment.objects.update(status="dropped")
    after = counted_one_by_one()
    s = connection.settings_dict
    with psycopg.connect(
        host=s["HOST"], port=s["PORT"] or 5432, user=s["USER"], password=s["PASSWORD"], dbname=s["NAME"]
    ) as other:
        # The second year stops just before it would be kept: its counts are written, its moment is not.
        other.execute("select year from ioc_cohort_year where year = 2024 for update")
        process = start_count()
        try:
            backend = wait_for_whom(other.info.backend_pid)
        finally:
            process.kill()
            process.wait()
        assert kept() == {**before, **{key: counts for key, counts in after.items() if key[1] == 2023}}
        moments = dict(CohortYear.objects.values_list("year", "counted_at"))
        assert moments[2024] == moments[2026] == long_ago < moments[2023]
        other.execute("select pg_terminate_backend(%s, 30000)", [backend])
    assert cohorts.count_due() == [2024, 2026]
    assert kept() == after
