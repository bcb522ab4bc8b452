"""What readers send is taken in: whose badge it was, what it is worth, whom it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import Notice, tell, tell_each
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import value_of
from khue.kernel.statements import fetch, run
from khue.registry.roster.queries.places import all_holders
from khue.school.attendance.actions import Arrived, note_arrivals
from khue.school.gate import rules
from khue.school.gate.batches import Shown
from khue.school.gate.models import BadgeState, Direction, Reader, Verdict

TOLD_WITHIN: Final = timedelta(hours=2)  # a coming in that is told later frightens more than it helps
LEFT_AFTER: Final = timedelta(minutes=30)  # the first tap that may be a going out, where the way is not known

_KNOWN = "select number, shown, device_at, verdict from gate_tap where reader_id = %s and number = any(%s)"
_BADGES = """
select distinct on (n.shown) n.shown, b.school_id, b.enrolment_id, b.state,
  e.is_current and e.status in ('studying', 'suspended') and e.school_id = b.school_id,
  p.full_name, coalesce(c.name, '')
from unnest(%s::text[]) as n(shown) join gate_badge b on b.code = n.shown or (b.chip <> '' and b.chip = n.shown)
join roster_enrolment e on e.id = b.enrolment_id join people_person p on p.id = e.person_id
left join roster_classroom c on c.id = e.classroom_id
order by n.shown, b.school_id = %s desc, b.state = 'good' desc, b.state = 'lost' desc, b.id desc
"""
_NEAR = """
select enrolment_id, direction, at from gate_tap
where enrolment_id = any(%s) and verdict = 'taken' and at between %s and %s
"""
_INSERT = """
insert into gate_tap (reader_id, number, school_id, enrolment_id, shown, device_at, at, received_at, direction, verdict)
select %s, n, %s, e, s, d, a, %s, w, v
from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])
  as t(n, e, s, d, a, w, v)
on conflict (reader_id, number, device_at, shown) do nothing
"""
_SPOKE = (
    "update gate_reader set last_seen_at = %s, drift_ms = %s, strange_on = %s, strange = %s where id = %s"
)
_FORGET = "delete from gate_tap where school_id = %s and at < %s"
_FIRST = "select enrolment_id, day, first_in from attendance_arrival where enrolment_id = any(%s) and day = any(%s)"
_GUARDIANS = """
select e.id, g.guardian_id, p.given_name from roster_enrolment e
join roster_guardianship g on g.pupil_id = e.person_id join people_person p on p.id = e.person_id
where e.id = any(%s) and g.may_view and g.starts_on <= %s and (g.ends_on is null or g.ends_on > %s)
"""

CAME_IN: Final = gettext_noop("%(name)s đã vào trường lúc %(time)s")
WENT_OUT: Final = gettext_noop("%(name)s đã ra cổng lúc %(time)s")
PASSED: Final = gettext_noop("%(name)s qua cổng lúc %(time)s")  # the reader does not know which way


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a tap, and whom it was, for the reader's screen."""

    number: int
    verdict: str
    name: str = ""
    classroom: str = ""


Key = tuple[int, str, datetime]  # what makes two taps of a reader the same


@dataclass(slots=True)
class _Tap:
    shown: Shown
    text: str
    at: datetime
    direction: str
    verdict: str
    enrolment_id: int | None = None
    name: str = ""
    classroom: str = ""

    @property
    def key(self) -> Key:
        return (self.shown.number, self.text, self.shown.device_at)


@dataclass(frozen=True, slots=True)
class _Passing:
    """A pupil whose family may be told."""

    enrolment_id: int
    at: datetime
    words: str


