"""Telling those whom a survey asks: school by school, each person once however often the work is begun anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from khue.citizen.surveys.models import State, Survey, Turnout
from khue.citizen.surveys.queries import audience
from khue.kernel.actions import Work, action, written
from khue.kernel.notify.notices import tell

OPENED, REMINDED = "surveys.survey_opened", "surveys.survey_reminder"
FIRST, AGAIN = "told_at", "reminded_at"


@action("surveys.tell_survey", permission="surveys.manage_surveys")
def tell_survey(work: Work, survey: Survey, *, schools: Sequence[int], is_reminder: bool = False) -> int:
    """Tell the people of some schools that a survey waits, and count how many answers each could give.

    A reminder goes only to those of whom no sheet has come.
    """
    if survey.state != State.OPEN:
        return 0
    asked = audience.all_asked_by_survey(survey, schools, timezone.localdate())
    if is_reminder:
        done = audience.all_keys_answered(survey.pk, schools)
        asked = [one for one in asked if one[1] not in done]
    else:
        _count(work, survey, asked)
    kind = REMINDED if is_reminder else OPENED
    title = gettext_noop("Sắp đóng: %(title)s") if is_reminder else gettext_noop("Mời trả lời: %(title)s")
    body = (
        gettext_noop("Phiếu giấu tên, mở đến hết ngày %(day)s.")
        if survey.is_anonymous
        else gettext_noop("Phiếu có ghi tên người trả lời, mở đến hết ngày %(day)s.")
    )
    return tell(
        work, people={person for _school, _key, person in asked if person is not None}, kind=kind,
        title=written(title, title=survey.title), body=written(body, day=f"{survey.closes_on:%d/%m/%Y}"),
        url=reverse("surveys:open"), dedupe_key=f"{kind}:{survey.pk}", unit_id=survey.unit_id,
    )  # fmt: skip


def _count(work: Work, survey: Survey, asked: Sequence[tuple[int, str, int | None]]) -> None:
    keys: dict[int, set[str]] = defaultdict(set)
    for school, key, _person in asked:
        keys[school].add(key)
    known = set(Turnout.objects.filter(survey=survey, unit__in=list(keys)).values_list("unit_id", flat=True))
    rows = [[survey.pk, school, len(found)] for school, found in sorted(keys.items()) if school not in known]
    work.create_many(Turnout, ["survey_id", "unit_id", "asked"], rows, is_touched=False)


@action("surveys.note_told", permission="surveys.manage_surveys")
def note_told(work: Work, survey: Survey, *, at: datetime, is_reminder: bool = False) -> Survey:
    """Everybody of every school has been told."""
    return work.change(survey, **{AGAIN if is_reminder else FIRST: at})


BATCH: Final = 20  # schools at once
