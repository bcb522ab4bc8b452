"""How often a person may try a passphrase, and how much they may sign in an hour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions.errors import DomainError
from khue.kernel.people import throttle
from khue.kernel.settings_store.values import value_of
from khue.kernel.signing.engine import SigningProblem
from khue.kernel.signing.models import Signature

GUESSES = {"WRONG_PASSPHRASE", "WRONG_PIN", "PIN_LOCKED"}
HOUR = timedelta(hours=1)


def demand_room(person_id: int, count: int) -> None:
    """Refuse when these signatures would be more than one person may make in an hour (`signing.most_an_hour`)."""
    most = int(value_of("signing.most_an_hour"))
    made = Signature.objects.filter(signer_id=person_id, signed_at__gt=timezone.now() - HOUR).count()
    if made + count > most:
        raise DomainError(
            _("Trong một giờ chỉ ký được %(most)s chữ ký, đã ký %(made)s. Đợi một lúc rồi ký tiếp.")
            % {"most": most, "made": made},
            code="sign_rate",
        )


@contextmanager
def guessing(person_id: int) -> Iterator[None]:
    """Round the opening of a key: wrong passphrases and PINs are counted, and too many must wait.

    Counted before the passphrase is looked at, so guesses made at once count too; a right one forgets them.
    """
    key = f"signing:{throttle.keyed('signing', person_id)}"
    verdict = throttle.reserve(key)
    if not verdict.allowed:
        raise DomainError(_("Nhập sai mật khẩu khóa ký quá nhiều lần. Đợi rồi thử lại."), code="sign_guesses")
    try:
        yield
    except (SigningProblem, DomainError) as problem:  # in the engine's words, or already in those of pages
        if problem.code.upper() not in GUESSES:
            throttle.give_back(key)
        raise
    throttle.clear(key)
