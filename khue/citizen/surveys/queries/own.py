"""What is asked of the reader in person: slips about own children or oneself, surveys to fill in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.utils import timezone

from khue.citizen.surveys import rules
from khue.citizen.surveys.models import Audience, Decision, Reply, Slip, State, Survey
from khue.citizen.surveys.queries.audience import GUARDS, SLIP_FITS, SURVEY_FITS
from khue.citizen.surveys.queries.named import all_rows
from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.people.models import Person
from khue.registry.roster.models import Enrolment

ANSWER_CONSENTS, ANSWER = "surveys.answer_consents", "surveys.answer"

_SLIPS: Final = f"""
select s.id, s.title, s.purpose, s.due_on, s.until, s.state, e.id, e.person_id, p.full_name, p.given_name, p.birth_date,
       u.name, d.answer, d.given_at, coalesce({SLIP_FITS}, false)
from roster_enrolment e join people_person p on p.id = e.person_id join org_unit u on u.id = e.school_id
join surveys_slip s on s.school_id = e.school_id and s.state <> 'draft' and s.until >= %(day)s
left join lateral (
  select d.answer, d.given_at from surveys_decision d
  where d.slip_id = s.id and d.enrolment_id = e.id and d.by_id = %(me)s order by d.id desc limit 1
) d on true
where e.person_id = any(%(people)s)
  and (d.answer is not null or (s.state = 'open' and s.due_on >= %(day)s and {SLIP_FITS}))
order by s.due_on, s.id, p.birth_date, e.id
"""  # noqa: S608 (our own SQL)
_COLUMNS: Final = """
s.id, s.title, s.intro, s.audience, s.is_anonymous, s.closes_on, a.name
"""
_ANSWERED: Final = f"""case s.audience
  when 'child' then exists (select from surveys_receipt r where r.survey_id = s.id and r.key = 'c' || e.id)
  when 'pupil' then exists (select from surveys_receipt r where r.survey_id = s.id and r.key = 'p' || e.person_id)
  else exists (
    select from surveys_receipt r where r.survey_id = s.id and r.person_id in (
      select g.guardian_id from roster_guardianship g where g.pupil_id = any(%(people)s) and {GUARDS})) end
"""  # noqa: S608
_RUNS: Final = f"""
s.state = 'open' and s.opens_on <= %(day)s and s.closes_on >= %(day)s and s.audience = any(%(audiences)s)
and {SURVEY_FITS}
"""
_OF_FAMILY: Final = f"""
select {_COLUMNS}, e.id, e.person_id, p.given_name, e.school_id, {_ANSWERED}
from roster_enrolment e join people_person p on p.id = e.person_id join org_unit u on u.id = e.school_id
join surveys_survey s on {_RUNS} join org_unit a on a.id = s.unit_id
where e.person_id = any(%(people)s) order by s.closes_on, s.id, e.person_id
"""  # noqa: S608
# What waits for a family, in one statement: its first page asks many modules.
_WAITING: Final = f"""
select s.title, s.due_on, s.purpose, p.birth_date, e.person_id
from roster_enrolment e join people_person p on p.id = e.person_id
join surveys_slip s on s.state = 'open' and s.due_on >= %(day)s and {SLIP_FITS}
where e.person_id = any(%(people)s) and not exists (
  select from surveys_decision d where d.slip_id = s.id and d.enrolment_id = e.id and d.by_id = %(me)s)
union all (
  select distinct on (s.id, k.key) s.title, s.closes_on, '', null, 0
  from roster_enrolment e join org_unit u on u.id = e.school_id join surveys_survey s on {_RUNS}
  cross join lateral (select case s.audience when 'family' then 'f' else e.id::text end as key) k
  where e.person_id = any(%(people)s) and not {_ANSWERED} order by s.id, k.key
)
"""  # noqa: S608
_OF_STAFF: Final = f"""
select distinct {_COLUMNS}, null::bigint, w.person_id, '', case when c.kind = 'campus' then c.parent_id else c.id end,
  exists (select from surveys_receipt r where r.survey_id = s.id and r.key = 'p' || w.person_id)
from staff_position w join org_unit c on c.id = w.unit_id and c.kind in ('school', 'campus')
join surveys_survey s on s.state = 'open' and s.opens_on <= %(day)s and s.closes_on >= %(day)s and s.audience = 'staff'
  and s.unit_id = any(string_to_array(trim(both '/' from c.path), '/')::bigint[])
join org_unit a on a.id = s.unit_id
where w.person_id = %(me)s and w.starts_on <= %(day)s and (w.ends_on is null or w.ends_on > %(day)s)
order by s.closes_on, s.id
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class AskedSlip:
    """A slip about one pupil, and what the reader has answered to it."""

    id: int
    title: str
    purpose: str
    due_on: date
    until: date
    state: str
    enrolment_id: int
    person_id: int
    name: str
    given_name: str
    born: date | None
    school: str
    answer: str | None
    answered_at: datetime | None
    is_asked: bool  # still one of those it asks

    def is_open(self, day: date) -> bool:
        """Whether it can still be answered."""
        return self.state == State.OPEN and self.due_on >= day and self.is_asked

    def waits(self, day: date) -> bool:
        """Whether it wants an answer."""
        return self.answer is None and self.is_open(day)


