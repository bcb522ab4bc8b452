"""SMS and Zalo by one HTTP gateway of the operator's choice, for what presses and has not been read.

The contract: `POST KHUE_GATEWAY_URL`, `Authorization: Bearer KHUE_GATEWAY_TOKEN`, `Idempotency-Key: <key>` and JSON
`{"id": key, "to": "+84…", "from": sender, "via": "sms"|"zalo"|"zalo_sms", "text": …}`. 200, 201, 202 and 409 (the key
was taken before): taken. 429 and 503: later, by Retry-After. Other 4xx: not taken. Anything else: nobody knows. A
gateway takes the same key once, so what nobody knows is asked again under the same key.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy

from khue.kernel.notify import outside
from khue.kernel.notify.channels import Address, Channel, NotSent, Parcel, Unknown, sixteen_ago
from khue.kernel.people.models import Person
from khue.kernel.settings_store.values import values_of
from khue.lib.phones import is_mobile

TEXT_MAX: Final = 300
_PLAIN: Final = str.maketrans(
    {"đ": "d", "Đ": "D", "“": '"', "”": '"', "’": "'", "–": "-", "—": "-", "·": "-"}
)
NAMES: Final = ("notify.sender", "notify.via", "notify.plain_text")


@dataclass(frozen=True)
class Manner:
    """How the province sends messages."""

    sender: str
    via: str
    is_plain: bool


def manner() -> Manner:
    """The province's settings; one query."""
    values = values_of(NAMES)
    return Manner(str(values[NAMES[0]]), str(values[NAMES[1]]), bool(values[NAMES[2]]))


def text_of(front: str, is_plain: bool) -> str:
    """What stands in the message: one line, without diacritics where the province wishes to pay less."""
    text = " ".join(front.split())[:TEXT_MAX]
    return plain(text) if is_plain else text


def plain(text: str) -> str:
    """A text in plain letters, which the telephone network carries cheapest."""
    parts = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(char for char in parts if char.isascii())


def parts_of(text: str) -> int:
    """How many messages of the network a text fills: 160 plain letters or 70 with diacritics, fewer in several."""
    single, several = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // several)


class Gateway(Channel):
    """The operator's gateway; without an address in the environment it reaches nobody."""

    name = "gateway"
    label = gettext_lazy("Tin nhắn SMS, Zalo")
    lanes = 8
    repeats_safely = True
    skips_read = True
    is_paid = True

    def __init__(self) -> None:
        self.manner = Manner("", "sms", True)  # as of the last claim

    def addresses(self, person_ids: Sequence[int]) -> list[Address]:
        """Living people over sixteen with a mobile number."""
        if not settings.GATEWAY_URL:
            return []
        rows = (
            Person.objects.filter(pk__in=person_ids, died_on__isnull=True, merged_into__isnull=True)
            .exclude(phone="")
            .exclude(birth_date__gt=sixteen_ago())
        )
        return [(pk, 0, phone) for pk, phone in rows.values_list("pk", "phone") if is_mobile(phone)]

    def send(self, parcel: Parcel) -> None:
        """Hand one message over."""
        now = self.manner
        answer = outside.post_json(
            settings.GATEWAY_URL,
            {"id": parcel.key, "to": parcel.address, "from": now.sender, "via": now.via,
             "text": text_of(parcel.front, now.is_plain)},
            {"Authorization": f"Bearer {settings.GATEWAY_TOKEN}", "Idempotency-Key": parcel.key},
        )  # fmt: skip
        if answer.status in (200, 201, 202, 409):
            return
        if answer.status in (401, 403, 408, 425, 429, 503):
            raise NotSent(answer.words, after=answer.after)
        if 400 <= answer.status < 500:
            raise NotSent(answer.words, again=False)
        raise Unknown(answer.words)
