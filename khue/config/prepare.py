"""What must be true before pages are served: tables up to date, demo loaded once, texts and files built.

Runs in a process of its own (`python -m khue.config.prepare`), so that what it needs in memory is given back.
"""

from __future__ import annotations

import hashlib
import os
import sys
from typing import Any

ADVISORY_LOCK = 74_11_04  # one preparation at a time, even when several hosts start together


def main() -> int:
    """Prepare the installation; 0 when pages can be served."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khue.config.settings")
    import django

    from khue.config import messages

    messages.compile_stale()
    django.setup()

    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s)", [ADVISORY_LOCK])
        try:
            migrate()
            if settings.DEMO and not has_units():
                print("Khuê: đang tạo tỉnh mẫu (dưới một phút)…", flush=True)
                from khue.kernel.demo.command import main as make_demo

                made = make_demo(["--size", "small"])
                if made:
                    return int(made)
        finally:
            if connection.connection is not None and not connection.connection.closed:
                connection.cursor().execute("select pg_advisory_unlock(%s)", [ADVISORY_LOCK])
    collect_static(settings)
    return 0


def migrate() -> bool:
    """Bring the tables up to date; True when there was something to do."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    print("Khuê: đang cập nhật cấu trúc cơ sở dữ liệu…", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    return True


def has_units() -> bool:
    """Whether the installation holds any unit yet (a department, an office, a school)."""
    from django.apps import apps

    return bool(apps.get_model("org", "Unit")._default_manager.exists())


def collect_static(settings: Any) -> None:
    """Build the hashed, compressed files of an installation unless these very sources were built before."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    if "Manifest" not in settings.STORAGES["staticfiles"]["BACKEND"]:
        return
    from django.core.management import call_command

    built, sources = settings.STATIC_ROOT / "built_from", sources_of_static()
    if built.exists() and built.read_text() == sources:
        return
    print("Khuê: đang dựng tệp giao diện…", flush=True)
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    built.write_text(sources)


def sources_of_static() -> str:
    """What the static files are built from, by name, size and time: newer files may bear older dates."""
    from django.contrib.staticfiles.finders import get_finders

    found = sorted(
        (path, status.st_size, status.st_mtime_ns)
        for finder in get_finders()
        for path, storage in finder.list([])
        if (status := os.stat(storage.path(path)))
    )
    return hashlib.sha256(repr(found).encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
