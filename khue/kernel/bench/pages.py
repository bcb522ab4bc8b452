"""What each page of the wings costs for each role: queries, and CPU of application and database."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from khue.kernel import registry
from khue.kernel.access import roles
from khue.kernel.bench.browsers import account_of, actor_in, browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing

ROLES = (
    roles.DEPARTMENT_OFFICER, roles.OFFICE_OFFICER, roles.PRINCIPAL, roles.CLERK, roles.HOMEROOM_TEACHER,
    roles.GUARDIAN, roles.PUPIL,
)  # fmt: skip
BUDGET = 12  # queries a page (docs/benchmarks.md)


@bench("pages", group="foundation")
def pages(run: Run) -> Iterator[Result]:
    """Each page a role finds in its wings; `n` is its number of queries, the baseline the budget of them."""
    meter = run.meter
    for role in ROLES:
        try:
            account = account_of(role)
        except CannotMeasureError:
            continue
        actor = actor_in(account, role)
        with leaving_nothing():
            client = browser_of(account, role)
            links = [
                (link.url_name, link.roles)
                for link in registry.navigation()
                if not link.permission or actor.holds(link.permission)
            ]
            first = [] if registry.first_page(role) else [("/", ())]
            for name, only in [*first, *links]:
                if only and role not in only:
                    continue
                try:
                    address = name if name.startswith("/") else reverse(name)
                except NoReverseMatch:
                    continue
                client.get(address)  # first call compiles templates
                with CaptureQueriesContext(connection) as caught:
                    status = client.get(address).status_code
                count = len(caught)  # now: the next request empties the log
                if status != 200:
                    yield Result(f"page {name} {role}: {status}", 0.0, 0.0, count)
                    continue
                cost = meter.typical(partial(client.get, address), rounds=5, warm=1)
                share = count / BUDGET
                yield Result(
                    f"page {name} {role}", cost.cpu_ms, cost.wall_ms, count, BUDGET, share, "số truy vấn"
                )
