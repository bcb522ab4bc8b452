"""`khue module wing/name`: a new module of the house's shape, whole and passing, to be turned into the real one."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path

BASE = Path(__file__).resolve().parents[2]
SHAPES = BASE / "tools" / "scaffold"
WINGS = ("registry", "school", "learning", "office", "citizen", "command")
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

CONTRACT = """
[[tool.importlinter.contracts]]
name = "The {wing} wing"
type = "layers"
containers = ["khue.{wing}"]
exhaustive = true
layers = ["{name}"]
ignore_imports = ["khue.**.tests.** -> khue.**"]
unmatched_ignore_imports_alerting = "none"
"""
NEXT = """
Made {place}. Next:
  1. README.md first: purpose, words, invariants, legal basis, personal data.
  2. Turn the example table, its two actions and its pages into yours; docs/new-module.md is the path.
  3. Say in the policy file of tests/ who may use the new routes.
  4. khue messages extract, then the English in khue/locale/en.
  5. make check && .venv/bin/pytest {place}
"""


class ScaffoldError(ValueError):
    """The module cannot be made; nothing was written."""


def main(argv: Sequence[str]) -> int:
    """Make one module; 2 when the name is not one."""
    parser = argparse.ArgumentParser(prog="khue module", description="Tạo khung mô-đun mới.")
    parser.add_argument("where", metavar="wing/name", help="such as school/attendance; a noun, snake_case")
    parser.add_argument(
        "--row", help="the noun of its first table, such as sheet; taken from the name otherwise"
    )
    parser.add_argument("--label", help="what users call the module, in Vietnamese")
    arguments = parser.parse_args(argv)
    try:
        place = make(arguments.where, row=arguments.row, label=arguments.label)
    except ScaffoldError as error:
        print(f"khue module: {error}", file=sys.stderr)
        return 2
    print(NEXT.format(place=place.relative_to(BASE)))
    return 0


def make(where: str, *, row: str | None = None, label: str | None = None) -> Path:
    """Write the module, register it in settings and contract, make its first migration; raises ScaffoldError."""
    wing, _, name = where.partition("/")
    row = row or _singular(name)
    if wing not in WINGS:
        raise ScaffoldError(f"{wing or 'nothing'} is no wing; there are {', '.join(WINGS)}")
    if not NAME.fullmatch(name) or not NAME.fullmatch(row):
        raise ScaffoldError("a module and its rows are named by nouns in snake_case")
    place = BASE / "khue" / wing / name
    taken = [path for path in (BASE / "khue").glob(f"*/{name}") if path.is_dir()]
    if taken:
        raise ScaffoldError(f"{taken[0].relative_to(BASE)} has that name already")
    settings, contracts = BASE / "khue" / "config" / "settings.py", BASE / "pyproject.toml"
    registered = _registered(settings.read_text(), f"khue.{wing}.{name}")
    contracted = _contracted(contracts.read_text(), wing, name)

    shown = label or name.replace("_", " ").capitalize()
    words = {
        "PACKAGE": f"khue.{wing}.{name}",
        "CLASS": "".join(part.capitalize() for part in row.split("_")),
        "LABEL": shown,
        "NOUN": shown[0].lower() + shown[1:],
        "ROWS": _plural(row),
        "ROW": row,
        "NAME": name,
        "URL": _slug(shown),
    }
    _make_wing(place.parent, wing, name)
    for shape in sorted(SHAPES.rglob("*.txt")):
        inner = shape.relative_to(SHAPES).with_suffix("")
        if inner.parts[0] == "templates":
            inner = Path("templates", name, *inner.parts[1:])
        target = place / str(inner).replace("NAME", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"\b(?:{})\b|CLASS(?=Form)|(?<=_)ROWS?\b|(?<=\b)NAME(?=_)".format("|".join(words)),
                                 lambda found: words[found.group()], shape.read_text()))  # fmt: skip
    settings.write_text(registered)
    contracts.write_text(contracted)
    _finish(place, name)
    return place


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("s") and not name.endswith(("ss", "us")):
        return name[:-1]
    return f"{name}_entry"


def _plural(row: str) -> str:
    if row.endswith("y") and row[-2:-1] not in "aeiou":
        return row[:-1] + "ies"
    return row + ("es" if row.endswith(("s", "x", "ch", "sh")) else "s")


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")


def _registered(text: str, package: str) -> str:
    """The settings with the module as the last of MODULES."""
    made, count = re.subn(r"(\nMODULES = \[\n(?:    .*\n)*)\]", rf'\g<1>    "{package}",\n]', text, count=1)
    if not count:
        raise ScaffoldError("MODULES was not found in khue/config/settings.py")
    return made


def _contracted(text: str, wing: str, name: str) -> str:
    """The contracts with the module on top of its wing, or with a contract for a wing that is new."""
    if f'containers = ["khue.{wing}"]' not in text:
        return text.rstrip() + "\n" + CONTRACT.format(wing=wing, name=name)
    pattern = rf'(containers = \["khue\.{wing}"\]\n(?:(?!\[\[).*\n)*?layers = \[)'
    made, count = re.subn(pattern, rf'\g<1>"{name}", ', text, count=1)
    if not count:
        raise ScaffoldError(f"the layers of the {wing} wing were not found in pyproject.toml")
    return made


def _make_wing(wing_place: Path, wing: str, name: str) -> None:
    wing_place.mkdir(exist_ok=True)
    (wing_place / "__init__.py").touch()
    readme = wing_place / "README.md"
    text = (
        readme.read_text() if readme.exists() else f"# The {wing} wing\n\nEach knows only those below it:\n\n"
    )
    first = re.search(r"^- `", text, re.M)
    at = first.start() if first else len(text)
    readme.write_text(f"{text[:at]}- `{name}`: say in one line what it is for\n{text[at:]}")


def _finish(place: Path, name: str) -> None:
    """Lay the code out and make the first migration, in processes that read the settings anew."""
    ruff = Path(sys.executable).parent / "ruff"
    if ruff.exists():
        for step in (["check", "--select", "I", "--fix"], ["format"]):
            subprocess.run([str(ruff), *step, "--quiet", str(place)], cwd=BASE, check=True)  # noqa: S603
    made = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "khue", "makemigrations", name, "--verbosity", "0"], cwd=BASE, check=False
    )
    if made.returncode:
        raise ScaffoldError(f"the first migration could not be made: khue makemigrations {name}")
