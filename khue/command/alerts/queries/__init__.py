"""Every read of alerts."""

from khue.command.alerts.queries.alerts import (
    AlertPage,
    Found,
    Totals,
    alert,
    alert_rows,
    alerts,
    assignable,
    chosen,
    open_alerts,
    rule_choices,
    totals,
    trend,
    unit_choices,
    worst,
)
from khue.command.alerts.queries.behind import LATE, Behind, behind, late_schools_of, late_sheets_of
from khue.command.alerts.queries.rules import RuleLine, Trial, rule, rule_lines, trial

__all__ = [
    "LATE", "AlertPage", "Behind", "Found", "RuleLine", "Totals", "Trial", "alert", "alert_rows", "alerts",
    "assignable", "behind", "chosen", "late_schools_of", "late_sheets_of", "open_alerts", "rule", "rule_choices",
    "rule_lines", "totals", "trend", "trial", "unit_choices", "worst",
]  # fmt: skip
