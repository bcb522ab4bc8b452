"""Every read of imports."""

from __future__ import annotations

from django.db.models import QuerySet

from khue.kernel.access.actor import Actor
from khue.kernel.exchange import reading
from khue.kernel.exchange.models import Import
from khue.kernel.exchange.table import Plan
from khue.kernel.files.storing import content_of
from khue.lib.spreadsheets.kinds import FileKind
from khue.lib.spreadsheets.remarks import with_remarks


def imports(actor: Actor) -> QuerySet[Import]:
    """The imports of the units where the actor may import, newest first."""
    rows: QuerySet[Import] = Import.objects.visible_to(actor, "exchange.import")
    return rows.select_related("unit", "file", "asked_by").order_by("-started_at", "-pk")


def marked_file(imported: Import, plan: Plan | None = None) -> tuple[str, bytes]:
    """The file as it was given, with a remark in every faulty cell."""
    plan = plan or reading.plan_of(imported)
    return with_remarks(
        imported.file.name,
        content_of(imported.file),
        FileKind(imported.file.kind),
        plan.problems,
        header_rows=plan.parsed.header_rows,
    )
