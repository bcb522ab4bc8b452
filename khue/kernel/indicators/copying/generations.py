"""Generations of the columnar copy: directories of Parquet files, one of them current.

    VAR/indicators/current                 the name of the current generation; replaced by one rename
    VAR/indicators/<generation>/manifest.json, <fact>.<number>.parquet, units.parquet, held
    VAR/indicators/new-<generation>/       one that is being made; whoever finds it later removes it

A generation never changes once it is current. Files that a refresh has no reason to write anew are hard links into the
new generation, so every directory is complete by itself. A reader holds a shared lock on `held`, dropped by the kernel
when it dies; a generation goes when it has not been current for a while and nobody holds it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from django.conf import settings
from django.utils import timezone

FORMAT: Final = 1
GRACE_SECONDS: Final = 600.0
CURRENT: Final = "current"
MANIFEST: Final = "manifest.json"
HELD: Final = "held"
NEW: Final = "new-"


@dataclass(frozen=True)
class File:
    """One Parquet file of a fact: the units whose rows it holds are found nowhere else."""

    name: str
    rows: int
    bytes: int
    units: tuple[int, ...]


@dataclass(frozen=True)
class FactCopy:
    """The copy of one fact; `declared` is the digest of the declaration it was made by."""

    declared: str
    rows: int
    files: tuple[File, ...]

    @property
    def bytes(self) -> int:
        """What it takes on the disk."""
        return sum(file.bytes for file in self.files)


@dataclass(frozen=True)
class Manifest:
    """What a generation holds and of which state of which database.

    `horizon` is the time since which rows may have changed that this generation does not know; `snapshot` the number
    of the database's next transaction when it was read.
    """

    generation: str
    copied_at: datetime
    horizon: datetime
    snapshot: int
    database: str
    schema: str
    whole_at: datetime
    facts: dict[str, FactCopy] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Rows of all facts."""
        return sum(fact.rows for fact in self.facts.values())

    @property
    def bytes(self) -> int:
        """What the generation takes on the disk, shared files counted here too."""
        return sum(fact.bytes for fact in self.facts.values())


@dataclass(frozen=True)
class Generation:
    """A generation on the disk."""

    path: Path
    manifest: Manifest

    def paths(self, fact: str, units: frozenset[int] | None = None) -> list[Path]:
        """The files of a fact, only those that may hold rows of `units` when given."""
        files = self.manifest.facts[fact].files
        return [self.path / file.name for file in files if units is None or not units.isdisjoint(file.units)]

    @property
    def units(self) -> Path:
        """The tree of units as it was when the generation was made."""
        return self.path / "units.parquet"


def root() -> Path:
    """Where generations lie."""
    return Path(settings.VAR) / "indicators"


def name_of(moment: datetime) -> str:
    """A name for a new generation: its time, and something that no other has."""
    return f"{moment:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def current() -> Generation | None:
    """The generation that readers read, or None when there is none yet."""
    for _ in range(3):  # replaced and removed between the two reads: look again
        name = current_name()
        if not name:
            return None
        try:
            return Generation(root() / name, read(root() / name / MANIFEST))
        except (OSError, KeyError, TypeError, ValueError):
            time.sleep(0.01)
    return None


def current_name() -> str:
    """The name of the current generation, '' when there is none."""
    try:
        return (root() / CURRENT).read_text().strip()
    except OSError:
        return ""


def read(path: Path) -> Manifest:
    """A manifest from its file; ValueError when it is of another format."""
    said = orjson.loads(path.read_bytes())
    if said.pop("format") != FORMAT:
        raise ValueError("format")
    for name in ("copied_at", "horizon", "whole_at"):
        said[name] = datetime.fromisoformat(said[name])
    said["facts"] = {
        name: FactCopy(
            fact["declared"],
            fact["rows"],
            tuple(File(f["name"], f["rows"], f["bytes"], tuple(f["units"])) for f in fact["files"]),
        )
        for name, fact in said["facts"].items()
    }
    return Manifest(**said)


def begin(name: str) -> Path:
    """The directory in which a generation is made; what killed refreshes left is removed. Call under the lock."""
    home = root()
    home.mkdir(parents=True, exist_ok=True)
    for left in home.glob(f"{NEW}*"):
        shutil.rmtree(left, ignore_errors=True)
    directory = home / f"{NEW}{name}"
    directory.mkdir()
    return directory


def switch(directory: Path, manifest: Manifest) -> Generation:
    """Make a generation that is complete the current one: on the disk first, then by one rename."""
    home = root()
    (directory / HELD).touch()
    write(directory / MANIFEST, orjson.dumps({"format": FORMAT, **_plain(manifest)}))
    _sync(directory)
    place = home / manifest.generation
    directory.rename(place)
    was = current_name()
    write(home / f"{CURRENT}.new", manifest.generation.encode())
    os.replace(home / f"{CURRENT}.new", home / CURRENT)
    _sync(home)
    if was and was != manifest.generation and (home / was).is_dir():
        os.utime(home / was / HELD)  # its grace begins now
    return Generation(place, manifest)


def sweep(grace: float = GRACE_SECONDS) -> list[str]:
    """Remove generations that have not been current for `grace` seconds and that nobody holds; gives their names."""
    gone = []
    now = current_name()
    for path in sorted(root().iterdir()):
        if not path.is_dir() or path.name in (now, "") or path.name.startswith(NEW):
            continue
        try:
            since = (path / HELD).stat().st_mtime
        except FileNotFoundError:
            since = 0.0
        if time.time() - since >= grace and not _is_held(path):
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path.name)
    return gone


@contextmanager
def holding(generation: Generation) -> Iterator[Generation]:
    """Keep a generation from being removed while it is read."""
    release = hold(generation)
    try:
        yield generation
    finally:
        os.close(release)


def hold(generation: Generation) -> int:
    """The same until the descriptor that is given back is closed, or the process ends. OSError: it is gone."""
    descriptor = os.open(generation.path / HELD, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def write(path: Path, content: bytes) -> None:
    """Write a small file and see it onto the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _is_held(path: Path) -> bool:
    try:
        descriptor = os.open(path / HELD, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _plain(manifest: Manifest) -> dict[str, Any]:
    return {
        **asdict(manifest),
        **{
            name: getattr(manifest, name).astimezone(timezone.get_default_timezone()).isoformat()
            for name in ("copied_at", "horizon", "whole_at")
        },
    }
