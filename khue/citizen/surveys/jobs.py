"""What slips and surveys do by themselves: telling those who are asked, once, and reminding them once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from khue.citizen.surveys.actions.slips import tell_slip
from khue.citizen.surveys.actions.telling import BATCH, note_told, tell_survey
from khue.citizen.surveys.models import Slip, State, Survey
from khue.citizen.surveys.queries.audience import all_schools
from khue.kernel.access.actor import Actor

BEFORE_CLOSE: Final = timedelta(days=2)


def tell_opened() -> int:
    """Tell everybody of slips and surveys that have opened; gives how many notices are new."""
    actor = Actor.system("surveys.tell_opened")
    told = 0
    for slip in Slip.objects.filter(state=State.OPEN, told_at=None).order_by("pk"):
        told += tell_slip(actor, slip)
    today = timezone.localdate()
    for survey in Survey.objects.filter(
        state=State.OPEN, told_at=None, opens_on__lte=today, closes_on__gte=today
    ):
        told += _tell(actor, survey, is_reminder=False)
    return told


def remind_surveys() -> int:
    """Remind, once, those of whom no sheet has come when a survey is about to close."""
    actor, today = Actor.system("surveys.remind_surveys"), timezone.localdate()
    return sum(
        _tell(actor, survey, is_reminder=True)
        for survey in Survey.objects.filter(
            state=State.OPEN, told_at__isnull=False, reminded_at=None, closes_on__gte=today,
            closes_on__lte=today + BEFORE_CLOSE,
        )
    )  # fmt: skip


def _tell(actor: Actor, survey: Survey, *, is_reminder: bool) -> int:
    """School by school; begun anew after a crash, what went out before is known by its key."""
    schools, told = all_schools(survey.unit_id), 0
    for first in range(0, len(schools), BATCH):
        told += tell_survey(actor, survey, schools=schools[first : first + BATCH], is_reminder=is_reminder)
    note_told(actor, survey, at=timezone.now(), is_reminder=is_reminder)
    return told
