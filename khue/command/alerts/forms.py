"""Shapes of input: giving an alert to somebody, a reason, a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.command.alerts.models import Compare, Floor
from khue.command.alerts.readings import Source
from khue.command.alerts.recipients import TOLD
from khue.kernel.access.roles import ROLES


class AssignForm(forms.Form):
    """To whom, by when, with which words."""

    person = forms.TypedChoiceField(label=_("Giao cho"), coerce=int)
    due = forms.DateField(
        label=_("Xong trước hết ngày"), required=False, input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        error_messages={"invalid": _("Ngày này không có. Ghi như 05/09/2026.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Dặn thêm"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, people: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", ""), *people]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=_("Lý do"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Lưu trong lịch sử của cảnh báo, người ở cấp trên đọc được."),
    )  # fmt: skip


class DecimalField(forms.FloatField):
    """A number typed the Vietnamese way: 12,5 and 12.5 are the same."""

    widget = forms.TextInput(attrs={"inputmode": "decimal"})

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]
        """The number."""
        if isinstance(value, str):
            value = value.strip().replace(",", ".")
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        """As it is shown again: a whole number without decimals, a comma otherwise."""
        if isinstance(value, float):
            return str(int(value)) if value.is_integer() else str(value).replace(".", ",")
        return value


NOT_A_NUMBER = {"invalid": _("Ghi một số, như 12,5.")}


def _days(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=366, required=False, help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}), error_messages={"invalid": _("Ghi số ngày.")},
    )  # fmt: skip


class RuleForm(forms.Form):
    """A rule: what is watched, how it is held against its bounds, how long, who is told."""

    name = forms.CharField(label=_("Tên quy tắc"), max_length=120)
    figure = forms.ChoiceField(label=_("Số liệu theo dõi"))
    floor = forms.ChoiceField(label=_("Xét ở"), choices=Floor.choices)
    compare = forms.ChoiceField(label=_("So thế nào"), choices=Compare.choices)
    window_days = _days(_("So với bao nhiêu ngày trước"), _("Chỉ cần khi so tăng, giảm."))
    amber = DecimalField(label=_("Mức cần chú ý"), required=False, error_messages=NOT_A_NUMBER)
    red = DecimalField(label=_("Mức báo động"), required=False, error_messages=NOT_A_NUMBER)
    margin = DecimalField(
        label=_("Khoảng đệm"), required=False, error_messages=NOT_A_NUMBER,
        help_text=_("Chỉ dịu khi số liệu tốt hơn mức từng này."),
    )  # fmt: skip
    lasts_days = _days(_("Kéo dài bao nhiêu ngày mới tính"), _("0: mở ngay, ổn thì đóng ngay."))
    repeat_days = _days(
        _("Nhắc lại sau bao nhiêu ngày"), _("0: chỉ báo một lần. Đã có người nhận thì thôi nhắc.")
    )
    quiet_days = _days(
        _("Đóng tay thì yên bao nhiêu ngày"), _("Trong thời gian đó chỉ mở lại khi xấu hơn lúc đóng.")
    )
    months = forms.TypedMultipleChoiceField(
        label=_("Theo dõi trong các tháng"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(n, str(n)) for n in range(1, 13)], help_text=_("Không chọn tháng nào là cả năm."),
    )  # fmt: skip
    roles = forms.MultipleChoiceField(
        label=_("Báo cho"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(role, ROLES[role].label) for role in TOLD],
        help_text=_("Người giữ vai này ở đơn vị bị cảnh báo hoặc ở cấp trên nó; mỗi người mỗi ngày một tin."),
    )  # fmt: skip
    advice = forms.CharField(
        label=_("Nên làm gì"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, sources: Sequence[Source], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        counts = [(one.name, f"{one.label} ({one.unit})") for one in sources if not one.is_indicator]
        kept = [(one.name, f"{one.label} ({one.unit})") for one in sources if one.is_indicator]
        groups = [(_("Đếm tại chỗ"), counts), (_("Chỉ tiêu giữ theo ngày"), kept)]
        self.fields["figure"].choices = [("", ""), *(group for group in groups if group[1])]  # type: ignore[attr-defined]

    def wanted(self) -> dict[str, Any]:
        """The values of the rule."""
        found = dict(self.cleaned_data)
        for name in ("margin", "window_days", "lasts_days", "repeat_days", "quiet_days"):
            found[name] = found.get(name) or 0
        return found
