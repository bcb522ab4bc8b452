"""The shape of what is typed on the pages of the roster; what may follow from it is the actions' business."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from khue.lib import names
from khue.lib.codes import CodeProblem, check_ministry_code
from khue.lib.dates import DateProblem, ParsedDate, format_date, parse_date
from khue.lib.disabilities import DisabilityDegree, DisabilityKind
from khue.lib.ethnic_groups import GROUPS
from khue.lib.personal_id import clean_personal_id
from khue.lib.phones import PhoneProblem, normalise_phone
from khue.registry.roster import rules
from khue.registry.roster.models import EventKind, Relation
from khue.ui.words import translated

SEXES = [("2", _("Nữ")), ("1", _("Nam"))]
ETHNIC = [("", _("Chưa rõ")), *((code, group.name) for code, group in GROUPS.items())]
DATE_ATTRS = {"inputmode": "numeric", "autocomplete": "off", "placeholder": "dd/mm/yyyy"}
NUMBER_ATTRS = {"inputmode": "numeric", "autocomplete": "off", "class": "code"}


class DateField(forms.CharField):
    """A day as people write it: 5/9/2013, 05-09-2013; says what is wrong with it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs=dict(DATE_ATTRS)), **kwargs)

    def clean(self, value: Any) -> Any:
        """The day; only full dates are taken."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_date(text).date
        except DateProblem as problem:
            raise ValidationError(translated(problem.message)) from problem

    def prepare_value(self, value: Any) -> Any:
        """A day shown as dd/mm/yyyy."""
        return format_date(value) if isinstance(value, date) else value


class BirthField(DateField):
    """A birth date, of which only month or year may be known."""

    def clean(self, value: Any) -> Any:
        """The date with how much of it is known."""
        text = forms.CharField.clean(self, value)
        if not text:
            return None
        try:
            found = parse_date(text)
        except DateProblem as problem:
            raise ValidationError(translated(problem.message)) from problem
        if found.date > timezone.localdate():
            raise ValidationError(_("Ngày sinh chưa đến."))
        return found


class NameField(forms.CharField):
    """A full name, spelled as lists show it."""

    def clean(self, value: Any) -> Any:
        """The name; says what is wrong with it."""
        text = names.normalise_name(super().clean(value) or "")
        if text and (problem := names.name_problem(text)):
            raise ValidationError(translated(problem))
        return text


class PhoneField(forms.CharField):
    """A telephone number; kept as E.164."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}), **kwargs)

    def clean(self, value: Any) -> Any:
        """The number in E.164; nothing for nothing."""
        text = super().clean(value)
        if not text:
            return ""
        try:
            return normalise_phone(text)
        except PhoneProblem as problem:
            raise ValidationError(translated(problem.message)) from problem


class PupilFields(forms.Form):
    """What a school keeps about a child."""

    full_name = NameField(label=_("Họ và tên"), max_length=100)
    sex = forms.ChoiceField(label=_("Giới tính"), choices=SEXES)
    birth_date = BirthField(label=_("Ngày sinh"))
    ethnicity = forms.ChoiceField(label=_("Dân tộc"), choices=ETHNIC, required=False)
    personal_id = forms.CharField(
        label=_("Số định danh cá nhân"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs=dict(NUMBER_ATTRS)),
    )
    ministry_code = forms.CharField(
        label=_("Mã định danh của Bộ"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs=dict(NUMBER_ATTRS)),
    )
    birth_place = forms.CharField(label=_("Nơi sinh"), required=False, max_length=200)
    home_town = forms.CharField(label=_("Quê quán"), required=False, max_length=200)
    address = forms.CharField(label=_("Chỗ ở"), required=False, max_length=200)
    confirmed = forms.BooleanField(
        label=_("Đã xem giấy tờ: số định danh đúng như vậy"), required=False, widget=forms.HiddenInput
    )

    def clean_personal_id(self) -> str:
        """The number without spaces; its form is the action's business."""
        return clean_personal_id(self.cleaned_data["personal_id"])

    def clean_ministry_code(self) -> str:
        """Ten digits, or nothing yet."""
        text = self.cleaned_data["ministry_code"]
        if not text.strip():
            return ""
        try:
            return check_ministry_code(text)
        except CodeProblem as problem:
            raise ValidationError(translated(problem.message)) from problem

    def ask_to_confirm(self) -> None:
        """Show the box by which somebody says that a number is right although it disagrees."""
        self.fields["confirmed"].widget = forms.CheckboxInput()

    def values(self) -> dict[str, Any]:
        """What was typed, as the actions take it."""
        given = {
            name: self.cleaned_data[name] for name in PupilFields.base_fields if name in self.cleaned_data
        }
        given.pop("confirmed", None)
        born: ParsedDate | None = given.pop("birth_date", None)
        if born is not None:
            given |= {"birth_date": born.date, "birth_precision": str(born.precision)[0]}
        given["sex"] = int(given["sex"])
        return given


