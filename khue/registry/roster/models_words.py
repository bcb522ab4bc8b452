"""Words for codes that pages show, without the tables behind them."""

from __future__ import annotations

from khue.registry.roster.models import EventKind

EVENT_WORDS = dict(EventKind.choices)
