"""How a guardian comes to a child, and how what the school has of a family is put right.

A link code is printed on a slip by the school for one child and one relation. It is kept only as a keyed hash, used
once, dead after thirty days or five wrong birth dates. A correction is what a guardian asks to change of the contact
data; nothing changes before the office has said yes, and both values stand side by side while it decides.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager
from khue.registry.roster.models import Relation


class LinkCode(models.Model):
    """One code on one slip: whoever shows it with the child's birth date becomes the child's guardian, once."""

    enrolment = models.ForeignKey("roster.Enrolment", models.CASCADE, related_name="+")
    relation = models.CharField(max_length=12, choices=Relation.choices)
    code_hash = models.CharField(max_length=64)
    issued_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    issued_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    guardianship = models.ForeignKey(
        "roster.Guardianship", models.SET_NULL, null=True, related_name="+", db_index=False
    )

    objects = ScopedManager()
    scope = Scope(
        unit="enrolment__school_id", campus="enrolment__campus_id", classroom="enrolment__classroom_id"
    )
    audit_name = "Mã gắn phụ huynh"
    audit_hide = frozenset({"code_hash"})

    class Meta:
        db_table = "family_link_code"
        constraints = [models.UniqueConstraint(fields=["code_hash"], name="family_a_code_is_one_slip")]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.relation}"


class CorrectionState(models.TextChoices):
    """Where a wish to correct stands."""

    ASKED = "asked", _("Chờ nhà trường xem")
    ACCEPTED = "accepted", _("Đã sửa")
    REFUSED = "refused", _("Chưa sửa")
    WITHDRAWN = "withdrawn", _("Đã rút")


class Correction(models.Model):
    """What a guardian asks to change of the contact data of a child or of themselves, at the child's school."""

    enrolment = models.ForeignKey("roster.Enrolment", models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    before: models.JSONField[dict[str, str]] = models.JSONField(default=dict)  # as it was when it was asked
    after: models.JSONField[dict[str, str]] = models.JSONField(default=dict)
    note = models.CharField(_("Lời nhắn"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.ASKED)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(
        unit="enrolment__school_id",
        campus="enrolment__campus_id",
        classroom="enrolment__classroom_id",
        person="asked_by_id",
    )
    audit_name = "Đề nghị sửa thông tin liên hệ"

    class Meta:
        db_table = "family_correction"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "asked_by"],
                condition=models.Q(state="asked"),
                name="family_one_open_correction_a_person",
            )
        ]
        indexes = [
            models.Index(
                fields=["asked_at"],
                name="family_corrections_waiting",
                condition=models.Q(state="asked"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"
