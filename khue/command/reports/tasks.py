"""What waits for whom: a school's report for its heads, those to check for the office, the whole for the department."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop, override

from khue.command.reports.models import Kind, Period, Report, State
from khue.kernel.actions import Work, written
from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.workflow.models import Task
from khue.kernel.workflow.tasks import close_tasks, open_task

DAYS_TO_CHECK = 5
DAYS_TO_LOCK = 15


def period_words(period: Period) -> str:
    """`Đầu năm học 2026-2027`, in the language of what is kept."""
    with override("vi"):
        return f"{Kind(period.kind).label} {period.year_id}-{period.year_id + 1}"


def subject_of(period: Period, unit_id: int) -> str:
    """What the tasks of a unit in a period speak of."""
    return f"reports.period:{period.pk}:{unit_id}"


def due(period: Period, days: int = 0) -> datetime:
    """The end of the day schools owe their report by, or some days later."""
    on = period.due_on + timedelta(days=days)
    return timezone.make_aware(datetime.combine(on, time(23, 59)))


def address(period: Period, unit: Unit | None = None, name: str = "report") -> str:
    """The page of a unit's report."""
    return reverse(f"reports:{name}", args=[period.pk]) + (f"?don-vi={unit.code}" if unit else "")


def open_sign_tasks(work: Work, period: Period, schools: Sequence[Unit]) -> None:
    """Ask the heads of schools for their reports, all in one statement; for schools that have no such task yet."""
    now = timezone.now()
    work.create_many(
        Task,
        ("kind", "title", "detail", "url", "action_label", "unit_id", "permission", "subject", "due_at", "opened_at"),
        [
            (
                "reports.sign", written(gettext_noop("Báo cáo thống kê: %(period)s"), period=period_words(period)),
                written(
                    gettext_noop("Số liệu đến %(day)s đã điền sẵn: xem, giải thích, ký gửi."),
                    day=f"{period.as_of:%d/%m/%Y}",
                ),
                address(period, school), written(gettext_noop("Xem và ký")), school.pk, "reports.sign",
                subject_of(period, school.pk), due(period), now,
            )
            for school in schools
        ],
    )  # fmt: skip


def ask_again(work: Work, period: Period, school: Unit, reason: str) -> None:
    """Ask a school for its next edition."""
    open_task(
        work, kind="reports.sign",
        title=written(gettext_noop("Sửa và ký lại báo cáo thống kê: %(period)s"), period=period_words(period)),
        detail=reason[:300], url=address(period, school), action_label=written(gettext_noop("Xem và ký")),
        subject=subject_of(period, school.pk), unit_id=school.pk, permission="reports.sign", due_at=due(period),
    )  # fmt: skip


def signed(work: Work, period: Period, school: Unit) -> None:
    """A school has signed: its own task is over, whoever checks has one more to look at."""
    close_tasks(work, subject_of(period, school.pk), ["reports.sign"])
    if school.parent_id is not None:
        open_check_task(work, period, school.parent_id)


def open_check_task(work: Work, period: Period, above_id: int) -> None:
    """Keep the task of an office (or the department, for its own schools) at the number of reports that wait."""
    above = Unit.objects.get(pk=above_id)
    waiting = Report.objects.filter(
        period=period, unit__parent_id=above_id, is_school=True, state=State.SIGNED
    ).count()
    if not waiting:
        close_tasks(work, subject_of(period, above_id), ["reports.check"])
        return
    open_task(
        work, kind="reports.check",
        title=written(
            gettext_noop("Kiểm tra %(n)s báo cáo thống kê: %(period)s"), n=waiting, period=period_words(period)
        ),
        url=address(period, above, "progress"), action_label=written(gettext_noop("Kiểm tra")),
        subject=subject_of(period, above_id), unit_id=above_id, permission="reports.check",
        due_at=due(period, DAYS_TO_CHECK),
    )  # fmt: skip


def open_lock_task(work: Work, period: Period) -> None:
    """The department's own task: take in what is checked, lock the province's report."""
    open_task(
        work, kind="reports.lock",
        title=written(gettext_noop("Nhận và khóa báo cáo thống kê: %(period)s"), period=period_words(period)),
        url=address(period, name="progress"), action_label=written(gettext_noop("Xem tiến độ")),
        subject=f"reports.lock:{period.pk}", unit_id=period.department_id, permission="reports.accept",
        due_at=due(period, DAYS_TO_LOCK),
    )  # fmt: skip


def is_office(unit: Unit) -> bool:
    """Whether a unit is one that checks the schools below it."""
    return unit.kind not in (UnitKind.SCHOOL, UnitKind.CAMPUS, UnitKind.DEPARTMENT)
