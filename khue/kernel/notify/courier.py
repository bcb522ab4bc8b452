"""Carries deliveries out: claimed and committed before they are sent, sent by threads, closed in the same breath.

One thread of the worker speaks with the database, over one connection; the threads that send ask it nothing. No more
is claimed than there are free threads, so a kill -9 leaves at most that many of which nobody knows. It wakes when a
pressing notice is committed, and looks by itself every few seconds. Of many pressing ones in a row some room stays for
the ordinary.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.urls import reverse
from django.utils import timezone, translation

from khue.kernel.notify import costs, gateway
from khue.kernel.notify.channels import Channel, Gone, NotSent, Parcel, Unknown, channels
from khue.kernel.notify.gateway import Gateway
from khue.kernel.notify.hours import NOBODY, WAKE, Manners, all_manners
from khue.kernel.notify.notices import kind_of

BACKOFF: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
BACKOFF_URGENT: Final = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800))
LOST_AFTER: Final = timedelta(minutes=15)
ASKED_AGAIN_AFTER: Final = timedelta(minutes=2)
LOOK_SECONDS: Final = 5.0
BELIEVED_SECONDS: Final = 1.0
GATHER_SECONDS: Final = 0.01
TEND_EVERY: Final = timedelta(minutes=1)
NAME: Final = "khue courier"  # as the database lists its clients
FAIR_EACH: Final = 4  # of so many claims one keeps a place for ordinary notices

log = logging.getLogger("khue.notify")

_CLAIM = """
with due as (
    select id from notify_delivery
    where state = 'waiting' and channel = %s and not_before <= %s and urgency between %s and %s
    order by urgency desc, not_before, id limit %s for update skip locked
)
update notify_delivery d set state = 'sending', tries = tries + 1, not_before = %s
from due, notify_message m left join notify_preference p on p.person_id = m.person_id
where d.id = due.id and m.id = d.message_id
returning d.id, m.id, d.tries, d.target, d.urgency, m.person_id, m.kind, m.title, m.body, m.url, m.unit_id,
    m.read_at is not null, coalesce((to_jsonb(p) ->> d.channel)::boolean, true), coalesce(p.shows_names, true)
"""


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process alone now holds."""

    pk: int
    message_id: int
    tries: int
    target: int
    urgency: int
    person_id: int
    kind: str
    title: str
    body: str
    url: str
    unit_id: int | None
    is_read: bool
    is_wished: bool
    shows_names: bool


@dataclass(frozen=True)
class Sent:
    """How one attempt ended; no problem: it was taken."""

    channel: Channel
    claimed: Claimed
    problem: Exception | None = None


def claim(
    channel: Channel, now: datetime, most: int, manners: Manners, *, ceiling: int = NOBODY
) -> tuple[int, list[tuple[Claimed, Parcel]]]:
    """Take up to `most` deliveries that are due; gives how many, and those of them that are to be sent.

    What needs no sending any more is closed here. One transaction: committed before anything is sent.
    """
    floor = manners.floor_at(now)
    if floor > ceiling or most < 1:
        return 0, []
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [channel.name, now, floor, ceiling, most, now])
            taken = sorted(
                (Claimed(*row) for row in cursor.fetchall()), key=lambda one: (-one.urgency, one.pk)
            )
        if not taken:
            return 0, []
        going = _still_wanted(channel, taken)
        where = {
            (person, target): address
            for person, target, address in channel.addresses(sorted({one.person_id for one in going}))
        } if going else {}  # fmt: skip
        _close([one.pk for one in going if (one.person_id, one.target) not in where], "failed", _NOWHERE)
        going = [one for one in going if (one.person_id, one.target) in where]
        parcels = [
            (one, parcel_of(one, where[one.person_id, one.target], manners.shows_names)) for one in going
        ]
        if channel.is_paid and parcels:
            parcels = _paid(parcels, now)
    return len(taken), parcels


_READ = "Đã đọc trong Khuê."
_NOT_WISHED = "Người nhận đã tắt cách báo này."
_NOWHERE = "Không còn địa chỉ."
_TOO_DEAR = "Hết hạn mức tiền nhắn tin của tháng."


def _still_wanted(channel: Channel, taken: Sequence[Claimed]) -> list[Claimed]:
    read = [one.pk for one in taken if one.is_read and channel.skips_read]
    _close(read, "dropped", _READ)
    left = [one for one in taken if one.pk not in set(read)]
    unwished = {one.pk for one in left if not one.is_wished and not kind_of(one.kind).must_reach}
    _close(sorted(unwished), "dropped", _NOT_WISHED)
    return [one for one in left if one.pk not in unwished]


