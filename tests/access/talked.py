"""What is written in the world of the access tests: a conversation about the pupil, a complaint, announcements."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone

from khue.citizen.threads.models import Announcement, Complaint, Message, Side, Thread
from khue.kernel.files.models import StoredFile
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment

SHOWN_UNTIL = date(2100, 1, 1)


def talked(enrolment: Enrolment, teacher: Person, parent: Person, file: StoredFile) -> dict[str, Any]:
    """A conversation between a pupil's family and a teacher, reported and opened, and announcements to read."""
    talk = conversation(enrolment, teacher, parent, file)
    own: dict[str, Any] = {
        "unit_id": enrolment.school_id, "title": "Họp phụ huynh", "text": "8 giờ Chủ nhật", "written_by": teacher,
        "expires_on": SHOWN_UNTIL, "needs_confirming": True, "file": file,
    }  # fmt: skip
    return {
        "talk": talk,
        "said": Message.objects.get(thread=talk, side=Side.FAMILY),
        "complaint": Complaint.objects.create(
            thread=talk, side=Side.FAMILY, reason="Nói nặng lời", asked_by=parent, opened_at=timezone.now()
        ),
        "class_news": Announcement.objects.create(
            audience="class", classroom_id=enrolment.classroom_id, **own
        ),
        "staff_news": Announcement.objects.create(audience="staff", **own),
    }  # fmt: skip


def conversation(enrolment: Enrolment, teacher: Person, parent: Person, file: StoredFile) -> Thread:
    """One with a message of each side."""
    now = timezone.now()
    made = Thread.objects.create(
        enrolment=enrolment, pupil_id=enrolment.person_id, school_id=enrolment.school_id,
        classroom_id=enrolment.classroom_id, teacher=teacher, last_at=now,
    )  # fmt: skip
    for side, writer in ((Side.FAMILY, parent), (Side.TEACHER, teacher)):
        Message.objects.create(thread=made, side=side, writer=writer, text="Chào cô", sent_at=now, file=file)
    return made
