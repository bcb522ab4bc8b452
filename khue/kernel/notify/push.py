"""Web push: a notice on the screen of a browser that asked for it, also while Khuê is closed there."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_lazy

from khue.kernel.notify import outside
from khue.kernel.notify.channels import Address, Channel, Gone, NotSent, Parcel
from khue.kernel.notify.models import Subscription, Urgency

ENDPOINT_MAX: Final = 600
TITLE_MAX: Final = 200
LIVES: Final = {Urgency.NORMAL: 24 * 3600, Urgency.PRESSING: 4 * 3600, Urgency.EMERGENCY: 4 * 3600}  # seconds
_INNER: Final = (".local", ".localhost", ".internal", ".lan", ".home", ".intranet", ".corp")


def is_endpoint(address: str) -> bool:
    """Whether an address can be one of a push service: https, a name of the public net, nothing hidden in it.

    Where the name leads is looked at each time something is sent (outside.py).
    """
    if len(address) > ENDPOINT_MAX or not address.isascii() or any(char <= " " for char in address):
        return False
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if settings.PUSH_TO_PRIVATE:
        return parts.scheme in ("http", "https") and bool(host)
    if (
        parts.scheme != "https"
        or parts.username
        or parts.password
        or parts.fragment
        or port not in (None, 443)
    ):
        return False
    return "." in host and not host.endswith(_INNER) and not _is_number(host)


def _is_number(host: str) -> bool:
    """Whether a host is an IP address in any spelling that resolvers take."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2][:1].isdigit()
    return True


class WebPush(Channel):
    """One sealed message to each browser of a person."""

    name = "push"
    label = gettext_lazy("Báo trên trình duyệt")
    lanes = 32
    repeats_safely = True  # a browser shows a tag once (khue/ui/static/ui/sw-push.js)
    skips_read = True

    def addresses(self, person_ids: Sequence[int]) -> list[Address]:
        """Every browser that these people subscribed, while their accounts are open."""
        rows = Subscription.objects.filter(
            person_id__in=person_ids, person__account__is_active=True
        ).values_list("person_id", "pk", "endpoint", "public_key", "secret")
        return [(person, pk, "\n".join(keys)) for person, pk, *keys in rows]

    def send(self, parcel: Parcel) -> None:
        """Seal and post; a browser that is gone for good is said so."""
        from khue.kernel.notify import sealing

        endpoint, public_key, secret = parcel.address.split("\n")
        said = {"title": parcel.front[:TITLE_MAX], "url": parcel.link, "tag": parcel.key}
        body = sealing.seal(json.dumps(said, ensure_ascii=False).encode(), public_key, secret)
        answer = outside.post(
            endpoint,
            body,
            {
                "Authorization": sealing.authorization(endpoint),
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(LIVES[Urgency(parcel.urgency)]),
                "Urgency": "high" if parcel.urgency else "normal",
                "Topic": parcel.key,
            },
            may_be_private=settings.PUSH_TO_PRIVATE,
        )
        if 200 <= answer.status < 300:
            return
        if answer.status in (404, 410):
            raise Gone(answer.words)
        is_passing = answer.status in (408, 425, 429) or answer.status >= 500
        raise NotSent(answer.words, again=is_passing, after=answer.after)