def _paid(parcels: list[tuple[Claimed, Parcel]], now: datetime) -> list[tuple[Claimed, Parcel]]:
    """Those the caps allow; the others are closed."""
    manner = gateway.manner()
    for channel in channels().values():
        if isinstance(channel, Gateway):
            channel.manner = manner
    wanted = [
        costs.Wanted(one.pk, one.unit_id, gateway.parts_of(gateway.text_of(parcel.front, manner.is_plain)))
        for one, parcel in parcels
    ]
    allowed = costs.book(wanted, now)
    _close([one.pk for one, _parcel in parcels if one.pk not in allowed], "dropped", _TOO_DEAR)
    return [(one, parcel) for one, parcel in parcels if one.pk in allowed]


def parcel_of(one: Claimed, address: str, province_shows_names: bool) -> Parcel:
    """What leaves the house; the notice's own title stands in front only where kind, province and reader allow it."""
    kind = kind_of(one.kind)
    shows = kind.shows_title and province_shows_names and one.shows_names
    return Parcel(
        f"khue-{one.pk}",
        address,
        one.title,
        one.body,
        absolute(reverse("notify:see", args=[one.message_id])) if one.url else "",
        one.title if shows else kind.title,
        one.urgency,
    )


def hand_over(channel: Channel, claimed: Claimed, parcel: Parcel) -> Sent:
    """Send one parcel and say how it went; whatever goes wrong in an unforeseen way counts as unknown."""
    try:
        channel.send(parcel)
    except (NotSent, Unknown) as problem:
        return Sent(channel, claimed, problem)
    except Exception as problem:
        log.exception("delivery %s by %s", claimed.pk, channel.name)
        return Sent(channel, claimed, Unknown(type(problem).__name__))
    return Sent(channel, claimed)


def settle(done: Iterable[Sent], now: datetime, manners: Manners) -> int:
    """Write down how attempts ended; gives how many parcels were taken."""
    done = list(done)
    if not done:
        return 0
    with transaction.atomic():
        good = [one for one in done if one.problem is None]
        if good:
            with connection.cursor() as cursor:
                cursor.execute(
                    "update notify_delivery set state = 'sent', problem = '', sent_at = %s where id = any(%s)",
                    [now, [one.claimed.pk for one in good]],
                )
                browsers = [one.claimed.target for one in good if one.claimed.target]
                if browsers:
                    cursor.execute(
                        "update notify_subscription set last_ok = %s where id = any(%s)", [now, browsers]
                    )
        for one in done:
            if one.problem is not None:
                _settle_problem(one, one.problem, now, manners)
    return len(good)


def _settle_problem(one: Sent, problem: Exception, now: datetime, manners: Manners) -> None:
    claimed = one.claimed
    steps = BACKOFF_URGENT if claimed.urgency else BACKOFF
    may_again = claimed.tries <= len(steps)
    pause = steps[min(claimed.tries, len(steps)) - 1]
    if isinstance(problem, NotSent):
        costs.take_back([claimed.pk] if one.channel.is_paid else [])
        if isinstance(problem, Gone) and claimed.target:
            with connection.cursor() as cursor:
                cursor.execute("delete from notify_subscription where id = %s", [claimed.target])
        if problem.again and may_again:
            _again(claimed, problem.problem, now + max(pause, problem.after or pause), manners)
        else:
            _close([claimed.pk], "failed", problem.problem)
    elif one.channel.repeats_safely and may_again:
        _again(claimed, str(problem), now + pause, manners)
    else:
        _close([claimed.pk], "failed", f"Không rõ đã đến chưa, nên không gửi lại: {problem}")


def _again(claimed: Claimed, problem: str, at: datetime, manners: Manners) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update notify_delivery set state = 'waiting', problem = %s, not_before = %s where id = %s",
            [problem[:200], manners.free_at(at, claimed.urgency), claimed.pk],
        )


def _close(ids: Sequence[int], state: str, problem: str) -> None:
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "update notify_delivery set state = %s, problem = %s where id = any(%s)",
            [state, problem[:200], list(ids)],
        )


