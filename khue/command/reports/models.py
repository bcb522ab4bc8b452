"""Periods of reporting, the reports of units in them, the tables of each, and the steps it took.

A `Period` is one form of one school year with its days (rules/14 section 3). A `Report` is what one unit says in
it: a school's is counted from the data as of the period's day; an office's or the department's is the sum of what
the schools below have signed. A report's cells are kept in its `Sheet`s, one row a table: 2,000 schools are 16,000
rows a period instead of half a million cells. While a report is a draft it may be filled anew; from the moment it
is signed neither Khuê nor the database lets a cell move (triggers): what is corrected or given back is the next
edition, with a reason, and the old one stays as it was. What is corrected counts in the sums until the next edition is
signed; what was given back counts no more from that moment. A `Step` is what happened to a report, who did it when and
on which digest; steps are only added.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Kind(models.TextChoices):
    """The forms of the year, in their order."""

    START = "start", _("Đầu năm học")
    MID = "mid", _("Giữa năm học")
    END = "end", _("Cuối năm học")


class Period(models.Model):
    """One form of one school year: from which day its figures are, when schools owe it, when it was locked."""

    department = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=Kind.choices)
    form_version = models.CharField(max_length=12)
    as_of = models.DateField(_("Số liệu tính đến ngày"))
    due_on = models.DateField(_("Trường nộp trước hết ngày"))
    note = models.CharField(_("Lời nhắn cho các trường"), max_length=300, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    locked_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="department_id")
    audit_name = _("Kì báo cáo thống kê")

    class Meta:
        db_table = "reports_period"
        constraints = [
            models.UniqueConstraint(fields=["year", "kind"], name="reports_one_period_a_year_and_form"),
            models.CheckConstraint(
                condition=Q(due_on__gte=models.F("as_of")), name="reports_due_after_its_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year_id}"

    @property
    def label(self) -> str:
        """`Đầu năm học 2026-2027`."""
        return f"{Kind(self.kind).label} {self.year_id}-{self.year_id + 1}"

    @property
    def is_locked(self) -> bool:
        """Whether the department has closed the province's report."""
        return self.locked_at is not None


class State(models.TextChoices):
    """How far a report has come; the sum of an office is signed when closed, the department's accepted when locked."""

    DRAFT = "draft", _("Trường đang làm")
    SIGNED = "signed", _("Chờ kiểm tra")
    CHECKED = "checked", _("Chờ Sở nhận")
    ACCEPTED = "accepted", _("Sở đã nhận")
    RETURNED = "returned", _("Bị trả lại")
    SUPERSEDED = "superseded", _("Đã có bản sau")


SENT = (State.SIGNED, State.CHECKED, State.ACCEPTED)


class Report(models.Model):
    """What one unit reports in a period, in one version."""

    period = models.ForeignKey(Period, models.PROTECT, related_name="reports", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    is_school = models.BooleanField(default=True)  # else it is a sum of schools
    edition = models.SmallIntegerField(default=1)
    is_latest = models.BooleanField(default=True)
    levels = models.JSONField(default=list)  # what the unit teaches, as the form was filled
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    reason = models.CharField(_("Vì sao có bản này"), max_length=300, blank=True)
    filled_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=32, null=True)  # SHA-256 of what was signed (filling.digest)
    findings: models.JSONField[list[dict[str, Any]]] = models.JSONField(
        default=list
    )  # what stood when it was signed
    paper = models.ForeignKey(  # signed by the key of whoever signed off; none when they used none
        "files.StoredFile", models.PROTECT, null=True, related_name="+", db_index=False
    )
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = _("Báo cáo thống kê")
    audit_hide = frozenset({"findings"})

    class Meta:
        db_table = "reports_report"
        constraints = [
            models.UniqueConstraint(fields=["period", "unit", "edition"], name="reports_an_edition_once"),
            models.UniqueConstraint(
                fields=["period", "unit"], condition=Q(is_latest=True), name="reports_one_latest_a_unit"
            ),
            models.CheckConstraint(
                condition=Q(state="draft", signed_at__isnull=True)
                | ~Q(state="draft") & Q(signed_at__isnull=False, digest__isnull=False),
                name="reports_signed_with_a_digest",
            ),
            models.UniqueConstraint(
                fields=["period", "unit"],
                condition=Q(state__in=["signed", "checked", "accepted"]),
                name="reports_one_that_counts_a_unit",
            ),
            models.CheckConstraint(
                condition=Q(edition=1) | ~Q(reason=""), name="reports_a_correction_has_a_reason"
            ),
        ]
        indexes = [models.Index(fields=["unit", "period"], name="reports_report_by_unit")]

    def __str__(self) -> str:
        return f"{self.period_id} {self.unit_id} {self.edition}"

    @property
    def is_open(self) -> bool:
        """Whether its cells may still move."""
        return self.state == State.DRAFT

    @property
    def print(self) -> str:
        """The first letters of the digest of what was signed, in groups of four."""
        text = bytes(self.digest or b"").hex()[:32]
        return " ".join(text[place : place + 4] for place in range(0, len(text), 4))

    @property
    def is_sent(self) -> bool:
        """Whether it counts in the sums above it."""
        return self.state in SENT


class Sheet(models.Model):
    """One table of a report: `row.column` to whole number, decimal text or nothing."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="sheets", db_index=False)
    table = models.CharField(max_length=30)  # 'THCS.hs'
    cells: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    typed: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # of those, what people typed in

    objects = ScopedManager()
    scope = Scope(unit="report__unit_id")
    audit_name = _("Bảng của báo cáo")
    audit_hide = frozenset(
        {"cells"}
    )  # counted again from the data as often as wanted; what is typed is named

    class Meta:
        db_table = "reports_sheet"
        constraints = [models.UniqueConstraint(fields=["report", "table"], name="reports_a_table_once")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.table}"


class Remark(models.Model):
    """Why something unusual is as it is: a school's explanation of a warning."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="remarks", db_index=False)
    key = models.CharField(max_length=80)  # checking.Finding.key
    text = models.CharField(_("Giải thích"), max_length=300)
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()
    scope = Scope(unit="report__unit_id")
    audit_name = _("Giải thích số liệu")

    class Meta:
        db_table = "reports_remark"
        constraints = [models.UniqueConstraint(fields=["report", "key"], name="reports_one_remark_a_finding")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.key}"


class Verb(models.TextChoices):
    """What may happen to a report."""

    SIGNED = "signed", _("Ký gửi")
    CHECKED = "checked", _("Kiểm tra, đồng ý")
    RETURNED = "returned", _("Trả lại")
    ACCEPTED = "accepted", _("Sở nhận")
    CORRECTED = "corrected", _("Lập bản sửa")
    CLOSED = "closed", _("Chốt số cộng")
    LOCKED = "locked", _("Khóa báo cáo của tỉnh")


class Step(models.Model):
    """Something that happened to a report: who, in which capacity, when, on which content, why."""

    report = models.ForeignKey(Report, models.CASCADE, related_name="steps", db_index=False)
    verb = models.CharField(max_length=10, choices=Verb.choices)
    person = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=100)  # as it was then
    capacity = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    digest = models.BinaryField(max_length=32, null=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="report__unit_id")
    audit_name = _("Bước của báo cáo")

    class Meta:
        db_table = "reports_step"
        indexes = [models.Index(fields=["report", "at"], name="reports_step_by_report")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.verb}"
