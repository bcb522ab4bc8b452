"""What looks odd: the list for heads and heads of subject, one of them for its teacher too, the sheets to inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.statements import fetch
from khue.school.gradebook.models import OF_CLASS, Finding, FindingState, SheetKind
from khue.school.gradebook.oddities import MarksOf, Written, read_entry
from khue.school.gradebook.queries.unlocks import labels_of

_FIELDS = (
    "id", "kind", "detail", "found_at", "state", "slot", "explanation", "sheet_id", "sheet__kind", "sheet__term",
    "sheet__classroom__name", "sheet__classroom__grade", "sheet__course__subject__short_name",
    "sheet__course__subject_id", "sheet__course__assessed_by", "sheet__rule_set", "sheet__regular", "sheet__has_topic",
    "enrolment__person__full_name",
)  # fmt: skip


def told(detail: Mapping[str, Any]) -> str:
    """The sentence of a finding in the reader's language."""
    return _(detail["text"]).format(**detail["values"]) if detail.get("text") else ""


@dataclass(frozen=True)
class FindingPage:
    """Some findings, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


def findings(actor: Actor, permission: str = "gradebook.view_findings") -> QuerySet[Finding]:
    """What looks odd on the sheets the actor looks after."""
    rows: QuerySet[Finding] = Finding.objects.visible_to(actor, permission)
    return rows


def finding_rows(
    actor: Actor, year_id: int, *, filters: Mapping[str, str], order_by: Sequence[str], offset: int, limit: int | None
) -> FindingPage:  # fmt: skip
    """Findings of a year for the list, those not accepted unless asked otherwise; two queries."""
    rows = findings(actor).filter(sheet__year_id=year_id)
    state = filters.get("tinh-trang", "")
    rows = rows.filter(state=state) if state else rows.exclude(state=FindingState.ACCEPTED)
    if filters.get("loai"):
        rows = rows.filter(kind=filters["loai"])
    total = rows.count()
    chosen = rows.order_by(*(order_by or ("-found_at",)), "sheet_id", "id")
    chosen = chosen[offset : offset + limit if limit else None]
    return FindingPage([_row(row) for row in chosen.values(*_FIELDS)], total)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    subject = row["sheet__course__subject__short_name"] or str(SheetKind(row["sheet__kind"]).label)
    return {
        "id": row["id"], "what": f"{subject} {row['sheet__classroom__name']}",
        "column": labels_of(row, [row["slot"]]), "text": told(row["detail"]),
        "pupil": row["enrolment__person__full_name"] or "", "found_at": row["found_at"], "state": row["state"],
        "kind": row["kind"],
    }  # fmt: skip


def finding(actor: Actor, pk: int) -> Finding | None:
    """One finding for whoever looks after the sheet, and for whoever writes it; one query."""
    visible = Q(pk__in=[])
    for name, kinds in (
        ("gradebook.view_findings", Q()),
        ("gradebook.enter", Q(sheet__course__isnull=False)),
        ("gradebook.enter_class", Q(sheet__course__isnull=True)),
    ):
        condition = Finding.scope.condition(actor, name)
        if condition is not None:
            visible |= condition & kinds
    rows = Finding.objects.filter(visible, pk=pk)
    found: Finding | None = rows.select_related(
        "sheet", "enrolment__person", "explained_by", "school"
    ).first()
    return found


def chosen(actor: Actor, ids: Sequence[int]) -> list[Finding]:
    """Some findings as the target of an action; one query."""
    return list(findings(actor).filter(pk__in=ids).select_related("sheet"))


# --- for the job ---------------------------------------------------------------------------------------------------

_TOUCHED = """
select s.id from gradebook_sheet s join calendar_school_year y on y.id = s.year_id and not y.is_closed
where s.touched_at >= %s and s.touched_at < %s and s.kind = 'subject' order by s.school_id, s.id
"""
_ROWS = """
select r.sheet_id, r.id, r.enrolment_id, r.marks from gradebook_mark_row r
join roster_enrolment e on e.id = r.enrolment_id
where r.sheet_id = any(%s) and e.status = any(%s) order by r.sheet_id, e.sort_key, r.id
"""
_ENTRIES = """
select e.at, y.body from audit_entry e join audit_payload y on y.entry_id = e.id
where e.touched && %s::varchar[] order by e.at, e.id
"""
_LAST = """
select y.body from audit_entry e join audit_payload y on y.entry_id = e.id
where e.chain = (select id from org_unit where parent_id is null limit 1) and e.action = %s
order by e.at desc, e.id desc limit 1
"""


def all_touched(since: datetime, until: datetime) -> list[int]:
    """Sheets of subjects written between two moments."""
    return [row[0] for row in fetch(_TOUCHED, [since, until])]


def all_marks(sheet_ids: Sequence[int]) -> dict[int, list[MarksOf]]:
    """The rows of some sheets, of pupils who are in the class."""
    found: dict[int, list[MarksOf]] = {}
    for sheet_id, row_id, enrolment_id, marks in fetch(_ROWS, [list(sheet_ids), sorted(OF_CLASS)]):
        found.setdefault(sheet_id, []).append(MarksOf(row_id, enrolment_id, marks))
    return found


def all_written(sheet_ids: Sequence[int]) -> dict[int, list[Written]]:
    """What the record says was written into rows of some sheets, by row."""
    found: dict[int, list[Written]] = {}
    for at, body in fetch(_ENTRIES, [[f"gradebook.sheet:{pk}" for pk in sheet_ids]]):
        for one in read_entry(at, body):
            found.setdefault(one.row_id, []).append(one)
    return found


def all_inspected_until(action: str) -> datetime | None:
    """Until when sheets have been inspected, as the record keeps it; None before the first time."""
    rows = fetch(_LAST, [action])
    text = (orjson.loads(rows[0][0]).get("details") or {}).get("until") if rows and rows[0][0] else None
    return datetime.fromisoformat(text) if text else None
