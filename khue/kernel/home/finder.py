"""The one search: every module's source, within the rights of whoever asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address, may_enter
from khue.kernel.manifest import Hit, SearchSource
from khue.lib.names import search_key

SHORTEST = 2
EACH = 6


@dataclass(frozen=True)
class HitGroup:
    """What one source found."""

    label: str
    hits: Sequence[Hit]


@dataclass(frozen=True)
class Found:
    """Everything found, by source; `is_short` when too little was typed to look."""

    groups: Sequence[HitGroup] = ()
    is_short: bool = False


def search(actor: Actor, text: str) -> Found:
    """Look everywhere for at most six hits a source; pages of the menu count as a source."""
    wanted = " ".join(text.replace("\x00", "").split())[:100]
    if len(wanted) < SHORTEST:
        return Found(is_short=bool(wanted))
    groups = []
    sources: list[SearchSource] = sorted(registry.each("search"), key=lambda source: source.order)
    for source in sources:
        hits = registry.load(source.find)(actor, wanted, EACH)
        if hits:
            groups.append(HitGroup(_(source.label), hits))
    pages = _pages(actor, wanted)
    if pages:
        groups.append(HitGroup(_("Trang"), pages))
    return Found(groups)


def _pages(actor: Actor, wanted: str) -> list[Hit]:
    key = search_key(wanted)
    return [
        Hit(pgettext("menu", link.label), address(link.url_name), pgettext("menu", link.group), link.icon)
        for link in registry.navigation()
        if key in search_key(f"{link.label} {pgettext('menu', link.label)}")
        and may_enter(actor, link)
        and address(link.url_name)
    ][:EACH]
