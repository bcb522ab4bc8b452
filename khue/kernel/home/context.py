"""Fills the frame of every page: who, as what, in which year, where they may go, what waits."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from functools import cache, lru_cache, partial
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.access.capacities import Capacity
from khue.kernel.access.pages import ActorRequest
from khue.kernel.home.year import year_of
from khue.kernel.manifest import NavLink
from khue.kernel.statements import fetch
from khue.kernel.workflow.queries import count_sql
from khue.ui.frame import Choice, Frame, Link, WingGroup

LANGUAGES = (("vi", "Tiếng Việt", "VI"), ("en", "English", "EN"))
WITHOUT_ROLE = ""  # among the roles of a link: shown also to somebody signed in who has no role yet
TABS = 4
TAB_LETTERS = 12
ABOUT_UNITS = range(200, 290)  # orders of links about the unit itself; the others are daily work
TABS_OF_WING = 2  # so that one wing does not fill the bar


def frame(request: HttpRequest) -> dict[str, Any]:
    """The frame for signed-in pages, computed when a template first reads it; empty for others."""
    actor = getattr(request, "actor", None)
    if actor is None or not actor.is_somebody:
        return {}
    return {"frame": cache(partial(build, cast(ActorRequest, request)))}  # templates call what can be called


def build(request: ActorRequest) -> Frame:
    """The frame of one request; one query for the counts, one at most for the year."""
    actor = request.actor
    tasks, unread = counts(actor)
    home = first_address(actor)
    wings = wings_of(actor, request.path, tasks) if not home else ()
    capacity = next((one for one in request.capacities if one.key == actor.capacity), None)
    year = None if home else year_of(request)
    return Frame(
        province=settings.PROVINCE_NAME,
        person_name=actor.name,
        person_key=_opaque(actor),
        capacity_label=capacity.label if capacity else "",
        capacity_detail=capacity.detail if capacity else "",
        capacities=tuple(_choice(one, actor) for one in request.capacities)
        if len(request.capacities) > 1
        else (),
        capacity_url=address("home:capacity"),
        year_label=year.label if year else "",
        year_detail=year.detail if year else "",
        years=tuple(
            Choice(label, str(value), detail, "calendar", value == year.value)
            for value, label, detail in year.choices
        )
        if year
        else (),
        years_url=address("home:year") if year and len(year.choices) > 1 else "",
        wings=wings,
        tabbar=tabs_of(actor, wings) if not home else family_tabs(actor, request.path),
        home_url=home or address("home:first"),
        finder_url=address("home:find"),
        inbox_url=address("notify:inbox"),
        unread=unread,
        tasks=tasks,
        account_url=address("people:me"),
        logout_url=address("people:logout"),
        language=get_language() or settings.LANGUAGE_CODE,
        languages=languages(get_language()),
        language_url=address("home:language"),
        is_demo=settings.DEMO,
    )


def counts(actor: Actor) -> tuple[int, int]:
    """Tasks waiting and notices unread; one query."""
    if actor.person_id is None:
        return 0, 0
    tasks, values = count_sql(actor)
    rows = fetch(
        f"select ({tasks}), (select count(*) from notify_message where person_id = %s and read_at is null)",  # noqa: S608
        [*values, actor.person_id],
    )
    return rows[0][0], rows[0][1]


@cache
def address(name: str) -> str:
    """The address of a page without parameters; empty when this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def first_address(actor: Actor) -> str:
    """The address of the own first page of a capacity; empty when it begins at what waits for it."""
    return _first_address(actor.roles)


@lru_cache(maxsize=1000)
def _first_address(roles: frozenset[str]) -> str:
    names = {registry.first_page(role) for role in roles}
    return address(names.pop()) if len(names) == 1 and "" not in names else ""


@cache
def languages(now: str | None) -> tuple[Choice, ...]:
    """The languages of the pages, the current one marked."""
    return tuple(Choice(label, code, short, "world", code == now) for code, label, short in LANGUAGES)


def may_enter(actor: Actor, link: NavLink) -> bool:
    """Whether a line of the wings is shown to this capacity."""
    return _may_enter(actor.roles, actor.is_system, link)


def _may_enter(roles: frozenset[str], is_system: bool, link: NavLink) -> bool:
    if link.roles and roles.isdisjoint(link.roles) and (roles or WITHOUT_ROLE not in link.roles):
        return False
    return not link.permission or is_system or not roles.isdisjoint(registry.roles_with(link.permission))


