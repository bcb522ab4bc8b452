"""What tests of a pupil who moves share: the transfer step by step, who signs, the package made."""

from __future__ import annotations

from django.utils import timezone

from khue.kernel.signing.records import keep_certificate
from khue.registry.calendar.models import SchoolYear
from khue.registry.roster import actions as roster
from khue.registry.roster.models import Enrolment, Transfer
from khue.school.report_cards.actions import packages as moving
from khue.school.report_cards.actions.signing import Hand
from khue.school.report_cards.models import Package
from khue.school.report_cards.tests import places
from tests.cast import Cast, make_class, make_enrolment

TODAY = timezone.localdate()


def last_year(cast: Cast) -> Enrolment:
    """An's year in 7A3, over."""
    year, _made = SchoolYear.objects.get_or_create(
        pk=2025, defaults={"starts_on": "2025-09-05", "ends_on": "2026-05-31", "is_closed": True}
    )
    room = make_class("7A3", cast.school, year, 7)
    return make_enrolment(cast.people["an"], room, is_current=False)


def submitted(cast: Cast) -> Transfer:
    return roster.submit_transfer(
        cast.tam, cast.school, enrolment=cast.enrolments["an"], to_school_id=cast.other_school.pk,
        reason_code="family_moved",
    )  # fmt: skip


def accepted(cast: Cast) -> Transfer:
    transfer = submitted(cast)
    roster.accept_transfer(cast.ha, cast.other_school, transfers=[transfer])
    transfer.refresh_from_db()
    return transfer


def place(cast: Cast, transfer: Transfer) -> None:
    roster.release_transfer(cast.tam, cast.school, transfers=[transfer])
    transfer.refresh_from_db()
    rooms = {transfer.pk: cast.other_classroom.pk}
    roster.place_transfer(cast.ha, cast.other_school, transfers=[transfer], placements=rooms, on=TODAY)
    transfer.refresh_from_db()


def principal(cast: Cast) -> Hand:
    held = places.keys().principal
    row = keep_certificate(
        places.work(), held.certificate, held.chain, source="trial", person_id=cast.people["hung"].pk
    )
    with held.open() as signer:
        return Hand(signer, row)


def seal(cast: Cast) -> Hand:
    with places.keys().school.open() as signer:
        return Hand(signer, places.seal_of(cast.school))


def made(cast: Cast) -> Package:
    return moving.make_package(
        cast.tam, cast.enrolments["an"], to="Trường THCS Kim Đồng, tỉnh Thái Nguyên", hand=seal(cast)
    )
