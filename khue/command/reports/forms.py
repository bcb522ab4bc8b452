"""Shapes of input of the statistical reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.command.reports.models import Kind

KINDS = Kind.choices


def day_field(label: Any) -> forms.DateField:
    """A day by the browser's own picker; typed as dd/mm/yyyy it is understood as well."""
    return forms.DateField(
        label=label, input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Ngày này không có. Ghi như 30/09/2026.")},
    )  # fmt: skip


class DaysForm(forms.Form):
    """The days of a period."""

    as_of = day_field(_("Số liệu tính đến ngày"))
    due_on = day_field(_("Trường nộp trước hết ngày"))
    note = forms.CharField(label=_("Lời nhắn cho các trường"), max_length=300, required=False)


class OpenForm(DaysForm):
    """A period to open."""

    kind = forms.ChoiceField(label=_("Kì báo cáo"), choices=KINDS)

    field_order = ("kind", "as_of", "due_on", "note")
