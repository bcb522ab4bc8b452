"""Roles given by hand: the few that do not follow from a record (department and office officers, administrators)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.roles import ROLES
from khue.kernel.access.scope import Scope, ScopedManager


class RoleAssignment(models.Model):
    """A role given to a person at a unit for a span of days [starts_on, ends_on), with its reason."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    role = models.CharField(max_length=30, choices=[(role.code, role.label) for role in ROLES.values()])
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    reason = models.CharField(_("Căn cứ"), max_length=200, blank=True)

    objects = ScopedManager()

    scope = Scope(unit="unit_id")

    class Meta:
        db_table = "access_role_assignment"
        indexes = [
            models.Index(fields=["person"], name="access_assignment_by_person"),
            models.Index(fields=["unit"], name="access_assignment_by_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "role", "unit"],
                condition=models.Q(ends_on__isnull=True),
                name="access_one_open_assignment_a_role_and_unit",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="access_assignment_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.unit_id}"