def wings_of(actor: Actor, path: str, tasks: int) -> tuple[WingGroup, ...]:
    """What this capacity may enter, grouped; the longest address that leads here is the current one."""
    shown = _shown(actor.roles, actor.is_system)
    here = max((url for link in shown if path.startswith(url := address(link.url_name))), key=len, default="")
    return _wings(shown, here, path == address("home:first"), tasks, get_language())


@lru_cache(maxsize=1000)
def _shown(roles: frozenset[str], is_system: bool) -> tuple[NavLink, ...]:
    """The lines of the wings for all who hold these roles."""
    return tuple(
        link
        for link in registry.navigation()
        if _may_enter(roles, is_system, link) and address(link.url_name)
    )


@lru_cache(maxsize=1000)
def _wings(
    shown: tuple[NavLink, ...], here: str, is_first: bool, tasks: int, _language: str | None
) -> tuple[WingGroup, ...]:
    groups: dict[str, list[Link]] = {}
    for link in shown:
        url = address(link.url_name)
        groups.setdefault(link.group, []).append(
            Link(pgettext("menu", link.label), url, link.icon, 0, url == here and url != "/")
        )
    first = Link(_("Việc của tôi"), address("home:first"), "inbox", tasks, is_first)
    return (
        WingGroup("", (first,)),
        *(WingGroup(pgettext("menu", title), tuple(links)) for title, links in groups.items()),
    )


def tabs_of(actor: Actor, wings: tuple[WingGroup, ...]) -> tuple[Link, ...]:
    """The bar at the foot of phones: tasks, then daily work before the rest, by names short enough to stand there.

    At most two of one wing, unless nothing else is left.
    """
    return _tabs(_shown(actor.roles, actor.is_system), wings, get_language())


@lru_cache(maxsize=1000)
def _tabs(
    shown: tuple[NavLink, ...], wings: tuple[WingGroup, ...], _language: str | None
) -> tuple[Link, ...]:
    every = {link.url: link for group in wings for link in group.links}
    first = next(iter(every.values()))
    names: dict[str, str] = {}
    ranks: list[tuple[bool, bool, int, str]] = []
    met: Counter[str] = Counter()
    for place, link in enumerate(shown):
        url, name = address(link.url_name), pgettext("menu", link.short or link.label)
        if len(name) <= TAB_LETTERS and url in every:
            names[url] = name
            ranks.append((link.order in ABOUT_UNITS, met[link.group] >= TABS_OF_WING, place, url))
            met[link.group] += 1
    found = [Link(pgettext("menu", "Việc"), first.url, first.icon, first.count, first.is_current)]
    for *_rank, url in sorted(ranks)[: TABS - 1]:
        found.append(Link(names[url], url, every[url].icon, 0, every[url].is_current))
    return tuple(found)


def family_tabs(actor: Actor, path: str) -> tuple[Link, ...]:
    """The bar of a family's app, on every width: five pages at most, the last is everything else."""
    shown = [link for link in _shown(actor.roles, actor.is_system) if link.tab]
    here = max((url for link in shown if path.startswith(url := address(link.url_name))), key=len, default="")
    return _family_tabs(tuple(sorted(shown, key=lambda link: link.tab)), here, get_language())


@lru_cache(maxsize=1000)
def _family_tabs(shown: tuple[NavLink, ...], here: str, _language: str | None) -> tuple[Link, ...]:
    found = []
    for link in shown:
        url = address(link.url_name)
        found.append(Link(pgettext("menu", link.short or link.label), url, link.icon, 0, url == here))
    return tuple(found)


def other_pages(actor: Actor) -> list[Link]:
    """The pages of a family's app that are not in its bar, in the order of the wings."""
    return [
        Link(pgettext("menu", link.label), address(link.url_name), link.icon)
        for link in _shown(actor.roles, actor.is_system)
        if not link.tab
    ]


def _choice(capacity: Capacity, actor: Actor) -> Choice:
    return Choice(
        capacity.label, capacity.key, capacity.detail, capacity.icon, capacity.key == actor.capacity
    )


def _opaque(actor: Actor) -> str:
    return hmac.new(
        settings.SECRET_KEY.encode(), f"person:{actor.person_id}".encode(), hashlib.sha256
    ).hexdigest()[:16]
