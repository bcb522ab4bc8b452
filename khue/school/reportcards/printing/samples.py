"""Moved to khue.school.report_cards.printing.samples."""

from khue.school.report_cards.printing.samples import *  # noqa: F403
