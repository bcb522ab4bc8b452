"""School years, terms, weeks and the days that are not like others.

A school year's key is the calendar year it begins in: 2026 is "2026-2027". The province issues the calendar
(rules/03 section 8); a school or a campus may have days of its own.
"""

from __future__ import annotations

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
