"""Consent slips as a school reads them, and whether somebody may use what they were asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from khue.citizen.surveys import rules
from khue.citizen.surveys.models import Decision, Slip, State
from khue.kernel.access.actor import Actor
from khue.kernel.org.models import Unit
from khue.registry.roster.models import Classroom, Enrolment, Guardianship

VIEW, MANAGE = "surveys.view_consents", "surveys.manage_consents"
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person answered last about a pupil."""

    person_id: int
    name: str
    relation: str  # of a guardian; empty: the pupil
    answer: str  # empty: has not answered
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PupilAnswers:
    """What was answered about one pupil, and what it amounts to today."""

    enrolment_id: int
    person_id: int
    name: str
    class_name: str
    needs_child: bool
    verdict: rules.Verdict
    voices: tuple[Voice, ...]

    @property
    def state(self) -> str:
        """yes, split (guardians differ: a no), no, child (the pupil's own answer is missing) or none."""
        if self.verdict.is_split:
            return "split"
        return "child" if self.verdict.waits_for_child else self.verdict.answer


def slips(actor: Actor) -> QuerySet[Slip]:
    """The slips the actor reads, newest first: those of own units and classes, and those that ask an own class too."""
    seen = Slip.objects.visible_to(actor, VIEW).values("pk")
    wanted = Q(pk__in=seen)
    rooms = actor.reach(VIEW).class_ids
    for room in (
        Classroom.objects.filter(pk__in=rooms).values("school_id", "campus_id", "grade") if rooms else ()
    ):
        campus = Q(campus__isnull=True) | Q(campus_id=room["campus_id"])
        grade = Q(grade__isnull=True) | Q(grade=room["grade"])
        opened = ~Q(state=State.DRAFT) & Q(school_id=room["school_id"], classroom__isnull=True)
        wanted |= opened & campus & grade
    return (
        Slip.objects.filter(wanted)
        .select_related("school", "campus", "classroom", "made_by")
        .order_by("-due_on", "-pk")
    )


def managed(actor: Actor) -> QuerySet[Slip]:
    """The slips the actor makes, opens and closes."""
    return Slip.objects.visible_to(actor, MANAGE).select_related("school", "campus", "classroom")


def has_answers(slip: Slip) -> bool:
    """Whether anybody has answered: then its words are no longer changed."""
    return Decision.objects.filter(slip=slip).exists()


def pupils(actor: Actor, slip: Slip, day: date | None = None) -> list[PupilAnswers]:
    """The pupils a slip asks about whom the actor may see, by class and name, with every answer; three statements."""
    today = day or timezone.localdate()
    fits = Q(school_id=slip.school_id, is_current=True, status__in=("studying", "suspended"))
    for name in ("campus_id", "grade", "classroom_id"):
        if getattr(slip, name) is not None:
            fits &= Q(**{name: getattr(slip, name)})
    rows = list(
        Enrolment.objects.visible_to(actor, VIEW)
        .filter(fits)
        .order_by("classroom__sort_key", "sort_key", "pk")
        .values_list("pk", "person_id", "person__full_name", "classroom__name", "person__birth_date")
    )
    said = _said(Decision.objects.filter(slip=slip, enrolment__in=[row[0] for row in rows]))
    guardians = _guardians([row[1] for row in rows], today)
    found = []
    for pk, person, name, room, born in rows:
        answers = said.get((slip.pk, pk), {})
        needs_child = rules.asks_child(slip.purpose, born, today)
        voices = [_voice(one, answers) for one in guardians.get(person, ())]
        if needs_child:
            voices.append(_voice((person, name, ""), answers))
        now = _judged(answers, guardians.get(person, ()), person, needs_child)
        found.append(PupilAnswers(pk, person, name, room or "", needs_child, now, tuple(voices)))
    return found


