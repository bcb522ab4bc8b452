"""What families are shown without asking: a card just issued on the first page, a link on the child's record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.access.actor import Actor
from khue.kernel.home.context import address
from khue.kernel.manifest import FamilyChild, FamilyLine, PanelLine
from khue.registry.roster.models import Enrolment, Transfer
from khue.school.report_cards.queries import custody
from khue.school.report_cards.queries.family import all_newly_issued
from khue.school.report_cards.queries.transfers import moving

SHOWN_FOR = timedelta(days=30)


def day_lines(actor: Actor, children: Sequence[FamilyChild]) -> list[FamilyLine]:
    """Parents and pupils: cards issued in the last thirty days; one query."""
    people = actor.reach(custody.VIEW_OWN).person_ids if actor.holds(custody.VIEW_OWN) else ()
    if not people:
        return []
    url = address("report_cards:my_cards")
    return [
        FamilyLine(
            _("%(name)s: học bạ lớp %(room)s, năm học %(year)s")
            % {"name": name, "room": room, "year": f"{year}-{year + 1}"},
            _("Học bạ vừa cấp"), url, "certificate", f"{timezone.localtime(issued_at):%d/%m}", place="news", order=40,
        )
        for _pk, name, room, year, issued_at in all_newly_issued(people, timezone.now() - SHOWN_FOR)
    ]  # fmt: skip


def pupil_link(actor: Actor, enrolment: Enrolment) -> PanelLine | None:
    """From a pupil's record to the pupil's cards: the family's page, or the school's; asks the database nothing."""
    if enrolment.person_id in actor.reach(custody.VIEW_OWN).person_ids:
        return PanelLine(_("Học bạ"), f"{address('report_cards:my_cards')}?em={enrolment.person_id}")
    reach = actor.reach(custody.VIEW)
    is_seen = (
        reach.everything
        or bool({enrolment.school_id, enrolment.campus_id} & set(reach.unit_ids))
        or enrolment.classroom_id in reach.class_ids
    )
    return (
        PanelLine(_("Học bạ các năm"), reverse("report_cards:pupil_cards", args=[enrolment.person_id]))
        if is_seen
        else None
    )


def transfer_link(actor: Actor, transfer: Transfer) -> PanelLine | None:
    """From a transfer to its sheet of partial results, for who may read one; one query."""
    return (
        PanelLine(_("Phiếu kết quả giữa năm"), reverse("report_cards:transfer_sheet", args=[transfer.pk]))
        if moving(actor, transfer.pk) is not None
        else None
    )
