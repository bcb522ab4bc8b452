"""The shape of what is asked when a unit is opened, changed or closed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.access.actor import Actor
from khue.kernel.org import queries
from khue.kernel.org.models import Level, Unit, UnitKind
from khue.kernel.org.presets import PRESETS
from khue.kernel.settings_store.values import value_of
from khue.lib import admin_units

REGIONS = (
    (1, gettext_lazy("Vùng 1: miền núi, hải đảo")), (2, gettext_lazy("Vùng 2: nông thôn")),
    (3, gettext_lazy("Vùng 3: thành phố")),
)  # fmt: skip


class DayInput(forms.DateInput):
    """A day chosen from the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CommuneField(forms.CharField):
    """A commune by name or code, found the way people write it; cleans to its code."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(label=gettext_lazy("Xã, phường"), max_length=120, **kwargs)
        self.widget.attrs.update(
            {
                "list": "xa-phuong", "autocomplete": "off", "hx-get": reverse_lazy("org:communes"),
                "hx-trigger": "input changed delay:300ms", "hx-target": "#xa-phuong",
            }
        )  # fmt: skip

    def prepare_value(self, value: Any) -> Any:
        """Show a code as the name it stands for."""
        text = str(value or "")
        return queries.all_commune_label(text) if text.isdigit() else value

    def clean(self, value: Any) -> str:
        """The code of the one commune meant; asks back when several are."""
        text = str(super().clean(value)).strip()
        if not text:
            return ""
        found = admin_units.commune_candidates(text)
        if len(found) == 1:
            return found[0].code
        if not found:
            raise ValidationError(
                _("Không tìm thấy xã, phường này. Gõ tên xã rồi tên tỉnh, cách nhau dấu phẩy.")
            )
        first = f"{found[0].full_name}, {admin_units.province(found[0].province_code).name}"
        raise ValidationError(
            _("Có %(count)s xã, phường cùng tên. Thêm tên tỉnh.") % {"count": len(found)},
            params={"fix": first},
        )


class UnitForm(forms.Form):
    """What every form about a unit knows: who asks, and about which unit."""

    is_final = False

    def __init__(self, actor: Actor, unit: Unit, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor = actor
        self.unit = unit
        self.prepare()

    def prepare(self) -> None:
        """Fill in what depends on the unit."""


class DecisionForm(UnitForm):
    """A decision and the day it takes effect."""

    on = forms.DateField(
        label=gettext_lazy("Có hiệu lực từ ngày"), widget=DayInput(), initial=timezone.localdate
    )
    decision = forms.CharField(
        label=gettext_lazy("Số quyết định"), max_length=100, help_text=gettext_lazy("Ví dụ: 125/QĐ-UBND")
    )


class ContactForm(UnitForm):
    """How a unit is reached."""

    address = forms.CharField(label=gettext_lazy("Địa chỉ"), max_length=200, required=False)
    commune_code = CommuneField(required=False)
    legacy_district = forms.CharField(label=gettext_lazy("Huyện cũ"), max_length=100, required=False)
    phone = forms.CharField(label=gettext_lazy("Điện thoại"), max_length=20, required=False)
    email = forms.EmailField(label=gettext_lazy("Thư điện tử"), required=False)
    has_internet = forms.BooleanField(label=gettext_lazy("Có mạng Internet"), required=False)

    def prepare(self) -> None:
        """Start from what is known."""
        self.initial = {**{name: getattr(self.unit, name) for name in self.fields}, **self.initial}


class OpenForm(DecisionForm):
    """A new unit under another."""

    kind = forms.ChoiceField(label=gettext_lazy("Loại"))
    name = forms.CharField(label=gettext_lazy("Tên"), max_length=200)
    code = forms.CharField(
        label=gettext_lazy("Mã"),
        max_length=40,
        help_text=gettext_lazy("Chữ in hoa không dấu và số, không đổi về sau"),
    )
    levels = forms.MultipleChoiceField(
        label=gettext_lazy("Cấp học"),
        choices=Level.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    commune_code = CommuneField(required=False)
    address = forms.CharField(label=gettext_lazy("Địa chỉ"), max_length=200, required=False)
    region = forms.TypedChoiceField(label=gettext_lazy("Vùng"), choices=REGIONS, coerce=int, initial=2)
    is_public = forms.BooleanField(label=gettext_lazy("Công lập"), required=False, initial=True)

    field_order = (
        "kind",
        "name",
        "code",
        "levels",
        "commune_code",
        "address",
        "region",
        "is_public",
        "on",
        "decision",
    )

    def prepare(self) -> None:
        """Only what may stand here in today's model of the tree."""
        under = PRESETS[value_of("org.tree_preset")].under.get(self.unit.kind, ())
        self.fields["kind"].choices = [(kind, UnitKind(kind).label) for kind in under]  # type: ignore[attr-defined]


