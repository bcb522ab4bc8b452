"""The form of a new key."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TokenForm(forms.Form):
    """What the key is for and how long it lives."""

    label = forms.CharField(
        label=_("Dùng cho"), max_length=100, help_text=_("Ví dụ: phần mềm thư viện của trường")
    )
    days = forms.TypedChoiceField(
        label=_("Có hiệu lực"), coerce=int, initial=90,
        choices=((30, _("30 ngày")), (90, _("90 ngày")), (180, _("180 ngày")), (365, _("một năm"))),
    )  # fmt: skip
