"""Every write of the gate: badges, readers, and what readers send."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify.notices import Notice, tell, tell_each
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.values import value_of
from khue.kernel.statements import fetch, run
from khue.registry.roster.models import Classroom, Enrolment
from khue.registry.roster.queries.places import all_holders
from khue.school.attendance.actions import Arrived, note_arrivals
from khue.school.gate import rules
from khue.school.gate.models import Badge, BadgeState, Direction, Reader, ReaderKind, Verdict

KEY = "khue_reader_"
TOLD_WITHIN = timedelta(hours=2)  # a coming in that is told later than this frightens more than it helps
LEFT_AFTER = timedelta(
    minutes=30
)  # the first tap that may be a going out, at readers which do not know the way

_NUMBERS = "select number from gate_tap where reader_id = %s and number = any(%s)"
_BADGES = """
select distinct on (n.shown) n.shown, b.school_id, b.enrolment_id, b.state,
  e.is_current and e.status in ('studying', 'suspended') and e.school_id = b.school_id,
  p.full_name, coalesce(c.name, '')
from unnest(%s::text[]) as n(shown) join gate_badge b on b.code = n.shown or (b.chip <> '' and b.chip = n.shown)
join roster_enrolment e on e.id = b.enrolment_id join people_person p on p.id = e.person_id
left join roster_classroom c on c.id = e.classroom_id
order by n.shown, b.state = 'good' desc, b.state = 'lost' desc, b.id desc
"""
_NEWEST = """
select enrolment_id, direction, max(at) from gate_tap
where enrolment_id = any(%s) and verdict = 'taken' and at >= %s group by 1, 2
"""
_INSERT = """
insert into gate_tap (reader_id, number, school_id, enrolment_id, shown, device_at, at, received_at, direction, verdict)
select %s, n, %s, e, s, d, a, %s, w, v
from unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[])
  as t(n, e, s, d, a, w, v)
on conflict (reader_id, number) do nothing
"""
_SPOKE = "update gate_reader set last_seen_at = %s, drift_ms = %s where id = %s"
_FIRST = "select enrolment_id, day, first_in from attendance_arrival where enrolment_id = any(%s) and day = any(%s)"
_GUARDIANS = """
select e.id, g.guardian_id, p.given_name from roster_enrolment e
join roster_guardianship g on g.pupil_id = e.person_id join people_person p on p.id = e.person_id
where e.id = any(%s) and g.may_view and g.starts_on <= %s and (g.ends_on is null or g.ends_on > %s)
"""


def hash_of(key: str) -> str:
    """How a reader's key is kept: a plain SHA-256, for 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def _new_codes(count: int) -> list[str]:
    return [
        rules.MARK + "".join(secrets.choice(rules.ALPHABET) for _sign in range(rules.LENGTH))
        for _one in range(count)
    ]


@action("gate.issue_badges", permission="gate.manage")
def issue_badges(work: Work, classroom: Classroom) -> int:
    """Give a badge to every pupil of a class who has none in use; gives how many are new."""
    held = Badge.objects.filter(school_id=classroom.school_id, state=BadgeState.GOOD).values("enrolment_id")
    without = list(
        Enrolment.objects.filter(classroom=classroom, is_current=True, status__in=("studying", "suspended"))
        .exclude(pk__in=held)
        .order_by("sort_key", "pk").values_list("pk", flat=True)
    )  # fmt: skip
    today = timezone.localdate()
    work.create_many(
        Badge,
        ["school_id", "enrolment_id", "code", "issued_on"],
        [
            [classroom.school_id, pk, code, today]
            for pk, code in zip(without, _new_codes(len(without)), strict=True)
        ],
    )
    return len(without)


@action("gate.replace_badge", permission="gate.manage")
def replace_badge(work: Work, badge: Badge, *, is_lost: bool) -> Badge:
    """A badge was lost, or is worn out: it opens nothing from now on, and a new one is made for the pupil."""
    if badge.state != BadgeState.GOOD:
        raise DomainError(_("Thẻ này không còn dùng."))
    work.change(badge, state=BadgeState.LOST if is_lost else BadgeState.ENDED, ended_at=timezone.now())
    return work.create(
        Badge(
            school_id=badge.school_id, enrolment_id=badge.enrolment_id, code=_new_codes(1)[0],
            issued_on=timezone.localdate(),
        )
    )  # fmt: skip


