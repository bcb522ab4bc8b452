"""Filling reports from the data, typing in what Khuê does not know, explaining what is unusual."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.reports import tasks
from khue.command.reports.filling import Values, by_table, differences, with_typed
from khue.command.reports.models import Period, Remark, Report, Sheet, State
from khue.command.reports.queries import reports as queries
from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit

MOST: Final = 99_999  # a typed cell counts rooms, not atoms
SHORTEST: Final = 5


@action("reports.prepare_many", permission="reports.manage")
def prepare_many(work: Work, period: Period, *, schools: Sequence[int]) -> tuple[int, int]:
    """Make the reports of schools that have none and fill drafts anew; gives how many are new and how many moved."""
    if period.is_locked:
        return 0, 0
    units = list(queries.all_schools(period).filter(pk__in=schools))
    return _prepare(work, period, units)


@action("reports.fill", permission="reports.prepare")
def fill(work: Work, school: Unit, *, period: Period) -> int:
    """A school has its own report made or filled anew; gives how many cells moved. Refuses what has been signed."""
    known = Report.objects.filter(period=period, unit=school, is_latest=True).first()
    if known is not None and not known.is_open:
        raise DomainError(_("Báo cáo đã ký gửi, số không đổi nữa. Cần sửa thì lập bản sửa."))
    if known is None and period.is_locked:
        raise DomainError(_("Sở đã khóa kì báo cáo này."))
    if period.as_of > timezone.localdate():
        raise DomainError(_("Chưa đến ngày lấy số liệu."))
    if not queries.all_schools(period).filter(pk=school.pk).exists():
        raise DomainError(_("Đơn vị này không phải nộp báo cáo của kì này."))
    _new, moved = _prepare(work, period, [school])
    return moved


def _prepare(work: Work, period: Period, units: Sequence[Unit]) -> tuple[int, int]:
    known = {
        row.unit_id: row
        for row in Report.objects.select_for_update().filter(period=period, unit__in=units, is_latest=True)
    }  # fmt: skip
    drafts = {row.unit_id: row for row in known.values() if row.is_open}
    new = [unit for unit in units if unit.pk not in known]
    old = queries.all_values([row.pk for row in drafts.values()])
    typed = {unit_id: queries.plain(old[row.pk][1]) for unit_id, row in drafts.items()}
    todo = [unit for unit in units if unit.pk in drafts or unit.pk not in known]
    found = queries.all_fillings(period, todo, typed)
    now = timezone.now()
    ids = work.create_many(
        Report, ("period_id", "unit_id", "levels", "filled_at"),
        [(period.pk, unit.pk, list(found[unit.pk][0]), now) for unit in new],
    )  # fmt: skip
    sheets: list[tuple[Any, ...]] = [
        (pk, table, cells)
        for unit, pk in zip(new, ids, strict=True)
        for table, cells in found[unit.pk][1].items()
    ]
    moved = 0
    for unit_id, report in drafts.items():
        moved += _fill_again(work, report, found[unit_id], old[report.pk][0], sheets)
    work.create_many(Sheet, ("report_id", "table", "cells"), sheets, is_touched=False)
    tasks.open_sign_tasks(work, period, new)
    work.note(new=len(new), moved=moved)
    return len(new), moved


def _fill_again(
    work: Work,
    report: Report,
    found: tuple[tuple[str, ...], Values],
    old: Values,
    new_sheets: list[tuple[Any, ...]],
) -> int:
    """Change the tables of a draft that say otherwise now; gives how many cells moved."""
    levels, values = found
    moved = differences(old, values)
    if moved:
        rows = {row.table: row for row in Sheet.objects.filter(report=report)}
        for table, cells in values.items():
            if table not in rows:
                new_sheets.append((report.pk, table, cells))
            elif rows[table].cells != cells:
                work.change(rows[table], cells=cells)
        for table in rows.keys() - values.keys():
            work.remove(rows[table])
    work.change(report, levels=list(levels), filled_at=timezone.now())
    return len(moved)


@action("reports.enter", permission="reports.prepare")
def enter(work: Work, report: Report, *, cells: Mapping[str, int | None], source: str) -> int:
    """Type in what Khuê does not know, with where it comes from; gives how many cells changed."""
    _must_be_open(report)
    of, levels = queries.form_of(report.period), tuple(report.levels)
    hand = {code for code, cell in of.cells(levels).items() if cell.row.is_hand}
    if not set(cells) <= hand:
        raise DomainError(_("Chỉ ghi được những ô trường tự khai."))
    faults = {
        code: _("Ghi số từ 0 đến 99.999.")
        for code, value in cells.items() if value is not None and not 0 <= value <= MOST
    }  # fmt: skip
    source = " ".join(source.split())[:120]
    if len(source) < SHORTEST:
        faults["can-cu"] = _("Ghi số này lấy từ đâu, ví dụ: kiểm kê tài sản ngày 30/9.")
    if faults:
        raise DomainError(_("Một số ô chưa ghi được."), fields=faults)
    values, typed = queries.all_values([report.pk])[report.pk]
    now = f"{timezone.localdate():%d/%m/%Y}"
    wanted = by_table(cells)
    changed = with_typed(of, levels, values, wanted)
    moved = differences(values, changed)
    rows = {row.table: row for row in Sheet.objects.filter(report=report)}
    for table, row in rows.items():
        hands = dict(typed.get(table, {}))
        for key, value in wanted.get(table, {}).items():
            old = hands.get(key)
            if value is None:
                hands.pop(key, None)
            elif old is None or old[0] != value or old[1] != source:
                hands[key] = [value, source, work.actor.name, now]
        if hands != row.typed or changed[table] != row.cells:
            work.change(row, cells=changed[table], typed=hands)
    work.change(report, version=report.version + 1)
    return len(moved)


@action("reports.explain", permission="reports.prepare")
def explain(work: Work, report: Report, *, key: str, text: str) -> Remark:
    """Say why something unusual is as it is."""
    _must_be_open(report)
    text = " ".join(text.split())[:300]
    if len(text) < SHORTEST:
        message = _("Ghi lời giải thích, ít nhất vài chữ.")
        raise DomainError(message, fields={"loi": message})
    found = queries.findings_of(queries.seen(report))
    if key not in {one.key for one in found}:
        raise DomainError(_("Chỗ này không còn cần giải thích."))
    known = Remark.objects.filter(report=report, key=key).first()
    if known is not None:
        return work.change(known, text=text, by_id=work.actor.person_id)
    return work.create(Remark(report=report, key=key, text=text, by_id=work.actor.person_id or 0))


def _must_be_open(report: Report) -> None:
    if report.state != State.DRAFT:
        raise DomainError(_("Báo cáo đã ký gửi, số không đổi nữa. Cần sửa thì lập bản sửa."))
