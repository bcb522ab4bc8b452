"""What people put together out of figures: the wall of a unit, desks of their own, who reads along, letters.

A `Wall` says which figures stand on the big screen of a unit; a unit without one shows what the nearest unit above
has chosen, else the default. A `Desk` belongs to one person; `tiles` is a list of {"indicator", "form", "unit"}, where
a unit of null means *the reader's own unit*. A `DeskShare` opens a desk to a role (or everybody with a desk) at a unit
and below; it opens the arrangement only: every figure is read again with the reader's own grants. A `Schedule` sends
the desk as a PDF by day or by week; a `Posting` is one such letter: one for a desk, a person and a day, whatever
happens.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Wall(models.Model):
    """What the big screen of a unit shows, and of the units below it that have chosen nothing."""

    unit = models.OneToOneField("org.Unit", models.CASCADE, related_name="+")
    figures: models.JSONField[list[str]] = models.JSONField(default=list)  # names of indicators, in order
    map = models.CharField(max_length=60)  # the indicator by which the tiles are coloured
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = _("Màn hình lớn")

    class Meta:
        db_table = "ioc_wall"

    def __str__(self) -> str:
        return f"{self.unit_id}"


class Desk(models.Model):
    """A view somebody put together from indicators."""

    owner = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    unit = models.ForeignKey(
        "org.Unit", models.PROTECT, related_name="+"
    )  # where its owner stood when making it
    title = models.CharField(max_length=80)
    tiles: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    is_closed = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(person="owner_id")
    audit_name = _("Bàn theo dõi")

    class Meta:
        db_table = "ioc_desk"
        indexes = [models.Index(fields=["owner"], name="ioc_desk_of_owner", condition=Q(is_closed=False))]

    def __str__(self) -> str:
        return self.title


class DeskShare(models.Model):
    """Who may read a desk besides its owner: a role, or everybody with desks, at a unit and below."""

    desk = models.ForeignKey(Desk, models.CASCADE, related_name="shares", db_index=False)
    role = models.CharField(max_length=30, blank=True)  # '' is everybody who may have desks
    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")

    audit_name = _("Chia sẻ bàn theo dõi")

    class Meta:
        db_table = "ioc_desk_share"
        constraints = [
            models.UniqueConstraint(fields=["desk", "role", "unit"], name="ioc_desk_share_once"),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.role} {self.unit_id}"


class Every(models.TextChoices):
    """How often a desk is sent."""

    DAY = "day", _("Mỗi ngày")
    WEEK = "week", _("Mỗi tuần")


class Schedule(models.Model):
    """A desk sent to one person as a PDF, with what that person may see on the day it is sent."""

    desk = models.ForeignKey(Desk, models.CASCADE, related_name="schedules", db_index=False)
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    capacity = models.CharField(max_length=60)  # as whom they read it
    every = models.CharField(max_length=4, choices=Every.choices, default=Every.DAY)
    weekday = models.SmallIntegerField(default=0)  # Monday is 0; for weekly ones
    hour = models.SmallIntegerField(default=7)
    since = models.DateField()  # the first day it may go out
    posted_on = models.DateField(null=True)  # the last day it was dealt with

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = _("Lịch gửi bàn theo dõi")

    class Meta:
        db_table = "ioc_schedule"
        constraints = [
            models.UniqueConstraint(fields=["desk", "person"], name="ioc_schedule_one_a_desk_and_person"),
            models.CheckConstraint(condition=Q(hour__gte=0, hour__lte=23), name="ioc_schedule_hour_of_a_day"),
            models.CheckConstraint(
                condition=Q(weekday__gte=0, weekday__lte=6), name="ioc_schedule_day_of_a_week"
            ),
        ]
        indexes = [models.Index(fields=["person"], name="ioc_schedule_of_person")]

    def __str__(self) -> str:
        return f"{self.desk_id} {self.every} {self.hour}"


class Posting(models.Model):
    """One desk sent to one person on one day; the paper holds what they might see then, and opens to them alone."""

    desk = models.ForeignKey(Desk, models.SET_NULL, null=True, related_name="+", db_index=False)
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    capacity = models.CharField(max_length=60)
    title = models.CharField(max_length=80)
    day = models.DateField()
    made_at = models.DateTimeField(auto_now_add=True)
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = _("Thư gửi bàn theo dõi")

    class Meta:
        db_table = "ioc_posting"
        constraints = [
            models.UniqueConstraint(fields=["desk", "person", "day"], name="ioc_posting_once_a_day"),
        ]
        indexes = [models.Index(fields=["person", "-day"], name="ioc_posting_of_person")]

    def __str__(self) -> str:
        return f"{self.title} {self.day}"
