"""What goes on behind the pages of accounts."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.core.mail import send_mail
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.jobs.handle import RunHandle, background
from khue.kernel.people import actions, throttle
from khue.kernel.people.backends import find_account
from khue.kernel.people.models import OneTimeCode, SignIn, SignInAttempt

MAILED_LIFE = timedelta(minutes=10)
SIGN_INS_KEPT = timedelta(days=730)  # rules/13 section 10: 12 to 24 months
ATTEMPTS_KEPT = timedelta(days=400)
CODES_KEPT = timedelta(days=400)


@background("people.mail_code")
def mail_code(run: RunHandle, *, name: str, address: str) -> None:
    """Send a code for a new password to the address of an account, if there is such an account and address."""
    account = find_account(name)
    if account is None or not account.is_active or not account.email or not account.is_activated:
        return
    code = actions.mail_code(run.actor, account, life=MAILED_LIFE)
    send_mail(
        _("Mã đặt lại mật khẩu Khuê"),
        _(
            "Có người xin đặt lại mật khẩu cho tên đăng nhập của bạn.\n\n"
            "Mở %(address)s#%(code)s, hoặc nhập mã %(code)s tại %(address)s.\n"
            "Mã có hiệu lực 10 phút, hỏi thêm ngày sinh, dùng một lần.\n\n"
            "Nếu không phải bạn, bỏ qua thư này: mật khẩu chưa đổi. Khuê không bao giờ hỏi mã này qua điện thoại."
        )
        % {"address": address, "code": code},
        None,
        [account.email],
    )
    throttle.clear(f"mail:{throttle.keyed('mail', name.lower())}")


def sweep() -> int:
    """Drop sessions, sign-ins, attempts and codes past their time; gives how many rows went."""
    now = timezone.now()
    gone = Session.objects.filter(expire_date__lt=now).delete()[0]
    gone += SignIn.objects.filter(started_at__lt=now - SIGN_INS_KEPT).delete()[0]
    gone += SignInAttempt.objects.filter(last_at__lt=now - ATTEMPTS_KEPT).delete()[0]
    gone += OneTimeCode.objects.filter(expires_at__lt=now - CODES_KEPT).delete()[0]
    return gone
