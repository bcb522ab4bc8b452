"""A roll and the news of an absence, killed by SIGKILL at every statement: whole or not there, told once or not yet."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from django.urls import reverse
from django.utils import timezone

from khue.kernel.audit.models import Entry as AuditEntry
from khue.kernel.notify.models import Message
from khue.school.attendance import jobs
from khue.school.attendance.actions import Entry, answer_leave, ask_leave, take_roll
from khue.school.attendance.models import AbsenceNotice, LeaveRequest, Mark, Revision, Sheet
from khue.school.attendance.tests.rolls import classmates, lessons, take, today
from tests.cast import Cast
from tests.crash.stepwise import killed_at_every_step


def told() -> Counter[int]:
    """How often each person heard of an absence."""
    return Counter(Message.objects.filter(kind="attendance.absence").values_list("person_id", flat=True))


def taken() -> int:
    """Rolls in the record."""
    return AuditEntry.objects.filter(action="attendance.take_roll").count()


def saved(cast: Cast, save: Callable[[], object]) -> None:
    """Save a roll with An missing until it is through: at each death it is whole or not there, kept it stays once."""
    an, kept = cast.enrolments["an"].pk, 0
    for reached in killed_at_every_step(save):
        notices = AbsenceNotice.objects.filter(enrolment_id=an).count()
        found = (Sheet.objects.count(), Mark.objects.count(), notices)
        assert found in ((0, 0, 0), (1, 2, 1)), (reached, found)
        assert (taken() > 0) == (found[0] > 0)
        kept += found[0] > 0
    assert kept > 1  # killed after it was kept, it was sent again and changed nothing
    assert Sheet.objects.get().version == 1
    assert not Revision.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_roll_and_its_news_are_killed_at_every_statement(cast: Cast) -> None:
    lessons(cast)
    mate = classmates(cast, 1)[0]
    lan = cast.lan
    entries = [Entry(cast.enrolments["an"].pk, "K"), Entry(mate.pk, "P")]
    saved(cast, lambda: take_roll(lan, cast.classroom, day=today(), session="S", exceptions=entries))
    later = timezone.now() + timedelta(minutes=1)
    binh = cast.people["binh"].pk
    for reached in killed_at_every_step(lambda: jobs.tell_absences(later)):
        notice = AbsenceNotice.objects.get()
        assert told() == ({binh: 1} if notice.told_at else {}), reached
    assert told() == {binh: 1}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_roll_sent_from_its_page_is_killed_at_every_statement(cast: Cast) -> None:
    lessons(cast)
    mate = classmates(cast, 1)[0]
    client, numbers = cast.client("lan"), count()
    address = reverse("attendance:roll", args=[cast.classroom.pk])
    form = {
        f"m{cast.enrolments['an'].pk}": "K",
        f"m{mate.pk}": "P",
        "version": "0",
        "ngay": f"{today():%Y-%m-%d}",
    }

    def save() -> None:  # a key of its own each time, as a page opened anew has
        assert (
            client.post(address, form | {"buoi": "S", "_key": f"{os.getpid()}-{next(numbers)}"}).status_code
            == 302
        )

    saved(cast, save)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_corrections_and_answers_are_killed_at_every_statement(cast: Cast) -> None:
    lessons(cast)
    mates = classmates(cast, 2)
    an = cast.enrolments["an"].pk
    first = take(cast, Entry(an, "K"), Entry(mates[0].pk, "M", 5))
    jobs.tell_absences(timezone.now() + timedelta(minutes=1))
    lan, binh = cast.lan, cast.binh

    def correct() -> None:
        take(cast, Entry(an, "K"), Entry(mates[1].pk, "P"), version=first.version)

    for reached in killed_at_every_step(correct):
        marks = {one.enrolment_id: one.code for one in Mark.objects.all()}
        revised = {(one.enrolment_id, one.before, one.after) for one in Revision.objects.all()}
        if Sheet.objects.get().version == 1:
            assert (marks, revised) == ({an: "K", mates[0].pk: "M"}, set()), reached
        else:
            assert marks == {an: "K", mates[1].pk: "P"}, reached
            assert revised == {(mates[0].pk, "M", ""), (mates[1].pk, "", "P")}, reached
    assert Sheet.objects.get().version == 2

    leave = ask_leave(binh, cast.enrolments["an"], from_day=today(), to_day=today(), kind="sick")

    def grant() -> None:
        if LeaveRequest.objects.get(pk=leave.pk).state == "asked":
            answer_leave(lan, leave, is_granted=True)

    for reached in killed_at_every_step(grant):
        state, code = LeaveRequest.objects.get().state, Mark.objects.get(enrolment_id=an).code
        assert (state, code) in (("asked", "K"), ("granted", "P")), reached
        answers = Message.objects.filter(kind="attendance.leave_answered").count()
        assert answers == (state == "granted"), reached
    assert Revision.objects.filter(enrolment_id=an).count() == 1
    assert told() == {cast.people["binh"].pk: 1}
