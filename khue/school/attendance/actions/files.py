"""Registers that leave Khuê as a paper or a workbook; that they were taken is written down."""

from __future__ import annotations

from datetime import date

from django.utils import timezone, translation

from khue.kernel.actions import Work, action
from khue.registry.roster.models import Classroom
from khue.school.attendance import queries, rules, tables
from khue.school.attendance.queries.registers import all_register


@action("attendance.take_register", permission="attendance.view")
def take_register(work: Work, classroom: Classroom, *, day: date, session: str = "", is_paper: bool) -> bytes:
    """The register of a class in the month of a day: PDF/A, A4 lying, or a workbook."""
    from khue.kernel import papers  # the printing engine is heavy: only who prints loads it
    from khue.school.attendance.printing.papers import REGISTER, Printed, workbook

    first, last = rules.month_of(day)
    table = tables.month(all_register(queries.all_room(classroom.pk, last), first, last), session)
    closed = table.register.closing("month")
    now = timezone.localtime()
    work.note(month=f"{first:%Y-%m}", rows=len(table.lines), kind="pdf" if is_paper else "xlsx")
    with translation.override("vi"):  # the form is the ministry's, whoever takes it out
        signed = (
            f"{closed.closed_by} ký ngày {timezone.localtime(closed.closed_at):%d/%m/%Y}" if closed else ""
        )
        one = Printed(table, now, signed)
        if is_paper:
            return papers.render(REGISTER, one)
        return workbook(one, note=f"{work.actor.name}, {now:%H:%M %d/%m/%Y}")
