"""Certificates people and schools sign with, the authorities that are believed, and the register of what was signed.

Private keys are not here: they are on tokens, with a remote service, or in a PKCS#12 file that only its owner's
passphrase opens (`key_file`, kept so that it need not be given again for each batch).
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Source(models.TextChoices):
    """Where the key of a certificate is."""

    FILE = "file", _("Tệp khóa")
    TOKEN = "token", _("Thiết bị ký (USB token, HSM)")
    REMOTE = "remote", _("Dịch vụ ký số từ xa")
    TRIAL = "trial", _("Khóa thử nghiệm, không có giá trị pháp lý")


class Certificate(models.Model):
    """A certificate of a person, or of an institution (its seal). Withdrawn ones stay: signatures point to them."""

    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    source = models.CharField(_("Khóa ở đâu"), max_length=8, choices=Source.choices)
    content = models.BinaryField()  # the certificate, DER
    chain = models.BinaryField(default=b"")  # those above it, DER, one after another
    key_file = models.BinaryField(null=True)  # PKCS#12, opened by a passphrase that is kept nowhere
    locator = models.CharField(max_length=200, blank=True)  # label of the token, or credential of the service
    sha256 = models.CharField(max_length=64)
    name = models.CharField(_("Chủ thể"), max_length=200)
    subject_number = models.CharField(_("Số định danh hoặc mã đơn vị"), max_length=30, blank=True)
    issuer = models.CharField(_("Nơi cấp"), max_length=200)
    serial = models.CharField(_("Số chứng thư"), max_length=64)
    key_kind = models.CharField(_("Loại khóa"), max_length=20)
    not_before = models.DateTimeField(_("Hiệu lực từ"))
    not_after = models.DateTimeField(_("Hiệu lực đến"))
    registered_at = models.DateTimeField(_("Đăng ký lúc"))
    withdrawn_at = models.DateTimeField(_("Thôi dùng lúc"), null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="person_id")
    audit_name = "Chứng thư số"
    audit_hide = frozenset({"content", "chain", "key_file"})

    class Meta:
        db_table = "signing_certificate"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(person__isnull=False, unit__isnull=True)
                | models.Q(person__isnull=True, unit__isnull=False),
                name="signing_certificate_of_a_person_or_a_unit",
            ),
            models.UniqueConstraint(
                fields=["sha256", "person", "unit"],
                condition=models.Q(withdrawn_at__isnull=True),
                nulls_distinct=False,
                name="signing_certificate_registered_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["person"],
                name="signing_certificate_by_person",
                condition=models.Q(person__isnull=False),
            ),
            models.Index(
                fields=["unit"], name="signing_certificate_by_unit", condition=models.Q(unit__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Anchor(models.Model):
    """An authority that the province believes, from the day it was put here until it was struck out."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)  # the department
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(_("Tổ chức cấp"), max_length=200)
    not_after = models.DateTimeField(_("Hiệu lực đến"))
    trusted_at = models.DateTimeField(_("Tin từ"))
    distrusted_at = models.DateTimeField(_("Thôi tin từ"), null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = "Tổ chức cấp chứng thư được tin"
    audit_hide = frozenset({"content"})

    class Meta:
        db_table = "signing_anchor"
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=models.Q(distrusted_at__isnull=True),
                name="signing_anchor_trusted_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Signature(models.Model):
    """One signature that was made: on which document, over which bytes, by whom, when. Append-only (a trigger)."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    document_kind = models.CharField(max_length=60)  # 'report_cards.card'
    document_id = models.BigIntegerField()
    form = models.CharField(max_length=4)  # 'xml' or 'pdf'
    position = models.SmallIntegerField()  # from 1, in the order made on that file
    field = models.CharField(max_length=40)
    capacity = models.CharField(max_length=100)
    signer = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64)  # of the file as it was shown and signed
    result_sha256 = models.CharField(max_length=64)  # of the file with the signature in it
    signed_at = models.DateTimeField()
    is_time_stamped = models.BooleanField(default=False)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="signer_id")
    audit_name = "Chữ ký"

    class Meta:
        db_table = "signing_signature"
        constraints = [
            models.UniqueConstraint(
                fields=["document_kind", "document_id", "form", "field"], name="signing_field_signed_once"
            ),
        ]
        indexes = [
            models.Index(fields=["signer", "signed_at"], name="signing_by_signer"),
            models.Index(fields=["result_sha256"], name="signing_by_result"),
        ]

    def __str__(self) -> str:
        return f"{self.document_kind}:{self.document_id} {self.field}"
