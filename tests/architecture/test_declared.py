"""Every index and constraint that a model declares is in the database that the migrations make, under its name.

A migration that drops the index of a foreign key can take a partial unique index on the same column with it, and
nothing but the database itself knows.
"""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection


@pytest.mark.django_db
def test_every_declared_index_and_constraint_is_in_the_database() -> None:
    missing = []
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if not model._meta.managed or model._meta.proxy:
                continue
            table = model._meta.db_table
            there = set(connection.introspection.get_constraints(cursor, table))
            declared = {one.name for one in (*model._meta.indexes, *model._meta.constraints)}
            missing += [f"{table}: {name}" for name in sorted(declared - there)]
    assert not missing, "\n".join(missing)
