"""What courses do when schools merge or split: they go where their class has gone."""

from __future__ import annotations

from django.db.models import F

from khue.kernel.actions import Work
from khue.kernel.org.events import UnitsMerged, UnitSplit
from khue.registry.curriculum.models import Course


def units_merged(work: Work, event: UnitsMerged) -> None:
    """Courses of classes that went to the school that stays."""
    _follow(work, list(event.from_ids))


def unit_split(work: Work, event: UnitSplit) -> None:
    """Courses of classes that went to the new school."""
    _follow(work, [event.unit_id])


def _follow(work: Work, former: list[int]) -> None:
    rows = Course.objects.select_for_update(of=("self",)).filter(school_id__in=former)
    moved = rows.exclude(classroom__school_id=F("school_id")).values_list(
        "pk", "school_id", "classroom__school_id"
    )
    work.change_many(Course, ["school_id"], {pk: ([old], [new]) for pk, old, new in moved})