@action("gate.set_chip", permission="gate.manage")
def set_chip(work: Work, badge: Badge, *, chip: str) -> Badge:
    """Write down the number of the chip card that a pupil carries beside the QR; empty takes it away."""
    number = rules.normal(chip)
    if number and not rules.is_chip(number):
        message = _("Số chip gồm 4 đến 32 chữ số, chữ cái A–F, như trên đầu đọc hiện ra.")
        raise DomainError(message, fields={"chip": message})
    if badge.state != BadgeState.GOOD:
        raise DomainError(_("Thẻ này không còn dùng."))
    if number and Badge.objects.filter(chip=number, state=BadgeState.GOOD).exclude(pk=badge.pk).exists():
        message = _("Số chip này đang thuộc thẻ của em khác.")
        raise DomainError(message, fields={"chip": message})
    return work.change(badge, chip=number)


@action("gate.end_badge", permission="gate.manage")
def end_badge(work: Work, badge: Badge, *, is_lost: bool) -> Badge:
    """Block a badge without giving another."""
    if badge.state != BadgeState.GOOD:
        raise DomainError(_("Thẻ này không còn dùng."))
    return work.change(badge, state=BadgeState.LOST if is_lost else BadgeState.ENDED, ended_at=timezone.now())


@action("gate.add_reader", permission="gate.manage")
def add_reader(work: Work, school: Unit, *, name: str, kind: str, direction: str) -> tuple[Reader, str]:
    """Set up a reader; its key is shown once and kept as a hash."""
    if not school.is_school:
        raise DomainError(_("Đầu đọc thẻ thuộc một trường."))
    if not name.strip():
        raise DomainError(_("Đặt tên cho đầu đọc."), fields={"name": _("Chưa có tên.")})
    if kind not in ReaderKind.values or direction not in Direction.values:
        raise DomainError(_("Chọn loại đầu đọc và chiều đi."))
    key = KEY + secrets.token_urlsafe(32)
    reader = work.create(
        Reader(school=school, name=name.strip()[:80], kind=kind, direction=direction, key_hash=hash_of(key))
    )
    return reader, key


@action("gate.renew_key", permission="gate.manage")
def renew_key(work: Work, reader: Reader) -> str:
    """Give a reader a new key; the old one opens nothing from now on."""
    key = KEY + secrets.token_urlsafe(32)
    work.change(reader, key_hash=hash_of(key), cut_off_at=None)
    return key


@action("gate.cut_off_reader", permission="gate.manage")
def cut_off_reader(work: Work, reader: Reader) -> Reader:
    """A reader is gone or stolen: nothing it sends is taken any more."""
    if reader.cut_off_at is not None:
        raise DomainError(_("Đầu đọc này đã bị ngắt."))
    return work.change(reader, cut_off_at=timezone.now())


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader tells of one tap: its own number of it, what the badge said, when by its clock, which way."""

    number: int
    text: str
    device_at: datetime
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a tap, and whom it was, for the reader's screen."""

    number: int
    verdict: str
    name: str = ""
    classroom: str = ""


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


