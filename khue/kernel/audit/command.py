"""`khue audit verify|checkpoint|export`: check the record, sign its state, give the signature away to be kept."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from khue.kernel.audit import checkpoints, ledgers
from khue.kernel.audit.models import Checkpoint
from khue.kernel.audit.verify import Report, verify

SHOWN = 50


def main(argv: Sequence[str]) -> int:
    """0 when the record is sound, 1 when it is broken (each broken row is named), 2 when the words are wrong."""
    parser = argparse.ArgumentParser(prog="khue audit", description="Nhật ký thay đổi.")
    parts = parser.add_subparsers(dest="part", required=True)
    check = parts.add_parser("verify", help="kiểm tra mọi chuỗi, chi tiết và điểm kiểm tra")
    check.add_argument("--against", metavar="TỆP", help="so với điểm kiểm tra đã giữ bên ngoài")
    check.add_argument("--json", action="store_true")
    parts.add_parser("checkpoint", help="ký điểm kiểm tra bây giờ")
    give = parts.add_parser("export", help="xuất điểm kiểm tra mới nhất để nơi khác giữ")
    give.add_argument("file", nargs="?", metavar="TỆP")
    try:
        arguments = parser.parse_args(list(argv))
    except SystemExit as ending:
        return int(ending.code or 0)
    if arguments.part == "verify":
        return _verify(arguments.against, arguments.json)
    if arguments.part == "checkpoint":
        return _checkpoint()
    return _export(arguments.file)


def _verify(against: str | None, as_json: bool) -> int:
    kept = None
    if against:
        try:
            kept = checkpoints.read(Path(against).read_text())
        except (OSError, UnicodeDecodeError, ledgers.StatementError) as problem:
            print(f"{against}: {problem}", file=sys.stderr)
            return 1
    report = verify(kept)
    print(_json(report) if as_json else _words(report))
    return 0 if report.is_sound else 1


def _words(report: Report) -> str:
    lines = [str(fault) for fault in report.faults[:SHOWN]]
    if len(report.faults) > SHOWN:
        lines.append(f"… và {len(report.faults) - SHOWN} chỗ nữa")
    seen = f"{report.entries} mục, {report.chains} chuỗi, {report.checkpoints} điểm kiểm tra"
    lines.append(
        f"Nhật ký nguyên vẹn: {seen}, {report.rate} mục mỗi giây."
        if report.is_sound
        else f"NHẬT KÝ KHÔNG NGUYÊN VẸN: {len(report.faults)} chỗ trong {seen}."
    )
    return "\n".join(lines)


def _json(report: Report) -> str:
    return orjson.dumps(
        {
            "sound": report.is_sound, "entries": report.entries, "chains": report.chains, "erased": report.erased,
            "checkpoints": report.checkpoints, "seconds": round(report.seconds, 3), "rate": report.rate,
            "faults": report.faults,
        }
    ).decode()  # fmt: skip


def _checkpoint() -> int:
    row = checkpoints.make()
    print(
        f"Đã ký điểm kiểm tra {row.pk}: {row.entries} mục."
        if row
        else "Không có gì mới từ điểm kiểm tra trước."
    )
    return 0


def _export(place: str | None) -> int:
    row = Checkpoint.objects.order_by("-pk").first()
    if row is None:
        print("Chưa có điểm kiểm tra nào. Chạy khue audit checkpoint trước.", file=sys.stderr)
        return 1
    text = checkpoints.export(row)
    if place:
        Path(place).write_text(text)
    else:
        print(text, end="")
    return 0
