"""Fixtures every test may use; the cast of named people is in tests/cast.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from tests.cast import Cast, build

# A slow machine is no fault of a property.
hypothesis_settings.register_profile("khue", deadline=None, print_blob=True)
hypothesis_settings.load_profile("khue")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Tests that commit are cleaned by TRUNCATE, which the audit tables refuse: lift that one wall here."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("entry", "payload", "checkpoint"):
            cursor.execute(f"drop trigger if exists audit_{table}_no_truncate on audit_{table}")


@pytest.fixture
def cast(db: None) -> Cast:
    """Lan, Hùng, Mai, Bình, An, Sơn and Tâm in a province of two schools."""
    return build()
