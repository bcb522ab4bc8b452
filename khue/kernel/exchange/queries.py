"""Every read of imports."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.exchange import reading
from khue.kernel.exchange.models import Import, ImportState
from khue.kernel.exchange.table import Plan, Table
from khue.kernel.files.storing import content_of
from khue.kernel.org.models import Unit
from khue.lib.spreadsheets.kinds import FileKind

UNDO_WITHIN = timedelta(hours=24)


def imports(actor: Actor, unit: Unit | None = None) -> QuerySet[Import]:
    """The imports of the units where the actor may import (of one unit), newest first."""
    rows: QuerySet[Import] = Import.objects.visible_to(actor, "exchange.import")
    if unit is not None:
        rows = rows.filter(unit=unit)
    return rows.select_related("unit", "file", "asked_by").order_by("-started_at", "-pk")


def marked_file(imported: Import, plan: Plan | None = None) -> tuple[str, bytes]:
    """The file as it was given, with a remark in every faulty cell."""
    plan = plan or reading.plan_of(imported)
    from khue.lib.spreadsheets.remarks import with_remarks  # the library of workbooks, only now

    return with_remarks(
        imported.file.name,
        content_of(imported.file),
        FileKind(imported.file.kind),
        plan.problems,
        header_rows=plan.parsed.header_rows,
    )


def unit_of(actor: Actor) -> Unit | None:
    """The school of the capacity, when the actor may import there."""
    if actor.unit_id is None:
        return None
    found: Unit | None = (
        Unit.objects.visible_to(actor, "exchange.import").filter(pk=actor.unit_id, kind="school").first()
    )
    return found


def tables_for(actor: Actor, unit: Unit) -> dict[str, Table]:
    """The tables the actor may import at a unit."""
    return {name: table for name, table in reading.tables().items() if actor.can(table.permission, unit)}


def crumbs(unit: Unit, last: str = "") -> list[tuple[str, str]]:
    """The path to a page of the wizard."""
    start = _("Nhập từ Excel")
    if not last:
        return [(unit.name, "/"), (start, "")]
    return [(unit.name, "/"), (start, reverse("exchange:start")), (last, "")]


def field_choices(table: Table) -> list[tuple[str, str]]:
    """What a column may hold; a crossed value has a choice of its own."""
    found = [("", _("(bỏ qua cột này)"))]
    for column in table.shape.columns:
        found.append((column.name, column.label))
        found += [
            (f"{column.name}={cross.value}", f"{column.label}: x = {cross.value}") for cross in column.crosses
        ]
    return found


def is_open(imported: Import) -> bool:
    """Whether an import is still a preview."""
    return imported.state == ImportState.PREVIEW


def may_undo(imported: Import) -> bool:
    """Whether the day in which an import can be taken back still runs."""
    return (
        imported.state == ImportState.WRITTEN
        and imported.written_at is not None
        and timezone.now() - imported.written_at <= UNDO_WITHIN
    )


def next_url(imported: Import) -> str:
    """Where people go after an import of this table."""
    return reverse(reading.table_named(imported.table).list_url)
