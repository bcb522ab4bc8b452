"""What every module owes, checked for all modules at once, and each rule seen to bite."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from tests.architecture import shape

ROOT = Path(__file__).resolve().parents[2]
MODULES = [ROOT / name.replace(".", "/") for name in settings.MODULES]
KERNEL = [ROOT / name.replace(".", "/") for name in settings.KERNEL]


@pytest.mark.parametrize("app", MODULES, ids=lambda app: f"{app.parent.name}-{app.name}")
def test_every_module_has_the_houses_shape(app: Path) -> None:
    assert shape.faults(app) == []


@pytest.mark.parametrize("app", KERNEL, ids=lambda app: app.name)
def test_every_room_of_the_kernel_has_it_too_with_or_without_a_manifest(app: Path) -> None:
    assert shape.faults(app, required=("README.md", "apps.py")) == []


@pytest.mark.parametrize(
    "wing", sorted({app.parent for app in [*MODULES, *KERNEL]}), ids=lambda wing: wing.name
)
def test_every_wing_has_a_readme_that_lists_its_modules(wing: Path) -> None:
    text = (wing / "README.md").read_text()
    listed = [app for app in [*MODULES, *KERNEL] if app.parent == wing]
    assert [app.name for app in listed if f"`{app.name}`" not in text] == []


def test_every_folder_with_a_manifest_is_installed() -> None:
    written = {path.parent for path in (ROOT / "khue").glob("*/*/module.py")}
    assert written == {app for app in [*MODULES, *KERNEL] if (app / "module.py").exists()}


@pytest.fixture
def app(tmp_path: Path) -> Path:
    place = tmp_path / "meals"
    (place / "tests").mkdir(parents=True)
    for name in shape.REQUIRED:
        (place / name).write_text("")
    (place / "tests" / "test_meals.py").write_text("")
    assert shape.faults(place) == []
    return place


@pytest.mark.parametrize(
    ("name", "source", "complaint"),
    [
        ("models.py", "class Meal:\n    def save(self): ...", "models have no save"),
        ("views.py", "from khue.registry.roster.models import Classroom", "import no models"),
        ("views.py", "from khue.registry.roster import models", "import no models"),
        ("views/lists.py", "from .models import Meal", "import no models"),
        ("queries.py", "def meals(day): ...", "takes no actor first"),
        ("queries.py", "def meals(day: date): ...", "takes no actor first"),
        ("queries.py", "def meals(school_id: int): ...", "takes no actor first"),
        ("queries.py", "def meals(ids: Sequence[int]): ...", "takes no actor first"),
        ("queries.py", "def meals(*, day: date): ...", "takes no actor first"),
        ("rules.py", "from django.db.models import Q", "pure decisions"),
        ("meal_watch.py", "from django.dispatch import receiver", "no signals"),
        ("meal_watch.py", 'SQL = f"select {1} from meals where day <= current_date"', "session's day"),
        ("meal_watch.py", 'SQL = "select now()::date"', "session's day"),
        ("helpers.py", "", "name the file after what it holds"),
    ],
)
def test_each_rule_bites(app: Path, name: str, source: str, complaint: str) -> None:
    (app / name).parent.mkdir(exist_ok=True)
    (app / name).write_text(source)
    assert [fault for fault in shape.faults(app) if complaint in fault]


@pytest.mark.parametrize("name", [*shape.REQUIRED, "tests/test_meals.py"])
def test_a_missing_part_is_named(app: Path, name: str) -> None:
    (app / name).unlink()
    assert len(shape.faults(app)) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "queries.py",
            "def meals(actor, day): ...\ndef all_meals(): ...\ndef _inner(day): ...\ndef portions(meal: Meal): ...",
        ),
        ("views.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .models import Meal"),
        ("rules.py", "from datetime import date"),
    ],
)
def test_what_is_allowed_passes(app: Path, name: str, source: str) -> None:
    (app / name).write_text(source)
    assert shape.faults(app) == []
