"""Writes of families: who answers for a pupil, who may see the record, whom to call first."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.people.models import Person
from khue.kernel.people.records import change_person, create_person
from khue.registry.roster.actions import records
from khue.registry.roster.models import Enrolment, Guardianship


def link_guardian(
    work: Work, pupil: Person, *, full_name: str, phone: str, relation: str, starts_on: date,
    is_main_contact: bool = False, guardian_id: int | None = None,
) -> Guardianship:  # fmt: skip
    """Tie a guardian to a pupil; somebody with the same phone and name is the same human being."""
    from khue.lib.names import search_key

    guardian: Person | None = None
    if guardian_id is not None:
        guardian = (
            Person.objects.filter(pk=guardian_id, phone=phone, merged_into__isnull=True)
            .exclude(phone="")
            .first()
        )
        if guardian is None:
            raise DomainError(
                _("Người vừa chọn không mang số điện thoại này."), fields={"phone": _("Tìm lại theo số.")}
            )
    elif phone:
        same = Person.objects.filter(phone=phone, search_key=search_key(full_name), merged_into__isnull=True)
        guardian = same.exclude(pk=pupil.pk).first()
    if guardian is None:
        sex = {"father": 1, "mother": 2}.get(relation)
        guardian = create_person(work, full_name=full_name, phone=phone, sex=sex)
    return tie(work, pupil, guardian, relation=relation, starts_on=starts_on, is_main_contact=is_main_contact)


def tie(
    work: Work, pupil: Person, guardian: Person, *, relation: str, starts_on: date, is_main_contact: bool = False
) -> Guardianship:  # fmt: skip
    """Tie two people on record: from that day the guardian may see the pupil's record.

    Whoever was kept from seeing it, and whose tie was ended, is kept from it in a new one until that is lifted.
    """
    if guardian.pk == pupil.pk:
        raise DomainError(_("Một em không thể là người giám hộ của chính mình."))
    if Guardianship.objects.filter(pupil=pupil, guardian=guardian, ends_on__isnull=True).exists():
        raise DomainError(_("%(name)s đã có trong hồ sơ gia đình của em.") % {"name": guardian.full_name})
    last = Guardianship.objects.filter(pupil=pupil, guardian=guardian).order_by("-pk").first()
    if is_main_contact:
        _no_other_main(work, pupil.pk)
    row = work.create(
        Guardianship(
            pupil=pupil,
            guardian=guardian,
            relation=relation,
            starts_on=starts_on,
            is_main_contact=is_main_contact,
            may_view=last is None or last.may_view,
            restriction=last.restriction if last is not None else "",
        )
    )
    work.touch_people([pupil.pk, guardian.pk])
    return row


def _no_other_main(work: Work, pupil_id: int) -> None:
    for row in Guardianship.objects.select_for_update().filter(
        pupil_id=pupil_id, is_main_contact=True, ends_on__isnull=True
    ):
        work.change(row, is_main_contact=False)


@action("roster.add_guardian", permission="roster.edit_profile")
def add_guardian(
    work: Work, enrolment: Enrolment, *, full_name: str, phone: str, relation: str, is_main_contact: bool = False,
    guardian_id: int | None = None,
) -> Guardianship:  # fmt: skip
    """Name somebody who answers for a pupil; found by phone when on record already."""
    records.check_held(enrolment)
    pupil = Person.objects.get(pk=enrolment.person_id)
    return link_guardian(
        work, pupil, full_name=full_name, phone=phone, relation=relation, starts_on=timezone.localdate(),
        is_main_contact=is_main_contact, guardian_id=guardian_id,
    )  # fmt: skip


def _tie(enrolment: Enrolment, guardianship: Guardianship) -> Guardianship:
    """The tie, locked; raises NotVisible when it is not one of this pupil's."""
    row = (
        Guardianship.objects.select_for_update()
        .filter(pk=guardianship.pk, pupil_id=enrolment.person_id)
        .first()
    )
    if row is None:
        raise NotVisible
    return row


@action("roster.change_guardian", permission="roster.edit_profile")
def change_guardian(
    work: Work, enrolment: Enrolment, *, guardianship: Guardianship, relation: str, phone: str
) -> Guardianship:
    """Change what a guardian is to the pupil, or the phone."""
    records.check_held(enrolment)
    row = _tie(enrolment, guardianship)
    guardian = Person.objects.select_for_update().get(pk=row.guardian_id)
    change_person(work, guardian, phone=phone)
    work.touch_people([enrolment.person_id, guardian.pk])
    return work.change(row, relation=relation)


@action("roster.end_guardianship", permission="roster.edit_profile")
def end_guardianship(
    work: Work, enrolment: Enrolment, *, guardianship: Guardianship, on: date, reason: str = ""
) -> Guardianship:
    """Somebody no longer answers for a pupil; the rights that follow end the same day."""
    records.check_held(enrolment)
    row = _tie(enrolment, guardianship)
    if row.ends_on is not None:
        raise DomainError(_("Quan hệ này đã kết thúc từ trước."))
    work.reason = reason
    work.touch_people([enrolment.person_id, row.guardian_id])
    return work.change(row, ends_on=max(on, row.starts_on), is_main_contact=False)


@action("roster.restrict_guardian", permission="roster.edit_profile")
def restrict_guardian(
    work: Work, enrolment: Enrolment, *, guardianship: Guardianship, may_view: bool, basis: str
) -> Guardianship:
    """Keep a guardian from seeing the record (court order, request), or allow it again; both name their basis."""
    records.check_held(enrolment)
    row = _tie(enrolment, guardianship)
    if not basis.strip():
        text = _("Ghi căn cứ: bản án, quyết định hoặc đơn.")
        raise DomainError(text, fields={"basis": text})
    work.reason = basis
    work.touch_people([enrolment.person_id, row.guardian_id])
    return work.change(row, may_view=may_view, restriction="" if may_view else basis.strip()[:200])


@action("roster.set_main_contact", permission="roster.edit_profile")
def set_main_contact(work: Work, enrolment: Enrolment, *, guardianship: Guardianship) -> Guardianship:
    """Say whom the school calls first."""
    records.check_held(enrolment)
    row = _tie(enrolment, guardianship)
    if row.ends_on is not None:
        raise DomainError(_("Quan hệ này đã kết thúc, không làm liên hệ chính được."))
    _no_other_main(work, enrolment.person_id)
    row.refresh_from_db()
    work.touch_people([enrolment.person_id, row.guardian_id])
    return work.change(row, is_main_contact=True)
