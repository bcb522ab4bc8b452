"""Take in what a device sends: one run of entries of one sheet, its writing and its ledger in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import Conflict, DomainError, Work, action, written
from khue.kernel.offline import queries
from khue.kernel.offline.actions.devices import still_open
from khue.kernel.offline.declare import Asked, Collection, Home, Outcome, collections
from khue.kernel.offline.merge import Entry, Verdict, Waiting
from khue.kernel.offline.models import Carry, Device, Held, Kind, Replica, State
from khue.kernel.offline.models import Entry as Kept
from khue.kernel.workflow.tasks import close_tasks, open_task


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device is told of one entry."""

    seq: int
    verdict: str
    now: Any
    message: str
    is_repeat: bool = False


@action("offline.receive", own=True)
def receive(
    work: Work, replica: Replica, *, run: Sequence[Entry], package: Carry | None, left: int | None = None
) -> list[Answer]:
    """Write a run of entries of one group, in which no key comes twice, and keep the answers with their numbers.

    `package` is what the entries were made under; None when there is no such one. Raises Conflict when the replica's
    numbering has gone on meanwhile: the caller asks anew where it stands.
    """
    device = Device.objects.select_for_update().get(pk=replica.device_id)
    still_open(device)
    if run[0].seq != replica.next:
        raise Conflict(_("Bản này đang gửi ở một cửa sổ khác. Chờ vài giây rồi gửi tiếp."))
    collection = collections().get(run[0].collection)
    open_rows: dict[str, dict[str, Held]] = {}
    for row in queries.all_open(replica, run[0].collection, [entry.key for entry in run]):
        open_rows.setdefault(row.key, {})[row.part] = row
    home, outcomes = _outcomes(work, collection, run, package, open_rows)
    for entry, outcome in zip(run, outcomes, strict=True):
        _hold(work, device, replica, home, entry, outcome, open_rows.get(entry.key, {}))
    Kept.objects.bulk_create(
        Kept(
            replica=replica, seq=entry.seq, digest=entry.digest, collection=entry.collection, key=entry.key,
            value=entry.value, carry=entry.carry, said_at=entry.at, verdict=outcome.verdict, now=outcome.now,
            message=outcome.message[:300],
        )
        for entry, outcome in zip(run, outcomes, strict=True)
    )  # fmt: skip
    Replica.objects.filter(pk=replica.pk).update(next=run[-1].seq + 1)
    Device.objects.filter(pk=device.pk).update(
        joined_at=timezone.now(), waiting=device.waiting if left is None else left
    )
    work.note(
        collection=run[0].collection, entries=[run[0].seq, run[-1].seq], carry=run[0].carry,
        verdicts=dict(Counter(str(outcome.verdict) for outcome in outcomes)),
    )  # fmt: skip
    _tasks(work, home, collection, run, outcomes)
    return [
        Answer(entry.seq, outcome.verdict, outcome.now, outcome.message)
        for entry, outcome in zip(run, outcomes, strict=True)
    ]


def _outcomes(
    work: Work,
    collection: Collection | None,
    run: Sequence[Entry],
    package: Carry | None,
    open_rows: Mapping[str, Mapping[str, Held]],
) -> tuple[Home | None, list[Outcome]]:
    nowhere = _("Máy này chưa mang chỗ đó theo, nên không ghi được.")
    group = collection.group(run[0].key) if collection is not None else ""
    if collection is None or not group:
        return None, [Outcome(Verdict.REFUSED, message=nowhere)] * len(run)
    rights = package.rights.get(collection.name, []) if package is not None else []
    asked = [
        Asked(
            entry,
            bool(rights) and collection.covers(rights, entry.key),
            {
                part: Waiting(row.mine, row.seen)
                for part, row in open_rows.get(entry.key, {}).items()
            },
        )
        for entry in run
    ]  # fmt: skip
    if not any(one.could_then for one in asked):
        return None, [Outcome(Verdict.REFUSED, message=nowhere)] * len(run)
    try:
        with transaction.atomic():
            return collection.apply(work.actor, group, asked)
    except Conflict:
        raise  # somebody wrote in this very moment: nothing is answered, the device asks again
    except DomainError as problem:
        return None, [Outcome(Verdict.REFUSED, message=problem.message)] * len(run)


