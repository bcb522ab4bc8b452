"""B9: the database itself keeps the record, and no table that holds people's data is read past its scope."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from khue.kernel.access.scope import Scope, ScopedManager
from khue.kernel.audit import chain
from khue.kernel.audit.migrations import __path__ as migrations_of_audit

# Tables of the house without a scope, each with its reason: a new table has a scope or a line here.
UNSCOPED = {
    "audit_head": "ends of the chains: hashes only",
    "audit_checkpoint": "hashes and signatures only",
    "audit_payload": "read only through its entry",
    "calendar_school_year": "the province's calendar is no secret",
    "calendar_term": "the province's calendar is no secret",
    "calendar_week": "the province's calendar is no secret",
    "curriculum_subject": "the ministry's programme",
    "curriculum_subject_plan": "the ministry's programme",
    "exchange_remembered_column": "wordings of headers; read by the import of the same unit",
    "home_posted_once": "answers to one account's own posts, read by its key",
    "indicators_copy": "how refreshes of the columnar copy went; no figure, no person",
    "indicators_snapshot": "days on which figures were computed, and their digests; no figure",
    "ioc_cohort_year": "when the intakes of a year were counted; no figure",
    "ioc_desk_share": "read only through its desk",
    "notify_delivery": "read only through its message",
    "org_unit_event": "decisions on units, public by law; read through the unit",
    "org_unit_version": "names of units through time; read through the unit",
    "people_tally": "how many people of a kind the province has; no person",
    "people_known_device": "read by the account that owns it",
    "people_sign_in_attempt": "keyed hashes of names",
    "report_cards_asking": "keyed hashes of addresses and codes",
    "report_cards_checkpoint": "hashes and signatures only",
    "report_cards_draft": "read only through its card",
    "report_cards_held_secret": "the sealed half of a batch's secret; read by its batch",
    "report_cards_tally": "figures of a school; no person; read for the schools one sees",
    "report_cards_verification": "figures of a night's verification; faults name lines, not people",
    "surveys_box": "sheets without names; read only as results of their survey",
    "threads_announcement_version": "read only through its announcement",
    "threads_reader": "how far somebody has read; read only with its thread",
}
# Scoped tables whose manager is not a ScopedManager, with what narrows them instead.
OTHER_MANAGER = {
    "people_account": "AccountManager.visible_to: accounts follow the people the modules' records reach",
    "people_api_token": "read by the account that owns it",
    "people_identifier": "read through its person",
    "people_one_time_code": "read by its hash, and by the account's page",
    "people_sign_in": "read by the account that owns it, and by the account's page",
}
PROTECTED = {
    "audit_entry": ("update", "delete"),
    "audit_payload": ("update", "delete"),
    "audit_checkpoint": ("update", "delete"),
}
PLAIN_UPDATE = {
    "audit_entry": "update audit_entry set reason = 'x'",
    "audit_payload": "update audit_payload set body = 'x'",
    "audit_checkpoint": "update audit_checkpoint set entries = 0",
}


def tables() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("khue.")]


def test_every_table_has_a_scope_or_a_reason() -> None:
    without = {
        model._meta.db_table for model in tables() if not isinstance(getattr(model, "scope", None), Scope)
    }
    assert without - UNSCOPED.keys() == set()
    assert UNSCOPED.keys() - without <= set(), "the table has got a scope, or is gone: take its line out"


def test_every_scoped_table_is_read_through_a_scoped_manager() -> None:
    others = {
        model._meta.db_table
        for model in tables()
        if isinstance(getattr(model, "scope", None), Scope)
        and not isinstance(model._default_manager, ScopedManager)
    }
    assert others == OTHER_MANAGER.keys()


def test_every_lookup_of_a_scope_is_a_column_that_exists() -> None:
    for model in tables():
        scope = getattr(model, "scope", None)
        for lookup in (
            (scope.unit, scope.campus, scope.classroom, scope.course, scope.person) if scope else ()
        ):
            if lookup:
                str(model._base_manager.filter(**{f"{lookup}__in": [1]}).query)


@pytest.fixture
def entry(db: None) -> int:
    """An entry, its payload and a checkpoint."""
    made = chain.append(
        chain=0,
        action="x.y",
        actor_id=None,
        capacity="Hệ thống",
        target="x:1",
        touched=[],
        payload={"changes": []},
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into audit_checkpoint (at, entries, root, heads, key_id, signature) "
            "values (now(), 1, '\\x00', '[]', 'k', '\\x00')"
        )
    return made


def refused(sql: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as problem:
        return "append-only" in str(problem)
    return False


@pytest.mark.parametrize("table", sorted(PROTECTED))
def test_the_record_can_neither_be_changed_nor_removed_by_anybody(entry: int, table: str) -> None:
    assert refused(PLAIN_UPDATE[table])
    assert refused(f"delete from {table}")


def truncate_walls() -> str:
    """The walls against TRUNCATE as the migrations build them; the test suite itself has lifted them (conftest)."""
    from pathlib import Path

    sources = [path.read_text() for path in sorted(Path(migrations_of_audit[0]).glob("0*.py"))]
    statements = [part for text in sources for part in text.split(";") if "before truncate" in part]
    return ";".join(f"create{part.partition('create')[2]}" for part in statements)


@pytest.mark.parametrize("table", sorted(PROTECTED))
def test_the_record_cannot_be_truncated(entry: int, table: str) -> None:
    with connection.cursor() as cursor:
        for one in PROTECTED:
            cursor.execute(f"drop trigger if exists {one}_no_truncate on {one}")
        cursor.execute(truncate_walls())
        cursor.execute(
            "set constraints all immediate"
        )  # else PostgreSQL itself refuses, for events still to come
    assert refused(f"truncate {table} cascade")


def test_an_erased_payload_stays_erased_and_only_the_lawful_way_erases(entry: int) -> None:
    assert refused(f"update audit_payload set body = '' where entry_id = {entry}")
    assert refused(f"update audit_payload set erased_at = now() where entry_id = {entry}")
    lawful = f"update audit_payload set body = '', salt = '', erased_at = now() where entry_id = {entry}"
    with connection.cursor() as cursor:
        cursor.execute(lawful)
    assert refused(f"update audit_payload set erased_at = null, body = 'x' where entry_id = {entry}")


def test_reading_through_a_scope_without_rights_gives_nothing(db: None) -> None:
    from khue.kernel.access.actor import Actor

    nobody = Actor.nobody()
    for model in tables():
        manager: Any = model._default_manager
        if isinstance(getattr(model, "scope", None), Scope) and isinstance(manager, ScopedManager):
            permission = (
                "people.view_accounts" if model._meta.label == "people.Person" else "roster.view_list"
            )
            assert not manager.visible_to(nobody, permission).exists(), model
