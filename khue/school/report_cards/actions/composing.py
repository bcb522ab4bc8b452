"""Cards composed from approved results: a class at once, a pupil's missing number excused, a card sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import value_of, values_of
from khue.registry.roster.models import Classroom
from khue.school.report_cards import codes, datafile
from khue.school.report_cards.composing import Composed, compose
from khue.school.report_cards.models import Card, Draft
from khue.school.report_cards.queries.facts import ClassFacts, all_class_facts
from khue.school.report_cards.rules import (
    ISSUED,
    NO_PERSONAL_ID,
    OPEN,
    PRIMARY_LEVELS,
    Policy,
    State,
    Step,
    policy_of,
)

UNISSUED: Final = (State.DRAFT, *OPEN)
MAY_WAIT: Final = "report_cards.personal_id_may_wait"
MOVABLE: Final = (
    "state", "problems", "steps", "unsigned", "content", "fingerprint", "sort_key", "composed_at", "classroom_id",
)  # fmt: skip
NEW: Final = (
    "person_id", "enrolment_id", "year_id", "school_id", "classroom_id", "level", "grade", "sort_key", "edition",
    "replaces_id", "state", "problems", "excuse", "steps", "unsigned", "content", "fingerprint", "reference", "code",
    "composed_at",
)  # fmt: skip


@dataclass(slots=True)
class Outcome:
    """What composing a class came to: cards new, made anew, left because somebody has signed or they are issued."""

    made: int = 0
    anew: int = 0
    left: int = 0
    lacking: int = 0  # of those made or made anew: how many still miss something


@dataclass(frozen=True, slots=True)
class Edition:
    """A later edition of a pupil's card: its number, the card it replaces, and what is said of why."""

    number: int
    replaces_id: int | None
    words: str


def province() -> str:
    """The province as cards name it."""
    root = Unit.objects.filter(parent__isnull=True).order_by("pk").values_list("name", flat=True)[0]
    return province_of(str(root))


def province_of(department: str) -> str:
    """A province by the name of its department: "Tỉnh Lam Giang" of "Sở GD&ĐT Lam Giang"."""
    name = department
    for kind in ("Sở Giáo dục và Đào tạo ", "Sở GD&ĐT ", "Sở GDĐT ", "Sở "):
        if name.startswith(kind):
            name = name.removeprefix(kind)
            break
    return name if name.startswith(("Tỉnh ", "tỉnh ", "Thành phố ", "thành phố ")) else f"Tỉnh {name}"


def policy_for(level: str, values: Mapping[str, Any]) -> Policy:
    """Who signs the cards of a level, by the settings."""
    name = "report_cards.steps_primary" if level in PRIMARY_LEVELS else "report_cards.steps_secondary"
    return policy_of(str(values[name]))


@action("report_cards.compose")
def compose_class(work: Work, room: Classroom, *, anew: Mapping[int, Edition] | None = None) -> Outcome:
    """Compose the cards of a class from its approved results; those nobody has signed are made anew.

    `anew` (by enrolment) are later editions of cards that were issued: what a granted correction brings.
    Raises DomainError when the year of the class is not approved or no circular judges it.
    """
    facts = all_class_facts(room.pk)
    if facts is None:
        raise DomainError(_("Lớp %(name)s không lập học bạ theo năm học.") % {"name": room.name})
    if not facts.is_approved and not _has_cards(room.pk):
        raise DomainError(
            _("Lớp %(name)s: kết quả cả năm chưa được duyệt, chưa lập học bạ được.") % {"name": room.name}
        )
    done = compose_rows(work, room, facts, anew or {})
    work.note(made=done.made, anew=done.anew, left=done.left, lacking=done.lacking)
    return done


def _has_cards(room_id: int) -> bool:
    return Card.objects.filter(classroom_id=room_id).exists()


def compose_rows(
    work: Work, room: Classroom, facts: ClassFacts, anew: Mapping[int, Edition], only: Sequence[int] = ()
) -> Outcome:
    """The writing of a class's cards (of `only` these enrolments, when given), inside an action."""
    values = values_of(["report_cards.steps_primary", "report_cards.steps_secondary", MAY_WAIT])
    policy, may_wait = policy_for(room.level, values), bool(values[MAY_WAIT])
    now = timezone.now()
    done = Outcome()
    known = _known(room.pk)
    new: list[list[Any]] = []
    changed: dict[int, tuple[Sequence[Any], Sequence[Any]]] = {}
    place = province_of(facts.department)
    for one in compose(facts, place):
        pk = one.judged.enrolment_id
        if only and pk not in only:
            continue
        card, is_issued, is_signed, last = known.get(pk, (None, False, False, 0))
        edition = anew.get(pk)
        if edition is None and card is None and last and not is_issued:
            edition = Edition(last + 1, None, "")  # every edition before was revoked
        if is_signed or (card is None and is_issued and edition is None):
            done.left += 1
            continue
        if edition is not None or (card is not None and card.edition > 1):
            one = _edited(one, edition, card)
        state, problems = _state(one, card.excuse if card else "", may_wait)
        done.lacking += state == State.DRAFT
        unsigned = list(one.subjects) if Step.SUBJECT in policy.steps else []
        content = datafile.content_of(one.card)
        if card is None:
            reference = codes.new_reference()
            new.append([
                one.judged.person_id, pk, room.year_id, room.school_id, room.pk, room.level, room.grade,
                one.person.sort_key, edition.number if edition else 1, edition.replaces_id if edition else None,
                str(state), problems, "", policy.text, unsigned, content,
                datafile.fingerprint(one.card, reference), reference, codes.new_code(), now,
            ])  # fmt: skip
            done.made += 1
            continue
        after = [
            str(state), problems, policy.text, unsigned, content, datafile.fingerprint(one.card, card.reference),
            one.person.sort_key, now, room.pk,
        ]  # fmt: skip
        before = [getattr(card, name) for name in MOVABLE]
        changed[card.pk] = (before, after)
        done.anew += 1
    ids = work.create_many(Card, NEW, new, is_touched=False)
    work.change_many(Card, MOVABLE, changed, is_touched=False)
    work.touch(*(f"report_cards.card:{pk}" for pk in [*ids, *changed]))
    return done


