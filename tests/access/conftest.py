"""The province of the access tests: made once a test file in one transaction that is never committed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from tests.access import world as worlds
from tests.access.browser import Browser
from tests.access.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever uses the province uses the database."""
    for item in items:
        if "world" in getattr(item, "fixturenames", ()) and item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.django_db)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Every role in every state, and the four places."""
    memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    fast = override_settings(
        SESSION_ENGINE="tests.access.sessions", STORAGES={**settings.STORAGES, "default": memory}
    )
    with django_db_blocker.unblock(), fast, transaction.atomic():
        assert "test" in connection.settings_dict["NAME"]  # never the data of people
        yield worlds.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def browser(world: World) -> Browser:
    """Requests through every middleware."""
    return Browser()
