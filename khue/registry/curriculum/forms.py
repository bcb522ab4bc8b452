"""Shapes of input of courses and assignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.registry.calendar.forms import day_field


class CoursesForm(forms.Form):
    """What a class takes beyond what is compulsory."""

    electives = forms.MultipleChoiceField(
        label=_("Môn lựa chọn"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    topics = forms.MultipleChoiceField(
        label=_("Cụm chuyên đề (mỗi cụm 35 tiết)"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=(),
    )
    optional = forms.MultipleChoiceField(
        label=_("Môn tự chọn"), required=False, widget=forms.CheckboxSelectMultiple, choices=()
    )
    whole_grade = forms.BooleanField(label=_("Dùng cho mọi lớp cùng khối"), required=False)

    def __init__(self, *args: Any, choices: Mapping[str, Sequence[tuple[str, str]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("electives", "topics", "optional"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices[name]
            if not choices[name]:
                del self.fields[name]


class AddTeacherForm(forms.Form):
    """A co-teacher or a substitute."""

    teacher = forms.TypedChoiceField(label=_("Giáo viên"), coerce=int, choices=())
    role = forms.ChoiceField(
        label=_("Cách dạy"),
        choices=(("substitute", _("Dạy thay")), ("co", _("Cùng dạy"))),
        widget=forms.RadioSelect,
    )
    starts_on = day_field(_("Từ ngày"))
    ends_on = day_field(_("Đến ngày"), required=False)
    periods = forms.IntegerField(
        label=_("Số tiết cả năm nhận về"), required=False, min_value=1, help_text=_("Chỉ ghi khi cùng dạy.")
    )
    reason = forms.CharField(label=_("Lý do"), required=False, max_length=120)

    def __init__(self, *args: Any, teachers: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["teacher"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Chọn")), *teachers]


class StartForm(forms.Form):
    """The day from which something holds."""

    starts_on = day_field(_("Từ ngày"))


class CopyForm(forms.Form):
    """How last year's assignments are taken over."""

    follow = forms.ChoiceField(
        label=_("Cách chép"), widget=forms.RadioSelect, initial="same",
        choices=(
            ("same", _("Giữ lớp cùng tên: dạy 8A3 năm trước thì dạy 8A3 năm nay")),
            ("follow", _("Theo học sinh lên lớp: dạy 7A3 năm trước thì dạy 8A3 năm nay")),
        ),
    )  # fmt: skip