@action("gate.take_in", permission="gate.manage")
def take_in(
    work: Work, reader: Reader, *, taps: Sequence[Shown], device_now: datetime, at: datetime
) -> list[Answer]:
    """Take in a batch of taps; told twice it is as told once. `at` is when it arrived, by the server's clock.

    Taps already known are answered from what stands. Each new one gets its real moment, its pupil and a verdict;
    coming in and going out reach roll call, families are told where the school wishes it. At most 500 a batch, in a
    number of statements that does not depend on how many.
    """
    if reader.cut_off_at is not None:
        raise DomainError(_("Đầu đọc này đã bị ngắt. Hỏi văn thư nhà trường."))
    if len(taps) > rules.MOST:
        raise DomainError(_("Gửi nhiều nhất %(most)s lượt một lần.") % {"most": rules.MOST})
    drift = int((device_now - at).total_seconds() * 1000)
    run(_SPOKE, [at, drift, reader.pk])
    known = (
        {number for (number,) in fetch(_NUMBERS, [reader.pk, [tap.number for tap in taps]])}
        if taps
        else set()
    )
    first: dict[int, Shown] = {}
    for tap in taps:
        first.setdefault(tap.number, tap)
    found = [_judged(reader, tap, device_now, at) for tap in first.values()]
    _owned(reader, found)
    fresh = [tap for tap in found if tap.shown.number not in known]
    _without_doubles(fresh)
    if fresh:
        run(_INSERT, [reader.pk, reader.school_id, at, *_columns(fresh)])
        _arrivals(work, reader, [tap for tap in fresh if tap.verdict == Verdict.TAKEN], at)
        _blocked(work, reader, [tap for tap in fresh if tap.verdict == Verdict.LOST])
    work.note(
        taps=len(fresh), known=len(first) - len(fresh), taken=sum(t.verdict == Verdict.TAKEN for t in fresh)
    )
    return [Answer(tap.shown.number, tap.verdict, tap.name, tap.classroom) for tap in found]


def _judged(reader: Reader, tap: Shown, device_now: datetime, at: datetime) -> _Tap:
    moment = rules.real_moment(tap.device_at, device_now, at)
    way = rules.way(reader.direction, tap.direction)
    text = rules.normal(tap.text)
    return _Tap(tap, text, moment or at, way, Verdict.UNKNOWN if moment else Verdict.STALE)


def _owned(reader: Reader, found: list[_Tap]) -> None:
    """Say of each tap whose badge it was, and whether that opens anything here."""
    owners = (
        {row[0]: row[1:] for row in fetch(_BADGES, [sorted({tap.text for tap in found})])} if found else {}
    )
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
    since = min(tap.at for tap in taken) - rules.AGAIN
    pupils = sorted({tap.enrolment_id for tap in taken if tap.enrolment_id})
    before = {(pupil, way): moment for pupil, way, moment in fetch(_NEWEST, [pupils, since])}
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
    came: dict[tuple[int, object], datetime] = {
        (pupil, day): moment
        for pupil, day, moment in fetch(_FIRST, [pupils, sorted(set(days.values()))])
        if moment
    }
    arrived, tidings = [], []
    for tap in sorted(taken, key=lambda tap: tap.at):
        place = (tap.enrolment_id or 0, days[id(tap)])
        earlier = came.get(place)
        is_out = tap.direction == Direction.OUT or (
            tap.direction == Direction.BOTH and earlier is not None and tap.at - earlier >= LEFT_AFTER
        )
        arrived.append(
            Arrived(place[0], days[id(tap)], None if is_out else tap.at, tap.at if is_out else None)
        )
        if not is_out and (earlier is None or tap.at < earlier):
            came[place] = tap.at
        if (is_out or earlier is None) and timedelta(0) <= at - tap.at <= TOLD_WITHIN:
            tidings.append((place[0], tap.at, is_out))
    note_arrivals(work, arrived)
    if tidings and value_of("gate.tell_families", reader.school):
        _tell_families(work, reader, tidings)


def _tell_families(work: Work, reader: Reader, tidings: Sequence[tuple[int, datetime, bool]]) -> None:
    today = timezone.localdate()
    families: dict[int, list[tuple[int, str]]] = {}
    for pupil, guardian, name in fetch(_GUARDIANS, [[pupil for pupil, *_rest in tidings], today, today]):
        families.setdefault(pupil, []).append((guardian, name))
    school, url, notices = reader.school.name, reverse("home:first"), []
    for pupil, moment, is_out in tidings:
        local = timezone.localtime(moment)
        for guardian, name in families.get(pupil, ()):
            words = (
                gettext_noop("%(name)s đã ra cổng lúc %(time)s")
                if is_out
                else gettext_noop("%(name)s đã vào trường lúc %(time)s")
            )
            notices.append(
                Notice(
                    guardian,
                    "gate.passed",
                    written(words, name=name, time=f"{local:%H:%M}"),
                    school,
                    url,
                    f"gate:{pupil}:{local:%Y%m%d}:{f'out:{local:%H%M}' if is_out else 'in'}",
                )
            )
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
