"""Asking to change what is locked, and answering: a reason, another's decision, a time, and it closes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import Conflict, DomainError, NotAllowed, NotVisible, Work, action, written
from khue.kernel.actions.work import reference
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import value_of
from khue.kernel.workflow.tasks import close_tasks, open_task
from khue.registry.roster.models import Enrolment
from khue.registry.roster.queries.places import all_nearest_holders
from khue.school.gradebook import queries
from khue.school.gradebook.actions.figures import refresh
from khue.school.gradebook.models import OF_CLASS, Sheet, SheetKind, Unlock, UnlockState
from khue.school.gradebook.queries import Frame

TASK: Final = "gradebook.unlock"
MOST_HOURS: Final = 14 * 24
MOST_NAMED: Final = 5
SHORTEST: Final = 10  # letters of a reason


@action("gradebook.ask_unlock", permission="gradebook.enter")
def ask_unlock(
    work: Work, sheet: Sheet, *, slots: Sequence[int], reason: str, enrolment_id: int | None = None
) -> Unlock:
    """Ask the head to open locked columns of a course, for everybody or for one pupil.

    Raises DomainError with `slots`, `enrolment` or `reason` among its fields, Conflict when it was asked already.
    """
    return _ask(work, sheet, slots, reason, enrolment_id, is_homeroom=False)


@action("gradebook.ask_class_unlock", permission="gradebook.enter_class")
def ask_class_unlock(
    work: Work, sheet: Sheet, *, slots: Sequence[int], reason: str, enrolment_id: int | None = None
) -> Unlock:
    """The same for conduct, qualities and competences, by the homeroom teacher."""
    return _ask(work, sheet, slots, reason, enrolment_id, is_homeroom=True)


def _ask(
    work: Work,
    sheet: Sheet,
    slots: Sequence[int],
    reason: str,
    enrolment_id: int | None,
    *,
    is_homeroom: bool,
) -> Unlock:
    found = queries.all_frame(sheet.pk)
    if found.is_homeroom is not is_homeroom:
        raise NotVisible
    wanted = sorted(set(slots))
    fields = _problems(found, wanted, reason, enrolment_id)
    if fields:
        raise DomainError(_("Chưa gửi được, xem chỗ được đánh dấu."), fields=fields)
    _guard_doubles(sheet, wanted, enrolment_id)
    assert work.actor.person_id is not None
    text = " ".join(reason.split())[:300]
    work.reason = text
    unlock = work.create(
        Unlock(
            sheet=sheet, slots=wanted, enrolment_id=enrolment_id, reason=text, asked_by_id=work.actor.person_id,
        )
    )  # fmt: skip
    unit, people = all_nearest_holders("gradebook.unlock", sheet.school, without=work.actor.person_id)
    title = _title(found, wanted)
    open_task(
        work, kind=TASK, title=written("Duyệt mở khóa điểm: %(what)s", what=title),
        detail=written("%(who)s: %(reason)s", who=work.actor.name, reason=text),
        url=reverse("gradebook:unlock", args=[unlock.pk]), action_label=gettext_noop("Xem và trả lời"),
        unit_id=unit, permission="gradebook.unlock", subject=reference(unlock),
    )  # fmt: skip
    tell(
        work, people=people, kind=TASK, title=written("%(who)s xin mở khóa %(what)s", who=work.actor.name, what=title),
        body=text, url=reverse("gradebook:unlock", args=[unlock.pk]), dedupe_key=reference(unlock),
    )  # fmt: skip
    refresh([sheet.school_id], sheet.year_id, sheet.term)
    return unlock


def _problems(found: Frame, slots: list[int], reason: str, enrolment_id: int | None) -> dict[str, str]:
    fields = {}
    columns = queries.all_slots_of(found.columns)
    open_already = [
        str(columns[slot].label)
        for slot in slots
        if slot in columns and not found.locks.is_locked(columns[slot])
    ]
    if not slots or any(slot not in columns for slot in slots):
        fields["slots"] = _("Chọn ít nhất một cột.")
    elif open_already:
        fields["slots"] = _("%(columns)s chưa khóa, thầy cô vào điểm được luôn.") % {
            "columns": ", ".join(open_already)
        }
    if len(" ".join(reason.split())) < SHORTEST:
        fields["reason"] = _("Ghi rõ vì sao phải sửa: em nào, bài nào, sai ở đâu.")
    if (
        enrolment_id is not None
        and not Enrolment.objects.filter(
            pk=enrolment_id, classroom_id=found.classroom_id, status__in=OF_CLASS
        ).exists()
    ):
        fields["enrolment"] = _("Em này không còn học ở lớp.")
    return fields


def _guard_doubles(sheet: Sheet, slots: list[int], enrolment_id: int | None) -> None:
    """Refuse what is asked or open already for the same cells."""
    now = timezone.now()
    for one in Unlock.objects.filter(sheet=sheet, slots__overlap=slots, state__in=["asked", "granted"]):
        if enrolment_id is not None and one.enrolment_id not in (None, enrolment_id):
            continue
        if one.state == UnlockState.ASKED and one.enrolment_id == enrolment_id:
            raise Conflict(_("Cột này đang có yêu cầu mở khóa chờ hiệu trưởng trả lời."))
        covers = set(slots) <= set(one.slots) and one.enrolment_id in (None, enrolment_id)
        if one.state == UnlockState.GRANTED and one.open_until and one.open_until > now and covers:
            raise Conflict(
                _("Cột này đang mở đến %(time)s.")
                % {"time": f"{timezone.localtime(one.open_until):%H:%M %d/%m/%Y}"}
            )


def _title(found: Frame, slots: Sequence[int]) -> str:
    """`TX1, GK · Toán, lớp 8A3`, as a table keeps it; many columns are counted."""
    columns = queries.all_slots_of(found.columns)
    labels = {f"c{slot}": columns[slot].label for slot in slots if slot in columns}
    named = ", ".join(f"%({name})s" for name in labels) if len(labels) <= MOST_NAMED else "%(n)s cột"
    subject = found.subject_name or SheetKind(found.kind).label
    text = f"{named} · %(subject)s, lớp %(room)s"
    return written(text, n=len(labels), subject=subject, room=found.class_name, **labels)


@action("gradebook.decide_unlock", permission="gradebook.unlock")
def decide_unlock(
    work: Work, unlock: Unlock, *, is_granted: bool, hours: int | None = None, answer: str = "",
    version: int | None = None,
) -> Unlock:  # fmt: skip
    """Open what somebody else asked for, for some hours (the school's setting), or say why not.

    Raises NotAllowed for one's own request, Conflict when it was answered or withdrawn meanwhile, DomainError with
    `hours` or `answer` among its fields.
    """
    if unlock.asked_by_id == work.actor.person_id:
        raise NotAllowed(_("Không ai tự duyệt việc mình xin. Nhờ người khác có quyền duyệt."))
    if unlock.state != UnlockState.ASKED or (version is not None and version != unlock.version):
        raise Conflict(_("Yêu cầu này đã được trả lời hoặc đã rút."))
    text = " ".join(answer.split())[:300]
    sheet = unlock.sheet
    if not is_granted and not text:
        told = _("Ghi vì sao không mở, để giáo viên biết.")
        raise DomainError(told, fields={"answer": told})
    now = timezone.now()
    length = hours if hours is not None else usual_hours(sheet.school)
    if is_granted and not 1 <= length <= MOST_HOURS:
        told = _("Mở từ 1 giờ đến 336 giờ (14 ngày).")
        raise DomainError(told, fields={"hours": told})
    until = now + timedelta(hours=length) if is_granted else None
    work.change(
        unlock, state=UnlockState.GRANTED if is_granted else UnlockState.REFUSED,
        decided_by_id=work.actor.person_id, decided_at=now, answer=text, open_until=until,
    )  # fmt: skip
    work.reason = text
    close_tasks(work, reference(unlock))
    found = queries.all_frame(sheet.pk)
    what = _title(found, unlock.slots)
    if until is not None:
        title = written(
            "Đã mở khóa %(what)s đến %(until)s",
            what=what,
            until=f"{timezone.localtime(until):%H:%M %d/%m/%Y}",
        )
    else:
        title = written("Chưa mở khóa %(what)s", what=what)
    page = "gradebook:sheet" if is_granted else "gradebook:unlock"
    url = reverse(page, args=[sheet.pk if is_granted else unlock.pk])
    tell(
        work, people=[unlock.asked_by_id], kind=TASK, title=title, body=text, url=url,
        dedupe_key=f"{reference(unlock)}:{unlock.state}",
    )  # fmt: skip
    refresh([sheet.school_id], sheet.year_id, sheet.term)
    return unlock


def usual_hours(school: Unit) -> int:
    """How long an unlock lasts at a school unless its head says otherwise."""
    return max(1, int(value_of("gradebook.unlock_hours", school)))


@action("gradebook.withdraw_unlock", own=True)
def withdraw_unlock(work: Work, unlock: Unlock) -> Unlock:
    """Take one's own request back while nobody has answered it."""
    if unlock.state != UnlockState.ASKED:
        raise Conflict(_("Yêu cầu này đã được trả lời, không rút được nữa."))
    work.change(unlock, state=UnlockState.WITHDRAWN)
    close_tasks(work, reference(unlock))
    sheet = unlock.sheet
    refresh([sheet.school_id], sheet.year_id, sheet.term)
    return unlock


@action("gradebook.close_unlock", permission="gradebook.set_deadlines")
def close_unlock(work: Work, unlock: Unlock) -> Unlock:
    """Lock again before the time is over; the teacher is told."""
    now = timezone.now()
    if unlock.state != UnlockState.GRANTED or unlock.open_until is None or unlock.open_until <= now:
        raise Conflict(_("Cột này đã khóa lại rồi."))
    work.change(unlock, state=UnlockState.CLOSED, open_until=now)
    sheet = unlock.sheet
    what = _title(queries.all_frame(sheet.pk), unlock.slots)
    tell(
        work, people=[unlock.asked_by_id], kind=TASK, title=written("Đã khóa lại %(what)s", what=what),
        url=reverse("gradebook:unlock", args=[unlock.pk]), dedupe_key=f"{reference(unlock)}:closed",
    )  # fmt: skip
    return unlock
