"""What progress shows on the first page: own sheets that are late or due this week, the school, the schools below."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access import roles
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure, PanelLine
from khue.school.gradebook.progress import percent_of
from khue.school.gradebook.queries import panels as reads
from khue.ui.words import date_vi, datetime_vi, number_vi

MOST = 6


def own_sheets(actor: Actor) -> Panel | None:
    """Teachers: their sheets with columns that are late, or due within a week; two queries."""
    courses, classes = (
        actor.reach("gradebook.enter").course_ids,
        actor.reach("gradebook.enter_class").class_ids,
    )
    if not courses and not classes:
        return None
    today = timezone.localdate()
    found = reads.own_lines(actor, today)
    late = [line for line in found if line.late]
    soon = reads.all_due_soon(found, today, today + timedelta(days=7))
    lines = [
        PanelLine(
            f"{line.short} {line.class_name}",
            reads.all_sheet_address(line.id),
            _("còn trống %(columns)s") % {"columns": line.late_text},
            _("chậm %(n)s ô") % {"n": line.counted.late},
        )
        for line in late[:MOST]
    ]
    lines += [
        PanelLine(
            f"{line.short} {line.class_name}", reads.all_sheet_address(line.id), column,
            _("hạn %(day)s") % {"day": date_vi(due)},
        )
        for line, column, due in soon[: max(0, MOST - len(lines))]
    ]  # fmt: skip
    if not lines:
        return None
    return Panel(
        _("Vào điểm"), lines=lines, url=address("gradebook:sheets"), url_label=_("Sổ điểm của tôi"), order=15
    )


def of_school(actor: Actor) -> Panel | None:
    """Heads: late sheets, requests that wait, what looks odd; one query."""
    if roles.PRINCIPAL not in actor.roles and roles.VICE_PRINCIPAL not in actor.roles:
        return None
    found = reads.totals(actor)
    if found is None:
        return None
    page = address("gradebook:progress")
    at = _("số liệu lúc %(at)s") % {"at": datetime_vi(found.at)}
    return Panel(
        _("Vào điểm học kì %(term)s") % {"term": "I" * found.term},
        figures=(
            PanelFigure(
                _("Sổ chậm"), number_vi(found.late_sheets), _("sổ"), at, page, "wait" if found.late_sheets else "",
            ),
            PanelFigure(
                _("Chờ mở khóa"), number_vi(found.unlocks), _("yêu cầu"), at,
                f"{address('gradebook:unlocks')}?tinh-trang=asked", "wait" if found.unlocks else "",
            ),
            PanelFigure(_("Cần xem lại"), number_vi(found.findings), _("điều"), at, address("gradebook:findings")),
        ),
        url=page,
        url_label=_("Tiến độ vào điểm"),
        order=14,
    )  # fmt: skip


def of_area(actor: Actor) -> Panel | None:
    """Officers: how much of what is due has been entered, and how many schools are late; one query."""
    if actor.roles.isdisjoint(roles.OVERSEERS):
        return None
    found = reads.totals(actor)
    if found is None:
        return None
    page = address("gradebook:progress")
    at = _("số liệu lúc %(at)s") % {"at": datetime_vi(found.at)}
    percent = percent_of(found.done, found.due)
    done = _("%(done)s / %(due)s ô đến hạn") % {"done": number_vi(found.done), "due": number_vi(found.due)}
    return Panel(
        _("Vào điểm học kì %(term)s") % {"term": "I" * found.term},
        figures=(
            PanelFigure(
                _("Đã vào"), "–" if percent is None else percent, "" if percent is None else "%", done, page
            ),
            PanelFigure(
                _("Trường chậm"),
                number_vi(found.late_schools),
                _("/ %(n)s") % {"n": number_vi(found.schools)},
                at,
                page,
            ),
            PanelFigure(_("Sổ chậm"), number_vi(found.late_sheets), _("sổ"), at, page),
        ),
        url=page,
        url_label=_("Tiến độ vào điểm"),
        order=14,
    )
