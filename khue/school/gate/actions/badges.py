"""Badges are given, replaced, blocked; a chip card's number is written beside one."""

from __future__ import annotations

import secrets

from django.utils import timezone
from django.utils.translation import gettext as _

from khue.kernel.actions import DomainError, Work, action
from khue.kernel.org.models import Unit
from khue.registry.roster.models import Classroom, Enrolment
from khue.school.gate import rules
from khue.school.gate.models import Badge, BadgeState

AT_SCHOOL = ("studying", "suspended")


def _new_codes(count: int) -> list[str]:
    return [
        rules.MARK + "".join(secrets.choice(rules.ALPHABET) for _sign in range(rules.LENGTH))
        for _one in range(count)
    ]


@action("gate.issue_badges", permission="gate.manage")
def issue_badges(work: Work, classroom: Classroom) -> int:
    """Give a badge to every pupil of a class who has none in use; gives how many are new."""
    return _issue(work, classroom.school_id, [classroom.pk])


@action("gate.issue_school_badges", permission="gate.manage")
def issue_school_badges(work: Work, school: Unit, *, year_id: int) -> int:
    """Give a badge to every pupil of a school's classes of a year who has none in use; gives how many are new."""
    rooms = Classroom.objects.filter(school=school, year_id=year_id, closed_on__isnull=True)
    return _issue(work, school.pk, list(rooms.values_list("pk", flat=True)))


def _issue(work: Work, school_id: int, rooms: list[int]) -> int:
    held = Badge.objects.filter(school_id=school_id, state=BadgeState.GOOD).values("enrolment_id")
    without = list(
        Enrolment.objects.filter(
            classroom__in=rooms, is_current=True, status__in=AT_SCHOOL
        )
        .exclude(pk__in=held)
        .order_by("classroom__sort_key", "sort_key", "pk").values_list("pk", flat=True)
    )  # fmt: skip
    today = timezone.localdate()
    work.create_many(
        Badge,
        ["school_id", "enrolment_id", "code", "issued_on"],
        [[school_id, pk, code, today] for pk, code in zip(without, _new_codes(len(without)), strict=True)],
    )
    return len(without)


@action("gate.replace_badge", permission="gate.manage")
def replace_badge(work: Work, badge: Badge, *, is_lost: bool) -> Badge:
    """A badge was lost, or is worn out: it opens nothing from now on, and a new one is made for the pupil."""
    if badge.state != BadgeState.GOOD:
        raise DomainError(_("Thẻ này không còn dùng."))
    work.change(badge, state=BadgeState.LOST if is_lost else BadgeState.ENDED, ended_at=timezone.now())
    return work.create(
        Badge(
            school_id=badge.school_id, enrolment_id=badge.enrolment_id, code=_new_codes(1)[0],
            issued_on=timezone.localdate(),
        )
    )  # fmt: skip


def _opens(badge: Badge) -> bool:
    """Whether a badge in use opens anything: its pupil is at the school it was given for."""
    place = badge.enrolment
    return place.is_current and place.status in AT_SCHOOL and place.school_id == badge.school_id


@action("gate.set_chip", permission="gate.manage")
def set_chip(work: Work, badge: Badge, *, chip: str) -> Badge:
    """Write down the number of the chip card that a pupil carries beside the QR; empty takes it away.

    A badge of a year that is over, or of who has left, holds no chip back: it is ended.
    """
    number = rules.normal(chip)
    if number and not rules.is_chip(number):
        message = _("Số chip gồm 4 đến 32 chữ số, chữ cái A–F, như trên đầu đọc hiện ra.")
        raise DomainError(message, fields={"chip": message})
    if badge.state != BadgeState.GOOD:
        raise DomainError(_("Thẻ này không còn dùng."))
    held = Badge.objects.filter(school_id=badge.school_id, chip=number, state=BadgeState.GOOD).exclude(
        pk=badge.pk
    )
    other = held.select_for_update(of=("self",)).select_related("enrolment").first() if number else None
    if other is not None and _opens(other):
        message = _("Số chip này đang thuộc thẻ của em khác.")
        raise DomainError(message, fields={"chip": message})
    if other is not None:
        work.change(other, state=BadgeState.ENDED, ended_at=timezone.now())
    return work.change(badge, chip=number)


@action("gate.end_badge", permission="gate.manage")
def end_badge(work: Work, badge: Badge, *, is_lost: bool) -> Badge:
    """Block a badge without giving another."""
    if badge.state != BadgeState.GOOD:
        raise DomainError(_("Thẻ này không còn dùng."))
    return work.change(badge, state=BadgeState.LOST if is_lost else BadgeState.ENDED, ended_at=timezone.now())
