"""B1: every route x method x role x place as policy.toml says; what is out of reach is missing, byte for byte."""

from __future__ import annotations

import itertools
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse

from khue.config.routes import Route, routes
from khue.kernel.registry import permissions, roles_with
from tests.access.browser import Browser, body_of
from tests.access.policy import (
    ALLOWED,
    ENTRIES,
    EVERY,
    METHODS,
    METHODS_OF,
    MISSING,
    NO_METHOD,
    OTHER_HATS,
    SIGN_IN,
    Entry,
)
from tests.access.world import MISSING as NO_ROW
from tests.access.world import PLACES, ROLES, STATES, World, plain

NOWHERE = "/khong-co-trang-nay/"
FINE = {
    "GET": {200, 204, 302, 303},
    "POST": {200, 201, 202, 204, 302, 303, 400, 401, 409, 413, 415, 422, 429},
}
LOGIN = ("/tai-khoan/dang-nhap/", "/tai-khoan/xac-thuc/", "/tai-khoan/lop-thu-hai/?")
TWINS = {"administrator", "department_leader", "vice_principal"}  # reach what another role reaches
RANDOM = re.compile(rb'(name="(?:csrfmiddlewaretoken|_key)"[^>]*value=")[^"]*')
STRANGE_METHODS = ("PUT", "PATCH", "DELETE", "OPTIONS")
ACTORS = [(role, state) for role in ROLES for state in STATES]


def address_of(route: Route, values: Mapping[str, Any]) -> str:
    path = route.path
    for name in route.parameters:
        value = str(plain(values[name]))
        before, _open, rest = path.partition("<")
        inside, _close, after = rest.partition(">")
        assert inside.split(":")[-1] == name
        path = before + value + after
    return path


@dataclass(frozen=True)
class Cell:
    """One request and the verdict that is due."""

    entry: Entry
    route: Route
    method: str
    role: str
    state: str
    place: str

    @property
    def verdict(self) -> str:
        return self.entry.verdict(self.method, self.role, self.state, self.place)

    def __str__(self) -> str:
        return f"{self.method} {self.entry.name} as {self.role} ({self.state}) at {self.place}"


def is_unlisted(route: Route) -> bool:
    return route.name not in {entry.route for entry in ENTRIES.values()}


def is_shut(route: Route, role: str) -> bool:
    """Whether the page's one permission belongs to no role of these people: its decorator turns them away."""
    if route.permission not in permissions():
        return False
    return not roles_with(route.permission) & {role, *OTHER_HATS.get(role, ())}


def cells(*, thorough: bool) -> Iterator[Cell]:
    """Every cell; unless thorough, what does not depend on the role is tried by a few of them in turn.

    Whoever holds nothing that the manifests give the page is turned away by one line of code before the view begins:
    of them, too, a few knock at each page, in turn, and at their own place, for no other is nearer. Whoever holds its
    permission somewhere is tried at two places that are not theirs, in turn, and comes again when it is over. Of
    the four methods that no page has, one knocks at each, in turn.
    """
    by_name: dict[str, list[Route]] = {}
    for route in routes():
        by_name.setdefault(route.name, []).append(route)
    turns, twins = itertools.cycle(ACTORS), itertools.cycle(sorted(TWINS))
    knocks = itertools.cycle((True, False, False, False))  # with 13 roles, another one each time
    strange, odd = itertools.cycle(STRANGE_METHODS), itertools.cycle(range(len(PLACES) - 1))
    teachers = itertools.cycle(("homeroom_teacher", "subject_teacher"))
    only = tuple(os.environ.get("KHUE_ONLY", "").split())  # beginnings of names, to look at a few pages
    pairs = [(entry, route) for entry in ENTRIES.values() for route in by_name.get(entry.route, [])]
    pairs = [(entry, route) for entry, route in pairs if not only or entry.name.startswith(only)]
    for entry, route in pairs:
        knock = next(strange)
        for method in METHODS:
            if not thorough and method in STRANGE_METHODS and method != knock:
                continue
            if method in METHODS_OF[entry.route] and method not in entry.holders:
                continue  # another line of the same page says it
            yield Cell(entry, route, method, "anonymous", "now", "own")
            no_method = entry.verdict(method, "pupil", "now", "own") == NO_METHOD
            if not thorough and (no_method or method == "HEAD"):
                role, state = next(turns)
                yield Cell(entry, route, method, role, state, "own")
                continue
            twin = next(twins)
            for role in ROLES:
                if not thorough and role in TWINS and role != twin:
                    continue
                cell = Cell(entry, route, method, role, "now", "own")
                shut = not thorough and is_shut(route, role)
                if shut and cell.verdict == MISSING and not next(knocks):
                    continue
                has_all = entry.has_places(method) and (thorough or not (shut or role in TWINS))
                left_out = PLACES[1:][next(odd)] if has_all and not thorough else ""
                for place in PLACES if has_all else ("own",):
                    if place != left_out:
                        yield Cell(entry, route, method, role, "now", place)
            if thorough:
                for role, state in ACTORS:
                    for place in PLACES if entry.has_places(method) and state != "now" else ():
                        yield Cell(entry, route, method, role, state, place)
                    if not entry.has_places(method) and state != "now":
                        yield Cell(entry, route, method, role, state, "own")
                continue
            yield Cell(entry, route, method, next(turns)[0], "suspended", "own")
            for role in sorted({next(turns)[0], next(teachers)}):
                if not is_shut(route, role) or next(knocks):
                    yield Cell(entry, route, method, role, "former", "own")


