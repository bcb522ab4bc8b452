"""The lines of the unit tree, drawn in Python: a template takes ten times as long for the two hundred of a province."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.kernel.org.models import UnitKind
from khue.ui.templatetags.ui import icon
from khue.ui.words import number_vi

register = template.Library()


def _pattern(name: str) -> str:
    return reverse(name, args=[0]).replace("0", "{}", 1)


@register.simple_tag
def unit_lines(units: Iterable[Any]) -> SafeString:
    """One level of the tree; what lies below a unit is fetched when its line is opened."""
    page, below = _pattern("org:unit"), _pattern("org:below")
    kinds = {value: str(escape(label)) for value, label in UnitKind.choices}
    campuses, others, closed = escape(_("điểm trường")), escape(_("đơn vị")), escape(_("đã giải thể"))
    opened, see, arrow = _("Mở %(name)s"), escape(_("Xem đơn vị trực thuộc")), icon("chevron-right")
    lines = []
    for unit in units:
        address, name = page.format(unit.pk), escape(unit.name)
        parts = [kinds.get(unit.kind, "")]
        if unit.levels:
            parts.append(escape(", ".join(unit.levels)))
        if unit.below:
            parts.append(f"{number_vi(unit.below)} {campuses if unit.is_school else others}")
        if not unit.is_open:
            parts.append(closed)
        line = f'<li><a class="plain" href="{address}">{name}</a> <small class="muted">{" · ".join(parts)}</small>'
        if unit.below:
            line += (
                f'<details><summary hx-get="{below.format(unit.pk)}" hx-target="next .unit-below" '
                'hx-trigger="click once" hx-swap="innerHTML"><span class="visually-hidden">'
                f'{escape(opened % {"name": unit.name})}</span>{arrow}</summary><div class="unit-below">'
                f'<p class="sm muted no-js"><a href="{address}">{see}</a></p></div></details>'
            )
        lines.append(f"{line}</li>")
    return SafeString(f'<ul class="unit-tree">{"".join(lines)}</ul>')
