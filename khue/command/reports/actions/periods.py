"""Opening a period of reporting and moving its days."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.command.reports.definition import newest
from khue.command.reports.models import SENT, Kind, Period, Report
from khue.command.reports.tasks import open_lock_task, period_words
from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.jobs.actions import start
from khue.kernel.org.models import Unit
from khue.registry.calendar.models import SchoolYear


@action("reports.open", permission="reports.manage")
def open_period(
    work: Work, department: Unit, *, year: SchoolYear, kind: str, as_of: date, due_on: date, note: str = "",
    fills: bool = True,
) -> Period:  # fmt: skip
    """Open a period: schools are asked for their reports as soon as its day has come, by a job (`fills`)."""
    if department.parent_id is not None:
        raise DomainError(_("Kì báo cáo do Sở mở cho cả tỉnh."))
    _check(year, as_of, due_on)
    if Period.objects.filter(year=year, kind=kind).exists():
        message = _("Kì này của năm học %(year)s đã mở rồi.") % {"year": year.code}
        raise DomainError(message, fields={"kind": message})
    period = work.create(
        Period(
            department=department, year=year, kind=Kind(kind), form_version=newest(kind), as_of=as_of, due_on=due_on,
            note=" ".join(note.split())[:300],
        )
    )  # fmt: skip
    open_lock_task(work, period)
    if fills and as_of <= timezone.localdate():
        start_filling(work, period)
    return period


def start_filling(work: Work, period: Period) -> None:
    """Have the reports of all schools made behind the page."""
    title = written(gettext_noop("Lập báo cáo của các trường: %(period)s"), period=period_words(period))
    start(work, "reports.fill", title, period.department, {"period_id": period.pk})


@action("reports.set_days", permission="reports.manage")
def set_days(work: Work, period: Period, *, as_of: date, due_on: date, note: str = "") -> None:
    """Move the days of a period; the day of its figures only while no school has signed."""
    if period.is_locked:
        raise DomainError(_("Báo cáo của tỉnh đã khóa, không đổi ngày được nữa."))
    _check(period.year, as_of, due_on)
    if as_of != period.as_of and Report.objects.filter(period=period, state__in=SENT).exists():
        message = _("Đã có trường ký gửi theo ngày cũ; chỉ đổi được hạn nộp.")
        raise DomainError(message, fields={"as_of": message})
    is_moved = as_of != period.as_of
    work.change(period, as_of=as_of, due_on=due_on, note=" ".join(note.split())[:300])
    if is_moved and as_of <= timezone.localdate():
        start_filling(work, period)


def _check(year: SchoolYear, as_of: date, due_on: date) -> None:
    if not year.starts_on <= as_of <= year.ends_on:
        message = _("Ngày lấy số liệu phải nằm trong năm học %(year)s.") % {"year": year.code}
        raise DomainError(message, fields={"as_of": message})
    if due_on < as_of:
        message = _("Hạn nộp không thể trước ngày lấy số liệu.")
        raise DomainError(message, fields={"due_on": message})
