"""Surveys as those read them who ask: how many have answered, and what they said once nobody can be guessed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import orjson
from django.db.models import QuerySet
from django.utils import timezone

from khue.citizen.surveys import rules
from khue.citizen.surveys.models import Reply, State, Survey
from khue.kernel import registry
from khue.kernel.access.actor import Actor
from khue.kernel.indicators import privacy
from khue.kernel.org.models import Unit
from khue.kernel.statements import fetch
from khue.registry.roster.models import Classroom

MANAGE: Final = "surveys.manage_surveys"
_MIX: Final = random.SystemRandom()
# A school of which somebody answers is counted also when nobody had counted it before.
_SCHOOLS: Final = """
select u.id, u.name, greatest(coalesce(t.asked, 0), coalesce(r.n, 0))::int, coalesce(r.n, 0)::int
from (select unit_id, asked from surveys_turnout where survey_id = %s) t
full join (select unit_id, count(*) as n from surveys_receipt where survey_id = %s group by 1) r using (unit_id)
join org_unit u on u.id = unit_id order by u.sort_key, u.id
"""
_BOXES: Final = "select unit_id, sheets::text from surveys_box where survey_id = %s"
_REPLIES: Final = "select unit_id, jsonb_build_array(sheet)::text from surveys_reply where survey_id = %s"
_ANY: Final = "select 1 from surveys_receipt where survey_id = %s limit 1"


@dataclass(frozen=True, slots=True)
class SchoolShare:
    """How many of a school were asked and have answered; hidden where its answers alone would tell too much."""

    unit_id: int
    name: str
    asked: int
    answered: int
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """A survey's results, of all schools or of one."""

    schools: tuple[SchoolShare, ...]
    asked: int
    answered: int
    tallies: tuple[rules.Tally, ...]
    why_not: str = ""  # 'few' or 'open' when the answers are withheld
    school: SchoolShare | None = None


def own_units(actor: Actor) -> set[int]:
    """The units in whose name the actor asks: a survey is its unit's, not of every unit above it."""
    holders = registry.roles_with(MANAGE)
    return {one.unit_id for one in actor.grants if one.role in holders and one.unit_id is not None}


def surveys(actor: Actor) -> QuerySet[Survey]:
    """The surveys of the actor's own unit or class, newest first."""
    found: QuerySet[Survey] = Survey.objects.visible_to(actor, MANAGE)
    if not actor.is_system:
        found = found.filter(unit_id__in=own_units(actor))
    return found.select_related("unit", "classroom", "made_by").order_by("-closes_on", "-pk")


def places(actor: Actor) -> tuple[list[Unit], list[Classroom]]:
    """The units and the classes of the running year in whose name the actor may ask."""
    own = own_units(actor)
    units = list(
        Unit.objects.visible_to(actor, MANAGE).filter(pk__in=own, closed_on__isnull=True).order_by("pk")
    )
    rooms = (
        Classroom.objects.visible_to(actor, MANAGE)
        .filter(school_id__in=own, year__is_closed=False, closed_on__isnull=True)
        .order_by("sort_key")
    )
    return units, list(rooms[:200])


def has_answers(survey: Survey) -> bool:
    """Whether anybody has answered: then its questions are no longer changed."""
    return bool(fetch(_ANY, [survey.pk]))


def is_over(survey: Survey, day: date | None = None) -> bool:
    """Whether nobody can answer any more."""
    return survey.state == State.CLOSED or (
        survey.state == State.OPEN and survey.closes_on < (day or timezone.localdate())
    )


def results(survey: Survey, school_id: int | None = None) -> Results:
    """What was answered; the caller has the survey by right.

    An anonymous survey shows nothing while it runs (the step from one look to the next would be the last who answered),
    nothing below five answers, and no school whose answers could be had by subtraction.
    """
    rows = [SchoolShare(*row) for row in fetch(_SCHOOLS, [survey.pk, survey.pk])]
    if survey.is_anonymous:
        hidden = privacy.hide([one.answered for one in rows]).parts
        rows = [
            replace(one, is_hidden=is_hidden or one.answered < rules.LEAST)
            for one, is_hidden in zip(rows, hidden, strict=True)
        ]
    asked, answered = sum(one.asked for one in rows), sum(one.answered for one in rows)
    school = next((one for one in rows if one.unit_id == school_id), None)
    seen = school.answered if school else answered
    why_not = ""
    if survey.is_anonymous:
        if not is_over(survey):
            why_not = "open"
        elif seen < rules.LEAST or (school and school.is_hidden and len(rows) > 1):
            why_not = "few"
    if why_not:
        return Results(tuple(rows), asked, answered, (), why_not, school)
    sheets = all_sheets(survey)
    wanted = sheets.get(school_id, []) if school_id else [one for own in sheets.values() for one in own]
    least = rules.LEAST if survey.is_anonymous else 1
    found = rules.tallies(rules.questions(survey.questions), wanted, least=least, shuffle=_MIX.shuffle)
    return Results(tuple(rows), asked, answered, tuple(found), "", school)


def all_sheets(survey: Survey) -> dict[int, list[dict[str, Any]]]:
    """Every sheet by school; only results and files of results read it."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for unit, sheets in fetch(_BOXES if survey.is_anonymous else _REPLIES, [survey.pk]):
        found[unit] += orjson.loads(sheets)
    return found


def replies(actor: Actor, survey: Survey) -> Sequence[Reply]:
    """The answers to a named survey with who gave them."""
    found = Reply.objects.visible_to(actor, MANAGE).filter(survey=survey)
    return list(
        found.select_related("person", "enrolment__person", "enrolment__classroom", "unit").order_by("pk")
    )
