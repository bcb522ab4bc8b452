"""Every write on accounts: opening, handing out codes, choosing a password, locking, ending sessions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.notify.browsers import silence
from khue.kernel.people import alarms, codes, devices, options, passwords, second_factor, throttle
from khue.kernel.people.factors import end_sessions, to_own_chain
from khue.kernel.people.models import Account, OneTimeCode, Person, SignIn
from khue.kernel.people.power import beyond
from khue.kernel.people.records import open_accounts as insert_accounts
from khue.kernel.people.sessions import end_stored
from khue.lib.phones import national_digits


# --- opening ---------------------------------------------------------------------------
def login_names(people: Sequence[Person], kinds: Mapping[int, str]) -> dict[int, str]:
    """A log-in name for each person: the ministry's code for pupils, the phone for guardians, e-mail or code for staff.

    Where that is missing or taken it is Khuê's own code, which is always free. One query.
    """
    wished = {person.pk: _wish(person, kinds.get(person.pk, "")).lower() for person in people}
    taken = set(
        Account.objects.filter(login_name__in=set(wished.values())).values_list("login_name", flat=True)
    )
    found = {}
    for person in people:
        name = wished[person.pk]
        if not name or name in taken:
            name = person.code.lower()
        taken.add(name)
        found[person.pk] = name
    return found


def _wish(person: Person, kind: str) -> str:
    if kind == "pupil":
        return person.ministry_code or ""
    if kind == "guardian":
        return national_digits(person.phone) if person.phone else ""
    return person.email if 0 < len(person.email) <= 60 else (person.ministry_code or "")


@action("people.open_accounts")
def open_accounts(work: Work, people: Sequence[Person], *, kinds: Mapping[int, str]) -> int:
    """Open accounts for those who have none; `kinds` tells person ids 'pupil', 'guardian' or 'staff'. By COPY."""
    to_own_chain(work)
    have = set(Account.objects.filter(person__in=people).values_list("person_id", flat=True))
    wanting = [person for person in people if person.pk not in have and person.merged_into_id is None]
    names = login_names(wanting, kinds)
    insert_accounts(work, [(person.pk, names[person.pk]) for person in wanting])
    work.touch_people(person.pk for person in wanting)
    return len(wanting)


# --- codes -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Slip:
    """What is handed to one person on paper, this once."""

    account: Account
    code: str
    is_reset: bool
    datum: str  # 'birth' | 'phone'


@dataclass(frozen=True)
class Issued:
    """Codes just made, and who was left out with the reason."""

    slips: Sequence[Slip]
    left_out: Sequence[tuple[Account, str]]
    expires_at: datetime


@action("people.issue_codes", permission="people.hand_out_codes")
def issue_codes(work: Work, accounts: Sequence[Account]) -> Issued:
    """Make one-time codes, for activation or a new password; older ones die. The codes exist in the result only."""
    to_own_chain(work)
    people = Person.objects.in_bulk({account.person_id for account in accounts})
    for account in accounts:
        account.person = people[account.person_id]
    refused = beyond(work.actor, "people.hand_out_codes", accounts)
    for account in accounts:
        if account.pk in refused:
            continue
        if not account.is_active:
            refused[account.pk] = _("Tài khoản đang khóa: mở trước khi cấp mã.")
        elif not codes.datum_kind(account.person):
            refused[account.pk] = _("Hồ sơ chưa có ngày sinh hay số điện thoại: bổ sung rồi cấp mã.")
    slips = [
        Slip(account, codes.new_code(), account.is_activated, codes.datum_kind(account.person))
        for account in accounts
        if account.pk not in refused
    ]
    expires_at = timezone.now() + options.code_life()
    _keep(work, slips, expires_at)
    return Issued(slips, [(one, refused[one.pk]) for one in accounts if one.pk in refused], expires_at)


def _keep(work: Work, slips: Sequence[Slip], expires_at: datetime, *, is_mailed: bool = False) -> None:
    older = codes.living(slip.account.person_id for slip in slips)
    if is_mailed:  # anybody may ask for a letter: it ends no code that was handed out
        older = older.filter(issued_by__isnull=True)
    older.update(expires_at=timezone.now())
    purpose = OneTimeCode.Purpose
    work.create_many(
        OneTimeCode,
        ["account_id", "purpose", "code_hash", "expires_at", "issued_by_id"],
        [
            [
                slip.account.pk, purpose.RESET if slip.is_reset else purpose.ACTIVATE, codes.hash_of(slip.code),
                expires_at, work.actor.person_id,
            ]
            for slip in slips
        ],
    )  # fmt: skip
    work.touch_people(slip.account.person_id for slip in slips)
    work.note(codes=len(slips))


@action("people.mail_code", own=True)
def mail_code(work: Work, account: Account, *, life: timedelta) -> str:
    """Make a short-lived code for a new password that goes to the account's own e-mail address."""
    slip = Slip(account, codes.new_code(), account.is_activated, codes.datum_kind(account.person))
    _keep(work, [slip], timezone.now() + life, is_mailed=True)
    return slip.code


