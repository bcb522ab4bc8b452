"""`khue demo`: make a demo province in the connected database (DATABASE_URL, or the embedded one of KHUE_VAR)."""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Sequence

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from khue.kernel.demo import loading
from khue.kernel.demo.plan import SIZES

SEED = 2026
PHASES = {
    "drop": "gỡ chỉ mục",
    "copy": "COPY",
    "make and copy": "sinh và COPY",
    "fill": "điểm",
    "keys": "dựng khóa",
    "indexes": "dựng chỉ mục",
    "analyze": "thống kê",
    "foreign keys": "kiểm khóa ngoại",
}


def main(argv: Sequence[str]) -> int:
    """Make a province; 0 when it is there, 1 when the database holds other data."""
    parser = argparse.ArgumentParser(
        prog="khue demo", description="Tạo tỉnh mẫu; mọi người và đơn vị đều là bịa."
    )
    parser.add_argument(
        "--size", choices=sorted(SIZES), default="small", help="small: 12 trường; province: cả tỉnh"
    )
    parser.add_argument("--seed", type=int, default=SEED, help="cùng một số thì ra cùng một tỉnh")
    parser.add_argument("--fresh", action="store_true", help="xóa tỉnh mẫu đang có rồi tạo lại")
    parser.add_argument("--scale", type=float, default=1.0, help="tỉ lệ so với cả tỉnh, để đo thử (0.01)")
    parser.add_argument("--without-marks", action="store_true", help="không tạo sổ điểm và điểm")
    asked = parser.parse_args(list(argv))
    size = SIZES[asked.size]
    if asked.scale != 1.0:
        size = size.scaled(asked.scale)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", interactive=False, verbosity=0)
    start = time.perf_counter()
    try:
        loader = loading.load(
            size, asked.seed, fresh=asked.fresh, apart=size.pupils > 100_000, fill=not asked.without_marks
        )
    except loading.NotADemoError:
        if loading.is_demo():
            print("khue demo: đã có tỉnh mẫu; thêm --fresh để tạo lại.", file=sys.stderr)
        else:
            print("khue demo: cơ sở dữ liệu đang có dữ liệu khác, không động đến.", file=sys.stderr)
        return 1
    took = time.perf_counter() - start
    peak = (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        / 1024
    )
    for table, rows in sorted(loader.counts.items(), key=lambda item: -item[1]):
        print(f"{_whole(rows):>10}  {table}")
    phases = ", ".join(f"{PHASES[name]} {_tenths(seconds)}" for name, seconds in loader.seconds.items())
    print(
        f"{_whole(loader.rows)} dòng trong {_tenths(took)} giây ({phases}); bộ nhớ cao nhất {peak:.0f} MiB."
    )
    return 0


def _whole(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _tenths(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")
