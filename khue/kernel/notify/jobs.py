"""Sends what waits to be delivered: again after a sure failure, never twice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.notify.channels import Channel, NotSent, Parcel, Unknown, channels
from khue.kernel.notify.notices import quiet_until

BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 480))
LOST_AFTER = timedelta(minutes=15)
AT_ONCE = 500


@dataclass(frozen=True)
class Claimed:
    """A delivery that this process alone now holds."""

    pk: int
    tries: int
    person_id: int
    title: str
    body: str
    url: str


def deliver(now: datetime | None = None) -> int:
    """Send what is due, channel by channel; gives how many went out. Does nothing in the quiet hours."""
    now = now or timezone.now()
    _give_up_lost(now)
    if quiet_until(now) > now:
        return 0
    return sum(_deliver_by(channel, now) for channel in channels().values())


def _deliver_by(channel: Channel, now: datetime) -> int:
    sent = 0
    for _round in range(AT_ONCE):
        claimed = _claim(channel.name, now)
        if claimed is None:
            break
        sent += _send(channel, claimed, now)
    return sent


def _claim(name: str, now: datetime) -> Claimed | None:
    """Take one delivery in a statement of its own: committed before anything is sent, so no crash sends it twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update notify_delivery d set state = 'sending', tries = tries + 1, not_before = %s "
            "from notify_message m where m.id = d.message_id and d.id = ("
            "select id from notify_delivery where state = 'waiting' and channel = %s and not_before <= %s "
            "order by not_before, id limit 1 for update skip locked) "
            "returning d.id, d.tries, m.person_id, m.title, m.body, m.url",
            [now, name, now],
        )
        row = cursor.fetchone()
    return Claimed(*row) if row else None


def _send(channel: Channel, claimed: Claimed, now: datetime) -> int:
    address = channel.addresses([claimed.person_id]).get(claimed.person_id)
    if address is None:
        _close(claimed.pk, "failed", _("Không còn địa chỉ."), None)
        return 0
    parcel = Parcel(
        f"khue-{claimed.pk}",
        address,
        claimed.title,
        claimed.body,
        absolute(claimed.url) if claimed.url else "",
    )
    try:
        channel.send(parcel)
    except NotSent as failure:
        if failure.again and claimed.tries <= len(BACKOFF):
            _close(claimed.pk, "waiting", failure.problem, quiet_until(now + BACKOFF[claimed.tries - 1]))
        else:
            _close(claimed.pk, "failed", failure.problem, None)
        return 0
    except Unknown as failure:
        _close(
            claimed.pk,
            "failed",
            _("Không rõ đã đến chưa, nên không gửi lại: %(why)s") % {"why": failure},
            None,
        )
        return 0
    _close(claimed.pk, "sent", "", now)
    return 1


def _close(pk: int, state: str, problem: str, moment: datetime | None) -> None:
    column = "sent_at" if state == "sent" else "not_before"
    with connection.cursor() as cursor:
        cursor.execute(
            f"update notify_delivery set state = %s, problem = %s, {column} = %s where id = %s",  # noqa: S608
            [state, problem[:200], moment, pk],
        )


def _give_up_lost(now: datetime) -> None:
    """Deliveries whose sender died in the act: nobody knows, so they are not sent again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update notify_delivery set state = 'failed', problem = %s where state = 'sending' and not_before < %s",
            [_("Máy dừng giữa lúc gửi; không gửi lại để thư khỏi đến hai lần."), now - LOST_AFTER],
        )


def absolute(path: str) -> str:
    """The full address of a page of ours, when the installation says where it stands; else just the path."""
    origins = getattr(settings, "CSRF_TRUSTED_ORIGINS", [])
    return f"{origins[0].rstrip('/')}{path}" if origins and path.startswith("/") else path
