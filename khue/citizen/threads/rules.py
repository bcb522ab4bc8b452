"""What may be done with messages and announcements; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

WITHDRAW_WITHIN: Final = timedelta(minutes=5)
SHOWN_DAYS: Final = 30  # how long an announcement is shown when nobody says
MOST_DAYS: Final = 366
RECENT_DAYS: Final = 30  # figures look back this far
ANSWER_WITHIN: Final = 8 * 60  # minutes of office hours in which a family is answered


def may_withdraw(
    sent_at: datetime, seen_at: datetime | None, withdrawn_at: datetime | None, now: datetime
) -> bool:
    """Whether its writer may still take a message back: within five minutes, while nobody has seen it."""
    return seen_at is None and withdrawn_at is None and now - sent_at <= WITHDRAW_WITHIN


def tidy(text: str) -> str:
    """What somebody typed, without blank ends, lines' tails and runs of empty lines."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)


def may_remind(reminded_on: date | None, expires_on: date, today: date) -> bool:
    """Whether those who have not read or confirmed may be reminded: once a day, while it is shown."""
    return reminded_on != today and expires_on >= today


def is_good_expiry(expires_on: date, today: date) -> bool:
    """Whether an announcement may be shown until then: today at the earliest, a year at the longest."""
    return today <= expires_on <= today + timedelta(days=MOST_DAYS)
