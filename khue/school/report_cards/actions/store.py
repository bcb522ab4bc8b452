"""Handing in, taking in, giving back; looking into the store; copies for the school. All of it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, NotVisible, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.registry.roster.models import Enrolment
from khue.registry.roster.queries.places import all_holders
from khue.school.report_cards import verification
from khue.school.report_cards.actions.copies import file_of
from khue.school.report_cards.models import Card, CardState, Verification
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries.store import IN_STORE
from khue.school.report_cards.rules import ISSUED, State, may_move
from khue.school.report_cards.verifying import Report

SHORTEST: Final = 5  # letters of a reason
FAULTS_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Left:
    """A card that was left as it is, and why."""

    card_id: int
    label: str
    why: str


def _label(card: Card) -> str:
    return f"{card.content['pupil']['full_name']} ({card.content['classroom']})"


def _not_now(card: Card) -> Left:
    state = CardState(card.state).label
    return Left(card.pk, _label(card), _("Đang ở trạng thái “%s”.") % state)


@action("report_cards.submit")
def submit(work: Work, cards: Sequence[Card]) -> list[Left]:
    """Hand issued cards in to the department; gives those that cannot be handed in now."""
    now, left, moved = timezone.now(), [], {}
    for card in cards:
        if not may_move(State(card.state), State.SUBMITTED):
            left.append(_not_now(card))
            continue
        before = (str(card.state), card.submitted_at)
        moved[card.pk] = (before, (State.SUBMITTED.value, now))
    work.change_many(Card, ("state", "submitted_at"), moved)
    work.note(submitted=len(moved), left=len(left))
    return left


@action("report_cards.accept", permission="report_cards.receive")
def accept(work: Work, cards: Sequence[Card]) -> list[Left]:
    """Take cards into the store, each after both its files and every signature were checked; gives those left out."""
    now, left, moved = timezone.now(), [], {}
    for card in cards:
        if card.state != State.SUBMITTED:
            left.append(_not_now(card))
        elif why := faults_of(card):
            left.append(Left(card.pk, _label(card), why))
        else:
            before = (str(card.state), card.decided_at)
            moved[card.pk] = (before, (State.ACCEPTED.value, now))
    work.change_many(Card, ("state", "decided_at"), moved)
    work.note(accepted=len(moved), left=len(left))
    return left


def faults_of(card: Card) -> str:
    """Why a card handed in cannot be believed, in words; empty when everything holds."""
    found = verification.answer(card.reference)
    if found is None or found.standing == verification.Standing.BROKEN:
        return _("Tệp hoặc nội dung không khớp sổ cấp của trường.")
    checked = verification.check(found)
    return "" if checked.is_valid else " ".join(checked.sentences)


@action("report_cards.return", permission="report_cards.receive")
def give_back(work: Work, cards: Sequence[Card], *, reason: str) -> list[Left]:
    """Give cards back to their school with a reason; the school's office hears of it."""
    reason = _reason(reason)
    now, left, moved = timezone.now(), [], {}
    schools: dict[int, int] = {}
    for card in cards:
        if card.state != State.SUBMITTED:
            left.append(_not_now(card))
            continue
        before = (str(card.state), card.decided_at, card.returned_for)
        moved[card.pk] = (before, (State.RETURNED.value, now, reason))
        schools[card.school_id] = schools.get(card.school_id, 0) + 1
    work.reason = reason
    work.change_many(Card, ("state", "decided_at", "returned_for"), moved)
    for school_id, count in schools.items():
        tell(
            work, people=all_holders("report_cards.submit", school_id), kind="report_cards.returned",
            title=written(gettext_noop("Sở trả lại %(count)s học bạ"), count=count), body=reason,
            url=reverse("report_cards:submit"),
        )  # fmt: skip
    return left


def _reason(text: str) -> str:
    text = " ".join(text.split())
    if len(text) < SHORTEST:
        raise DomainError(
            _("Ghi lý do, ít nhất vài chữ."), fields={"ly-do": _("Ghi lý do, ít nhất vài chữ.")}
        )
    return text[:300]


@action("report_cards.read_store")
def read_store(work: Work, card: Card, *, kind: str, reason: str) -> bytes:
    """The paper (`pdf`) or data file (`xml`) of a card of the store; who looked and why is kept with the card."""
    if card.state not in IN_STORE or card.submitted_at is None:
        raise NotVisible
    work.reason = _reason(reason)
    work.touch_people([card.person_id])
    work.note(file=kind)
    return file_of(card, kind)


@action("report_cards.take_copy", permission="report_cards.view")
def take_copy(work: Work, card: Card, *, kind: str) -> bytes:
    """The paper or data file of an issued card for the school that keeps it; each copy is written down."""
    if card.state not in (*ISSUED, State.SUPERSEDED, State.REVOKED):
        raise NotVisible
    work.touch_people([card.person_id])
    work.note(file=kind)
    return file_of(card, kind)


@action("report_cards.take_copy_as_holder", permission="report_cards.view")
def take_copy_as_holder(work: Work, enrolment: Enrolment, *, card_id: int, kind: str) -> bytes:
    """The same for the school that holds the pupil now, of a card that another school issued."""
    card = Card.objects.filter(pk=card_id, person_id=enrolment.person_id).first()
    if card is None or not enrolment.is_current or card.state not in custody.KEPT:
        raise NotVisible
    work.touch_people([card.person_id])
    work.note(file=kind, card=card_id)
    return file_of(card, kind)


@action("report_cards.note_verification", permission="report_cards.read_store")
def note_verification(work: Work, department: Unit, *, report: Report) -> Verification:
    """Keep what a verification saw; when something does not hold, the department hears of it at once."""
    faults: list[dict[str, object]] = [
        {"what": one.what, "where": str(one)} for one in report.faults[:FAULTS_KEPT]
    ]
    row = work.create(
        Verification(
            at=timezone.now(), entries=report.entries, schools=report.schools, files=report.files,
            checkpoints=report.checkpoints, seconds=report.seconds, faults=faults, count=len(report.faults),
        )
    )  # fmt: skip
    if report.faults:
        tell(
            work, people=all_holders("report_cards.receive", department.pk), kind="report_cards.broken",
            title=written(
                gettext_noop("Sổ cấp học bạ có %(count)s chỗ không nguyên vẹn"), count=len(report.faults)
            ),
            body=str(report.faults[0]), url=reverse("report_cards:register"),
        )  # fmt: skip
    return row
