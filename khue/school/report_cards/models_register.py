"""Tables beside the register: checkpoints, verifications, counts, and how often the public page was asked."""

from __future__ import annotations

from django.db import models


class Checkpoint(models.Model):
    """A signed statement of the heads of all schools' registers at one time; `heads` holds those that moved."""

    at = models.DateTimeField()
    entries = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    heads = models.TextField()
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)

    audit_name = "Điểm kiểm tra sổ cấp học bạ"

    class Meta:
        db_table = "report_cards_checkpoint"

    def __str__(self) -> str:
        return f"{self.pk}"


class Asking(models.Model):
    """How often something was asked in a window of time; the key is a keyed hash and names nobody."""

    key = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField()
    count = models.IntegerField()

    audit_name = "Lượt hỏi trang xác minh"

    class Meta:
        db_table = "report_cards_asking"
        indexes = [models.Index(fields=["since"], name="report_cards_asking_since")]

    def __str__(self) -> str:
        return self.key


class Tally(models.Model):
    """How far a school's cards of a year have come: pupils by the state of their card; counted every ten minutes."""

    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.CASCADE, related_name="+", db_index=False)
    pupils = models.IntegerField()
    counts: models.JSONField[dict[str, int]] = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    audit_name = "Số đếm học bạ"

    class Meta:
        db_table = "report_cards_tally"
        constraints = [
            models.UniqueConstraint(
                fields=["year", "school"], name="report_cards_one_tally_a_school_and_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.year_id}"


class Verification(models.Model):
    """What a nightly verification of the registers saw; `faults` names the first hundred things that do not hold."""

    at = models.DateTimeField()
    entries = models.BigIntegerField()
    schools = models.IntegerField()
    files = models.BigIntegerField()
    checkpoints = models.IntegerField()
    seconds = models.FloatField()
    faults: models.JSONField[list[dict[str, object]]] = models.JSONField(default=list)
    count = models.IntegerField(default=0)  # of faults

    audit_name = "Lần kiểm tra sổ cấp học bạ"

    class Meta:
        db_table = "report_cards_verification"
        indexes = [models.Index(fields=["at"], name="report_cards_verification_at")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.count}"
