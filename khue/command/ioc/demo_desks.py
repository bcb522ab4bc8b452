"""Desks of the demo: Sơn has one for Monday mornings and shares it with principals, who read it with their figures."""

from __future__ import annotations

from typing import Final

from khue.command.ioc import actions
from khue.command.ioc.desks import Tile
from khue.command.ioc.queries import desk as queries
from khue.kernel.access.capacities import actor_for
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.people.models import Account

TITLE: Final = "Giao ban sáng thứ Hai"
TILES: Final = (
    Tile("roster.pupils"), Tile("gradebook.late_sheets"), Tile("roster.dropouts"), Tile("gradebook.done", "trend"),
    Tile("gradebook.done", "bars"), Tile("roster.missing_rate", "table"),
)  # fmt: skip


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Put the desk together as Sơn would; only where the cast lives."""
    loader.end()
    if not size.has_cast:
        return
    son, _capacities = actor_for(Account.objects.select_related("person").get(login_name="son"))
    unit = queries.unit_of(son)
    if unit is None:
        return
    desk = actions.create_desk(son, queries.self_of(son), title=TITLE, tiles=list(TILES))
    actions.share_desk(son, desk, role="principal", unit=unit)
    actions.schedule_desk(son, queries.self_of(son), desk=desk, every="week", weekday=0, hour=7)
