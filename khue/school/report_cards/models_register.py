"""Tables beside the register: its signed checkpoints, and how often an address has asked the public page."""

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
