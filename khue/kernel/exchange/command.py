"""`khue import roster|staff FILE --unit CODE [--dry-run] [--json]`: the import of a page, from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from khue.kernel.access.actor import Actor
from khue.kernel.actions import DomainError
from khue.kernel.exchange import actions, reading
from khue.kernel.exchange.table import Outcome, Plan
from khue.kernel.org.models import Unit


def main(argv: Sequence[str]) -> int:
    """Take a file in; exits 0, 1 when anything was refused, 2 when the call itself is wrong."""
    parser = argparse.ArgumentParser(prog="khue import", description="Nhập tệp Excel của trường.")
    parser.add_argument("table", choices=sorted(reading.tables()))
    parser.add_argument("file", type=Path)
    parser.add_argument("--unit", required=True, help="mã trường, ví dụ THPT-TRONG")
    parser.add_argument("--year", type=int, help="năm học, ví dụ 2026 cho 2026-2027")
    parser.add_argument("--dry-run", action="store_true", help="chỉ xem trước, không ghi gì")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    actor = Actor.system("exchange.command")
    table = reading.table_named(given.table)
    unit = Unit.objects.visible_to(actor, "exchange.import").filter(code=given.unit).first()
    if unit is None:
        return _fail(given.json, f"Không có đơn vị mã {given.unit}.")
    if not given.file.is_file():
        return _fail(given.json, f"Không có tệp {given.file.name}.")
    options = {"year": given.year} if given.year else {}
    data = given.file.read_bytes()
    try:
        if given.dry_run:
            plan = actions.dry_run(actor, unit, table=table, name=given.file.name, data=data, options=options)
        else:
            imported = actions.start_import(
                actor, unit, table=table, name=given.file.name, data=data, options=options
            )
            plan = reading.plan_of(imported)
            actions.write_import(actor, imported)
    except DomainError as problem:
        return _fail(given.json, problem.message)
    report = report_of(plan)
    if given.json:
        sys.stdout.write(orjson.dumps(report).decode() + "\n")
    else:
        _print(report, dry=given.dry_run)
    return 1 if report["refused"] else 0


def report_of(plan: Plan) -> dict[str, Any]:
    """Counts, and every refused cell by row, column, value and message."""
    return {
        "added": plan.count(Outcome.ADDED),
        "changed": plan.count(Outcome.CHANGED),
        "unchanged": plan.count(Outcome.UNCHANGED),
        "refused": [
            {
                "row": p.row,
                "column": p.column_label,
                "value": p.value,
                "message": p.message,
                "cell": f"{p.column_letter}{p.row}",
            }
            for p in plan.refusals
        ],
    }


def _print(report: dict[str, Any], *, dry: bool) -> None:
    words = "Xem trước" if dry else "Đã ghi"
    print(f"{words}: thêm {report['added']}, thay đổi {report['changed']}, không đổi {report['unchanged']}.")
    for line in report["refused"]:
        print(f"  ô {line['cell']} “{line['value']}”: {line['message']}")


def _fail(as_json: bool, message: str) -> int:
    if as_json:
        sys.stdout.write(orjson.dumps({"error": message}).decode() + "\n")
    else:
        print(message, file=sys.stderr)
    return 2
