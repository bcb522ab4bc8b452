"""Every page of the house, as somebody who may open it: forged posts, writes on reading, headers, ways out, keys.

H5 (no act without the form's token, none by GET), H6 (headers on every answer), H7 (nobody is sent to another site),
C7 (a key acts once).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import transaction
from django.http import HttpResponse

from khue.config.routes import routes
from khue.kernel.audit.models import Entry as AuditEntry
from tests.access.browser import Browser, body_of, listening
from tests.access.policy import ALLOWED, ENTRIES, EVERY
from tests.access.test_matrix import RANDOM, Cell, request_of
from tests.access.world import ROLES, World

EVIL = (
    "https://evil.example/x", "//evil.example/x", "/\\evil.example", "https:evil.example", "\\\\evil.example",
    "javascript:alert(1)", " //evil.example", "/\t/evil.example", "http://127.0.0.1.evil.example/",
)  # fmt: skip
INLINE = re.compile(
    rb"<style\b|<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\sstyle\s*=\s*[\"']|\son[a-z]+\s*=\s*[\"']"
    rb"|javascript:",
    re.I,
)
BOOKKEEPING = ("home_posted_once", "people_sign_in")  # who is signed in since when; which keys were used
WRITTEN_TABLE = re.compile(r'(?:insert into|update|delete from) "?(\w+)"?', re.I)


def openings(method: str) -> list[Cell]:
    """One allowed request for each line of the policy that has this method."""
    by_name = {
        route.name: route for route in routes() if method in route.methods or route.permission == "unlisted"
    }
    found = []
    for entry in ENTRIES.values():
        if method not in entry.holders or entry.route not in by_name:
            continue
        for role in reversed(ROLES):
            if entry.verdict(method, role, "now", "own") == ALLOWED:
                found.append(Cell(entry, by_name[entry.route], method, role, "now", "own"))
                break
    return found


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def written_tables(texts: list[str]) -> set[str]:
    found = {match[1].lower() for text in texts for match in WRITTEN_TABLE.finditer(text)}
    return {table for table in found if not table.startswith(BOOKKEEPING)}


def header_faults(response: HttpResponse, *, is_private: bool) -> list[str]:
    """What an answer lacks."""
    headers, found = response.headers, []
    policy = {
        part.split()[0]: part.split()[1:]
        for part in headers.get("Content-Security-Policy", "").split(";")
        if part.split()
    }
    if "'self'" not in policy.get("default-src", []) and "'none'" not in policy.get("default-src", []):
        found.append("default-src")
    if any("unsafe" in word for words in policy.values() for word in words):
        found.append("unsafe content policy")
    if "sandbox" not in policy:
        for name in ("object-src", "base-uri", "frame-ancestors"):
            if policy.get(name) != ["'none'"]:
                found.append(name)
    for name, value in (
        ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ):  # fmt: skip
        if headers.get(name) != value:
            found.append(name)
    if is_private and "no-store" not in headers.get("Cache-Control", ""):
        found.append("no-store")
    for cookie in response.cookies.values():
        if cookie.value and (not cookie["httponly"] or not cookie["samesite"]):
            found.append(f"cookie {cookie.key}")
    return found


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_every_answer_carries_its_headers_and_holds_nothing_inline(
    world: World, browser: Browser, method: str
) -> None:
    faults = []
    for cell in openings(method):
        for session in ("", world.cookies[cell.role, "now"]):
            response = browser.try_out(method, **{**request_of(world, cell), "session": session})
            found = header_faults(response, is_private=bool(session))
            if "html" in response.headers.get("Content-Type", "") and INLINE.search(body_of(response)):
                found.append(f"inline: {INLINE.search(body_of(response))!r}")
            if found:
                faults.append(f"{cell}: {found}")
    assert not faults, "\n".join(faults)


# Devices speak here with a key of their own in the request itself; a session opens nothing, so none can be abused.
BY_THEIR_OWN_KEY = {"gate:take_in", "offline:ask"}


def test_no_post_without_the_forms_own_token_does_anything(world: World, browser: Browser) -> None:
    faults = []
    for cell in openings("POST"):
        with listening() as heard:
            response = browser.try_out("POST", **request_of(world, cell), checks_forgery=True)
        is_refused = response.status_code == 403 or cell.entry.route in BY_THEIR_OWN_KEY
        if not is_refused or written_tables(heard.writes):
            faults.append(f"{cell}: {response.status_code}, writes {written_tables(heard.writes)}")
    assert not faults, "\n".join(faults)


def test_reading_writes_nothing(world: World, browser: Browser) -> None:
    faults = []
    for cell in openings("GET"):
        if cell.entry.why:
            continue
        with transaction.atomic(), listening() as heard:
            browser.send("GET", **request_of(world, cell))
            transaction.set_rollback(True)
        if written_tables(heard.writes):
            faults.append(f"{cell}: writes {written_tables(heard.writes)}")
    assert not faults, "\n".join(faults)


def test_head_never_runs_what_only_a_post_may(world: World, browser: Browser) -> None:
    for cell in openings("POST"):
        if "GET" in {
            method for one in ENTRIES.values() if one.route == cell.entry.route for method in one.holders
        }:
            continue
        for method in ("HEAD", "OPTIONS", "GET"):
            asked = {**request_of(world, cell), "data": None}
            assert browser.send(method, **asked).status_code == 405, f"{method} {cell}"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nobody_is_sent_to_another_site(world: World, browser: Browser, method: str) -> None:
    faults = []
    for turn, cell in enumerate(openings(method)):
        asked = request_of(world, cell)
        evil = EVIL[turn % len(EVIL)]
        out = dict.fromkeys(("next", "back", "state", "url"), evil)
        path = f"{asked['path']}{'&' if '?' in asked['path'] else '?'}{urlencode(out)}"
        data = {**(asked["data"] or {}), **out} if method == "POST" else None
        more = {"session": asked["session"], "data": data, "headers": {"Referer": evil}}
        response = browser.try_out(method, path, **more)
        places = [response.headers.get("Location", ""), response.headers.get("HX-Redirect", "")]
        if any(is_elsewhere(place) for place in places):
            faults.append(f"{cell} with {evil!r}: {places}")
    assert not faults, "\n".join(faults)


def is_elsewhere(place: str) -> bool:
    """Whether a browser would leave the site: it takes \\ for / and drops tabs and leading blanks."""
    plain = re.sub(r"[\t\r\n]", "", place.strip()).replace("\\", "/")
    return bool(urlsplit(plain).scheme or plain.startswith("//"))


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_browser_takes_for_another_site_is_known(evil: str) -> None:
    assert is_elsewhere(evil)


def test_a_key_acts_once_and_only_for_the_same_words(world: World, browser: Browser) -> None:
    faults, acted = [], 0
    for cell in openings("POST"):
        if EVERY in cell.entry.holders["POST"] or cell.entry.is_api:
            continue  # nobody has signed in yet; the API has tests of its own
        if cell.entry.route == "ioc:wall_hang":
            continue  # its policy line says why
        asked = request_of(world, cell)
        asked["headers"] = {"Idempotency-Key": f"key of {cell.entry.name}"}
        with transaction.atomic():
            first = browser.send("POST", **asked)
            entries = AuditEntry.objects.count()
            with listening() as heard:
                again = browser.send("POST", **asked)
            other = browser.send("POST", **{**asked, "data": {**(asked["data"] or {}), "other": "words"}})
            twice = AuditEntry.objects.count() - entries
            transaction.set_rollback(True)
        told = [
            (one.status_code, one.headers.get("Location"), RANDOM.sub(rb"\1", body_of(one)))
            for one in (first, again)
        ]
        if first.status_code >= 400 or first.streaming:
            continue
        acted += 1
        if told[0] != told[1] or twice or written_tables(heard.writes) or other.status_code != 422:
            faults.append(
                f"{cell}: {told[0][:2]} then {told[1][:2]}, {twice} entries, other {other.status_code}"
            )
    assert not faults, "\n".join(faults)
    assert acted >= 10


@pytest.mark.parametrize(("role", "kind"), [("clerk", "spreadsheetml"), ("subject_teacher", "html")])
def test_only_who_may_take_a_list_out_gets_a_file(
    world: World, browser: Browser, role: str, kind: str
) -> None:
    response = browser.try_out("GET", "/hoc-sinh/?format=xlsx", session=world.cookies[role, "now"])
    assert kind in response.headers["Content-Type"]
