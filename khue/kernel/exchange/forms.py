"""The shape of what the wizard is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from khue.kernel.actions import DomainError
from khue.kernel.exchange.table import Table


class FileForm(forms.Form):
    """A file, and what it holds."""

    table = forms.ChoiceField(label=_("Tệp có danh sách"), widget=forms.RadioSelect, required=False)
    file = forms.FileField(
        label=_("Tệp Excel"),
        help_text=_(".xlsx, .xls hoặc .csv, không quá 10 MB. Để nguyên tệp như trường đang dùng."),
        error_messages={"required": _("Chưa chọn tệp."), "empty": _("Tệp này rỗng, không có gì bên trong.")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
    )

    def __init__(self, *args: Any, tables: Mapping[str, Table], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Khuê tự nhận")), *((name, str(table.label)) for name, table in tables.items())]
        field = self.fields["table"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.initial = ""

    def take(self, problem: DomainError) -> None:
        """Put a refusal beside the field it speaks of."""
        for name, message in problem.fields.items():
            self.add_error(name if name in self.fields else None, message)
        if not problem.fields:
            self.add_error(None, problem.message)
