"""A family takes a copy of an issued card: which file, when and by whom is written down (rules/02 section 1)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment
from khue.school.report_cards import keeping, register
from khue.school.report_cards.books import all_book
from khue.school.report_cards.models import Card
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries.transfers import moving

PAPER, DATA = "pdf", "xml"


def file_of(card: Card, kind: str) -> bytes:
    """The kept file of an issued card; raises DomainError when it is lost or no longer what was issued."""
    files = register.files_of(card.pk)
    if files is None or kind not in (PAPER, DATA):
        raise NotVisible
    sha256 = files.paper_sha256 if kind == PAPER else files.data_sha256
    data = keeping.content(sha256)
    if data is None or keeping.state_of(sha256) != keeping.SOUND:
        raise DomainError(
            _("Tệp học bạ này không còn nguyên như lúc cấp, chưa tải được. Báo trường hoặc người quản trị.")
        )
    return data


@action("report_cards.take_own_copy", permission="report_cards.view_own")
def take_own_copy(work: Work, card: Card, *, kind: str) -> bytes:
    """The paper (`pdf`) or the data file (`xml`) of an issued card of one's own child; raises NotVisible for others."""
    if card.state not in custody.KEPT:
        raise NotVisible
    data = file_of(card, kind)
    work.touch_people([card.person_id])
    work.note(file=kind)
    return data


@action("report_cards.take_own_book", permission="report_cards.view_own")
def take_own_book(work: Work, enrolment: Enrolment) -> bytes:
    """The book of one's own child's school life, as PDF."""
    return _book(work, enrolment)


@action("report_cards.take_book", permission="report_cards.view")
def take_book(work: Work, enrolment: Enrolment) -> bytes:
    """The book of a pupil whom the actor's school holds, as PDF."""
    return _book(work, enrolment)


def _book(work: Work, enrolment: Enrolment) -> bytes:
    if not enrolment.is_current:
        raise NotVisible
    data = all_book(enrolment.person_id)
    if data is None:
        raise DomainError(_("Em chưa có học bạ nào được cấp."))
    work.touch_people([enrolment.person_id])
    return data


def take_sheet(actor: Actor, transfer_id: int, *, kind: str) -> bytes:
    """The paper or the data file of an issued transfer sheet, for either school of the transfer that may read it."""
    return take_transfer_sheet(actor, Person(pk=actor.person_id), transfer_id=transfer_id, kind=kind)


@action("report_cards.take_transfer_sheet", own=True)
def take_transfer_sheet(work: Work, person: Person, *, transfer_id: int, kind: str) -> bytes:
    """The same, written down; raises NotVisible for who may not read the sheet."""
    found = moving(work.actor, transfer_id)
    if found is None or found.sheet is None or found.sheet.issued_at is None:
        raise NotVisible
    sha256 = found.sheet.paper_sha256 if kind == PAPER else found.sheet.sha256
    data = keeping.content(sha256)
    if data is None or keeping.state_of(sha256) != keeping.SOUND:
        raise DomainError(_("Tệp của phiếu không còn nguyên như lúc cấp, chưa tải được."))
    work.touch_people([found.sheet.person_id])
    work.note(file=kind)
    return data
