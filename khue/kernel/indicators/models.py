"""Figures kept by day, so that last year's numbers never move.

A `Snapshot` is a day on which all figures were computed. A `Figure` says what an indicator was for a unit from a day
on: it is written only when it differs from the figure before it or is the first of a school year, so a quiet year
costs few rows, and the figure of any day is the latest one on or before it. While the day is open its figures are
computed anew as often as the columnar copy is refreshed; once it is closed (the next morning) neither Khuê nor the
database lets anybody change them: triggers refuse it, and the snapshot keeps a digest of the day's figures for whoever
wants to check.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Snapshot(models.Model):
    """A day on which the province's figures were computed."""

    day = models.DateField(primary_key=True)
    computed_at = models.DateTimeField()
    copied_at = models.DateTimeField()  # when the columnar copy behind it was taken
    year = models.SmallIntegerField()  # the school year the figures are of
    figures = models.IntegerField(default=0)  # rows written for this day
    is_closed = models.BooleanField(default=False)
    digest = models.BinaryField(max_length=32, null=True)  # SHA-256, when closed: see snapshots.py
    parts: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict
    )  # indicator -> [rows, SHA-256 in hex], when closed: says where a day was tampered with

    audit_name = _("Số liệu trong ngày")

    class Meta:
        db_table = "indicators_snapshot"

    def __str__(self) -> str:
        return f"{self.day:%d/%m/%Y}"


class Figure(models.Model):
    """What an indicator was for a unit from a day on; its value follows from its two parts (declare.value_of)."""

    indicator = models.CharField(max_length=60)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()  # from this day, until a later row
    year = models.SmallIntegerField()  # the school year it is of
    top = models.FloatField(null=True)  # null: nothing to count here any more
    bottom = models.FloatField(null=True)

    objects = ScopedManager()

    scope = Scope(unit="unit_id")
    audit_name = _("Chỉ tiêu")

    class Meta:
        db_table = "indicators_figure"
        constraints = [
            models.UniqueConstraint(fields=["indicator", "unit", "day"], name="indicators_figure_one_a_day"),
        ]
        indexes = [
            models.Index(
                fields=["unit", "indicator", "day"],
                include=("year", "top", "bottom"),
                name="indicators_figure_as_of",
            ),
            models.Index(fields=["day"], name="indicators_figure_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.indicator} {self.day:%d/%m/%Y}"


class CopyState(models.TextChoices):
    """How a refresh of the columnar copy went."""

    RUNNING = "running", _("Đang chép")
    DONE = "done", _("Đã xong")
    FAILED = "failed", _("Không xong")


class Copy(models.Model):
    """One refresh of the columnar copy: whole, or only what has changed since the one before."""

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_whole = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=CopyState.choices, default=CopyState.RUNNING)
    generation = models.CharField(max_length=40, blank=True)  # the directory that became current
    since = models.DateTimeField(null=True)  # rows changed from here on were taken
    rows: models.JSONField[dict[str, int]] = models.JSONField(default=dict)  # fact to rows now in it
    changed: models.JSONField[dict[str, int]] = models.JSONField(default=dict)  # fact to rows taken this time
    bytes = models.BigIntegerField(default=0)
    fault = models.CharField(max_length=300, blank=True)

    audit_name = _("Bản chép số liệu")

    class Meta:
        db_table = "indicators_copy"
        indexes = [
            models.Index(fields=["-started_at"], name="indicators_copy_latest", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%d/%m/%Y %H:%M}"
