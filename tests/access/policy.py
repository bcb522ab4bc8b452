"""The verdicts of policy.toml: who may do what where, read without asking the code under test."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.access.world import PLACES, ROLES

FILE = Path(__file__).with_name("policy.toml")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
EVERY, SIGNED_IN, NOBODY = "everybody", "signed_in", "nobody"
ALLOWED, MISSING, REFUSED, HIDDEN = "allowed", "missing", "refused", "hidden"
SIGN_IN, NO_METHOD = "sign in", "no such method"
OTHER_HATS = {
    "homeroom_teacher": ("staff_member",),
    "subject_teacher": ("staff_member",),
    "subject_head": ("staff_member",),
}  # also on the staff


@dataclass(frozen=True)
class Entry:
    """One line of the policy: a route, who may use it by which method, and whose row it shows."""

    name: str  # name of the route; after a ? follows which parameter of the query holds the row
    holders: Mapping[str, frozenset[str]]  # method -> roles
    row: str = ""
    fixed: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    reach: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accept: tuple[int, ...] = ()
    why: str = ""  # why a rule of posts does not hold here

    @property
    def route(self) -> str:
        """The route's name."""
        return self.name.partition("?")[0]

    @property
    def is_api(self) -> bool:
        """Whether programs call it: operations of the API have no HEAD."""
        return self.name.startswith("rest:")

    def has_places(self, method: str) -> bool:
        """Whether the answer depends on whose row is asked for."""
        values = [*self.query.values(), *(self.body.values() if method == "POST" else ())]
        return bool(self.row) or any(value.startswith("@") for value in values)

    def verdict(self, method: str, role: str, state: str, place: str) -> str:
        """What must come of a request."""
        declared = set(self.holders) | ({"HEAD"} if "GET" in self.holders and not self.is_api else set())
        if method not in declared:
            return NO_METHOD
        holders = self.holders["GET" if method == "HEAD" else method]
        if EVERY in holders:
            return ALLOWED
        if NOBODY in holders:
            return HIDDEN
        if role == "anonymous" or state == "suspended":
            return SIGN_IN
        roles: tuple[str, ...] = (
            (role, *OTHER_HATS.get(role, ())) if state == "now" else OTHER_HATS.get(role, ())
        )
        if self._gives(method, holders, roles, place):
            return ALLOWED
        sees = "GET" in self.holders and self._gives("GET", self.holders["GET"], roles, place)
        sees = sees and method != "GET" and (bool(self.row) or not self.has_places(method))
        return REFUSED if sees else MISSING

    def _gives(self, method: str, holders: frozenset[str], roles: tuple[str, ...], place: str) -> bool:
        if SIGNED_IN in holders and place in self.reach.get("*", PLACES):
            return True
        return any(one in holders and place in self.reach_of(method, one) for one in roles)

    def reach_of(self, method: str, role: str) -> tuple[str, ...]:
        """The places a role reaches on this page."""
        return self.reach.get(role, self.reach.get("*", REACH[role])) if self.has_places(method) else PLACES


def _words(groups: Mapping[str, str], text: str) -> frozenset[str]:
    found: set[str] = set()
    for word in text.split():
        if word in groups:
            found |= _words(groups, groups[word])
        elif word in {*ROLES, EVERY, SIGNED_IN, NOBODY}:
            found.add(word)
        else:
            raise ValueError(f"policy.toml: nobody is called {word}")
    return frozenset(found)


def _entry(groups: Mapping[str, str], name: str, line: Mapping[str, Any]) -> Entry:
    known = {*METHODS, "row", "fixed", "body", "query", "reach", "accept", "why"}
    if set(line) - known:
        raise ValueError(f"policy.toml: {name} has unknown words {set(line) - known}")
    reach = line.get("reach", {})
    return Entry(
        name=name,
        holders={method: _words(groups, line[method]) for method in METHODS if method in line},
        row=line.get("row", ""),
        fixed=line.get("fixed", {}),
        body=line.get("body", {}),
        query=line.get("query", {}),
        reach={role: tuple(places.split()) for role, places in reach.items()},
        accept=tuple(line.get("accept", ())),
        why=line.get("why", ""),
    )


def _read() -> tuple[dict[str, tuple[str, ...]], dict[str, Entry]]:
    text = tomllib.loads(FILE.read_text())
    groups = text["groups"]
    reach = {role: tuple(places.split()) for role, places in text["reach"].items()}
    return reach, {name: _entry(groups, name, line) for name, line in text["pages"].items()}


REACH, ENTRIES = _read()
METHODS_OF: dict[str, set[str]] = {}  # every method of a route, over all its lines
for _one in ENTRIES.values():
    METHODS_OF.setdefault(_one.route, set()).update(_one.holders)
