"""Guardians are told of an unexplained absence: once a pupil and session, held back a moment, mended if mistaken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.jobs import queue
from khue.kernel.notify.notices import Notice, tell, tell_each
from khue.kernel.statements import fetch
from khue.kernel.workflow.tasks import open_task
from khue.school.attendance import rules
from khue.school.attendance.actions.leaves import BEHIND, ask_leave
from khue.school.attendance.events import AbsenceFound, AbsenceMended, LeaveAnswered, LeaveAsked
from khue.school.attendance.models import AbsenceNotice, Answer, LeaveRequest, LeaveState

HOLD: Final = timedelta(seconds=20)  # in which a slip is mended unseen
JOB: Final = "attendance.tell_absences"
ABSENCE, WITHDRAWN = "attendance.absence", "attendance.absence_withdrawn"
ASKED, ANSWERED = "attendance.leave_asked", "attendance.leave_answered"
REPLIED: Final = "attendance.absence_answered"
CALL, CALL_BY_SCHOOL = 3, 5  # school days in a row without leave (rules/15 section 2)

_FACTS = """
select n.id, n.enrolment_id, n.day, n.session, n.period, e.school_id, e.classroom_id, p.full_name, p.given_name, k.name,
       m.code, e.person_id,
       (select array_agg(g.guardian_id) from roster_guardianship g where g.pupil_id = e.person_id and g.may_view
          and g.starts_on <= %s and (g.ends_on is null or g.ends_on > %s))
from attendance_absence_notice n
join roster_enrolment e on e.id = n.enrolment_id
join people_person p on p.id = e.person_id
left join roster_classroom k on k.id = e.classroom_id
left join lateral (
  select m.code from attendance_mark m join attendance_sheet s on s.id = m.sheet_id
  where m.enrolment_id = n.enrolment_id and s.day = n.day and s.session = n.session and m.code = 'K' limit 1
) m on true
where n.id = any(%s) order by n.id
"""
_HOMEROOM = """
select teacher_id from roster_homeroom where classroom_id = %s and starts_on <= %s and ends_on > %s
"""
# The main sessions of the class until a day, newest first, with the pupil's code at each or at each of its periods.
_ROW = """
select s.day, json_agg(json_build_array(s.period, coalesce(m.code, ''))) from attendance_sheet s
left join attendance_mark m on m.sheet_id = s.id and m.enrolment_id = %s
where s.classroom_id = %s and s.is_main and s.taken_at is not null and s.day <= %s
group by s.day, s.session order by s.day desc limit %s
"""
# Two periods of one session may find the same pupil missing in one moment: the second waits here for the first.
_IN_TURN = "select id from roster_enrolment where id = any(%s) order by id for no key update"
_KNOWN = """
select s.day, s.session, s.period, array(
  select n.enrolment_id from attendance_absence_notice n
  where n.enrolment_id = any(%s) and n.day = s.day and n.session = s.session and n.mended_at is null
) from attendance_sheet s where s.id = %s
"""
# News of a roll's session that is a mistake by now: no other period of it has the pupil away any more.
_MISTAKEN = """
select n.id from attendance_absence_notice n join attendance_sheet s on s.day = n.day and s.session = n.session
where s.id = %s and n.enrolment_id = any(%s) and not exists (
  select from attendance_mark m where m.enrolment_id = n.enrolment_id and m.day = n.day and m.session = n.session
    and m.code = any(%s))
