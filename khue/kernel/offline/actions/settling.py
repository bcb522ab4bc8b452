"""A person decides: of two values that clash, and of one that came too late."""

from __future__ import annotations

from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import Conflict, DomainError, NotVisible, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.offline.actions.receiving import close_what_is_over
from khue.kernel.offline.declare import Cellname, Collection, collections
from khue.kernel.offline.merge import Value, is_same
from khue.kernel.offline.models import Held, Kind, State

OVER: Final = gettext_noop("Chỗ này đã có người xử lí rồi.")


@action("offline.settle_clash", permission="offline.settle")
def settle_clash(work: Work, held: Held, *, choice: str, seen: Value, value: Value = None) -> Held:
    """End a conflict: `mine` writes what was entered on the device, `theirs` keeps what stands, `other` writes `value`.

    `seen` is what the page showed as standing there. Raises Conflict when somebody decided or wrote meanwhile,
    NotVisible for who may not write there.
    """
    if held.kind != Kind.CLASH or not work.actor.can(held.entering, held):
        raise NotVisible
    collection = _open_one(held)
    if choice not in (State.MINE, State.THEIRS, State.OTHER):
        raise DomainError(_("Chọn một giá trị."))
    settled = seen
    if choice == State.THEIRS:
        place = collection.describe([Cellname(held.key, held.part, held.mine, held.theirs)]).get(
            (held.key, held.part)
        )
        if place is not None and not is_same(place.now, seen):
            raise Conflict(_("Ô này vừa có thay đổi. Xem lại hai giá trị rồi chọn."))
    else:
        settled = held.mine if choice == State.MINE else value
        collection.settle(
            work.actor, held.key, held.part, seen=seen, value=settled, author=held.person_id
        )  # fmt: skip
    return _end(work, held, collection, State(choice), settled)


@action("offline.accept_review", permission="offline.review")
def accept_review(work: Work, held: Held, *, seen: Value, reason: str) -> Held:
    """Let what came too late be written after all, by a head who did not enter it; the cell must be open again.

    Raises DomainError while it is locked, Conflict when the cell is not what the page showed.
    """
    collection = _for_review(work, held, reason)
    collection.accept(
        work.actor, held.key, held.part, seen=seen, value=held.mine, author=held.person_id, reason=work.reason
    )
    done = _end(work, held, collection, State.MINE, held.mine)
    _tell(work, held, gettext_noop("Đã ghi vào sổ những gì thầy cô ghi lúc không có mạng"))
    return done


@action("offline.reject_review", permission="offline.review")
def reject_review(work: Work, held: Held, *, reason: str) -> Held:
    """Leave what stands, with a reason that the author is told; the value stays readable in the record."""
    collection = _for_review(work, held, reason)
    done = _end(work, held, collection, State.THEIRS, held.theirs)
    _tell(work, held, gettext_noop("Không ghi vào sổ những gì thầy cô ghi lúc không có mạng"))
    return done


def _open_one(held: Held) -> Collection:
    if held.state != State.OPEN:
        raise Conflict(_(OVER))
    collection = collections().get(held.collection)
    if collection is None:
        raise NotVisible
    return collection


def _for_review(work: Work, held: Held, reason: str) -> Collection:
    if held.kind == Kind.CLASH:
        raise NotVisible
    collection = _open_one(held)
    if held.person_id == work.actor.person_id:
        raise DomainError(_("Người ghi và người xét phải là hai người."))
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise DomainError(_("Ghi vì sao quyết định như vậy."), fields={"reason": _("Chưa điền.")})
    work.reason = reason
    return collection


def _end(work: Work, held: Held, collection: Collection, state: State, settled: Value) -> Held:
    done = work.change(
        held, state=state, settled=settled, settled_by_id=work.actor.person_id, settled_at=timezone.now(),
        reason=work.reason,
    )  # fmt: skip
    close_what_is_over(work, collection, collection.group(held.key), held.person_id, held.unit_id)
    return done


def _tell(work: Work, held: Held, title: str) -> None:
    tell(
        work,
        people=[held.person_id],
        kind="offline.review",
        title=written(title),
        body=work.reason,
        url="/ngoai-tuyen/may/",
        dedupe_key=f"offline.review:{held.pk}",
    )
