"""What somebody gives to register a certificate: a key file, the label of a token, or a credential of a service."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.kernel.signing.models import Source

LARGEST = 100_000  # bytes; a PKCS#12 file with its chain is about 6,000
PLACES = (
    (Source.FILE.value, _("Tệp khóa .p12, .pfx")),
    (Source.REMOTE.value, _("Dịch vụ ký số từ xa")),
    (Source.TOKEN.value, _("Thiết bị ký gắn với máy chủ (HSM, USB token)")),
)


class KeyForm(forms.Form):
    """One certificate to register; its key stays where it is, or in the file that only its passphrase opens."""

    source = forms.ChoiceField(label=_("Khóa ở đâu"), choices=PLACES, initial=Source.FILE.value)
    key_file = forms.FileField(label=_("Tệp khóa"), required=False)
    locator = forms.CharField(
        label=_("Tên thiết bị, hoặc mã chứng thư ở dịch vụ"), max_length=200, required=False
    )
    secret = forms.CharField(
        label=_("Mật khẩu tệp hoặc mã PIN"), max_length=200, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip

    def clean(self) -> dict[str, object]:
        """A file for a file, a name for the rest."""
        values = super().clean() or {}
        upload = values.get("key_file")
        if values.get("source") == Source.FILE:
            if upload is None:
                self.add_error("key_file", _("Chọn tệp khóa .p12 hoặc .pfx."))
            elif upload.size > LARGEST:
                self.add_error("key_file", _("Tệp quá lớn, không phải tệp khóa."))
        elif not values.get("locator"):
            self.add_error("locator", _("Ghi tên thiết bị hoặc mã chứng thư."))
        return values

    def given(self) -> dict[str, object]:
        """As the actions want it."""
        values = self.cleaned_data
        is_file = values["source"] == Source.FILE
        upload = values["key_file"] if is_file else None
        return {
            "source": values["source"], "secret": values["secret"], "key_file": upload.read() if upload else b"",
            "locator": "" if is_file else values["locator"],
        }  # fmt: skip


class SealForm(KeyForm):
    """A school's seal: its certificate must name the school's code."""

    organisation_id = forms.CharField(label=_("Mã số thuế hoặc mã đơn vị ghi trên chứng thư"), max_length=30)
