"""What is dropped each night: sessions, sign-ins, attempts and codes past their time."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from khue.kernel.people.models import OneTimeCode, SignIn, SignInAttempt

SIGN_INS_KEPT = timedelta(days=730)  # rules/13 section 10: 12 to 24 months
ATTEMPTS_KEPT = timedelta(days=400)
CODES_KEPT = timedelta(days=400)


def sweep() -> int:
    """Drop sessions, sign-ins, attempts and codes past their time; gives how many rows went."""
    now = timezone.now()
    gone = Session.objects.filter(expire_date__lt=now).delete()[0]
    gone += SignIn.objects.filter(started_at__lt=now - SIGN_INS_KEPT).delete()[0]
    gone += SignInAttempt.objects.filter(last_at__lt=now - ATTEMPTS_KEPT).delete()[0]
    gone += OneTimeCode.objects.filter(expires_at__lt=now - CODES_KEPT).delete()[0]
    return gone
