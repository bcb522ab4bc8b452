"""Reads of consent slips and surveys; other modules ask `consents`."""

from khue.citizen.surveys.queries.own import AskedSlip, AskedSurvey, asked_slips, asked_surveys, waiting
from khue.citizen.surveys.queries.slips import consents

__all__ = ["AskedSlip", "AskedSurvey", "asked_slips", "asked_surveys", "consents", "waiting"]
