"""The two small reads of the first page's panels."""

from __future__ import annotations

from dataclasses import dataclass

from khue.kernel.access.actor import Actor
from khue.kernel.access.roles import HOMEROOM_TEACHER
from khue.kernel.statements import TODAY, fetch

_OWN = f"""
select k.id, k.name, t.number, coalesce(v.state, 'open'), coalesce(v.returned_for, ''),
       (select count(*) from roster_enrolment e where e.classroom_id = k.id
        and e.status in ('studying', 'suspended', 'completed'))
       * (select count(*) from gradebook_sheet s
          where s.classroom_id = k.id and s.term = t.number and s.kind = 'subject')
       - (select count(*) from gradebook_sheet s join gradebook_mark_row m on m.sheet_id = s.id
          join roster_enrolment e on e.id = m.enrolment_id and e.classroom_id = k.id
               and e.status in ('studying', 'suspended', 'completed')
          where s.classroom_id = k.id and s.term = t.number and s.kind = 'subject'
          and (m.average is not null or s.rule_set in ('TT27_2020', 'TT30_2014') and m.marks[3] is not null))
from roster_classroom k
join calendar_school_year y on y.id = k.year_id and not y.is_closed
join lateral (select number from calendar_term where year_id = k.year_id and starts_on <= {TODAY}
              order by number desc limit 1) t on true
left join gradebook_review v on v.classroom_id = k.id and v.term = t.number
where k.id = any(%s) and k.level <> 'MN' order by k.sort_key
"""  # noqa: S608
_WAITING = """
select v.term, count(*) from gradebook_review v join calendar_school_year y on y.id = v.year_id and not y.is_closed
where v.school_id = any(%s) and v.state = 'submitted' group by 1 order by nullif(v.term, 0) nulls last
"""


@dataclass(frozen=True, slots=True)
class OwnClass:
    """A homeroom teacher's class in the running term."""

    id: int
    name: str
    term: int
    state: str
    returned_for: str
    missing: int


def own_classes(actor: Actor) -> list[OwnClass]:
    """The classes the actor is homeroom teacher of; one question, none for others."""
    ids = [one.scope_id for one in actor.grants if one.role == HOMEROOM_TEACHER and one.scope_kind == "class"]
    return [OwnClass(*row) for row in fetch(_OWN, [ids])] if ids else []


def waiting_classes(actor: Actor) -> list[tuple[int, int]]:
    """How many classes of the actor's school wait to be approved, by term (0: the year)."""
    if not actor.holds("gradebook.approve_results"):
        return []
    schools = list(actor.reach("gradebook.approve_results").unit_ids)
    return [(row[0], row[1]) for row in fetch(_WAITING, [schools])]
