"""What roll call puts on the first page: sessions not taken at the school or below it, as last counted."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure
from khue.school.attendance.models import DayState
from khue.school.attendance.queries import oversight
from khue.ui.words import number_vi, time_vi


def of_school(actor: Actor) -> Panel | None:
    """Heads: sessions of today whose roll is missing; one query, from the last count."""
    if actor.roles.isdisjoint(roles.SCHOOL_OFFICE) or not actor.unit_id:
        return None
    found = oversight.all_tally(actor.unit_id, timezone.localdate())
    if found is None or found[0] != DayState.LESSONS:
        return None
    _state, _classes, _planned, due, taken, on_time, at = found
    page, seen = address("attendance:oversight"), _("đếm lúc %(at)s") % {"at": time_vi(at)}
    of = _("/ %(n)s buổi") % {"n": number_vi(due)}
    return Panel(
        _("Điểm danh hôm nay"),
        figures=(
            PanelFigure(
                _("Chưa điểm danh"), number_vi(due - taken), of, seen, page, "wait" if due > taken else ""
            ),
            PanelFigure(_("Đúng giờ"), number_vi(on_time), of, seen, page),
        ),
        url=page,
        url_label=_("Lớp chưa điểm danh"),
        order=6,
    )


def of_area(actor: Actor) -> Panel | None:
    """Officers: how many of the rolls due today were taken, and in how many schools one is missing; one query."""
    if actor.roles.isdisjoint(roles.OVERSEERS) or not actor.unit_id:
        return None
    found = oversight.all_sum(actor.unit_id, timezone.localdate())
    if found is None or not found[2]:
        return None
    due, taken, schools, behind, at = found
    page, seen = address("attendance:oversight"), _("đếm lúc %(at)s") % {"at": time_vi(at)}
    return Panel(
        _("Điểm danh hôm nay"),
        figures=(
            PanelFigure(
                _("Buổi đã điểm danh"), number_vi(taken), _("/ %(n)s") % {"n": number_vi(due)}, seen, page
            ),
            PanelFigure(
                _("Trường còn thiếu"), number_vi(behind), _("/ %(n)s") % {"n": number_vi(schools)}, seen, page,
                "wait" if behind else "",
            ),
        ),
        url=page,
        url_label=_("Trường chưa điểm danh"),
        order=6,
    )  # fmt: skip