def _known(room_id: int) -> dict[int, tuple[Card | None, bool, bool, int]]:
    """By enrolment: the card not issued yet (locked), whether one stands, whether it is signed, the last edition."""
    with connection.cursor() as cursor:
        cursor.execute("select id from roster_classroom where id = %s for update", [room_id])
    rows = list(  # locked before the drafts are read: who is signing now has signed when these are ours
        Card.objects.select_for_update(of=("self",)).filter(enrolment__classroom_id=room_id).order_by("pk")
    )
    found: dict[int, tuple[Card | None, bool, bool, int]] = {}
    drafts = set(
        Draft.objects.filter(card__enrolment__classroom_id=room_id).values_list("card_id", flat=True)
    )
    for row in rows:
        card, is_issued, is_signed, last = found.get(row.enrolment_id, (None, False, False, 0))
        if row.state in UNISSUED:
            card, is_signed = row, row.pk in drafts
        else:
            is_issued, last = is_issued or row.state in ISSUED, max(last, row.edition)
        found[row.enrolment_id] = card, is_issued, is_signed, last
    return found


def _edited(one: Composed, edition: Edition | None, card: Card | None) -> Composed:
    from dataclasses import replace

    number = edition.number if edition else card.edition if card else 1
    words = edition.words if edition else str(card.content.get("replaces", "")) if card else ""
    return replace(one, card=replace(one.card, version=number, replaces=words))


def _state(one: Composed, excuse: str, may_wait: bool) -> tuple[State, list[str]]:
    problems = [code for code in one.problems if code != NO_PERSONAL_ID or not (excuse and may_wait)]
    return (State.DRAFT if problems else State.COMPLETE), problems


@action("report_cards.excuse", permission="report_cards.sign_principal")
def excuse(work: Work, card: Card, *, reason: str) -> Card:
    """Let a card be signed without the pupil's number, by the principal, with a reason (a setting allows it)."""
    words = " ".join(reason.split())[:300]
    if not words:
        text = _("Ghi lý do cho ký khi thiếu số định danh.")
        raise DomainError(text, fields={"reason": text})
    if not value_of(MAY_WAIT):
        raise DomainError(_("Sở không cho ký học bạ khi thiếu số định danh."))
    if card.state != State.DRAFT or NO_PERSONAL_ID not in card.problems:
        raise DomainError(_("Học bạ này không còn vướng số định danh."))
    problems = [code for code in card.problems if code != NO_PERSONAL_ID]
    work.reason = words
    state = State.DRAFT if problems else State.COMPLETE
    work.touch_people([card.person_id])
    return work.change(card, excuse=words, problems=problems, state=state)


@action("report_cards.send_back", permission="report_cards.sign_principal")
def send_back(work: Work, card: Card, *, reason: str) -> Card:
    """Undo the signatures of a card that is not issued and compose it anew, with a reason; its signers sign again.

    The card goes and a new one with another reference comes, so that no signature of the old file fits the new one.
    """
    words = " ".join(reason.split())[:300]
    if not words:
        text = _("Ghi rõ vì sao phải lập lại.")
        raise DomainError(text, fields={"reason": text})
    if card.state not in UNISSUED:
        raise DomainError(_("Học bạ đã cấp không trả về được. Sửa bằng bản mới."))
    work.reason = words
    work.touch_people([card.person_id])
    draft = Draft.objects.filter(card=card).first()
    if draft is not None:
        work.remove(draft)
    number, replaces, text = card.edition, card.replaces_id, str(card.content.get("replaces", ""))
    enrolment_id, excused = card.enrolment_id, card.excuse
    work.remove(card)
    room, facts = _present_class(card)
    anew = {enrolment_id: Edition(number, replaces, text)} if replaces else {}
    compose_rows(work, room, facts, anew, [enrolment_id])
    made = Card.objects.select_for_update().filter(enrolment_id=enrolment_id, state__in=UNISSUED).first()
    if made is None:
        raise DomainError(_("Em không còn học lớp %(name)s, chưa lập lại học bạ được.") % {"name": room.name})
    if excused:
        problems = [code for code in made.problems if code != NO_PERSONAL_ID]
        work.change(
            made, excuse=excused, problems=problems, state=State.DRAFT if problems else State.COMPLETE
        )
    return work.change(made, returned_for=words)


def _present_class(card: Card) -> tuple[Classroom, ClassFacts]:
    """The class a pupil is in by now, whose approved results the card is composed of; raises DomainError."""
    room: Classroom | None = card.enrolment.classroom
    if room is None:
        raise DomainError(_("Em chưa được xếp lớp, chưa lập lại học bạ được."))
    facts = all_class_facts(room.pk)
    if facts is None:
        raise DomainError(_("Lớp %(name)s không lập học bạ theo năm học.") % {"name": room.name})
    if room.pk != card.classroom_id and not facts.is_approved:
        raise DomainError(
            _("Em đã sang lớp %(name)s, lớp này chưa duyệt kết quả cả năm, chưa lập lại học bạ được.")
            % {"name": room.name}
        )
    return room, facts
