"""Answers already given to a posted form, so that a second press of the button does nothing twice."""

from __future__ import annotations

from django.db import models


class PostedOnce(models.Model):
    """One Idempotency-Key of one account: what was asked (its hash) and what was answered."""

    account = models.ForeignKey("people.Account", models.CASCADE, null=True, related_name="+")
    key = models.CharField(max_length=80)
    body_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)  # null: still being worked on
    location = models.CharField(max_length=500, blank=True)
    body = models.BinaryField(null=True)
    content_type = models.CharField(max_length=80, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "home_posted_once"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "key"], nulls_distinct=False, name="home_key_once_an_account"
            )
        ]
        indexes = [models.Index(fields=["at"], name="home_posted_by_time")]

    def __str__(self) -> str:
        return self.key