@action("gate.take_in", permission="gate.manage")
def take_in(
    work: Work, reader: Reader, *, taps: Sequence[Shown], device_now: datetime, at: datetime
) -> list[Answer]:
    """Take in a batch of taps; told twice it is as told once. `at` is when it arrived, by the server's clock.

    Answers stand in the order of the taps. What is known already (number, badge and moment are the same) is answered
    from what stands. Each new one gets its real moment, its pupil and a verdict; coming in and going out reach roll
    call, families are told where the school wishes it. At most 500 a batch, in a number of statements that does not
    depend on how many. A reader that showed too many strange badges today hears no more names.
    """
    if reader.cut_off_at is not None:
        raise DomainError(_("Đầu đọc này đã bị ngắt. Hỏi văn thư nhà trường."))
    if len(taps) > rules.MOST:
        raise DomainError(_("Gửi nhiều nhất %(most)s lượt một lần.") % {"most": rules.MOST})
    told = [_judged(reader, tap, device_now, at) for tap in taps]
    once = {tap.key: tap for tap in reversed(told)}
    found = [tap for tap in told if once[tap.key] is tap]
    stands = _standing(reader, found)
    _owned(reader, found)
    fresh = [tap for tap in found if tap.key not in stands]
    _without_doubles(fresh)
    for tap in found:
        tap.verdict = stands.get(tap.key, tap.verdict)
    is_strange = _spoke(work, reader, fresh, device_now, at)
    if fresh:
        run(_INSERT, [reader.pk, reader.school_id, at, *_columns(fresh)])
        _arrivals(work, reader, [tap for tap in fresh if tap.verdict == Verdict.TAKEN], at)
        _blocked(work, reader, [tap for tap in fresh if tap.verdict == Verdict.LOST])
    work.note(
        taps=len(fresh), known=len(found) - len(fresh), taken=sum(t.verdict == Verdict.TAKEN for t in fresh)
    )
    return [_answer(once[tap.key], is_strange) for tap in told]


@action("gate.forget_taps", permission="gate.manage")
def forget_taps(work: Work, school: Unit, *, before: datetime) -> int:
    """Delete a school's taps from before a moment; when its pupils came first and left last stays with roll call."""
    gone = run(_FORGET, [school.pk, before])
    work.note(taps=gone)
    return gone


def _answer(tap: _Tap, is_strange: bool) -> Answer:
    if is_strange:
        return Answer(tap.shown.number, tap.verdict)
    return Answer(tap.shown.number, tap.verdict, tap.name, tap.classroom)


def _judged(reader: Reader, tap: Shown, device_now: datetime, at: datetime) -> _Tap:
    moment = rules.real_moment(tap.device_at + tap.moved, device_now, at)
    way = rules.way(reader.direction, tap.direction)
    text = rules.normal(tap.text)
    return _Tap(tap, text, moment or at, way, Verdict.UNKNOWN if moment else Verdict.STALE)


def _standing(reader: Reader, found: list[_Tap]) -> dict[Key, str]:
    """The verdicts of taps that were taken in before."""
    if not found:
        return {}
    rows = fetch(_KNOWN, [reader.pk, [tap.shown.number for tap in found]])
    return {(number, text, device_at): verdict for number, text, device_at, verdict in rows}


def _spoke(work: Work, reader: Reader, fresh: list[_Tap], device_now: datetime, at: datetime) -> bool:
    """Write down that a reader spoke and how its clock stood; says whether it showed too many strange badges today.

    Whoever stole a key learns a name by guessing a chip's number; so they hear no more names, and the school is told.
    """
    today = timezone.localdate(at)
    before = reader.strange if reader.strange_on == today else 0
    strange = before + sum(tap.verdict in (Verdict.UNKNOWN, Verdict.FOREIGN) for tap in fresh)
    run(_SPOKE, [at, int((device_now - at).total_seconds() * 1000), today, strange, reader.pk])
    if strange > rules.STRANGE >= before:
        tell(
            work,
            people=all_holders("gate.manage", reader.school_id),
            kind="gate.strange",
            title=written(gettext_noop("%(reader)s đọc nhiều thẻ lạ hôm nay"), reader=reader.name),
            body=written(
                gettext_noop(
                    "Đã %(n)s thẻ lạ. Xem lại đầu đọc có đọc đúng số thẻ không; nếu máy không còn ở cổng thì ngắt ngay."
                ),
                n=strange,
            ),
            url=reverse("gate:readers"),
            dedupe_key=f"gate:strange:{reader.pk}:{today:%Y%m%d}",
        )
    return strange > rules.STRANGE


def _owned(reader: Reader, found: list[_Tap]) -> None:
    """Say of each tap whose badge it was, and whether that opens anything here."""
    if not found:
        return
    rows = fetch(_BADGES, [sorted({tap.text for tap in found}), reader.school_id])
    owners = {row[0]: row[1:] for row in rows}
    for tap in found:
        owner = owners.get(tap.text)
        if owner is None or tap.verdict == Verdict.STALE:
            continue
        school_id, enrolment_id, state, is_here, name, classroom = owner
        if school_id != reader.school_id:
            tap.verdict = Verdict.FOREIGN
            continue
        tap.enrolment_id, tap.name, tap.classroom = enrolment_id, name, classroom
        tap.verdict = {BadgeState.LOST: Verdict.LOST, BadgeState.ENDED: Verdict.ENDED}.get(
            state, Verdict.TAKEN if is_here else Verdict.ENDED
        )


