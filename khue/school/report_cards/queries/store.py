"""Reads of the department's store and of progress: schools, classes, cards handed in, who looked at a card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import orjson
from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Q, QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.audit.models import Entry as Recorded
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Person
from khue.kernel.statements import fetch
from khue.lib.names import search_tokens
from khue.registry.roster.queries.places import reaches
from khue.school.report_cards.codes import clean_code, clean_reference
from khue.school.report_cards.counting import NOW, PUPILS, STANDS
from khue.school.report_cards.models import Card, CardState, Verification
from khue.school.report_cards.rules import ISSUED, State

KEPT: Final = tuple(state.value for state in (*ISSUED, State.SUPERSEDED, State.REVOKED))
IN_STORE: Final = tuple(
    state.value
    for state in (State.SUBMITTED, State.ACCEPTED, State.RETURNED, State.SUPERSEDED, State.REVOKED)
)
READ: Final = "report_cards.read_store"
STATE_LABELS: Final = dict(CardState.choices)

_SCHOOLS: Final = """
select u.id, u.code, u.name, u.path, t.pupils, t.counts::text, t.counted_at
from report_cards_tally t join org_unit u on u.id = t.school_id
where t.year_id = %s and u.path like %s order by u.sort_key
"""
_CLASSES: Final = f"""
select k.id, k.name, coalesce(json_object_agg(s.state, s.n)::text, '{{}}') from roster_classroom k join (
  select e.classroom_id, coalesce(c.state, 'none') as state, count(*) as n
  from roster_enrolment e
  left join report_cards_card c on c.enrolment_id = e.id and {STANDS}
  where {PUPILS} and e.school_id = %s and e.year_id = %s group by 1, 2
) s on s.classroom_id = k.id group by k.id, k.name, k.sort_key order by k.sort_key, k.id
"""  # noqa: S608 (our own SQL)


@dataclass(frozen=True, slots=True)
class Line:
    """A class, a school or an office with its pupils by the state of their card; the counts sum to the pupils."""

    key: str  # id of a class, code of a unit
    name: str
    counts: Mapping[str, int] = field(default_factory=dict)
    schools: int = 0

    @property
    def pupils(self) -> int:
        """Everybody who should have a card."""
        return sum(self.counts.values())

    def _sum(self, *states: State) -> int:
        return sum(self.counts.get(state.value, 0) for state in states)

    @property
    def none(self) -> int:
        """Without any card yet."""
        return self.counts.get("none", 0)

    @property
    def draft(self) -> int:
        """Something is missing."""
        return self._sum(State.DRAFT)

    @property
    def complete(self) -> int:
        """Nobody has signed yet."""
        return self._sum(State.COMPLETE)

    @property
    def teacher_signed(self) -> int:
        """All subject teachers have."""
        return self._sum(State.TEACHER_SIGNED)

    @property
    def homeroom_signed(self) -> int:
        """The homeroom teacher has."""
        return self._sum(State.HOMEROOM_SIGNED)

    @property
    def principal_signed(self) -> int:
        """The principal has; the seal is missing."""
        return self._sum(State.PRINCIPAL_SIGNED)

    @property
    def sealed(self) -> int:
        """Issued, not handed in."""
        return self._sum(State.SEALED)

    @property
    def submitted(self) -> int:
        """Handed in, not looked at."""
        return self._sum(State.SUBMITTED)

    @property
    def returned(self) -> int:
        """Given back by the department."""
        return self._sum(State.RETURNED)

    @property
    def accepted(self) -> int:
        """Taken in by the department."""
        return self._sum(State.ACCEPTED)

    @property
    def to_submit(self) -> int:
        """What the school may hand in now."""
        return self.sealed + self.returned

    @property
    def issued(self) -> int:
        """Issued, whatever became of it at the department."""
        return self._sum(*ISSUED)

    @property
    def unissued(self) -> int:
        """Not issued yet."""
        return self.pupils - self.issued

    @property
    def percent(self) -> int:
        """Issued of all, whole percent, 100 only when all are."""
        return self.issued * 100 // self.pupils if self.pupils else 0


@dataclass(frozen=True, slots=True)
class Overview:
    """Lines under a unit with their sum and when they were counted (None: now)."""

    lines: Sequence[Line]
    total: Line
    at: datetime | None = None


def _added(name: str, lines: Iterable[Line]) -> Line:
    """The sum of lines."""
    counts: dict[str, int] = {}
    schools = 0
    for line in lines:
        schools += line.schools
        for state, n in line.counts.items():
            counts[state] = counts.get(state, 0) + n
    return Line("", name, counts, schools)


def classes(actor: Actor, permission: str, school: Unit, year: int) -> Overview | None:
    """A school's classes as they stand now; None when the permission does not reach the school. One statement."""
    if not reaches(actor, permission, school):
        return None
    rows = fetch(_CLASSES, [school.pk, year])
    lines = [Line(str(pk), name, orjson.loads(counts)) for pk, name, counts in rows]
    return Overview(lines, _added(school.name, lines))


