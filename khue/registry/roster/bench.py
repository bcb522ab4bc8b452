"""What the roster costs: a list of fifty pupils at one school and at all of them, and the search by name."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from django.db import connection
from django.urls import NoReverseMatch, reverse

from khue.kernel.access import roles
from khue.kernel.bench.browsers import account_of, actor_in, browser_of
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Cost, Result, leaving_nothing
from khue.registry.roster import queries
from khue.registry.roster.models import Enrolment

PAGE = 50
SOUGHT = ("nguyen thi lan anh", "Lê Hoài An", "pham minh", "tran gia b", "Lò Thị Nga", "dang trung hieu")


def _list_cost(run: Run, role: str) -> Cost:
    address = reverse("roster:pupils")
    with leaving_nothing():
        client = browser_of(account_of(role), role)
        answer = client.get(address, {"per_page": PAGE})
        if answer.status_code != 200:
            raise CannotMeasureError(f"danh sách học sinh trả về {answer.status_code} cho vai {role}.")
        return run.meter.typical(lambda: client.get(address, {"per_page": PAGE}), rounds=15, warm=3)


@bench("pupil_list", group="foundation")
def pupil_list(run: Run) -> Iterator[Result]:
    """The page of fifty pupils for the department officer; the baseline is the same page for a school's clerk."""
    try:
        one_school = _list_cost(run, roles.CLERK)
        every_school = _list_cost(run, roles.DEPARTMENT_OFFICER)
    except NoReverseMatch as error:
        raise CannotMeasureError("chưa có trang danh sách học sinh.") from error
    yield Result(
        "pupil_list", every_school.cpu_ms, every_school.wall_ms, PAGE, one_school.cpu_ms,
        every_school.cpu_ms / one_school.cpu_ms, "cùng trang ở một trường",
    )  # fmt: skip


@bench("search", group="foundation")
def search(run: Run) -> Iterator[Result]:
    """A search by name among all current pupils of the province; the baseline is fetching one pupil by key."""
    actor = actor_in(account_of(roles.DEPARTMENT_OFFICER), roles.DEPARTMENT_OFFICER)
    rows = Enrolment.objects.filter(is_current=True)
    count = rows.count()
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:: max(1, count // 50)])
    if not keys:
        raise CannotMeasureError("chưa có học sinh nào; chạy khue demo trước.")
    rng = Random(7)  # noqa: S311 (which rows to fetch)

    def look() -> None:
        for text in SOUGHT:
            queries.find_pupils(actor, text, 8)

    def fetch() -> None:
        with connection.cursor() as cursor:
            for _ in SOUGHT:
                cursor.execute(
                    "select e.id, p.full_name from roster_enrolment e join people_person p on p.id = e.person_id "
                    "where e.id = %s",
                    [rng.choice(keys)],
                )
                cursor.fetchall()

    try:
        found = run.meter.typical(look, rounds=15, warm=2)
    except NoReverseMatch as error:
        raise CannotMeasureError("chưa có trang hồ sơ học sinh để dẫn đến.") from error
    bare = run.meter.typical(fetch, rounds=15, warm=2)
    yield Result(
        "search", found.cpu_ms / len(SOUGHT), found.wall_ms / len(SOUGHT), count, bare.cpu_ms / len(SOUGHT),
        found.cpu_ms / bare.cpu_ms, "một câu SELECT theo khóa",
    )  # fmt: skip
