"""Setting the days by which columns are due and from which they are locked: the school's own, the province's default.

A column that is locked already is never opened by moving its day for others: the head of the school may do it for all
of the school with a reason and a fresh proof of identity, which is an unlock; the department may not do it at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.actions.doing import require_proof
from khue.kernel.org.models import Unit, UnitKind
from khue.registry.calendar.models import Term
from khue.school.gradebook import plan
from khue.school.gradebook.actions.figures import mark_stale
from khue.school.gradebook.models import Deadline

Wanted = Mapping[str, tuple[date, date] | None]
LATEST = timedelta(days=60)  # after the term, a day of it may still lie


@action("gradebook.set_deadlines")
def set_deadlines(
    work: Work, unit: Unit, *, year: int, term: int, days: Wanted, seen: Mapping[str, int] | None = None,
    reason: str = "",
) -> int:  # fmt: skip
    """Set due and lock days of columns at a school or, as everybody's default, at the department; None takes one away.

    `seen` are the versions of the rows the author saw (absent: there was none). Gives how many days changed. Raises
    DomainError with `<code>-due`, `<code>-lock` and `reason` among its fields, Conflict when somebody was quicker.
    """
    span = _term(unit, year, term)
    known = _known(unit, span)
    if seen is not None and {code: row.version for code, row in known.items()} != dict(seen):
        raise Conflict(_("Người khác vừa đổi hạn của học kì này. Xem lại rồi ghi."))
    fields = _problems(span, days)
    if fields:
        raise DomainError(_("Chưa ghi được, xem chỗ được đánh dấu."), fields=fields)
    _guard_locked(work, unit, span, known, days, reason)
    return _write(work, unit, span, known, days, reason)


@action("gradebook.lock_now", permission="gradebook.set_deadlines")
def lock_now(work: Work, unit: Unit, *, year: int, term: int, column: str) -> Deadline:
    """Lock a column from today on; what is still empty is late from today. Raises DomainError when it is locked."""
    span = _term(unit, year, term)
    known = _known(unit, span)
    if column not in plan.settable(unit.levels):
        raise DomainError(_("Không có cột này."))
    today = timezone.localdate()
    now = _days(unit, span, {code: (row.due_on, row.locks_on) for code, row in known.items()})[column]
    if today >= now.locks_on:
        raise DomainError(_("Cột này đã khóa từ %(day)s.") % {"day": f"{now.locks_on:%d/%m/%Y}"})
    if today < span.starts_on:
        raise DomainError(_("Học kì chưa bắt đầu, chưa khóa được."))
    _write(work, unit, span, known, {column: (min(now.due_on, today - timedelta(days=1)), today)}, "")
    return Deadline.objects.get(unit=unit, year=span.year_id, term=span.number, column=column)


def _term(unit: Unit, year: int, term: int) -> Term:
    """The term of the calendar; raises DomainError when no days can be set there."""
    if unit.kind not in (UnitKind.SCHOOL, UnitKind.DEPARTMENT):
        raise DomainError(_("Hạn vào điểm đặt ở trường, hoặc chung cho cả tỉnh ở Sở."))
    span = Term.objects.select_related("year").filter(year_id=year, number=term).first()
    if span is None:
        raise DomainError(_("Năm học này chưa có lịch của học kì."))
    if span.year.is_closed:
        raise DomainError(_("Năm học đã khóa, không đổi hạn được."))
    return span


def _known(unit: Unit, span: Term) -> dict[str, Deadline]:
    rows = Deadline.objects.select_for_update().filter(unit=unit, year=span.year_id, term=span.number)
    return {row.column: row for row in rows}


def _problems(span: Term, days: Wanted) -> dict[str, str]:
    """What is wrong with each day, by field."""
    fields = {}
    for code, wanted in days.items():
        if code not in plan.SETTABLE:
            raise DomainError(_("Không có cột này."))
        if wanted is None:
            continue
        due, lock = wanted
        latest = span.ends_on + LATEST
        if not span.starts_on <= due <= latest:
            fields[f"{code}-due"] = _("Hạn nằm từ %(first)s đến %(last)s.") % {
                "first": f"{span.starts_on:%d/%m/%Y}", "last": f"{latest:%d/%m/%Y}"
            }  # fmt: skip
        elif lock <= due:
            fields[f"{code}-lock"] = _("Ngày khóa phải sau hạn, sớm nhất là %(day)s.") % {
                "day": f"{due + timedelta(days=1):%d/%m/%Y}"
            }
        elif lock > latest + timedelta(days=1):
            fields[f"{code}-lock"] = _("Ngày khóa muộn nhất là %(day)s.") % {"day": f"{latest:%d/%m/%Y}"}
    return fields


def _days(unit: Unit, span: Term, own: Mapping[str, tuple[date, date]]) -> dict[str, plan.Days]:
    """The days in force at a unit, were `own` its rows."""
    common: dict[str, tuple[date, date]] = {}
    if unit.parent_id is not None:
        rows = Deadline.objects.filter(unit__parent__isnull=True, year=span.year_id, term=span.number)
        common = {row.column: (row.due_on, row.locks_on) for row in rows}
    is_root = unit.parent_id is None
    return plan.days_of(
        plan.SETTABLE, starts_on=span.starts_on, ends_on=span.ends_on,
        of_department=own if is_root else common, of_school={} if is_root else own,
    )  # fmt: skip


def _guard_locked(
    work: Work, unit: Unit, span: Term, known: Mapping[str, Deadline], days: Wanted, reason: str
) -> None:
    """Refuse to open what is locked by moving its day, unless the head does it with a reason and a fresh proof."""
    own = {code: (row.due_on, row.locks_on) for code, row in known.items()}
    after = {code: value for code, value in {**own, **days}.items() if value is not None}
    today = timezone.localdate()
    before, then = _days(unit, span, own), _days(unit, span, after)
    opened = [
        code for code in plan.settable(unit.levels) if before[code].locks_on <= today < then[code].locks_on
    ]
    if not opened:
        return
    names = ", ".join(str(plan.SETTABLE[code]) for code in opened)
    if unit.parent_id is None or not work.actor.can("gradebook.unlock", unit):
        raise DomainError(
            _("%(columns)s đã khóa. Chỉ hiệu trưởng của trường mở lại được.") % {"columns": names},
            fields={f"{code}-lock": _("Cột đã khóa.") for code in opened if code in days},
        )  # fmt: skip
    if len(reason.strip()) < 5:
        raise DomainError(
            _("%(columns)s đã khóa. Mở lại cho cả trường thì ghi lý do.") % {"columns": names},
            fields={"reason": _("Ghi vì sao mở lại cột đã khóa.")},
        )
    if not work.actor.is_system:
        require_proof(work.actor)
    work.note(reopened=opened)


def _write(
    work: Work, unit: Unit, span: Term, known: Mapping[str, Deadline], days: Wanted, reason: str
) -> int:
    changed = 0
    for code, wanted in days.items():
        row = known.get(code)
        if wanted is None:
            if row is not None:
                work.remove(row)
                changed += 1
        elif row is None:
            work.create(
                Deadline(
                    unit=unit, year_id=span.year_id, term=span.number, column=code, due_on=wanted[0],
                    locks_on=wanted[1],
                )
            )  # fmt: skip
            changed += 1
        elif (row.due_on, row.locks_on) != wanted:
            work.change(row, due_on=wanted[0], locks_on=wanted[1])
            changed += 1
    if changed:
        work.reason = reason.strip()[:300]
        mark_stale(span.year_id, span.number, unit.pk if unit.parent_id is not None else None)
    return changed
