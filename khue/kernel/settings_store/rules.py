"""What a setting may be: pure checks against its declaration."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from khue.kernel.manifest import Setting

TEXT_MOST = 500
WHOLE_MOST = 1_000_000


def problem_with(setting: Setting, value: Any) -> str:
    """Why a value cannot be that of a setting; "" when it can."""
    if setting.kind == "bool":
        return "" if isinstance(value, bool) else _("Chọn có hoặc không.")
    if setting.kind == "int":
        if isinstance(value, bool) or not isinstance(value, int):
            return _("Cần một số nguyên.")
        return "" if 0 <= value <= WHOLE_MOST else _("Số từ 0 đến 1.000.000.")
    if setting.kind == "choice":
        return (
            ""
            if value in {choice for choice, _label in setting.choices}
            else _("Chọn một trong các mục có sẵn.")
        )
    if setting.kind == "date":
        return "" if isinstance(value, date) else _("Cần một ngày.")
    if not isinstance(value, str):
        return _("Cần một dòng chữ.")
    return "" if len(value) <= TEXT_MOST else _("Dài nhất 500 chữ cái.")


def shown(setting: Setting, value: Any) -> str:
    """A value in words."""
    if setting.kind == "bool":
        return _("Có") if value else _("Không")
    if setting.kind == "choice":
        return _(str(dict(setting.choices).get(value, value)))
    if setting.kind == "date" and isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value) or _("(để trống)")
