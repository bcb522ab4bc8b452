"""Shape of input for roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actions import grantable
from khue.kernel.access.actor import Actor
from khue.kernel.access.roles import ROLES


class GiveForm(forms.Form):
    """Who gets which role where, from when, and why."""

    person = forms.CharField(
        label=_("Người nhận"),
        max_length=60,
        help_text=_("Tên đăng nhập, mã định danh hoặc mã Khuê, gõ đúng cả mã."),
    )
    role = forms.ChoiceField(label=_("Vai"))
    unit = forms.CharField(
        label=_("Mã đơn vị"), max_length=40, help_text=_("Ví dụ THCS-LQD; xem ở cây đơn vị.")
    )
    starts_on = forms.DateField(label=_("Từ ngày"), input_formats=["%d/%m/%Y", "%Y-%m-%d"])
    ends_on = forms.DateField(
        label=_("Đến trước ngày"), input_formats=["%d/%m/%Y", "%Y-%m-%d"], required=False
    )
    reason = forms.CharField(label=_("Căn cứ"), max_length=200, help_text=_("Số và ngày quyết định."))

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"starts_on": timezone.localdate().strftime("%d/%m/%Y")})
        super().__init__(*args, **kwargs)
        choices: Any = [(code, ROLES[code].label) for code in grantable(actor)]
        self.fields["role"].choices = choices  # type: ignore[attr-defined]
