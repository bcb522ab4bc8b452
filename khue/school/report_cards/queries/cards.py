"""Report cards as pages list them: a school's classes by state, a class, one card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from khue.kernel.access.actor import Actor
from khue.kernel.signing.models import Signature
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom
from khue.school.report_cards.models import Card, CardState
from khue.school.report_cards.queries import custody
from khue.school.report_cards.waiting import NEXT

_CLASSES = f"""
select k.id, k.name, k.level, k.grade, coalesce(v.state, ''), n.pupils, coalesce(s.counts, '{{}}')
from roster_classroom k
left join gradebook_review v on v.classroom_id = k.id and v.term = 0
join lateral (select count(*) as pupils from roster_enrolment e
  where e.classroom_id = k.id and e.status in ('studying', 'suspended', 'completed')) n on true
left join lateral (
  select json_object_agg(t.word, t.n)::text as counts from (
    select case when {NEXT} <> '' then {NEXT} else c.state end as word, count(*) as n
    from report_cards_card c where c.classroom_id = k.id and c.state not in ('superseded', 'revoked') group by 1
  ) t
) s on true
where k.year_id = %s and k.grade >= 1 and k.closed_on is null and n.pupils > 0
  and (%s or k.school_id = any(%s) or k.id = any(%s))
order by k.school_id, k.sort_key, k.id
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class with where its cards stand; `counts` by what they wait for, or by state."""

    id: int
    name: str
    level: str
    grade: int
    review: str  # of the year's results: '' open submitted approved
    pupils: int
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def without(self) -> int:
        """Pupils who have no card yet."""
        return max(0, self.pupils - sum(self.counts.values()))

    @property
    def is_approved(self) -> bool:
        """Whether cards can be composed."""
        return self.review == "approved"

    @property
    def issued(self) -> int:
        """Cards issued, whatever became of them at the department."""
        return sum(self.counts.get(one, 0) for one in ("sealed", "submitted", "accepted", "returned"))

    @property
    def waits(self) -> int:
        """Cards that wait for somebody's signature."""
        return sum(self.counts.get(one, 0) for one in ("subject", "homeroom", "principal", "school"))

    def __getattr__(self, name: str) -> int:
        """`line.homeroom`: how many wait for that step or are in that state."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self.counts.get(name, 0)


def class_lines(actor: Actor, year: int) -> list[ClassLine]:
    """The classes whose cards the actor sees, with counts; one statement."""
    reach = actor.reach("report_cards.view")
    if reach.is_empty:
        return []
    rows = fetch(_CLASSES, [year, reach.everything, list(reach.unit_ids), list(reach.class_ids)])
    return [
        ClassLine(pk, name, level, grade, review, pupils, orjson.loads(counts))
        for pk, name, level, grade, review, pupils, counts in rows
    ]


def classroom(actor: Actor, pk: int, permission: str = "report_cards.view") -> Classroom | None:
    """A class at which the actor holds a permission."""
    return (
        Classroom.objects.visible_to(actor, permission).filter(pk=pk).select_related("school", "year").first()
    )


_CARDS = f"""
select e.id, p.full_name, c.id, coalesce(c.state, ''), case when c.id is null then '' else {NEXT} end,
       coalesce(c.problems, '{{}}'), coalesce(c.unsigned, '{{}}'), coalesce(c.edition, 0),
       coalesce(c.excuse, ''), coalesce(c.returned_for, ''),
       coalesce(c.code, ''), coalesce(c.is_test, false), d.card_id is not null, e.person_id,
       exists (select from roster_enrolment h
         where h.person_id = e.person_id and h.is_current and h.school_id <> e.school_id)
from roster_enrolment e join people_person p on p.id = e.person_id
left join lateral (
  select * from report_cards_card c where c.enrolment_id = e.id and c.state not in ('superseded', 'revoked')
  order by c.edition desc limit 1
) c on true
left join report_cards_draft d on d.card_id = c.id
where e.classroom_id = %s and (c.id is not null or e.status in ('studying', 'suspended', 'completed'))
order by e.sort_key, e.id
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class PupilLine:
    """A pupil of the class with the card that counts."""

    enrolment_id: int
    name: str
    card_id: int | None
    state: str
    step: str  # what it waits for
    problems: Sequence[str]
    unsigned: Sequence[str]
    edition: int
    excuse: str
    returned_for: str
    code: str
    is_test: bool
    has_signatures: bool
    person_id: int
    is_held_elsewhere: bool

    @property
    def opens(self) -> bool:
        """Whether there is a card whose page the school may open: an issued one goes with the pupil."""
        return self.card_id is not None and not (self.is_held_elsewhere and self.state in custody.KEPT)

    @property
    def state_words(self) -> str:
        """The state as people say it."""
        return str(CardState(self.state).label) if self.state else ""


def all_pupil_lines(classroom_id: int) -> list[PupilLine]:
    """The pupils of a class the actor was shown to see, each with the newest card."""
    return [PupilLine(*row) for row in fetch(_CARDS, [classroom_id])]


def card(actor: Actor, pk: int, permission: str = "report_cards.view") -> Card | None:
    """One card, for its maker until the pupil is held elsewhere, and for the holder once it is issued."""
    return (
        custody.cards(actor, permission)
        .filter(pk=pk)
        .select_related("classroom", "school", "year", "replaces")
        .first()
    )


def all_signatures(pk: int, kind: str = "report_cards.card") -> list[Any]:
    """Who signed the data file of a card (or of another `kind` of document), in order."""
    return list(
        Signature.objects.filter(document_kind=kind, document_id=pk, form="xml")
        .order_by("signed_at", "pk")
        .values(
            "field", "capacity", "signed_at", "is_time_stamped", "certificate__name", "certificate__source"
        )
    )


def all_review_state(classroom_id: int) -> str:
    """Where the year's results of a class stand: '' open submitted approved."""
    rows = fetch("select state from gradebook_review where classroom_id = %s and term = 0", [classroom_id])
    return str(rows[0][0]) if rows else ""
