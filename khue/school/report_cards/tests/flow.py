"""A class whose year is approved and whose signers have keys, for tests of composing and signing."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Person
from khue.kernel.signing import actions as signing_room
from khue.kernel.signing import installation
from khue.kernel.signing.actions import TRIAL_PASSPHRASE
from khue.kernel.signing.models import Certificate
from khue.registry.curriculum.models import Course, TeachingAssignment
from khue.registry.roster.models import Classroom
from khue.school.gradebook.actions import results as way
from khue.school.gradebook.tests import judged
from khue.school.report_cards.actions import batches, composing, signing
from khue.school.report_cards.actions.batches import KeyGiven
from khue.school.report_cards.actions.signing import Hand, Refusal
from khue.school.report_cards.models import Batch, Card
from khue.school.report_cards.queries import groups, signable
from khue.school.report_cards.rules import ORDER, Step
from tests.cast import START, Cast

NUMBERS = {"lan": "020185001234", "hung": "020075001234", "tam": "020188001234", "mai": "020190001234"}
SCORED = ("TOAN", "NGU_VAN", "NGOAI_NGU_1", "GDCD", "LS_DL", "KHTN")  # six at least, or nobody is promoted
BY_WORDS = ("GDTC",)


def approved(cast: Cast, pupils: int = 1, absences: int = 0) -> Classroom:
    """8A3 with seven subjects that Lan teaches, its year approved; An and other pupils with their numbers."""
    room, scored, by_words = cast.classroom, SCORED, BY_WORDS
    judged.add_courses(room, scored, by_words)
    judged.open_days(cast)
    more = judged.pupils(room, pupils - 1) if pupils > 1 else []
    enrolments = [cast.enrolments["an"].pk, *more]
    with transaction.atomic():
        judged.complete(
            room, {pk: [80] * len(scored) for pk in enrolments}, scored=scored, by_words=by_words,
            absences=absences,
        )  # fmt: skip
    for period in (1, 2, 0):
        way.submit_results(cast.hung, room, period=period)
        way.approve_results(cast.hung, [room], period=period)
    for place, pk in enumerate(room.enrolments.order_by("pk").values_list("person_id", flat=True)):
        Person.objects.filter(pk=pk).update(personal_id=f"0203130{place:05}")
    for name, number in NUMBERS.items():
        Person.objects.filter(pk=cast.people[name].pk).update(personal_id=number)
        cast.people[name].refresh_from_db()
    for course in Course.objects.filter(classroom=room):
        TeachingAssignment.objects.get_or_create(
            course=course, teacher=cast.people["lan"], periods_a_year=70, role="main", starts_on=START,
            ends_on=cast.year.ends_on,
        )  # fmt: skip
    return room


def compose(cast: Cast, room: Classroom | None = None) -> list[Card]:
    """The cards of the class."""
    composing.compose_class(cast.hung, room or cast.classroom)
    return list(Card.objects.filter(classroom=room or cast.classroom).order_by("sort_key"))


def key_of(cast: Cast, name: str) -> KeyGiven:
    """A test key of somebody, made at first use."""
    actor = cast.actor(name)
    held = Certificate.objects.filter(person_id=actor.person_id, withdrawn_at__isnull=True).first()
    row = held or signing_room.issue_trial(actor, cast.people[name])
    return KeyGiven(row, TRIAL_PASSPHRASE)


def seal_of(cast: Cast) -> KeyGiven:
    """The school's test seal, made at first use."""
    held = Certificate.objects.filter(unit=cast.school, withdrawn_at__isnull=True).first()
    return KeyGiven(held or signing_room.issue_trial_seal(cast.hung, cast.school), TRIAL_PASSPHRASE)


def sign(actor: Actor, step: Step, cards: list[Card], key: KeyGiven, **shown: Any) -> list[Refusal]:
    """Sign cards at once, as shown now (or as `shown` says)."""
    seen = {
        one.card_id: one.sha256
        for group in groups.groups(actor, step)
        for one in group.cards
    }  # fmt: skip
    seen = {card.pk: seen.get(card.pk, "") for card in cards} | shown.get("shown", {})
    with installation.opened(key.certificate, key.secret) as signer:
        hand = Hand(signer, key.certificate)
        if step == Step.SUBJECT:
            courses, found = signable.own_courses(actor, [card.pk for card in cards])
            ids = [card.pk for card in found]
            return signing.sign_subjects(actor, courses, card_ids=ids, shown=seen, hand=hand)
        do = {Step.HOMEROOM: signing.sign_homeroom, Step.PRINCIPAL: signing.sign_principal}
        return do.get(step, signing.seal)(actor, cards, shown=seen, hand=hand)


def until(cast: Cast, step: Step, cards: list[Card]) -> None:
    """Sign cards at every step up to and with one."""
    until_from(cast, Step.SUBJECT, cards, last=step)


def until_from(cast: Cast, first: Step, cards: list[Card], *, last: Step = Step.SCHOOL) -> None:
    """Sign cards at every step from one to another."""
    signers = {Step.SUBJECT: "lan", Step.HOMEROOM: "lan", Step.PRINCIPAL: "hung"}
    for one in ORDER[ORDER.index(first) :]:
        key = seal_of(cast) if one == Step.SCHOOL else key_of(cast, signers[one])
        actor = cast.tam if one == Step.SCHOOL else cast.actor(signers[one])
        assert sign(actor, one, cards, key) == []
        if one == last:
            return


def batch(cast: Cast, name: str, step: Step, key: KeyGiven, **more: Any) -> Batch:
    """Begin a batch of everything that waits for somebody at a step."""
    actor = cast.actor(name)
    cards = [card for group in groups.groups(actor, step) for card in group.cards]
    return batches.begin(actor, step=step, school_id=cast.school.pk, cards=cards, key=key, **more)


def run(made: Batch) -> str:
    """Do a batch as a worker does; gives the state of its run."""
    from khue.kernel.jobs import engine
    from khue.kernel.jobs.models import Run

    engine.work(made.run_id, "w")
    return Run.objects.get(pk=made.run_id).state
