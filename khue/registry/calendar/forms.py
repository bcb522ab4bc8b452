"""Shapes of input of the calendar."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.kernel.actions import DomainError

KINDS = (
    ("holiday", _("Nghỉ lễ, nghỉ theo lịch")),
    ("closure", _("Nghỉ học (thiên tai, dịch bệnh)")),
    ("makeup", _("Học bù")),
    ("exam", _("Kiểm tra, thi")),
    ("event", _("Sự kiện")),
)


def show_refusal(form: forms.BaseForm, problem: DomainError) -> None:
    """Put what a rule said beside the fields it speaks of, the rest above the form."""
    fields = {name: words for name, words in problem.fields.items() if name in form.fields}
    for name, words in fields.items():
        form.add_error(name, words)
    if not fields or problem.message not in fields.values():
        form.add_error(None, problem.message)


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    """A day by the browser's own picker; typed as dd/mm/yyyy it is understood as well."""
    return forms.DateField(
        label=label, required=required, input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Ngày này không có. Ghi như 05/09/2026.")},
    )  # fmt: skip


class SpecialDayForm(forms.Form):
    """A span of days that is not like others."""

    kind = forms.ChoiceField(label=_("Loại"), choices=KINDS)
    name = forms.CharField(label=_("Tên, lý do"), max_length=120)
    starts_on = day_field(_("Từ ngày"))
    ends_on = day_field(_("Đến hết ngày"))


class FrameForm(forms.Form):
    """A new school year, or a new frame of one."""

    year = forms.IntegerField(
        label=_("Năm học bắt đầu từ năm"), min_value=2018, max_value=2100,
        help_text=_("2027 là năm học 2027 – 2028."),
    )  # fmt: skip
    first_lesson_day = day_field(_("Ngày học đầu tiên"))
    break_from = day_field(_("Nghỉ Tết từ ngày"))
    break_to = day_field(_("Nghỉ Tết đến hết ngày"))


REASONS = (
    ("storm", _("Bão, áp thấp nhiệt đới")),
    ("flood", _("Mưa lũ, sạt lở")),
    ("cold", _("Rét đậm, rét hại")),
    ("epidemic", _("Dịch bệnh")),
    ("other", _("Lí do khác")),
)


class ClosureForm(forms.Form):
    """Lessons at school stop for a while."""

    reason = forms.ChoiceField(label=_("Lí do"), choices=REASONS)
    starts_on = day_field(_("Nghỉ từ ngày"))
    is_from_noon = forms.BooleanField(label=_("Sáng hôm ấy vẫn học, nghỉ từ buổi chiều"), required=False)
    ends_on = day_field(_("Nghỉ đến hết ngày"), required=False)
    at_home = forms.BooleanField(label=_("Học sinh học ở nhà trong những ngày này"), required=False)
    note = forms.CharField(
        label=_("Lời nhắn gửi phụ huynh và giáo viên"), max_length=300, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].help_text = _("Chưa biết thì để trống: nghỉ đến khi mở lại.")


class LastDayForm(forms.Form):
    """Another last day of a closure."""

    ends_on = day_field(_("Nghỉ đến hết ngày"), required=False)


class FirstDayForm(forms.Form):
    """The day on which lessons go on."""

    on = day_field(_("Học lại từ ngày"))
