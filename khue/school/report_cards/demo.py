"""Report cards of the small demo: last year's, in every state, with keys of the test authority for the cast.

Five classes of Lê Quý Đôn: one wholly issued and taken in by the department, one that waits for its homeroom teacher
Lan, two for their teachers, one in all the states from the homeroom teacher's signature on; and one child's card that
was corrected, so that a second edition stands in place of the first. Signed as schools sign, by the same actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.demo import small
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account, Person
from khue.kernel.signing import installation
from khue.kernel.signing.actions import TRIAL_PASSPHRASE, issue_trial_seal
from khue.kernel.signing.engine import Authority, HeldKey, Issued
from khue.kernel.signing.models import Certificate, Source
from khue.kernel.signing.records import keep_certificate
from khue.registry.curriculum.models import Course, TeachingAssignment
from khue.registry.roster.models import Classroom, Homeroom
from khue.school.gradebook.actions.correcting import Put, correct_results
from khue.school.gradebook.models import MarkRow
from khue.school.report_cards.actions import composing, corrections, signing, store
from khue.school.report_cards.actions.signing import Hand
from khue.school.report_cards.models import Card, Draft
from khue.school.report_cards.rules import Step
from khue.school.report_cards.waiting import chunks, shown_sha256

YEAR: Final = 2025
ACCEPTED, TEACHERS, MIXED = "9A1", "9A2", "9A7"  # taken in; waits for teachers; some in each later state
HOMEROOM, FORMER = "8A7", "7A3"  # waits for Lan; where Lan's pupils of today were, An among them
AT_ONCE: Final = 25
WHAT: Final = "Điểm cuối kì II môn {subject} trên học bạ cộng thiếu một câu, đúng là cao hơn nửa điểm."
END_OF_TERM: Final = 6  # the slot of the test at the end of the term
DECISION: Final = "41/QĐ-THCS ngày 10/6/2026"


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Compose, and sign where there is a test authority: without keys nothing can be signed."""
    if not size.has_cast or not size.has_history:
        return
    loader.end()
    school = Unit.objects.get(code=small.LE_QUY_DON)
    names = [ACCEPTED, TEACHERS, MIXED, HOMEROOM, FORMER]
    found = Classroom.objects.filter(school=school, year_id=YEAR, name__in=names)
    rooms = {room.name: room for room in found.order_by("sort_key")}
    head = acting(Account.objects.select_related("person").get(login_name="hung").person)
    for room in rooms.values():
        composing.compose_class(head, room)
    authority = installation.trial_authority()
    if authority is not None and len(rooms) == len(names):
        with ExitStack() as stack:
            _sign_all(Keys(authority, stack, school), rooms)


@dataclass
class Keys:
    """Who signs with what: the cast with keys they can use again, the other teachers with keys made for this alone."""

    authority: Authority
    stack: ExitStack
    school: Unit
    hands: dict[int, Hand] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cast = {
            name: Account.objects.get(login_name=name).person
            for name in ("lan", "hung", "tam", "binh", "son")
        }
        self.head, self.office, self.father, self.officer = (
            cast[name] for name in ("hung", "tam", "binh", "son")
        )
        for name in ("lan", "hung", "tam"):
            made = self._made(cast[name])
            row = _kept(made, cast[name], made.pkcs12(TRIAL_PASSPHRASE))
            self.hands[cast[name].pk] = Hand(_held(made), row)
        self.seal = self._own(issue_trial_seal(acting(self.head), self.school))

    def _own(self, row: Certificate) -> Hand:
        return Hand(self.stack.enter_context(installation.opened(row, TRIAL_PASSPHRASE)), row)

    def hand(self, person: Person) -> Hand:
        """A teacher's key, made when it is first asked for."""
        if person.pk not in self.hands:
            made = self._made(person)
            self.hands[person.pk] = Hand(_held(made), _kept(made, person))
        return self.hands[person.pk]

    def _made(self, person: Person) -> Issued:
        return self.authority.person(person.full_name, personal_id=person.personal_id or "", kind="ec")


def _held(made: Issued) -> HeldKey:
    return HeldKey(made.key, made.certificate, made.chain)


def _kept(made: Issued, person: Person, key_file: bytes | None = None) -> Certificate:
    work = Work(acting(person), "signing.issue_trial", [person])
    return keep_certificate(
        work, made.certificate, made.chain, source=Source.TRIAL, person_id=person.pk, key_file=key_file
    )


def acting(person: Person) -> Actor:
    """Somebody as the demo lets them act: by name, without asking what they may."""
    return Actor(
        person_id=person.pk, name=person.full_name, system_name="report_cards.demo", capacity_label="Dữ liệu mẫu",
        proved_at=timezone.now(),
    )  # fmt: skip


def _sign_all(keys: Keys, rooms: dict[str, Classroom]) -> None:
    accepted, mixed, homeroom = rooms[ACCEPTED], rooms[MIXED], rooms[HOMEROOM]
    sign_subjects(keys, homeroom, _complete(homeroom), with_lan=False)
    done, some = _complete(accepted), _complete(mixed)[:16]
    for room, cards in ((accepted, done), (mixed, some)):
        sign_subjects(keys, room, cards)
        _homeroom(keys, room, _fresh(cards))
    _principal(keys, _fresh([*done, *some[:10]]))
    _seal(keys, _fresh([*done, *some[:8]]))
    office, officer = acting(keys.office), acting(keys.officer)
    store.submit(office, _fresh([*done, *some[:6]]))
    for piece in chunks([card.pk for card in done], AT_ONCE):
        store.accept(officer, _fresh_ids(piece))
    store.give_back(officer, _fresh(some[4:6]), reason="Thiếu nơi sinh của em, bổ sung rồi nộp lại.")
    _correct(keys, rooms[FORMER])


