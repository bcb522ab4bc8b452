"""What the operations centre costs: the wall of the province from the last kept figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import account_of, browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.statements import fetch

REACH = 20.0  # milliseconds of CPU


@bench("wall_page", group="indicators")
def wall_page(run: Run) -> Iterator[Result]:
    """The whole wall of the department and what its script fetches every minute; `n` units on the tile map.

    The baseline is the same units and their latest figure asked of the database by one plain statement.
    """
    if not fetch("select 1 from indicators_figure limit 1", []):
        raise CannotMeasureError("chưa có số liệu nào; chạy khue indicators refresh trước.")
    account = account_of(roles.DEPARTMENT_OFFICER)
    meter = run.meter
    with leaving_nothing():
        client = browser_of(account, roles.DEPARTMENT_OFFICER)
        address = reverse("ioc:wall")
        page = client.get(address)
        units = page.content.count(b'class="tile ')
        with CaptureQueriesContext(connection):
            client.get(address)
        plain = meter.typical(_plain, rounds=9, warm=2)
        for name, more in (("wall_page", {}), ("wall_refresh", {"X-Khue-Fragment": "wall"})):
            cost = meter.typical(partial(client.get, address, headers=more), rounds=9, warm=2)
            yield Result(
                name, cost.cpu_ms, cost.wall_ms, units, plain.cpu_ms, cost.cpu_ms / max(plain.cpu_ms, 0.001),
                "một câu lệnh trần", "ô trên sơ đồ",
            )  # fmt: skip


def _plain() -> None:
    fetch(
        "select u.id, u.name, f.top, f.bottom from org_unit u left join lateral (select top, bottom from "
        "indicators_figure where unit_id = u.id and indicator = (select min(indicator) from indicators_figure) "
        "order by day desc limit 1) f on true where u.parent_id = (select id from org_unit where parent_id is null)",
        [],
    )
