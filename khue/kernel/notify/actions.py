"""What people do with their own notices, browsers and wishes."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, Work, action, written
from khue.kernel.notify import push, sealing
from khue.kernel.notify.models import Message, Preference, Subscription
from khue.kernel.notify.notices import tell
from khue.kernel.people.models import Person

BROWSERS_MOST = 10
LABEL_MAX = 80
WISHES = ("push", "email", "gateway", "shows_names")


@action("notify.mark_read", own=True)
def mark_read(work: Work, messages: list[Message]) -> int:
    """Mark one's own notices as read; gives how many were not."""
    now = timezone.now()
    fresh = [message.pk for message in messages if message.read_at is None]
    work.change_many(Message, ["read_at"], {pk: ([None], [now]) for pk in fresh})
    return len(fresh)


@action("notify.subscribe", own=True)
def subscribe(
    work: Work, person: Person, *, endpoint: str, public_key: str, secret: str, label: str
) -> Subscription:
    """Show one's notices in a browser; whoever had it before has it no more. The oldest of eleven goes."""
    if not push.is_endpoint(endpoint) or not sealing.is_key(public_key, secret):
        raise DomainError(
            _("Trình duyệt này chưa cho địa chỉ nhận tin dùng được. Thử lại, hoặc dùng trình duyệt bản mới.")
        )
    label = " ".join(label.split())[:LABEL_MAX] or written(gettext_noop("Trình duyệt"))
    there = Subscription.objects.select_for_update().filter(endpoint=endpoint).first()
    if there is not None and there.person_id == person.pk:
        return work.change(there, public_key=public_key, secret=secret, label=label)
    if there is not None:
        work.remove(there)
    own = list(Subscription.objects.filter(person=person).order_by("pk"))
    for old in own[: max(0, len(own) - BROWSERS_MOST + 1)]:
        work.remove(old)
    return work.create(
        Subscription(person=person, endpoint=endpoint, public_key=public_key, secret=secret, label=label)
    )


@action("notify.unsubscribe", own=True)
def unsubscribe(work: Work, browser: Subscription) -> None:
    """Show one's notices in a browser no more."""
    work.remove(browser)


@action("notify.set_wishes", own=True)
def set_wishes(
    work: Work, person: Person, *, push: bool, email: bool, gateway: bool, shows_names: bool
) -> Preference:
    """Say by which channels one wishes to be told, and what may stand on a locked screen."""
    values = dict(zip(WISHES, (push, email, gateway, shows_names), strict=True))
    row = Preference.objects.select_for_update().filter(person=person).first()
    if row is None:
        return work.create(Preference(person=person, **values))
    return work.change(row, **values)


@action("notify.try_out", own=True)
def try_out(work: Work, person: Person) -> int:
    """Send oneself a notice to one's browsers, to see that it comes."""
    if not Subscription.objects.filter(person=person).exists():
        raise DomainError(_("Chưa có trình duyệt nào bật báo tin. Bật trên máy này rồi thử."))
    return tell(
        work, people=[person.pk], kind="notify.trial", title=written(gettext_noop("Khuê thử báo tin")),
        body=written(gettext_noop("Tin này hiện trên máy là đã bật đúng.")), url=reverse("notify:ways"), only=("push",),
    )  # fmt: skip
