"""Statistical reports for a reader of English: pages in English, what is signed and what is printed in Vietnamese."""

from __future__ import annotations

import io

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override
from openpyxl import load_workbook

from khue.command.reports import actions
from khue.command.reports.actions.flow import digest_of
from khue.command.reports.models import Period
from khue.command.reports.queries import reports as queries
from khue.command.reports.tests.places import explained, opened, report_of
from khue.config import messages
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def period(cast: Cast) -> Period:
    return opened(cast)


def in_english(client: Client) -> Client:
    messages.compile_stale()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


def test_tables_and_checks_are_said_in_english(cast: Cast, period: Period) -> None:
    hung = in_english(cast.client("hung"))
    page = hung.get(f"/bao-cao/{period.pk}/").content.decode()
    assert "Learning results of term I, lower secondary" in page
    assert "Grade 8" in page
    assert "The files are the official form, in Vietnamese" in page
    assert "Kết quả học tập" not in page
    page = hung.get(f"/bao-cao/{period.pk}/kiem-tra/").content.decode()
    assert "Some pupils have no learning result of term I." in page
    assert "Có em chưa có kết quả" not in page
    assert "bằng tiếng Việt" not in cast.client("hung").get(f"/bao-cao/{period.pk}/").content.decode()


def test_what_a_reader_of_english_signs_is_kept_in_vietnamese(cast: Cast, period: Period) -> None:
    messages.compile_stale()
    report = report_of(period, cast.school.pk)
    with override("en"):
        seen = explained(cast.hung, report)
        assert any("no learning result" in one.text for one in queries.findings_of(seen))
        actions.sign(cast.hung, report, shown=digest_of(seen).hex())
    kept = [one["text"] for one in report_of(period, cast.school.pk).findings]
    assert any("Có em chưa có kết quả học tập học kì I." in text for text in kept)


def test_the_workbook_is_the_official_form_whoever_takes_it_out(cast: Cast, period: Period) -> None:
    hung = in_english(cast.client("hung"))
    book = load_workbook(io.BytesIO(hung.get(f"/bao-cao/{period.pk}/tep/xlsx/").content))
    words = {str(cell.value) for row in book.worksheets[0].iter_rows() for cell in row if cell.value}
    assert {"Nội dung", "Khối 8", "Tổng số", "Nữ dân tộc thiểu số"} <= words
    assert not {"Grade 8", "Total"} & words