@dataclass(frozen=True, slots=True)
class AskedSurvey:
    """A running survey the reader is asked to fill in, once for each key."""

    id: int
    title: str
    intro: str
    audience: str
    is_anonymous: bool
    closes_on: date
    asker: str
    enrolment_id: int | None
    person_id: int  # the child, or who answers
    given_name: str
    school_id: int
    is_answered: bool

    @property
    def key(self) -> str:
        """What answers once."""
        if self.audience == Audience.CHILD:
            return f"c{self.enrolment_id}"
        return f"{'f' if self.audience == Audience.FAMILY else 'p'}{self.person_id}"

    @property
    def may_answer(self) -> bool:
        """Not answered yet, or named: those may be changed until they close."""
        return not self.is_answered or not self.is_anonymous


def asked_slips(actor: Actor, day: date | None = None) -> list[AskedSlip]:
    """Slips about the actor's own children, or about the actor as a pupil who is asked too; one statement at most."""
    people = actor.reach(ANSWER_CONSENTS).person_ids
    if not people:
        return []
    today = day or timezone.localdate()
    values = {"me": actor.person_id, "day": today, "people": list(people)}
    found = [AskedSlip(*row) for row in all_rows(_SLIPS, values)]
    return [
        one
        for one in found
        if one.person_id != actor.person_id
        or one.answer is not None
        or rules.asks_child(one.purpose, one.born, today)
    ]


def asked_surveys(actor: Actor, day: date | None = None) -> list[AskedSurvey]:
    """Running surveys for the actor in the capacity they act in; one statement at most."""
    today = day or timezone.localdate()
    if actor.person_id is None or not actor.holds(ANSWER):
        return []
    if actor.roles.isdisjoint(roles.FAMILY):
        rows = all_rows(_OF_STAFF, {"me": actor.person_id, "day": today})
        return _once([AskedSurvey(*row) for row in rows])
    return _once([AskedSurvey(*row) for row in all_rows(_OF_FAMILY, _of_family(actor, today))])


def _of_family(actor: Actor, day: date) -> dict[str, object]:
    """Whose answers are asked, in the capacity the actor acts in."""
    audiences = (Audience.CHILD, Audience.FAMILY) if roles.GUARDIAN in actor.roles else (Audience.PUPIL,)
    people = list(actor.reach(ANSWER).person_ids)
    return {"people": people, "me": actor.person_id, "day": day, "audiences": [str(one) for one in audiences]}


def waiting(actor: Actor, day: date) -> list[tuple[date, str]]:
    """What waits for a guardian or a pupil: until when, and its title; one statement."""
    if not actor.holds(ANSWER_CONSENTS):
        return []
    return [
        (due, title)
        for title, due, purpose, born, person in all_rows(_WAITING, _of_family(actor, day))
        if person != actor.person_id or rules.asks_child(purpose, born, day)
    ]


def _once(found: Sequence[AskedSurvey]) -> list[AskedSurvey]:
    """One line a key: a family's survey stands once, under the eldest record among its children."""
    kept: dict[tuple[int, str], AskedSurvey] = {}
    families: set[int] = set()
    for one in found:
        if one.audience == Audience.FAMILY:
            if one.id in families:
                continue
            families.add(one.id)
            one = replace(one, given_name="")
        kept.setdefault((one.id, one.key), one)
    return list(kept.values())


def asked_slip(actor: Actor, slip_id: int, enrolment_id: int) -> AskedSlip | None:
    """One slip about one pupil."""
    return next(
        (one for one in asked_slips(actor) if (one.id, one.enrolment_id) == (slip_id, enrolment_id)), None
    )


def asked_survey(actor: Actor, survey_id: int, enrolment_id: int | None) -> AskedSurvey | None:
    """One survey; of those for each child the one about a child, the first when none is named."""
    found = [one for one in asked_surveys(actor) if one.id == survey_id]
    if enrolment_id is not None:
        found = [one for one in found if one.enrolment_id == enrolment_id]
    return found[0] if found else None


def slip_text(asked: AskedSlip) -> Slip:
    """What a slip says; the caller is asked by it."""
    return Slip.objects.select_related("school", "made_by").get(pk=asked.id)


def survey_text(asked: AskedSurvey) -> Survey:
    """The questions of a survey; the caller is asked by it."""
    return Survey.objects.get(pk=asked.id)


def own_enrolment(actor: Actor, pk: int) -> Enrolment | None:
    """The place of an own child, or one's own."""
    return Enrolment.objects.visible_to(actor, ANSWER_CONSENTS).filter(pk=pk).first()


def own_decisions(actor: Actor, asked: AskedSlip) -> list[Decision]:
    """What the actor has answered to a slip about a pupil, newest first."""
    rows = Decision.objects.filter(slip_id=asked.id, enrolment_id=asked.enrolment_id)
    return list(rows.filter(by_id=actor.person_id or 0).order_by("-pk"))


def own_reply(actor: Actor, asked: AskedSurvey) -> Reply | None:
    """The actor's own answer to a named survey."""
    return Reply.objects.filter(survey_id=asked.id, key=asked.key, person_id=actor.person_id or 0).first()


def own_person(actor: Actor) -> Person:
    """The actor's own record."""
    return Person.objects.get(pk=actor.person_id or 0)
