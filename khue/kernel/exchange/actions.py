"""Every write of an import: taking the file, settling its columns, writing, undoing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError, NotAllowed, Work, action
from khue.kernel.exchange import reading
from khue.kernel.exchange.models import Import, ImportState, RememberedColumn
from khue.kernel.exchange.queries import UNDO_WITHIN
from khue.kernel.exchange.table import Outcome, Plan, Table
from khue.kernel.files.storing import keep
from khue.kernel.org.models import Unit
from khue.lib.spreadsheets.cells import fold
from khue.lib.spreadsheets.filenames import safe_name
from khue.lib.spreadsheets.guard import check_upload
from khue.lib.spreadsheets.kinds import UploadProblem
from khue.lib.spreadsheets.shape import NoTable, ParsedTable


def _may(actor: Actor, table: Table, unit: Unit) -> None:
    if not actor.can(table.permission, unit):
        raise NotAllowed


def _count(work: Work, imported: Import, plan: Plan) -> None:
    work.change(
        imported,
        added=plan.count(Outcome.ADDED),
        changed=plan.count(Outcome.CHANGED),
        unchanged=plan.count(Outcome.UNCHANGED),
        refused=plan.count(Outcome.REFUSED),
    )


@action("exchange.start_import", permission="exchange.import")
def start_import(
    work: Work,
    unit: Unit,
    *,
    table: Table | None = None,
    name: str,
    data: bytes,
    options: Mapping[str, Any] | None = None,
) -> Import:
    """Check a file, keep it, find its table (the one it fits best when none is named); nothing of it is written.

    Raises DomainError naming what is wrong.
    """
    try:
        kind = check_upload(name, data)
        if table is None:
            offered = {
                key: one for key, one in reading.tables().items() if work.actor.can(one.permission, unit)
            }
            table = reading.best_table(data, kind, offered)
        _may(work.actor, table, unit)
        parsed = reading.parse(data, kind, table, mapping={}, corrections={})
    except UploadProblem as problem:
        raise DomainError(
            problem.message_vi, fields={"file": problem.message_vi}, code=problem.code
        ) from problem
    except NoTable as problem:
        raise DomainError(
            problem.message_vi, fields={"file": problem.message_vi}, code=problem.code
        ) from problem
    stored = keep(
        work, name=safe_name(name), data=data, kind=kind.value, purpose=f"import.{table.name}", unit=unit
    )
    mapping = reading.remembered(unit, table, parsed)
    if mapping:
        parsed = reading.parse(data, kind, table, mapping=mapping, corrections={})
    chosen = {**table.options(unit), **(options or {})}
    imported = work.create(
        Import(
            table=table.name,
            unit=unit,
            file=stored,
            options=chosen,
            mapping=mapping,
            asked_by_id=work.actor.person_id,
        )
    )
    _count(work, imported, reading.plan(unit, table, parsed, chosen))
    work.note(file=stored.name, sha256=stored.sha256)
    return imported


@action("exchange.settle_columns", permission="exchange.import")
def settle_columns(work: Work, imported: Import, *, mapping: Mapping[str, str]) -> Import:
    """Take a person's word on what a column holds, and remember it for the next file of this unit."""
    _open(imported)
    table = reading.table_named(imported.table)
    before = reading.plan_of(imported).parsed
    work.change(imported, mapping=dict(mapping))
    for letter, field in mapping.items():
        wording = fold(before.parts[0].headers.get(letter, ""))
        if not wording or not field or "=" in field:
            continue
        known = RememberedColumn.objects.filter(
            unit=imported.unit, table=table.name, wording=wording[:120]
        ).first()
        if known is None:
            work.create(
                RememberedColumn(unit=imported.unit, table=table.name, wording=wording[:120], field=field)
            )
        else:
            work.change(known, field=field)
    _count(work, imported, reading.plan_of(imported))
    return imported


@action("exchange.correct_cells", permission="exchange.import")
def correct_cells(work: Work, imported: Import, *, corrections: Mapping[str, str]) -> Import:
    """Put right single cells in the preview; the file itself stays as it was given."""
    _open(imported)
    work.change(imported, corrections={**imported.corrections, **corrections})
    _count(work, imported, reading.plan_of(imported))
    return imported


@action("exchange.write_import", permission="exchange.import")
def write_import(work: Work, imported: Import) -> Import:
    """Write every row that nothing refuses, in one transaction; the plan is made anew first."""
    _open(imported)
    table = reading.table_named(imported.table)
    _may(work.actor, table, imported.unit)
    plan = reading.plan_of(imported)
    if plan.parsed.missing:
        labels = ", ".join(f"“{column.label}”" for column in plan.parsed.missing)
        raise DomainError(
            _("Chưa ghi được: tệp chưa có cột %(labels)s. Chọn cột trước.") % {"labels": labels}
        )
    written = table.write(work, imported.unit, plan, imported.options)
    _count(work, imported, plan)
    work.note(file=imported.file.name, sha256=imported.file.sha256)
    return work.change(imported, state=ImportState.WRITTEN, written_at=timezone.now(), written=written)


@action("exchange.undo_import", permission="exchange.import")
def undo_import(work: Work, imported: Import) -> Import:
    """Take back what an import wrote, within a day and only where nobody has touched it since."""
    if imported.state != ImportState.WRITTEN:
        raise DomainError(_("Lần nhập này chưa ghi gì, hoặc đã hoàn tác."))
    if imported.written_at is None or timezone.now() - imported.written_at > UNDO_WITHIN:
        raise DomainError(_("Đã quá 24 giờ, không hoàn tác được nữa. Sửa từng hồ sơ."))
    reading.table_named(imported.table).undo(work, imported.unit, imported.written)
    return work.change(imported, state=ImportState.UNDONE)


@action("exchange.drop_import", permission="exchange.import")
def drop_import(work: Work, imported: Import) -> Import:
    """Leave a preview without writing it."""
    _open(imported)
    return work.change(imported, state=ImportState.DROPPED)


def _open(imported: Import) -> None:
    if imported.state != ImportState.PREVIEW:
        raise DomainError(_("Lần nhập này %(state)s.") % {"state": imported.get_state_display().lower()})


def dry_run(
    actor: Actor,
    unit: Unit,
    *,
    table: Table,
    name: str,
    data: bytes,
    options: Mapping[str, Any] | None = None,
) -> Plan:
    """Judge a file without keeping anything; raises DomainError when it holds no such table."""
    _may(actor, table, unit)
    try:
        kind = check_upload(name, data)
        parsed: ParsedTable = reading.parse(data, kind, table, mapping={}, corrections={})
    except UploadProblem as problem:
        raise DomainError(problem.message_vi, code=problem.code) from problem
    except NoTable as problem:
        raise DomainError(problem.message_vi, code=problem.code) from problem
    return reading.plan(unit, table, parsed, {**table.options(unit), **(options or {})})
