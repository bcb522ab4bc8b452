"""Lan asks, Hùng answers: a locked cell moves only by an unlock that another granted, for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, ProofNeeded
from khue.kernel.audit.models import Entry
from khue.kernel.notify.models import Message
from khue.kernel.settings_store.models import Value
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.queries import open_tasks
from khue.school.gradebook import actions
from khue.school.gradebook.actions import Cell, Remark
from khue.school.gradebook.models import Deadline, MarkRow, Review, Sheet, SheetKind, Unlock
from khue.school.gradebook.tests.places import SLOT, classmates, open_sheets
from tests.cast import Cast, make_staff

WHY = "Chấm sót câu 3b bài của em An"
TODAY = timezone.localdate()


@pytest.fixture
def sheet(cast: Cast) -> Sheet:
    found = open_sheets(cast)
    for code in ("tx1", "gk"):
        Deadline.objects.create(
            unit=cast.school, year=cast.year, term=1, column=code, due_on=TODAY - timedelta(days=9),
            locks_on=TODAY - timedelta(days=1),
        )  # fmt: skip
    return found


def ask(
    cast: Cast, sheet: Sheet, who: str = "lan", slots: tuple[int, ...] = (0,), reason: str = WHY, **more: int
) -> Unlock:
    return actions.ask_unlock(cast.actor(who), sheet, slots=slots, reason=reason, **more)


def write(cast: Cast, sheet: Sheet, value: int, seen: int | None = None, slot: int = 0) -> actions.Outcome:
    return actions.enter_marks(cast.lan, sheet, cells=[Cell(cast.enrolments["an"].pk, slot, seen, value)])


def decide(cast: Cast, unlock: Unlock, who: str = "hung", **more: object) -> Unlock:
    return actions.decide_unlock(cast.actor(who), unlock, **more)


def test_a_request_waits_for_the_head_with_its_reason(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    task = open_tasks(cast.hung).get()
    assert task.title == "Duyệt mở khóa điểm: TX1 · Toán, lớp 8A3"
    assert (task.detail, task.url) == (f"Nguyễn Thị Lan: {WHY}", f"/so-diem/mo-khoa/{unlock.pk}/")
    assert not open_tasks(cast.lan).exists()
    assert not open_tasks(cast.ha).exists()
    assert Message.objects.get(person=cast.people["hung"]).title.startswith("Nguyễn Thị Lan xin mở khóa TX1")
    entry = Entry.objects.order_by("-pk")[0]
    assert (entry.action, entry.reason, entry.chain) == ("gradebook.ask_unlock", WHY, cast.school.pk)


def test_granted_it_opens_its_cells_and_closes_by_itself(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    assert write(cast, sheet, 80).refusals
    decide(cast, unlock, is_granted=True, hours=2, answer="Sửa đúng bài của em An.")
    unlock.refresh_from_db()
    assert unlock.open_until is not None
    assert timedelta(hours=1, minutes=59) < unlock.open_until - timezone.now() <= timedelta(hours=2)
    assert write(cast, sheet, 80).written
    assert write(cast, sheet, 70, slot=SLOT["gk"]).refusals
    assert not open_tasks(cast.hung).exists()
    told = Message.objects.get(person=cast.people["lan"])
    assert told.title.startswith("Đã mở khóa TX1 · Toán, lớp 8A3 đến ")
    assert told.url == f"/so-diem/{sheet.pk}/"
    Unlock.objects.update(open_until=timezone.now())
    assert write(cast, sheet, 90, seen=80).refusals


def test_how_long_is_the_school_s_setting_unless_the_head_says_otherwise(cast: Cast, sheet: Sheet) -> None:
    Value.objects.create(name="gradebook.unlock_hours", unit=cast.school, valid_from=TODAY, value=6)
    unlock = decide(cast, ask(cast, sheet), is_granted=True)
    assert unlock.open_until is not None
    assert abs(unlock.open_until - timezone.now() - timedelta(hours=6)) < timedelta(minutes=1)


def test_refused_it_stays_locked_and_the_teacher_reads_why(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    with pytest.raises(DomainError) as refused:
        decide(cast, unlock, is_granted=False, answer=" ")
    assert list(refused.value.fields) == ["answer"]
    decide(cast, unlock, is_granted=False, answer="Điểm đã công bố, gửi đơn phúc khảo.")
    assert write(cast, sheet, 80).refusals
    told = Message.objects.get(person=cast.people["lan"])
    assert (told.title, told.body) == (
        "Chưa mở khóa TX1 · Toán, lớp 8A3",
        "Điểm đã công bố, gửi đơn phúc khảo.",
    )


@pytest.mark.parametrize("who", ["lan", "tam", "son", "thanh", "mai", "ha", "binh", "an"])
def test_nobody_but_the_head_of_the_school_decides(cast: Cast, sheet: Sheet, who: str) -> None:
    unlock = ask(cast, sheet)
    with pytest.raises((NotVisible, NotAllowed)):
        decide(cast, unlock, who, is_granted=True)
    unlock.refresh_from_db()
    assert unlock.state == "asked"


@pytest.mark.parametrize("who", ["hung", "tam", "son", "mai", "ha", "binh", "an"])
def test_nobody_but_the_teacher_of_the_course_asks(cast: Cast, sheet: Sheet, who: str) -> None:
    with pytest.raises((NotVisible, NotAllowed)):
        ask(cast, sheet, who)
    assert not Unlock.objects.exists()


def test_deciding_asks_for_a_fresh_proof(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    with pytest.raises(ProofNeeded):
        actions.decide_unlock(cast.actor("hung", proved=False), unlock, is_granted=True)


def test_who_asked_does_not_decide_even_as_a_head(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    make_staff(cast.people["khoi"], cast.school, "vice_principal")
    Unlock.objects.update(asked_by=cast.people["hung"])
    unlock.refresh_from_db()
    with pytest.raises(NotAllowed, match="tự duyệt"):
        decide(cast, unlock, is_granted=True)
    assert decide(cast, unlock, "khoi", is_granted=True).state == "granted"


def test_a_second_answer_comes_too_late(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    decide(cast, unlock, is_granted=True)
    with pytest.raises(Conflict):
        decide(cast, unlock, is_granted=False, answer="Thôi")


@pytest.mark.parametrize(
    ("slots", "reason", "field"),
    [
        ((), WHY, "slots"),
        ((1,), WHY, "slots"),
        ((99,), WHY, "slots"),
        ((0,), "sai", "reason"),
        ((0,), "   ", "reason"),
    ],
)
def test_a_request_names_locked_columns_and_a_reason(
    cast: Cast, sheet: Sheet, slots: tuple[int, ...], reason: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        ask(cast, sheet, slots=slots, reason=reason)
    assert list(refused.value.fields) == [field]


def test_a_pupil_of_another_class_is_refused(cast: Cast, sheet: Sheet) -> None:
    with pytest.raises(DomainError) as refused:
        ask(cast, sheet, enrolment_id=cast.enrolments["khoi"].pk)
    assert list(refused.value.fields) == ["enrolment"]


def test_an_unlock_for_one_pupil_opens_no_other_s(cast: Cast, sheet: Sheet) -> None:
    other = classmates(cast, 1)[0]
    decide(cast, ask(cast, sheet, enrolment_id=cast.enrolments["an"].pk), is_granted=True)
    assert write(cast, sheet, 80).written
    assert actions.enter_marks(cast.lan, sheet, cells=[Cell(other, 0, None, 80)]).refusals


def remark(cast: Cast, sheet: Sheet, enrolment: int, text: str, seen: str = "") -> actions.Outcome:
    return actions.enter_marks(cast.lan, sheet, remarks=[Remark(enrolment, seen, text)])


@pytest.mark.parametrize("locked_by", ["its day", "the approval"])
def test_an_unlock_for_one_pupil_opens_no_comment_of_another(
    cast: Cast, sheet: Sheet, locked_by: str
) -> None:
    an, other = cast.enrolments["an"].pk, classmates(cast, 1)[0]
    remark(cast, sheet, other, "Tiến bộ rõ.")
    if locked_by == "its day":
        Deadline.objects.create(
            unit=cast.school, year=cast.year, term=1, column="nx", due_on=TODAY - timedelta(days=9), locks_on=TODAY
        )  # fmt: skip
    else:
        Review.objects.create(
            classroom=cast.classroom, school=cast.school, year=cast.year, term=1, state="approved"
        )
    assert remark(cast, sheet, an, "Chăm học.").refusals
    decide(cast, ask(cast, sheet, enrolment_id=an), is_granted=True)
    assert remark(cast, sheet, other, "Lười học.", seen="Tiến bộ rõ.").refusals
    assert MarkRow.objects.get(sheet=sheet, enrolment=other).comment == "Tiến bộ rõ."
    page = cast.client("lan").get(f"/so-diem/{sheet.pk}/").content.decode()
    assert f'name="{an}-nx"' in page
    assert f'name="{other}-nx"' not in page
    assert remark(cast, sheet, an, "Chăm học.").remarked


def test_an_unlock_for_all_opens_every_comment(cast: Cast, sheet: Sheet) -> None:
    Deadline.objects.create(
        unit=cast.school, year=cast.year, term=1, column="nx", due_on=TODAY - timedelta(days=9), locks_on=TODAY
    )  # fmt: skip
    decide(cast, ask(cast, sheet), is_granted=True)
    assert remark(cast, sheet, classmates(cast, 1)[0], "Chăm học.").remarked


def test_the_same_is_not_asked_twice(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    with pytest.raises(Conflict, match="chờ"):
        ask(cast, sheet)
    decide(cast, unlock, is_granted=True)
    with pytest.raises(Conflict, match="đang mở"):
        ask(cast, sheet)
    assert ask(cast, sheet, slots=(0, SLOT["gk"])).state == "asked"


def test_lan_takes_her_request_back_and_nobody_else_does(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    for who in ("hung", "mai"):
        with pytest.raises(NotVisible):
            actions.withdraw_unlock(cast.actor(who), unlock)
    actions.withdraw_unlock(cast.lan, unlock)
    unlock.refresh_from_db()
    assert unlock.state == "withdrawn"
    assert not Task.objects.filter(closed_at__isnull=True).exists()
    with pytest.raises(Conflict):
        decide(cast, unlock, is_granted=True)


def test_hung_locks_again_before_the_time_is_over(cast: Cast, sheet: Sheet) -> None:
    unlock = decide(cast, ask(cast, sheet), is_granted=True)
    with pytest.raises((NotVisible, NotAllowed)):
        actions.close_unlock(cast.lan, unlock)
    with pytest.raises((NotVisible, NotAllowed)):
        actions.close_unlock(cast.ha, unlock)
    actions.close_unlock(cast.hung, unlock)
    assert write(cast, sheet, 80).refusals
    assert Message.objects.filter(person=cast.people["lan"], title__startswith="Đã khóa lại").count() == 1
    with pytest.raises(Conflict):
        actions.close_unlock(cast.hung, unlock)


def test_the_homeroom_teacher_asks_for_conduct_by_its_own_door(cast: Cast, sheet: Sheet) -> None:
    conduct = Sheet.objects.get(classroom=cast.classroom, kind=SheetKind.CONDUCT, term=1)
    Review.objects.create(
        classroom=cast.classroom, school=cast.school, year=cast.year, term=1, state="submitted"
    )
    with pytest.raises((NotVisible, NotAllowed)):
        ask(cast, conduct)
    with pytest.raises(NotVisible):
        actions.ask_class_unlock(cast.lan, sheet, slots=[0], reason=WHY)
    unlock = actions.ask_class_unlock(cast.lan, conduct, slots=[0], reason=WHY)
    assert Task.objects.get().title == "Duyệt mở khóa điểm: Rèn luyện · Rèn luyện, chuyên cần, lớp 8A3"
    decide(cast, unlock, is_granted=True)
    wanted = [Cell(cast.enrolments["an"].pk, 0, None, 3)]
    assert actions.enter_class_marks(cast.lan, conduct, cells=wanted).written


def test_texts_are_kept_in_vietnamese_whoever_acts(cast: Cast, sheet: Sheet) -> None:
    from django.utils import translation

    with translation.override("en"), transaction.atomic():
        unlock = ask(cast, sheet)
        decide(cast, unlock, is_granted=True)
    assert Task.objects.get().title.startswith("Duyệt mở khóa điểm: TX1")
    assert Message.objects.filter(title__contains="Đã mở khóa").exists()


# --- pages ---------------------------------------------------------------------------------------------------------


def test_the_pages_ask_answer_and_list(cast: Cast, sheet: Sheet) -> None:
    lan, hung = cast.client("lan"), cast.client("hung")
    page = lan.get(f"/so-diem/{sheet.pk}/mo-khoa/?cot=gk").content.decode()
    assert "Giữa kì" in page
    assert "Thường xuyên 2" not in page
    answer = lan.post(f"/so-diem/{sheet.pk}/mo-khoa/", {"slots": ["0"], "enrolment": "", "reason": "sai"})
    assert answer.status_code == 422
    assert "Ghi rõ vì sao phải sửa" in answer.content.decode()
    answer = lan.post(f"/so-diem/{sheet.pk}/mo-khoa/", {"slots": ["0"], "enrolment": "", "reason": WHY})
    unlock = Unlock.objects.get()
    assert answer.url == f"/so-diem/mo-khoa/{unlock.pk}/"
    assert "Rút yêu cầu" in lan.get(answer.url).content.decode()
    page = hung.get(answer.url).content.decode()
    assert WHY in page
    assert "Lê Hoài An" in page
    assert hung.post(answer.url, {"verb": "refuse", "hours": "", "answer": ""}).status_code == 422
    assert hung.post(answer.url, {"verb": "grant", "hours": "3", "answer": ""}).status_code == 302
    assert "Đang mở" in lan.get("/so-diem/mo-khoa/").content.decode()
    assert "Khóa lại ngay" in hung.get(answer.url).content.decode()
    assert hung.post(answer.url, {"verb": "close"}).status_code == 302
    assert "Đã khóa lại" in lan.get("/so-diem/mo-khoa/?tinh-trang=over").content.decode()
    for who in ("mai", "ha", "binh", "son"):
        assert cast.client(who).get(answer.url).status_code == 404


def test_the_page_says_when_the_results_are_approved(cast: Cast, sheet: Sheet) -> None:
    Review.objects.create(
        classroom=cast.classroom, school=cast.school, year=cast.year, term=1, state="approved"
    )
    page = cast.client("lan").get(f"/so-diem/{sheet.pk}/mo-khoa/").content.decode()
    assert "đã được hiệu trưởng duyệt" in page


def test_without_a_fresh_proof_the_answer_is_asked_to_prove(cast: Cast, sheet: Sheet) -> None:
    unlock = ask(cast, sheet)
    answer = cast.client("hung", proved=False).post(
        f"/so-diem/mo-khoa/{unlock.pk}/", {"verb": "grant", "hours": "3", "answer": ""}
    )
    assert answer.status_code == 302
    assert "xac-nhan" in answer.url or "next=" in answer.url
    unlock.refresh_from_db()
    assert unlock.state == "asked"
