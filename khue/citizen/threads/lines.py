"""What a family's first page says of messages and announcements: what is unread, what waits to be confirmed."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from khue.citizen.threads.queries import first_page
from khue.kernel.access.actor import Actor
from khue.kernel.access.roles import PUPIL
from khue.kernel.manifest import FamilyChild, FamilyLine
from khue.ui.words import date_vi


def lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """Unread messages beside each child, announcements to confirm among what is wanted, others as news; one query."""
    is_pupil = PUPIL in actor.roles
    found = []
    for one in first_page.rows(actor, [child.person_id for child in children]):
        if one.what == first_page.MESSAGES:
            found.append(_messages(one))
        elif one.is_unread or (one.waits and not is_pupil):
            found.append(_news(one, is_pupil))
    return found


def _messages(one: first_page.Row) -> FamilyLine:
    label = ngettext("%(n)d tin nhắn mới của thầy cô", "%(n)d tin nhắn mới của thầy cô", one.n) % {"n": one.n}
    url = reverse("threads:inbox")
    if one.threads == 1:
        url = reverse("threads:thread", args=[one.newest]) + "#moi"
    return FamilyLine(label, "", url, "message", person_id=one.id, order=30)


def _news(one: first_page.Row, is_pupil: bool) -> FamilyLine:
    waits = one.waits and not is_pupil
    place = _("Lớp %(name)s") % {"name": one.class_name} if one.class_name else ""
    day = date_vi(timezone.localtime(one.at)) if one.at else ""
    detail = ", ".join(part for part in (place, "" if is_pupil and place else one.whom, day) if part)
    if waits:
        detail += ". " + _("Cần xác nhận đã đọc.")
    return FamilyLine(
        one.title,
        detail,
        reverse("threads:announcement", args=[one.id]),
        "speakerphone",
        kind="bad" if one.is_emergency else "wait" if waits else "",
        call=_("Đọc ngay") if one.is_emergency else "",
        place="alert" if one.is_emergency else "wanted" if waits else "news",
        order=20,
    )
