"""What is open, on the first page of those who oversee."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from khue.command.alerts import queries, words
from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import Panel, PanelFigure, PanelLine
from khue.ui.words import number_vi

SHOWN: Final = 4


def open_alerts(actor: Actor) -> Panel | None:
    """Officers and heads: how many are red, amber, taken on by nobody, and the worst; one query."""
    if not actor.holds("alerts.view"):
        return None
    counted, rows = queries.worst(actor, SHOWN)
    if not counted.red + counted.amber:
        return None
    page, still = address("alerts:alerts"), _("đang mở")
    lines = [
        PanelLine(
            row["unit"], reverse("alerts:alert", args=[row["id"]]), f"{row['rule']}: {row['said']}".rstrip(": "),
            str(words.STEPS[row["step"]]),
        )
        for row in rows
    ]  # fmt: skip
    return Panel(
        _("Cảnh báo"),
        figures=(
            PanelFigure(
                _("Báo động"), number_vi(counted.red), "", still, f"{page}?muc=red", "bad" if counted.red else ""
            ),
            PanelFigure(_("Cần chú ý"), number_vi(counted.amber), "", still, f"{page}?muc=amber"),
            PanelFigure(
                _("Chưa ai nhận"), number_vi(counted.waiting), "", _("trong số đó"), f"{page}?tinh-trang=chua-nhan"
            ),
        ),
        lines=lines,
        url=page,
        url_label=_("Mọi cảnh báo"),
        order=12,
    )  # fmt: skip
