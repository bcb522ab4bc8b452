"""No join in the database relates what an anonymous sheet says to who gave it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from khue.citizen.surveys.models import Box, Receipt, Survey
from khue.citizen.surveys.tests.making import pupil, running
from khue.kernel.audit.models import Entry
from khue.kernel.home.models import PostedOnce
from tests.cast import Cast

WORDS = [f"bimat{n}z" for n in range(8)]
pytestmark = pytest.mark.django_db


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


@pytest.fixture
def survey(cast: Cast) -> Survey:
    """Eight families answer by the page, each with a word of its own."""
    found = running(cast)
    for n in range(7):
        pupil(cast, f"p{n}")
    for name, word in zip(["binh", *(f"cha-p{n}" for n in range(7))], WORDS, strict=True):
        answer = cast.client(name).post(f"/y-kien/tra-loi/{found.pk}/", {"q1": "1", "q2": word})
        assert answer.status_code == 302
    return found


def test_no_join_relates_a_sheet_to_a_person(survey: Survey) -> None:
    # What anybody wrote lies in one table of the whole database: not in the record of actions, not in the memory of
    # posts, not in a session.
    tables = [
        name
        for (name,) in rows(
            "select relname from pg_class where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace"
        )
    ]
    assert {"surveys_box", "surveys_receipt", "audit_payload", "home_posted_once"} <= set(tables)
    found = {
        name for name in tables if rows(f"select 1 from \"{name}\" t where t::text like '%bimat%' limit 1")
    }
    assert found == {"surveys_box"}
    assert not PostedOnce.objects.exists()  # nor a hash of it, from which a short sheet could be guessed
    # There it is one row for all: nothing of its own that another row could have too, neither number, time nor the
    # transaction that wrote it, which is the last one's for every sheet.
    box = Box.objects.get()
    assert {one.attname for one in Box._meta.concrete_fields} == {"id", "survey_id", "unit_id", "sheets"}
    assert {one.attname for one in Receipt._meta.concrete_fields} == {
        "id",
        "survey_id",
        "key",
        "person_id",
        "unit_id",
    }
    kinds = rows(
        "select format_type(atttypid, atttypmod) from pg_attribute where attnum > 0 and not attisdropped "
        "and attrelid in ('surveys_box'::regclass, 'surveys_receipt'::regclass)"
    )
    assert not any("time" in kind or "date" in kind for (kind,) in kinds)
    assert len(box.sheets) == Receipt.objects.count() == len(WORDS)
    assert all(set(sheet) == {"q1", "q2"} for sheet in box.sheets)
    # Nor does the order tell: receipts have that of the answers, the box has none (once in 20,000 runs it looks so).
    lying = [sheet["q2"] for sheet in box.sheets]
    assert sorted(lying) == WORDS
    assert lying not in (WORDS, WORDS[::-1])
    # The record says that eight people answered, and hides the box.
    assert Entry.objects.filter(action="surveys.answer_survey").count() == len(WORDS)


def test_the_form_of_an_anonymous_survey_has_no_key_and_says_what_it_is(cast: Cast) -> None:
    hidden, named = running(cast), running(cast, is_anonymous=False)
    page = cast.client("binh").get(f"/y-kien/tra-loi/{hidden.pk}/").content.decode()
    form = page[page.index("data-keep=") :]
    assert 'name="_key"' not in form[: form.index("</form>")]
    assert "Phiếu giấu tên" in page
    page = cast.client("binh").get(f"/y-kien/tra-loi/{named.pk}/").content.decode()
    form = page[page.index("data-keep=") :]
    assert 'name="_key"' in form[: form.index("</form>")]
    assert "Phiếu có tên" in page


def test_a_second_press_of_the_button_is_one_sheet(cast: Cast) -> None:
    survey = running(cast)
    browser = cast.client("binh")
    first = browser.post(f"/y-kien/tra-loi/{survey.pk}/", {"q1": "0"})
    second = browser.post(f"/y-kien/tra-loi/{survey.pk}/", {"q1": "0"})
    assert (first.status_code, second.status_code) == (302, 422)
    assert len(Box.objects.get().sheets) == Receipt.objects.count() == 1
