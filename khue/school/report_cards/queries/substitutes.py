"""Who may sign in another's place."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.statements import TODAY, fetch
from khue.registry.roster.models import Classroom
from khue.school.report_cards.models import Substitute

_STAFF = f"""
select distinct p.id, p.full_name, p.sort_key from staff_position o join people_person p on p.id = o.person_id
where o.unit_id = %s and o.starts_on <= {TODAY} and (o.ends_on is null or o.ends_on > {TODAY})
order by p.sort_key, p.id
"""  # noqa: S608
_SUBJECTS = """
select s.code, s.name from curriculum_course c join curriculum_subject s on s.code = c.subject_id
where c.classroom_id = %s order by s."order", s.code
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something to choose."""

    value: str
    label: str


def substitutes(actor: Actor, permission: str = "report_cards.name_signer") -> QuerySet[Substitute]:
    """Those that hold now, at the actor's schools."""
    return Substitute.objects.visible_to(actor, permission).filter(ended_at__isnull=True)


def of_class(actor: Actor, classroom_id: int) -> list[Substitute]:
    """Those of a class."""
    rows = substitutes(actor, "report_cards.view").filter(classroom_id=classroom_id)
    return list(rows.select_related("person", "subject", "named_by").order_by("pk"))


def staff_of(actor: Actor, room: Classroom) -> list[Choice]:
    """Who works at the school of a class today; the actor was shown to see the class."""
    return (
        [Choice(str(pk), name) for pk, name, _key in fetch(_STAFF, [room.school_id])]
        if actor.is_somebody
        else []
    )


def subjects_of(actor: Actor, classroom_id: int) -> list[Choice]:
    """The subjects of a class; the actor was shown to see it."""
    return [Choice(*row) for row in fetch(_SUBJECTS, [classroom_id])] if actor.is_somebody else []
