"""Report cards: one row a pupil, year and edition; what is issued never changes.

A `Card` is composed from the approved results of a pupil's year. Its `content` is everything it says (`printing.shape`
as plain data), fixed from the first signature on; `fingerprint` is the SHA-256 of that content as the data file writes
it without signatures. While it is being signed, the data file with the signatures so far lies in `Draft`. The school's
own signature issues the card: data file and paper are kept by hash in the storage, `Entry` of the school's register
says so in a hash chain that nobody can change or delete (a trigger), and the draft goes. From then on an error is
mended by a new edition that names the old one; the old one stays and says that it was superseded.

`reference` is what a QR code carries, 128 random bits; `code` is its short sister for typing. Neither says anything
about the pupil.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager
from khue.school.report_cards.packing import unpacked
from khue.school.report_cards.rules import OPEN, State


class CardState(models.TextChoices):
    """The states of rules.State with their words."""

    DRAFT = State.DRAFT.value, _("Chưa đủ dữ liệu")
    COMPLETE = State.COMPLETE.value, _("Chờ ký")
    TEACHER_SIGNED = State.TEACHER_SIGNED.value, _("Giáo viên môn học đã ký")
    HOMEROOM_SIGNED = State.HOMEROOM_SIGNED.value, _("Chủ nhiệm đã ký")
    PRINCIPAL_SIGNED = State.PRINCIPAL_SIGNED.value, _("Hiệu trưởng đã ký")
    SEALED = State.SEALED.value, _("Đã cấp")
    SUBMITTED = State.SUBMITTED.value, _("Đã nộp Sở")
    ACCEPTED = State.ACCEPTED.value, _("Sở đã nhận")
    RETURNED = State.RETURNED.value, _("Sở trả lại")
    SUPERSEDED = State.SUPERSEDED.value, _("Đã thay bằng bản mới")
    REVOKED = State.REVOKED.value, _("Đã thu hồi")


class Card(models.Model):
    """One edition of a pupil's report card of a school year."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    classroom = models.ForeignKey("roster.Classroom", models.PROTECT, related_name="+", db_index=False)
    level = models.CharField(max_length=5)
    grade = models.SmallIntegerField()
    sort_key = models.CharField(max_length=400)  # the person's, for lists
    edition = models.SmallIntegerField(_("Bản"), default=1)
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="replaced_by", db_index=False
    )
    state = models.CharField(max_length=16, choices=CardState.choices, default=CardState.DRAFT)
    problems = ArrayField(models.CharField(max_length=40), default=list)  # why it is a draft
    excuse = models.CharField(max_length=300, blank=True)  # why the principal lets a missing number pass
    steps = models.CharField(max_length=40)  # rules.Policy.text, as it was when the card was composed
    unsigned = ArrayField(models.CharField(max_length=12), default=list)  # subjects not signed yet
    content: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    reference = models.CharField(max_length=26, unique=True)
    code = models.CharField(max_length=14, unique=True)
    is_test = models.BooleanField(default=False)  # signed by the test authority: no legal value
    returned_for = models.CharField(_("Trả lại vì"), max_length=300, blank=True)
    composed_at = models.DateTimeField()
    issued_at = models.DateTimeField(null=True)
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id", person="person_id")
    audit_name = "Học bạ"
    audit_hide = frozenset({"content"})  # the fingerprint tells one content from another

    class Meta:
        db_table = "report_cards_card"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "edition"], name="report_cards_one_edition_a_number"
            ),
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=models.Q(state__in=[State.DRAFT.value, *(state.value for state in OPEN)]),
                name="report_cards_one_unissued_card_a_pupil_and_year",
            ),
        ]
        indexes = [
            models.Index(fields=["classroom", "sort_key"], name="report_cards_by_class"),
            models.Index(fields=["school", "year", "state"], name="report_cards_by_school"),
            models.Index(fields=["year", "state"], name="report_cards_by_state"),
            models.Index(fields=["person", "year"], name="report_cards_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.edition})"


class Draft(models.Model):
    """The data file of a card that is being signed, with the signatures so far."""

    card = models.OneToOneField(Card, models.CASCADE, primary_key=True, related_name="draft")
    data = models.BinaryField()  # packed, see packing.py
    sha256 = models.CharField(max_length=64)  # of the file

    audit_name = "Tệp đang ký"
    audit_hide = frozenset({"data"})

    class Meta:
        db_table = "report_cards_draft"

    def __str__(self) -> str:
        return self.sha256

    @property
    def file(self) -> bytes:
        """The data file; empty when what is kept was spoilt."""
        return unpacked(bytes(self.data))


class EntryKind(models.TextChoices):
    """What the register says about a card."""

    ISSUED = "issued", _("Cấp")
    SUPERSEDED = "superseded", _("Thay bằng bản mới")
    REVOKED = "revoked", _("Thu hồi")


class Entry(models.Model):
    """A line of a school's register of report cards: append-only, each bound to the one before it."""

    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    seq = models.IntegerField()
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    card = models.ForeignKey(Card, models.PROTECT, related_name="entries", db_index=False)
    at = models.DateTimeField()
    data_sha256 = models.CharField(max_length=64)
    data_size = models.IntegerField()
    paper_sha256 = models.CharField(max_length=64)
    paper_size = models.IntegerField()
    previous = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="card__classroom_id", person="card__person_id")
    audit_name = "Sổ cấp học bạ"

    class Meta:
        db_table = "report_cards_entry"
        constraints = [
            models.UniqueConstraint(fields=["school", "seq"], name="report_cards_register_has_no_gap_twice"),
            models.UniqueConstraint(fields=["card", "kind"], name="report_cards_each_thing_once_a_card"),
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.seq}"


class CorrectionState(models.TextChoices):
    """States of a request to correct an issued card."""

    ASKED = "asked", _("Chờ hiệu trưởng")
    GRANTED = "granted", _("Đang sửa")
    REFUSED = "refused", _("Không sửa")
    WITHDRAWN = "withdrawn", _("Đã rút")
    DONE = "done", _("Đã cấp bản mới")


class Correction(models.Model):
    """A request to correct an issued card: who, what, with which evidence; the principal decides."""

    card = models.ForeignKey(Card, models.PROTECT, related_name="corrections", db_index=False)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(auto_now_add=True)
    what = models.CharField(_("Sai ở đâu, đúng là gì"), max_length=500)
    evidence = models.ForeignKey("files.StoredFile", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=CorrectionState.choices, default=CorrectionState.ASKED)
    decided_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(_("Trả lời"), max_length=300, blank=True)
    decision = models.CharField(_("Số, ngày quyết định"), max_length=100, blank=True)
    made = models.ForeignKey(Card, models.PROTECT, null=True, related_name="+", db_index=False)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="card__school_id", classroom="card__classroom_id", person="card__person_id")
    audit_name = "Đề nghị sửa học bạ"

    class Meta:
        db_table = "report_cards_correction"
        constraints = [
            models.UniqueConstraint(
                fields=["card"],
                condition=models.Q(state__in=["asked", "granted"]),
                name="report_cards_one_open_correction_a_card",
            )
        ]
        indexes = [models.Index(fields=["state"], name="report_cards_correction_state")]

    def __str__(self) -> str:
        return f"{self.card_id} {self.state}"


