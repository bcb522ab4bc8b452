"""Every write of the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.org.models import Unit, UnitKind
from khue.lib.school_years import Break, SchoolYearFrame, SchoolYearProblem
from khue.registry.calendar import rules
from khue.registry.calendar.events import ClassesClosed, ClassesReopened, ClosureExtended
from khue.registry.calendar.models import Closure, ClosureReason, DayKind, SchoolYear, SpecialDay, Term, Week
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
    if Closure.objects.filter(special_day=day).exists():
        raise DomainError(_("Ngày này thuộc một đợt tạm nghỉ học. Mở lại đợt ấy thì ngày nghỉ hết theo."))
    work.remove(day)


ANNOUNCED_AHEAD = timedelta(days=14)
LONGEST_CLOSURE = timedelta(days=120)


@action("calendar.close_classes", permission="calendar.close_classes")
def close_classes(
    work: Work, unit: Unit, *, year: int, reason: str, note: str = "", starts_on: date, is_from_noon: bool = False,
    ends_on: date | None = None, at_home: bool = False,
) -> Closure:  # fmt: skip
    """Stop lessons at school for a unit and everything below it; families and staff are told, rolls follow.

    From today or a day of the next two weeks; `ends_on` is the last day without lessons, empty until somebody opens
    again. Raises DomainError for days that cannot be, or when the unit is closed already.
    """
    row, today = _open(year), timezone.localdate()
    if reason not in ClosureReason.values:
        raise DomainError(_("Chọn lí do."), fields={"reason": _("Chưa chọn.")})
    if not today <= starts_on <= today + ANNOUNCED_AHEAD:
        message = _("Nghỉ từ hôm nay, hoặc báo trước nhiều nhất 14 ngày.")
        raise DomainError(message, fields={"starts_on": message})
    if not row.starts_on <= starts_on <= row.ends_on:
        message = _("Ngày này không thuộc năm học %(code)s. Chọn năm học khác ở đầu trang.") % {
            "code": row.label
        }
        raise DomainError(message, fields={"starts_on": message})
    _last_day(row, starts_on, ends_on)
    standing = Closure.objects.select_for_update().filter(unit=unit, reopened_at__isnull=True)
    for other in standing:
        if (other.ends_on is None or other.ends_on >= starts_on) and (
            ends_on is None or other.starts_on <= ends_on
        ):
            raise DomainError(
                _("%(unit)s đang nghỉ từ %(day)s. Kéo dài hoặc mở lại đợt nghỉ ấy.")
                % {"unit": unit.name, "day": f"{other.starts_on:%d/%m/%Y}"}
            )
    made = work.create(
        Closure(
            unit=unit, year=row, reason=reason, note=note.strip()[:300], at_home=at_home, starts_on=starts_on,
            is_from_noon=is_from_noon, ends_on=ends_on, closed_by_id=work.actor.person_id,
        )
    )  # fmt: skip
    _keep_days(work, made)
    work.announce(ClassesClosed(made.pk, unit.pk))
    return made


def _last_day(year: SchoolYear, starts_on: date, ends_on: date | None) -> None:
    if ends_on is None:
        return
    if ends_on < starts_on:
        raise DomainError(_("Ngày cuối đứng trước ngày đầu."), fields={"ends_on": _("Trước ngày đầu.")})
    if ends_on - starts_on > LONGEST_CLOSURE or ends_on > year.ends_on:
        message = _("Nghỉ nhiều nhất 120 ngày và trong năm học; lâu hơn thì Sở đổi khung năm học.")
        raise DomainError(message, fields={"ends_on": message})


def _keep_days(work: Work, closure: Closure) -> None:
    """Let the calendar say what the closure says: one span of days off, longer, shorter or gone."""
    first = closure.starts_on + timedelta(days=1 if closure.is_from_noon else 0)
    last = closure.ends_on or closure.year.ends_on
    day = closure.special_day
    if closure.is_cancelled or last < first:
        if day is not None:
            work.change(closure, special_day=None)
            work.remove(day)
        return
    if day is not None:
        work.change(day, ends_on=last)
        return
    made = work.create(
        SpecialDay(
            unit=closure.unit, year=closure.year, kind=DayKind.CLOSURE,
            name=written("%(reason)s", reason=ClosureReason(closure.reason).label),
            starts_on=first, ends_on=last, is_school_day=False,
        )
    )  # fmt: skip
    work.change(closure, special_day=made)


@action("calendar.extend_closure", permission="calendar.close_classes")
def extend_closure(work: Work, closure: Closure, *, ends_on: date | None) -> Closure:
    """Let a closure last to another day, or until somebody opens again; families and staff are told anew."""
    _standing(closure)
    if ends_on == closure.ends_on:
        raise DomainError(_("Ngày cuối vẫn như cũ."), fields={"ends_on": _("Chọn ngày khác.")})
    if ends_on is not None and ends_on < timezone.localdate():
        raise DomainError(_("Ngày cuối đã qua. Nếu đã học lại thì mở lại."), fields={"ends_on": _("Đã qua.")})
    _last_day(_open(closure.year_id), closure.starts_on, ends_on)
    work.change(closure, ends_on=ends_on)
    _keep_days(work, closure)
    work.announce(ClosureExtended(closure.pk, closure.unit_id))
    return closure


@action("calendar.reopen_classes", permission="calendar.close_classes")
def reopen_classes(work: Work, closure: Closure, *, on: date) -> Closure:
    """Open again from a day on (today, or one of the next two weeks); a closure that had not begun is called off."""
    _standing(closure)
    today = timezone.localdate()
    if not today <= on <= today + ANNOUNCED_AHEAD:
        message = _("Học lại từ hôm nay, hoặc báo trước nhiều nhất 14 ngày.")
        raise DomainError(message, fields={"on": message})
    if closure.ends_on is not None and on > closure.ends_on + timedelta(days=1):
        message = _("Đợt nghỉ hết trước ngày này. Muốn nghỉ thêm thì kéo dài.")
        raise DomainError(message, fields={"on": message})
    if on <= closure.starts_on:
        work.change(closure, is_cancelled=True, ends_on=closure.starts_on)
    else:
        work.change(closure, ends_on=on - timedelta(days=1))
    work.change(closure, reopened_at=timezone.now(), reopened_by_id=work.actor.person_id)
    _keep_days(work, closure)
    work.announce(ClassesReopened(closure.pk, closure.unit_id))
    return closure


def _standing(closure: Closure) -> None:
    if closure.reopened_at is not None:
        raise DomainError(_("Đợt nghỉ này đã được mở lại."))
    if closure.ends_on is not None and closure.ends_on < timezone.localdate():
        raise DomainError(_("Đợt nghỉ này đã hết."))
