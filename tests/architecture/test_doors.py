"""B9, K4: every write is an action, every read goes through its scope, every action is tried by a test."""

from __future__ import annotations

import ast
import importlib
import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from khue.kernel import registry
from khue.kernel.actions.doing import Declared, registered_actions
from khue.kernel.audit import labels
from tests.architecture import doors

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    ROOT / name.replace(".", "/") for name in [*settings.KERNEL, *settings.MODULES, "khue.kernel.actions"]
]

# Files that write by themselves, each with its reason: bookkeeping of the machine, never what people entered.
LEDGER = {
    "actions/work.py": "the door itself",
    "actions/middleware.py": "answers to repeated posts",
    "api/tokens.py": "when a key was last used",
    "audit/chain.py": "the record itself",
    "audit/ledgers.py": "signed heads of the record and of registers",
    "jobs/engine.py": "who holds a piece of background work",
    "jobs/handle.py": "its progress",
    "jobs/sweep.py": "work whose worker died",
    "notify/costs.py": "what messages cost, booked as they are claimed",
    "notify/courier.py": "the state of a delivery, browsers that are gone",
    "notify/jobs.py": "who was told that money is spent",
    "notify/notices.py": "notices follow from actions and are written with them",
    "offline/contact.py": "how often a device asks, and that it was told to erase itself",
    "offline/sweeping.py": "answers too old to be asked for again",
    "people/codes.py": "tries of a one-time code",
    "people/devices.py": "browsers somebody signed in from",
    "people/factors.py": "when a factor was last used",
    "people/sweeping.py": "what is over is swept away",
    "people/middleware.py": "when a session was last used",
    "people/sessions.py": "sessions",
    "people/signing_in.py": "signing in and out is listed to its owner",
    "people/tallies.py": "how many people there are, counted from records",
    "people/throttle.py": "failed attempts",
    "indicators/copying/refreshing.py": "how a refresh of the columnar copy went",
    "indicators/snapshots.py": "figures of a day, computed from records",
    "ioc/cohorts.py": "intakes over the years, counted from records",
    "report_cards/counting.py": "how far cards have come, counted from them",
    "report_cards/holding.py": "passphrases held for a batch are wiped",
    "report_cards/rationing.py": "how often the public page was asked",
    "attendance/queries/oversight.py": "how many rolls were taken, counted from them",
    "attendance/reactions.py": "whose a roll is follows its class, inside the action that moved it",
    "gradebook/reactions.py": "how full sheets are follows from marks, inside the action that moved them",
    "roster/journal.py": "head counts follow from enrolments, inside the action that moved them",
    "roster/quality_figures.py": "figures computed from records",
}


NO_ACTIONS = {"demo.make", "notify.tell"}  # entries of the record that no action writes


Sources = list[tuple[str, Path, ast.Module]]


def sources() -> Sources:
    """Every file of the house that runs in production, read once."""
    found = []
    for app in APPS:
        for path in sorted(app.rglob("*.py")):
            inner = path.relative_to(app)
            if not {"tests", "migrations"} & set(inner.parts):
                found.append((f"{app.name}/{inner.as_posix()}", inner, ast.parse(path.read_text())))
    return found


@pytest.fixture(scope="module")
def read() -> Sources:
    return sources()


@pytest.fixture(scope="module")
def writing(read: Sources) -> dict[str, list[str]]:
    """What each file writes by itself."""
    found = {name: list(doors.writes(inner, tree)) for name, inner, tree in read}
    return {name: faults for name, faults in found.items() if faults}


def test_every_write_is_an_action(writing: dict[str, list[str]]) -> None:
    faults = [f"{name}:{one}" for name, found in writing.items() if name not in LEDGER for one in found]
    assert not faults, "\n".join(faults)


def test_the_ledger_of_exceptions_names_no_file_that_needs_none(writing: dict[str, list[str]]) -> None:
    assert set(LEDGER) - set(writing) == set()


def test_pages_and_the_api_read_no_tables_themselves(read: Sources) -> None:
    faults = [f"{name}:{fault}" for name, inner, tree in read for fault in doors.reads(inner, tree)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("views.py", "Meal.objects.create(name='x')"),
        ("views.py", "meal.save()"),
        ("queries.py", "Meal.objects.filter(pk=1).update(name='x')"),
        ("queries.py", "Meal.objects.filter(pk=1).delete()"),
        ("jobs.py", "Meal.objects.bulk_create([])"),
        ("rules.py", "cursor.execute('update meals_meal set name = %s where id = 1')"),
        ("rules.py", "cursor.execute('delete from meals_meal where id = 1')"),
        ("views/lists.py", "Meal._base_manager.get_or_create(name='x')"),
    ],
)
def test_a_write_by_another_way_is_found(name: str, source: str) -> None:
    assert list(doors.writes(Path(name), ast.parse(source)))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("actions.py", "meal.save()"),
        ("demo_meals.py", "Meal.objects.create()"),
        ("serving.py", "@action('meals.serve')\ndef serve(work, meal):\n    meal.save()"),
        ("queries.py", "digest.update(b'x'); found.update({}); work.create(meal)"),
        ("views.py", "request.session.save()"),
    ],
)
def test_what_may_write_does(name: str, source: str) -> None:
    assert not list(doors.writes(Path(name), ast.parse(source)))


@pytest.mark.parametrize("source", ["Meal.objects.all()", "Meal._base_manager.all()"])
def test_a_read_past_the_scope_is_found(source: str) -> None:
    assert list(doors.reads(Path("views.py"), ast.parse(source)))
    assert not list(doors.reads(Path("queries.py"), ast.parse(source)))


@pytest.fixture(scope="module")
def every_action(read: Sources) -> list[Declared]:
    """The actions of all modules, wherever they are declared."""
    for name, _inner, tree in read:
        if doors.actions_in(tree):
            app = next(app for app in APPS if app.name == name.split("/")[0])
            path = (app / name.partition("/")[2]).relative_to(ROOT).with_suffix("")
            importlib.import_module(".".join(path.parts).removesuffix(".__init__"))
    return [one for one in registered_actions().values() if "tests" not in one.function.__module__.split(".")]


def test_every_action_is_tried_by_some_test(every_action: list[Declared]) -> None:
    tests = [*ROOT.glob("khue/**/tests/**/*.py"), *ROOT.glob("tests/**/*.py")]
    said = "\n".join(path.read_text() for path in tests if path.name != Path(__file__).name)
    untried = [one.name for one in every_action if one.function.__name__ not in said and one.name not in said]
    assert untried == []


def test_every_action_names_a_permission_of_a_manifest(every_action: list[Declared]) -> None:
    known = registry.permissions()
    assert len(every_action) > 40
    assert [one.name for one in every_action if one.permission and one.permission not in known] == []


def test_the_record_calls_every_action_by_a_name_of_its_own(every_action: list[Declared]) -> None:
    """Of its own in `action_labels`, or that of the permission it is named after; no two in a module are one name."""
    named = {one.name for one in every_action}
    known = {**{name: one.label for name, one in registry.permissions().items()}, **registry.action_labels()}
    assert sorted(named - set(known)) == []
    assert [name for name in named if not re.search(r"[à-ỹđ]", known[name].lower())] == []
    assert [name for name in registry.action_labels() if name not in {*named, *NO_ACTIONS}] == []
    spoken = Counter((name.split(".")[0], known[name]) for name in named)
    assert [one for one, count in spoken.items() if count > 1 and one != ("jobs", "Giao việc nền")] == []
    assert all(labels.action_label(name) == known[name] for name in named)
