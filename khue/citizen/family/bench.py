"""What a family's app costs: the page of a child with all marks and absences, and what comes over the line at first."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final

from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Result, leaving_nothing
from khue.kernel.people.models import Account
from khue.kernel.statements import fetch

ROUNDS: Final = 25
CPU_MS: Final = 8.0  # budget of the page (docs/benchmarks.md); Gibbon's costs 27
FIRST_KB, LATER_KB = 150.0, 30.0
# A guardian with an account whose child has the most marks to read and the most absences.
_FAMILY: Final = """
with child as (
  select e.id, e.person_id, e.classroom_id from roster_enrolment e
  where e.is_current and e.level = 'THCS' and exists (
    select from roster_guardianship g join people_account a on a.person_id = g.guardian_id and a.is_active
    where g.pupil_id = e.person_id and g.may_view and g.ends_on is null)
  order by e.id limit 400
)
select a.id, c.person_id from child c
join roster_guardianship g on g.pupil_id = c.person_id and g.may_view and g.ends_on is null
join people_account a on a.person_id = g.guardian_id and a.is_active
order by (select count(*) from gradebook_mark_row r join gradebook_sheet s on s.id = r.sheet_id
          where r.enrolment_id = c.id and s.published <> 0)
       + (select count(*) from attendance_mark m where m.enrolment_id = c.id) desc, a.id limit 1
"""
_BARE: Final = """
select s.id, s.term, j.name, r.marks, r.comment, r.average from gradebook_mark_row r
join gradebook_sheet s on s.id = r.sheet_id left join curriculum_course c on c.id = s.course_id
left join curriculum_subject j on j.code = c.subject_id
where r.enrolment_id = (select id from roster_enrolment where person_id = %s and is_current) and s.published <> 0
"""
_ASKED: Final = re.compile(r"""<(?:link|script)\b[^>]*?(?:href|src)="(/static/[^"#]+)""")
_WITH_STYLES: Final = (
    "ui/fonts/be-vietnam-khue-400.woff2",
    "ui/fonts/be-vietnam-khue-600.woff2",
    "ui/chevron.svg",
)


def family() -> tuple[Account, int]:
    """A guardian's account and the child; raises CannotMeasureError where no demo made families."""
    found = fetch(_FAMILY)
    if not found:
        raise CannotMeasureError("chưa có phụ huynh nào có tài khoản; chạy khue demo trước.")
    return Account.objects.select_related("person").get(pk=found[0][0]), found[0][1]


@bench("parent_page", group="attendance")
def parent_page(run: Run) -> Iterator[Result]:
    """The page of a child with all marks of the year and all absences, as the guardian; `n` is bytes of the page."""
    account, child = family()
    with leaving_nothing():
        client = browser_of(account, roles.GUARDIAN)
        for name, address, budget in (
            ("parent_page", reverse("family:child", args=[child]), CPU_MS),
            ("parent_page today", reverse("family:today"), CPU_MS),
        ):
            answer = client.get(address)
            if answer.status_code != 200:
                raise CannotMeasureError(f"{address} trả về {answer.status_code}.")
            cost = run.meter.typical(lambda at=address: client.get(at), rounds=ROUNDS, warm=3)  # type: ignore[misc]
            size = len(answer.content)
            yield Result(
                name, cost.cpu_ms, cost.wall_ms, size, budget, cost.cpu_ms / budget, "ms CPU, ngân sách"
            )
        bare = run.meter.typical(lambda: fetch(_BARE, [child]), rounds=ROUNDS, warm=3)
        yield Result("parent_page bare", bare.cpu_ms, bare.wall_ms, 1, None, None, "SELECT trần các điểm ấy")


@bench("app_first_visit_kb", group="attendance")
def app_first_visit_kb(run: Run) -> Iterator[Result]:
    """Kilobytes (1,000 bytes) over the line, compressed: first visit with all it needs and the worker; a later one.

    The figure stands where others have milliseconds; `n` is how many files are asked for.
    """
    account, _child = family()
    with leaving_nothing():
        client = browser_of(account, roles.GUARDIAN)
        page = client.get(reverse("family:today")).content
        sizes = first_visit(client, page)
    first = sum(sizes.values()) / 1000
    later = packed(page) / 1000
    yield Result("app_first_visit_kb", first, 0.0, len(sizes), FIRST_KB, first / FIRST_KB, "KB, ngân sách")
    yield Result("app_first_visit_kb later", later, 0.0, 1, LATER_KB, later / LATER_KB, "KB, ngân sách")


def first_visit(client: Client, page: bytes) -> dict[str, int]:
    """Every address of a first visit with its bytes over the line: page, what it names, what these name, the worker."""
    names = {unescape(one).removeprefix("/static/") for one in _ASKED.findall(page.decode())}
    names |= {"ui/icons.svg", *_WITH_STYLES}
    sizes = {"page": packed(page), "/sw.js": packed(client.get("/sw.js").content)}
    sizes["/app.webmanifest"] = len(client.get("/app.webmanifest").content)
    sizes["/ui/ngoai-mang/"] = packed(client.get("/ui/ngoai-mang/").content)
    for name in names:
        found = finders.find(re.sub(r"\.[0-9a-f]{12}\.", ".", name))
        if found is None:
            raise CannotMeasureError(f"không có tệp {name}.")
        data = Path(str(found)).read_bytes()
        sizes[name] = len(data) if name.endswith((".woff2", ".png")) else packed(data)
    return sizes


def packed(data: bytes) -> int:
    """Bytes over the line."""
    return len(gzip.compress(data, 6))
