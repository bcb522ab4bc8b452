"""A report's way up: signed by the head, checked by the office or given back, taken in by the department, corrected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext, override

from khue.command.reports import tasks
from khue.command.reports.filling import digest
from khue.command.reports.models import SENT, Remark, Report, Sheet, State, Step, Verb
from khue.command.reports.queries import reports as queries
from khue.command.reports.sealing import Hand, keep_paper
from khue.kernel.actions import Conflict, DomainError, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.org.models import MIDDLE_KINDS
from khue.registry.roster.queries.places import all_holders

SHORTEST: Final = 5


def keep_step(
    work: Work,
    report: Report,
    verb: Verb,
    *,
    at: datetime | None = None,
    what: bytes | None = None,
    reason: str = "",
) -> Step:
    """Write down what happened to a report."""
    return work.create(
        Step(
            report=report, verb=verb, person_id=work.actor.person_id, name=work.actor.name[:100],
            capacity=work.actor.capacity_label[:300], at=at or timezone.now(),
            digest=what if what is not None else report.digest, reason=reason,
        )
    )  # fmt: skip


def digest_of(found: queries.Seen) -> bytes:
    """What the head signs: the form, the unit, the day and every cell."""
    return digest(found.form, found.report.unit.code, f"{found.report.period.as_of:%Y-%m-%d}", found.values)


@action("reports.sign")
def sign(work: Work, report: Report, *, shown: str, hand: Hand | None = None) -> bytes:
    """The head signs what they saw (`shown`: hex of its digest); errors keep it back, warnings want an explanation.

    With a `hand` the paper is signed by their key as well and kept with the report.
    """
    if report.state != State.DRAFT:
        raise DomainError(_("Báo cáo này đã ký gửi rồi."))
    found = queries.seen(report)
    what = digest_of(found)
    if what.hex() != shown:
        raise Conflict(_("Số liệu vừa đổi sau khi thầy cô mở trang. Xem lại rồi ký."))
    with override("vi"):  # what is signed is kept, so it is said in Vietnamese whoever signs
        wrong = queries.findings_of(found)
    errors = [one for one in wrong if one.is_error]
    silent = queries.unexplained(found, wrong)
    if errors or silent:
        parts = []
        if errors:
            parts.append(
                ngettext("%(n)s chỗ phải sửa", "%(n)s chỗ phải sửa", len(errors)) % {"n": len(errors)}
            )
        if silent:
            parts.append(
                ngettext("%(n)s chỗ cần giải thích", "%(n)s chỗ cần giải thích", len(silent))
                % {"n": len(silent)}
            )
        raise DomainError(_("Chưa ký được: còn %(what)s.") % {"what": ", ".join(parts)}, code="not_yet")
    kept: list[dict[str, Any]] = [
        {"key": one.key, "text": one.text, "why": found.remarks[one.key].text, "cells": list(one.cells)}
        for one in wrong
    ]
    now = timezone.now()
    for row in Report.objects.select_for_update().filter(
        period=report.period, unit=report.unit, state__in=SENT
    ):
        work.change(row, state=State.SUPERSEDED)
    work.change(report, state=State.SIGNED, signed_at=now, digest=what, findings=kept)
    keep_step(work, report, Verb.SIGNED, at=now, what=what)
    tasks.signed(work, report.period, report.unit)
    if hand is not None:
        keep_paper(work, report, hand)
    return what


@action("reports.check")
def check(work: Work, reports: Sequence[Report]) -> int:
    """The office has looked and agrees; gives how many were waiting."""
    waiting = [row for row in reports if row.state == State.SIGNED and row.is_school]
    if not waiting:
        raise DomainError(_("Không có báo cáo nào đang chờ kiểm tra."))
    _move(work, waiting, State.CHECKED, Verb.CHECKED)
    for period, above in {(row.period_id, row.unit.parent_id): row for row in waiting}:
        one = next(row for row in waiting if (row.period_id, row.unit.parent_id) == (period, above))
        if above is not None:
            tasks.open_check_task(work, one.period, above)
    return len(waiting)


@action("reports.accept")
def accept(work: Work, reports: Sequence[Report]) -> int:
    """The department takes reports in that were checked (its own schools': that were signed); gives how many."""
    ready = [
        row for row in reports
        if row.is_school and (row.state == State.CHECKED or (row.state == State.SIGNED and not _has_office(row)))
    ]  # fmt: skip
    if not ready:
        raise DomainError(_("Không có báo cáo nào đã kiểm tra để nhận."))
    _move(work, ready, State.ACCEPTED, Verb.ACCEPTED)
    for row in {row.period_id: row for row in ready if not _has_office(row)}.values():
        tasks.open_check_task(work, row.period, row.period.department_id)
    return len(ready)


def _has_office(report: Report) -> bool:
    parent = report.unit.parent
    return parent is not None and parent.kind in MIDDLE_KINDS


def _move(work: Work, rows: Sequence[Report], state: State, verb: Verb) -> None:
    """Many reports one step on: two statements however many."""
    now = timezone.now()
    work.change_many(Report, ("state",), {row.pk: ((str(row.state),), (state.value,)) for row in rows})
    work.create_many(
        Step, ("report_id", "verb", "person_id", "name", "capacity", "at", "digest"),
        [
            (row.pk, verb.value, work.actor.person_id, work.actor.name[:100], work.actor.capacity_label[:300], now,
             bytes(row.digest) if row.digest else None)
            for row in rows
        ],
        is_touched=False,
    )  # fmt: skip
    work.note(**{verb.value: len(rows)})


@action("reports.return", permission="reports.check")
def give_back(work: Work, report: Report, *, reason: str) -> Report:
    """Give a report back with a reason: what was signed stays as it was, the school goes on with its next edition.

    What the department has taken in only the department gives back. Raises DomainError.
    """
    reason = _reason(reason)
    if report.state not in (State.SIGNED, State.CHECKED, State.ACCEPTED) or not report.is_school:
        raise DomainError(_("Báo cáo này không ở bước có thể trả lại."))
    if report.state == State.ACCEPTED and not work.actor.can("reports.accept", report.unit):
        raise DomainError(_("Sở đã nhận báo cáo này; chỉ Sở trả lại được."))
    if not report.is_latest:
        raise DomainError(_("Trường đã lập bản sửa của báo cáo này."))
    work.reason = reason
    work.change(report, state=State.RETURNED, is_latest=False)
    keep_step(work, report, Verb.RETURNED, reason=reason)
    made = _next_edition(work, report, reason)
    tell(
        work, people=all_holders("reports.sign", report.unit_id), kind="reports.returned",
        title=written(
            gettext_noop("Báo cáo thống kê bị trả lại: %(period)s"), period=tasks.period_words(report.period)
        ),
        body=reason, url=tasks.address(report.period, report.unit),
    )  # fmt: skip
    if report.unit.parent_id is not None:
        tasks.open_check_task(work, report.period, report.unit.parent_id)
    return made


@action("reports.correct", permission="reports.sign")
def correct(work: Work, report: Report, *, reason: str) -> Report:
    """A school makes the next edition of what it signed, with the reason; the old one counts until that is signed."""
    reason = _reason(reason)
    if not report.is_sent or not report.is_latest or not report.is_school:
        raise DomainError(_("Chỉ lập bản sửa cho báo cáo đã ký gửi."))
    work.reason = reason
    work.change(report, is_latest=False)
    keep_step(work, report, Verb.CORRECTED, reason=reason)
    return _next_edition(work, report, reason)


def _next_edition(work: Work, report: Report, reason: str) -> Report:
    """A draft after a report, filled from the data as it is now, with what was typed in and explained before."""
    seen = queries.seen(report)
    levels, values = queries.all_fillings(
        report.period, [report.unit], {report.unit_id: queries.plain(seen.typed)}
    )[report.unit_id]
    made = work.create(
        Report(
            period=report.period, unit=report.unit, edition=report.edition + 1, levels=list(levels), reason=reason,
            filled_at=timezone.now(),
        )
    )  # fmt: skip
    work.create_many(
        Sheet, ("report_id", "table", "cells", "typed"),
        [(made.pk, table, cells, seen.typed.get(table, {})) for table, cells in values.items()], is_touched=False,
    )  # fmt: skip
    for remark in seen.remarks.values():
        work.create(Remark(report=made, key=remark.key, text=remark.text, by_id=remark.by_id))
    tasks.ask_again(work, report.period, report.unit, reason)
    return made


def _reason(text: str) -> str:
    text = " ".join(text.split())[:300]
    if len(text) < SHORTEST:
        message = _("Ghi lý do, ít nhất vài chữ.")
        raise DomainError(message, fields={"ly-do": message})
    return text
