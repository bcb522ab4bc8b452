"""What waits for a signer: classes with how many cards, and the cards of a class as they are shown before signing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.report_cards.rules import ORDER, Step
from khue.school.report_cards.waiting import NEXT, PERMISSION, Shown, digest_of, shown_sha256

# Classes in which cards wait for one of the steps the actor signs; subjects of the actor's own courses only.
_GROUPS = f"""
with c as (
  select c.id, c.school_id, c.classroom_id, c.unsigned, c.fingerprint, c.composed_at, c.returned_for, c.state, c.steps,
         {NEXT} as step
  from report_cards_card c
  where c.state in ('complete', 'teacher_signed', 'homeroom_signed', 'principal_signed')
    and (c.classroom_id = any(%s) or c.school_id = any(%s)
         or c.classroom_id in (select r.classroom_id from curriculum_course r where r.id = any(%s)))
    and (%s = 0 or c.classroom_id = %s)
), w as (
  select c.*, '' as subject, '' as subject_name from c
  where (c.step = 'homeroom' and c.classroom_id = any(%s)) or (c.step = 'principal' and c.school_id = any(%s))
     or (c.step = 'school' and c.school_id = any(%s))
  union all
  select c.*, string_agg(r.subject_id, ',' order by s."order"), string_agg(s.name, ', ' order by s."order")
  from c join curriculum_course r on r.classroom_id = c.classroom_id and r.id = any(%s)
    and r.subject_id = any(c.unsigned)
  join curriculum_subject s on s.code = r.subject_id
  where c.step = 'subject'
  group by c.id, c.school_id, c.classroom_id, c.unsigned, c.fingerprint, c.composed_at, c.returned_for, c.state,
           c.steps, c.step
)
select w.step, w.classroom_id, k.name, k.year_id, w.school_id, u.name, max(w.subject_name), count(*),
       min(w.composed_at), count(*) filter (where w.returned_for <> ''),
       json_agg(json_build_array(w.id, w.fingerprint, d.sha256))::text
from w join roster_classroom k on k.id = w.classroom_id join org_unit u on u.id = w.school_id
left join report_cards_draft d on d.card_id = w.id
group by w.step, w.classroom_id, k.name, k.year_id, k.sort_key, w.school_id, u.name
order by k.year_id desc, u.name, k.sort_key
"""  # noqa: S608 (our own words)


@dataclass(frozen=True, slots=True)
class Group:
    """The cards of a class that wait for the actor at one step."""

    step: Step
    classroom_id: int
    classroom: str
    year: int
    school_id: int
    school: str
    subjects: str  # names, for a subject's teacher
    count: int
    since: datetime
    returned: int  # of them: composed anew because they were sent back
    cards: tuple[Shown, ...]

    @property
    def digest(self) -> str:
        """One hash for everything shown, sent back with the form."""
        return digest_of(self.cards)

    @property
    def year_label(self) -> str:
        """`2025 – 2026`."""
        return f"{self.year} – {self.year + 1}"


def groups(actor: Actor, step: Step | None = None, classroom_id: int = 0) -> list[Group]:
    """Classes whose cards wait for the actor, newest year first; one statement."""
    reach = {one: actor.reach(PERMISSION[one]) for one in Step}
    rooms = list(reach[Step.HOMEROOM].class_ids)
    heads, seals = list(reach[Step.PRINCIPAL].unit_ids), list(reach[Step.SCHOOL].unit_ids)
    courses = list(reach[Step.SUBJECT].course_ids)
    if not (rooms or heads or seals or courses):
        return []
    schools = sorted({*heads, *seals})
    rows = fetch(_GROUPS, [rooms, schools, courses, classroom_id, classroom_id, rooms, heads, seals, courses])
    found = [_group(row) for row in rows]
    found.sort(key=lambda one: ORDER.index(one.step))
    return [one for one in found if step is None or one.step == step]


def _group(row: Sequence[Any]) -> Group:
    step = Step(row[0])
    cards = tuple(
        Shown(pk, shown_sha256(step, fingerprint, draft)) for pk, fingerprint, draft in orjson.loads(row[10])
    )
    return Group(step, row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], cards)


_CARDS = f"""
select c.id, c.content::text, c.fingerprint, d.sha256, c.unsigned, c.returned_for, c.excuse, c.school_id
from report_cards_card c left join report_cards_draft d on d.card_id = c.id
where c.classroom_id = %s and {NEXT} = %s
order by c.sort_key, c.id
"""  # noqa: S608 (our own words)
_OWN = """
select r.subject_id from curriculum_course r where r.classroom_id = %s and r.id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card as a signer sees it before signing: what the step answers for, and the hash of what will be signed."""

    shown: Shown
    content: Mapping[str, Any]
    subjects: tuple[Mapping[str, Any], ...]  # a teacher's own rows
    returned_for: str
    excuse: str

    @property
    def name(self) -> str:
        """The pupil's name."""
        return str(self.content["pupil"]["full_name"])


def waiting(actor: Actor, step: Step, classroom_id: int) -> list[Waiting]:
    """The cards of a class that wait for the actor at a step, in the order of the class; two statements at most."""
    reach = actor.reach(PERMISSION[step])
    own: set[str] = set()
    if step == Step.SUBJECT:
        own = {code for (code,) in fetch(_OWN, [classroom_id, list(reach.course_ids)])}
        if not own:
            return []
    found = []
    for pk, text, fingerprint, draft, unsigned, returned, excuse, school_id in fetch(
        _CARDS, [classroom_id, str(step)]
    ):
        content = orjson.loads(text)
        rows: tuple[Mapping[str, Any], ...] = ()
        if step == Step.SUBJECT:
            lines = content["subjects"] or content["primary_subjects"]
            rows = tuple(line for line in lines if line["code"] in own and line["code"] in unsigned)
            if not rows:
                continue
        elif not (classroom_id in reach.class_ids or school_id in reach.unit_ids or reach.everything):
            continue
        shown = Shown(pk, shown_sha256(step, fingerprint, draft))
        found.append(Waiting(shown, content, rows, returned, excuse))
    return found
