"""The one way to change a setting."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel import registry
from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.kernel.settings_store.models import Value
from khue.kernel.settings_store.rules import problem_with


@action("settings_store.change")
def change_setting(
    work: Work, unit: Unit, *, name: str, value: Any, valid_from: date | None = None, reason: str = ""
) -> Value:
    """Set a setting at a unit from a day on (today); the past keeps the values it had."""
    setting = registry.setting_declarations().get(name)
    if setting is None:
        raise DomainError(_("Không có thiết lập này."))
    if setting.min_level == "department" and unit.parent_id is not None:
        raise DomainError(_("Thiết lập này chung cho cả tỉnh, chỉ đặt ở Sở."))
    today = timezone.localdate()
    day = valid_from or today
    fields = {}
    if problem := problem_with(setting, value):
        fields["value"] = problem
    if day < today:
        fields["valid_from"] = _("Từ hôm nay trở đi; việc đã qua giữ giá trị lúc đó.")
    if fields:
        raise DomainError(_("Chưa ghi được, xem chỗ được đánh dấu."), fields=fields)
    stored = value.isoformat() if isinstance(value, date) else value
    work.reason = reason
    known = Value.objects.select_for_update().filter(name=name, unit=unit, valid_from=day).first()
    if known is not None:
        return work.change(known, value=stored, reason=reason[:200])
    return work.create(Value(name=name, unit=unit, valid_from=day, value=stored, reason=reason[:200]))
