"""The states an account is in, as clerks speak of them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

STATES = (
    ("none", gettext_lazy("Chưa có tài khoản")),
    ("waiting", gettext_lazy("Chưa kích hoạt")),
    ("active", gettext_lazy("Đang dùng")),
    ("disabled", gettext_lazy("Đang khóa")),
)


def state_of(account_id: int | None, is_active: bool | None, activated_at: object) -> str:
    """Which of STATES an account is in."""
    if account_id is None:
        return "none"
    if not is_active:
        return "disabled"
    return "active" if activated_at else "waiting"
