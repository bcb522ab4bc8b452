"""What the owner of an account is told at once, in the inbox and by e-mail, because it may have been somebody else.

A sign-in from a browser not used before, another password, a second factor come or gone (ASVS 6.3.5, 6.3.7). The
letters hold no link that signs in and ask for nothing.
"""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work, written
from khue.kernel.notify.notices import tell
from khue.kernel.people.models import Account, SignIn
from khue.ui.words import datetime_vi


def new_device(account: Account, sign_in: SignIn) -> None:
    """Somebody signed in from a browser the account had not been used in, while it is known in others."""
    tell(
        Actor.system("people.sign_in"),
        people=[account.person_id],
        kind="people.new_device",
        title=written("Đăng nhập từ máy mới: %(device)s", device=sign_in.device),
        body=written(
            "Lúc %(at)s, từ địa chỉ mạng %(ip)s. Nếu không phải mình, đổi mật khẩu và thoát máy đó ở trang Tài khoản "
            "và bảo mật.", at=datetime_vi(sign_in.started_at), ip=sign_in.ip or "–",
        ),
        url=reverse("people:me"),
        dedupe_key=f"people.new_device:{sign_in.pk}",
    )  # fmt: skip


def changed(work: Work, account: Account, title: str, **values: str) -> None:
    """Something by which the account is opened has changed; inside the action that changed it. `title` as `written`."""
    tell(
        work,
        people=[account.person_id],
        kind="people.changed",
        title=written(title, **values),
        body=written(
            "Lúc %(at)s. Nếu không phải mình làm, báo ngay văn thư của trường.", at=datetime_vi(timezone.now())
        ),
        url=reverse("people:me"),
    )  # fmt: skip
