"""What messages of the gateway cost: booked before one is sent, within the caps of the province and of each school.

The sums of a month stand in one row for the province (its root unit) and one for each school, and grow by statements
that fail when a cap would be passed: however many senders there are, no cap is ever passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection
from django.utils import timezone

from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import value_of, values_of

PRICE: Final = "notify.price"
CAPS: Final = ("notify.cap_province", "notify.cap_school")

_ROW = (
    "insert into notify_spending (unit_id, month, dong, messages, refused) select u, %s, 0, 0, 0 "
    "from unnest(%s::bigint[]) as u order by u on conflict do nothing"
)
_BOOK = (
    "update notify_spending set dong = dong + %s, messages = messages + 1 "
    "where unit_id = %s and month = %s and dong + %s <= %s"
)
_TAKE_BACK = (
    "update notify_spending set dong = dong - %s, messages = messages - 1 "
    "where unit_id = any(%s) and month = %s"
)
_REFUSE = "update notify_spending set refused = refused + 1 where unit_id = %s and month = %s"


@dataclass(frozen=True)
class Wanted:
    """A message that asks for its money."""

    delivery_id: int
    unit_id: int | None  # who tells
    parts: int


def month_of(now: datetime) -> date:
    """The first day of the month in which a moment lies, in the province's time."""
    return timezone.localtime(now).date().replace(day=1)


def all_payers(unit_ids: Sequence[int]) -> tuple[int, dict[int, Unit]]:
    """The root unit, and for each unit within a school the school, which pays for what it tells."""
    units = Unit.objects.in_bulk(unit_ids)
    above = {pk for unit in units.values() for pk in unit.ancestor_ids}
    known = Unit.objects.in_bulk(above - units.keys()) | units
    found = {}
    for pk, unit in units.items():
        schools = [known[one] for one in unit.ancestor_ids if known[one].kind == UnitKind.SCHOOL]
        if schools:
            found[pk] = schools[0]
    root = Unit.objects.filter(parent__isnull=True).order_by("pk").values_list("pk", flat=True)[0]
    return root, found


def book(wanted: Sequence[Wanted], now: datetime) -> set[int]:
    """Book what the caps allow; gives the deliveries that may be sent. Inside the transaction that claims them."""
    month = month_of(now)
    price = int(value_of(PRICE))
    root, payers = all_payers(sorted({one.unit_id for one in wanted if one.unit_id is not None}))
    cap_province = int(value_of(CAPS[0]))
    cap_school = {school.pk: int(values_of([CAPS[1]], school)[CAPS[1]]) for school in payers.values()}
    with connection.cursor() as cursor:
        cursor.execute("select delivery_id from notify_cost where delivery_id = any(%s)", [
            [one.delivery_id for one in wanted]
        ])  # fmt: skip
        allowed = {row[0] for row in cursor.fetchall()}  # tried before and never surely refused
        cursor.execute(_ROW, [month, sorted({root, *cap_school})])
        for one in wanted:
            if one.delivery_id in allowed:
                continue
            dong = price * one.parts
            school = payers[one.unit_id].pk if one.unit_id in payers else None
            cursor.execute(_BOOK, [dong, root, month, dong, cap_province])
            if not cursor.rowcount:
                cursor.execute(_REFUSE, [root, month])
                continue
            if school is not None:
                cursor.execute(_BOOK, [dong, school, month, dong, cap_school[school]])
                if not cursor.rowcount:
                    cursor.execute(_TAKE_BACK, [dong, [root], month])
                    cursor.execute(_REFUSE, [school, month])
                    continue
            cursor.execute(
                "insert into notify_cost (delivery_id, unit_id, month, parts, dong, booked_at) "
                "values (%s, %s, %s, %s, %s, %s)",
                [one.delivery_id, school or root, month, one.parts, dong, now],
            )
            allowed.add(one.delivery_id)
    return allowed


def take_back(delivery_ids: Sequence[int]) -> None:
    """Give back what was booked for messages that surely were not sent."""
    if not delivery_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from notify_cost where delivery_id = any(%s) returning unit_id, month, dong",
            [list(delivery_ids)],
        )
        gone = cursor.fetchall()
        if not gone:
            return
        cursor.execute("select id from org_unit where parent_id is null order by id limit 1")
        (root,) = cursor.fetchone()
        for unit_id, month, dong in gone:
            cursor.execute(_TAKE_BACK, [dong, sorted({unit_id, root}), month])