class CampusForm(UnitForm):
    """A new campus of a school."""

    name = forms.CharField(label=gettext_lazy("Tên điểm trường"), max_length=200)
    code = forms.CharField(label=gettext_lazy("Mã"), max_length=40)
    on = forms.DateField(
        label=gettext_lazy("Hoạt động từ ngày"), widget=DayInput(), initial=timezone.localdate
    )
    commune_code = CommuneField(required=False)
    address = forms.CharField(label=gettext_lazy("Địa chỉ"), max_length=200, required=False)
    has_internet = forms.BooleanField(label=gettext_lazy("Có mạng Internet"), required=False, initial=True)


class RenameForm(DecisionForm):
    """A new name."""

    name = forms.CharField(label=gettext_lazy("Tên mới"), max_length=200)
    field_order = ("name", "on", "decision")

    def prepare(self) -> None:
        """Start from the name of now."""
        self.initial.setdefault("name", self.unit.name)


class UnitChoice(forms.ModelChoiceField):
    """Units by name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Unit.objects.none(), **kwargs)

    def fill(self, rows: QuerySet[Unit]) -> None:
        """Offer these."""
        self.queryset = rows


class UnitChoices(forms.ModelMultipleChoiceField):
    """Several units, each with a tick."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Unit.objects.none(), widget=forms.CheckboxSelectMultiple, **kwargs)


class MoveForm(DecisionForm):
    """Another unit above."""

    to = UnitChoice(label=gettext_lazy("Đơn vị quản lý mới"))
    field_order = ("to", "on", "decision")

    def prepare(self) -> None:
        """Only where such a unit may stand."""
        under = PRESETS[value_of("org.tree_preset")].under
        kinds = [parent for parent, below in under.items() if self.unit.kind in below]
        rows = queries.possible_parents(self.actor, kinds, without=self.unit).exclude(
            pk=self.unit.parent_id or 0
        )
        self.fields["to"].fill(rows)  # type: ignore[attr-defined]


class MergeForm(DecisionForm):
    """Schools that become one."""

    is_final = True

    others = UnitChoices(label=gettext_lazy("Sáp nhập cùng"))
    how = forms.ChoiceField(
        label=gettext_lazy("Cách sáp nhập"), widget=forms.RadioSelect, initial="into",
        choices=(("into", gettext_lazy("Các trường trên nhập vào trường này")),
                 ("new", gettext_lazy("Lập trường mới"))),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("Tên trường mới"), max_length=200, required=False)
    code = forms.CharField(label=gettext_lazy("Mã trường mới"), max_length=40, required=False)
    keep_campuses = forms.BooleanField(
        label=gettext_lazy("Trường cũ thành điểm trường của trường nhận"), required=False, initial=True
    )
    field_order = ("others", "how", "name", "code", "keep_campuses", "on", "decision")

    def prepare(self) -> None:
        """Schools under the same unit."""
        self.fields["others"].queryset = queries.neighbours(self.actor, self.unit)  # type: ignore[attr-defined]


class SplitForm(DecisionForm):
    """Campuses that become a school of their own."""

    is_final = True

    campuses = UnitChoices(label=gettext_lazy("Điểm trường sẽ thành trường mới"))
    name = forms.CharField(label=gettext_lazy("Tên trường mới"), max_length=200)
    code = forms.CharField(label=gettext_lazy("Mã trường mới"), max_length=40)
    field_order = ("campuses", "name", "code", "on", "decision")

    def prepare(self) -> None:
        """The school's open campuses."""
        rows = queries.units(self.actor, "org.manage").filter(
            parent=self.unit, closed_on__isnull=True, is_main=False
        )
        self.fields["campuses"].queryset = rows.order_by("sort_key")  # type: ignore[attr-defined]


class CloseForm(DecisionForm):
    """The end of a unit."""

    is_final = True


class CloseCampusForm(UnitForm):
    """The end of a campus."""

    on = forms.DateField(
        label=gettext_lazy("Thôi hoạt động từ ngày"), widget=DayInput(), initial=timezone.localdate
    )
    decision = forms.CharField(label=gettext_lazy("Số quyết định"), max_length=100, required=False)


class ReopenForm(DecisionForm):
    """A closed unit works again."""


class ConvertForm(DecisionForm):
    """The whole tree in another model."""

    is_final = True
