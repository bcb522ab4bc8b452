"""Devices that carry classes along, what was taken, what came back, and what waits for a person.

A `Device` belongs to one person; its token is kept hashed and opens nothing by itself. A `Replica` is one copy of the
data on it, with a name made by chance and its own numbering. A `Carry` is what the server allowed to be taken along on
a day: entries cite it, so that rights are judged as they were. `Entry` is the ledger of what was received, so that the
same number is never written twice. `Held` is what nobody could decide but a person: two values that clash, or a value
that came too late.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager

DAYS: Final = 14  # since the last joining; reliability E6


class Device(models.Model):
    """A phone, tablet or laptop that carries one person's classes."""

    person = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    unit = models.ForeignKey(
        "org.Unit", models.CASCADE, null=True, related_name="+"
    )  # of the capacity it was made in
    name = models.CharField(max_length=60)
    agent = models.CharField(max_length=60, blank=True)  # "Chrome, Android"
    token_hash = models.CharField(max_length=64, unique=True)
    half = models.BinaryField()  # the server's half of its key
    made_at = models.DateTimeField(auto_now_add=True)
    joined_at = models.DateTimeField()
    carries = models.IntegerField(default=0)
    waiting = models.IntegerField(default=0)  # entries it said were still to come
    cut_off_at = models.DateTimeField(null=True)
    cut_off_by = models.ForeignKey(
        "people.Person", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    wiped_at = models.DateTimeField(null=True)  # when it was told to erase everything
    pace_from = models.DateTimeField(auto_now_add=True)
    pace = models.IntegerField(default=0)  # requests since then
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="person_id")
    audit_name = "Máy mang đi"
    audit_hide = frozenset({"token_hash", "half"})

    class Meta:
        db_table = "offline_device"

    def __str__(self) -> str:
        return self.name

    @property
    def expires_at(self) -> datetime:
        """Until when it opens without having joined."""
        return self.joined_at + timedelta(days=DAYS)

    @property
    def is_expired(self) -> bool:
        """Whether it stopped to open because it has not joined for so long."""
        return timezone.now() >= self.expires_at


class Replica(models.Model):
    """One copy of the data on a device; a copy that was put back or installed anew is another one."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="replicas")
    name = models.CharField(max_length=40, unique=True)
    next = models.IntegerField(default=1)  # the number the server waits for
    made_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()
    scope = Scope(unit="device__unit_id", person="device__person_id")
    audit_name = "Bản dữ liệu trên máy"

    class Meta:
        db_table = "offline_replica"

    def __str__(self) -> str:
        return self.name


class Carry(models.Model):
    """What a device took along on a day, and what its owner might write then."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="packages")
    number = models.IntegerField()
    made_at = models.DateTimeField(auto_now_add=True)
    capacity = models.CharField(max_length=60)
    rights = models.JSONField(default=dict)  # collection -> what it packed for writing

    objects = ScopedManager()
    scope = Scope(unit="device__unit_id", person="device__person_id")

    class Meta:
        db_table = "offline_carry"
        constraints = [
            models.UniqueConstraint(fields=["device", "number"], name="offline_one_carry_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.device_id}.{self.number}"


class Entry(models.Model):
    """The ledger of what a replica sent, with the answer it was given."""

    replica = models.ForeignKey(Replica, models.CASCADE, related_name="entries", db_index=False)
    seq = models.IntegerField()
    digest = models.CharField(max_length=32)
    collection = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    value = models.JSONField(null=True)
    carry = models.IntegerField()
    said_at = models.CharField(max_length=40, blank=True)  # the device's clock: a remark
    verdict = models.CharField(max_length=8)
    now = models.JSONField(null=True)
    message = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()
    scope = Scope(unit="replica__device__unit_id", person="replica__device__person_id")

    class Meta:
        db_table = "offline_entry"
        constraints = [models.UniqueConstraint(fields=["replica", "seq"], name="offline_a_number_once")]
        indexes = [models.Index(fields=["received_at"], name="offline_entry_by_age")]

    def __str__(self) -> str:
        return f"{self.replica_id}.{self.seq}"


class Kind(models.TextChoices):
    """Why a value waits for a person."""

    CLASH = "clash", _("Hai người ghi khác nhau")
    LATE = "late", _("Tới sau khi khóa")
    MOVED = "moved", _("Người ghi đã thôi phụ trách")


class State(models.TextChoices):
    """How it ended."""

    OPEN = "open", _("Đang chờ")
    MINE = "mine", _("Lấy giá trị ghi trên máy")
    THEIRS = "theirs", _("Giữ giá trị trong sổ")
    OTHER = "other", _("Ghi giá trị khác")
    REPLACED = "replaced", _("Người ghi đã ghi lại")


class Held(models.Model):
    """A value that was received and not written: in a conflict, or for a review. It is never thrown away."""

    replica = models.ForeignKey(Replica, models.PROTECT, related_name="held")
    seq = models.IntegerField()
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")  # who entered it
    device_name = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    collection = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    part = models.CharField(max_length=20, blank=True)  # of an entry of several cells: which
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    campus = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    classroom_id = models.BigIntegerField(
        null=True
    )  # the room knows no classes: whose they are, the scope says
    course_id = models.BigIntegerField(null=True)
    entering = models.CharField(max_length=60)  # the permission of who may write there, and so may settle it
    mine = models.JSONField(null=True)
    theirs = models.JSONField(null=True)  # what stood there when it came
    seen = models.JSONField(null=True)
    theirs_by = models.CharField(max_length=100, blank=True)
    theirs_at = models.DateTimeField(null=True)
    said_at = models.CharField(max_length=40, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    message = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    settled = models.JSONField(null=True)  # what was written at last
    settled_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", campus="campus_id", classroom="classroom_id", course="course_id")
    audit_name = "Chỗ vênh, chờ xét"

    class Meta:
        db_table = "offline_held"
        constraints = [
            models.UniqueConstraint(
                fields=["replica", "collection", "key", "part"],
                condition=models.Q(state="open"),
                name="offline_one_open_value_a_cell_and_replica",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "kind"], name="offline_held_open", condition=models.Q(state="open")),
            models.Index(fields=["replica", "seq"], name="offline_held_by_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.collection} {self.key} {self.part}".strip()
