"""`khue pg PROGRAM ...`: PostgreSQL's own programs (pg_dump, psql, ...) on the embedded database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence


def main(argv: Sequence[str]) -> int:
    """Run one program of the wheel with the connection already set; its exit code is ours."""
    from khue.config import embedded, settings

    if not argv:
        print(
            "khue pg CHƯƠNG_TRÌNH …   (pg_dump, pg_restore, psql, pg_basebackup, pg_amcheck, …)",
            file=sys.stderr,
        )
        return 2
    directory = settings.VAR / "postgres"
    if directory.resolve() not in embedded.joined():
        print(
            "khue pg: DATABASE_URL đang trỏ tới máy chủ khác; hãy dùng chương trình của máy chủ đó.",
            file=sys.stderr,
        )
        return 2
    return subprocess.run(  # noqa: S603 - the administrator's own words
        [str(embedded.tool(argv[0])), *argv[1:]], env=embedded.tool_environment(directory), check=False
    ).returncode