# --- passwords ---------------------------------------------------------------------------
@action("people.redeem_code", own=True)
def redeem_code(
    work: Work, account: Account, *, code: OneTimeCode, password: str, more: Sequence[str] = ()
) -> None:
    """Choose a password by a one-time code: the code is used up, every session ends, every browser is a stranger.

    Second factors stay as they are: a code is no way around them. Raises DomainError when the code has died meanwhile
    or the password will not do.
    """
    locked = OneTimeCode.objects.select_for_update().get(pk=code.pk)
    if locked.account_id != account.pk or not codes.is_alive(locked):
        raise DomainError(_("Mã đã hết hiệu lực hoặc đã dùng. Xin văn thư cấp mã mới."))
    _check_password(account, password, more)
    now = timezone.now()
    work.change(locked, used_at=now)
    if account.is_activated:
        alarms.changed(work, account, "Mật khẩu vừa được đặt lại bằng mã")
    work.change(
        account,
        password=make_password(passwords.normal(password)),
        activated_at=account.activated_at or now,
    )
    end_sessions(work, account)
    silence(work, [account.person_id])
    devices.forget_all(account)
    throttle.clear(*throttle.keys_of(account))


@action("people.change_password", own=True)
def change_password(work: Work, account: Account, *, password: str, more: Sequence[str] = ()) -> None:
    """Choose another password; every session ends, no browser shows notices. The step-up asked for the old one."""
    _check_password(account, password, more)
    work.change(account, password=make_password(passwords.normal(password)))
    end_sessions(work, account)
    silence(work, [account.person_id])
    alarms.changed(work, account, "Mật khẩu vừa được đổi")


def _check_password(account: Account, password: str, more: Sequence[str]) -> None:
    wrong = passwords.problem(
        password, account, has_second_factor=second_factor.is_set_up(account), more=more
    )
    if wrong:
        raise DomainError(wrong, fields={"password": wrong})


@action("people.change_email", own=True)
def change_email(work: Work, account: Account, *, email: str) -> None:
    """Set the address to which a forgotten password's code may go."""
    work.change(account, email=email)


# --- locks and sessions ------------------------------------------------------------------
@action("people.disable_accounts")
def disable_accounts(work: Work, accounts: Sequence[Account], *, reason: str) -> list[tuple[Account, str]]:
    """Lock accounts: their next request is anonymous, their codes are dead. Gives those left out with the reason."""
    return _set_active(work, accounts, False, reason)


@action("people.enable_accounts", permission="people.disable_accounts")
def enable_accounts(work: Work, accounts: Sequence[Account], *, reason: str) -> list[tuple[Account, str]]:
    """Open locked accounts again; gives those left out with the reason."""
    return _set_active(work, accounts, True, reason)


def _set_active(
    work: Work, accounts: Sequence[Account], is_active: bool, reason: str
) -> list[tuple[Account, str]]:
    to_own_chain(work)
    if not reason.strip():
        message = _("Chưa ghi lý do.")
        raise DomainError(message, fields={"reason": message})
    work.reason = reason.strip()[:300]
    refused = beyond(work.actor, "people.disable_accounts", accounts)
    for account in accounts:
        if account.pk in refused or account.is_active == is_active:
            continue
        work.change(account, is_active=is_active)
        work.touch_people([account.person_id])
        if not is_active:
            end_sessions(work, account)
            silence(work, [account.person_id])
            OneTimeCode.objects.filter(
                account=account, used_at__isnull=True, expires_at__gt=timezone.now()
            ).update(expires_at=timezone.now())
    return [(one, refused[one.pk]) for one in accounts if one.pk in refused]


@action("people.end_sign_in", own=True)
def end_sign_in(work: Work, sign_in: SignIn) -> None:
    """End one of one's own sign-ins: that browser's next request is anonymous, and no browser shows notices."""
    if sign_in.ended_at is None:
        work.change(sign_in, ended_at=timezone.now())
        end_stored([sign_in.session_hash])
        silence(work, [sign_in.account.person_id])


@action("people.end_other_sign_ins", own=True)
def end_other_sign_ins(work: Work, account: Account, *, but: int | None) -> int:
    """End all sign-ins but one's present one, and notices in every browser; gives how many sign-ins."""
    rows = list(SignIn.objects.filter(account=account, ended_at__isnull=True).exclude(pk=but or 0))
    for row in rows:
        work.change(row, ended_at=timezone.now())
    end_stored([row.session_hash for row in rows])
    silence(work, [account.person_id])
    return len(rows)
