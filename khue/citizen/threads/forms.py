"""What somebody types to announce something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.registry.calendar.forms import day_field


class WordsForm(forms.Form):
    """What an announcement says, until when, and whether it asks for confirming."""

    title = forms.CharField(label=_("Tiêu đề"), max_length=160)
    text = forms.CharField(label=_("Nội dung"), max_length=4000, widget=forms.Textarea(attrs={"rows": 8}))
    expires_on = day_field(_("Hiện đến hết ngày"))
    needs_confirming = forms.BooleanField(label=_("Cần xác nhận đã đọc"), required=False)


class AnnounceForm(WordsForm):
    """A new announcement: to whom, with what beside it, and whether it is an emergency."""

    to = forms.ChoiceField(label=_("Gửi đến"))
    file = forms.FileField(label=_("Tệp kèm theo"), required=False)
    is_emergency = forms.BooleanField(label=_("Khẩn cấp: báo ngay, cả trong giờ yên lặng"), required=False)
    reason = forms.CharField(label=_("Lý do báo khẩn cấp"), max_length=300, required=False)
    field_order = ("to", "title", "text", "file", "expires_on", "needs_confirming", "is_emergency", "reason")

    def __init__(
        self, *args: Any, choices: Sequence[tuple[str, Any]], may_alarm: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = choices  # type: ignore[attr-defined]
        if not may_alarm:
            del self.fields["is_emergency"]
            del self.fields["reason"]
