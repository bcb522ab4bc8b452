"""The file of two thousand schools is made behind the page, once, with the rights of who asked; small ones at once."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from khue.command.reports import actions
from khue.command.reports.models import Period, Report
from khue.command.reports.printing.files import AT_ONCE
from khue.command.reports.tests.places import opened, report_of, signed
from khue.kernel.files.models import StoredFile
from khue.kernel.jobs import engine
from khue.kernel.jobs.models import Run
from khue.kernel.org.models import Unit
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def period(cast: Cast) -> Period:
    """A period in which the cast's school and as many besides as are put into a file at once have signed."""
    found = opened(cast)
    signed(cast.hung, report_of(found, cast.school.pk))
    now, first = timezone.now(), Unit.objects.latest("pk").pk + 1000
    Unit.objects.bulk_create(
        Unit(
            pk=first + n, code=f"T{n}", name=f"Trường {n}", kind="school", parent=cast.commune,
            sort_key=f"truong {n:05}", path=f"{cast.commune.path}{first + n}/", opened_on=now,
            search_key=f"truong {n}", levels=["THCS"],
        )
        for n in range(AT_ONCE)
    )  # fmt: skip
    Report.objects.bulk_create(
        Report(
            period=found, unit_id=first + n, levels=["THCS"], state="signed", filled_at=now, signed_at=now,
            digest=n.to_bytes(32, "big"),
        )
        for n in range(AT_ONCE)
    )  # fmt: skip
    return found


def at(period: Period, name: str = "", unit: Unit | None = None) -> str:
    return f"/bao-cao/{period.pk}/{name}" + (f"?don-vi={unit.code}" if unit else "")


def asked(browser: Any, period: Period, kind: str = "xlsx") -> Run:
    answer = browser.post(at(period, f"lap-tep/{kind}/"))
    run = Run.objects.latest("pk")
    assert answer["Location"].endswith(f"/{run.pk}/")
    return run


def test_it_is_asked_for_made_kept_and_fetched_from_the_page_of_the_run(cast: Cast, period: Period) -> None:
    browser = cast.client("son")
    page = browser.get(at(period)).content.decode()
    assert "Lập tệp Excel" in page
    assert "/tep/xlsx/" not in page
    assert browser.get(at(period, "tep/xlsx/"))["Location"] == at(period, "", cast.department)
    run = asked(browser, period)
    assert asked(browser, period).pk == run.pk  # pressed twice it is made once
    assert engine.work(run.pk, "w") == "done"
    kept = StoredFile.objects.get(purpose="reports.file")
    page = browser.get(f"/viec-nen/{run.pk}/").content.decode()
    address = page.partition('btn-primary" href="')[2].partition('"')[0]
    answer = browser.get(address)
    assert (kept.owner_id, kept.name) == (
        cast.people["son"].pk,
        f"bao-cao-mid-2026-{cast.department.code}.xlsx",
    )
    book = load_workbook(io.BytesIO(answer.content))
    names = {row[2].value for row in book["Các trường"].iter_rows(min_row=2)}
    assert len(names) == AT_ONCE + 1
    assert cast.school.name in names
    assert cast.client("thanh").get(address).status_code == 404
    assert asked(browser, period).pk != run.pk  # a new day's file is another


def test_a_worker_that_died_after_the_file_was_kept_keeps_no_second(cast: Cast, period: Period) -> None:
    run = asked(cast.client("son"), period)
    engine.work(run.pk, "w")
    Run.objects.filter(pk=run.pk).update(state="running", ended_at=None)
    assert engine.work(run.pk, "other") == "done"
    assert StoredFile.objects.filter(purpose="reports.file").count() == 1
    assert Run.objects.get(pk=run.pk).result["download"]


def test_a_school_s_own_file_and_that_of_few_schools_are_given_at_once(cast: Cast, period: Period) -> None:
    assert cast.client("hung").get(at(period, "tep/xlsx/")).status_code == 200
    assert cast.client("hung").post(at(period, "lap-tep/xlsx/")).status_code == 404
    assert cast.client("son").post(at(period, "lap-tep/docx/")).status_code == 404
    few = opened(cast, "start", period.as_of, period.due_on)
    assert "Lập tệp" not in cast.client("son").get(at(few)).content.decode()
    assert cast.client("son").get(at(few, "tep/xlsx/")).status_code == 200


def test_the_paper_of_very_many_schools_is_made_the_same_way(cast: Cast, period: Period) -> None:
    run = asked(cast.client("thanh"), period, "pdf")
    assert engine.work(run.pk, "w") == "done"
    address = Run.objects.get(pk=run.pk).result["download"]
    assert cast.client("thanh").get(address).content.startswith(b"%PDF-1.7")


def test_who_no_longer_oversees_the_unit_gets_no_file(cast: Cast, period: Period) -> None:
    run = actions.make_file(cast.thanh, period, cast.department, "xlsx")
    assert engine.work(run.pk, "w") == "failed"
    assert "Không còn được xem" in Run.objects.get(pk=run.pk).problem
    assert not StoredFile.objects.filter(purpose="reports.file").exists()
