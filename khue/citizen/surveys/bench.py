"""What a family's slips cost: the page of everything that waits, whole request of a signed-in guardian."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.people.models import Account
from khue.kernel.statements import fetch

ROUNDS: Final = 25
_GUARDIAN: Final = """
select a.id from surveys_slip s join roster_enrolment e on e.classroom_id = s.classroom_id and e.is_current
join roster_guardianship g on g.pupil_id = e.person_id and g.may_view and g.ends_on is null
join people_account a on a.person_id = g.guardian_id and a.is_active where s.state = 'open' order by a.id limit 1
"""
CPU_MS: Final = 8.0  # budget of a family's page (docs/benchmarks.md)


@bench("asked_page", group="attendance")
def asked_page(run: Run) -> Iterator[Result]:
    """What waits for a guardian, and one slip of it; `n` is bytes of the page."""
    found = fetch(_GUARDIAN)
    if not found:
        raise CannotMeasureError("chưa có phiếu đồng ý nào đang mở; chạy khue demo trước.")
    account = Account.objects.select_related("person").get(pk=found[0][0])
    with leaving_nothing():
        client = browser_of(account, roles.GUARDIAN)
        address = reverse("surveys:open")
        answer = client.get(address)
        if answer.status_code != 200:
            raise CannotMeasureError(f"{address} trả về {answer.status_code}.")
        cost = run.meter.typical(lambda: client.get(address), rounds=ROUNDS, warm=3)
    yield Result(
        "asked_page",
        cost.cpu_ms,
        cost.wall_ms,
        len(answer.content),
        CPU_MS,
        cost.cpu_ms / CPU_MS,
        "ms CPU, ngân sách",
    )
