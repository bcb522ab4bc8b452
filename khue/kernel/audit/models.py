"""The audit record: append-only, hash-chained by unit, with signed checkpoints (docs/decisions/0005).

An entry's hash covers the entry, the hash before it, and the *hash* of its payload. The payload itself (what
changed, from what to what: personal data) lies in a table of its own beside a random salt, so that it can be erased
by law without breaking the chain. Triggers refuse every UPDATE and DELETE on entries and payloads but the lawful
erasure, which itself is an entry.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from khue.kernel.access.scope import Scope, ScopedManager


class Head(models.Model):
    """The end of each unit's chain; the row lock on it orders the entries."""

    chain = models.BigIntegerField(primary_key=True)  # unit id; 0: the platform itself
    seq = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_head"

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq}"


class Entry(models.Model):
    """One action: who, in which capacity, when, from where, on what, why."""

    chain = models.BigIntegerField()
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_constraint=False
    )
    capacity = models.CharField(max_length=200)
    target = models.CharField(max_length=60)  # "roster.enrolment:12"
    touched = ArrayField(models.CharField(max_length=60), default=list)
    reason = models.CharField(max_length=300, blank=True)
    ip = models.CharField(max_length=45, blank=True)
    device = models.CharField(max_length=200, blank=True)
    payload_hash = models.BinaryField(max_length=32)
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = ScopedManager()
    scope = Scope(unit="chain")

    class Meta:
        db_table = "audit_entry"
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="audit_one_entry_a_place_in_the_chain")
        ]
        indexes = [
            GinIndex(fields=["touched"], name="audit_entry_by_touched", fastupdate=True),
            models.Index(fields=["actor", "at"], name="audit_entry_by_actor"),
            models.Index(fields=["chain", "-at"], name="audit_entry_by_chain_and_time"),
            models.Index(fields=["-at"], name="audit_entry_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.seq} {self.action}"


class Payload(models.Model):
    """What changed, as the exact text that was hashed; may be erased, the entry stays."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="payload")
    salt = models.BinaryField(max_length=16)
    body = models.TextField()
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "audit_payload"

    def __str__(self) -> str:
        return f"{self.entry_id}"


class Checkpoint(models.Model):
    """A signed statement of all heads at one time; others can keep it, and no rewriting survives it."""

    at = models.DateTimeField()
    entries = models.BigIntegerField()
    root = models.BinaryField(max_length=32)  # SHA-256 over all (chain, seq, hash), in order of chain
    heads = (
        models.TextField()
    )  # those that moved since the checkpoint before, JSON: [[chain, seq, hash hex], ...]
    key_id = models.CharField(max_length=16)
    signature = models.BinaryField(max_length=64)

    class Meta:
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"{self.at} {self.entries}"
