"""The form of one setting: a field of the declared kind, the day, the reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from khue.kernel.manifest import Setting


class SettingForm(forms.Form):
    """Value, from which day, why."""

    valid_from = forms.DateField(
        label=_("Áp dụng từ ngày"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    reason = forms.CharField(label=_("Lý do, căn cứ"), max_length=200)

    field_order = ("value", "valid_from", "reason")

    def __init__(self, setting: Setting, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"] = _field(setting)
        self.fields["valid_from"].initial = timezone.localdate
        self.order_fields(self.field_order)


def _field(setting: Setting) -> forms.Field:
    options: dict[str, Any] = {"label": _(setting.label), "help_text": setting.help and _(setting.help)}
    if setting.kind == "bool":
        return forms.TypedChoiceField(
            choices=[("1", _("Có")), ("", _("Không"))],
            coerce=bool,
            required=False,
            empty_value=False,  # type: ignore[arg-type]
            **options,
        )
    if setting.kind == "int":
        return forms.IntegerField(min_value=0, max_value=1_000_000, **options)
    if setting.kind == "choice":
        return forms.ChoiceField(choices=[(value, _(label)) for value, label in setting.choices], **options)
    if setting.kind == "date":
        return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)
    return forms.CharField(max_length=500, required=False, **options)
