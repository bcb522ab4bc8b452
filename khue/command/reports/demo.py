"""Reports of the small demo: last year's from start to end and this year's start, signed by most schools; the middle
of this year being collected, its day brought forward so that there is something to see, with some schools late.

Made by the same actions as everywhere, with the actors of the cast or of the schools' own heads.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from khue.command.reports import actions
from khue.command.reports.actions.flow import digest_of
from khue.command.reports.models import Kind, Period, Report, State
from khue.command.reports.queries import reports as queries
from khue.kernel.access.actor import Actor
from khue.kernel.demo import small
from khue.kernel.demo.loading import Loader
from khue.kernel.demo.plan import Size
from khue.kernel.org.models import Unit
from khue.kernel.people.models import Account
from khue.registry.calendar.models import SchoolYear
from khue.registry.staff.models import Position

EARLY: Final = "Sở lấy số liệu sớm để chuẩn bị sơ kết; kết quả học kì I bổ sung sau."
PERIODS: Final = (
    (2025, Kind.START, date(2025, 9, 30), date(2025, 10, 15), ""),
    (2025, Kind.END, date(2026, 5, 31), date(2026, 6, 15), ""),
    (2026, Kind.START, date(2026, 9, 30), date(2026, 10, 15), ""),
    (2026, Kind.MID, date(2026, 11, 15), date(2026, 11, 20), EARLY),
)  # fmt: skip
WHY: Final = "Học kì I chưa kết thúc vào ngày lấy số liệu."
SOURCE: Final = "Kiểm kê tài sản ngày 30/9"
NOT_YET: Final = (
    "MN-MUONGKHOA",
    "TH-SONGLAM",
    "THCS-TRANPHU",
    "THPT-NAMLANH",
)  # late in the middle of the year
NEVER: Final = "THPT-TRONG"  # did not send last year's start
CORRECTED: Final = "THCS-MK"
MISSING: Final = "Một trường chưa hoạt động, không có số liệu."


def fill(loader: Loader, size: Size, seed: int) -> None:
    """Open the periods and take the schools' reports through them."""
    if not size.has_cast or not size.has_history:
        return
    loader.end()
    department = Unit.objects.get(parent__isnull=True)
    officer = acting(
        Account.objects.select_related("person").get(login_name="son").person_id or 0, "Chuyên viên Sở"
    )
    today = timezone.localdate()
    for year, kind, as_of, due_on, note in PERIODS:
        if as_of > today:
            continue
        _period(officer, department, year, kind, as_of, due_on, note)


def _period(
    officer: Actor, department: Unit, year: int, kind: Kind, as_of: date, due_on: date, note: str
) -> None:
    period = actions.open_period(
        officer, department, year=SchoolYear.objects.get(pk=year), kind=kind, as_of=as_of, due_on=due_on, note=note,
        fills=False,
    )  # fmt: skip
    schools = list(queries.all_schools(period))
    actions.prepare_many(officer, period, schools=[school.pk for school in schools])
    is_open = kind == Kind.MID
    heads = dict(
        Position.objects.filter(post="principal", unit__in=schools, ends_on__isnull=True).values_list(
            "unit_id", "person_id"
        )
    )
    for report in Report.objects.filter(period=period).select_related("unit", "period__year").order_by("pk"):
        head = heads.get(report.unit_id)
        waits = is_open and (report.unit.code in NOT_YET or report.unit.code == small.LE_QUY_DON)
        waits |= report.unit.code == NEVER and (year, kind) == (2025, Kind.START)
        if head is not None and not waits:
            _send(acting(head, f"Hiệu trưởng · {report.unit.name}"), report)
    sent = list(Report.objects.filter(period=period, state=State.SIGNED))
    if not sent:
        return
    if is_open:
        actions.check(officer, sent[:2])
    else:
        actions.check(officer, sent)
        actions.accept(officer, list(Report.objects.filter(period=period, state=State.CHECKED)))
        actions.lock(officer, period, reason="" if len(sent) == len(schools) else MISSING)
    _dated(period)
    corrected = Report.objects.filter(period=period, unit__code=CORRECTED, state=State.ACCEPTED)
    if (year, kind) == (2026, Kind.START):
        for report in corrected.select_related("unit", "period__year"):
            _correct(acting(heads[report.unit_id], f"Hiệu trưởng · {report.unit.name}"), report)


