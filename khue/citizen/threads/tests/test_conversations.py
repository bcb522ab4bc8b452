"""Families and teachers write to each other: who may, what the other side sees, what is held, taken back, reported."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from khue.citizen.threads import actions
from khue.citizen.threads.hours import WEEK, Hours
from khue.citizen.threads.models import Complaint, Message, OfficeHours, Reader, Thread
from khue.citizen.threads.queries import conversations, first_page, partners
from khue.kernel.actions import DomainError, NotAllowed, NotVisible
from khue.kernel.audit.models import Entry, Payload
from khue.kernel.notify.models import Message as Notice
from khue.kernel.people.models import Account
from khue.kernel.workflow.models import Task
from khue.registry.curriculum.models import TeachingAssignment
from khue.registry.roster.models import Enrolment, Guardianship, Homeroom
from tests.cast import Cast, make_account, make_person, make_staff

ALWAYS = Hours(WEEK, 0, 1440)


def closed_now() -> Hours:
    """Hours on one weekday that is not today, so that what is written now is held."""
    return Hours(WEEK[(timezone.localtime().weekday() + 2) % 7], 7 * 60, 17 * 60)


def written(cast: Cast, text: str = "Thưa cô, cháu An quên vở.") -> Thread:
    return actions.write_to_teacher(
        cast.binh, cast.enrolments["an"], teacher_id=cast.people["lan"].pk, text=text
    )


@pytest.fixture
def mother(cast: Cast) -> None:
    """Another guardian of An, who may view."""
    cast.people["thu"] = make_person("Ngô Thị Thu", birth_date=date(1986, 1, 1), sex=2)
    make_account(cast.people["thu"], "thu")
    Guardianship.objects.create(
        pupil=cast.people["an"], guardian=cast.people["thu"], relation="mother", starts_on=date(2026, 9, 5)
    )


def notices(cast: Cast, name: str, kind: str) -> list[Notice]:
    return list(Notice.objects.filter(person=cast.people[name], kind=kind).order_by("pk"))


def test_a_parent_writes_to_the_teachers_of_the_child_only(cast: Cast) -> None:
    found = [
        (one.pupil, one.teacher, one.is_homeroom, list(one.subjects))
        for one in partners.own_teachers(cast.binh)
    ]
    assert found == [("Lê Hoài An", "Nguyễn Thị Lan", True, ["Toán"])]
    thread = written(cast)
    assert (thread.pupil_id, thread.teacher_id, thread.school_id) == (
        cast.people["an"].pk, cast.people["lan"].pk, cast.school.pk,
    )  # fmt: skip
    assert written(cast, "Và cả bút.").pk == thread.pk
    assert Message.objects.filter(thread=thread).count() == 2
    for teacher in ("mai", "hung", "binh"):
        with pytest.raises(NotVisible):
            actions.write_to_teacher(
                cast.binh, cast.enrolments["an"], teacher_id=cast.people[teacher].pk, text="Chào"
            )
    for stranger, refusal in (
        ("mai", NotVisible),
        ("an", NotAllowed),
        ("hung", NotAllowed),
        ("son", NotAllowed),
    ):
        with pytest.raises(refusal):
            actions.write_to_teacher(
                cast.actor(stranger), cast.enrolments["an"], teacher_id=cast.people["lan"].pk, text="Chào"
            )
    with pytest.raises(NotVisible):
        actions.write_to_teacher(
            cast.binh, cast.enrolments["vy"], teacher_id=cast.people["mai"].pk, text="Chào"
        )


def test_nobody_but_the_two_sides_has_the_conversation(cast: Cast) -> None:
    thread = written(cast)
    TeachingAssignment.objects.filter(course=cast.course).update(ends_on=date(2026, 9, 6))
    assert conversations.thread(cast.binh, thread.pk) == thread
    assert conversations.thread(cast.lan, thread.pk) == thread
    for other in ("mai", "an", "hung", "tam", "son", "thanh", "ha"):
        assert conversations.thread(cast.actor(other), thread.pk) is None, other
        assert conversations.talk(cast.actor(other), thread.pk) is None, other
        with pytest.raises((NotVisible, NotAllowed)):
            actions.send(cast.actor(other), thread, text="Chào")
        with pytest.raises((NotVisible, NotAllowed)):
            actions.see(cast.actor(other), thread)
        with pytest.raises((NotVisible, NotAllowed)):
            actions.report(cast.actor(other), thread, reason="Có chuyện")


def test_a_guardian_who_loses_the_right_loses_the_conversation(cast: Cast) -> None:
    thread = written(cast)
    Guardianship.objects.filter(guardian=cast.people["binh"]).update(may_view=False)
    assert conversations.thread(cast.binh, thread.pk) is None
    assert conversations.talk(cast.binh, thread.pk) is None
    with pytest.raises(DomainError, match="phụ huynh nào"):
        actions.send(cast.lan, thread, text="Em đã có vở.")
    Guardianship.objects.filter(guardian=cast.people["binh"]).update(
        may_view=True, ends_on=timezone.localdate()
    )
    assert conversations.thread(cast.binh, thread.pk) is None


def test_both_sides_see_what_the_other_has_seen(cast: Cast, mother: None) -> None:
    thread = written(cast)
    assert conversations.inbox(cast.lan)[0].unread == 1
    assert conversations.inbox(cast.binh)[0].unread == 0
    assert actions.see(cast.lan, thread) == 1
    assert conversations.inbox(cast.lan)[0].unread == 0
    assert Message.objects.get().seen_at is not None
    actions.send(cast.lan, thread, text="Cô cho em mượn vở rồi ạ.")
    an = [cast.people["an"].pk]
    unread = first_page.rows(cast.binh, an)
    assert [(one.what, one.id, one.n, one.newest) for one in unread] == [("messages", an[0], 1, thread.pk)]
    assert actions.see(cast.thu, thread) == 1
    assert conversations.inbox(cast.binh)[0].unread == 1, "what one parent read the other has not"
    assert actions.see(cast.binh, thread) == 0
    assert first_page.rows(cast.binh, an) == []
    assert first_page.rows(cast.mai, an) == []
    assert Reader.objects.filter(thread=thread).count() == 3


def test_the_other_side_is_told_once_and_reading_ends_it(cast: Cast, mother: None) -> None:
    OfficeHours.objects.create(person=cast.people["lan"], school=cast.school, days=WEEK, start=0, until=1440)
    thread = written(cast)
    assert [one.title for one in notices(cast, "lan", "threads.to_teacher")] == [
        "Phụ huynh em Lê Hoài An nhắn"
    ]
    assert notices(cast, "thu", "threads.to_teacher") == []
    assert Message.objects.get().due_at is None
    actions.see(cast.lan, thread)
    assert all(one.read_at for one in notices(cast, "lan", "threads.to_teacher"))
    actions.send(cast.lan, thread, text="Cô nhận được rồi ạ.")
    for guardian in ("binh", "thu"):
        assert [one.body for one in notices(cast, guardian, "threads.to_family")] == [""], (
            "the text stays inside"
        )


def test_outside_the_hours_the_message_is_there_and_the_teacher_is_told_later_once(cast: Cast) -> None:
    hours = closed_now()
    assert actions.set_hours(cast.lan, cast.people["lan"], hours=hours) is not None
    Account.objects.filter(person=cast.people["lan"]).update(email="lan@example.edu.vn")
    thread = written(cast)
    actions.send(cast.binh, thread, text="Cháu gửi thêm ảnh ạ.")
    due = {one.due_at for one in Message.objects.all()}
    assert due == {hours.opens_at(timezone.localtime())}
    assert [one.text for one in conversations.messages(cast.lan, thread.pk)][1] == "Cháu gửi thêm ảnh ạ."
    told = notices(cast, "lan", "threads.to_teacher")
    assert len(told) == 1, "what is held until the same hour is told once"
    assert [one.not_before for one in told[0].deliveries.all()] == [due.pop()], (
        "a letter waits for the same hour"
    )


def test_what_comes_after_a_held_message_was_read_or_taken_back_is_told_too(cast: Cast) -> None:
    actions.set_hours(cast.lan, cast.people["lan"], hours=closed_now())
    thread = written(cast, "Gửi nhầm ạ")
    actions.withdraw(cast.binh, thread, message_id=Message.objects.get().pk)
    actions.send(cast.binh, thread, text="Thưa cô, mai cháu nghỉ.")
    assert [one.read_at is None for one in notices(cast, "lan", "threads.to_teacher")] == [False, True]
    actions.see(cast.lan, thread)
    for text in ("Cháu sốt ạ.", "Cháu đã khám rồi ạ."):
        actions.send(cast.binh, thread, text=text)
    told = notices(cast, "lan", "threads.to_teacher")
    assert [one.read_at is None for one in told] == [False, False, True]


def test_an_answer_counts_the_office_hours_that_passed(cast: Cast) -> None:
    actions.set_hours(cast.lan, cast.people["lan"], hours=ALWAYS)
    thread = written(cast)
    sent = timezone.now() - timedelta(hours=3, minutes=5, seconds=2)
    Message.objects.update(sent_at=sent)
    actions.send(cast.lan, thread, text="Cô trả lời đây ạ.")
    answered = Message.objects.get(side="family")
    assert answered.answer_minutes in range(185, 215)
    assert answered.answered_at is not None
    before = (answered.answered_at, answered.answer_minutes)
    actions.send(cast.lan, thread, text="Thêm một ý.")
    answered.refresh_from_db()
    assert (answered.answered_at, answered.answer_minutes) == before


def test_a_message_is_taken_back_while_nobody_has_seen_it(cast: Cast) -> None:
    thread = written(cast, "Gửi nhầm ạ")
    message = Message.objects.get()
    with pytest.raises(NotVisible):
        actions.withdraw(cast.lan, thread, message_id=message.pk)
    actions.withdraw(cast.binh, thread, message_id=message.pk)
    message.refresh_from_db()
    assert message.withdrawn_at is not None
    assert message.text == "Gửi nhầm ạ", "the record keeps it"
    assert conversations.inbox(cast.lan)[0].unread == 0
    assert all(one.read_at for one in notices(cast, "lan", "threads.to_teacher"))
    actions.send(cast.binh, thread, text="Thưa cô")
    second = Message.objects.latest("pk")
    actions.see(cast.lan, thread)
    with pytest.raises(DomainError, match="đã xem"):
        actions.withdraw(cast.binh, thread, message_id=second.pk)
    actions.send(cast.binh, thread, text="Thưa cô lần nữa")
    third = Message.objects.latest("pk")
    Message.objects.filter(pk=third.pk).update(sent_at=timezone.now() - timedelta(minutes=6))
    with pytest.raises(DomainError, match="5 phút"):
        actions.withdraw(cast.binh, thread, message_id=third.pk)


def test_a_teacher_writes_to_one_family_or_to_all_of_a_class_apart(cast: Cast, mother: None) -> None:
    cast.people["chi"] = make_person("Bùi Linh Chi", birth_date=date(2013, 1, 1), sex=2)
    chi = Enrolment.objects.create(
        person=cast.people["chi"], year=cast.year, school=cast.school, classroom=cast.classroom, level="THCS", grade=8,
        status_on=date(2026, 9, 5), joined_on=date(2026, 9, 5), sort_key="a",
    )  # fmt: skip
    families = partners.own_families(cast.lan, cast.classroom.pk)
    assert [(one.pupil, sorted(one.guardians)) for one in sorted(families, key=lambda one: one.pupil)] == [
        ("Bùi Linh Chi", []), ("Lê Hoài An", ["Lê Văn Bình", "Ngô Thị Thu"]),
    ]  # fmt: skip
    assert partners.own_families(cast.mai, cast.classroom.pk) == []
    sent = actions.write_to_families(
        cast.lan,
        partners.own_enrolments(cast.lan, [chi.pk, cast.enrolments["an"].pk]),
        text="Mai lớp lao động.",
    )
    assert [one.pupil_id for one in sent.threads] == [cast.people["an"].pk]
    assert list(sent.left_out) == ["Bùi Linh Chi"]
    assert conversations.inbox(cast.thu)[0].text == "Mai lớp lao động."
    with pytest.raises(DomainError, match="phụ huynh nào"):
        actions.write_to_families(cast.lan, [chi], text="Chào gia đình")
    for stranger, refusal in (("mai", NotVisible), ("binh", NotVisible), ("tam", NotAllowed)):
        with pytest.raises(refusal):
            actions.write_to_families(cast.actor(stranger), [cast.enrolments["an"]], text="Chào")


def test_it_closes_when_the_teacher_teaches_the_pupil_no_more_and_stays_readable(cast: Cast) -> None:
    thread = written(cast)
    yesterday = timezone.localdate() - timedelta(days=1)
    Homeroom.objects.filter(classroom=cast.classroom).update(ends_on=yesterday)
    assert _is_open(cast, thread), "Lan still teaches Toán to the class"
    TeachingAssignment.objects.filter(course=cast.course).update(ends_on=yesterday)
    assert not _is_open(cast, thread)
    for side in ("binh", "lan"):
        with pytest.raises(DomainError, match="đã đóng"):
            actions.send(cast.actor(side), thread, text="Còn đây không ạ?")
        assert conversations.thread(cast.actor(side), thread.pk) == thread
    with pytest.raises(NotVisible):
        written(cast)


def _is_open(cast: Cast, thread: Thread) -> bool:
    found = conversations.talk(cast.binh, thread.pk)
    return found is not None and found.is_open


def test_a_pupil_who_leaves_closes_it(cast: Cast) -> None:
    thread = written(cast)
    Enrolment.objects.filter(pk=cast.enrolments["an"].pk).update(status="transferred_out")
    with pytest.raises(DomainError, match="đã đóng"):
        actions.send(cast.binh, thread, text="Chào cô")
    assert conversations.thread(cast.lan, thread.pk) == thread


def test_a_former_teacher_of_the_school_keeps_nothing(cast: Cast) -> None:
    thread = written(cast)
    today = timezone.localdate()
    cast.people["lan"].positions.update(ends_on=today)
    Homeroom.objects.filter(teacher=cast.people["lan"]).update(ends_on=today)
    TeachingAssignment.objects.filter(teacher=cast.people["lan"]).update(ends_on=today)
    make_staff_elsewhere(cast)
    assert conversations.thread(cast.lan, thread.pk) is None
    assert conversations.talk(cast.lan, thread.pk) is None


def make_staff_elsewhere(cast: Cast) -> None:
    from khue.registry.staff.models import Position

    Position.objects.create(
        person=cast.people["lan"], unit=cast.other_school, post="teacher", is_main=False,
        starts_on=date(2026, 9, 1),
    )  # fmt: skip


def test_words_are_asked_for_and_bounded(cast: Cast) -> None:
    with pytest.raises(DomainError, match="Viết lời nhắn"):
        written(cast, " \n ")
    with pytest.raises(DomainError, match=r"2\.000"):
        written(cast, "x" * 2001)
    written(cast, "x" * 2000)


def test_the_audit_says_that_and_not_what(cast: Cast) -> None:
    written(cast, "Chuyện riêng của nhà cháu")
    entry = Entry.objects.latest("id")
    assert entry.action == "threads.write_to_teacher"
    assert entry.chain == cast.school.pk
    payload = Payload.objects.get(entry=entry)
    assert "Chuyện riêng" not in str(payload.__dict__)


def test_a_head_reads_a_conversation_only_for_a_complaint_and_only_until_it_is_answered(cast: Cast) -> None:
    thread = written(cast, "Thưa cô, có chuyện này ạ.")
    with pytest.raises(DomainError, match="lý do"):
        actions.report(cast.binh, thread, reason=" ")
    complaint = actions.report(cast.binh, thread, reason="Cô không trả lời đúng việc")
    with pytest.raises(DomainError, match="đã được báo"):
        actions.report(cast.lan, thread, reason="Phụ huynh nói nặng lời")
    task = Task.objects.get(kind="threads.complaint")
    assert (task.unit_id, task.permission) == (cast.school.pk, "threads.hear_complaints")
    found = conversations.complaint(cast.hung, complaint.pk)
    assert found is not None
    assert conversations.complained_messages(cast.hung, found) == [], "not before it is opened, on the record"
    for other in ("ha", "tam", "lan", "son", "binh"):
        assert conversations.complaint(cast.actor(other), complaint.pk) is None
        with pytest.raises((NotVisible, NotAllowed)):
            actions.open_complaint(cast.actor(other), complaint)
    actions.open_complaint(cast.hung, complaint)
    entry = Entry.objects.latest("id")
    assert (entry.action, entry.actor_id, entry.reason) == (
        "threads.open_complaint", cast.people["hung"].pk, "Cô không trả lời đúng việc",
    )  # fmt: skip
    found = conversations.complaint(cast.hung, complaint.pk)
    assert found is not None
    assert [one.text for one in conversations.complained_messages(cast.hung, found)] == [
        "Thưa cô, có chuyện này ạ."
    ]
    assert conversations.thread(cast.hung, thread.pk) is None
    with pytest.raises(DomainError, match="trả lời"):
        actions.close_complaint(cast.hung, complaint, answer="")
    actions.close_complaint(cast.hung, complaint, answer="Nhà trường đã gặp cô Lan.")
    found = conversations.complaint(cast.hung, complaint.pk)
    assert found is not None
    assert conversations.complained_messages(cast.hung, found) == []
    assert Task.objects.get(kind="threads.complaint").closed_at is not None
    assert [one.body for one in notices(cast, "binh", "threads.complaint_answered")] == [
        "Nhà trường đã gặp cô Lan."
    ]
    with pytest.raises(DomainError):
        actions.open_complaint(cast.hung, complaint)
    assert Complaint.objects.count() == 1


def test_nobody_hears_a_complaint_about_themselves(cast: Cast) -> None:
    Homeroom.objects.filter(classroom=cast.classroom).update(teacher=cast.people["hung"])
    thread = actions.write_to_teacher(
        cast.binh, cast.enrolments["an"], teacher_id=cast.people["hung"].pk, text="Thưa thầy"
    )
    complaint = actions.report(cast.binh, thread, reason="Về thầy hiệu trưởng")
    assert conversations.complaint(cast.actor("hung", wanted=f"head:{cast.school.pk}"), complaint.pk) is None
    cast.people["pho"] = make_person("Cao Văn Phó", birth_date=date(1980, 1, 1), sex=1)
    make_account(cast.people["pho"], "pho")
    make_staff(cast.people["pho"], cast.school, "vice_principal")
    assert conversations.complaint(cast.pho, complaint.pk) is not None


def test_hours_are_ones_own_and_sound(cast: Cast) -> None:
    school = partners.own_school(cast.lan)
    assert school is not None
    assert partners.own_hours(cast.lan, school) == (Hours(), False)
    actions.set_hours(cast.lan, cast.people["lan"], hours=Hours("246", 480, 660))
    actions.set_hours(cast.lan, cast.people["lan"], hours=Hours("26", 480, 660))
    assert partners.all_hours(cast.people["lan"].pk, school) == Hours("26", 480, 660)
    with pytest.raises(DomainError):
        actions.set_hours(cast.lan, cast.people["lan"], hours=Hours("", 480, 660))
    with pytest.raises(NotVisible):
        actions.set_hours(cast.mai, cast.people["lan"], hours=Hours())
    with pytest.raises(NotAllowed):
        actions.set_hours(cast.binh, cast.people["binh"], hours=Hours())
    actions.set_hours(cast.lan, cast.people["lan"], hours=None)
    assert partners.own_hours(cast.lan, school) == (Hours(), False)


def test_a_teacher_finds_a_conversation_by_the_pupils_name(cast: Cast) -> None:
    thread = written(cast)
    assert [one.id for one in conversations.inbox(cast.lan, search="hoai an")] == [thread.pk]
    assert conversations.inbox(cast.lan, search="khôi") == []
    assert [one.id for one in conversations.inbox(cast.lan, only_unread=True)] == [thread.pk]
    actions.see(cast.lan, thread)
    assert conversations.inbox(cast.lan, only_unread=True) == []
    assert conversations.inbox(cast.mai) == []
