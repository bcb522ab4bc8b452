"""Figures of gradebook: what is copied and counted, and where its rows are shown."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Figures
from khue.school.gradebook import facts

FIGURES: Final = Figures(facts=facts.FACTS)
