"""What a family's first page says of messages and announcements: what is unread, what waits to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.citizen.threads.queries import announcements, conversations
from khue.kernel.access.actor import Actor
from khue.kernel.access.roles import PUPIL
from khue.kernel.manifest import FamilyChild, FamilyLine
from khue.ui.words import date_vi


def lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """Unread messages beside each child, announcements to confirm among what is wanted, others as news; two queries."""
    own = [one.person_id for one in children]
    found = [
        FamilyLine(
            ngettext("%(n)d tin nhắn mới của thầy cô", "%(n)d tin nhắn mới của thầy cô", n) % {"n": n},
            "",
            reverse("threads:thread", args=[newest]) + "#moi" if many == 1 else reverse("threads:inbox"),
            "message",
            person_id=pupil,
            order=30,
        )
        for pupil, (n, newest, many) in conversations.unread_by_child(actor, own).items()
    ]
    is_pupil = PUPIL in actor.roles
    for one in announcements.for_children(actor, own):
        waits = one.needs_confirming and one.is_unconfirmed and not is_pupil
        if not (waits or one.is_unread or one.is_emergency):
            continue
        whom = "" if is_pupil else ", ".join(one.children)
        place = (one.class_name and _("Lớp %(name)s") % {"name": one.class_name}) or one.unit
        written = timezone.localdate(one.written_at)
        detail = ", ".join(part for part in (place, whom, date_vi(written)) if part)
        if waits:
            detail += ". " + _("Nhà trường cần anh chị xác nhận đã đọc.")
        urgent = one.is_emergency and (waits or one.is_unread)
        found.append(
            FamilyLine(
                one.title,
                detail,
                reverse("threads:announcement", args=[one.id]),
                "speakerphone",
                kind="bad" if urgent else "wait" if waits else "",
                call=_("Đọc ngay") if urgent else "",
                place="alert" if urgent else "wanted" if waits else "news",
                order=20,
            )
        )
    return found
