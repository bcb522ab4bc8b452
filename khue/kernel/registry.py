"""The manifests of all installed modules, collected once, checked and frozen at start."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from khue.kernel.manifest import GrantSource, Module, NavLink, NoticeKind, Permission, Setting

URGENCIES = ("normal", "pressing", "emergency")
NOTICE_TITLE_MAX = 60  # letters: one line of a locked screen


class ManifestError(RuntimeError):
    """A manifest contradicts another or names what does not exist; Khuê refuses to start."""


@cache
def modules() -> tuple[Module, ...]:
    """All manifests, kernel rooms first, then wings, in the order of settings."""
    found = []
    for app in [*settings.KERNEL, *settings.MODULES]:
        if find_spec(f"{app}.module") is None:
            continue
        found.append(import_module(f"{app}.module").MODULE)
    _check(found)
    return tuple(found)


def _check(found: list[Module]) -> None:
    for what, names in (
        ("module", [m.name for m in found]),
        ("permission", [p.name for m in found for p in m.permissions]),
        ("setting", [s.name for m in found for s in m.settings]),
        ("grant source", [g.name for m in found for g in m.grant_sources]),
        ("job", [j.name for m in found for j in m.jobs]),
        ("notice kind", [k.name for m in found for k in m.notices]),
    ):
        doubles = [name for name, count in Counter(names).items() if count > 1]
        if doubles:
            raise ManifestError(f"{what} declared twice: {', '.join(doubles)}")
    known = {p.name for m in found for p in m.permissions}
    for module in found:
        for permission in module.permissions:
            if permission.name.split(".")[0] != module.name:
                raise ManifestError(f"permission {permission.name} does not belong to module {module.name}")
        for link in module.navigation:
            if link.permission and link.permission not in known:
                raise ManifestError(f"{module.name} links to unknown permission {link.permission}")
        for kind in module.notices:
            _check_kind(module, kind)


def _check_kind(module: Module, kind: NoticeKind) -> None:
    if kind.name.split(".")[0] != module.name:
        raise ManifestError(f"notice kind {kind.name} does not belong to module {module.name}")
    if kind.urgency not in URGENCIES:
        raise ManifestError(f"notice kind {kind.name} has unknown urgency {kind.urgency!r}")
    if not 0 < len(kind.title) <= NOTICE_TITLE_MAX:
        raise ManifestError(f"notice kind {kind.name} needs a title of at most {NOTICE_TITLE_MAX} letters")
    if kind.may_cost and kind.urgency == "normal":
        raise ManifestError(f"notice kind {kind.name} may cost money but does not press")


@cache
def permissions() -> dict[str, Permission]:
    """Every permission by name."""
    return {p.name: p for m in modules() for p in m.permissions}


@cache
def action_labels() -> dict[str, str]:
    """What the record calls actions whose name is not that of a permission."""
    return {name: label for m in modules() for name, label in m.action_labels.items()}


@cache
def permissions_of_role(role: str) -> frozenset[str]:
    """The names of the permissions a role holds by default."""
    return frozenset(name for name, p in permissions().items() if role in p.roles)


@cache
def roles_with(permission: str) -> frozenset[str]:
    """The roles that hold a permission; an unknown name is a mistake of ours and crashes."""
    if permission not in permissions():
        raise ManifestError(f"unknown permission {permission!r}")
    return frozenset(permissions()[permission].roles)


@cache
def grant_sources() -> tuple[GrantSource, ...]:
    """Every source of grants, in module order."""
    return tuple(source for m in modules() for source in m.grant_sources)


@cache
def first_page(role: str) -> str:
    """The name of the page at which a role begins; empty for those who begin at what waits for them."""
    return next((m.first_pages[role] for m in modules() if role in m.first_pages), "")


@cache
def navigation() -> tuple[NavLink, ...]:
    """Every line of the wings, in order."""
    return tuple(sorted((link for m in modules() for link in m.navigation), key=lambda link: link.order))


@cache
def notice_kinds() -> dict[str, NoticeKind]:
    """Every kind of notice by name."""
    return {kind.name: kind for m in modules() for kind in m.notices}


@cache
def setting_declarations() -> dict[str, Setting]:
    """Every declared setting by name."""
    return {s.name: s for m in modules() for s in m.settings}


def load(dotted: str) -> Any:
    """The object a manifest names by a dotted path."""
    module, _, name = dotted.rpartition(".")
    return getattr(import_module(module), name)


def each(attribute: str) -> Iterator[Any]:
    """Every declaration of one kind ('search', 'jobs', 'exchange'...) of every module, in order."""
    for module in modules():
        yield from getattr(module, attribute)
