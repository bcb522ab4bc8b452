"""Surveys: made and opened by those who ask, filled in by those who are asked."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.citizen.surveys import rules
from khue.citizen.surveys.models import Audience, Box, Receipt, Reply, State, Survey
from khue.citizen.surveys.queries import own
from khue.citizen.surveys.queries import surveys as queries
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action
from khue.kernel.jobs import queue
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.people.models import Person
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom

JOB: Final = "surveys.tell_opened"
FIELDS: Final = ("title", "intro", "audience", "is_anonymous", "opens_on", "closes_on")
LONGEST: Final = timedelta(days=366)
_MIX: Final = secrets.SystemRandom()


@action("surveys.make_survey", permission="surveys.manage_surveys")
def make_survey(
    work: Work, place: Unit | Classroom, *, grade: int | None = None, values: Mapping[str, Any],
    questions: Sequence[rules.Question] = (),
) -> Survey:  # fmt: skip
    """Write a survey of one's own unit or class; a draft until it is opened."""
    if isinstance(place, Classroom):
        whose: dict[str, Any] = {"unit_id": place.school_id, "classroom_id": place.pk}
    else:
        whose = {"unit_id": place.pk, "grade": grade if place.kind == UnitKind.SCHOOL else None}
    _check_unit(work, whose["unit_id"])
    _check(values, is_of_class=isinstance(place, Classroom) or whose.get("grade") is not None)
    chosen = {name: values[name] for name in FIELDS}
    kept = [one.packed() for one in _checked(questions)]
    return work.create(Survey(**whose, **chosen, questions=kept, made_by_id=work.actor.person_id))


@action("surveys.change_survey", permission="surveys.manage_surveys")
def change_survey(
    work: Work,
    survey: Survey,
    *,
    version: int,
    values: Mapping[str, Any],
    questions: Sequence[rules.Question],
) -> Survey:
    """Change a draft; an open survey only while nobody has answered, and never whether it is anonymous."""
    _check_unit(work, survey.unit_id)
    if survey.version != version:
        raise Conflict(_("Có người vừa sửa phiếu này. Mở lại rồi sửa."))
    if survey.state == State.CLOSED or queries.has_answers(survey):
        raise DomainError(_("Đã có người trả lời nên câu hỏi không đổi được nữa. Lập phiếu mới."))
    chosen = {name: values[name] for name in FIELDS}
    if survey.state == State.OPEN and (
        chosen["is_anonymous"] != survey.is_anonymous or chosen["audience"] != survey.audience
    ):
        text = _("Phiếu đã mở thì không đổi người trả lời, không đổi giấu tên hay có tên.")
        raise DomainError(text, fields={"is_anonymous": text})
    _check(values, is_of_class=survey.classroom_id is not None or survey.grade is not None)
    kept = _checked(questions)
    if survey.state == State.OPEN and not kept:
        raise DomainError(_("Phiếu phải có ít nhất một câu hỏi."))
    return work.change(survey, **chosen, questions=[one.packed() for one in kept])


def _check_unit(work: Work, unit_id: int) -> None:
    """A survey is its own unit's; those above it do not ask in its name."""
    if not work.actor.is_system and unit_id not in queries.own_units(work.actor):
        raise NotVisible


def _check(values: Mapping[str, Any], *, is_of_class: bool) -> None:
    faults: dict[str, str] = {}
    if not str(values["title"]).strip():
        faults["title"] = _("Ghi tên phiếu.")
    if values["audience"] not in Audience.values:
        faults["audience"] = _("Chọn ai trả lời.")
    elif is_of_class and values["audience"] == Audience.STAFF:
        faults["audience"] = _("Phiếu của khối, của lớp thì hỏi phụ huynh hoặc học sinh.")
    if values["closes_on"] < values["opens_on"]:
        faults["closes_on"] = _("Ngày đóng phải sau ngày mở.")
    elif values["closes_on"] < timezone.localdate():
        faults["closes_on"] = _("Ngày đóng đã qua.")
    elif values["closes_on"] > values["opens_on"] + LONGEST:
        faults["closes_on"] = _("Phiếu mở nhiều nhất một năm.")
    if faults:
        raise DomainError(next(iter(faults.values())), fields=faults)


def _checked(asked: Sequence[rules.Question]) -> Sequence[rules.Question]:
    if len(asked) > rules.QUESTIONS:
        raise DomainError(_("Nhiều nhất %(n)s câu hỏi.") % {"n": rules.QUESTIONS})
    if any(rules.fault(one) for one in asked) or len({one.id for one in asked}) < len(asked):
        raise DomainError(
            _("Có câu hỏi chưa đủ: câu nào cũng phải có lời hỏi, câu chọn phải có từ 2 ý khác nhau.")
        )
    return asked


@action("surveys.remove_survey", permission="surveys.manage_surveys")
def remove_survey(work: Work, survey: Survey) -> None:
    """Throw a draft away."""
    _check_unit(work, survey.unit_id)
    if survey.state != State.DRAFT:
        raise DomainError(_("Phiếu đã mở thì không xóa được, chỉ đóng lại."))
    work.remove(survey)


