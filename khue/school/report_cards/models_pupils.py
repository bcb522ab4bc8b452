"""Tables about a pupil who moves: the sheet of partial results, and packages that left for or came from elsewhere."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class SheetState(models.TextChoices):
    """Where a transfer sheet is on its way."""

    COMPOSED = "composed", _("Chờ hiệu trưởng ký")
    SIGNED = "signed", _("Chờ ký số của trường")
    ISSUED = "issued", _("Đã ký, đóng dấu số")


class TransferSheet(models.Model):
    """Partial results of the running year when a pupil moves (rules/02 section 6); signed by principal and school.

    `data` is the data file with the signatures so far; from the school's signature on nothing of it changes.
    """

    transfer = models.OneToOneField("roster.Transfer", models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.COMPOSED)
    content: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    reference = models.CharField(max_length=26, unique=True)
    data = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    paper_sha256 = models.CharField(max_length=64, blank=True)
    is_test = models.BooleanField(default=False)
    composed_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", person="person_id")
    audit_name = "Phiếu kết quả chuyển trường"
    audit_hide = frozenset({"data", "content"})

    class Meta:
        db_table = "report_cards_transfer_sheet"

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.state}"


class Direction(models.TextChoices):
    """Which way a package went."""

    OUT = "out", _("Gửi đi")
    IN = "in", _("Nhận về")


class Package(models.Model):
    """A signed package of a pupil's cards, made for another province or brought from one; the file lies by its hash."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    other = models.CharField(_("Trường, tỉnh bên kia"), max_length=200)
    receipt = models.CharField(_("Giấy tiếp nhận"), max_length=100, blank=True)
    sha256 = models.CharField(max_length=64)
    size = models.IntegerField()
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    verdict = models.CharField(max_length=14)  # of the worst signature in it: valid, indeterminate, invalid
    reasons: models.JSONField[list[str]] = models.JSONField(default=list)
    years = ArrayField(models.SmallIntegerField(), default=list)
    cards: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)  # what foreign cards say
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", person="person_id")
    audit_name = "Gói học bạ"
    audit_hide = frozenset({"cards"})

    class Meta:
        db_table = "report_cards_package"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "sha256", "direction"], name="report_cards_one_package_a_content"
            )
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.person_id}"