def _correct(head: Actor, report: Report) -> None:
    """A school counted its rooms wrong: its second edition says so and waits to be checked."""
    made = actions.correct(head, report, reason="Đếm sót một phòng học tạm ở điểm trường.")
    actions.enter(head, made, cells={"chung.phong.tam.tong": 1}, source="Biên bản kiểm kê lại ngày 19/11")
    actions.sign(head, made, shown=digest_of(queries.seen(Report.objects.get(pk=made.pk))).hex())


# What was signed does not change, so the demo's days are put in before the wall stands again.
_DATED = (
    "update reports_report set filled_at = %(day)s::timestamptz + interval '26 hours', signed_at = case "
    "when not is_school then %(locked)s::timestamptz when signed_at is not null "
    "then %(due)s::timestamptz - (id %% 5) * interval '1 day' + (id %% 47) * interval '9 minutes' end "
    "where period_id = %(period)s",
    "update reports_step s set at = r.signed_at + case s.verb when 'checked' then interval '26 hours' when 'accepted' "
    "then interval '50 hours' else interval '0' end from reports_report r where r.id = s.report_id "
    "and r.period_id = %(period)s",
)


def _dated(period: Period) -> None:
    """Give a period's reports and steps the days on which they would have been."""
    locked = f"{period.due_on + timedelta(days=5)} 09:00+07"
    values: dict[str, int | str] = {
        "period": period.pk, "day": f"{period.as_of} 08:00+07", "due": f"{period.due_on} 08:30+07", "locked": locked,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        for table in ("reports_report", "reports_step"):
            cursor.execute(f"alter table {table} disable trigger user")
        for statement in _DATED:
            cursor.execute(statement, values)
        for table in ("reports_report", "reports_step"):
            cursor.execute(f"alter table {table} enable trigger user")
        cursor.execute("set constraints all deferred")
    if Period.objects.filter(pk=period.pk, locked_at__isnull=False).exists():
        Period.objects.filter(pk=period.pk).update(locked_at=locked)


def _send(head: Actor, report: Report) -> None:
    """A head types in the rooms, explains what is unusual and signs, unless something has to be put right first."""
    seen = queries.seen(report)
    hand = {code: cell for code, cell in seen.form.cells(seen.levels).items() if cell.row.is_hand}
    if hand:
        classes = seen.values["chung.truong"].get("so_lop.tong") or 0
        assert isinstance(classes, int)
        actions.enter(head, report, cells={code: _rooms(code, classes) for code in hand}, source=SOURCE)
        seen = queries.seen(Report.objects.get(pk=report.pk))
    wrong = queries.findings_of(seen)
    if any(one.is_error for one in wrong):
        return
    for one in wrong:
        actions.explain(
            head,
            report,
            key=one.key,
            text=WHY if report.period.kind == Kind.MID else "Đã đối chiếu với hồ sơ của trường.",
        )
    actions.sign(head, report, shown=digest_of(seen).hex())


def _rooms(code: str, classes: int) -> int:
    """Rooms as a school of so many classes has them."""
    row, column = code.split(".")[2:]
    whole = {"kien_co": classes * 4 // 5, "ban_kien_co": classes - classes * 4 // 5, "tam": 0, "muon": 0}[row]
    return whole if column == "tong" else whole // 20


def acting(person_id: int, words: str) -> Actor:
    """Somebody as the demo lets them act."""
    name = Account.objects.select_related("person").get(person_id=person_id).person.full_name
    return Actor(
        person_id=person_id,
        name=name,
        system_name="reports.demo",
        capacity_label=words,
        proved_at=timezone.now(),
    )