class AdmitForm(PupilFields):
    """Taking a pupil in: the child, where to, and one parent."""

    classroom = forms.ChoiceField(label=_("Xếp vào lớp"), required=False)
    grade = forms.TypedChoiceField(label=_("Khối"), coerce=int)
    joined_on = DateField(label=_("Ngày bắt đầu học"))
    came_from = forms.CharField(
        label=_("Trường cũ ngoài tỉnh"),
        required=False,
        max_length=200,
        help_text=_("Để trống nếu em vào học lần đầu."),
    )
    decision = forms.CharField(label=_("Số quyết định, giấy tờ"), required=False, max_length=100)
    is_repeat = forms.BooleanField(label=_("Học lại lớp này"), required=False)
    guardian_name = NameField(label=_("Cha, mẹ hoặc người giám hộ"), required=False, max_length=100)
    guardian_phone = PhoneField(label=_("Điện thoại"), required=False)
    guardian_relation = forms.ChoiceField(label=_("Quan hệ"), choices=Relation.choices, required=False)
    person_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    is_somebody_new = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, rooms: Iterable[tuple[str, str]] = (), grades: Sequence[int] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classroom"].choices = [("", _("Chưa xếp lớp")), *rooms]  # type: ignore[attr-defined]
        self.fields["grade"].choices = [(grade, rules.grade_label(grade)) for grade in grades]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A parent's phone without a name tells nothing."""
        given = super().clean() or {}
        if given.get("guardian_phone") and not given.get("guardian_name"):
            self.add_error("guardian_name", _("Ghi tên của người có số này."))
        return given


