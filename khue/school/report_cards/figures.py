"""Figures of report_cards: what is copied and counted, and where its rows are shown."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Figures
from khue.school.report_cards import facts

FIGURES: Final = Figures(facts=facts.FACTS)
