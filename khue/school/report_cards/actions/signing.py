"""Signing a handful of cards in one transaction, step by step; what cannot be signed is refused by name.

Whoever signs, in which order, over which bytes: the cards are locked, the state must be the one that waits for this
step, the file must be the one that was shown, the certificate must be the signer's own and good at this moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from khue.kernel.access.roles import PRINCIPAL
from khue.kernel.actions import DomainError, NotVisible, Work, action
from khue.kernel.signing import engine, installation
from khue.kernel.signing.actions import in_words
from khue.kernel.signing.models import Certificate
from khue.kernel.signing.records import Signed, record_signatures
from khue.registry.curriculum.models import Course
from khue.school.report_cards import datafile, issuing, signed
from khue.school.report_cards.composing import PROBLEMS
from khue.school.report_cards.models import Card, Draft
from khue.school.report_cards.packing import packed
from khue.school.report_cards.rules import ISSUED, OPEN, State, Step, next_step, policy_of, state_after
from khue.school.report_cards.waiting import field_of, part_of, shown_sha256

KIND: Final = "report_cards.card"
CARD_FIELDS: Final = ("state", "unsigned")
_REVIEWS: Final = (
    "select classroom_id, state, approved_at from gradebook_review where term = 0 and classroom_id = any(%s)"
)


@dataclass(frozen=True, slots=True)
class Hand:
    """An open key and the certificate that it goes with."""

    signer: engine.Signer
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Refusal:
    """A card that was not signed, and why."""

    card_id: int
    label: str
    message: str


@dataclass(slots=True)
class _Job:
    """A card about to be signed."""

    card: Card
    data: bytes
    draft: Draft | None
    sha256: str = ""  # of the data, once signed
    subjects: list[str] = field(default_factory=list)  # of the step SUBJECT: the rows to sign


@action("report_cards.sign_subject")
def sign_subjects(
    work: Work, courses: list[Course], *, card_ids: Sequence[int], shown: Mapping[int, str], hand: Hand
) -> list[Refusal]:
    """Sign the rows of one's own courses on these cards, each row alone; gives what was refused."""
    own: dict[int, list[str]] = {}
    for course in courses:
        own.setdefault(course.classroom_id, []).append(course.subject_id)
    cards = list(
        Card.objects.select_for_update(of=("self",))
        .filter(pk__in=list(card_ids), classroom_id__in=list(own))
        .order_by("pk")
    )
    if len(cards) != len(set(card_ids)):
        raise NotVisible
    return _sign(work, Step.SUBJECT, cards, shown, hand, own)


@action("report_cards.sign_homeroom")
def sign_homeroom(work: Work, cards: list[Card], *, shown: Mapping[int, str], hand: Hand) -> list[Refusal]:
    """Sign cards as homeroom teacher; gives what was refused."""
    return _sign(work, Step.HOMEROOM, cards, shown, hand, {})


@action("report_cards.sign_principal")
def sign_principal(work: Work, cards: list[Card], *, shown: Mapping[int, str], hand: Hand) -> list[Refusal]:
    """Approve cards by the head's signature; gives what was refused."""
    return _sign(work, Step.PRINCIPAL, cards, shown, hand, {})


@action("report_cards.seal")
def seal(work: Work, cards: list[Card], *, shown: Mapping[int, str], hand: Hand) -> list[Refusal]:
    """Seal cards with the school's key and issue them; gives what was refused."""
    return _sign(work, Step.SCHOOL, cards, shown, hand, {})


def _sign(
    work: Work,
    step: Step,
    cards: Sequence[Card],
    shown: Mapping[int, str],
    hand: Hand,
    own: Mapping[int, Sequence[str]],
) -> list[Refusal]:
    at = timezone.now()
    with in_words():
        _check_hand(work, step, hand, at)
    drafts = {one.card_id: one for one in Draft.objects.filter(card_id__in=[card.pk for card in cards])}
    reviews = _reviews([card.classroom_id for card in cards])
    refused: list[Refusal] = []
    jobs: list[_Job] = []
    for card in cards:
        job = _Job(card, b"", drafts.get(card.pk))
        why = _why_not(step, job, shown, hand, own.get(card.classroom_id, ()), reviews.get(card.classroom_id))
        if why:
            refused.append(Refusal(card.pk, label_of(card), why))
        else:
            jobs.append(job)
    if jobs:
        with in_words():
            _write(work, step, jobs, hand, at)
    work.note(step=str(step), signed=len(jobs), refused=[[one.card_id, one.message] for one in refused])
    work.touch_people([job.card.person_id for job in jobs])
    return refused


