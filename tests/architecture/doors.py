"""The one door for writes and the one for reads, checked in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

WRITES = {
    "save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create",
    "aget_or_create", "acreate", "aupdate", "adelete", "asave",
}  # fmt: skip
ROOMS_OF_WRITES = {
    "actions",
    "demo",
    "migrations",
    "tests",
    "bench",
}  # by the beginning of a file's or folder's name
RAW_SQL = ("insert into", "update ", "delete from", "truncate ", "copy ")
NOT_ROWS = {"hashlib", "digest", "dict", "set", "cache", "headers", "session", "self", "super"}


def room_of(inner: Path) -> str:
    """The file of a module, or the folder it lies in: `queries/search.py` is queries."""
    return inner.parts[0].removesuffix(".py")


def is_room_of_writes(inner: Path) -> bool:
    return any(part.removesuffix(".py").split("_")[0] in ROOMS_OF_WRITES for part in inner.parts)


def writes(inner: Path, tree: ast.Module) -> Iterator[str]:
    """Writes to the database outside actions and what is not run in production."""
    if is_room_of_writes(inner):
        return
    acting = {inner_node for function in actions_in(tree) for inner_node in ast.walk(function)}
    for node in ast.walk(tree):
        if node in acting:
            continue
        is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if is_call and node.func.attr in WRITES and is_rows(node.func.value, node.func.attr):
            yield f"{node.lineno}: {ast.unparse(node.func)[:70]}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and is_raw_write(node.value):
            yield f"{node.lineno}: raw SQL {node.value.strip()[:40]!r}"


def actions_in(tree: ast.Module) -> list[ast.FunctionDef]:
    """The functions declared as actions, wherever they stand."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(one).split("(")[0].split(".")[-1] == "action" for one in node.decorator_list)
    ]


def is_rows(value: ast.expr, verb: str) -> bool:
    """Whether a call is one on rows: on a manager or queryset, or on something that is saved or deleted."""
    text = ast.unparse(value)
    if text.split(".")[0].split("(")[0] in NOT_ROWS or text.startswith("work"):
        return False
    if "objects" in text or "_base_manager" in text or "_default_manager" in text or ".filter(" in text:
        return True
    return (
        verb in {"save", "delete"}
        and not text.endswith(("default_storage", "session", "form", "book"))
        and "segno" not in text
    )


def is_raw_write(text: str) -> bool:
    start = text.strip().lower()
    return (
        start.startswith(RAW_SQL)
        and len(start.split()) > 2
        and any(word in start for word in (" set ", "into ", "from ", "truncate", "copy "))
    )


def reads(inner: Path, tree: ast.Module) -> Iterator[str]:
    """`Model.objects` where neither tables, nor reads, nor writes are at home."""
    room = room_of(inner)
    if room not in {"views", "api", "urls", "tables", "papers"} or is_room_of_writes(inner):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_base_manager", "_default_manager"}:
            yield f"{node.lineno}: {ast.unparse(node)}"
