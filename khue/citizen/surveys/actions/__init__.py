"""Writes of consent slips and surveys."""

from khue.citizen.surveys.actions.files import take_replies, take_slip
from khue.citizen.surveys.actions.slips import (
    answer_slip,
    change_slip,
    close_slip,
    make_slip,
    open_slip,
    remind_slip,
    remove_slip,
    tell_slip,
    withdraw_consent,
)
from khue.citizen.surveys.actions.surveys import (
    answer_survey,
    change_survey,
    close_survey,
    make_survey,
    open_survey,
    remove_survey,
)
from khue.citizen.surveys.actions.telling import note_told, tell_survey

__all__ = [
    "answer_slip",
    "answer_survey",
    "change_slip",
    "change_survey",
    "close_slip",
    "close_survey",
    "make_slip",
    "make_survey",
    "note_told",
    "open_slip",
    "open_survey",
    "remind_slip",
    "remove_slip",
    "remove_survey",
    "take_replies",
    "take_slip",
    "tell_slip",
    "tell_survey",
    "withdraw_consent",
]
