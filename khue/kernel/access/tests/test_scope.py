"""Whose row it is: what a row's own columns say agrees with what the database says."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps

from khue.kernel import registry
from khue.kernel.access.scope import ScopedManager, is_plainly_held
from khue.kernel.people.models import Person
from tests.cast import Cast

WHO = ("lan", "hung", "mai", "binh", "an", "son", "tam", "thanh", "ha")


def scoped() -> list[Any]:
    return [model for model in apps.get_models() if type(model._default_manager) is ScopedManager]


@pytest.mark.parametrize("who", WHO)
def test_columns_never_say_yes_where_the_database_would_not(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    reaches = {}
    for permission in registry.permissions():
        reach = actor.reach(permission)
        if not reach.is_empty and not reach.everything:
            reaches[reach.unit_ids, reach.unit_paths, reach.class_ids, reach.course_ids, reach.person_ids] = (
                permission
            )
    yes = 0
    for permission in reaches.values():
        for model in scoped():
            visible = set(model.objects.visible_to(actor, permission).values_list("pk", flat=True)[:500])
            for row in model.objects.all()[:100]:
                if is_plainly_held(actor.reach(permission), row):
                    yes += 1
                    assert row.pk in visible, (permission, row)
    assert yes or who in ("son", "thanh")  # a department sees all, a commune by the tree


def test_a_model_with_a_rule_of_its_own_is_left_to_it(cast: Cast) -> None:
    reach = cast.tam.reach("roster.manage_classes")
    assert not any(is_plainly_held(reach, row) for row in Person.objects.all())
