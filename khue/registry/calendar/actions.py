"""Every write of the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit, UnitKind
from khue.lib.school_years import Break, SchoolYearFrame, SchoolYearProblem
from khue.registry.calendar import rules
from khue.registry.calendar.models import DayKind, SchoolYear, SpecialDay, Term, Week
from khue.ui.words import translated


def _department(unit: Unit) -> None:
    if unit.kind != UnitKind.DEPARTMENT:
        raise DomainError(_("Khung năm học do Sở lập cho cả tỉnh."))


def _frame(year: int, first_lesson_day: date | None, breaks: Sequence[Break] | None) -> SchoolYearFrame:
    try:
        frame = rules.frame_of(year, first_lesson_day, breaks)
        problems = frame.problems()
    except SchoolYearProblem as problem:
        raise DomainError(problem.message) from problem
    if problems:
        raise DomainError(" ".join(map(translated, problems)), fields={"first_lesson_day": problems[0]})
    return frame


def _open(year_id: int) -> SchoolYear:
    year = SchoolYear.objects.select_for_update().filter(pk=year_id).first()
    if year is None:
        raise DomainError(_("Tỉnh chưa mở năm học này."))
    if year.is_closed:
        raise DomainError(_("Năm học %(code)s đã khóa, chỉ xem.") % {"code": year.label})
    return year


def _write_frame(work: Work, year: SchoolYear, frame: SchoolYearFrame) -> None:
    for term in frame.terms:
        work.create(Term(year=year, number=term.number, starts_on=term.first_day, ends_on=term.last_day))
    work.create_many(
        Week,
        ["year_id", "term", "number", "starts_on", "ends_on"],
        [[year.pk, row.term, row.number, row.monday, row.sunday] for row in rules.all_weeks(frame)],
    )


@action("calendar.open_school_year", permission="calendar.manage")
def open_school_year(
    work: Work, department: Unit, *, year: int, starts_on: date | None = None,
    first_lesson_day: date | None = None, breaks: Sequence[Break] | None = None,
) -> SchoolYear:  # fmt: skip
    """Open a school year for the province: two terms, 35 weeks and the public holidays, by the ministry's frame.

    `starts_on` is the first day rights of the year hold (1 August unless told); raises DomainError when the year is
    there already or the weeks run over the frame.
    """
    _department(department)
    if SchoolYear.objects.filter(pk=year).exists():
        raise DomainError(_("Năm học này đã mở rồi."), fields={"year": _("Chọn năm học khác.")})
    frame = _frame(year, first_lesson_day, breaks)
    begin = starts_on or frame.year.first_day
    if not frame.year.first_day <= begin <= frame.first_lesson_day:
        raise DomainError(
            _("Ngày tựu trường phải từ 01/08 đến ngày học đầu tiên."),
            fields={"starts_on": _("Ngoài khoảng này.")},
        )
    made = work.create(SchoolYear(pk=year, starts_on=begin, ends_on=frame.year.last_day))
    _write_frame(work, made, frame)
    days = [(pause.name, pause.first_day, pause.last_day) for pause in (*rules.holidays(year), *frame.breaks)]
    work.create_many(
        SpecialDay,
        ["unit_id", "year_id", "kind", "name", "starts_on", "ends_on", "is_school_day"],
        [[department.pk, year, "holiday", *day, False] for day in sorted(days, key=lambda day: day[1])],
    )
    work.note(legal_basis=frame.legal_basis)
    return made


@action("calendar.change_frame", permission="calendar.manage")
def change_frame(
    work: Work, department: Unit, *, year: int, first_lesson_day: date, breaks: Sequence[Break] = ()
) -> SchoolYear:
    """Number the weeks anew when the province moves the first day of lessons or the breaks."""
    _department(department)
    row = _open(year)
    frame = _frame(year, first_lesson_day, breaks)
    work.remove_many(Week, list(Week.objects.filter(year=row).values_list("pk", flat=True)))
    for term in Term.objects.select_for_update().filter(year=row):
        work.remove(term)
    _write_frame(work, row, frame)
    return row


@action("calendar.close_school_year", permission="calendar.manage")
def close_school_year(work: Work, department: Unit, *, year: int, on: date) -> SchoolYear:
    """Close a year once its last term is over; from then on its calendar is only read."""
    _department(department)
    row = _open(year)
    last = Term.objects.filter(year=row).order_by("-ends_on").values_list("ends_on", flat=True).first()
    if last is None or on <= last:
        raise DomainError(
            _("Chưa khóa được: học kì II còn đến %(day)s.") % {"day": f"{last:%d/%m/%Y}" if last else "?"}
        )
    return work.change(row, is_closed=True)


@action("calendar.set_special_day", permission="calendar.set_days")
def set_special_day(
    work: Work, unit: Unit, *, year: int, kind: str, name: str, starts_on: date, ends_on: date
) -> SpecialDay:
    """Set a span of days off, of make-up lessons, of exams or an event for a unit and everything below it."""
    row = _open(year)
    if kind not in DayKind.values:
        raise DomainError(_("Chọn loại ngày."), fields={"kind": _("Chưa chọn.")})
    if ends_on < starts_on:
        raise DomainError(_("Ngày cuối đứng trước ngày đầu."), fields={"ends_on": _("Trước ngày đầu.")})
    if not (row.starts_on <= starts_on and ends_on <= row.ends_on):
        message = _("Ngày phải nằm trong năm học, từ %(a)s đến %(b)s.") % {
            "a": f"{row.starts_on:%d/%m/%Y}", "b": f"{row.ends_on:%d/%m/%Y}",
        }  # fmt: skip
        raise DomainError(message, fields={"starts_on": message})
    if kind == DayKind.MAKEUP and ends_on - starts_on > timedelta(days=13):
        raise DomainError(
            _("Học bù đặt từng đợt, nhiều nhất hai tuần."), fields={"ends_on": _("Quá hai tuần.")}
        )
    same = SpecialDay.objects.filter(
        unit=unit, year=row, kind=kind, starts_on__lte=ends_on, ends_on__gte=starts_on
    ).first()
    if same is not None:
        message = _("Đã có “%(name)s” trong những ngày này.") % {"name": same.name}
        raise DomainError(message, fields={"starts_on": message})
    return work.create(
        SpecialDay(
            unit=unit, year=row, kind=kind, name=name.strip()[:120] or str(DayKind(kind).label), starts_on=starts_on,
            ends_on=ends_on, is_school_day=kind not in rules.DAYS_OFF,
        )
    )  # fmt: skip


@action("calendar.remove_special_day", permission="calendar.set_days")
def remove_special_day(work: Work, day: SpecialDay) -> None:
    """Take a special day away; its values stay in the record."""
    _open(day.year_id)
    work.remove(day)
