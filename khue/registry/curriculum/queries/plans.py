"""The programme: what each grade is taught."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from khue.kernel.access.actor import Actor
from khue.registry.curriculum import rules
from khue.registry.curriculum.models import Subject, SubjectPlan
from khue.registry.curriculum.programme import ELECTIVES_TAKEN, PERIODS_OF_TOPIC


def _plans(year_id: int) -> QuerySet[SubjectPlan]:
    held = Q(valid_from__lte=year_id) & (Q(valid_to__isnull=True) | Q(valid_to__gt=year_id))
    return SubjectPlan.objects.filter(held).order_by("level", "grade", "subject__order", "valid_from")


def all_plans(year_id: int) -> dict[tuple[str, int], list[rules.PlanLine]]:
    """The programme of a year by level and grade, in the order of subjects; the newest line of a subject holds."""
    found: dict[tuple[str, int], dict[str, rules.PlanLine]] = {}
    rows = _plans(year_id).values_list(
        "level", "grade", "subject_id", "kind", "periods_a_year", "assessed_by"
    )
    for level, grade, subject, kind, periods, assessed in rows:
        found.setdefault((level, grade), {})[subject] = rules.PlanLine(subject, kind, periods, assessed)
    return {place: list(lines.values()) for place, lines in found.items()}


def all_plan(year_id: int, level: str, grade: int) -> list[rules.PlanLine]:
    """The programme of one grade in a year."""
    return all_plans(year_id).get((level, grade), [])


def all_subject_names() -> dict[str, str]:
    """Code to name."""
    return dict(Subject.objects.order_by("order").values_list("code", "name"))


def subjects(actor: Actor) -> list[Subject]:
    """The subjects of the programme, in the order of books."""
    return list(Subject.objects.order_by("order")) if actor.holds("curriculum.view") else []


@dataclass(frozen=True)
class ProgrammeTable:
    """The programme of one level: rows of subjects by grades, and the sums the circular gives."""

    level: str
    grades: list[int]
    rows: list[tuple[str, str, str, list[int | None]]]  # name, kind, assessed by, periods by grade
    compulsory: list[int]
    every: list[int]  # what every pupil has: with electives and topics
    sources: list[str]


def programme(actor: Actor, year_id: int) -> list[ProgrammeTable]:
    """The programme in force in a year, a table a level; one query."""
    if not actor.holds("curriculum.view"):
        return []
    rows = _plans(year_id).values_list(
        "level", "grade", "subject__name", "kind", "assessed_by", "periods_a_year", "source", "subject__order"
    )
    levels: dict[str, dict[tuple[int, str, str, str], dict[int, int]]] = {}
    sources: dict[str, set[str]] = {}
    for level, grade, name, kind, assessed, periods, source, order in rows:
        levels.setdefault(level, {}).setdefault((order, name, kind, assessed), {})[grade] = periods
        sources.setdefault(level, set()).add(source)
    found = []
    for level in sorted(levels, key=lambda one: ("TH", "THCS", "THPT", "GDTX").index(one)):
        lines = levels[level]
        grades = sorted({grade for by_grade in lines.values() for grade in by_grade})
        ranks = {"compulsory": 0, "elective": 1, "optional": 2}
        ranked = sorted(lines.items(), key=lambda item: (ranks.get(item[0][2], 3), item[0][0]))
        compulsory = [
            sum(given.get(g, 0) for (_o, _n, kind, _a), given in ranked if kind == "compulsory")
            for g in grades
        ]
        more = ELECTIVES_TAKEN * 70 + rules.TOPICS_TAKEN * PERIODS_OF_TOPIC if level == "THPT" else 0
        found.append(
            ProgrammeTable(
                level, grades,
                [(name, kind, how, [given.get(g) for g in grades]) for (_o, name, kind, how), given in ranked],
                compulsory, [total + more for total in compulsory], sorted(sources[level]),
            )
        )  # fmt: skip
    return found
