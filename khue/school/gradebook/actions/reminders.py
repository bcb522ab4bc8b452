"""Reminding: teachers of their late sheets, heads of their late schools; nobody twice within a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access import roles
from khue.kernel.access.grants import grants_reaching
from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import Notice, tell_each
from khue.kernel.org.models import Unit, UnitKind
from khue.school.gradebook.models import Sheet, SheetKind
from khue.school.gradebook.queries.progress import LATE, Line, all_lines, all_reminded

HEADS: Final = "gradebook.late_school"  # kind of the notice to a head
MOST_NAMED: Final = 12


@dataclass(frozen=True)
class Reminded:
    """What became of reminders: people told, people told within a day already, and what nobody answers for."""

    told: int
    lately: int
    nobody: int = 0


@action("gradebook.remind")
def remind(work: Work, sheets: list[Sheet]) -> Reminded:
    """Tell the teachers of late sheets what is missing, each in one notice; who was told within a day is left alone.

    The sheets are of one year and term. Raises DomainError when none of them is late.
    """
    late = [
        line for line in all_lines([row.pk for row in sheets], sheets[0].year_id, sheets[0].term) if line.late
    ]
    if not late:
        raise DomainError(_("Không sổ nào trong đây còn chậm."))
    by_teacher: dict[int, list[Line]] = {}
    for line in late:
        if line.teacher_id is not None and line.teacher_id != work.actor.person_id:
            by_teacher.setdefault(line.teacher_id, []).append(line)
    now = timezone.now()
    lately = all_reminded(list(by_teacher), now)
    told = tell_each(
        work,
        [
            for_teacher(teacher_id, lines, f"{timezone.localdate(now):%Y-%m-%d}")
            for teacher_id, lines in by_teacher.items()
            if teacher_id not in lately
        ],
    )
    nobody = sum(line.teacher_id is None for line in late)
    work.note(told_teachers=told, lately=len(by_teacher) - told)
    return Reminded(told, len(by_teacher) - told, nobody)


def for_teacher(teacher_id: int, lines: Sequence[Line], key: str) -> Notice:
    """What a teacher is told of late sheets, once for a key."""
    return Notice(
        teacher_id, LATE, written("Còn %(n)s sổ chậm vào điểm", n=len(lines)), body_of(lines),
        reverse("gradebook:sheets"), f"{LATE}:{key}",
    )  # fmt: skip


def body_of(lines: Sequence[Line]) -> str:
    """What is missing, a line a sheet, as a notice keeps it: columns with empty cells and the day they were due."""
    texts = []
    for line in lines[:MOST_NAMED]:
        columns = ", ".join(f"%(c{n})s %(e{n})s" for n in range(len(line.late)))
        values: dict[str, object] = {}
        for n, (column, empty, _due) in enumerate(line.late):
            values |= {f"c{n}": column.label, f"e{n}": empty}
        due = line.due_on
        texts.append(
            written(
                f"%(subject)s %(room)s: {columns} ô còn trống, hạn %(due)s",
                subject=line.subject_name or SheetKind(line.kind).label, room=line.class_name,
                due=f"{due:%d/%m/%Y}" if due else "", **values,
            )
        )  # fmt: skip
    if len(lines) > MOST_NAMED:
        texts.append(written("và %(n)s sổ nữa", n=len(lines) - MOST_NAMED))
    return "\n".join(texts)


@action("gradebook.remind_heads", permission="gradebook.remind")
def remind_heads(work: Work, schools: list[Unit], *, figures: Mapping[int, int]) -> Reminded:
    """Tell the principals of late schools how many sheets are late (`figures`, by school); nobody twice a day."""
    wanted = {
        school.pk: school for school in schools if school.kind == UnitKind.SCHOOL and figures.get(school.pk)
    }
    if not wanted:
        raise DomainError(_("Không trường nào trong đây còn chậm."))
    heads = [
        (grant.person_id, grant.scope_id)
        for grant in grants_reaching(unit_ids=list(wanted))
        if grant.role == roles.PRINCIPAL and grant.scope_id in wanted
    ]
    day = timezone.localdate()
    told = tell_each(
        work,
        [
            _for_head(work.actor.name, person_id, wanted[unit_id], figures[unit_id], day)
            for person_id, unit_id in heads
        ],
    )
    nobody = len(wanted) - len({unit_id for _person, unit_id in heads})
    work.note(told_heads=told, schools=len(wanted))
    return Reminded(told, len(heads) - told, nobody)


def _for_head(who: str, person_id: int, school: Unit, late: int, day: date) -> Notice:
    return Notice(
        person_id, HEADS, written("%(school)s còn %(n)s sổ chậm vào điểm", school=school.name, n=late),
        written("%(who)s nhắc. Xem giáo viên nào còn chậm và nhắc từng người.", who=who),
        reverse("gradebook:progress"), f"{HEADS}:{school.pk}:{day:%Y-%m-%d}",
    )  # fmt: skip
