"""What following an intake costs: the nightly count of a year, and the page at the province, a commune, a school.

The baseline of the count is a plain reading of the same enrolments in the order of persons and years, which no way of
following them does without; that of the page is the sum of the counts kept by one bare statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from django.db import connection
from django.urls import reverse

from khue.command.ioc import cohorts
from khue.command.ioc.following import HELD
from khue.kernel.access import roles
from khue.kernel.bench.browsers import account_of, browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.statements import fetch

_PLAIN: Final = """
select until, sum(here), sum(moved), sum(repeated), sum(finished), sum("left"), sum(dropped), sum(other)
from ioc_cohort_count c join org_unit u on u.id = c.unit_id
where u.parent_id = (select id from org_unit where parent_id is null) and c.year = %s and c.grade = %s group by 1
"""
_IN_ORDER: Final = """
select count(e.next) from (
    select lead(year_id) over (partition by person_id order by year_id) as next
    from roster_enrolment where year_id >= %s
) e
"""
# Of each kind of unit the one with the largest intake, of the first year counted.
_PLACES: Final = """
select distinct on (u.kind) u.kind, u.code, c.grade,
       c.here + c.moved + c.repeated + c.finished + c."left" + c.dropped + c.other as pupils
from ioc_cohort_count c join org_unit u on u.id = c.unit_id
where u.kind in ('department', 'commune', 'school') and c.year = %s and c.until = %s order by u.kind, pupils desc, u.id
"""


@bench("cohort_page", group="indicators")
def cohort_page(run: Run) -> Iterator[Result]:
    """The count of the first year held by the end of each year since, then the page of its largest intakes.

    `n` is the enrolments read, and the pupils of the intake.
    """
    held = [row[0] for row in fetch(HELD)]
    if not held:
        raise CannotMeasureError("chưa có học sinh nào; chạy khue demo trước.")
    first = held[0]
    account = account_of(roles.DEPARTMENT_OFFICER)
    meter = run.meter
    with leaving_nothing():
        cost = meter.once(partial(cohorts.count_year, first, held))
        with connection.cursor() as cursor:
            cursor.execute("set local work_mem = '32MB'")
            plain = meter.once(lambda: cursor.execute(_IN_ORDER, [first]))
            cursor.execute("select count(*) from roster_enrolment where year_id >= %s", [first])
            rows = int(cursor.fetchone()[0])
        yield Result(
            "cohort_count", cost.cpu_ms, cost.wall_ms, rows, plain.cpu_ms, cost.cpu_ms / max(plain.cpu_ms, 0.001),
            "xếp theo em và năm", "dòng ghi danh đã đọc",
        )  # fmt: skip
        client = browser_of(account, roles.DEPARTMENT_OFFICER)
        for kind, code, grade, pupils in fetch(_PLACES, [first, first]):
            address = f"{reverse('ioc:cohort')}?don-vi={code}&nam={first}&khoi={grade}"
            if client.get(address).status_code != 200:
                raise CannotMeasureError(f"trang {address} không mở được.")
            bare = meter.typical(partial(fetch, _PLAIN, [first, grade]), rounds=15, warm=3)
            cost = meter.typical(partial(client.get, address), rounds=25, warm=5)
            yield Result(
                f"cohort_page_{kind}", cost.cpu_ms, cost.wall_ms, pupils, bare.cpu_ms,
                cost.cpu_ms / max(bare.cpu_ms, 0.001), "một câu lệnh trần", "em của khóa",
            )  # fmt: skip
