"""The small province, built, copied and read by hand once; the tests then need no database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from khue.kernel.indicators import computing, copying
from tests.indicators.book import Book, Reader
from tests.indicators.province import build


class _Undo(Exception):
    """Everything that was built goes."""


@pytest.fixture(scope="session")
def book(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[Book]:
    """The rows read by hand; `computing.answer` answers over the copy of the same rows."""
    with override_settings(VAR=str(tmp_path_factory.mktemp("figures"))):
        with django_db_blocker.unblock():
            try:
                with transaction.atomic():
                    build()
                    copying.refresh(whole=True)
                    found = Reader().read()
                    raise _Undo
            except _Undo:
                pass
        yield found
        computing.close()
