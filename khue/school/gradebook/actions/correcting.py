"""The head's way to put right a mark whose results are approved: one pupil, with reason and decision, all at once.

It is an unlock in one step, and keeps its law: somebody else asked (two persons, never the head alone), the unlock
stays in the books with who asked, who agreed and why, and the teacher whose mark it is hears of it.
The class stays approved and nobody else's result moves; the sheets say that these cells were changed after the lock.
It works in closed years too: what a report card says wrongly is found years later as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Max, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from khue.kernel.actions import Conflict, DomainError, Work, action, written
from khue.kernel.notify.notices import tell
from khue.registry.curriculum.models import TeachingAssignment
from khue.registry.roster.models import Enrolment, Homeroom
from khue.school.gradebook import cells, judging, queries
from khue.school.gradebook.actions.marks import Draft, Outcome, is_possible, store
from khue.school.gradebook.actions.results import missing_of, one_line
from khue.school.gradebook.events import MarksEntered
from khue.school.gradebook.judging import FIELDS
from khue.school.gradebook.models import Result, Sheet, Unlock, UnlockState
from khue.school.gradebook.queries import results as facts

SAY_WHY: Final = gettext_lazy("Ghi vì sao sửa: bài nào, sai ở đâu, đúng là bao nhiêu.")
LONGEST_COMMENT: Final = 500


@dataclass(frozen=True, slots=True)
class Put:
    """A cell as the head saw it and as it is to be."""

    sheet_id: int
    slot: int
    seen: int | None
    value: int | None


@dataclass(frozen=True, slots=True)
class PutComment:
    """A comment as the head saw it and as it is to be."""

    sheet_id: int
    seen: str
    text: str


@action("gradebook.correct_results", permission="gradebook.approve_results")
def correct_results(
    work: Work, enrolment: Enrolment, *, cells_put: Sequence[Put] = (), comments: Sequence[PutComment] = (),
    reason: str, asked_by: int, decision: str = "",
) -> int:  # fmt: skip
    """Put cells and comments of one pupil right although the results are approved; the pupil's results follow at once.

    `asked_by` is the person who asked for it and must not be the actor. Gives how many results changed. Raises
    DomainError when nothing was changed, the results are not approved (then the usual unlocking is the way) or a value
    cannot be; Conflict when a cell is not what the head saw.
    """
    work.reason = one_line(reason, SAY_WHY)
    if asked_by == work.actor.person_id:
        raise DomainError(_("Người đề nghị và người quyết định sửa điểm phải là hai người."))
    if enrolment.classroom_id is None:
        raise DomainError(_("Em chưa có lớp nên chưa có kết quả để sửa."))
    if not Result.objects.filter(enrolment=enrolment, is_approved=True).exists():
        raise DomainError(
            _("Kết quả của em chưa duyệt: sửa điểm trong sổ điểm, xin mở khóa nếu cột đã khóa.")
        )
    sheets = sorted({one.sheet_id for one in cells_put} | {one.sheet_id for one in comments})
    changed = 0
    for sheet_id in sheets:
        changed += _put(
            work, enrolment, sheet_id,
            [one for one in cells_put if one.sheet_id == sheet_id],
            [one for one in comments if one.sheet_id == sheet_id], asked_by, decision,
        )  # fmt: skip
    if not changed:
        raise DomainError(_("Chưa sửa ô nào."))
    done = _follow(work, enrolment)
    work.touch_people([enrolment.person_id])
    work.note(cells=changed, results=done)
    work.note(asked_by=asked_by)
    if decision:
        work.note(decision=decision)
    return done


def _put(
    work: Work, enrolment: Enrolment, sheet_id: int, wanted: Sequence[Put], comments: Sequence[PutComment],
    asked_by: int, decision: str,
) -> int:  # fmt: skip
    room_id = enrolment.classroom_id
    assert room_id is not None
    sheet = Sheet.objects.select_for_update(no_key=True).filter(pk=sheet_id, classroom_id=room_id).first()
    if sheet is None:
        raise DomainError(_("Sổ điểm này không phải của lớp em."))
    found = queries.all_frame(sheet_id)
    row = next((one for one in queries.all_rows(found) if one.enrolment_id == enrolment.pk), None)
    if row is None:
        raise DomainError(_("Em không còn trong lớp."))
    draft = Draft(row, list(row.marks), row.sources, row.comment)
    columns = queries.all_slots_of(found.columns)
    changed = 0
    told: list[str] = []
    for one in wanted:
        column = columns.get(one.slot)
        if column is None or not is_possible(column, one.value):
            raise DomainError(
                _("Giá trị này không ghi được."), fields={f"o{sheet_id}-{one.slot}": _("Xem lại.")}
            )
        if draft.marks[one.slot] != one.seen:
            raise Conflict(_("Ô này vừa có người khác sửa. Mở lại trang để xem."))
        if one.value == one.seen:
            continue
        draft.marks[one.slot] = one.value
        draft.sources = cells.with_source(draft.sources, one.slot, cells.TYPED, after_lock=True)
        changed += 1
        before, after = (cells.show(column, value) or "–" for value in (one.seen, one.value))
        told.append(f"{column.label} {before} → {after}")
    for remark in comments:
        text = " ".join(remark.text.split())
        if draft.comment != remark.seen:
            raise Conflict(_("Nhận xét này vừa có người khác sửa. Mở lại trang để xem."))
        if len(text) > LONGEST_COMMENT:
            raise DomainError(_("Nhận xét dài nhất 500 chữ."))
        if text != remark.seen:
            draft.comment = text
            changed += 1
    if changed:
        slots = sorted({one.slot for one in wanted if one.value != one.seen})
        if slots:
            _enter_unlock(work, sheet, enrolment, slots, asked_by, decision)
        store(work, sheet, found, [draft], Outcome())
        work.announce(MarksEntered(sheet_id, (enrolment.pk,)))
        _tell_teachers(work, sheet, found, enrolment, told)
    return changed


def _enter_unlock(
    work: Work, sheet: Sheet, enrolment: Enrolment, slots: list[int], asked_by: int, decision: str
) -> None:
    """The books say who asked, who agreed and that the cells were open for this one moment."""
    now = timezone.now()
    work.create(
        Unlock(
            sheet=sheet, slots=slots, enrolment=enrolment, reason=work.reason[:300], asked_by_id=asked_by,
            state=UnlockState.CLOSED, decided_by_id=work.actor.person_id, decided_at=now, answer=decision[:300],
            open_until=now,
        )
    )  # fmt: skip


def _tell_teachers(
    work: Work, sheet: Sheet, found: queries.Frame, enrolment: Enrolment, told: list[str]
) -> None:
    rows: QuerySet[Any] = (
        Homeroom.objects.filter(classroom_id=sheet.classroom_id)
        if sheet.course_id is None
        else TeachingAssignment.objects.filter(course_id=sheet.course_id)
    )
    begun = rows.filter(starts_on__lte=timezone.localdate())
    last = begun.aggregate(last=Max("ends_on"))["last"]
    people = set(begun.filter(ends_on=last).values_list("teacher_id", flat=True)) - {work.actor.person_id}
    what = "; ".join(told) or written(gettext_noop("nhận xét"))
    tell(
        work, people=sorted(people), kind="gradebook.corrected",
        title=written(
            gettext_noop("%(head)s đã sửa %(what)s của em %(name)s"), head=work.actor.name, what=what,
            name=enrolment.person.full_name,
        ),
        body=work.reason, url=reverse("gradebook:sheet", args=[sheet.pk]),
        dedupe_key=f"corrected:{sheet.pk}:{enrolment.pk}:{timezone.now():%Y%m%d%H%M%S}",
    )  # fmt: skip


def _follow(work: Work, enrolment: Enrolment) -> int:
    """The pupil's results as they follow from the sheets now, approved as before; what came after the year stays.

    Raises DomainError when an approved result would miss something.
    """
    room_id = enrolment.classroom_id
    assert room_id is not None
    rooms = facts.all_rooms([room_id], facts.all_choices())
    pupil = next(iter(facts.all_pupils([room_id], enrolment.pk).get(room_id, ())), None)
    if not rooms or pupil is None:
        raise DomainError(_("Em không còn trong lớp."))
    verdicts = judging.judge(rooms[0], pupil)
    changed: dict[int, tuple[Sequence[Any], Sequence[Any]]] = {}
    for period, stored in pupil.stored.items():
        before = (stored.values[0], stored.subjects, *stored.values[1:])
        after = verdicts[period].fields
        was_whole = stored.is_approved and not missing_of(rooms[0], pupil, stored.verdict, period)
        if was_whole and missing_of(rooms[0], pupil, verdicts[period], period):
            raise DomainError(
                _("Sửa như vậy thì kết quả đã duyệt của em bị thiếu. Ghi điểm đúng vào ô, đừng để trống.")
            )
        if before != after:
            changed[stored.id] = (before, after)
    work.change_many(Result, list(FIELDS), changed, is_touched=False)
    return len(changed)