def _hold(
    work: Work,
    device: Device,
    replica: Replica,
    home: Home | None,
    entry: Entry,
    outcome: Outcome,
    waiting: Mapping[str, Held],
) -> None:
    """Keep what a person has to decide, and end what the author has entered anew."""
    for part in sorted(outcome.ends & set(waiting)):
        work.change(
            waiting[part], state=State.REPLACED, settled=entry.value if not part else None,
            settled_by_id=work.actor.person_id, settled_at=timezone.now(),
        )  # fmt: skip
    if home is None:
        return
    for wait in outcome.waits:
        work.create(
            Held(
                replica=replica, seq=entry.seq, person_id=device.person_id, device_name=device.name, kind=wait.kind,
                collection=entry.collection, key=entry.key, part=wait.part, unit_id=home.unit_id,
                campus_id=home.campus_id, classroom_id=home.classroom_id, course_id=home.course_id,
                entering=home.entering, mine=wait.mine, theirs=wait.theirs, seen=wait.seen,
                theirs_by=wait.theirs_by[:100], theirs_at=wait.theirs_at, said_at=entry.at,
                message=wait.message[:300],
            )
        )  # fmt: skip


def clash_subject(collection: str, group: str, person_id: int) -> str:
    """What a task about conflicts of one sheet and one author is filed under."""
    return f"offline.clash:{collection}:{group}:{person_id}"[:80]


def review_subject(unit_id: int) -> str:
    """What the task about a school's reviews is filed under."""
    return f"offline.review:{unit_id}"


def _tasks(
    work: Work,
    home: Home | None,
    collection: Collection | None,
    run: Sequence[Entry],
    outcomes: Sequence[Outcome],
) -> None:
    """Put what was kept into the inboxes of those who decide; take out what is over."""
    if home is None or collection is None:
        return
    group, person_id = collection.group(run[0].key), work.actor.person_id or 0
    kinds = {wait.kind for outcome in outcomes for wait in outcome.waits}
    subject = clash_subject(collection.name, group, person_id)
    if Kind.CLASH in kinds:
        open_task(
            work, kind="offline.clash", person_id=person_id, subject=subject, url=reverse("offline:clashes"),
            title=written(gettext_noop("%(what)s: hai giá trị khác nhau, chọn một"), what=collection.label),
            detail=written(gettext_noop("Ghi lúc không có mạng, trong khi ô đó đã có người khác ghi.")),
            action_label=written(gettext_noop("Chọn giá trị")),
        )  # fmt: skip
    if kinds - {Kind.CLASH}:
        open_task(
            work, kind="offline.review", unit_id=home.unit_id, permission="offline.review",
            subject=review_subject(home.unit_id), url=reverse("offline:reviews"),
            title=written(gettext_noop("Xét những gì ghi lúc không có mạng mà tới sau khi khóa")),
            action_label=written(gettext_noop("Xét")),
        )  # fmt: skip
    if any(outcome.ends for outcome in outcomes):
        close_what_is_over(work, collection, group, person_id, home.unit_id)


def close_what_is_over(work: Work, collection: Collection, group: str, person_id: int, unit_id: int) -> None:
    """Close the tasks for which nothing waits any more."""
    rows = Held.objects.filter(state=State.OPEN)
    mine = rows.filter(collection=collection.name, person_id=person_id, kind=Kind.CLASH)
    if not any(collection.group(key) == group for key in mine.values_list("key", flat=True)):
        close_tasks(work, clash_subject(collection.name, group, person_id))
    if not rows.filter(unit_id=unit_id).exclude(kind=Kind.CLASH).exists():
        close_tasks(work, review_subject(unit_id))