def give_up_lost(now: datetime) -> None:
    """Deliveries whose sender died in the act: asked again where the other side takes a key once, else never."""
    again = [channel.name for channel in channels().values() if channel.repeats_safely]
    with connection.cursor() as cursor:
        cursor.execute(
            "update notify_delivery set state = 'waiting' "
            "where state = 'sending' and channel = any(%s) and not_before < %s",
            [again, now - ASKED_AGAIN_AFTER],
        )
        cursor.execute(
            "update notify_delivery set state = 'failed', problem = %s "
            "where state = 'sending' and not channel = any(%s) and not_before < %s",
            ["Máy dừng giữa lúc gửi; không gửi lại để tin khỏi đến hai lần.", again, now - LOST_AFTER],
        )


def absolute(path: str) -> str:
    """The full address of a page of ours, when the installation says where it stands; else just the path."""
    origins = getattr(settings, "CSRF_TRUSTED_ORIGINS", [])
    return f"{origins[0].rstrip('/')}{path}" if origins and path.startswith("/") else path


class Courier:
    """The sender of one worker."""

    def __init__(self) -> None:
        self._flying: dict[Future[Sent], str] = {}
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._turn = 0
        self._tended: datetime | None = None
        self._empty: dict[str, float] = {}  # channels that had nothing due, and until when they are believed
        self._manners: tuple[float, Manners] | None = None

    def step(self, now: datetime) -> int:
        """Close what has ended and send on what is due; gives how many deliveries it has dealt with."""
        manners = self._known_manners()
        ended = [future for future in self._flying if future.done()]
        settle([future.result() for future in ended], now, manners)
        for future in ended:
            del self._flying[future]
        if self._tended is None or now - self._tended >= TEND_EVERY:
            give_up_lost(now)
            self._tended = now
        self._turn += 1
        return len(ended) + sum(self._send_by(channel, now, manners) for channel in channels().values())

    def _known_manners(self) -> Manners:
        """The settings as they were a few seconds ago."""
        if self._manners is None or self._manners[0] < time.monotonic():
            self._manners = time.monotonic() + LOOK_SECONDS, all_manners()
        return self._manners[1]

    def _send_by(self, channel: Channel, now: datetime, manners: Manners) -> int:
        free = channel.lanes - sum(name == channel.name for name in self._flying.values())
        if free < 1 or self._empty.get(channel.name, 0.0) > time.monotonic():
            return 0
        fair = int(self._turn % FAIR_EACH == 0)
        seen, going = claim(channel, now, fair, manners, ceiling=0)
        more_seen, more = claim(channel, now, free - len(going), manners)
        if not seen + more_seen:
            self._empty[channel.name] = time.monotonic() + BELIEVED_SECONDS
        for claimed, parcel in (*going, *more):
            self._flying[self._pool(channel).submit(hand_over, channel, claimed, parcel)] = channel.name
        return seen + more_seen

    def _pool(self, channel: Channel) -> ThreadPoolExecutor:
        if channel.name not in self._pools:
            self._pools[channel.name] = ThreadPoolExecutor(channel.lanes, f"notify-{channel.name}")
        return self._pools[channel.name]

    @property
    def is_flying(self) -> bool:
        """Whether anything is on its way."""
        return bool(self._flying)

    def wait(self, seconds: float) -> None:
        """Wait until something on its way has ended, and a moment for what ends beside it."""
        wait(self._flying, seconds, FIRST_COMPLETED)
        wait(self._flying, GATHER_SECONDS)

    def look_again(self) -> None:
        """Somebody says that there is something due."""
        self._empty.clear()

    def drain(self, now: datetime, seconds: float = 10.0) -> None:
        """Let what is on its way end, and write it down."""
        wait(self._flying, seconds)
        settle([future.result() for future in self._flying if future.done()], now, all_manners())
        self._flying.clear()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)


def run(over: threading.Event) -> None:
    """Carry until told to stop; a broken line to the database is waited out."""
    courier, listens = Courier(), False
    translation.activate(settings.LANGUAGE_CODE)
    try:
        while not over.is_set():
            try:
                if not listens:
                    listens = _listen()
                if courier.step(timezone.now()):
                    continue
                if courier.is_flying:
                    courier.wait(LOOK_SECONDS)
                else:
                    _sleep()
                    courier.look_again()
            except Exception:
                log.exception("the courier stumbled; it goes on")
                connection.close()
                listens = False
                over.wait(LOOK_SECONDS)
        courier.drain(timezone.now())
    finally:
        connection.close()


def _listen() -> bool:
    close_old_connections()
    with connection.cursor() as cursor:
        cursor.execute(f"set application_name = '{NAME}'")
        cursor.execute(f"listen {WAKE}")
    return True


def _sleep() -> None:
    """Sleep until a pressing notice is committed, or it is time to look."""
    for _note in connection.connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
        return
