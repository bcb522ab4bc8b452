"""What must be known of a sheet before anything is read from it or written to it: one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.gradebook import plan
from khue.school.gradebook.layout import Column, columns_of, width_of
from khue.school.gradebook.models import Sheet, SheetKind

_FRAME = """
select s.id, s.year_id, s.school_id, s.classroom_id, s.course_id, s.kind, s.term, s.rule_set, s.regular, s.has_topic,
       s.pupils, s.filled, s.published, s.touched_at, k.name, k.level, k.grade, coalesce(c.subject_id, ''),
       coalesce(j.name, ''), coalesce(j.short_name, ''), coalesce(c.assessed_by, ''), u.name, u.code, y.is_closed,
       t.starts_on, t.ends_on,
       (select json_agg(json_build_array(d."column", d.due_on, d.locks_on, d.unit_id = s.school_id))
          from gradebook_deadline d where d.year_id = s.year_id and d.term = s.term
          and (d.unit_id = s.school_id or d.unit_id = (select id from org_unit where parent_id is null limit 1))),
       (select json_agg(json_build_array(n.slots, n.enrolment_id, n.open_until, n.reason, n.id))
          from gradebook_unlock n where n.sheet_id = s.id and n.state = 'granted' and n.open_until > now()),
       (select count(*) from gradebook_unlock n where n.sheet_id = s.id and n.state = 'asked'),
       coalesce((select r.state from gradebook_review r where r.classroom_id = s.classroom_id and r.term = s.term), ''),
       (select count(*) from roster_enrolment e where e.classroom_id = s.classroom_id
          and e.status in ('studying', 'suspended', 'completed'))
from gradebook_sheet s
join roster_classroom k on k.id = s.classroom_id
join org_unit u on u.id = s.school_id
join calendar_school_year y on y.id = s.year_id
join calendar_term t on t.year_id = s.year_id and t.number = s.term
left join curriculum_course c on c.id = s.course_id
left join curriculum_subject j on j.code = c.subject_id
where s.id = %s
"""


@dataclass(frozen=True)
class Frame:
    """A sheet with its class, subject, term, days and openings."""

    id: int
    year_id: int
    school_id: int
    classroom_id: int
    course_id: int | None
    kind: str
    term: int
    rule_set: str
    regular: int
    has_topic: bool
    pupils: int
    filled: tuple[int, ...]
    published: int
    touched_at: datetime | None
    class_name: str
    level: str
    grade: int
    subject: str
    subject_name: str
    subject_short: str
    assessed_by: str
    school_name: str
    school_code: str
    is_year_closed: bool
    starts_on: date
    ends_on: date
    deadlines: tuple[tuple[str, date, date, bool], ...]
    openings: tuple[plan.Opening, ...]
    asked: int
    review: str
    counted: int  # pupils of the class now

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in the order in which they are shown."""
        return columns_of(
            self.rule_set, self.kind, grade=self.grade, subject=self.subject, term=self.term,
            regular=self.regular, has_topic=self.has_topic, is_scored=self.is_scored,
        )  # fmt: skip

    @cached_property
    def width(self) -> int:
        """How many slots a row has."""
        return width_of(self.columns)

    @property
    def is_scored(self) -> bool:
        """Whether the subject is assessed by marks."""
        return self.assessed_by == "marks"

    @property
    def has_average(self) -> bool:
        """Whether rows have an average or a judgement of the term."""
        return any(column.weight for column in self.columns)

    @property
    def is_homeroom(self) -> bool:
        """Whether the homeroom teacher writes it, not the teacher of a course."""
        return self.kind in (SheetKind.CONDUCT, SheetKind.TRAITS)

    @cached_property
    def locks(self) -> plan.Locks:
        """Which cells may be written now."""
        days = plan.days_of(
            [column.code for column in self.columns] + [plan.COMMENT],
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            of_department={code: (due, locks) for code, due, locks, own in self.deadlines if not own},
            of_school={code: (due, locks) for code, due, locks, own in self.deadlines if own},
        )
        now = timezone.now()
        is_closed = self.is_year_closed or self.review in ("submitted", "approved")
        return plan.Locks(days, self.openings, timezone.localdate(now), now, is_closed)

    @property
    def kind_label(self) -> str:
        """What the homeroom teacher's sheet is called."""
        return str(SheetKind(self.kind).label)

    @property
    def title(self) -> str:
        """`Toán, lớp 8A3`."""
        name = self.subject_name or self.kind_label
        return _("%(name)s, lớp %(class)s") % {"name": name, "class": self.class_name}


def _frame(row: tuple[Any, ...]) -> Frame:
    deadlines = tuple(
        (code, date.fromisoformat(due), date.fromisoformat(locks), own)
        for code, due, locks, own in row[26] or ()
    )
    openings = tuple(
        plan.Opening(frozenset(slots), enrolment, datetime.fromisoformat(until), reason, pk)
        for slots, enrolment, until, reason, pk in row[27] or ()
    )
    values = [*row[:11], tuple(row[11]), *row[12:26], deadlines, openings, *row[28:]]
    return Frame(*values)


def all_frame(sheet_id: int) -> Frame:
    """The frame of a sheet that exists, unscoped: for actions, which have checked, and jobs."""
    return _frame(fetch(_FRAME, [sheet_id])[0])


_FRAMES = _FRAME.replace("where s.id = %s", "where s.id = any(%s)")


def all_frames(sheet_ids: Iterable[int]) -> dict[int, Frame]:
    """The frames of several sheets by id, unscoped; one statement."""
    return {row[0]: _frame(row) for row in fetch(_FRAMES, [list(sheet_ids)])}


def frame(actor: Actor, sheet_id: int, permission: str = "gradebook.view") -> Frame | None:
    """The frame of a sheet the actor may read; None when there is none. One statement."""
    rows = fetch(_FRAME, [sheet_id])
    if not rows:
        return None
    found = _frame(rows[0])
    return found if reaches(actor, found, permission) else None


def reaches(actor: Actor, found: Frame, permission: str) -> bool:
    """Whether a permission reaches a sheet: what Sheet.scope says, of a frame that was read already."""
    reach = actor.reach(permission)
    if reach.unit_paths and not reach.everything:
        return Sheet.objects.visible_to(actor, permission).filter(pk=found.id).exists()
    return (
        reach.everything
        or found.school_id in reach.unit_ids
        or found.classroom_id in reach.class_ids
        or found.course_id in reach.course_ids
    )


def target(found: Frame) -> Sheet:
    """A sheet whose frame was read, as the target of an action, which reads and locks it anew."""
    return Sheet(pk=found.id)


def sheet(actor: Actor, sheet_id: int, permission: str = "gradebook.view") -> Sheet | None:
    """A sheet's row, as the target of an action."""
    found: Sheet | None = Sheet.objects.visible_to(actor, permission).filter(pk=sheet_id).first()
    return found


def may_enter(actor: Actor, found: Frame) -> bool:
    """Whether the actor writes on this sheet: the teacher of the course, or the homeroom teacher."""
    if found.is_homeroom:
        return found.classroom_id in actor.reach("gradebook.enter_class").class_ids
    return found.course_id in actor.reach("gradebook.enter").course_ids


def all_slots_of(columns: Iterable[Column]) -> dict[int, Column]:
    """Columns by slot."""
    return {column.slot: column for column in columns}
