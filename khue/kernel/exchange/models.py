"""An import on its way: the file kept byte for byte, the mapping, what the preview found, what was written."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class ImportState(models.TextChoices):
    """Nothing is written before WRITTEN; an import can be undone for a day."""

    PREVIEW = "preview", _("Xem trước")
    WRITTEN = "written", _("Đã ghi")
    UNDONE = "undone", _("Đã hoàn tác")
    DROPPED = "dropped", _("Đã bỏ")


class Import(models.Model):
    """One file taken in (or about to be) into one table of one unit."""

    table = models.CharField(max_length=60)  # name of the ExchangeTable
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    file = models.ForeignKey("files.StoredFile", models.PROTECT, related_name="+")
    options: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # school year...
    mapping: models.JSONField[dict[str, str]] = models.JSONField(
        default=dict
    )  # column letter -> field, by hand
    corrections: models.JSONField[dict[str, str]] = models.JSONField(
        default=dict
    )  # "row:letter" -> typed value
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.PREVIEW)
    added = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(auto_now_add=True)
    written_at = models.DateTimeField(null=True)
    written: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict
    )  # ids made and old values, for undo

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = "Lần nhập"

    class Meta:
        db_table = "exchange_import"
        indexes = [models.Index(fields=["unit", "-started_at"], name="exchange_import_by_unit")]

    def __str__(self) -> str:
        return f"{self.table} {self.state}"


class RememberedColumn(models.Model):
    """A wording of a column that this unit once mapped by hand; the next file is mapped by itself."""

    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")
    table = models.CharField(max_length=60)
    wording = models.CharField(max_length=120)
    field = models.CharField(max_length=60)

    class Meta:
        db_table = "exchange_remembered_column"
        constraints = [
            models.UniqueConstraint(fields=["unit", "table", "wording"], name="exchange_wording_once_a_table")
        ]

    def __str__(self) -> str:
        return f"{self.wording} → {self.field}"
