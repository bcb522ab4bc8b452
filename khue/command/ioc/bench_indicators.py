"""What the pages of indicators cost: the province, a commune and a school from the last kept figures."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import account_of, browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.indicators import quality
from khue.kernel.statements import fetch

NAME: Final = "gradebook.done"
# The figure of a unit, its parts and the schools below it by bare SQL: what the page of the province shows.
_PLAIN: Final = """
select u.id, f.top, f.bottom from org_unit u left join lateral (
    select top, bottom from indicators_figure where unit_id = u.id and indicator = %s order by day desc limit 1
) f on true
where u.parent_id is null or u.parent_id = (select id from org_unit where parent_id is null) or u.kind = 'school'
"""
_PLACES: Final = """
select string_agg(a.code, '/' order by length(a.path)), s.kind from org_unit s
join org_unit a on a.id = any(string_to_array(trim(both '/' from s.path), '/')::bigint[])
where s.closed_on is null and s.kind in ('department', 'commune', 'school') and exists (
    select from indicators_figure f where f.unit_id = s.id and f.indicator = %s and f.bottom > 0)
group by s.id order by s.kind = 'department' desc, s.kind = 'commune' desc, count(*) desc, s.id
"""


@bench("indicator_page", group="indicators")
def indicator_page(run: Run) -> Iterator[Result]:
    """The page of marks entered in time at the province, a commune and a school; the catalogue; `n` is its bytes."""
    places: dict[str, str] = {}
    for way, kind in fetch(_PLACES, [NAME]):
        places.setdefault(kind, way)
    if not places:
        raise CannotMeasureError("chưa có số liệu nào; chạy khue indicators refresh trước.")
    account = account_of(roles.DEPARTMENT_OFFICER)
    meter = run.meter
    with leaving_nothing():
        client = browser_of(account, roles.DEPARTMENT_OFFICER)
        plain = meter.typical(lambda: fetch(_PLAIN, [NAME]), rounds=15, warm=3)
        pages = [
            ("indicator_page" if kind == "department" else f"indicator_page_{kind}",
             reverse("ioc:indicator", args=[NAME, way]))
            for kind, way in places.items()
        ]  # fmt: skip
        first = pages[0][1]

        def anew() -> None:
            quality.forget()
            client.get(first)

        cost = meter.typical(anew, rounds=15, warm=3)
        yield Result(
            f"{pages[0][0]}_first", cost.cpu_ms, cost.wall_ms, len(client.get(first).content), plain.cpu_ms,
            cost.cpu_ms / max(plain.cpu_ms, 0.001), "một câu lệnh trần", "byte; lần mở đầu sau khi tính lại",
        )  # fmt: skip
        for name, address in [*pages, ("indicator_catalogue", reverse("ioc:catalogue"))]:
            size = len(client.get(address).content)
            cost = meter.typical(partial(client.get, address), rounds=25, warm=5)
            yield Result(
                name, cost.cpu_ms, cost.wall_ms, size, plain.cpu_ms, cost.cpu_ms / max(plain.cpu_ms, 0.001),
                "một câu lệnh trần", "byte của trang",
            )  # fmt: skip
