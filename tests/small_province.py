"""The small demo province in the test database, filled once a run: `plain`, or `signed` with test keys and cards."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import override_settings

from khue.kernel.demo import loading
from khue.kernel.demo.command import SEED
from khue.kernel.demo.plan import SIZES
from tests import kept


@contextmanager
def plain(folder: Path) -> Iterator[None]:
    """The province, its files in `folder`."""
    with override_settings(VAR=folder, STORAGES=_storages(folder)):
        load("plain", folder)
        yield
        empty()


@contextmanager
def signed(folder: Path) -> Iterator[None]:
    """The same with test keys and signed cards, their files and figures in `folder`; some seconds more."""
    with override_settings(DEMO=True, VAR=folder, STORAGES=_storages(folder)):
        load("signed", folder)
        yield
        empty()


def _storages(folder: Path) -> dict[str, Any]:
    """Files lie within the folder, so that they go with what is kept."""
    files = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder / "files"},
    }
    return {**settings.STORAGES, "default": files}


def load(name: str, folder: Path) -> None:
    """Fill the test database with the small province and `folder` with its files: made once a run, then kept."""
    assert "test" in str(connection.settings_dict["NAME"]), "journeys never run on a real database"
    with kept.one_by_one(kept.EMPTY) as there:
        if there is None:
            kept.put_aside(kept.EMPTY)
    with kept.one_by_one(name) as files:
        if files is None:
            loading.load(SIZES["small"], SEED, fresh=True, apart=False)
            shutil.copytree(folder, kept.put_aside(name), dirs_exist_ok=True)
            return
    kept.bring_back(name)
    shutil.copytree(files, folder, dirs_exist_ok=True)


def empty() -> None:
    """Leave nothing of it: the database is as the migrations made it."""
    kept.bring_back(kept.EMPTY)
