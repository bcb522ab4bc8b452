"""Static files are built anew when their sources are others than the last time, and only then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import get_finder

from khue.config import prepare
from khue.config.built_files import slim

MANIFEST = "khue.config.built_files.SlimManifestFiles"
SCRIPT = b"/* Of whom\n   it speaks. */\n/*! Licence */\nvar a = '/* kept */';  /* beside */\n  /* alone */\nb();\n"


@pytest.fixture
def source(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """One folder of sources, and a place for what is built of it."""
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "sheet.css").write_text("td { color: #123456 }\n" * 50)
    settings.STATICFILES_DIRS = [str(folder)]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}
    get_finder.cache_clear()
    yield folder
    get_finder.cache_clear()


def built(settings: Any) -> set[str]:
    return {path.name for path in settings.STATIC_ROOT.iterdir() if "sheet." in path.name}


def test_files_are_named_by_content_and_compressed_both_ways(source: Path, settings: Any) -> None:
    prepare.collect_static(settings)
    names = built(settings)
    assert len([name for name in names if name.endswith(".css") and name != "sheet.css"]) == 1
    assert {Path(name).suffix for name in names} == {".css", ".gz", ".br"}


def test_the_same_sources_are_not_built_twice_and_others_are(
    source: Path, settings: Any, capsys: Any
) -> None:
    prepare.collect_static(settings)
    before = built(settings)
    capsys.readouterr()
    prepare.collect_static(settings)
    assert capsys.readouterr().out == ""
    (source / "sheet.css").write_text("td { color: #654321 }\n" * 50)
    os.utime(source / "sheet.css", (1, 1))  # an upgrade's file, older than the last build
    prepare.collect_static(settings)
    assert built(settings) != before


def test_comments_of_our_own_stay_at_home_and_others_files_go_as_they_are(
    source: Path, settings: Any
) -> None:
    assert slim(SCRIPT) == b"/*! Licence */\nvar a = '/* kept */';  /* beside */\nb();\n"
    for name in ("a.js", "a.svg", "vendor/a.js"):
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(SCRIPT)
    prepare.collect_static(settings)
    built = {name: (settings.STATIC_ROOT / name).read_bytes() for name in ("a.js", "a.svg", "vendor/a.js")}
    assert built == {"a.js": slim(SCRIPT), "a.svg": SCRIPT, "vendor/a.js": SCRIPT}
    (named,) = settings.STATIC_ROOT.glob("a.????????????.js")
    assert named.read_bytes() == slim(SCRIPT)
