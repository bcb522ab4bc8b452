"""What goes on behind the pages of accounts."""

from __future__ import annotations

from datetime import timedelta

from django.core.mail import send_mail
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.jobs.handle import RunHandle, background
from khue.kernel.people import actions, codes, throttle
from khue.kernel.people.backends import find_account

MAILED_LIFE = timedelta(minutes=10)
MAILED_MOST = 3  # within that life: anybody may ask for letters, and the last of them still opens


@background("people.mail_code")
def mail_code(run: RunHandle, *, name: str, address: str) -> None:
    """Send a code for a new password to the address of an account, if there is such an account and address."""
    account = find_account(name)
    if account is None or not account.is_active or not account.email or not account.is_activated:
        return
    if codes.mailed_since(account, timezone.now() - MAILED_LIFE) >= MAILED_MOST:
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
