"""The one thing that may be done to the record: taking personal data out of it by law, in the open."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.audit.ledgers import stamp
from khue.kernel.audit.models import Entry, Payload
from khue.kernel.audit.verify import ERASE


@action("audit.erase_payload", permission="audit.erase")
def erase_payload(work: Work, entries: list[Entry], *, reason: str) -> int:
    """Erase what these entries say was changed (law 91/2025); that they happened, by whom and when, stays.

    Gives how many were erased. The erasure is itself an entry that names them, and cannot be erased.
    """
    if not reason.strip():
        raise DomainError(_("Ghi căn cứ xóa."), fields={"reason": _("Chưa điền.")})
    if any(entry.action == ERASE for entry in entries):
        raise DomainError(_("Mục ghi việc xóa thì không xóa được."))
    ids = sorted(
        Payload.objects.filter(entry__in=entries, erased_at__isnull=True).values_list("entry_id", flat=True)
    )
    if not ids:
        raise DomainError(_("Chi tiết của các mục này đã được xóa từ trước."))
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(
            "update audit_payload set body = '', salt = '', erased_at = %s where entry_id = any(%s)",
            [now, ids],
        )
    work.reason = reason
    work.note(erased=ids, erased_at=stamp(now))
    return len(ids)
