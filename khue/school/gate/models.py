"""The gate: who carries which badge, which readers stand where, and every time a badge was held to one.

A tap is kept as the reader told it (its own number and clock) beside what Khuê made of it. A reader numbers its taps,
so a batch sent twice is taken in once: number, badge and moment are the same. `at` is the moment by the server's clock:
the reader says what its clock shows when it sends, and the difference is taken off all its taps; no clock of a device
decides anything by itself.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class BadgeState(models.TextChoices):
    """Whether a badge opens anything."""

    GOOD = "good", _("Đang dùng")
    LOST = "lost", _("Đã báo mất")
    ENDED = "ended", _("Đã thu, đã thay")


class Badge(models.Model):
    """A badge of one pupil at one school: the code in its QR, and the number of its chip where it has one."""

    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    code = models.CharField(max_length=16, unique=True)  # random, says nothing of the pupil
    chip = models.CharField(_("Số chip"), max_length=32, blank=True)  # hexadecimal, capital letters
    state = models.CharField(max_length=8, choices=BadgeState.choices, default=BadgeState.GOOD)
    issued_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(
        unit="school_id", campus="enrolment__campus_id", classroom="enrolment__classroom_id",
        person="enrolment__person_id",
    )  # fmt: skip
    audit_name = "Thẻ"

    class Meta:
        db_table = "gate_badge"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"], condition=models.Q(state="good"), name="gate_one_good_badge_a_pupil"
            ),
            models.UniqueConstraint(
                fields=["school", "chip"],
                condition=models.Q(state="good") & ~models.Q(chip=""),
                name="gate_a_chip_is_one_badge",
            ),
        ]
        indexes = [
            models.Index(fields=["school", "state"], name="gate_badge_by_school"),
            models.Index(fields=["chip"], name="gate_badge_by_chip", condition=~models.Q(chip="")),
        ]

    def __str__(self) -> str:
        return self.code


class ReaderKind(models.TextChoices):
    """How a reader speaks with Khuê."""

    PAGE = "page", _("Trang đọc thẻ (máy tính bảng, đầu đọc USB)")
    TERMINAL = "terminal", _("Máy đọc thẻ gửi qua mạng")


class Direction(models.TextChoices):
    """Which way pupils go past a reader."""

    IN = "in", _("Vào")
    OUT = "out", _("Ra")
    BOTH = "both", _("Vào và ra")


class Reader(models.Model):
    """A place at a school where badges are read."""

    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(_("Tên"), max_length=80)
    kind = models.CharField(_("Loại"), max_length=10, choices=ReaderKind.choices)
    direction = models.CharField(_("Chiều"), max_length=4, choices=Direction.choices, default=Direction.BOTH)
    key_hash = models.CharField(max_length=64, unique=True)
    last_seen_at = models.DateTimeField(null=True)
    drift_ms = models.BigIntegerField(null=True)  # how far ahead its clock was when it last spoke
    strange_on = models.DateField(null=True)  # the day it last spoke
    strange = models.IntegerField(default=0)  # strange badges it has shown on that day
    cut_off_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id")
    audit_name = "Đầu đọc thẻ"

    class Meta:
        db_table = "gate_reader"
        indexes = [models.Index(fields=["school"], name="gate_reader_by_school")]

    def __str__(self) -> str:
        return self.name


class Verdict(models.TextChoices):
    """What became of a tap."""

    TAKEN = "taken", _("Đã ghi")
    DOUBLE = "double", _("Quẹt lại ngay, bỏ qua")
    UNKNOWN = "unknown", _("Thẻ lạ")
    LOST = "lost", _("Thẻ đã báo mất")
    ENDED = "ended", _("Thẻ đã thu, đã thay")
    FOREIGN = "foreign", _("Thẻ trường khác")
    STALE = "stale", _("Quá cũ hoặc giờ không thể đúng")


class Tap(models.Model):
    """A badge held to a reader once."""

    reader = models.ForeignKey(Reader, models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()  # the reader's own, rising
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    enrolment = models.ForeignKey(
        "roster.Enrolment", models.PROTECT, null=True, related_name="+", db_index=False
    )
    shown = models.CharField(max_length=32)  # what the badge said
    device_at = models.DateTimeField()
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    direction = models.CharField(max_length=4, choices=Direction.choices)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)

    objects = ScopedManager()
    scope = Scope(
        unit="school_id", classroom="enrolment__classroom_id", person="enrolment__person_id",
    )  # fmt: skip

    class Meta:
        db_table = "gate_tap"
        constraints = [  # a terminal that lost its memory counts from one again: its taps are other ones all the same
            models.UniqueConstraint(
                fields=["reader", "number", "device_at", "shown"], name="gate_a_tap_is_taken_once"
            )
        ]
        indexes = [
            models.Index(fields=["school", "-at"], name="gate_tap_by_school"),
            models.Index(
                fields=["enrolment", "-at"], name="gate_tap_by_pupil", condition=models.Q(verdict="taken")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} {self.number}"
