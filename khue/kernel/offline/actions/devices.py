"""Register a device, take along, cut off."""

from __future__ import annotations

import re
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from khue.kernel.actions import DomainError, NotAllowed, Work, action, written
from khue.kernel.notify.notices import tell
from khue.kernel.offline.declare import collections
from khue.kernel.offline.models import Carry, Device, Replica
from khue.kernel.offline.tokens import hash_of, new_half, new_token
from khue.kernel.people.models import Person

MOST_DEVICES: Final = 8
MOST_REPLICAS: Final = 200
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{22,40}", re.ASCII)


@action("offline.register", own=True)
def register(
    work: Work, person: Person, *, name: str, replica: str, agent: str = ""
) -> tuple[Device, str]:  # fmt: skip
    """Let a device carry the person's own classes; gives it and its token, which is told this once."""
    if not work.actor.holds("offline.carry"):
        raise NotAllowed
    name = " ".join(name.split())[:60]
    if not name:
        raise DomainError(_("Đặt tên cho máy."), fields={"name": _("Chưa điền.")})
    if Device.objects.filter(person=person, cut_off_at__isnull=True).count() >= MOST_DEVICES:
        raise DomainError(_("Đã có 8 máy mang đi. Cắt máy không dùng nữa rồi thêm."))
    token = new_token()
    device = work.create(
        Device(
            person=person, unit_id=work.actor.unit_id, name=name, agent=agent[:60], token_hash=hash_of(token),
            half=new_half(), joined_at=timezone.now(),
        )
    )  # fmt: skip
    _add(work, device, replica)
    return device, token


@action("offline.add_replica", own=True)
def add_replica(work: Work, device: Device, *, replica: str) -> Replica:
    """Count anew: the copy on the device was lost, broken or put back."""
    still_open(device)
    if Replica.objects.filter(device=device).count() >= MOST_REPLICAS:
        raise DomainError(_("Máy này đã cài lại quá nhiều lần. Cắt máy rồi thêm lại."))
    return _add(work, device, replica)


def _add(work: Work, device: Device, name: str) -> Replica:
    if not _NAME.fullmatch(name) or Replica.objects.filter(name=name).exists():
        raise DomainError(
            _("Bản dữ liệu trên máy không có tên riêng. Tải lại trang rồi thử lại."), code="malformed"
        )
    return work.create(Replica(device=device, name=name))


def still_open(device: Device) -> None:
    """Raise NotAllowed when the device was cut off."""
    if device.cut_off_at is not None:
        raise NotAllowed(_("Máy này đã bị cắt."))


@action("offline.carry", own=True)
def carry(work: Work, device: Device, *, waiting: int | None = None) -> tuple[Carry, dict[str, Any]]:
    """Pack what the actor may take along now; gives the package's record and its data by collection.

    What the package allows is kept here: entries cite it, and the device cannot change it. Raises NotAllowed when
    the device was cut off or the actor carries nothing in this capacity.
    """
    still_open(device)
    if not work.actor.holds("offline.carry"):
        raise NotAllowed
    rights, data = {}, {}
    for name, collection in collections().items():
        packed = collection.pack(work.actor)
        if packed.rights:
            rights[name], data[name] = packed.rights, packed.data
    made = Carry.objects.create(
        device=device, number=device.carries + 1, capacity=work.actor.capacity, rights=rights
    )
    device.carries = made.number
    device.joined_at = timezone.now()
    device.unit_id = work.actor.unit_id
    if waiting is not None:
        device.waiting = waiting
    device.save(update_fields=["carries", "joined_at", "unit_id", "waiting"])
    work.note(carry=made.number, rights=rights)
    return made, data


@action("offline.leave", own=True)
def leave(work: Work, device: Device) -> Device:
    """Give an own device up, or cut an own lost one off: it erases itself at its next contact."""
    still_open(device)
    return work.change(device, cut_off_at=timezone.now(), cut_off_by_id=work.actor.person_id)


@action("offline.cut_off", permission="offline.manage")
def cut_off(work: Work, device: Device, *, reason: str) -> Device:
    """Cut somebody's lost device off: nothing is taken from it any more, and it erases itself at its next contact."""
    still_open(device)
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise DomainError(_("Ghi vì sao cắt máy."), fields={"reason": _("Chưa điền.")})
    work.reason = reason
    work.touch_people([device.person_id])
    done = work.change(device, cut_off_at=timezone.now(), cut_off_by_id=work.actor.person_id)
    tell(
        work,
        people=[device.person_id],
        kind="offline.cut_off",
        title=written(gettext_noop("Máy “%(name)s” không mang dữ liệu đi được nữa"), name=device.name),
        body=reason,
        url="/ngoai-tuyen/may/",
        dedupe_key=f"offline.cut_off:{device.pk}",
    )
    return done
