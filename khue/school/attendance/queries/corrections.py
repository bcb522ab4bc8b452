"""Requests to set a past roll right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.attendance.models import Correction

_OF_ROLL = """
select c.id, c.state, c.is_whole, c.wanted::json, c.reason, c.asked_by_id, a.full_name, c.asked_at, d.full_name,
       c.decided_at, c.answer
from attendance_correction c join people_person a on a.id = c.asked_by_id
left join people_person d on d.id = c.decided_by_id
where c.classroom_id = %s and c.day = %s and c.session = %s and c.period = %s order by c.id
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and its answer."""

    id: int
    state: str
    is_whole: bool
    wanted: Sequence[tuple[int, str, str, int | None, str]]  # pupil, code before, code wanted, minutes, note
    reason: str
    asked_by_id: int
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    answer: str


def all_corrections(classroom_id: int, day: date, session: str, period: int) -> list[Asked]:
    """The requests of a roll, oldest first; the caller has read its class by right."""
    return [Asked(*row) for row in fetch(_OF_ROLL, [classroom_id, day, session, period])]


def correction(
    actor: Actor, correction_id: int, permission: str = "attendance.override"
) -> Correction | None:
    """A request as the target of an action."""
    found: Correction | None = (
        Correction.objects.visible_to(actor, permission).filter(pk=correction_id).first()
    )
    return found
