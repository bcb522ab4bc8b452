"""Ways by which a notice leaves Khuê. E-mail is one; web push, SMS and Zalo register beside it.

A channel says whom it can reach and sends one parcel. What it knows about a failure decides what happens next: a
parcel that surely was not taken is tried again later; one of which nobody knows is never sent twice.
"""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.people.models import Account


class NotSent(Exception):
    """The channel surely did not take the parcel; `again` says whether trying later can help."""

    def __init__(self, problem: str, *, again: bool = True) -> None:
        super().__init__(problem)
        self.problem = problem
        self.again = again


class Unknown(Exception):
    """The line broke at a moment when the parcel may already have been taken."""


@dataclass(frozen=True)
class Parcel:
    """One notice for one address; `key` is the same however often it is tried."""

    key: str
    address: str
    title: str
    body: str
    link: str


class Channel(Protocol):
    """What a way out must be able to do."""

    name: str
    label: Any  # str or lazy text

    def addresses(self, person_ids: Sequence[int]) -> dict[int, str]:
        """The people this channel reaches now, each with an address; few statements however many people."""
        ...

    def send(self, parcel: Parcel) -> None:
        """Hand one parcel over; raises NotSent or Unknown."""
        ...


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Make a channel known; a second one of the same name takes its place."""
    _channels[channel.name] = channel


def channels() -> dict[str, Channel]:
    """Every channel by name."""
    return dict(_channels)


class EMail:
    """Letters to the address of the account."""

    name = "email"
    label = gettext_lazy("Thư điện tử")

    def addresses(self, person_ids: Sequence[int]) -> dict[int, str]:
        """Active accounts with an address; nobody under sixteen is written to (rules/13: their guardians are)."""
        today = timezone.localdate()
        sixteen = today.replace(year=today.year - 16)
        rows = (
            Account.objects.filter(person_id__in=person_ids, is_active=True)
            .exclude(email="")
            .exclude(person__birth_date__gt=sixteen)
        )
        return dict(rows.values_list("person_id", "email"))

    def send(self, parcel: Parcel) -> None:
        """Send one letter; only a server's own "no", or no connection at all, counts as surely not sent."""
        connection = get_connection()
        try:
            connection.open()
        except OSError as problem:
            raise NotSent(f"{type(problem).__name__}: {problem}") from problem
        text = "\n\n".join(
            part for part in (parcel.body, parcel.link, _("Thư này do Khuê gửi, không cần trả lời.")) if part
        )
        domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2] or "khue"
        letter = EmailMessage(
            " ".join(parcel.title.split()),
            text,
            to=[parcel.address],
            headers={"Message-ID": f"<{parcel.key}@{domain}>", "Auto-Submitted": "auto-generated"},
        )
        try:
            connection.send_messages([letter])
        except smtplib.SMTPRecipientsRefused as problem:
            codes = [code for code, _text in problem.recipients.values()]
            raise NotSent(
                f"địa chỉ bị từ chối ({codes})", again=all(code < 500 for code in codes)
            ) from problem
        except smtplib.SMTPResponseException as problem:
            raise NotSent(
                f"{problem.smtp_code} {problem.smtp_error!r}", again=problem.smtp_code < 500
            ) from problem
        except OSError as problem:
            raise Unknown(f"{type(problem).__name__}: {problem}") from problem
        finally:
            connection.close()


register(EMail())
