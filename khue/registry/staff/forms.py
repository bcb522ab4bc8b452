"""Shapes of input of staff records."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from khue.lib import names
from khue.lib.codes import CodeProblem, check_ministry_code
from khue.lib.ethnic_groups import GROUPS
from khue.lib.personal_id import clean_personal_id, personal_id_problems
from khue.lib.phones import PhoneProblem, normalise_phone
from khue.registry.calendar.forms import day_field
from khue.registry.staff.choices import DUTIES, LEAVINGS, POSTS, POWER_POSTS
from khue.ui.words import translated

ETHNICITIES = (("", _("Chưa ghi")), *((code, group.name) for code, group in GROUPS.items()))


class PersonFields(forms.Form):
    """What a staff file says of the person."""

    full_name = forms.CharField(label=_("Họ và tên"), max_length=100)
    birth_date = day_field(_("Ngày sinh"))
    sex = forms.TypedChoiceField(label=_("Giới tính"), choices=((1, _("Nam")), (2, _("Nữ"))), coerce=int)
    ministry_code = forms.CharField(label=_("Mã định danh Bộ GD&ĐT"), required=False, max_length=20)
    personal_id = forms.CharField(label=_("Số định danh cá nhân"), required=False, max_length=20)
    ethnicity = forms.ChoiceField(label=_("Dân tộc"), required=False, choices=ETHNICITIES)
    phone = forms.CharField(label=_("Điện thoại"), required=False, max_length=20)
    email = forms.EmailField(label=_("Thư điện tử"), required=False)
    home_town = forms.CharField(label=_("Quê quán"), required=False, max_length=200)
    address = forms.CharField(label=_("Chỗ ở"), required=False, max_length=200)

    def clean_full_name(self) -> str:
        """The name as names are written."""
        text = names.normalise_name(self.cleaned_data["full_name"])
        problem = names.name_problem(text)
        if problem:
            raise ValidationError(translated(problem))
        return text

    def clean_ministry_code(self) -> str:
        """Ten digits, or nothing."""
        text = self.cleaned_data["ministry_code"].strip()
        if not text:
            return ""
        try:
            return check_ministry_code(text)
        except CodeProblem as problem:
            raise ValidationError(translated(problem.message)) from problem

    def clean_personal_id(self) -> str:
        """Twelve digits that can be a personal number, or nothing."""
        text = clean_personal_id(self.cleaned_data["personal_id"])
        fatal = (
            [finding.message for finding in personal_id_problems(text) if finding.code.is_fatal]
            if text
            else []
        )
        if fatal:
            raise ValidationError(translated(fatal[0]))
        return text

    def clean_phone(self) -> str:
        """A telephone number in its international form, or nothing."""
        text = self.cleaned_data["phone"].strip()
        if not text:
            return ""
        try:
            return normalise_phone(text)
        except PhoneProblem as problem:
            raise ValidationError(translated(problem.message)) from problem


class MemberFields(forms.Form):
    """What a staff file says of the work."""

    subjects_text = forms.CharField(
        label=_("Môn dạy"),
        required=False,
        max_length=200,
        help_text=_("Nhiều môn thì cách nhau bằng dấu phẩy."),
    )
    title_code = forms.CharField(
        label=_("Mã chức danh nghề nghiệp"), required=False, max_length=20, help_text=_("Như V.07.04.31.")
    )
    qualification = forms.CharField(label=_("Trình độ chuyên môn"), required=False, max_length=60)
    contract = forms.CharField(label=_("Hình thức hợp đồng"), required=False, max_length=60)
    joined_sector_on = day_field(_("Ngày vào ngành"), required=False)
    standard_result = forms.CharField(label=_("Chuẩn nghề nghiệp"), required=False, max_length=40)
    note = forms.CharField(label=_("Ghi chú"), required=False, max_length=300)


class AddForm(PersonFields, MemberFields):
    """A new member of staff; `person` says who is meant when somebody like that is on record already."""

    post = forms.ChoiceField(label=_("Vị trí việc làm"), choices=POSTS)
    starts_on = day_field(_("Nhận việc từ ngày"))
    person = forms.CharField(required=False, widget=forms.HiddenInput)


class EditForm(PersonFields, MemberFields):
    """A staff file as it is now; `version` tells whether somebody else was quicker."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class AppointForm(forms.Form):
    """A post to be given."""

    post = forms.ChoiceField(label=_("Chức vụ"), choices=(*POWER_POSTS, *POSTS))
    starts_on = day_field(_("Từ ngày"))
    decision = forms.CharField(label=_("Quyết định số"), required=False, max_length=100)
    is_main = forms.BooleanField(
        label=_("Chức vụ chính, thay chức vụ chính đang giữ"), required=False, initial=True
    )


class EndForm(forms.Form):
    """The end of a post."""

    on = day_field(_("Thôi từ ngày"))
    decision = forms.CharField(label=_("Quyết định số"), required=False, max_length=100)


class LeaveForm(forms.Form):
    """A leaving, for good or for a time."""

    status = forms.ChoiceField(label=_("Tình trạng mới"), choices=LEAVINGS, widget=forms.RadioSelect)
    on = day_field(_("Từ ngày"))
    reason = forms.CharField(label=_("Căn cứ, lý do"), required=False, max_length=200)


class DayForm(forms.Form):
    """One day."""

    on = day_field(_("Từ ngày"))


class DutyForm(forms.Form):
    """A duty of the year."""

    kind = forms.ChoiceField(label=_("Việc kiêm nhiệm"), choices=DUTIES)
    periods = forms.DecimalField(
        label=_("Số tiết giảm mỗi tuần"), min_value=0, max_value=10, decimal_places=1, localize=True,
        help_text=_("Để trống thì lấy theo TT 05/2025."), required=False,
    )  # fmt: skip
    note = forms.CharField(label=_("Ghi chú"), required=False, max_length=120)


def initial_of(person: Any, member: Any) -> dict[str, Any]:
    """The values an edit form begins with."""
    return {
        **{name: getattr(person, name) for name in PersonFields.base_fields},
        **{name: getattr(member, name) for name in MemberFields.base_fields},
        "version": person.version,
    }
