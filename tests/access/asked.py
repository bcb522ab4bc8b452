"""What a class and its school ask in the world of the access tests: a consent slip, surveys; what a family wishes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from khue.citizen.family.models import Correction as Wish
from khue.citizen.surveys.models import Decision, Slip, Survey
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.registry.roster.models import Classroom, Enrolment

_QUESTION = {"id": "q1", "kind": "scale", "text": "Bữa trưa thế nào?", "options": [], "is_required": True}


def asked(department: Unit, classroom: Classroom, enrolment: Enrolment, maker: Person) -> dict[str, Any]:
    """An open slip of the class with one answer; named surveys for families, pupils and staff; the department's."""
    today, now = timezone.localdate(), timezone.now()
    slip = Slip.objects.create(
        school=classroom.school, classroom=classroom, purpose="photos", title="Đăng ảnh", body="Đăng ảnh hội trại.",
        data_kinds="Ảnh", receivers="Mọi người", due_on=today + timedelta(days=9), until=today + timedelta(days=99),
        state="open", text_hash=f"{classroom.pk:064}", made_by=maker, opened_at=now, told_at=now,
    )  # fmt: skip
    Decision.objects.create(slip=slip, enrolment=enrolment, by=maker, answer="no", text_hash=slip.text_hash)
    more: dict[str, Any] = {
        "is_anonymous": False, "questions": [_QUESTION], "opens_on": today, "closes_on": today + timedelta(days=9),
        "state": "open", "made_by": maker, "told_at": now,
    }  # fmt: skip
    area, _made = Survey.objects.get_or_create(
        unit=department, title="Đường đến trường", defaults={"audience": "family", **more}
    )
    own = {"unit": classroom.school, "classroom": classroom, **more}
    return {
        "slip": slip,
        "survey": Survey.objects.create(audience="family", title="Giờ tan học", **own),
        "pupil_survey": Survey.objects.create(audience="pupil", title="Câu lạc bộ", **own),
        "staff_survey": Survey.objects.create(
            unit=classroom.school, audience="staff", title="Phòng nghỉ", **more
        ),
        "area_survey": area,
    }


def wish(person: Person, enrolment: Enrolment) -> Wish:
    """Contact data somebody asks to put right at the school of a child."""
    return Wish.objects.create(
        enrolment=enrolment, person=person, asked_by=person, before={"phone": ""}, after={"phone": "+84912345678"},
        note="Số máy mới",
    )  # fmt: skip
