"""Shapes of input about days and requests: two days a column, a request with its reason, an answer with its hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

DAYS = {"invalid": _("Ngày này không có. Ghi như 05/09/2026.")}


def day_field(label: str) -> forms.DateField:
    """A day by the browser's own picker; typed as dd/mm/yyyy it is understood as well."""
    return forms.DateField(
        label=label, required=False, input_formats=["%Y-%m-%d", "%d/%m/%Y"], error_messages=DAYS,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


class DaysForm(forms.Form):
    """Two days for each column; both empty: the unit has none of its own."""

    def __init__(self, columns: Iterable[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = []
        for code, label in columns:
            self.codes.append(code)
            self.fields[f"{code}-due"] = day_field(_now("%(column)s, hạn") % {"column": label})
            self.fields[f"{code}-lock"] = day_field(_now("%(column)s, khóa") % {"column": label})
        self.fields["reason"] = forms.CharField(
            label=_("Lý do"), required=False, max_length=300,
            help_text=_("Cần khi mở lại cột đã khóa cho cả trường."),
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Both days or none."""
        cleaned = super().clean() or {}
        for code in self.codes:
            due, lock = cleaned.get(f"{code}-due"), cleaned.get(f"{code}-lock")
            if due and not lock and f"{code}-lock" not in self.errors:
                self.add_error(f"{code}-lock", _now("Ghi ngày khóa."))
            if lock and not due and f"{code}-due" not in self.errors:
                self.add_error(f"{code}-due", _now("Ghi hạn vào điểm."))
        return cleaned

    def wanted(self) -> dict[str, tuple[date, date] | None]:
        """The days by column."""
        found: dict[str, tuple[date, date] | None] = {}
        for code in self.codes:
            due, lock = self.cleaned_data.get(f"{code}-due"), self.cleaned_data.get(f"{code}-lock")
            found[code] = (due, lock) if due and lock else None
        return found


class AskForm(forms.Form):
    """Which columns, for whom, and why."""

    slots = forms.TypedMultipleChoiceField(
        label=_("Cột cần mở"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    enrolment = forms.TypedChoiceField(label=_("Cho em"), coerce=int, empty_value=None, required=False)
    reason = forms.CharField(
        label=_("Lý do"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Em nào, bài nào, sai ở đâu, căn cứ vào đâu. Ban giám hiệu đọc và lưu lại."),
    )  # fmt: skip

    def __init__(
        self, columns: Sequence[tuple[int, str]], pupils: Sequence[tuple[int, str]], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slots"].choices = columns  # type: ignore[attr-defined]
        self.fields["enrolment"].choices = [("", _("Cả lớp")), *pupils]  # type: ignore[attr-defined]


class DecideForm(forms.Form):
    """For how long, and what to tell the teacher."""

    hours = forms.IntegerField(label=_("Mở trong bao nhiêu giờ"), min_value=1, max_value=336)
    answer = forms.CharField(
        label=_("Nhắn giáo viên"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Phải có khi không mở."),
    )  # fmt: skip


class ExplainForm(forms.Form):
    """How it came about."""

    explanation = forms.CharField(
        label=_("Giải thích"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Vì sao điểm như vậy. Điểm sai thì sửa trong sổ, cột đã khóa thì xin mở khóa."),
    )  # fmt: skip