@action("surveys.open_survey", permission="surveys.manage_surveys")
def open_survey(work: Work, survey: Survey) -> Survey:
    """Open a survey: from its first day on it can be answered, and those asked are told once."""
    _check_unit(work, survey.unit_id)
    if survey.state != State.DRAFT:
        raise DomainError(_("Phiếu này đã mở rồi."))
    if not survey.questions:
        raise DomainError(_("Phiếu phải có ít nhất một câu hỏi."))
    if survey.closes_on < timezone.localdate():
        raise DomainError(_("Ngày đóng đã qua. Sửa ngày rồi mở."))
    work.change(survey, state=State.OPEN, opened_at=timezone.now())
    queue.wake(JOB, timedelta(0))
    return survey


@action("surveys.close_survey", permission="surveys.manage_surveys")
def close_survey(work: Work, survey: Survey) -> Survey:
    """Take no more answers; it is never opened again, so that what came later cannot be told from what came before."""
    _check_unit(work, survey.unit_id)
    if survey.state != State.OPEN:
        raise DomainError(_("Phiếu này không mở."))
    return work.change(survey, state=State.CLOSED, closed_at=timezone.now())


# Whoever closes or changes a survey waits for the answers on their way, and no answer comes after.
_HOLD = "select id from surveys_survey where id = %s for share"


# --- answering ------------------------------------------------------------------------------------------------------
@action("surveys.answer_survey", own=True)
def answer_survey(
    work: Work,
    person: Person,
    *,
    survey_id: int,
    enrolment_id: int | None,
    given: Mapping[str, Sequence[str]],
) -> bool:
    """Fill in a survey one is asked; gives whether it is the first time. Raises DomainError naming faulty questions.

    The record says that this person has answered. What an anonymous sheet says is in no record, and nothing it lies in
    has a time or a number of its own.
    """
    fetch(_HOLD, [survey_id])
    asked = own.asked_survey(work.actor, survey_id, enrolment_id)
    if asked is None:
        raise NotVisible
    survey = Survey.objects.get(pk=survey_id)
    sheet = _sheet(survey, given)
    if not asked.may_answer:
        raise DomainError(_("Phiếu này đã có người trả lời. Phiếu giấu tên gửi rồi thì không sửa được."))
    _lock(survey.pk, asked.school_id)
    if survey.is_anonymous:
        if Receipt.objects.filter(survey=survey, key=asked.key).exists():
            raise DomainError(_("Phiếu này đã có người trả lời. Phiếu giấu tên gửi rồi thì không sửa được."))
        _receive(work, asked)
        _drop(work, survey, asked.school_id, sheet)
        return True
    known = Reply.objects.select_for_update().filter(survey=survey, key=asked.key).first()
    if known is not None:
        if known.person_id != person.pk:
            raise DomainError(_("Người khác trong gia đình đã trả lời phiếu này."))
        work.change(known, sheet=sheet)
        return False
    _receive(work, asked)
    work.create(
        Reply(
            survey=survey, key=asked.key, person=person, unit_id=asked.school_id, sheet=sheet,
            enrolment_id=asked.enrolment_id if asked.audience in (Audience.CHILD, Audience.PUPIL) else None,
        )
    )  # fmt: skip
    return True


def _sheet(survey: Survey, given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    read = rules.checked(rules.questions(survey.questions), given)
    words = {"missing": _("Câu này phải trả lời."), "wrong": _("Câu trả lời này chưa đúng dạng.")}
    if read.faults:
        raise DomainError(
            _("Còn câu chưa trả lời hoặc chưa đúng. Xem chỗ ghi màu đỏ."),
            fields={pk: words[why] for pk, why in read.faults.items()},
        )
    if not read.sheet:
        raise DomainError(_("Chưa trả lời câu nào."))
    return read.sheet


def _lock(survey_id: int, school_id: int) -> None:
    """One sheet at a time into the boxes of a school."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [survey_id % 2**31, school_id % 2**31])


def _receive(work: Work, asked: own.AskedSurvey) -> None:
    work.create(
        Receipt(survey_id=asked.id, key=asked.key, person_id=work.actor.person_id or 0, unit_id=asked.school_id)
    )  # fmt: skip


def _drop(work: Work, survey: Survey, school_id: int, sheet: dict[str, Any]) -> None:
    """Lay a sheet among the others of its school; the record holds neither it nor them (Box.audit_hide)."""
    boxes = list(Box.objects.filter(survey=survey, unit_id=school_id).order_by("pk"))
    at, laid = rules.dropped(
        [one.sheets for one in boxes], sheet, pick=secrets.randbelow, shuffle=_MIX.shuffle
    )
    if boxes:
        work.change(boxes[at], sheets=laid[0])
        laid = laid[1:]
    for sheets in laid:
        work.create(Box(survey=survey, unit_id=school_id, sheets=sheets))