class PupilForm(PupilFields):
    """Changing a record."""

    phone = PhoneField(label=_("Điện thoại của em"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Lý do sửa"), required=False, max_length=300)
    decision = forms.CharField(
        label=_("Số quyết định cải chính"), required=False, max_length=100,
        help_text=_("Khi đổi họ tên, ngày sinh, giới tính hoặc dân tộc."),
    )  # fmt: skip
    policy = forms.CharField(label=_("Diện chính sách"), required=False, max_length=60)
    disability = forms.ChoiceField(
        label=_("Loại khuyết tật"),
        required=False,
        choices=[("", _("Không")), *((k.value, _(k.label)) for k in DisabilityKind)],
    )
    disability_severity = forms.ChoiceField(
        label=_("Mức độ"),
        required=False,
        choices=[("", _("Không")), *((d.value, _(d.label)) for d in DisabilityDegree)],
    )
    has_individual_plan = forms.BooleanField(label=_("Có kế hoạch giáo dục cá nhân"), required=False)
    health_note = forms.CharField(label=_("Lưu ý sức khỏe"), required=False, max_length=300)
    birth_certificate = forms.CharField(label=_("Số giấy khai sinh"), required=False, max_length=40)
    note = forms.CharField(label=_("Ghi chú"), required=False, max_length=300)

    SENSITIVE = (
        "policy", "disability", "disability_severity", "has_individual_plan", "health_note", "birth_certificate",
        "note",
    )  # fmt: skip

    def __init__(self, *args: Any, with_sensitive: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_sensitive:
            for name in self.SENSITIVE:
                del self.fields[name]

    def values(self) -> dict[str, Any]:
        """What was typed, the sensitive part only when it was shown."""
        given = super().values() | {"phone": self.cleaned_data["phone"]}
        return given | {name: self.cleaned_data[name] for name in self.SENSITIVE if name in self.fields}


class GuardianForm(forms.Form):
    """Somebody who answers for a pupil."""

    full_name = NameField(label=_("Họ và tên"), max_length=100)
    relation = forms.ChoiceField(label=_("Quan hệ"), choices=Relation.choices)
    phone = PhoneField(label=_("Điện thoại"), required=False)
    is_main_contact = forms.BooleanField(label=_("Liên hệ chính"), required=False)
    guardian_id = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TieForm(forms.Form):
    """Changing what a guardian is to a pupil."""

    relation = forms.ChoiceField(label=_("Quan hệ"), choices=Relation.choices)
    phone = PhoneField(label=_("Điện thoại"), required=False)


class RestrictForm(forms.Form):
    """Whether a guardian may see the record, and on what basis not."""

    basis = forms.CharField(
        label=_("Căn cứ"), required=False, max_length=200, help_text=_("Bản án, quyết định, đơn: số và ngày.")
    )


class ClassForm(forms.Form):
    """A class of a school."""

    name = forms.CharField(label=_("Tên lớp"), max_length=30)
    grade = forms.TypedChoiceField(label=_("Khối"), coerce=int)
    campus = forms.ChoiceField(label=_("Điểm trường"), required=False)
    sessions_a_week = forms.IntegerField(label=_("Số buổi mỗi tuần"), min_value=1, max_value=12, initial=6)
    is_special = forms.BooleanField(label=_("Lớp chuyên"), required=False)
    combined_with = forms.ChoiceField(label=_("Học ghép với lớp"), required=False)

    def __init__(
        self, *args: Any, grades: Sequence[int] = (), campuses: Iterable[tuple[str, str]] = (),
        others: Iterable[tuple[str, str]] = (), is_new: bool = True, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.fields["grade"].choices = [(grade, rules.grade_label(grade)) for grade in grades]  # type: ignore[attr-defined]
        spots, rooms = list(campuses), list(others)
        self.fields["campus"].choices = [("", _("Điểm chính")), *spots]  # type: ignore[attr-defined]
        self.fields["combined_with"].choices = [("", _("Không ghép")), *rooms]  # type: ignore[attr-defined]
        if not spots:
            del self.fields["campus"]
        if is_new or not rooms:
            del self.fields["combined_with"]
        if not is_new:
            del self.fields["grade"]


class HomeroomForm(forms.Form):
    """Who takes a class over, and from which day."""

    teacher = forms.TypedChoiceField(label=_("Giáo viên"), coerce=int)
    on = DateField(label=_("Từ ngày"))

    def __init__(self, *args: Any, teachers: Iterable[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["teacher"].choices = [("", _("Chọn giáo viên")), *teachers]  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """Which class, from which day."""

    classroom = forms.TypedChoiceField(label=_("Sang lớp"), coerce=int)
    on = DateField(label=_("Từ ngày"))
    reason = forms.CharField(label=_("Lý do"), required=False, max_length=200)

    def __init__(self, *args: Any, rooms: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classroom"].choices = [("", _("Chọn lớp")), *rooms]  # type: ignore[attr-defined]


MOVEMENTS = [
    (EventKind.DROPPED.value, _("Bỏ học")),
    (EventKind.RESERVED.value, _("Bảo lưu, tạm nghỉ")),
    (EventKind.SUSPENDED.value, _("Tạm dừng học (kỷ luật)")),
    (EventKind.RETURNED.value, _("Học trở lại")),
    (EventKind.DECEASED.value, _("Qua đời")),
]


class MovementForm(forms.Form):
    """What happened to a pupil, when and why."""

    kind = forms.ChoiceField(label=_("Việc ghi"), choices=MOVEMENTS, widget=forms.RadioSelect)
    on = DateField(label=_("Từ ngày"))
    reason_code = forms.ChoiceField(
        label=_("Lý do bỏ học"),
        required=False,
        choices=[("", _("Chọn khi ghi bỏ học")), *rules.DROP_REASONS.items()],
    )
    reason = forms.CharField(label=_("Nói rõ thêm"), required=False, max_length=200)
    decision = forms.CharField(
        label=_("Số quyết định"),
        required=False,
        max_length=100,
        help_text=_("Phải có khi bảo lưu hoặc tạm dừng học."),
    )

    def __init__(self, *args: Any, kinds: Iterable[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kinds is not None:
            allowed = set(kinds)
            self.fields["kind"].choices = [pair for pair in MOVEMENTS if pair[0] in allowed]  # type: ignore[attr-defined]


class CorrectForm(forms.Form):
    """Why the last movement was a mistake."""

    reason = forms.CharField(label=_("Lý do đính chính"), max_length=200)


class FindPupilForm(forms.Form):
    """What a receiving school must know about the child it asks for."""

    code = forms.CharField(label=_("Mã của Bộ, số định danh hoặc mã tạm"), max_length=40)
    born = forms.CharField(
        label=_("Ngày sinh"), max_length=20, widget=forms.TextInput(attrs=dict(DATE_ATTRS))
    )


class TransferForm(forms.Form):
    """Asking for a transfer."""

    to_school = forms.CharField(
        label=_("Trường chuyển đến"), required=False, max_length=200,
        help_text=_("Gõ tên hoặc mã trường trong tỉnh, rồi bấm Tìm trường."),
    )  # fmt: skip
    to_school_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    to_outside = forms.CharField(
        label=_("Hoặc trường ngoài tỉnh"),
        required=False,
        max_length=200,
        help_text=_("Tên trường, xã, tỉnh."),
    )
    reason_code = forms.ChoiceField(label=_("Lý do chuyển"), choices=list(rules.TRANSFER_REASONS.items()))
    reason = forms.CharField(label=_("Nói rõ thêm"), required=False, max_length=200)
    submitted_on = DateField(label=_("Ngày nhận đơn"))
    enrolment = forms.IntegerField(widget=forms.HiddenInput)
    code = forms.CharField(required=False, widget=forms.HiddenInput)
    born = forms.CharField(required=False, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """Refusing or taking back: the reason others will read."""

    refusal = forms.CharField(label=_("Lý do"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class PlacementForm(forms.Form):
    """Into which class a pupil comes, from which day."""

    classroom = forms.ChoiceField(label=_("Xếp vào lớp"), required=False)
    on = DateField(label=_("Ngày bắt đầu học"))

    def __init__(self, *args: Any, rooms: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["classroom"].choices = [("", _("Chưa xếp lớp")), *rooms]  # type: ignore[attr-defined]


class ExportReasonForm(forms.Form):
    """What a large list is for."""

    reason = forms.CharField(
        label=_("Danh sách dùng vào việc gì, gửi cho ai"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
