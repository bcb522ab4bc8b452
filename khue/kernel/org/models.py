"""The tree of units: department > office or commune > school > campus, as data with history.

`Unit` is what a unit is now; `UnitVersion` what it was called and where it stood on any day (the tree before
July 2025 had districts, the tree after has communes: rules/03 section 4). `path` is materialised:
"/1/14/203/" holds the ids of all ancestors and of the unit itself, so "everything below" is a prefix.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class UnitKind(models.TextChoices):
    """What a unit is in the tree; the middle tier is generic (office before 07/2025, commune after)."""

    DEPARTMENT = "department", _("Sở GD&ĐT")
    OFFICE = "office", _("Phòng GD&ĐT")
    COMMUNE = "commune", _("Phòng VH-XH xã, phường")
    SCHOOL = "school", _("Trường")
    CAMPUS = "campus", _("Điểm trường")
    CLUSTER = "cluster", _("Cụm trường")


MIDDLE_KINDS = (UnitKind.OFFICE, UnitKind.COMMUNE, UnitKind.CLUSTER)


class Level(models.TextChoices):
    """Levels of education a school may teach; a combined-level school holds several."""

    PRESCHOOL = "MN", _("Mầm non")
    PRIMARY = "TH", _("Tiểu học")
    LOWER_SECONDARY = "THCS", _("THCS")
    UPPER_SECONDARY = "THPT", _("THPT")
    CONTINUING = "GDTX", _("GDTX")


class UnitQuerySet(models.QuerySet["Unit"]):
    """Reads over units."""

    def below(self, path: str) -> UnitQuerySet:
        """The unit with this path and everything under it."""
        return self.filter(path__startswith=path)

    def open(self) -> UnitQuerySet:
        """Units that have not been closed."""
        return self.filter(closed_on__isnull=True)


class Unit(models.Model):  # type: ignore[django-manager-missing]
    """A department, office, commune, school or satellite campus."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", db_index=False
    )
    path = models.CharField(max_length=120, unique=True)
    levels = ArrayField(models.CharField(max_length=5, choices=Level.choices), default=list, blank=True)
    commune_code = models.CharField(max_length=5, blank=True)
    legacy_district = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    region = models.SmallIntegerField(default=2)  # vùng 1 mountains and islands, 2 rural, 3 cities
    is_public = models.BooleanField(default=True)
    is_main = models.BooleanField(default=False)  # the main campus of its school
    has_internet = models.BooleanField(default=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    sort_key = models.CharField(max_length=400, db_index=True)
    search_key = models.CharField(max_length=200)

    objects = ScopedManager.from_queryset(UnitQuerySet)()

    scope = Scope(unit="pk", campus="parent_id")  # who holds a school holds its campuses
    audit_name = "Đơn vị"

    class Meta:
        db_table = "org_unit"
        indexes = [
            models.Index(fields=["path"], name="org_unit_path_prefix", opclasses=["text_pattern_ops"]),
            models.Index(fields=["parent"], name="org_unit_by_parent"),
            GinIndex(fields=["levels"], name="org_unit_by_level"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(path__endswith="/"), name="org_unit_path_ends_with_slash"
            ),
            models.UniqueConstraint(
                fields=["parent"], condition=models.Q(is_main=True), name="org_unit_one_main_campus_a_school"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ancestor_ids(self) -> list[int]:
        """Ids from the root down to this unit itself."""
        return [int(part) for part in self.path.strip("/").split("/")]

    @property
    def is_school(self) -> bool:
        """Whether pupils are enrolled here."""
        return self.kind == UnitKind.SCHOOL

    @property
    def is_open(self) -> bool:
        """Whether the unit still works."""
        return self.closed_on is None


class UnitVersion(models.Model):
    """What a unit was called and where it stood in the tree during a span of days [valid_from, valid_to)."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="versions", db_index=False)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    path = models.CharField(max_length=120)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    audit_name = "Tên và chỗ đứng"

    class Meta:
        db_table = "org_unit_version"
        indexes = [models.Index(fields=["unit", "valid_from"], name="org_version_by_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"], condition=models.Q(valid_to__isnull=True), name="org_version_one_open_a_unit"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gt=models.F("valid_from")),
                name="org_version_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.valid_from})"


class UnitEventKind(models.TextChoices):
    """What happened to a unit."""

    OPENED = "opened", _("Thành lập")
    RENAMED = "renamed", _("Đổi tên")
    MOVED = "moved", _("Đổi đơn vị quản lý")
    MERGED = "merged", _("Sáp nhập")
    SPLIT = "split", _("Chia tách")
    CLOSED = "closed", _("Giải thể")
    REOPENED = "reopened", _("Hoạt động trở lại")


class UnitEvent(models.Model):
    """A decision that changed a unit, with its number and the units before and after."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="events", db_index=False)
    kind = models.CharField(max_length=10, choices=UnitEventKind.choices)
    on = models.DateField()
    decision = models.CharField(max_length=100, blank=True)
    other = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    detail: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)

    audit_name = "Quyết định"

    class Meta:
        db_table = "org_unit_event"
        indexes = [models.Index(fields=["unit", "on"], name="org_event_by_unit")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on}"
