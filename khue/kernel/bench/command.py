"""`khue bench [NAME or GROUP] [--json] [--full]`: run benches and print one line each."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import orjson

from khue.kernel.bench.declared import Run, chosen
from khue.kernel.bench.measuring import CannotMeasureError, Result


def main(argv: Sequence[str]) -> int:
    """Run the benches asked for; 0 when all ran, 1 when one could not, 2 for a word nobody knows."""
    parser = argparse.ArgumentParser(
        prog="khue bench", description="Đo CPU (ứng dụng + cơ sở dữ liệu) và thời gian."
    )
    parser.add_argument("name", nargs="?", default="", help="tên phép đo hoặc nhóm; để trống là tất cả")
    parser.add_argument("--json", action="store_true", help="mỗi dòng một đối tượng JSON")
    parser.add_argument("--full", action="store_true", help="đo ở cỡ cả tỉnh (vài phút)")
    asked = parser.parse_args(list(argv))
    wanted = chosen(asked.name)
    if not wanted:
        print(f"khue bench: không có phép đo “{asked.name}”.", file=sys.stderr)
        return 2
    failed = False
    for one in wanted:
        start = time.perf_counter()
        try:
            for result in one.measure(Run(full=asked.full)):
                print(_json(result) if asked.json else _text(result), flush=True)
        except CannotMeasureError as error:
            print(f"{one.name}: {error}", file=sys.stderr)
            failed = True
        print(f"{one.name}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    return 1 if failed else 0


def _json(result: Result) -> str:
    return orjson.dumps(result.as_line()).decode()


def _text(result: Result) -> str:
    line = f"{result.name:<44} {result.cpu_ms:>10.2f} ms CPU {result.wall_ms:>10.2f} ms  n={result.n}"
    if result.ratio is not None:
        line += f"  {result.ratio:.2f} x {result.compared_with} ({result.baseline:.2f} ms)"
    return f"{line}  ({result.note})" if result.note else line
