"""Slips and surveys as tests make them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from khue.citizen.surveys import actions, rules
from khue.citizen.surveys.models import Slip, Survey
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment, Guardianship
from tests import cast as make
from tests.cast import START, Cast

QUESTIONS = (
    rules.Question("q1", rules.ONE, "Bữa trưa thế nào?", ("Ngon", "Vừa", "Dở"), True),
    rules.Question("q2", rules.TEXT, "Góp ý"),
)


def slip_values(**more: Any) -> dict[str, Any]:
    """What a good slip says."""
    today = timezone.localdate()
    return {
        "purpose": "photos", "title": "Đăng ảnh hội trại", "body": "Đăng ảnh lên trang của trường.",
        "data_kinds": "Ảnh chụp ở trường", "receivers": "Mọi người xem trang của trường",
        "due_on": today + timedelta(days=7), "until": today + timedelta(days=100), **more,
    }  # fmt: skip


def opened(cast: Cast, actor: Any = None, place: Any = None, **more: Any) -> Slip:
    """A slip that was sent, to the class of Lan unless said otherwise."""
    who = actor or cast.lan
    slip = actions.make_slip(
        who, place or cast.classroom, grade=more.pop("grade", None), values=slip_values(**more)
    )
    return actions.open_slip(who, slip)


def answered(cast: Cast, slip: Slip, who: str, answer: str, child: str = "an") -> None:
    """Somebody's answer about a child."""
    slip.refresh_from_db()
    actions.answer_slip(
        cast.actor(who), cast.enrolments[child], slip=slip, answer=answer, text_hash=slip.text_hash
    )


def mother(cast: Cast, child: str = "an", **more: Any) -> Person:
    """A second guardian with an account, `me`."""
    person = make.make_person("Nguyễn Thị Mẹ")
    make.make_account(person, "me")
    cast.people["me"] = person
    Guardianship.objects.create(
        pupil=cast.people[child], guardian=person, relation="mother", starts_on=START, **more
    )
    return person


def survey_values(**more: Any) -> dict[str, Any]:
    """What a good survey is."""
    today = timezone.localdate()
    return {
        "title": "Bữa trưa", "intro": "", "audience": "family", "is_anonymous": True, "opens_on": today,
        "closes_on": today + timedelta(days=5), **more,
    }  # fmt: skip


def running(cast: Cast, actor: Any = None, place: Any = None, **more: Any) -> Survey:
    """A survey that was opened, of Hùng's school unless said otherwise."""
    who = actor or cast.hung
    survey = actions.make_survey(
        who,
        place or cast.school,
        grade=more.pop("grade", None),
        values=survey_values(**more),
        questions=QUESTIONS,
    )
    return actions.open_survey(who, survey)


def pupil(cast: Cast, name: str, born: date = date(2013, 5, 5), room: Any = None) -> Enrolment:
    """One more pupil of the class with a guardian, both with accounts: `name` and `cha-name`."""
    child = make.make_person(f"Trò {name}", birth_date=born)
    adult = make.make_person(f"Cha {name}")
    make.make_account(child, name)
    make.make_account(adult, f"cha-{name}")
    cast.people[name], cast.people[f"cha-{name}"] = child, adult
    cast.enrolments[name] = make.make_enrolment(child, room or cast.classroom)
    Guardianship.objects.create(pupil=child, guardian=adult, relation="father", starts_on=START)
    return cast.enrolments[name]


def fill_in(cast: Cast, survey: Survey, who: str, child: str | None = None, **given: list[str]) -> bool:
    """Somebody's sheet."""
    return actions.answer_survey(
        cast.actor(who), cast.people[who], survey_id=survey.pk,
        enrolment_id=cast.enrolments[child].pk if child else None, given=given or {"q1": ["0"]},
    )  # fmt: skip
