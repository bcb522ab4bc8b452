"""What learning at home puts on a family's first page: the sessions at which nobody has pressed yet, those done."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import FamilyChild, FamilyLine
from khue.school.attendance import words
from khue.school.attendance.queries.checkins import at_home


def day_lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """A line for each session of today that a child learns at home; asked when a school of theirs is closed."""
    if not actor.holds("attendance.check_in"):
        return []
    url = address("attendance:at_home")
    shown = {one.person_id for one in children}
    lines = []
    for child in at_home(actor, timezone.localdate()):
        if child.person_id not in shown:
            continue
        for session, at in child.sessions:
            name = words.session_name(session).lower()
            if at is None:
                label = _("%(name)s học ở nhà buổi %(session)s, chưa báo có mặt")
                lines.append(
                    FamilyLine(
                        label % {"name": child.given_name, "session": name},
                        _("Bấm khi bắt đầu học; chưa bấm cũng không tính là vắng."), url, "home", kind="wait",
                        call=_("Báo có mặt"), person_id=child.person_id, place="wanted", order=8,
                    )
                )  # fmt: skip
            else:
                lines.append(
                    FamilyLine(
                        _("Có mặt học ở nhà"),
                        _("%(session)s, báo lúc %(time)s")
                        % {"session": name.capitalize(), "time": f"{timezone.localtime(at):%H:%M}"},
                        url, "home", kind="ok", person_id=child.person_id, order=6,
                    )
                )  # fmt: skip
    return lines
