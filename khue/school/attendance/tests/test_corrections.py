"""A roll of a past day is set right on request: a teacher asks with a reason, a head grants it or says why not."""

from __future__ import annotations

import pytest
from django.urls import reverse

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible
from khue.kernel.notify.models import Message
from khue.kernel.workflow.models import Task
from khue.school.attendance.actions import (
    Entry,
    answer_correction,
    ask_correction,
    override,
)
from khue.school.attendance.models import Closing, Correction, Mark, Revision, Sheet
from khue.school.attendance.tests.rolls import before, classmates, lessons, today, write_rolls
from tests.cast import Cast


def test_a_teacher_asks_and_a_head_grants_what_is_then_written_with_both_names(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day, today())
    pk = cast.enrolments["an"].pk
    (sheet,) = write_rolls(cast, [day], [pk], code="K")
    asked = ask_correction(
        cast.lan, cast.classroom, day=day, session="S", exceptions=[Entry(pk, "P")], reason=" Có đơn  giấy "
    )
    assert (asked.wanted, asked.reason, asked.is_whole) == ([[pk, "K", "P", None, ""]], "Có đơn giấy", False)
    assert Mark.objects.get().code == "K"  # nothing has changed yet
    assert Task.objects.get(closed_at=None).permission == "attendance.override"
    with pytest.raises(DomainError, match="đang có đề nghị"):
        ask_correction(cast.lan, cast.classroom, day=day, session="S", reason="x")
    with pytest.raises(NotAllowed):
        answer_correction(cast.lan, asked, is_granted=True)
    with pytest.raises(NotVisible):
        answer_correction(cast.ha, asked, is_granted=True)
    answer_correction(cast.hung, asked, is_granted=True)
    row = Revision.objects.get()
    assert (row.before, row.after, row.reason, row.by_id, row.source) == (
        "K",
        "P",
        "Có đơn giấy",
        cast.people["hung"].pk,
        "office",
    )
    sheet.refresh_from_db()
    assert (sheet.excused, sheet.unexcused) == (1, 0)
    assert not Task.objects.filter(closed_at=None).exists()
    assert Message.objects.get(person=cast.people["lan"]).kind == "attendance.correction_answered"
    with pytest.raises(DomainError, match="đã có trả lời"):
        answer_correction(cast.hung, asked, is_granted=True)


def test_a_roll_nobody_took_is_taken_on_request(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day)
    mate, other = classmates(cast, 2)
    asked = ask_correction(
        cast.lan,
        cast.classroom,
        day=day,
        session="S",
        exceptions=[Entry(mate.pk, "M", 15)],
        reason="Mất điện",
    )
    assert asked.is_whole
    answer_correction(cast.hung, asked, is_granted=True)
    sheet = Sheet.objects.get()
    assert (sheet.is_late, sheet.late, sheet.expected, sheet.source) == (True, 1, 3, "office")
    again = ask_correction(
        cast.lan, cast.classroom, day=day, session="S", exceptions=[Entry(other.pk, "P")], reason="Nhầm tên"
    )
    assert len(again.wanted) == 2
    answer_correction(cast.hung, again, is_granted=False, answer="Sổ giấy ghi đúng")
    assert [mark.enrolment_id for mark in Mark.objects.all()] == [mate.pk]


def test_what_may_not_be_asked(cast: Cast) -> None:
    day, tomorrow = before(1)[0], today()
    lessons(cast, day, tomorrow)
    pk = cast.enrolments["an"].pk
    write_rolls(cast, [day], [pk], code="K")
    for wanted, words, on in (
        ([Entry(pk, "K")], "x", day),  # nothing new
        ([Entry(pk, "P")], " ", day),  # no reason
        ([Entry(pk, "P")], "x", today()),  # teachers still write by themselves
    ):
        with pytest.raises(DomainError):
            ask_correction(cast.lan, cast.classroom, day=on, session="S", exceptions=wanted, reason=words)
    with pytest.raises(NotVisible):
        ask_correction(cast.mai, cast.classroom, day=day, session="S", reason="x")
    asked = ask_correction(
        cast.lan, cast.classroom, day=day, session="S", exceptions=[Entry(pk, "P")], reason="x"
    )
    with pytest.raises(DomainError, match="lý do không đồng ý"):
        answer_correction(cast.hung, asked, is_granted=False)
    override(cast.hung, Sheet.objects.get(), entries=[Entry(pk, "M", 5)], reason="Em đến lúc 7:20")
    with pytest.raises(Conflict):
        answer_correction(cast.hung, asked, is_granted=True)
    assert Mark.objects.get().code == "M"
    Closing.objects.create(
        classroom=cast.classroom, span="week", starts_on=day, ends_on=day, closed_by=cast.people["lan"]
    )
    with pytest.raises(DomainError, match="chốt"):
        answer_correction(cast.hung, asked, is_granted=True)
    assert Correction.objects.get().state == "asked"


def test_the_page_of_a_past_day_asks_and_answers(cast: Cast) -> None:
    (day,) = before(1)
    lessons(cast, day)
    pk = cast.enrolments["an"].pk
    write_rolls(cast, [day], [pk], code="K")
    address = f"{reverse('attendance:roll', args=[cast.classroom.pk])}?ngay={day:%Y-%m-%d}&buoi=S"
    lan, hung = cast.client("lan"), cast.client("hung")
    page = lan.get(address).content.decode()
    assert "Đề nghị sửa" in page
    assert 'name="reason"' not in page
    assert 'name="xin"' in lan.get(f"{address}&sua=1").content.decode()
    form = {"ngay": f"{day:%Y-%m-%d}", "buoi": "S", "xin": "1", f"m{pk}": "P", "version": "1"}
    assert "Ghi lý do." in lan.post(address, form).content.decode()
    assert lan.post(address, form | {"reason": "Có đơn giấy"}).status_code == 302
    assert "chờ trả lời" in lan.get(address).content.decode()
    page = hung.get(address).content.decode()
    assert "Có đơn giấy" in page
    assert "Không phép → <b>Có phép</b>" in page
    answer = reverse("attendance:answer_correction", args=[Correction.objects.get().pk])
    assert lan.post(answer, {"answer": "grant"}).status_code == 404
    assert hung.post(answer, {"answer": "grant"})["Location"].endswith(f"ngay={day:%Y-%m-%d}&buoi=S")
    assert Mark.objects.get().code == "P"
    assert "đã sửa" in lan.get(address).content.decode()
