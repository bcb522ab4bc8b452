"""What roll call puts on the first page: own classes not taken yet; the school's and those below, as last counted."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure, PanelLine
from khue.school.attendance import words
from khue.school.attendance.models import DayState
from khue.school.attendance.queries import oversight
from khue.school.attendance.views.asked import roll_address
from khue.ui.words import number_vi, time_vi


def own_classes(actor: Actor) -> Panel | None:
    """Homeroom teachers: sessions of their classes that have begun and whose roll nobody took; one query."""
    day = timezone.localdate()
    missing = [one for one in oversight.own_turns(actor, day) if one.is_missing]
    if not missing:
        return None
    lines = [
        PanelLine(
            _("Hôm nay chưa điểm danh: %(name)s") % {"name": one.class_name},
            roll_address(one.classroom_id, day, one.session),
            words.session_name(one.session),
            _("quá giờ") if one.is_over else "",
        )
        for one in missing
    ]
    page = address("attendance:today")
    return Panel(_("Điểm danh"), lines=lines, url=page, url_label=_("Lớp trong ngày"), order=5)


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
