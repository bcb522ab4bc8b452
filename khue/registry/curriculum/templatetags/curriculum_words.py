"""Words for loads, shortages and levels."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from khue.registry.curriculum.listing import LEVEL_NAMES, difference_words
from khue.ui.templatetags.ui import badge, quiet
from khue.ui.words import number_vi

register = template.Library()


@register.filter
def level_name(level: str) -> str:
    """The name of a level."""
    return str(LEVEL_NAMES.get(level, level))


@register.filter
def short_or_over(number: Any) -> SafeString:
    """`thiếu 3`, `thừa 1`, `đủ`, with sign and colour."""
    if number < 0:
        return quiet("bad", difference_words(number), "arrow-down")
    return quiet(
        "wait" if number > 0 else "ok", difference_words(number), "arrow-up" if number > 0 else "check"
    )


@register.filter
def load_words(load: Any) -> SafeString:
    """A year's periods against those required; what passes 150 % stands out."""
    if load.kind == "beyond":
        return badge(
            "bad", _("vượt %(n)s tiết, quá 150 %%") % {"n": number_vi(load.difference)}, "alert-triangle"
        )
    if load.kind == "over":
        return quiet("wait", _("vượt %(n)s tiết") % {"n": number_vi(load.difference)}, "arrow-up")
    if load.kind == "under":
        return quiet("", _("thiếu %(n)s tiết") % {"n": number_vi(-load.difference)}, "arrow-down")
    return quiet("ok", _("đủ"))
