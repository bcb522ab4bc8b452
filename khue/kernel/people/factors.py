"""Setting up, showing and giving up second factors. Secrets live in django-allauth's table, encrypted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.internal import auth as webauthn
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.notify.browsers import silence
from khue.kernel.people import alarms, throttle
from khue.kernel.people.models import Account, KnownDevice, SignIn
from khue.kernel.people.power import beyond
from khue.kernel.people.second_factor import STRONG
from khue.kernel.people.sessions import end_stored

KIND = Authenticator.Type
TOTP_SECRET = totp.SECRET_SESSION_KEY


@dataclass(frozen=True)
class Passkey:
    """One passkey as its owner sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """The second factors of an account."""

    app_since: datetime | None
    passkeys: tuple[Passkey, ...]
    codes_left: int | None  # None: never made
    app_id: int = 0

    @property
    def is_strong(self) -> bool:
        """Whether there is an app or a passkey."""
        return bool(self.app_since or self.passkeys)

    @property
    def is_last(self) -> bool:
        """Whether only one app or passkey is left."""
        return len(self.passkeys) + bool(self.app_since) == 1


def of(account: Account) -> Factors:
    """What an account has; one query."""
    rows = list(Authenticator.objects.filter(user=account).order_by("created_at", "pk"))
    app = next((row for row in rows if row.type == KIND.TOTP), None)
    codes = next((row for row in rows if row.type == KIND.RECOVERY_CODES), None)
    return Factors(
        app_since=app.created_at if app else None,
        passkeys=tuple(
            Passkey(row.pk, row.data.get("name", ""), row.created_at, row.last_used_at)
            for row in rows
            if row.type == KIND.WEBAUTHN
        ),
        codes_left=len(RecoveryCodes(codes).get_unused_codes()) if codes else None,
        app_id=app.pk if app else 0,
    )


# --- showing one -----------------------------------------------------------------------
def key(account: Account) -> str:
    """Whose count of failures a wrong code goes to."""
    return f"factor:{throttle.keyed('factor', account.pk)}"


def check_code(account: Account, code: str) -> str:
    """Check a code from the app or a recovery code; gives 'totp', 'recovery' or nothing.

    Raises DomainError while guessing is paused.
    """
    verdict = throttle.reserve(key(account))
    if not verdict.allowed:
        raise DomainError(_("Đã nhập sai mã nhiều lần nên tạm dừng. Chờ 15 phút, hoặc dùng khóa trên máy."))
    digits = "".join(code.split())
    found = ""
    if check_totp(account, digits):
        found = "totp"
    elif _check_recovery(account, digits):
        found = "recovery"
    if found:
        throttle.clear(key(account))
    return found


def check_totp(account: Account, code: str) -> bool:
    """Check a code of the authenticator app; a code, and any older one, is good once only."""
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(user=account, type=KIND.TOTP).first()
        if row is None:
            return False
        secret = decrypt(row.data["secret"])
        for counter in totp.yield_hotp_counters_from_time():
            expected = totp.format_hotp_value(totp.hotp_value(secret, counter))
            if compare_user_code(actual=code, expected=expected) and counter > row.data.get(
                "last_counter", 0
            ):
                row.data["last_counter"] = counter
                row.last_used_at = timezone.now()
                row.save(update_fields=["data", "last_used_at"])
                return True
    return False


def _check_recovery(account: Account, code: str) -> bool:
    row = Authenticator.objects.filter(user=account, type=KIND.RECOVERY_CODES).first()
    return row is not None and RecoveryCodes(row).validate_code(code)


def passkey_request(account: Account | None) -> dict[str, Any]:
    """What the browser is asked to sign: by a passkey of this account, or of anybody (log-in without a name)."""
    return dict(webauthn.begin_authentication(account))


def check_passkey(response: Mapping[str, Any], account: Account | None = None) -> Account | None:
    """The account whose passkey signed the answer; nothing when it is another's, unknown or stale."""
    try:
        owner = account or webauthn.extract_user_from_response(dict(response))
        row = webauthn.complete_authentication(owner, dict(response))
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError):
        return None
    Authenticator.objects.filter(pk=row.pk).update(last_used_at=timezone.now())
    return Account.objects.select_related("person").filter(pk=owner.pk, is_active=True).first()


