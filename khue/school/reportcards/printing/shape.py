"""Moved to khue.school.report_cards.printing.shape."""

from khue.school.report_cards.printing.shape import *  # noqa: F403