def _without_doubles(fresh: list[_Tap]) -> None:
    taken = [tap for tap in fresh if tap.verdict == Verdict.TAKEN]
    if not taken:
        return
    since, until = min(tap.at for tap in taken) - rules.AGAIN, max(tap.at for tap in taken) + rules.AGAIN
    pupils = sorted({tap.enrolment_id for tap in taken if tap.enrolment_id})
    before: dict[tuple[int, str], list[datetime]] = {}
    for pupil, way, moment in fetch(_NEAR, [pupils, since, until]):
        before.setdefault((pupil, way), []).append(moment)
    held = [rules.Held(at, tap.enrolment_id or 0, tap.at, tap.direction) for at, tap in enumerate(taken)]
    for at in rules.doubles(held, before):
        taken[at].verdict = Verdict.DOUBLE


def _columns(fresh: list[_Tap]) -> list[list[object]]:
    return [
        [tap.shown.number for tap in fresh], [tap.enrolment_id for tap in fresh], [tap.text for tap in fresh],
        [tap.shown.device_at for tap in fresh], [tap.at for tap in fresh], [tap.direction for tap in fresh],
        [str(tap.verdict) for tap in fresh],
    ]  # fmt: skip


def _arrivals(work: Work, reader: Reader, taken: list[_Tap], at: datetime) -> None:
    """Tell roll call who came and went, and families where the school wishes it."""
    if not taken:
        return
    days = {id(tap): timezone.localdate(tap.at) for tap in taken}
    pupils = sorted({tap.enrolment_id for tap in taken if tap.enrolment_id})
    came: dict[tuple[int, date], datetime] = {
        (pupil, day): moment
        for pupil, day, moment in fetch(_FIRST, [pupils, sorted(set(days.values()))])
        if moment
    }
    arrived, passings = [], []
    for tap in sorted(taken, key=lambda tap: tap.at):
        pupil, day = tap.enrolment_id or 0, days[id(tap)]
        earlier = came.get((pupil, day))
        is_out = tap.direction == Direction.OUT or (
            tap.direction == Direction.BOTH and earlier is not None and tap.at - earlier >= LEFT_AFTER
        )
        arrived.append(Arrived(pupil, day, None if is_out else tap.at, tap.at if is_out else None))
        if not is_out and (earlier is None or tap.at < earlier):
            came[pupil, day] = tap.at
        if (is_out or earlier is None) and timedelta(0) <= at - tap.at <= TOLD_WITHIN:
            out = PASSED if tap.direction == Direction.BOTH else WENT_OUT
            passings.append(_Passing(pupil, tap.at, out if is_out else CAME_IN))
    note_arrivals(work, arrived)
    if passings and value_of("gate.tell_families", reader.school):
        _tell_families(work, reader, passings)


def _tell_families(work: Work, reader: Reader, passings: Sequence[_Passing]) -> None:
    """One notice of the first coming in of a day; of going out at most one an hour, however often a child passes."""
    today = timezone.localdate()
    families: dict[int, list[tuple[int, str]]] = {}
    pupils = sorted({one.enrolment_id for one in passings})
    for pupil, guardian, name in fetch(_GUARDIANS, [pupils, today, today]):
        families.setdefault(pupil, []).append((guardian, name))
    school, url = reader.school.name, reverse("home:first")
    notices = []
    for one in passings:
        local = timezone.localtime(one.at)
        once = f"gate:{one.enrolment_id}:{local:%Y%m%d}:" + (
            "in" if one.words == CAME_IN else f"out:{local:%H}"
        )
        for guardian, name in families.get(one.enrolment_id, ()):
            title = written(one.words, name=name, time=f"{local:%H:%M}")
            notices.append(Notice(guardian, "gate.passed", title, school, url, once))
    tell_each(work, notices)


def _blocked(work: Work, reader: Reader, lost: list[_Tap]) -> None:
    """Tell those who look after badges that somebody used a lost one: once a badge and day."""
    if not lost:
        return
    people = all_holders("gate.manage", reader.school_id)
    for tap in {tap.text: tap for tap in lost}.values():
        tell(
            work,
            people=people,
            kind="gate.lost_used",
            title=written(gettext_noop("Thẻ đã báo mất của em %(name)s vừa được dùng"), name=tap.name),
            body=written(
                gettext_noop("%(reader)s, lúc %(time)s. Cổng đã từ chối."),
                reader=reader.name, time=f"{timezone.localtime(tap.at):%H:%M}",
            ),
            url=reverse("gate:taps"),
            dedupe_key=f"gate:lost:{tap.text}:{timezone.localdate(tap.at):%Y%m%d}",
        )  # fmt: skip
