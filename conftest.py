"""Fixtures every test may use; the cast of named people is in tests/cast.py."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from khue.config import messages
from tests import founding, kept, prepared
from tests.cast import Cast
from tests.laid import Laid

# A slow machine is no fault of a property.
hypothesis_settings.register_profile("khue", deadline=None, print_blob=True)
hypothesis_settings.load_profile("khue")


def pytest_configure(config: pytest.Config) -> None:
    """Build the English texts before any worker has asked for one.

    Workers read the files of the tests from both ends, so that neither compiles what the other has compiled already.
    """
    worker = getattr(config, "workerinput", {}).get("workerid", "")
    if not worker:
        messages.compile_stale()
    elif worker.endswith(("1", "3", "5", "7", "9")):
        config.args.reverse()


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Nothing that reading the tests makes is rubbish: do not look for any."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Nor is what has been read looked through again and again."""
    gc.freeze()
    gc.enable()


LONG_FILES = (  # the longest are begun first, so that no worker is left alone with one at the end
    "tests/access/test_matrix.py",
    # while one worker makes the database, the other reads the house
    "tests/architecture/test_doors.py", "tests/architecture/test_shape.py", "tests/architecture/test_contracts.py",
    "tests/architecture/test_tidy.py",
    "tests/browser/test_every_page.py", "tests/browser/", "tests/crash/",
    "khue/kernel/demo/tests/test_loading.py", "tests/architecture/", "tests/access/", "tests/signatures/",
    "tests/indicators/", "khue/school/report_cards/", "khue/kernel/jobs/tests/test_killed_worker.py",
    "khue/kernel/indicators/", "khue/config/tests/",
)  # fmt: skip


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first, the rest by name; within a file the order stays."""

    def place(item: pytest.Item) -> tuple[int, str]:
        path = item.path.relative_to(item.config.rootpath).as_posix()
        return next(
            (n for n, start in enumerate(LONG_FILES) if path.startswith(start)), len(LONG_FILES)
        ), path

    items.sort(key=place)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Every test begins in Vietnamese, whatever language the one before it left on this thread."""
    translation.activate("vi")


def _database(*, keep: bool) -> list[Any]:
    """Make the test database, or copy what another worker of this run has made; gives what Django takes down."""
    from django.db import connection
    from django.test.utils import setup_databases

    if not kept.IS_SHARED or keep:
        made = setup_databases(0, False, aliases={"default"}, keepdb=keep)
        _lift_walls()
        return list(made)
    with kept.one_by_one(kept.EMPTY) as there:
        if there is None:
            made = setup_databases(0, False, aliases={"default"})
            _lift_walls()
            kept.put_aside(kept.EMPTY)
            return list(made)
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = kept.own()
    kept.bring_back(kept.EMPTY)
    return [(connection, before, True)]


def _lift_walls() -> None:
    """Let tables kept for ever be emptied."""
    from django.db import connection

    with kept.server() as server:
        kept.hurry(server)
    with connection.cursor() as cursor:
        cursor.execute("set synchronous_commit = off")
        cursor.execute(
            "select tgname, tgrelid::regclass::text from pg_trigger where not tgisinternal and tgtype & 32 <> 0"
        )
        for trigger, table in cursor.fetchall():
            cursor.execute(f"drop trigger {trigger} on {table}")


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """The test database, whichever tests were chosen: journeys ask for it by no mark of pytest-django's.

    Tables kept for ever refuse TRUNCATE, with which some tests begin: that one wall is lifted here. What
    migrations laid down (subjects, provinces, roles) is put back after every such cleaning.
    """
    from django.db import connection
    from django.test.utils import teardown_databases

    with django_db_blocker.unblock():
        made = _database(keep=django_db_keepdb and not django_db_createdb)
        founded, tables = founding.founding_rows(connection), founding.tables_to_empty(connection)
    with founding.flush_keeps(founded, tables), prepared.kept_over_rollbacks():
        yield
    with django_db_blocker.unblock():
        kept.end_use()
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            connection.close()  # journeys that brought another database in its place may have cut it
            with connection.cursor() as cursor:  # threads of live servers let go late
                cursor.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = current_database() and pid <> pg_backend_pid()"
                )
            teardown_databases(made, 0)


@pytest.fixture(scope="session")
def laid(django_db_setup: None, django_db_blocker: Any) -> Laid:
    """The cast as it is laid down for each test that asks for it."""
    with django_db_blocker.unblock():
        return Laid.once()


@pytest.fixture
def cast(laid: Laid, db: None) -> Cast:
    """Lan, Hùng, Mai, Bình, An, Sơn and Tâm in a province of two schools."""
    return laid.again()
