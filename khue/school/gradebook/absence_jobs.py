"""Once a week the sheets of conduct take the absences of roll call."""

from __future__ import annotations

from typing import Final

from django.db.models import F
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.school.attendance.queries import all_kept
from khue.school.gradebook import queries
from khue.school.gradebook.actions.absences import all_rolled, fill_absences
from khue.school.gradebook.models import Sheet, SheetKind

CLASSES_AT_ONCE: Final = 200


def fill() -> int:
    """Fill the absences of the running term's sheets of conduct; gives how many sheets had something new."""
    today = timezone.localdate()
    rows = Sheet.objects.filter(
        kind=SheetKind.CONDUCT, year__is_closed=False, year__terms__starts_on__lte=today,
        year__terms__ends_on__gte=today, year__terms__number=F("term"),
    )  # fmt: skip
    actor = Actor.system("gradebook.fill_absences")
    sheets = list(rows.order_by("classroom_id"))
    done = 0
    for first in range(0, len(sheets), CLASSES_AT_ONCE):
        part = sheets[first : first + CLASSES_AT_ONCE]
        kept = all_kept([sheet.classroom_id for sheet in part])
        for sheet in part:
            if sheet.classroom_id not in kept:
                continue
            found = queries.all_frame(sheet.pk)
            rolled = all_rolled(found, queries.all_rows(found))
            if rolled is not None and rolled.wanted:
                fill_absences(actor, sheet)
                done += 1
    return done