def label_of(card: Card) -> str:
    """A card as lists of failures name it."""
    content = card.content
    return f"{content['pupil']['full_name']}, {content['classroom']}"


def _check_hand(work: Work, step: Step, hand: Hand, at: datetime) -> None:
    """The certificate is the signer's own, or the school's for its seal, and may sign at this moment."""
    row = hand.certificate
    is_own = row.unit_id is not None if step == Step.SCHOOL else row.person_id == work.actor.person_id
    if not is_own or row.withdrawn_at is not None:
        raise DomainError(_("Chứng thư số này không dùng được ở bước này."))
    reasons = engine.check_certificate(
        hand.signer.certificate, hand.signer.chain, installation.policy(), at, installation.whom(row)
    )
    if engine.fingerprint(hand.signer.certificate) != row.sha256:
        reasons = (engine.reason("KEY_NOT_OF_CERTIFICATE"), *reasons)
    if reasons:
        raise engine.RefusedToSign(*reasons)


def _reviews(classroom_ids: Sequence[int]) -> dict[int, tuple[str, datetime | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_REVIEWS, [sorted(set(classroom_ids))])
        return {room: (state, approved_at) for room, state, approved_at in cursor.fetchall()}


def _why_not(
    step: Step,
    job: _Job,
    shown: Mapping[int, str],
    hand: Hand,
    subjects: Sequence[str],
    review: tuple[str, datetime | None] | None,
) -> str:
    """Why a card cannot be signed now, in words; empty when it can, and then the job holds its file."""
    card = job.card
    if card.state == State.DRAFT:
        return "; ".join(str(PROBLEMS.get(code, code)) for code in card.problems) + "."
    if card.state in ISSUED:
        return _("Học bạ đã cấp, không ký thêm được.")
    if card.state not in OPEN:
        return _("Học bạ này không còn hiệu lực.")
    if step == Step.SUBJECT:
        job.subjects = [one for one in card.unsigned if one in subjects]
        if not job.subjects:
            return _("Môn của thầy cô đã ký rồi.")
    elif why := _out_of_turn(step, card):
        return why
    if step == Step.SCHOOL and hand.certificate.unit_id != card.school_id:
        return _("Con dấu số này không phải của trường cấp học bạ.")
    if review is not None and (
        review[0] != "approved" or (review[1] is not None and review[1] > card.composed_at)
    ):
        return _("Kết quả cả năm của lớp đã mở lại sau khi lập học bạ. Hiệu trưởng trả về để lập lại.")
    draft = job.draft
    if shown.get(card.pk) != shown_sha256(step, card.fingerprint, draft.sha256 if draft else None):
        return _("Học bạ đã khác bản thầy cô xem trên trang. Mở lại trang, xem rồi ký.")
    job.data = draft.file if draft else datafile.write(datafile.card_of(card.content), card.reference)
    if hashlib.sha256(job.data).hexdigest() != (draft.sha256 if draft else card.fingerprint):
        return _("Tệp của học bạ này bị đổi ngoài Khuê, không ký được. Báo người quản trị.")
    return ""


def _out_of_turn(step: Step, card: Card) -> str:
    """Strict order: what a card waits for when it is not this step."""
    steps = policy_of(card.steps).steps
    waits = next_step(steps, State(card.state), card.unsigned)
    if waits == step:
        return ""
    if step not in steps or waits is None or steps.index(waits) > steps.index(step):
        return _("Bước này đã ký rồi.")
    if waits == Step.SUBJECT:
        names = {line["code"]: line["name"] for line in _lines(card)}
        return _("Chưa đến lượt: còn chờ giáo viên ký môn %(names)s.") % {
            "names": ", ".join(names.get(code, code) for code in card.unsigned)
        }
    words = {Step.HOMEROOM: _("giáo viên chủ nhiệm"), Step.PRINCIPAL: _("hiệu trưởng")}
    return _("Chưa đến lượt: còn chờ %(who)s ký.") % {"who": words[waits]}


def _lines(card: Card) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = card.content["subjects"] or card.content["primary_subjects"]
    return lines


def capacity_of(work: Work, step: Step, card: Card, subject: str = "") -> str:
    """As what somebody signs, in the file's own language; who signs in another's place says whose."""
    content, name = card.content, work.actor.name
    with translation.override("vi"):
        if step == Step.SUBJECT:
            line = next(one for one in _lines(card) if one["code"] == subject)
            words = f"Giáo viên môn {line['name']}"
            return _instead(words, line["teacher"], name)
        if step == Step.HOMEROOM:
            return _instead("Giáo viên chủ nhiệm", content["homeroom"]["full_name"], name)
        if step == Step.PRINCIPAL:
            return head_capacity_of(work, str(content["principal"]["title"]))
        return "Chữ ký số của tổ chức"


def head_capacity_of(work: Work, title: str) -> str:
    """As what somebody signs in the place of the head, whose office is `title` ("": principal)."""
    return signed.head_capacity(title, is_head=work.actor.is_system or PRINCIPAL in work.actor.roles)


def _instead(words: str, named: str, signs: str) -> str:
    return words if not named or named == signs else f"{words}, thay {named}"


def _write(work: Work, step: Step, jobs: list[_Job], hand: Hand, at: datetime) -> None:
    """Sign the files, one call to the key for each round, and write what follows."""
    stamper = installation.stamper() if step != Step.SUBJECT else None
    made: list[Signed] = []
    rounds = max(len(job.subjects) for job in jobs) if step == Step.SUBJECT else 1
    for place in range(rounds):
        turn = [job for job in jobs if step != Step.SUBJECT or place < len(job.subjects)]
        subjects = [job.subjects[place] if step == Step.SUBJECT else "" for job in turn]
        capacities = [
            capacity_of(work, step, job.card, subject) for job, subject in zip(turn, subjects, strict=True)
        ]
        prepared = [
            engine.prepare_xml(
                job.data, hand.signer.certificate, hand.signer.chain, field=field_of(step, subject),
                capacity=capacity, at=at, stamper=stamper, part=part_of(subject) if subject else "",
            )
            for job, subject, capacity in zip(turn, subjects, capacities, strict=True)
        ]  # fmt: skip
        files = engine.sign_many(hand.signer, prepared)
        for job, subject, capacity, one, data in zip(
            turn, subjects, capacities, prepared, files, strict=True
        ):
            job.data, job.sha256 = data, engine.content_sha256(data)
            made.append(
                Signed(
                    unit_id=job.card.school_id, document_kind=KIND, document_id=job.card.pk, form="xml",
                    position=_position(step, job.card, place), field=field_of(step, subject),
                    capacity=capacity[:100], signer_id=work.actor.person_id,
                    certificate_id=hand.certificate.pk, sha256=one.content_sha256,
                    result_sha256=job.sha256, signed_at=at, is_time_stamped=stamper is not None,
                )
            )  # fmt: skip
    if step == Step.SCHOOL:
        record_signatures(work, made)
        issuing.issue(work, [(job.card, job.data) for job in jobs], hand.signer, hand.certificate, at)
        return
    _keep(work, step, jobs)
    record_signatures(work, made)


def _position(step: Step, card: Card, place: int) -> int:
    """The how-manieth signature of the file this is, from 1."""
    steps = policy_of(card.steps).steps
    rows = len(_lines(card)) if Step.SUBJECT in steps else 0
    if step == Step.SUBJECT:
        return rows - len(card.unsigned) + place + 1
    return rows + [one for one in steps if one != Step.SUBJECT].index(step) + 1


def _keep(work: Work, step: Step, jobs: list[_Job]) -> None:
    new: list[tuple[int, bytes, str]] = []
    changed: dict[int, tuple[Sequence[Any], Sequence[Any]]] = {}
    cards: dict[int, tuple[Sequence[Any], Sequence[Any]]] = {}
    for job in jobs:
        card, sha256 = job.card, job.sha256
        if job.draft is None:
            new.append((card.pk, packed(job.data), sha256))
        else:
            changed[card.pk] = ([b"", job.draft.sha256], [packed(job.data), sha256])
        left = [code for code in card.unsigned if code not in job.subjects]
        after = state_after(step, left, State(card.state))
        cards[card.pk] = ([str(card.state), card.unsigned], [str(after), left])
        card.state, card.unsigned = after, left
    if new:
        work.create_many(
            Draft, ["data", "sha256"], [row[1:] for row in new], ids=[row[0] for row in new], is_touched=False
        )
    work.change_many(Draft, ["data", "sha256"], changed, is_touched=False)
    work.change_many(Card, CARD_FIELDS, cards)
