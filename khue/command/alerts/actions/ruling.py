"""The department's rules: bounds edited, switched off and on, rules of its own added."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from khue.command.alerts import rules
from khue.command.alerts.counts import COUNTS
from khue.command.alerts.models import Compare, Floor, Rule
from khue.command.alerts.readings import source
from khue.command.alerts.recipients import TOLD
from khue.kernel.actions import Conflict, DomainError, Work, action
from khue.kernel.indicators import catalogue, privacy
from khue.kernel.org.models import Unit

OWN: Final = "own"  # codes of rules that the department added begin so
EDITED: Final = (
    "name", "figure", "floor", "compare", "amber", "red", "margin", "window_days", "lasts_days", "repeat_days",
    "quiet_days", "months", "roles", "advice",
)  # fmt: skip


def _check(wanted: dict[str, Any]) -> None:
    """Raise DomainError, field by field, for what makes no sense."""
    problems: dict[str, str] = {}
    compare, amber, red = wanted["compare"], wanted["amber"], wanted["red"]
    if not str(wanted["name"]).strip():
        problems["name"] = _("Ghi tên quy tắc.")
    if source(wanted["figure"]) is None:
        problems["figure"] = _("Không có số liệu này.")
    if compare not in Compare.values:
        problems["compare"] = _("Chọn cách so.")
    elif compare in (*rules.CHANGES, Compare.MISSING) and wanted["figure"] in COUNTS:
        problems["compare"] = _("Số này không giữ theo ngày nên chỉ so được với một mức.")
    if wanted["floor"] not in Floor.values:
        problems["floor"] = _("Chọn cấp theo dõi.")
    elif wanted["figure"] in COUNTS and wanted["floor"] not in COUNTS[wanted["figure"]].floors:
        problems["floor"] = _("Số này không đếm ở cấp đó.")
    if amber is None and red is None:
        problems["amber"] = _("Ghi ít nhất một mức.")
    elif not rules.ordered((amber, red), compare):
        problems["red"] = _("Mức báo động phải xấu hơn mức chú ý.")
    problems |= _pointing_at_children(wanted)
    if compare in rules.CHANGES and not wanted["window_days"]:
        problems["window_days"] = _("Ghi so với bao nhiêu ngày trước.")
    for name in ("margin", "window_days", "lasts_days", "repeat_days", "quiet_days"):
        if wanted[name] < 0:
            problems[name] = _("Từ 0 trở lên.")
    if not set(wanted["months"]) <= set(range(1, 13)):
        problems["months"] = _("Tháng từ 1 đến 12.")
    if not set(wanted["roles"]) <= set(TOLD):
        problems["roles"] = _("Chọn người được báo trong danh sách.")
    if problems:
        raise DomainError(_("Chưa ghi được, xem chỗ được đánh dấu."), fields=problems)


def _pointing_at_children(wanted: dict[str, Any]) -> dict[str, str]:
    """What would tell by an alert which unit has one to four children of whom few may know: field to words.

    Counts whose rows ask a permission of their own are watched from above only, and from `privacy.LEAST` up: what is
    below a bound, or by how much so few have changed, names them as well. A share says nothing of how many they are.
    """
    indicator = catalogue.indicators().get(wanted["figure"])
    if indicator is None or not indicator.about_children or "rows" not in indicator.more or indicator.bottom:
        return {}
    if wanted["compare"] == Compare.MISSING:
        return {}
    if wanted["compare"] != Compare.ABOVE:
        return {"compare": _("Số này nói về rất ít em, chỉ theo dõi được khi từ một mức trở lên.")}
    words = _("Số này nói về rất ít em, đặt mức từ %(n)s trở lên.") % {"n": privacy.LEAST}
    bounds = {name: wanted[name] for name in ("amber", "red")}
    return {name: words for name, bound in bounds.items() if bound is not None and bound < privacy.LEAST}


@action("alerts.set_rule", permission="alerts.manage")
def set_rule(work: Work, rule: Rule, *, wanted: dict[str, Any], version: int) -> None:
    """Change a rule; what is open is judged anew at the next look. Raises DomainError by field, Conflict when somebody
    was quicker."""
    if rule.version != version:
        raise Conflict(_("Người khác vừa sửa quy tắc này. Xem lại rồi ghi."))
    _check(wanted)
    work.change(rule, **{name: wanted[name] for name in EDITED})


@action("alerts.add_rule", permission="alerts.manage")
def add_rule(work: Work, department: Unit, *, wanted: dict[str, Any]) -> Rule:
    """Add a rule of the department's own. Raises DomainError by field."""
    if department.parent_id is not None:
        raise DomainError(_("Quy tắc chung của cả tỉnh do Sở đặt."))
    _check(wanted)
    known = set(Rule.objects.filter(code__startswith=OWN).values_list("code", flat=True))
    code = next(f"{OWN}-{n}" for n in range(1, len(known) + 2) if f"{OWN}-{n}" not in known)
    return work.create(Rule(code=code, order=500, **{name: wanted[name] for name in EDITED}))


@action("alerts.switch_rule", permission="alerts.manage")
def switch_rule(work: Work, rule: Rule, *, is_on: bool) -> None:
    """Switch a rule off, which closes what it opened at the next look, or on again."""
    work.change(rule, is_on=is_on)
