"""`khue urls`: every route of the running configuration with its methods and the permission it asks for.

Pages carry `khue_permission` and `khue_methods`, set by the kernel's view decorator; a view without them is
shown as "unlisted" and fails the architecture tests unless the policy file names it.
"""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

ANY = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
PUBLIC, UNLISTED = "public", "unlisted"


@dataclass(frozen=True)
class Route:
    """One address pattern: `path` with its parameters in angle brackets, `methods` it accepts."""

    path: str
    name: str
    methods: tuple[str, ...]
    permission: str
    view: str
    parameters: tuple[str, ...]


def routes() -> list[Route]:
    """All routes, by path; an API path counts once for each operation."""
    return sorted(_walk(get_resolver(), "/", ""), key=lambda route: (route.path, route.methods))


def _walk(resolver: URLResolver, prefix: str, namespace: str) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern).removeprefix("^").removesuffix("$").removesuffix("\\Z")
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _walk(entry, path, inner)
        elif isinstance(entry, URLPattern):
            yield from _routes_of(entry, path, namespace)


def _routes_of(entry: URLPattern, path: str, namespace: str) -> Iterator[Route]:
    name = f"{namespace}{entry.name}" if entry.name else ""
    parameters = tuple(entry.pattern.converters)
    operations = _operations(entry.callback)
    if operations is None:
        view = entry.callback
        methods = tuple(getattr(view, "khue_methods", ANY))
        yield Route(path, name, methods, _permission(view), _dotted(view), parameters)
        return
    for operation in operations:
        function = operation.view_func
        permission = _permission(function)
        yield Route(path, name, tuple(operation.methods), permission, _dotted(function), parameters)


def _operations(view: Callable[..., Any]) -> list[Any] | None:
    """The API operations behind a django-ninja path, None for a page."""
    if not inspect.isfunction(view) or not view.__module__.startswith("ninja."):
        return None
    path_view = inspect.getclosurevars(view).nonlocals.get("self")
    operations = getattr(path_view, "operations", None)
    return list(operations) if operations is not None else None


def _permission(view: Any) -> str:
    while view is not None:
        if hasattr(view, "khue_permission"):
            return str(view.khue_permission or PUBLIC)
        view = getattr(view, "__wrapped__", None)
    return UNLISTED


def _dotted(view: Any) -> str:
    view = getattr(view, "view_class", view)
    view = inspect.unwrap(view) if callable(view) else view
    return f"{view.__module__}.{getattr(view, '__qualname__', type(view).__qualname__)}"


def main(argv: Sequence[str]) -> int:
    """Print the routes, one a line or as JSON."""
    parser = argparse.ArgumentParser(prog="khue urls", description="Mọi đường dẫn, phương thức và quyền.")
    parser.add_argument("--json", action="store_true")
    found = routes()
    if parser.parse_args(argv).json:
        print(json.dumps([asdict(route) for route in found], ensure_ascii=False, indent=1))
    else:
        for route in found:
            methods = ",".join(route.methods) if route.methods != ANY else "*"
            print(f"{methods:<14}{route.path:<60}{route.permission}")
    return 0
