"""A guardian asks to correct contact data; the school's office says yes or no, and both hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.citizen.family.models import Correction, CorrectionState
from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.people.models import Person
from khue.kernel.people.records import change_person
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Enrolment, Guardianship

FIELDS: Final = ("phone", "email", "address")
TASK: Final = "family.decide_correction"
ANSWERED: Final = "family.correction_answered"


@action("family.ask_correction")
def ask_correction(
    work: Work, enrolment: Enrolment, *, is_self: bool, wanted: Mapping[str, str], note: str = ""
) -> Correction:
    """Ask the school of a child to change the child's or one's own phone, e-mail or address; asked again, it is one."""
    asker = work.actor.person_id or 0
    person = Person.objects.get(pk=asker if is_self else enrolment.person_id)
    before = {name: getattr(person, name) for name in FIELDS}
    after = {
        name: value.strip()
        for name, value in wanted.items()
        if name in FIELDS and value.strip() != before[name]
    }
    if not after:
        raise DomainError(_("Chưa có gì khác với hồ sơ của trường."))
    known = (
        Correction.objects.select_for_update()
        .filter(person=person, asked_by_id=asker, state=CorrectionState.ASKED)
        .first()
    )
    old = {name: before[name] for name in after}
    if known is not None:
        row = work.change(
            known, before=old, after=after, note=note.strip()[:300], enrolment_id=enrolment.pk
        )  # fmt: skip
    else:
        row = work.create(
            Correction(
                enrolment=enrolment, person=person, before=old, after=after, note=note.strip()[:300],
                asked_by_id=asker,
            )
        )  # fmt: skip
    work.touch_people([person.pk, enrolment.person_id])
    open_task(
        work, kind=TASK, subject=f"family.correction:{row.pk}", unit_id=enrolment.school_id,
        permission="family.decide_corrections", url=reverse("family:corrections"), action_label=gettext_noop("Xem"),
        title=written(gettext_noop("Phụ huynh đề nghị sửa thông tin liên hệ: %(name)s"), name=person.full_name),
    )  # fmt: skip
    return row


@action("family.withdraw_correction", own=True)
def withdraw_correction(work: Work, correction: Correction) -> Correction:
    """Take back what one has asked, before it was answered."""
    _check_open(correction)
    close_tasks(work, f"family.correction:{correction.pk}")
    return work.change(correction, state=CorrectionState.WITHDRAWN)


@action("family.accept_correction", permission="family.decide_corrections")
def accept_correction(work: Work, correction: Correction, *, version: int) -> Correction:
    """Write what was asked into the record; refused when the record has changed since, and both values are shown."""
    _check_version(correction, version)
    if not _is_guardian(correction):
        raise DomainError(_("Người đề nghị không còn là người giám hộ được xem hồ sơ của em."))
    person = Person.objects.select_for_update().get(pk=correction.person_id)
    moved = [name for name in correction.after if getattr(person, name) != correction.before.get(name, "")]
    if moved:
        raise Conflict(
            _("Hồ sơ đã được sửa sau khi phụ huynh đề nghị. Xem lại giá trị hiện nay rồi trả lời.")
        )
    change_person(work, person, **correction.after)
    work.touch_people([person.pk, correction.asked_by_id])
    return _answer(work, correction, CorrectionState.ACCEPTED, "")


@action("family.refuse_correction", permission="family.decide_corrections")
def refuse_correction(work: Work, correction: Correction, *, version: int, reason: str) -> Correction:
    """Say no, and why."""
    _check_version(correction, version)
    if not reason.strip():
        text = _("Ghi lý do để phụ huynh biết cần làm gì.")
        raise DomainError(text, fields={"reason": text})
    work.reason = reason.strip()[:300]
    work.touch_people([correction.person_id, correction.asked_by_id])
    return _answer(work, correction, CorrectionState.REFUSED, reason.strip()[:300])


def _is_guardian(correction: Correction) -> bool:
    """Whether who asked may still see the child's record."""
    enrolment = Enrolment.objects.get(pk=correction.enrolment_id)
    return (
        Guardianship.objects.filter(
            pupil_id=enrolment.person_id, guardian_id=correction.asked_by_id, may_view=True
        )
        .filter(Q(ends_on__isnull=True) | Q(ends_on__gt=timezone.localdate()))
        .exists()
    )


def _check_open(correction: Correction) -> None:
    if correction.state != CorrectionState.ASKED:
        raise DomainError(_("Đề nghị này đã được trả lời hoặc đã rút."))


def _check_version(correction: Correction, version: int) -> None:
    _check_open(correction)
    if correction.version != version:
        raise Conflict(_("Phụ huynh vừa sửa lại đề nghị. Xem lại rồi trả lời."))


def _answer(work: Work, correction: Correction, state: str, answer: str) -> Correction:
    person = Person.objects.filter(pk=correction.person_id).first()
    if person is None:
        raise NotVisible
    close_tasks(work, f"family.correction:{correction.pk}")
    title = (
        gettext_noop("Nhà trường đã sửa thông tin liên hệ của %(name)s")
        if state == CorrectionState.ACCEPTED
        else gettext_noop("Nhà trường chưa sửa thông tin liên hệ của %(name)s")
    )
    tell(
        work, people=[correction.asked_by_id], kind=ANSWERED, title=written(title, name=person.full_name), body=answer,
        url=reverse("family:contact"), dedupe_key=f"{ANSWERED}:{correction.pk}:{correction.version}",
    )  # fmt: skip
    return work.change(
        correction, state=state, answer=answer, decided_by_id=work.actor.person_id, decided_at=timezone.now(),
    )  # fmt: skip
