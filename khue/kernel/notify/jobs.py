"""What is done about notices beside sending them, and sending them where no worker's courier does."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.grants import grants_reaching
from khue.kernel.actions import written
from khue.kernel.notify import courier
from khue.kernel.notify.channels import Channel, channels
from khue.kernel.notify.hours import Manners, all_manners
from khue.kernel.notify.notices import tell

AT_ONCE = 500


def deliver(now: datetime | None = None) -> int:
    """Send what is due, channel by channel, one after the other; gives how many went out.

    The worker's courier does the same with many threads (courier.py).
    """
    now = now or timezone.now()
    courier.give_up_lost(now)
    manners = all_manners()
    return sum(_deliver_by(channel, now, manners) for channel in channels().values())


def _deliver_by(channel: Channel, now: datetime, manners: Manners) -> int:
    sent = 0
    for _round in range(AT_ONCE):
        taken, going = courier.claim(channel, now, 1, manners)
        if not taken:
            break
        sent += courier.settle([courier.hand_over(channel, *one) for one in going], now, manners)
    return sent


def tend(now: datetime | None = None) -> int:
    """Tell those who manage that the money of the month is spent, once; gives how many sums were told of."""
    now = now or timezone.now()
    courier.give_up_lost(now)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update notify_spending s set told_at = %s from org_unit u "
            "where u.id = s.unit_id and s.refused > 0 and s.told_at is null returning s.unit_id, u.name, s.month",
            [now],
        )
        reached = cursor.fetchall()
        roles = registry.roles_with("notify.view_costs")
        for unit_id, name, month in reached:
            people = {one.person_id for one in grants_reaching(unit_ids=[unit_id]) if one.role in roles}
            tell(
                Actor.system("notify.tend"), people=people, kind="notify.cap_reached",
                title=written(gettext_noop("%(unit)s hết tiền nhắn tin của tháng"), unit=name),
                body=written(gettext_noop(
                    "Tin gấp vẫn báo trên trình duyệt và qua thư, không gửi SMS, Zalo nữa. "
                    "Nâng hạn mức ở trang Thiết lập nếu cần."
                )),
                url=reverse("notify:costs"), dedupe_key=f"notify.cap_reached:{unit_id}:{month}", unit_id=unit_id,
            )  # fmt: skip
    return len(reached)
