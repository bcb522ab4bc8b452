"""What people type on the pages of the family's app."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.registry.roster.forms import PhoneField
from khue.registry.roster.models import Relation


class CodeForm(forms.Form):
    """A slip: its code, and the child's birth date."""

    code = forms.CharField(
        label=_("Mã 12 ký tự trên phiếu"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "code", "autocomplete": "one-time-code", "autocapitalize": "characters",
                "spellcheck": "false", "placeholder": "XXXX-XXXX-XXXX",
            }
        ),
    )  # fmt: skip
    datum = forms.CharField(
        label=_("Ngày sinh của con"),
        max_length=20,
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "placeholder": "dd/mm/yyyy"}
        ),
    )


class ContactForm(forms.Form):
    """Contact data as a guardian wishes them to be."""

    phone = PhoneField(label=_("Điện thoại"), required=False)
    email = forms.EmailField(label=_("Thư điện tử"), required=False, max_length=254)
    address = forms.CharField(label=_("Chỗ ở hiện nay"), required=False, max_length=200)
    note = forms.CharField(label=_("Lời nhắn cho văn phòng trường"), required=False, max_length=300)


class RelationForm(forms.Form):
    """For whom slips are printed."""

    relation = forms.ChoiceField(label=_("Phiếu cho"), choices=Relation.choices)
