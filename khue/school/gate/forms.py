"""Shapes of input of the gate."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

KINDS = (
    ("page", _("Trang đọc thẻ trên máy tính bảng, đầu đọc USB")),
    ("terminal", _("Máy đọc thẻ gửi qua mạng")),
)
DIRECTIONS = (("both", _("Vào và ra")), ("in", _("Chỉ vào")), ("out", _("Chỉ ra")))


class ReaderForm(forms.Form):
    """A new reader."""

    name = forms.CharField(label=_("Tên, chỗ đặt"), max_length=80, help_text=_("Ví dụ: Cổng chính."))
    kind = forms.ChoiceField(label=_("Loại"), choices=KINDS)
    direction = forms.ChoiceField(
        label=_("Chiều"), choices=DIRECTIONS,
        help_text=_("Ở lối vào và ra chung, lượt đầu trong ngày là vào."),
    )  # fmt: skip


class ChipForm(forms.Form):
    """The number of a chip card."""

    chip = forms.CharField(label=_("Số chip"), max_length=40, required=False)