def _complete(room: Classroom) -> list[Card]:
    return list(Card.objects.filter(classroom=room).exclude(state="draft").order_by("sort_key", "pk"))


def _fresh(cards: Iterable[Card]) -> list[Card]:
    return _fresh_ids([card.pk for card in cards])


def _fresh_ids(ids: Sequence[int]) -> list[Card]:
    return list(Card.objects.filter(pk__in=list(ids)).order_by("sort_key", "pk"))


def _shown(cards: Sequence[Card], step: Step) -> dict[int, str]:
    drafts = dict(Draft.objects.filter(card__in=cards).values_list("card_id", "sha256"))
    return {card.pk: shown_sha256(step, card.fingerprint, drafts.get(card.pk)) for card in cards}


def sign_subjects(keys: Keys, room: Classroom, cards: Sequence[Card], *, with_lan: bool = True) -> None:
    """Every teacher signs the own rows; without Lan hers stay open."""
    last: dict[int, TeachingAssignment] = {}
    rows = TeachingAssignment.objects.filter(course__classroom=room, role="main").select_related(
        "teacher", "course"
    )
    for row in rows.order_by("course_id", "ends_on", "pk"):
        last[row.course_id] = row
    by_teacher: dict[int, list[Course]] = {}
    people = {row.teacher_id: row.teacher for row in last.values()}
    for row in last.values():
        by_teacher.setdefault(row.teacher_id, []).append(row.course)
    lan = Account.objects.values_list("person_id", flat=True).get(login_name="lan")
    ids = [card.pk for card in cards]
    shown = _shown(cards, Step.SUBJECT)
    for teacher, courses in by_teacher.items():
        if teacher == lan and not with_lan:
            continue
        person = people[teacher]
        _all_signed(
            signing.sign_subjects(acting(person), courses, card_ids=ids, shown=shown, hand=keys.hand(person))
        )


def _homeroom(keys: Keys, room: Classroom, cards: Sequence[Card]) -> None:
    teacher = Homeroom.objects.filter(classroom=room).select_related("teacher").order_by("-ends_on").first()
    if teacher is None or not cards:
        return
    person = teacher.teacher
    shown = _shown(cards, Step.HOMEROOM)
    _all_signed(signing.sign_homeroom(acting(person), list(cards), shown=shown, hand=keys.hand(person)))


def _principal(keys: Keys, cards: Sequence[Card]) -> None:
    shown = _shown(cards, Step.PRINCIPAL)
    hand = keys.hand(keys.head)
    _all_signed(signing.sign_principal(acting(keys.head), list(cards), shown=shown, hand=hand))


def _seal(keys: Keys, cards: Sequence[Card]) -> None:
    shown = _shown(cards, Step.SCHOOL)
    _all_signed(signing.seal(acting(keys.office), list(cards), shown=shown, hand=keys.seal))


def _sign(keys: Keys, room: Classroom, card: Card) -> None:
    """One card all the way."""
    sign_subjects(keys, room, [card])
    _homeroom(keys, room, _fresh([card]))
    _principal(keys, _fresh([card]))
    _seal(keys, _fresh([card]))


def _all_signed(refused: Sequence[signing.Refusal]) -> None:
    if refused:
        raise RuntimeError(f"the demo's cards cannot be signed: {refused[0].label}: {refused[0].message}")


def _correct(keys: Keys, room: Classroom) -> None:
    """An's card: issued, its mistake found by her father, put right by the head, issued again."""
    an = Account.objects.values_list("person_id", flat=True).get(login_name="an")
    card = Card.objects.filter(classroom=room, person_id=an).exclude(state="draft").first()
    if card is None:
        return
    _sign(keys, room, card)
    head = acting(keys.head)
    row, seen = _low(card)
    assert row.sheet.course is not None
    what = WHAT.format(subject=row.sheet.course.subject.name)
    asked = corrections.ask_correction(acting(keys.father), _fresh([card])[0], what=what)
    corrections.grant_correction(head, asked, decision=DECISION)
    asked.refresh_from_db()
    wanted = [Put(row.sheet_id, END_OF_TERM, seen, seen + 5)]
    correct_results(
        head, card.enrolment, cells_put=wanted, reason=what, asked_by=asked.asked_by_id, decision=DECISION
    )
    _sign(keys, room, corrections.compose_edition(head, asked))


def _low(card: Card) -> tuple[MarkRow, int]:
    """The lowest mark of the tests at the end of the year, where half a point more is seen."""
    rows = MarkRow.objects.filter(
        enrolment_id=card.enrolment_id,
        sheet__term=2,
        sheet__kind="subject",
        sheet__course__assessed_by="marks",
    ).select_related("sheet__course__subject")
    marks = [(row.marks[END_OF_TERM], row.pk, row) for row in rows]
    seen, _pk, row = min((mark, pk, row) for mark, pk, row in marks if mark is not None and mark >= 0)
    return row, seen