# --- setting up and giving up --------------------------------------------------------------
@action("people.add_app", own=True)
def add_app(work: Work, account: Account, *, secret: str, code: str) -> list[str]:
    """Pair an authenticator app after it has shown a right code; gives recovery codes when they are the first."""
    counter = next(
        (
            counter
            for counter in totp.yield_hotp_counters_from_time()
            if compare_user_code(
                actual="".join(code.split()),
                expected=totp.format_hotp_value(totp.hotp_value(secret, counter)),
            )
        ),
        None,
    )
    if counter is None:
        message = _("Mã này chưa khớp. Xem lại giờ trên điện thoại, rồi nhập mã đang hiện.")
        raise DomainError(message, fields={"code": message})
    if Authenticator.objects.filter(user=account, type=KIND.TOTP).exists():
        raise DomainError(_("Tài khoản đã ghép một ứng dụng. Gỡ ứng dụng cũ trước."))
    row = totp.TOTP.activate(account, secret).instance
    row.data["last_counter"] = counter
    row.save(update_fields=["data"])
    work.touch(f"mfa.authenticator:{row.pk}")
    work.note(factor="totp")
    alarms.changed(work, account, "Đã ghép ứng dụng xác thực vào tài khoản")
    return _first_recovery_codes(account)


@action("people.add_passkey", own=True)
def add_passkey(work: Work, account: Account, *, name: str, credential: Mapping[str, Any]) -> list[str]:
    """Keep a new passkey; gives recovery codes when they are the first."""
    refused = DomainError(_("Máy chưa tạo được khóa. Bấm lại và làm theo hướng dẫn trên màn hình."))
    try:
        webauthn.parse_registration_response(dict(credential))
        binding = webauthn.complete_registration(dict(credential))
    except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise refused from problem
    if not binding.is_user_verified():
        raise refused
    row = webauthn.WebAuthn.add(account, name.strip()[:60] or "Khóa của tôi", dict(credential)).instance
    work.touch(f"mfa.authenticator:{row.pk}")
    work.note(factor="passkey", name=row.data["name"])
    alarms.changed(work, account, "Đã thêm khóa “%(name)s” vào tài khoản", name=row.data["name"])
    return _first_recovery_codes(account)


def _first_recovery_codes(account: Account) -> list[str]:
    if Authenticator.objects.filter(user=account, type=KIND.RECOVERY_CODES).exists():
        return []
    return list(RecoveryCodes.activate(account).generate_codes())


@action("people.renew_recovery_codes", own=True)
def renew_recovery_codes(work: Work, account: Account) -> list[str]:
    """Make new recovery codes; the old ones are dead. Shown once."""
    Authenticator.objects.filter(user=account, type=KIND.RECOVERY_CODES).delete()
    work.note(factor="recovery")
    return list(RecoveryCodes.activate(account).generate_codes())


@action("people.remove_factor", own=True)
def remove_factor(work: Work, account: Account, *, factor_id: int, is_demanded: bool) -> None:
    """Give up an app or a passkey; the last one stays while a capacity demands it."""
    row = Authenticator.objects.filter(user=account, pk=factor_id, type__in=STRONG).first()
    if row is None:
        raise DomainError(_("Lớp xác thực này đã gỡ rồi."))
    if is_demanded and of(account).is_last:
        raise DomainError(_("Vai của thầy cô cần lớp xác thực thứ hai: thêm cái mới trước khi gỡ cái này."))
    work.note(factor=row.type, name=row.data.get("name", ""))
    work.touch(f"mfa.authenticator:{row.pk}")
    row.delete()
    alarms.changed(work, account, "Đã gỡ một lớp xác thực khỏi tài khoản")
    if not Authenticator.objects.filter(user=account, type__in=STRONG).exists():
        Authenticator.objects.filter(user=account).delete()


@action("people.take_factors", permission="people.hand_out_codes")
def take_factors(work: Work, account: Account) -> None:
    """Help somebody who lost phone and recovery codes: factors go, sessions end, all browsers are strangers.

    They still need their own password to come in, and must set a new factor up at once where their role demands it.
    Raises DomainError where the account is beyond the actor (`power.beyond`).
    """
    refused = beyond(work.actor, "people.hand_out_codes", [account])
    if refused:
        raise DomainError(refused[account.pk])
    to_own_chain(work)
    work.touch_people([account.person_id])
    Authenticator.objects.filter(user=account).delete()
    end_sessions(work, account)
    silence(work, [account.person_id])
    KnownDevice.objects.filter(account=account).delete()
    throttle.clear(key(account))  # wrong codes of the lost app are not held against the new one
    work.note(factor="all")
    alarms.changed(work, account, "%(name)s đã gỡ lớp xác thực thứ hai của tài khoản", name=work.actor.name)


def to_own_chain(work: Work) -> None:
    """Accounts stand in no unit: the entry goes into the chain of the unit in whose name one acts."""
    if work.actor.unit_id:
        work.chain = work.actor.unit_id


def end_sessions(work: Work, account: Account) -> None:
    """End every session of an account; their next request is anonymous."""
    work.change(account, session_epoch=account.session_epoch + 1)
    keys = list(
        SignIn.objects.filter(account=account, ended_at__isnull=True).values_list("session_hash", flat=True)
    )
    end_stored(keys)
    SignIn.objects.filter(account=account, ended_at__isnull=True).update(ended_at=timezone.now())
