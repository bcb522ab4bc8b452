"""The printed form of a statistical report, as the manifest names it."""

from __future__ import annotations

from typing import Final

from khue.command.reports.printing.words import report_words
from khue.kernel.papers import Form

REPORT: Final = Form(
    "reports.report", "Báo cáo thống kê", "command/reports/printing/forms/report.typ", report_words
)
