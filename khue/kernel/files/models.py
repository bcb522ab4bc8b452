"""Files people give us, kept byte for byte under the hash of their content."""

from __future__ import annotations

from django.db import models

from khue.kernel.access.scope import Scope, ScopedManager


class StoredFile(models.Model):
    """One uploaded or produced file: name as given (made safe), kind as checked, content by SHA-256."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+")
    owner = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=40)
    stored_at = models.DateTimeField(auto_now_add=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="owner_id")
    audit_name = "Tệp"

    class Meta:
        db_table = "files_stored_file"
        indexes = [models.Index(fields=["sha256"], name="files_by_content")]

    def __str__(self) -> str:
        return self.name
