"""School years, terms, weeks and the days that are not like others.

A school year's key is the calendar year it begins in: 2026 is "2026-2027". The province issues the calendar
(rules/03 section 8); a school or a campus may have days of its own.
"""

from __future__ import annotations

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class SchoolYear(models.Model):
    """A school year of the province."""

    id = models.SmallIntegerField(primary_key=True)  # 2026 for 2026-2027
    starts_on = models.DateField(_("Ngày tựu trường"))
    ends_on = models.DateField(_("Ngày hết năm học"))  # the day rights of the year end (31/07)
    is_closed = models.BooleanField(default=False)

    class Meta:
        db_table = "calendar_school_year"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")),
                name="calendar_year_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """`2026-2027`."""
        return f"{self.pk}-{self.pk + 1}"

    @property
    def label(self) -> str:
        """`2026 – 2027`."""
        return f"{self.pk} – {self.pk + 1}"


class Term(models.Model):
    """A semester: 1 or 2."""

    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="terms")
    number = models.SmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()  # last day, inclusive

    class Meta:
        db_table = "calendar_term"
        constraints = [models.UniqueConstraint(fields=["year", "number"], name="calendar_term_once_a_year")]

    def __str__(self) -> str:
        return f"HK{'I' * self.number} {self.year_id}"


class Week(models.Model):
    """A teaching week 1..35, or a spare week (number 0)."""

    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="weeks")
    term = models.SmallIntegerField()
    number = models.SmallIntegerField()
    starts_on = models.DateField()  # Monday
    ends_on = models.DateField()  # Sunday

    class Meta:
        db_table = "calendar_week"
        constraints = [models.UniqueConstraint(fields=["year", "starts_on"], name="calendar_week_once")]

    def __str__(self) -> str:
        return f"{self.year_id} tuần {self.number}"


class DayKind(models.TextChoices):
    """Why a day is not like others."""

    HOLIDAY = "holiday", _("Nghỉ lễ")
    CLOSURE = "closure", _("Nghỉ học (thiên tai, dịch bệnh)")
    MAKEUP = "makeup", _("Học bù")
    EXAM = "exam", _("Kiểm tra, thi")
    EVENT = "event", _("Sự kiện")


class SpecialDay(models.Model):
    """A span of days that differ for the whole province (unit: the department) or below one unit."""

    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")
    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="special_days")
    kind = models.CharField(max_length=10, choices=DayKind.choices)
    name = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField()  # inclusive
    is_school_day = models.BooleanField(default=False)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")

    class Meta:
        db_table = "calendar_special_day"
        indexes = [models.Index(fields=["year", "starts_on"], name="calendar_special_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="calendar_special_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.starts_on}"


class ClosureReason(models.TextChoices):
    """Why there are no lessons at school for a while."""

    STORM = "storm", _("Bão, áp thấp nhiệt đới")
    FLOOD = "flood", _("Mưa lũ, sạt lở")
    COLD = "cold", _("Rét đậm, rét hại")
    EPIDEMIC = "epidemic", _("Dịch bệnh")
    OTHER = "other", _("Lí do khác")


class Closure(models.Model):
    """No lessons at school for a unit and everything below it, from a session on until somebody opens again.

    With `at_home` pupils go on learning at home: roll call becomes a check-in. The days stand in the calendar through
    `special_day`, which ends with the closure; a first day that still had its morning is not among them.
    """

    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")
    year = models.ForeignKey(SchoolYear, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=10, choices=ClosureReason.choices)
    note = models.CharField(_("Lời nhắn"), max_length=300, blank=True)
    at_home = models.BooleanField(_("Học ở nhà"), default=False)
    starts_on = models.DateField()
    is_from_noon = models.BooleanField(default=False)  # the morning of the first day still had lessons
    ends_on = models.DateField(
        null=True, blank=True
    )  # last day without lessons, inclusive; none: until opened
    is_cancelled = models.BooleanField(default=False)  # opened again before its first session
    special_day = models.ForeignKey(SpecialDay, models.SET_NULL, null=True, related_name="+")
    closed_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(auto_now_add=True)
    reopened_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reopened_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = "Tạm nghỉ học"

    class Meta:
        db_table = "calendar_closure"
        indexes = [models.Index(fields=["year", "starts_on"], name="calendar_closure_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="calendar_closure_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.reason} {self.starts_on}"

    def is_past(self, day: date) -> bool:
        """Whether its last day has gone by."""
        return self.ends_on is not None and self.ends_on < day
