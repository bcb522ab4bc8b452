"""What the first page shows of cards: those that wait for one's signature, how far the schools below have come."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure, PanelLine
from khue.school.report_cards.queries import groups, progress
from khue.school.report_cards.waiting import KEYS, TITLES
from khue.ui.words import datetime_vi, number_vi

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


def of_area(actor: Actor) -> Panel | None:
    """Officers: how many cards are issued, handed in and taken in, of the newest year that has any; one query."""
    if actor.roles.isdisjoint(roles.OVERSEERS):
        return None
    found = progress.totals(actor)
    if found is None:
        return None
    page = f"{address('report_cards:progress')}?nam={found.year}"
    inbox = (
        f"{address('report_cards:receive')}?nam={found.year}" if actor.holds("report_cards.receive") else page
    )
    of = _("%(n)s / %(all)s học bạ") % {"n": number_vi(found.issued), "all": number_vi(found.pupils)}
    at = _("số liệu lúc %(at)s") % {"at": datetime_vi(found.at)}
    percent = found.issued * 100 // found.pupils if found.pupils else 0
    return Panel(
        _("Ký học bạ năm học %(year)s") % {"year": f"{found.year} – {found.year + 1}"},
        figures=(
            PanelFigure(_("Đã cấp"), percent, "%", of, page),
            PanelFigure(
                _("Trường chưa cấp xong"), number_vi(found.unfinished),
                _("/ %(n)s") % {"n": number_vi(found.schools)}, at, page,
            ),
            PanelFigure(
                _("Chờ Sở nhận"), number_vi(found.submitted), _("học bạ"),
                _("%(n)s đã nhận") % {"n": number_vi(found.accepted)}, inbox, "wait" if found.submitted else "",
            ),
        ),
        url=page,
        url_label=_("Tiến độ ký học bạ"),
        order=16,
    )  # fmt: skip
