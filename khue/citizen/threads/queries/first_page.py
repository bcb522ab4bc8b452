"""What a family's first page asks of messages and announcements, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from khue.citizen.threads.models import Side
from khue.citizen.threads.queries.announcements import FAMILY_RECEIPTS, FOR_FAMILIES, LIVE, PLACED
from khue.citizen.threads.queries.conversations import READ, UNREAD
from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch

MOST: Final = 20
MESSAGES, NEWS = "messages", "news"
_BOTH: Final = f"""
(select 'messages' as what, t.pupil_id as id, sum(n.n)::int as n, count(*)::int as threads, max(t.id) as newest,
       '' as title, '' as place, '' as whom, null::timestamptz as at, false as waits, true as is_unread, false as alarm
from threads_thread t cross join lateral ({UNREAD}) n where t.pupil_id = any(%s) and n.n > 0 group by t.pupil_id)
union all
(select 'news', a.id, 0, 0, 0, a.title, coalesce(k.name, ''),
        case when k.id is null then u.name else string_agg(p.given_name, ', ' order by p.birth_date, p.id) end,
        a.written_at, a.needs_confirming and bool_or(f.confirmed_at is null),
        bool_or(not exists (select from threads_receipt r
                where r.announcement_id = a.id and r.person_id = %s and r.pupil_id = e.person_id)), a.is_emergency
from threads_announcement a
join roster_enrolment e on {PLACED}
join people_person p on p.id = e.person_id
join org_unit u on u.id = a.unit_id
left join roster_classroom k on k.id = a.classroom_id
cross join lateral ({FAMILY_RECEIPTS}) f
where e.person_id = any(%s) and {FOR_FAMILIES} and {LIVE}
group by a.id, u.name, k.id order by a.written_at desc, a.id desc limit {MOST})
"""  # noqa: S608 (our own SQL)


@dataclass(frozen=True, slots=True)
class Row:
    """Unread messages about one child (`id`: the pupil), or one announcement (`id`: its own)."""

    what: str
    id: int
    n: int
    threads: int
    newest: int
    title: str
    class_name: str
    whom: str  # the children it is about; of one for a whole school, the school
    at: datetime | None
    waits: bool
    is_unread: bool
    is_emergency: bool


def rows(actor: Actor, person_ids: Sequence[int]) -> list[Row]:
    """Of the actor's own children among these: messages not read, what is announced now."""
    wanted = set(person_ids)
    children = [pk for pk in actor.reach("threads.view_announcements").person_ids if pk in wanted]
    talking = [pk for pk in actor.reach(READ).person_ids if pk in wanted]
    if not children:
        return []
    me = actor.person_id or 0
    values = [Side.TEACHER.value, me, talking, me, children, timezone.localdate()]
    return [Row(*row) for row in fetch(_BOTH, values)]
