"""Writes of the family's app."""

from khue.citizen.family.actions import links
from khue.citizen.family.actions.corrections import (
    accept_correction,
    ask_correction,
    refuse_correction,
    withdraw_correction,
)
from khue.citizen.family.actions.links import Issued, Slip, issue_codes, redeem, use_code

__all__ = [
    "Issued",
    "Slip",
    "accept_correction",
    "ask_correction",
    "issue_codes",
    "links",
    "redeem",
    "refuse_correction",
    "use_code",
    "withdraw_correction",
]
