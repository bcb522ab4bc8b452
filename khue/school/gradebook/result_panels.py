"""What results show on the first page: the homeroom teacher what is missing, the head which classes wait."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure, PanelLine
from khue.school.gradebook import terms
from khue.school.gradebook.queries import result_panels as queries


def my_class_results(actor: Actor) -> Panel | None:
    """Homeroom teachers: how far the results of their class have come in the running term; one question."""
    lines = []
    for one in queries.own_classes(actor):
        if one.state == "approved":
            end = _("đã duyệt")
        elif one.state == "submitted":
            end = _("chờ hiệu trưởng duyệt")
        elif one.missing:
            end = _("còn thiếu %(n)s kết quả môn") % {"n": one.missing}
        else:
            end = _("đủ kết quả môn, trình được")
        detail = _("Trả lại: %(words)s") % {"words": one.returned_for} if one.returned_for else ""
        name = _("Lớp %(name)s, %(term)s") % {"name": one.name, "term": terms.words(one.term)}
        url = reverse("gradebook:class_results", args=[one.id])
        lines.append(PanelLine(name, f"{url}?ky={one.term}", detail, end))
    if not lines:
        return None
    return Panel(
        _("Kết quả lớp chủ nhiệm"),
        lines=lines,
        url=address("gradebook:results"),
        url_label=_("Xem kết quả"),
        order=30,
    )


def classes_waiting(actor: Actor) -> Panel | None:
    """Heads: the classes whose results wait to be approved; one question."""
    url = address("gradebook:results")
    figures = [
        PanelFigure(
            _("Chờ duyệt %(period)s") % {"period": terms.words(period)}, number, _("lớp"), "",
            f"{url}?ky={terms.key_of(period)}" if url else "", "wait",
        )
        for period, number in queries.waiting_classes(actor)
    ]  # fmt: skip
    if not figures:
        return None
    return Panel(_("Kết quả chờ duyệt"), figures=figures, url=url, url_label=_("Xem các lớp"), order=25)
