"""What the pages of messages cost: a teacher's and a family's inbox, and one conversation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.people.models import Account
from khue.kernel.statements import fetch

ROUNDS: Final = 25
CPU_MS: Final = 8.0  # budget of a page (docs/benchmarks.md)
# The conversation with the most messages of the teacher with the most conversations, and a guardian of its pupil.
_BUSIEST: Final = """
with busiest as (
  select t.teacher_id from threads_thread t join people_account a on a.person_id = t.teacher_id and a.is_active
  group by 1 order by count(*) desc, 1 limit 1
)
select t.id, a.id, b.id from threads_thread t join busiest on busiest.teacher_id = t.teacher_id
join people_account a on a.person_id = t.teacher_id
join roster_guardianship g on g.pupil_id = t.pupil_id and g.may_view and g.ends_on is null
join people_account b on b.person_id = g.guardian_id and b.is_active
order by (select count(*) from threads_message m where m.thread_id = t.id) desc, t.id limit 1
"""


@bench("talking_pages", group="attendance")
def talking_pages(run: Run) -> Iterator[Result]:
    """Inbox and conversation as their two sides load them again; `n` is bytes of the page."""
    found = fetch(_BUSIEST)
    if not found:
        raise CannotMeasureError("chưa có cuộc trò chuyện nào; chạy khue demo trước.")
    thread, teacher, guardian = found[0]
    accounts = {
        one.pk: one for one in Account.objects.select_related("person").filter(pk__in=(teacher, guardian))
    }
    with leaving_nothing():
        staff = browser_of(accounts[teacher], roles.HOMEROOM_TEACHER)
        family = browser_of(accounts[guardian], roles.GUARDIAN)
        for name, client, address in (
            ("talking_pages inbox", staff, reverse("threads:inbox")),
            ("talking_pages thread", staff, reverse("threads:thread", args=[thread])),
            ("talking_pages family_inbox", family, reverse("threads:inbox")),
            ("talking_pages family_thread", family, reverse("threads:thread", args=[thread])),
        ):
            answer = client.get(address)  # the first time notes that it was seen
            if answer.status_code != 200:
                raise CannotMeasureError(f"{address} trả về {answer.status_code}.")
            cost = run.meter.typical(partial(client.get, address), rounds=ROUNDS, warm=3)
            size = len(answer.content)
            yield Result(
                name, cost.cpu_ms, cost.wall_ms, size, CPU_MS, cost.cpu_ms / CPU_MS, "ms CPU, ngân sách"
            )
