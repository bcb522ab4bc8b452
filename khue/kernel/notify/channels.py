"""Ways by which a notice leaves Khuê: web push (push.py), e-mail, the gateway for SMS and Zalo (gateway.py).

A channel says whom it can reach and sends one parcel. What it knows about a failure decides what happens next: a
parcel that surely was not taken is tried again later; one of which nobody knows is never sent twice, unless the other
side promises to take the same key once. `send` runs in a thread beside others and asks the database nothing.
"""

from __future__ import annotations

import smtplib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from khue.kernel.people.models import Account

Address = tuple[int, int, str]  # person, target (the browser; 0 where there is one address), address


class NotSent(Exception):
    """The channel surely did not take the parcel; `again` says whether trying later can help, `after` when at best."""

    def __init__(self, problem: str, *, again: bool = True, after: timedelta | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.again = again
        self.after = after


class Gone(NotSent):
    """The address is no more and never will be again."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem, again=False)


class Unknown(Exception):
    """The line broke at a moment when the parcel may already have been taken."""


@dataclass(frozen=True)
class Parcel:
    """One notice for one address; `key` is the same however often it is tried.

    `front` is what may stand where others can read it: a locked screen, a message of the telephone network.
    """

    key: str
    address: str
    title: str
    body: str
    link: str
    front: str = ""
    urgency: int = 0


class Channel(ABC):
    """What a way out must be able to do."""

    name: str
    label: Any  # str or lazy text
    lanes: ClassVar[int] = 4  # how many parcels are on their way at once
    repeats_safely: ClassVar[bool] = False  # the other side takes the same key once
    skips_read: ClassVar[bool] = False  # not sent any more once the notice has been read in Khuê
    is_paid: ClassVar[bool] = False

    @abstractmethod
    def addresses(self, person_ids: Sequence[int]) -> list[Address]:
        """How this channel reaches people now; few statements however many people."""

    @abstractmethod
    def send(self, parcel: Parcel) -> None:
        """Hand one parcel over; raises NotSent or Unknown."""


_channels: dict[str, Channel] = {}


def register(channel: Channel) -> None:
    """Make a channel known; a second one of the same name takes its place."""
    _channels[channel.name] = channel


def channels() -> dict[str, Channel]:
    """Every channel by name; free ones before those that cost."""
    return dict(sorted(_channels.items(), key=lambda item: item[1].is_paid))


def sixteen_ago() -> Any:
    """The birth date of those who turn sixteen today: nobody younger is written to (rules/13: their guardians are)."""
    today = timezone.localdate()
    return today.replace(year=today.year - 16, day=min(today.day, 28) if today.month == 2 else today.day)


class EMail(Channel):
    """Letters to the address of the account."""

    name = "email"
    label = gettext_lazy("Thư điện tử")

    def addresses(self, person_ids: Sequence[int]) -> list[Address]:
        """Active accounts with an address, of people over sixteen."""
        rows = (
            Account.objects.filter(person_id__in=person_ids, is_active=True)
            .exclude(email="")
            .exclude(person__birth_date__gt=sixteen_ago())
        )
        return [(person_id, 0, email) for person_id, email in rows.values_list("person_id", "email")]

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
