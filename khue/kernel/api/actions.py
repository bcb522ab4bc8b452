"""Make and take back one's own keys for other systems."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.actions.doing import require_proof
from khue.kernel.api.tokens import hash_of, new_key
from khue.kernel.people.models import Account, ApiToken

MOST_DAYS = 366
MOST_KEYS = 20


@action("api.create_token", own=True)
def create_token(work: Work, account: Account, *, label: str, days: int) -> tuple[ApiToken, str]:
    """Make a key for the capacity one is in now; gives it and the secret, which is shown once and never kept."""
    require_proof(work.actor)
    if not work.actor.holds("api.use"):
        raise DomainError(_("Vai này không dùng API."))
    label = " ".join(label.split())
    if not label:
        raise DomainError(_("Đặt tên cho khóa."), fields={"label": _("Chưa điền.")})
    if not 1 <= days <= MOST_DAYS:
        raise DomainError(_("Khóa dùng từ 1 đến 366 ngày."), fields={"days": _("Từ 1 đến 366.")})
    if (
        ApiToken.objects.filter(
            account=account, revoked_at__isnull=True, expires_at__gt=timezone.now()
        ).count()
        >= MOST_KEYS
    ):
        raise DomainError(_("Đã có 20 khóa còn hiệu lực. Thu hồi khóa không dùng nữa."))
    key = new_key()
    token = work.create(
        ApiToken(
            account=account,
            capacity=work.actor.capacity,
            label=label[:100],
            token_hash=hash_of(key),
            expires_at=timezone.now() + timedelta(days=days),
        )
    )
    return token, key


@action("api.revoke_token", own=True)
def revoke_token(work: Work, token: ApiToken) -> ApiToken:
    """Take a key back; the next call with it is refused."""
    if token.revoked_at is not None:
        raise DomainError(_("Khóa này đã thu hồi."))
    return work.change(token, revoked_at=timezone.now())