"""


# --- reactions ------------------------------------------------------------------------------------------------------


def absence_found(work: Work, event: AbsenceFound) -> None:
    """Whoever is missing without leave at a roll of today will be told of in a moment.

    Who was told that it was a mistake is told anew when it was none: the last word is what the roll says.
    """
    fetch(_IN_TURN, [list(event.enrolment_ids)])
    ((day, session, period, known),) = fetch(_KNOWN, [list(event.enrolment_ids), event.sheet_id])
    new = [pk for pk in event.enrolment_ids if pk not in known]
    if not new:
        return
    due = timezone.now() + HOLD
    fields = ["enrolment_id", "sheet_id", "day", "session", "period", "due_at"]
    rows = [[pk, event.sheet_id, day, session, period, due] for pk in new]
    work.create_many(AbsenceNotice, fields, rows, is_touched=False)
    queue.wake(JOB, HOLD)


def absence_mended(work: Work, event: AbsenceMended) -> None:
    """Who was there after all: nobody hears of what was not told yet; who was told hears that it was a mistake.

    Where roll is called by period, news of one period stand for the session: missing at another, it was no mistake.
    """
    pupils = list(event.enrolment_ids)
    fetch(_IN_TURN, [pupils])
    mistaken = [pk for (pk,) in fetch(_MISTAKEN, [event.sheet_id, pupils, list(rules.ABSENT)])]
    for one in AbsenceNotice.objects.select_for_update().filter(pk__in=mistaken):
        if one.told_at is None:
            work.remove(one)
        elif one.mended_at is None:
            work.change(one, mended_at=timezone.now())
            fact = _facts([one.pk])[0]
            tell(
                work,
                people=fact["guardians"],
                kind=WITHDRAWN,
                title=written(gettext_noop("%(name)s đã có mặt ở lớp"), name=fact["given_name"]),
                body=written(
                    gettext_noop("Tin báo vắng %(when)s là nhầm. Thầy cô đã sửa: em %(name)s có mặt ở lớp %(class)s."),
                    when=_when(one.day, one.session, 0), name=fact["full_name"], **{"class": fact["class"]},
                ),
                url=reverse("attendance:notice", args=[one.pk]),
                dedupe_key=f"{WITHDRAWN}:{one.pk}",
                unit_id=fact["school_id"],
            )  # fmt: skip


def leave_asked(work: Work, event: LeaveAsked) -> None:
    """The homeroom teacher hears of a request."""
    leave = LeaveRequest.objects.select_related("enrolment__person", "enrolment__classroom").get(
        pk=event.leave_id
    )
    room, today = leave.enrolment.classroom, timezone.localdate()
    tell(
        work,
        people=[pk for (pk,) in fetch(_HOMEROOM, [leave.enrolment.classroom_id, today, today])],
        kind=ASKED,
        title=written(
            gettext_noop("Xin nghỉ: %(name)s, lớp %(class)s"), name=leave.enrolment.person.full_name,
            **{"class": room.name if room else ""},
        ),
        body=written(
            gettext_noop("Phụ huynh xin cho em nghỉ từ %(first)s đến %(last)s."),
            first=f"{leave.from_day:%d/%m/%Y}", last=f"{leave.to_day:%d/%m/%Y}",
        ),
        url=reverse("attendance:leaves"),
        dedupe_key=f"{ASKED}:{leave.pk}",
    )  # fmt: skip


def leave_answered(work: Work, event: LeaveAnswered) -> None:
    """Whoever asked hears the answer."""
    leave = LeaveRequest.objects.select_related("enrolment__person").get(pk=event.leave_id)
    name = leave.enrolment.person.given_name or leave.enrolment.person.full_name
    granted = leave.state == LeaveState.GRANTED
    title = (
        gettext_noop("%(name)s được nghỉ có phép")
        if granted
        else gettext_noop("Chưa đồng ý cho %(name)s nghỉ")
    )
    tell(
        work,
        people=[leave.asked_by_id],
        kind=ANSWERED,
        title=written(title, name=name),
        body=written(
            gettext_noop("Đơn xin nghỉ từ %(first)s đến %(last)s. %(answer)s"),
            first=f"{leave.from_day:%d/%m/%Y}", last=f"{leave.to_day:%d/%m/%Y}", answer=leave.answer,
        ).strip(),
        url=reverse("attendance:my_leaves"),
        dedupe_key=f"{ANSWERED}:{leave.pk}",
    )  # fmt: skip


# --- telling --------------------------------------------------------------------------------------------------------


@action("attendance.tell_absences", permission="attendance.override")
def tell_absences(work: Work, notices: Sequence[AbsenceNotice], *, now: datetime) -> int:
    """Tell the guardians of absences whose moment has come; what was mended meanwhile is dropped untold.

    Gives how many notices went out. The rows are locked: two workers, or one that died in the midst, tell nobody twice.
    """
    work.chain = 0
    waiting = {one.pk: one for one in notices if one.told_at is None and one.due_at <= now}
    letters: list[Notice] = []
    told: dict[int, tuple[list[Any], list[Any]]] = {}
    dropped: list[int] = []
    for fact in _facts(list(waiting)):
        if fact["code"] != rules.UNEXCUSED:
            dropped.append(fact["id"])
            continue
        told[fact["id"]] = ([None], [now])
        letters += [_letter(fact, person) for person in fact["guardians"]]
        _call(work, fact)
    work.change_many(AbsenceNotice, ["told_at"], told, is_touched=False)
    work.remove_many(AbsenceNotice, dropped)
    return tell_each(work, letters)


def _facts(notice_ids: Sequence[int]) -> list[dict[str, Any]]:
    if not notice_ids:
        return []
    today = timezone.localdate()
    names = ("id", "enrolment_id", "day", "session", "period", "school_id", "classroom_id", "full_name", "given_name",
             "class", "code", "person_id", "guardians")  # fmt: skip
    found = [dict(zip(names, row, strict=True)) for row in fetch(_FACTS, [today, today, list(notice_ids)])]
    for one in found:
        one["guardians"] = one["guardians"] or []
        one["given_name"] = one["given_name"] or one["full_name"]
        one["class"] = one["class"] or ""
    return found


SESSIONS: Final = {
    rules.MORNING: gettext_noop("buổi sáng"),
    rules.AFTERNOON: gettext_noop("buổi chiều"),
    rules.EVENING: gettext_noop("buổi tối"),
}


def _when(day: date, session: str, period: int) -> str:
    if period:
        return written(gettext_noop("tiết %(period)s ngày %(day)s"), period=period, day=f"{day:%d/%m}")
    return f"{SESSIONS.get(session, session)} {day:%d/%m}"


def _letter(fact: dict[str, Any], person_id: int) -> Notice:
    when = _when(fact["day"], fact["session"], fact["period"])
    return Notice(
        person_id,
        ABSENCE,
        written(gettext_noop("%(name)s vắng %(when)s, chưa có phép"), name=fact["given_name"], when=when),
        written(
            gettext_noop("Em %(name)s, lớp %(class)s, vắng %(when)s mà nhà trường chưa nhận được đơn xin nghỉ. "
                         "Mở tin để trả lời thầy cô."),
            name=fact["full_name"], when=when, **{"class": fact["class"]},
        ),
        reverse("attendance:notice", args=[fact["id"]]),
        f"{ABSENCE}:{fact['id']}",
        fact["school_id"],
    )  # fmt: skip


def _call(work: Work, fact: dict[str, Any]) -> None:
    """Three main sessions in a row without leave are a call by the homeroom teacher, five one by the school."""
    found = fetch(_ROW, [fact["enrolment_id"], fact["classroom_id"], fact["day"], CALL_BY_SCHOOL])
    row = 0
    for _day, codes in found:
        whole = next((code for period, code in codes if not period), None)
        code = rules.session_code([one for _period, one in codes], len(codes)) if whole is None else whole
        if code != rules.UNEXCUSED:
            break
        row += 1
    if row < CALL:
        return
    words: dict[str, Any] = {
        "kind": "attendance.call_home",
        "title": written(
            gettext_noop("Gọi gia đình em %(name)s, lớp %(class)s"), name=fact["full_name"], **{"class": fact["class"]}
        ),
        "detail": written(gettext_noop("Vắng không phép %(count)s buổi liên tiếp."), count=row),
        "url": f"{reverse('attendance:pupil', args=[fact['enrolment_id']])}",
        "action_label": written(gettext_noop("Xem")),
        "subject": f"roster.enrolment:{fact['enrolment_id']}",
    }  # fmt: skip
    day = fact["day"]
    for (teacher,) in fetch(_HOMEROOM, [fact["classroom_id"], day, day]):
        open_task(work, person_id=teacher, **words)
    if row >= CALL_BY_SCHOOL:
        open_task(work, unit_id=fact["school_id"], permission="attendance.override", **words)


# --- the answer of a guardian ---------------------------------------------------------------------------------------


@action("attendance.answer_notice", permission="attendance.ask_leave")
def answer_notice(
    work: Work, notice: AbsenceNotice, *, answer: str, kind: str = "sick", note: str = "", to_day: date | None = None,
    to_session: str = "",
) -> AbsenceNotice:  # fmt: skip
    """Answer the news that a child is missing: at home (a request for leave), on the way, or not known.

    Not knowing is told at once to the homeroom teacher and the heads. Raises DomainError when it was answered before.
    """
    if answer not in Answer.values:
        raise DomainError(_("Chọn một câu trả lời."))
    if notice.answer:
        raise DomainError(_("Tin này đã có người trong gia đình trả lời."))
    if notice.mended_at is not None:
        raise DomainError(_("Thầy cô đã báo lại: con có mặt ở lớp."))
    if notice.day < timezone.localdate() - BEHIND:
        raise DomainError(_("Tin này đã quá 7 ngày. Gọi thầy cô chủ nhiệm."))
    work.change(notice, answer=answer, answered_by_id=work.actor.person_id, answered_at=timezone.now())
    if answer == Answer.HOME:
        if _has_asked(notice):
            return notice  # the request lies with the teacher already
        ask_leave(
            work.actor, notice.enrolment, from_day=notice.day, from_session=notice.session, to_day=to_day or notice.day,
            to_session=to_session or notice.session, kind=kind, note=note,
        )  # fmt: skip
        return notice
    _tell_school(work, notice, answer)
    return notice


def _has_asked(notice: AbsenceNotice) -> bool:
    """Whether a request for leave that nobody has refused covers the absence."""
    asked = LeaveRequest.objects.filter(
        enrolment_id=notice.enrolment_id, state__in=[LeaveState.ASKED, LeaveState.GRANTED],
        from_day__lte=notice.day, to_day__gte=notice.day,
    )  # fmt: skip
    return any(
        rules.Leave(one.from_day, one.from_session, one.to_day, one.to_session).covers(
            notice.day, notice.session
        )
        for one in asked
    )


def _tell_school(work: Work, notice: AbsenceNotice, answer: str) -> None:
    fact, today = _facts([notice.pk])[0], timezone.localdate()
    people = {pk for (pk,) in fetch(_HOMEROOM, [fact["classroom_id"], today, today])}
    title = gettext_noop("%(name)s, lớp %(class)s: gia đình báo em đến muộn")
    if answer == Answer.UNKNOWN:
        title = gettext_noop("%(name)s, lớp %(class)s: gia đình không biết em ở đâu")
        people |= set(all_heads(fact["school_id"], today))
    tell(
        work,
        people=people,
        kind=REPLIED,
        title=written(title, name=fact["full_name"], **{"class": fact["class"]}),
        body=written(
            gettext_noop("Trả lời tin báo vắng %(when)s."), when=_when(notice.day, notice.session, notice.period)
        ),
        url=reverse("attendance:pupil", args=[notice.enrolment_id]),
        dedupe_key=f"{REPLIED}:{notice.pk}",
    )  # fmt: skip


_HEADS = """
select p.person_id from staff_position p where p.unit_id = %s and p.post in ('principal', 'vice_principal')
  and p.starts_on <= %s and (p.ends_on is null or p.ends_on > %s)
"""


def all_heads(school_id: int, today: date) -> list[int]:
    """The principal and vice principals of a school today."""
    return [pk for (pk,) in fetch(_HEADS, [school_id, today, today])]