class Batch(models.Model):
    """Cards that one person signs in one go, in the background: whose key, which step, which cards."""

    run = models.OneToOneField("jobs.Run", models.PROTECT, null=True, related_name="+", db_constraint=False)
    signer = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    step = models.CharField(max_length=10)  # rules.Step
    with_seal = models.BooleanField(
        default=False
    )  # the principal's batch that the school's key seals at once
    cards = ArrayField(models.BigIntegerField())
    shown = ArrayField(models.CharField(max_length=64))  # SHA-256 of each file as the signer saw it
    started_at = models.DateTimeField(auto_now_add=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", person="signer_id")
    audit_name = "Đợt ký học bạ"

    class Meta:
        db_table = "report_cards_batch"
        indexes = [models.Index(fields=["signer", "started_at"], name="report_cards_batch_by_signer")]

    def __str__(self) -> str:
        return f"{self.signer_id} {self.step}"


class HeldSecret(models.Model):
    """What opens a signer's key, for the length of one batch: sealed here, and the rest of the seal lies elsewhere.

    See holding.py. Wiped when the batch ends, at the latest after half an hour.
    """

    batch = models.ForeignKey(Batch, models.CASCADE, related_name="secrets")
    step = models.CharField(max_length=10)
    certificate = models.ForeignKey("signing.Certificate", models.PROTECT, related_name="+", db_index=False)
    token = models.CharField(max_length=32, unique=True)
    sealed = models.BinaryField()
    held_until = models.DateTimeField()

    audit_name = "Mật khẩu khóa ký giữ cho một đợt"
    audit_hide = frozenset({"sealed", "token"})

    class Meta:
        db_table = "report_cards_held_secret"

    def __str__(self) -> str:
        return f"{self.batch_id} {self.step}"


class Substitute(models.Model):
    """Who signs a class's cards in the homeroom teacher's place, or a subject's rows in its teacher's, and why."""

    classroom = models.ForeignKey("roster.Classroom", models.PROTECT, related_name="+")
    subject = models.ForeignKey(
        "curriculum.Subject", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # none: the homeroom teacher's signature
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    reason = models.CharField(_("Lý do"), max_length=300)
    named_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    named_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="classroom__school_id", classroom="classroom_id")
    audit_name = "Người ký thay trên học bạ"

    class Meta:
        db_table = "report_cards_substitute"
        constraints = [
            models.UniqueConstraint(
                fields=["classroom", "subject"],
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="report_cards_one_substitute_a_place",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.classroom_id}"


from khue.school.report_cards.models_pupils import Direction as Direction  # noqa: E402
from khue.school.report_cards.models_pupils import Package as Package  # noqa: E402
from khue.school.report_cards.models_pupils import SheetState as SheetState  # noqa: E402
from khue.school.report_cards.models_pupils import TransferSheet as TransferSheet  # noqa: E402
from khue.school.report_cards.models_register import Asking as Asking  # noqa: E402
from khue.school.report_cards.models_register import Checkpoint as Checkpoint  # noqa: E402
from khue.school.report_cards.models_register import Tally as Tally  # noqa: E402
from khue.school.report_cards.models_register import Verification as Verification  # noqa: E402
