"""Shapes of input about requests to correct, revoking and packages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.ui.words import date_vi


class AskForm(forms.Form):
    """What is wrong on a card, what is right, and a paper that shows it."""

    what = forms.CharField(
        label=_("Sai ở đâu, đúng là gì"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Ví dụ: Điểm Toán học kì II trên học bạ ghi 7,5, bảng điểm trường phát ghi 8,5."),
    )  # fmt: skip
    evidence = forms.FileField(
        label=_("Giấy tờ chứng minh"), required=False, help_text=_("Ảnh chụp hoặc tệp PDF.")
    )


class GrantForm(forms.Form):
    """The head's yes: the number of the decision, a word to whoever asked."""

    decision = forms.CharField(
        label=_("Số, ngày quyết định"), max_length=100, help_text=_("Ví dụ: 41/QĐ-THCS ngày 20/11/2026")
    )
    answer = forms.CharField(label=_("Lời nhắn"), required=False, max_length=300)


class RefuseForm(forms.Form):
    """The head's no, with its reason."""

    answer = forms.CharField(
        label=_("Vì sao không sửa"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class RevokeForm(forms.Form):
    """Why an issued card is withdrawn, by which decision."""

    reason = forms.CharField(
        label=_("Lý do thu hồi"), max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
    decision = forms.CharField(label=_("Số, ngày quyết định"), max_length=100)


class CellsForm(forms.Form):
    """The cells of one pupil on one sheet as they are and as they are to be, with the comment."""

    def __init__(
        self, cells: list[tuple[str, str, str]], comment: str | None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, label, text in cells:
            self.fields[name] = forms.CharField(label=label, required=False, max_length=12, initial=text)
        if comment is not None:
            self.fields["comment"] = forms.CharField(
                label=_("Nhận xét"), required=False, max_length=500, initial=comment,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip


def key_words(key: Any) -> str:
    """A key in a list of choices, short enough for a phone: whose, of which kind, until when."""
    kind = _("khóa thử nghiệm") if key.source == "trial" else key.get_source_display()
    return _("%(name)s, %(kind)s, hạn %(day)s") % {
        "name": key.name,
        "kind": kind,
        "day": date_vi(key.not_after),
    }


class KeyForm(forms.Form):
    """A key chosen among some, and its passphrase or PIN; asked for once, kept nowhere."""

    def __init__(self, keys: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keys = {str(one.pk): one for one in keys}
        choices = [(pk, key_words(one)) for pk, one in self.keys.items()]
        self.fields["seal"] = forms.ChoiceField(label=_("Khóa ký"), choices=choices)
        self.fields["secret"] = forms.CharField(
            label=_("Mật khẩu hoặc PIN của khóa"), max_length=200, strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        )  # fmt: skip

    def clean_seal(self) -> Any:
        """The certificate itself."""
        return self.keys[self.cleaned_data["seal"]]


class ExportForm(KeyForm):
    """To whom a package goes, and the school's key."""

    def __init__(self, keys: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(keys, *args, **kwargs)
        self.fields["to"] = forms.CharField(
            label=_("Trường, tỉnh nhận"), max_length=200,
            help_text=_("Ví dụ: Trường THCS Kim Đồng, tỉnh Thái Nguyên"),
        )  # fmt: skip
        self.order_fields(["to", "seal", "secret"])


class BringForm(forms.Form):
    """The package that came."""

    file = forms.FileField(label=_("Gói học bạ (tệp .zip)"))


class ReceiptForm(forms.Form):
    """The other school's confirmation."""

    receipt = forms.CharField(
        label=_("Giấy tiếp nhận của trường kia"), max_length=100, help_text=_("Số, ngày của giấy.")
    )


class SheetForm(forms.Form):
    """The number of a transfer sheet."""

    number = forms.CharField(label=_("Số phiếu"), required=False, max_length=40)