def schools(actor: Actor, permission: str, unit: Unit, year: int, *, each: bool = False) -> Overview | None:
    """What lies right under a unit (offices with their schools together), or each school.

    As counted last; before the first count of them, as they stand now.
    """
    if not reaches(actor, permission, unit):
        return None
    found: dict[int, list[Line]] = {}
    at: datetime | None = None
    depth = len(unit.ancestor_ids)
    where = [year, f"{unit.path}%"]
    for pk, code, name, path, _pupils, counts, counted_at in fetch(_SCHOOLS, where) or fetch(NOW, where):
        at = counted_at if at is None else min(at, counted_at)
        above = [int(part) for part in path.strip("/").split("/")]
        under = pk if each or len(above) <= depth + 1 else above[depth]
        found.setdefault(under, []).append(Line(code, name, orjson.loads(counts), 1))
    names = {row.pk: (row.code, row.name, row.sort_key) for row in Unit.objects.filter(pk__in=list(found))}
    lines = []
    for pk, below in sorted(found.items(), key=lambda item: names[item[0]][2]):
        code, name, _key = names[pk]
        whole = _added(name, below)
        lines.append(Line(code, name, whole.counts, len(below)))
    return Overview(lines, _added(unit.name, lines), at)


# --- cards ------------------------------------------------------------------------------------------------------------


def to_submit(actor: Actor, school: Unit, year: int, classroom_ids: Sequence[int]) -> list[Card]:
    """The cards of these classes that the actor may hand in now."""
    rows = Card.objects.visible_to(actor, "report_cards.submit").filter(
        school=school, year_id=year, classroom_id__in=classroom_ids,
        state__in=[State.SEALED.value, State.RETURNED.value],
    )  # fmt: skip
    return list(rows.order_by("classroom_id", "sort_key", "pk"))


def handed_in(actor: Actor, school_id: int, year: int, classroom_ids: Sequence[int]) -> list[int]:
    """Ids of the cards of these classes that wait for the department; no classes named: of all."""
    rows = Card.objects.visible_to(actor, "report_cards.receive").filter(
        school_id=school_id, year_id=year, state=State.SUBMITTED.value
    )
    if classroom_ids:
        rows = rows.filter(classroom_id__in=classroom_ids)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def some(actor: Actor, permission: str, ids: Sequence[int]) -> list[Card]:
    """Those of the cards that the permission reaches, in order of id."""
    return list(Card.objects.visible_to(actor, permission).filter(pk__in=ids).order_by("pk"))


def stored(actor: Actor) -> QuerySet[Card]:
    """Every card that was handed in and the actor may look up."""
    return Card.objects.visible_to(actor, READ).filter(state__in=IN_STORE, submitted_at__isnull=False)


def to_receive(actor: Actor) -> QuerySet[Card]:
    """Every card that the department may decide about."""
    return Card.objects.visible_to(actor, "report_cards.receive").filter(state__in=IN_STORE)


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a search."""

    rows: list[dict[str, Any]]
    total: int


def search(
    actor: Actor,
    text: str,
    filters: Mapping[str, str],
    order_by: Sequence[str],
    offset: int,
    limit: int | None,
) -> Found:
    """Cards of the store by name, learner code, personal number, or code; never a mark in what comes back."""
    rows = stored(actor)
    if filters.get("year"):
        rows = rows.filter(year_id=int(filters["year"]))
    if filters.get("state"):
        rows = rows.filter(state=filters["state"])
    rows = _matching(rows, text.strip())
    wanted = rows.order_by(*(order_by or ("sort_key",)), "pk")[
        offset : offset + limit if limit is not None else None
    ]
    values = wanted.values(
        "id", "person__full_name", "person__birth_date", "school__name", "year_id", "edition", "state", "code"
    )
    return Found([dict(row) for row in values], rows.count())


def _matching(rows: QuerySet[Card], text: str) -> QuerySet[Card]:
    if not text:
        return rows
    code = clean_code(text)
    if reference := clean_reference(text):
        return rows.filter(reference=reference)
    digits = text.replace(" ", "")
    if code is not None and any(letter.isdigit() for letter in text):
        return rows.filter(Q(code=code) | Q(person__code__iexact=digits) | Q(person__personal_id=digits))
    if any(letter.isdigit() for letter in text):
        return rows.filter(
            Q(person__code__iexact=digits) | Q(person__ministry_code=digits) | Q(person__personal_id=digits)
        )
    words = " & ".join(f"{token}:*" for token in search_tokens(text))
    if not words:
        return rows.none()
    named = Person.objects.annotate(words=SearchVector("search_key", config="simple")).filter(
        words=SearchQuery(words, config="simple", search_type="raw")
    )
    return rows.filter(person_id__in=named.values("pk"))


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at a card of the store."""

    at: datetime
    who: str
    why: str


def looks(actor: Actor, card: Card, most: int = 20) -> list[Look]:
    """Who looked at a card of the store and why, newest first; for those who may look themselves."""
    if not actor.holds(READ):
        return []
    rows = Recorded.objects.filter(
        action="report_cards.read_store", touched__contains=[f"report_cards.card:{card.pk}"]
    )
    return [
        Look(at, who, why)
        for at, who, why in rows.order_by("-at").values_list("at", "capacity", "reason")[:most]
    ]


def last_verification(actor: Actor) -> Verification | None:
    """What the last nightly verification saw."""
    return Verification.objects.order_by("-at").first() if actor.holds(READ) else None


def all_years_in_store() -> list[int]:
    """School years of which anything was counted, newest first."""
    return [row[0] for row in fetch("select distinct year_id from report_cards_tally order by 1 desc")]
