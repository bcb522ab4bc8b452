"""`khue cards verify|checkpoint|export|extract`: check the registers of report cards, sign them, give both away."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import orjson

from khue.kernel.audit.ledgers import StatementError
from khue.kernel.org.models import Unit
from khue.school.report_cards import checkpoints, extracting, verifying

SHOWN = 50


def main(argv: Sequence[str]) -> int:
    """0 when all is sound, 1 when it is not (each row is named), 2 when the words are wrong."""
    parser = argparse.ArgumentParser(prog="khue cards", description="Sổ cấp học bạ số.")
    parts = parser.add_subparsers(dest="part", required=True)
    check = parts.add_parser("verify", help="kiểm tra mọi sổ, học bạ, tệp và điểm kiểm tra")
    check.add_argument("--against", metavar="TỆP", help="so với điểm kiểm tra đã giữ bên ngoài")
    check.add_argument("--quick", action="store_true", help="không đọc các tệp")
    check.add_argument("--json", action="store_true")
    parts.add_parser("checkpoint", help="ký điểm kiểm tra bây giờ")
    give = parts.add_parser("export", help="xuất điểm kiểm tra mới nhất để nơi khác giữ")
    give.add_argument("file", nargs="?", metavar="TỆP")
    extract = parts.add_parser("extract", help="trích sổ của một trường (không có dữ liệu cá nhân)")
    extract.add_argument("school", metavar="MÃ_TRƯỜNG")
    extract.add_argument("file", nargs="?", metavar="TỆP")
    try:
        asked = parser.parse_args(list(argv))
    except SystemExit as ending:
        return int(ending.code or 0)
    if asked.part == "verify":
        return _verify(asked.against, asked.quick, asked.json)
    if asked.part == "checkpoint":
        return _checkpoint()
    if asked.part == "export":
        return _export(asked.file)
    return _extract(asked.school, asked.file)


def _verify(against: str | None, is_quick: bool, as_json: bool) -> int:
    kept = None
    if against:
        try:
            kept = checkpoints.read(Path(against).read_text())
        except (OSError, UnicodeDecodeError, StatementError) as problem:
            print(f"{against}: {problem}", file=sys.stderr)
            return 1
    share = verifying.Share(night=-1, of=2) if is_quick else verifying.EVERYTHING
    report = verifying.verify(kept, share)
    print(_json(report) if as_json else _words(report))
    return 0 if report.is_sound else 1


def _words(report: verifying.Report) -> str:
    lines = [str(fault) for fault in report.faults[:SHOWN]]
    if len(report.faults) > SHOWN:
        lines.append(f"… và {len(report.faults) - SHOWN} chỗ nữa")
    seen = f"{report.entries} dòng của {report.schools} trường, {report.files} tệp, {report.checkpoints} điểm kiểm tra"
    lines.append(
        f"Sổ cấp học bạ nguyên vẹn: {seen}, {report.rate} dòng mỗi giây."
        if report.is_sound
        else f"SỔ CẤP HỌC BẠ KHÔNG NGUYÊN VẸN: {len(report.faults)} chỗ trong {seen}."
    )
    return "\n".join(lines)


def _json(report: verifying.Report) -> str:
    said = asdict(report) | {
        "sound": report.is_sound,
        "rate": report.rate,
        "seconds": round(report.seconds, 3),
    }
    return orjson.dumps(said).decode()


def _checkpoint() -> int:
    row = checkpoints.make()
    print(
        f"Đã ký điểm kiểm tra {row.pk}: {row.entries} dòng."
        if row
        else "Không có gì mới từ điểm kiểm tra trước."
    )
    return 0


def _export(place: str | None) -> int:
    row = checkpoints.newest()
    if row is None:
        print("Chưa có điểm kiểm tra nào. Chạy khue cards checkpoint trước.", file=sys.stderr)
        return 1
    return _give(checkpoints.export(row), place)


def _extract(code: str, place: str | None) -> int:
    school = Unit.objects.filter(code=code).values_list("pk", flat=True).first()
    if school is None:
        print(f"Không có trường mã {code}.", file=sys.stderr)
        return 1
    return _give("".join(extracting.lines(school)), place)


def _give(text: str, place: str | None) -> int:
    if place:
        Path(place).write_text(text)
    else:
        print(text, end="")
    return 0
