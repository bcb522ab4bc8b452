"""What the roster shows on the first page: head counts, own classes."""

from __future__ import annotations

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from khue.kernel.access.actor import Actor
from khue.kernel.access.roles import HOMEROOM_TEACHER, TEACHERS
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure, PanelLine
from khue.registry.roster.models import Classroom, HeadCount
from khue.ui.words import number_vi


def head_counts(actor: Actor) -> Panel | None:
    """Officers, heads and clerks: how many pupils in their reach today; one query."""
    if not actor.holds("roster.view_counts"):
        return None
    found = (
        HeadCount.objects.visible_to(actor, "roster.view_counts")
        .filter(valid_to__isnull=True, pupils__gt=0)
        .aggregate(
            pupils=Sum("pupils"), girls=Sum("girls"), minority=Sum("minority"),
            classes=Count("classroom_id", distinct=True), schools=Count("school_id", distinct=True),
        )
    )  # fmt: skip
    if not found["pupils"]:
        return None
    counts, source = address("roster:counts"), _("theo biến động đã ghi")
    figures = [PanelFigure(_("Học sinh"), number_vi(found["pupils"]), _("em"), source, counts)]
    figures.append(PanelFigure(_("Nữ"), number_vi(found["girls"]), _("em"), source, counts))
    figures.append(
        PanelFigure(
            pgettext("menu", "Lớp"),
            number_vi(found["classes"]),
            _("lớp"),
            _("có học sinh"),
            address("roster:classes"),
        )
    )
    if found["schools"] > 1:
        figures.append(
            PanelFigure(
                _("Trường"), number_vi(found["schools"]), _("trường"), _("có học sinh"), address("org:tree")
            )
        )
    else:
        figures.append(
            PanelFigure(_("Dân tộc thiểu số"), number_vi(found["minority"]), _("em"), source, counts)
        )
    return Panel(
        _("Học sinh hôm nay"),
        figures=figures,
        url=counts,
        url_label=_("Xem chi tiết") if counts else "",
        order=10,
    )


def my_classes(actor: Actor) -> Panel | None:
    """Teachers: the classes they teach and the one they are homeroom teacher of, with today's numbers; one query."""
    home = {g.scope_id for g in actor.grants if g.role == HOMEROOM_TEACHER and g.scope_kind == "class"}
    mine = home | {g.scope_id for g in actor.grants if g.role in TEACHERS and g.scope_kind == "class"}
    if not mine:
        return None
    now = Q(enrolments__is_current=True, enrolments__status__in=("studying", "suspended"))
    rows = (
        Classroom.objects.filter(pk__in=mine)
        .annotate(n=Count("enrolments", filter=now), school_name=F("school__name"))
        .order_by("sort_key")
        .values_list("pk", "name", "n", "school_name")
    )
    pupils = address("roster:pupils")
    lines = [
        PanelLine(
            _("Lớp %(name)s") % {"name": name},
            f"{pupils}?class={pk}" if pupils else "",
            _("chủ nhiệm") if pk in home else "",
            ngettext("%(n)s em", "%(n)s em", n) % {"n": n},
        )
        for pk, name, n, _school in rows
    ]
    return Panel(
        _("Lớp của tôi"), lines=lines, url=address("roster:classes"), url_label=_("Các lớp"), order=20
    )
