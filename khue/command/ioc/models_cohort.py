"""What has become of intakes, counted at night: who was in a grade of a school year, at the end of each year since.

A `CohortCount` holds one intake of one unit (school year, grade) by the end of one year: every pupil is in exactly one
of its columns, so they add up to the intake. Units above a school have their own rows, the sums of the schools below
them. A `CohortYear` says as of when the intakes of a year stand; both are written in one transaction.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class CohortYear(models.Model):
    """A school year whose intakes have been counted, and the moment as of which they stand."""

    year = models.SmallIntegerField(primary_key=True)
    counted_at = models.DateTimeField()

    audit_name = _("Lần tính các khóa")

    class Meta:
        db_table = "ioc_cohort_year"

    def __str__(self) -> str:
        return f"{self.year} {self.counted_at:%d/%m/%Y %H:%M}"


class CohortCount(models.Model):
    """The pupils of an intake of a unit by what has become of them by the end of a school year."""

    year = models.SmallIntegerField()  # the school year they began in
    grade = models.SmallIntegerField()  # the grade then; preschool -6 to -1
    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    until = (
        models.SmallIntegerField()
    )  # the school year at whose end (of the running one: now) they are counted
    here = models.IntegerField(default=0)
    moved = models.IntegerField(default=0)
    repeated = models.IntegerField(default=0)
    finished = models.IntegerField(default=0)
    left = models.IntegerField(default=0)
    dropped = models.IntegerField(default=0)
    other = models.IntegerField(default=0)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = _("Học sinh một khóa")

    class Meta:
        db_table = "ioc_cohort_count"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", "grade", "until"], name="ioc_cohort_count_once_a_unit_and_year"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.year}/{self.grade} {self.until}"
