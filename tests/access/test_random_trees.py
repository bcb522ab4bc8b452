"""B8: random provinces and random moves; what the code shows is what an independent oracle says, in both directions."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest
from django.db import transaction

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.grants import grants_of, grants_reaching
from khue.kernel.org.models import Unit
from khue.registry.curriculum.models import Course
from khue.registry.roster.models import Classroom, Enrolment, Guardianship
from khue.registry.staff.models import StaffMember
from tests.access.oracle import HOLDERS, Tree
from tests.access.random_trees import DAY, DAYS, Grower, ground

SEED = int(os.environ.get("KHUE_SEED", "20261120"))
TABLES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "unit": (Unit, ("org.view",)),
    "class": (Classroom, ("roster.view_classes", "roster.roll_over")),
    "enrolment": (Enrolment, ("roster.view_list", "roster.view_profile", "roster.roll_over")),
    "course": (Course, ("curriculum.view_assignments",)),
    "staff": (StaffMember, ("staff.view",)),
    "family": (Guardianship, ("roster.view_family",)),
}
QUESTIONS = [(table, permission) for table, (_model, some) in TABLES.items() for permission in some]


def actor_of(person: int, day: Any) -> Actor:
    return Actor(person_id=person, name="X", grants=tuple(grants_of(person, on=day)))


def differences(tree: Tree, grower: Grower, chance: random.Random, where: str) -> list[str]:
    found = []
    for person in chance.sample(grower.adults, k=min(3, len(grower.adults))):
        day = chance.choice([DAY, DAY, *DAYS])
        actor = actor_of(person, day)
        for table, permission in chance.sample(QUESTIONS, k=4):
            model = TABLES[table][0]
            shown = set(model.objects.visible_to(actor, permission).values_list("pk", flat=True))
            due = tree.sees(person, permission, table, day)
            if shown != due:
                found.append(f"{where}: {person} {permission} {table} on {day}: shows {shown}, due {due}")
            key = chance.choice([None, *tree.rows[table]])
            if key is not None and actor.can(permission, model(pk=key)) != (key in due):
                found.append(f"{where}: {person} can {permission} {table} {key}: not {key in due}")
    found += reached_differently(tree, chance, where)
    return found


def reached_differently(tree: Tree, chance: random.Random, where: str) -> list[str]:
    """Who sees a pupil, asked from the pupil's side."""
    if not tree.rows["enrolment"]:
        return []
    key = chance.choice(list(tree.rows["enrolment"]))
    row, day = tree.rows["enrolment"][key], chance.choice(DAYS)
    grants = grants_reaching(
        unit_ids=tree.chain(row.unit),
        class_ids=[row.classroom] if row.classroom else [],
        person_ids=[row.person] if row.person else [],
        on=day,
    )
    found = []
    for permission in ("roster.view_list", "roster.view_profile"):
        named = {grant.person_id for grant in grants if grant.role in registry.roles_with(permission)}
        due = tree.seen_by(permission, row, day)
        if named != due:
            found.append(f"{where}: {permission} at enrolment {key} on {day}: names {named}, due {due}")
    return found


def one_tree(seed: int) -> list[str]:
    chance = random.Random(seed)
    with transaction.atomic():
        grower = Grower(chance)
        tree = grower.grow()
        found = differences(tree, grower, chance, f"KHUE_SEED={seed}")
        moves = [grower.move() for _ in range(chance.randint(1, 4))]
        found += differences(tree, grower, chance, f"KHUE_SEED={seed} after {moves}")
        transaction.set_rollback(True)
    return found


def many(count: int) -> list[str]:
    ground()
    return [one for seed in range(SEED, SEED + count) for one in one_tree(seed)]


@pytest.mark.django_db
def test_what_is_shown_is_what_the_oracle_says_in_a_hundred_random_provinces() -> None:
    assert many(100) == []


@pytest.mark.slow
@pytest.mark.django_db
def test_what_is_shown_is_what_the_oracle_says_in_twenty_thousand_random_provinces() -> None:
    assert many(int(os.environ.get("KHUE_TREES", "20000"))) == []


def test_the_oracle_knows_the_permissions_it_speaks_of() -> None:
    for permission, roles in HOLDERS.items():
        assert roles == registry.roles_with(permission), permission
