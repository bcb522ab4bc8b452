"""The browsers that show a person's notices, when one of them may be in other hands."""

from __future__ import annotations

from collections.abc import Iterable

from khue.kernel.actions import Work
from khue.kernel.notify.models import Subscription


def silence(work: Work, person_ids: Iterable[int]) -> int:
    """Show these people's notices in no browser any more, inside the action that shut browsers out; gives how many.

    Which line belongs to which sign-in is not known, and a lost phone would go on showing children's names on its
    locked screen: all go, and whoever holds a browser rightly turns its notices on again with one press.
    """
    rows = list(Subscription.objects.filter(person_id__in=list(person_ids)).order_by("pk"))
    for row in rows:
        work.remove(row)
    return len(rows)
