"""A desk on paper: what its reader may see on the day it is made, by the same tiles as the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.command.ioc import showing
from khue.command.ioc.arranged import MOST_BARS, Arranged, arranged
from khue.command.ioc.desks import tiles_of
from khue.command.ioc.models import Desk
from khue.kernel import papers
from khue.kernel.access.actor import Actor
from khue.kernel.indicators.queries import moment
from khue.kernel.papers import Form


@dataclass(frozen=True)
class Letter:
    """What the paper is made of."""

    title: str
    reader: str
    as_who: str
    made_at: datetime
    copied_at: datetime | None
    tiles: Sequence[Arranged]


def words(letter: Letter) -> Mapping[str, Any]:
    """What the form shows of it."""
    at = timezone.localtime(letter.made_at)
    copied = timezone.localtime(letter.copied_at) if letter.copied_at else None
    return {
        "title": letter.title,
        "author": ["Khuê"],
        "created": {"year": at.year, "month": at.month, "day": at.day, "hour": at.hour, "minute": at.minute,
                    "second": at.second},
        "proof": None,
        "foot": _("%(title)s. In cho %(reader)s lúc %(at)s.") % {
            "title": letter.title, "reader": letter.reader, "at": f"{at:%H:%M, %d/%m/%Y}"},
        "lead": _("Số liệu trong phần %(who)s được xem%(copied)s.") % {
            "who": letter.as_who,
            "copied": _(", chép lúc %(at)s") % {"at": f"{copied:%H:%M, %d/%m/%Y}"} if copied else ""},
        "tiles": [_tile(one) for one in letter.tiles],
    }  # fmt: skip


def _tile(one: Arranged) -> dict[str, Any]:
    figure = one.figure
    if figure is None:
        return {"label": one.label, "place": one.place, "why": one.why, "form": "none"}
    longest = max((part.figure.value or 0 for part in one.ranked[:MOST_BARS]), default=0) or 1
    return {
        "label": one.label, "place": one.place, "why": "", "form": one.form, "value": figure.value,
        "unit": figure.unit, "detail": figure.detail, "flag": figure.flag.text, "kind": figure.flag.kind,
        "chart": str(one.drawn(paper=True)) if one.form == "trend" else "",
        "spoken": one.spoken,
        "bars": [
            {"label": showing.short_name(part.name), "text": showing.value_words(part.figure),
             "share": round(100 * max(0.0, (part.figure.value or 0) / longest)), "state": part.figure.state}
            for part in one.ranked[:MOST_BARS]
        ] if one.form == "bars" else [],
        "rows": [[row.label, row.value, row.detail] for row in one.lines] if one.form == "table" else [],
        "more": (_("và %(n)s đơn vị nữa") % {"n": one.more}) if one.more and one.form in ("bars", "table") else "",
    }  # fmt: skip


DESK: Final = Form("ioc.desk", "Bàn theo dõi", "command/ioc/papers/desk.typ", words)


def letter_of(actor: Actor, desk: Desk, day: date | None = None) -> Letter:
    """The desk for one reader now."""
    when = moment(actor, day)
    tiles = arranged(actor, tiles_of(desk.tiles), day=day)
    copied = when.copied_at if when else None
    return Letter(desk.title, actor.name, actor.capacity_label, timezone.now(), copied, tiles)


def drawn(actor: Actor, desk: Desk, day: date | None = None) -> bytes | None:
    """The PDF of a desk for one reader; None when nothing on it is theirs to see."""
    letter = letter_of(actor, desk, day)
    if all(one.why for one in letter.tiles):
        return None
    return papers.render(DESK, letter)