def request_of(world: World, cell: Cell, *, missing: bool = False) -> dict[str, Any]:
    """Path, data and session of a cell; `missing` asks for a row that does not exist."""
    entry = cell.entry
    role, state = (cell.role, cell.state) if cell.role != "anonymous" else ("pupil", "now")

    def value(text: str) -> Any:
        if not text.startswith("@"):
            return text
        kind, place = (text[5:], "own") if text.startswith("@own.") else (text[1:], cell.place)
        return plain(NO_ROW if missing else world.row(kind, place, role, state))

    row = NO_ROW if missing or not entry.row else world.row(entry.row, cell.place, role, state)
    fixed = {name: value(text) for name, text in entry.fixed.items()}
    path = address_of(cell.route, dict.fromkeys(cell.route.parameters, row) | fixed)
    query = {name: value(text) for name, text in entry.query.items()}
    data: Mapping[str, Any] = {name: value(text) for name, text in entry.body.items()}
    if query:
        from urllib.parse import urlencode

        path = f"{path}?{urlencode(query)}"
    session = "" if cell.role == "anonymous" else world.cookies[cell.role, cell.state]
    return {"path": path, "session": session, "data": data if cell.method == "POST" else None}


def nowhere(route: Route) -> str:
    """A page that does not exist, of the same kind."""
    return "/api/v1/khong-co" if route.path.startswith("/api/") else NOWHERE


def told(response: HttpResponse) -> tuple[Any, ...]:
    """Everything an answer says."""
    cookies = sorted(response.cookies)
    body = RANDOM.sub(rb"\1", body_of(response))
    return response.status_code, body, sorted(response.headers.items()), cookies


def fault_of(cell: Cell, response: HttpResponse, references: list[tuple[Any, ...]]) -> str:
    status, location = response.status_code, response.headers.get("Location", "")
    to_login = (status == 302 and location.startswith(LOGIN)) or (
        status == 401 and "/api/" in cell.route.path
    )
    match cell.verdict:
        case "no such method":
            is_well = status == 405
        case "sign in":
            is_well = to_login
        case "refused":
            is_well = status in {403, 404}
        case "hidden":
            is_well = status == 404 or to_login
        case "missing":
            of_many = any(
                value.startswith("@") for value in cell.entry.body.values()
            )  # rows chosen on a list
            due = {404, 422} if of_many else {404}
            is_well = status in due and all(told(response) == one for one in references)
        case _:
            fine = FINE["GET" if cell.method in {"GET", "HEAD"} else "POST"]
            is_open = EVERY in cell.entry.holders.get(cell.method, ())
            is_well = (status in fine and (is_open or not to_login)) or status in cell.entry.accept
    if is_well:
        return ""
    return f"{cell}: {cell.verdict} is due, got {status} {location}"


def judge(world: World, browser: Browser, some: Iterator[Cell]) -> tuple[list[str], Counter[str]]:
    faults, count = [], Counter[str]()
    missing: dict[tuple[str, str, str, str], tuple[Any, ...]] = {}
    for cell in some:
        asked = request_of(world, cell)
        try:
            response = browser.try_out(cell.method, **asked)
        except Exception as problem:
            faults.append(f"{cell}: breaks with {type(problem).__name__}: {problem}"[:300])
            continue
        references = []
        if cell.verdict == MISSING:
            kind = cell.entry.name if cell.entry.has_places(cell.method) else nowhere(cell.route)
            key = (kind, cell.method, cell.role, cell.state)
            if key not in missing:
                gone = (
                    request_of(world, cell, missing=True)
                    if cell.entry.has_places(cell.method)
                    else {**asked, "path": nowhere(cell.route)}
                )
                missing[key] = told(browser.try_out(cell.method, **gone))
            references.append(missing[key])
        fault = fault_of(cell, response, references)
        if fault:
            faults.append(fault)
        count[cell.verdict] += 1
    return faults, count


@pytest.fixture(autouse=True)
def _loud(settings: Any) -> Iterator[None]:
    """What breaks is shown; the thousands of refusals that are meant are not logged."""
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def test_every_route_has_a_line_in_the_policy_and_every_line_a_route() -> None:
    unlisted = [
        f'"{route.name}" ({route.path}, {route.permission})' for route in routes() if is_unlisted(route)
    ]
    assert unlisted == []
    names = {route.name for route in routes()}
    assert [name for name, entry in ENTRIES.items() if entry.route not in names] == []


def test_the_policy_and_the_code_agree_on_methods() -> None:
    for route in routes():
        declared = {
            method for entry in ENTRIES.values() if entry.route == route.name for method in entry.holders
        }
        if route.permission != "unlisted":
            assert set(route.methods) <= declared, route.path


def test_nobody_reaches_what_the_policy_does_not_give_and_everybody_what_it_does(
    world: World, browser: Browser
) -> None:
    faults, count = judge(world, browser, cells(thorough=False))
    assert not faults, "\n".join(faults)
    assert (
        "KHUE_ONLY" in os.environ or min(count[one] for one in (ALLOWED, MISSING, SIGN_IN, NO_METHOD)) > 100
    )


@pytest.mark.slow
def test_every_method_of_every_route_for_every_role_in_every_state(world: World, browser: Browser) -> None:
    faults, count = judge(world, browser, cells(thorough=True))
    assert not faults, "\n".join(faults)
    assert sum(count.values()) >= 20_000
