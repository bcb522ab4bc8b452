"""The shape every module owes (docs/architecture.md), read from its source without importing it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

REQUIRED = ("README.md", "module.py", "apps.py")
FORBIDDEN_NAMES = {"signals.py", "managers.py", "services.py", "utils.py", "helpers.py", "common.py"}
SESSION_DAY = re.compile(r"\b(current_date|localtimestamp|now\(\)::date)", re.IGNORECASE)
KEYS = {"int", "str", "date", "bool", "list", "Iterable", "Sequence", "Any", "None"}


def faults(app: Path, required: tuple[str, ...] = REQUIRED) -> list[str]:
    """What one module in folder `app` lacks or does that it may not."""
    found = [f"{app.name}: {name} is missing" for name in required if not (app / name).is_file()]
    if not list((app / "tests").glob("test_*.py")):
        found.append(f"{app.name}: no test in tests/")
    for path in sorted(app.rglob("*.py")):
        inner = path.relative_to(app)
        if {"tests", "migrations"} & set(inner.parts):
            continue
        if path.name in FORBIDDEN_NAMES:
            found.append(f"{app.name}/{inner}: name the file after what it holds")
        found += [f"{app.name}/{inner}:{fault}" for fault in _of_file(inner, ast.parse(path.read_text()))]
    return found


def _of_file(inner: Path, tree: ast.Module) -> Iterator[str]:
    room = inner.parts[0].removesuffix(".py")
    if room == "models":
        yield from _saves(tree)
    if room in {"views", "api"}:
        yield from _imports_of_models(tree)
    if room == "queries":
        yield from _reads_without_actor(tree)
    if room == "rules":
        yield from _impure(tree)
    yield from _signals(tree)
    yield from _days_of_the_session(tree)


def _saves(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in {"save", "delete"}:
            yield f"{node.lineno}: models have no {node.name}(); an action in actions.py writes"


def _imports_of_models(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not _typing_only(tree, node):
            names = [alias.name for alias in node.names]
            if node.module.split(".")[-1] == "models" or (
                "models" in names and node.module.startswith("khue.")
            ):
                yield f"{node.lineno}: pages and API import no models; read through queries, write through actions"


def _typing_only(tree: ast.Module, node: ast.stmt) -> bool:
    blocks = [n for n in ast.walk(tree) if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.unparse(n.test)]
    return any(node in block.body for block in blocks)


def _reads_without_actor(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith(("_", "all_")):
            continue
        arguments = node.args.posonlyargs + node.args.args
        kind = ast.unparse(arguments[0].annotation) if arguments and arguments[0].annotation else ""
        is_row = kind.split("[")[0].split(" |")[0] not in {"", *KEYS}  # a row the caller was shown before
        if not arguments or not (arguments[0].arg == "actor" or is_row):
            yield f"{node.lineno}: query {node.name} takes no actor first; for everyone it is all_{node.name}"


def _impure(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        module = node.module if isinstance(node, ast.ImportFrom) else None
        if module and (
            module == "django.db" or module.startswith("django.db.") or module.endswith(".models")
        ):
            yield f"{node.lineno}: rules are pure decisions; hand them values, not tables"


def _signals(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in {
            "django.db.models.signals",
            "django.dispatch",
        }:
            yield f"{node.lineno}: no signals; announce an event, the other module reacts to it in its manifest"


def _days_of_the_session(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SESSION_DAY.search(node.value):
            yield f"{node.lineno}: the session's day is the province's only from seven in the morning: statements.TODAY"
