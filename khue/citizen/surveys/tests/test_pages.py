"""The pages: what a family, a pupil, staff and those who ask see and do; what is nobody's business is not there."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from khue.citizen.surveys import jobs
from khue.citizen.surveys.models import Decision, Slip, Survey
from khue.citizen.surveys.tests.making import answered, fill_in, mother, opened, pupil, running, slip_values
from tests.cast import Cast

pytestmark = pytest.mark.django_db
BUDGET = 12


def asked(browser: Any, path: str) -> str:
    """A page that opens within the budget of statements."""
    with CaptureQueriesContext(
        connection,
    ) as said:
        answer = browser.get(path)
    assert answer.status_code == 200, path
    assert len(said) <= BUDGET, (path, [one["sql"][:90] for one in said.captured_queries])
    return answer.content.decode()


def typed_slip(cast: Cast, **more: Any) -> dict[str, Any]:
    return {
        name: f"{value:%Y-%m-%d}" if hasattr(value, "year") else value
        for name, value in slip_values(place=f"lop-{cast.classroom.pk}", **more).items()
    }


def test_a_slip_goes_from_the_teachers_draft_to_the_familys_answer_and_back(cast: Cast) -> None:
    lan = cast.client("lan")
    made = lan.post("/y-kien/dong-y/moi/", typed_slip(cast))
    assert made.status_code == 302, made.content.decode()
    slip = Slip.objects.get()
    assert (slip.classroom_id, slip.made_by_id, slip.state) == (
        cast.classroom.pk,
        cast.people["lan"].pk,
        "draft",
    )
    page = f"/y-kien/dong-y/{slip.pk}/"
    assert "Bản nháp" in asked(lan, page)
    lan.post(page, {"verb": "open"})
    slip.refresh_from_db()
    an = cast.enrolments["an"].pk
    father = cast.client("binh")
    assert f"{page}tra-loi/?em={an}" in asked(father, "/y-kien/")
    words = asked(father, f"{page}tra-loi/?em={an}")
    for part in (slip.body, slip.data_kinds, slip.receivers, slip.text_hash[:12]):
        assert part in words
    old = father.post(f"{page}tra-loi/", {"em": an, "answer": "yes", "text_hash": "0" * 64})
    assert old.status_code == 409
    assert "Đọc lại" in old.content.decode()
    father.post(f"{page}tra-loi/", {"em": an, "answer": "yes", "text_hash": slip.text_hash})
    assert "Rút đồng ý" in asked(father, f"{page}tra-loi/?em={an}")
    father.post(f"{page}tra-loi/", {"em": an, "answer": "withdraw"})
    assert [one.answer for one in Decision.objects.order_by("pk")] == ["yes", "withdrawn"]
    assert "Không đồng ý" in asked(lan, f"{page}?xem=no")
    assert "Lê Hoài An" in asked(lan, f"{page}in/")
    book = load_workbook(io.BytesIO(lan.get(f"{page}excel/").content))
    assert any("Lê Hoài An" in map(str, row) for row in book.worksheets[0].values)


def test_bad_input_stands_beside_its_field_and_nothing_is_lost(cast: Cast) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    answer = cast.client("lan").post(
        "/y-kien/dong-y/moi/", typed_slip(cast, due_on=yesterday, title="Hội trại")
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_due_on-loi"' in page
    assert 'value="Hội trại"' in page
    survey = {
        "place": f"don-vi-{cast.school.pk}", "audience": "pupil", "title": "Câu lạc bộ", "is_anonymous": "no",
        "opens_on": f"{timezone.localdate():%Y-%m-%d}", "closes_on": f"{timezone.localdate():%Y-%m-%d}",
        "q1-id": "q1", "q1-text": "Chọn gì?", "q1-kind": "one", "q1-options": "Cờ vua",
    }  # fmt: skip
    hung = cast.client("hung")
    answer = hung.post("/y-kien/phieu-hoi/moi/", survey)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="q1-loi"' in page
    assert "Cờ vua" in page
    assert hung.post("/y-kien/phieu-hoi/moi/", survey | {"q1-options": "Cờ vua\nBơi"}).status_code == 302
    kept = Survey.objects.get()
    assert (kept.questions[0]["options"], kept.is_anonymous) == (["Cờ vua", "Bơi"], False)
    changed = survey | {"version": kept.version, "title": "Nhóm", "q1-options": "a\nb"}
    changed |= {"q2-id": "q2", "q2-text": "Vì sao?", "q2-kind": "text"}
    assert hung.post(f"/y-kien/phieu-hoi/{kept.pk}/sua/", changed).status_code == 302
    kept.refresh_from_db()
    assert (kept.title, [one["id"] for one in kept.questions]) == ("Nhóm", ["q1", "q2"])
    assert hung.post(f"/y-kien/phieu-hoi/{kept.pk}/sua/", changed).status_code == 422  # of an older version


def test_a_survey_is_filled_in_by_the_page_and_read_by_who_asks(cast: Cast) -> None:
    mother(cast)
    survey = running(cast, is_anonymous=False)
    jobs.tell_opened()
    father = cast.client("binh")
    page = f"/y-kien/tra-loi/{survey.pk}/"
    assert page in asked(father, "/y-kien/")
    assert "Phiếu có tên" in asked(father, page)
    bad = father.post(page, {"q2": "Thêm rau"})
    assert bad.status_code == 422
    assert 'id="q1-loi"' in bad.content.decode()
    assert "Thêm rau" in bad.content.decode()
    assert father.post(page, {"q1": "0", "q2": "Thêm rau"}).status_code == 302
    assert "Thêm rau" in asked(father, page)
    assert "đã được trả lời" in asked(cast.client("me"), page)
    hung = cast.client("hung")
    found = asked(hung, f"/y-kien/phieu-hoi/{survey.pk}/")
    assert "Thêm rau" in found
    assert "1 (100%)" in found
    assert hung.get(f"/y-kien/phieu-hoi/{survey.pk}/excel/").content[:2] == b"PK"
    hung.post(f"/y-kien/phieu-hoi/{survey.pk}/", {"verb": "close"})
    assert father.get(page).status_code == 404


def test_results_that_must_wait_say_why(cast: Cast) -> None:
    survey = running(cast)
    fill_in(cast, survey, "binh", q1=["0"], q2=["zqz"])
    hung, page = cast.client("hung"), f"/y-kien/phieu-hoi/{survey.pk}/"
    assert "Kết quả hiện khi phiếu đã đóng" in asked(hung, page)
    assert hung.get(f"{page}excel/").status_code == 302
    hung.post(page, {"verb": "close"})
    closed = asked(hung, page)
    assert "Ít người trả lời" in closed
    assert "zqz" not in closed
    assert "Giấu tên" in closed


def test_what_is_nobodys_business_is_not_there(cast: Cast) -> None:
    slip, survey = opened(cast), running(cast, cast.lan, cast.classroom)
    an, vy = cast.enrolments["an"].pk, cast.enrolments["vy"].pk
    answered(cast, slip, "binh", "yes")
    for who in ("mai", "ha", "vy", "khoi", "son", "thanh"):
        browser = cast.client(who)
        for path in (
            f"/y-kien/dong-y/{slip.pk}/", f"/y-kien/dong-y/{slip.pk}/tra-loi/?em={an}", f"/y-kien/tra-loi/{survey.pk}/",
            f"/y-kien/phieu-hoi/{survey.pk}/", f"/y-kien/dong-y/{slip.pk}/excel/", f"/y-kien/dong-y/{slip.pk}/in/",
        ):  # fmt: skip
            assert browser.get(path).status_code == 404, (who, path)
    father = cast.client("binh")
    for path in (f"?em={vy}", "", "?em=x", "?em=99999999999999"):
        assert father.get(f"/y-kien/dong-y/{slip.pk}/tra-loi/{path}").status_code == 404
    assert father.get(f"/y-kien/tra-loi/{survey.pk}/?em=abc").status_code == 404
    assert cast.client("tam").post(f"/y-kien/dong-y/{slip.pk}/", {"verb": "close"}).status_code == 403
    assert cast.client("hung").post(f"/y-kien/dong-y/{slip.pk}/", {"verb": "x"}).status_code == 404


def test_a_school_of_many_pupils_costs_no_more_statements(cast: Cast) -> None:
    slip = opened(cast, cast.hung, cast.school)
    for n in range(12):
        pupil(cast, f"p{n}")
        answered(cast, slip, f"cha-p{n}", "yes", child=f"p{n}")
    page = asked(cast.client("hung"), f"/y-kien/dong-y/{slip.pk}/")
    assert page.count('class="title"') == 14
    assert "Trò p1" in asked(cast.client("lan"), f"/y-kien/dong-y/{slip.pk}/")
    asked(cast.client("hung"), "/y-kien/dong-y/")
