"""Values of the switches that modules declare: by unit, effective-dated, every change audited."""

from __future__ import annotations

from typing import Any

from django.db import models

from khue.kernel.access.scope import Scope, ScopedManager


class Value(models.Model):
    """The value of a setting at a unit from a day on; the newest started one counts, the nearest unit wins."""

    name = models.CharField(max_length=60)
    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")
    valid_from = models.DateField()
    value: models.JSONField[Any] = models.JSONField()
    reason = models.CharField(max_length=200, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = "Thiết lập"

    class Meta:
        db_table = "settings_value"
        constraints = [
            models.UniqueConstraint(fields=["name", "unit", "valid_from"], name="settings_one_value_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from}"