def consents(
    actor: Actor, person_ids: Iterable[int], purpose: str, day: date | None = None, *, school_id: int | None = None
) -> dict[int, str]:  # fmt: skip
    """Whether pupils' data may be used for a purpose on a day: person -> 'yes', 'no' or 'none'; two statements.

    Of several slips for the same purpose the newest that anybody has answered decides. Only answers of guardians who
    may see the pupil on that day count. With `school_id` only the slips of that school do: it alone was consented to.
    """
    on, wanted = day or timezone.localdate(), sorted(set(person_ids))
    rows = Decision.objects.visible_to(actor, VIEW).filter(
        enrolment__person_id__in=wanted, slip__purpose=purpose, slip__until__gte=on,
        given_at__lt=_after(on),
    )  # fmt: skip
    if school_id is not None:
        rows = rows.filter(slip__school_id=school_id)
    places: dict[int, dict[int, dict[int, tuple[str, datetime]]]] = defaultdict(
        dict
    )  # person -> slip -> who -> answer
    born: dict[int, date | None] = {}
    fields = (
        "slip_id",
        "enrolment__person_id",
        "enrolment__person__birth_date",
        "by_id",
        "answer",
        "given_at",
    )
    for slip, person, birth, by, answer, at in rows.order_by("slip_id", "pk").values_list(*fields):
        places[person].setdefault(slip, {})[by] = (answer, at)
        born[person] = birth
    guardians = _guardians(list(places), on)
    found = dict.fromkeys(wanted, rules.NONE)
    for person, by_slip in places.items():
        needs_child = rules.asks_child(purpose, born[person], on)
        for _slip, answers in sorted(by_slip.items(), reverse=True):
            ties = guardians.get(person, ())
            if {one[0] for one in ties} & answers.keys() or (needs_child and person in answers):
                found[person] = _judged(answers, ties, person, needs_child).answer
                break
    return found


def _after(day: date) -> datetime:
    """The moment at which a day of the province is over."""
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))


def _said(rows: QuerySet[Decision]) -> dict[tuple[int, int], dict[int, tuple[str, datetime]]]:
    """The newest answer of each person: (slip, enrolment) -> person -> answer."""
    found: dict[tuple[int, int], dict[int, tuple[str, datetime]]] = defaultdict(dict)
    for slip, enrolment, by, answer, at in rows.order_by("pk").values_list(
        "slip_id", "enrolment_id", "by_id", "answer", "given_at"
    ):
        found[slip, enrolment][by] = (answer, at)
    return found


def _guardians(pupil_ids: Sequence[int], day: date) -> dict[int, list[tuple[int, str, str]]]:
    """Pupil -> the guardians who may see the record on a day: person, name, relation."""
    found: dict[int, list[tuple[int, str, str]]] = defaultdict(list)
    ties = (
        Guardianship.objects.filter(Q(ends_on__isnull=True) | Q(ends_on__gt=day), starts_on__lte=day)
        .filter(pupil_id__in=pupil_ids, may_view=True)
        .order_by("-is_main_contact", "pk")
    )
    for pupil, guardian, name, relation in ties.values_list(
        "pupil_id", "guardian_id", "guardian__full_name", "relation"
    ):
        found[pupil].append((guardian, name, relation))
    return found


def _voice(who: tuple[int, str, str], answers: dict[int, tuple[str, datetime]]) -> Voice:
    answer, at = answers.get(who[0], ("", None))
    return Voice(*who, answer, at)


def _judged(
    answers: dict[int, tuple[str, datetime]], guardians: Sequence[tuple[int, str, str]], person: int, needs_child: bool
) -> rules.Verdict:  # fmt: skip
    child = answers.get(person)
    said = [answers[pk][0] for pk, _name, _relation in guardians if pk in answers]
    return rules.verdict(said, child[0] if child else None, needs_child=needs_child)


def places(actor: Actor) -> tuple[list[Unit], list[Classroom]]:
    """The school and campuses, and the classes of the running year, for which the actor may make a slip."""
    units = list(
        Unit.objects.visible_to(actor, MANAGE)
        .filter(kind__in=("school", "campus"), closed_on__isnull=True)
        .order_by("-kind", "sort_key")[:SHOWN]
    )
    rooms = (
        Classroom.objects.visible_to(actor, MANAGE)
        .filter(year__is_closed=False, closed_on__isnull=True)
        .order_by("sort_key")
        .select_related("school")[:SHOWN]
    )
    return units, list(rooms)


def read_as(actor: Actor, slip: Slip) -> Slip | Classroom | None:
    """By what right the actor reads a slip: their own slip, or their class in the school that asks."""
    own = Slip.objects.visible_to(actor, VIEW).filter(pk=slip.pk).first()
    rooms = Classroom.objects.visible_to(actor, VIEW).filter(school_id=slip.school_id)
    return own or rooms.order_by("-year_id", "pk").first()
