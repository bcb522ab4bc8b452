"""What the first page shows of cards that wait for one's signature."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.manifest import Panel, PanelLine
from khue.school.report_cards.queries import groups
from khue.school.report_cards.waiting import KEYS, TITLES

LINES = 6


def waiting(actor: Actor) -> Panel | None:
    """Whoever signs: the classes whose cards wait, nearest first; one question."""
    if not actor.holds("report_cards.sign"):
        return None
    found = groups.groups(actor)
    if not found:
        return None
    lines = [
        PanelLine(
            _("Lớp %(name)s, năm học %(year)s") % {"name": one.classroom, "year": one.year_label},
            reverse("report_cards:class_to_sign", args=[KEYS[one.step], one.classroom_id]),
            one.subjects or str(TITLES[one.step]),
            _("%(n)s học bạ") % {"n": one.count},
        )
        for one in found[:LINES]
    ]
    total = sum(one.count for one in found)
    return Panel(
        _("%(n)s học bạ chờ thầy cô ký") % {"n": total},
        lines=lines,
        url=reverse("report_cards:waiting"),
        url_label=_("Xem và ký"),
        order=15,
    )
