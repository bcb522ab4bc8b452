"""Marks, the days they are due and locked, requests to unlock, results and what looks odd.

A `Sheet` is one page of the gradebook: a subject in a class in a term, or the homeroom teacher's page of the class
(conduct, qualities, preschool observation). Its columns are not rows: they follow from the rule set of the year, the
periods of the subject and the level (`layout.columns_of`), each with a fixed *slot*.

A `MarkRow` is one pupil on one sheet: `marks[slot + 1]` in PostgreSQL, `marks[slot]` here, one small integer a cell.
870,000 pupils are about 15.7 million rows a year instead of 150 million marks. What the integer means is the column's
business (`cells.py`): marks are tenths (85 is 8.5), levels are ranks; below zero stand the states of a cell that is no
mark: absent, waiting for a make-up test, counted as nought, exempt. NULL is empty and never nought. `sources[slot]` is
one letter saying where the value came from; a capital letter says it was changed after the column was locked.

Nobody writes marks but the actions, which lock the sheet, compare each cell with what its author saw, ask whether the
column is open, and leave one entry in the audit record; a trigger refuses any other way. History is read from there.

`Deadline` says when a column is due and when it locks: one row of the department is everybody's default, a school's
own row comes before it. `Result` is what follows for a pupil in a term or in the year; approved by the head, it does
not move, and the rollover reads it. `SchoolProgress` is a figure refreshed by a job, so that the map of 2,000 schools
is one small read.
"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager
from khue.registry.roster.models import COUNTED, Status

# A pupil who owes marks to the class: who is of it, and who finished school in it (its last year's grid stays whole).
OF_CLASS = (*COUNTED, Status.COMPLETED)


class SheetKind(models.TextChoices):
    """What a page of the gradebook holds."""

    SUBJECT = "subject", _("Môn học")
    CONDUCT = "conduct", _("Rèn luyện, chuyên cần")
    TRAITS = "traits", _("Phẩm chất, năng lực")
    OBSERVATION = "observation", _("Quan sát trẻ")


class Sheet(models.Model):
    """One page of the gradebook: a class, a term, and a subject or the homeroom teacher's own matters."""

    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, related_name="+", db_index=False)
    course = models.ForeignKey(
        "curriculum.Course", models.CASCADE, null=True, related_name="sheets", db_index=False
    )
    kind = models.CharField(max_length=12, choices=SheetKind.choices, default=SheetKind.SUBJECT)
    term = models.SmallIntegerField()
    rule_set = models.CharField(max_length=12)
    regular = models.SmallIntegerField(default=0)  # regular marks of this term
    has_topic = models.BooleanField(default=False)  # one more regular mark for the topic cluster
    pupils = models.SmallIntegerField(default=0)  # how many were expected when it was last written
    filled = ArrayField(models.SmallIntegerField(), default=list)  # by slot: cells that owe nothing any more
    published = models.IntegerField(default=0)  # a bit a slot: what families may read
    published_at = models.DateTimeField(null=True)
    touched_at = models.DateTimeField(null=True)
    touched_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False, db_constraint=False
    )
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id", course="course_id")
    audit_name = "Sổ điểm"

    class Meta:
        db_table = "gradebook_sheet"
        constraints = [
            models.UniqueConstraint(
                fields=["classroom", "term", "kind", "course"],
                nulls_distinct=False,
                name="gradebook_one_sheet_a_class_term_and_course",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["subject", "observation"], course__isnull=False)
                | models.Q(kind__in=["conduct", "traits"], course__isnull=True),
                name="gradebook_sheets_of_subjects_have_a_course",
            ),
            models.CheckConstraint(
                condition=models.Q(term__in=[1, 2]), name="gradebook_sheets_are_of_a_term"
            ),
        ]
        indexes = [
            models.Index(fields=["school", "year", "term"], name="gradebook_sheet_by_school"),
            models.Index(fields=["course", "term"], name="gradebook_sheet_by_course"),
            models.Index(fields=["touched_at"], name="gradebook_sheet_by_touch"),
        ]

    def __str__(self) -> str:
        return f"{self.classroom_id} {self.course_id or self.kind} {self.term}"


class MarkRow(models.Model):
    """One pupil on one sheet."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="rows", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    marks = ArrayField(models.SmallIntegerField(null=True))
    sources = models.CharField(max_length=32)
    comment = models.TextField(blank=True)
    average = models.SmallIntegerField(
        null=True
    )  # tenths; 100 or 0 for a comment subject; none: not complete
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(
        unit="sheet__school_id",
        classroom="sheet__classroom_id",
        course="sheet__course_id",
        person="person_id",
    )
    audit_name = "Điểm"

    class Meta:
        db_table = "gradebook_mark_row"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "enrolment"], name="gradebook_one_row_a_pupil_and_sheet")
        ]
        indexes = [
            models.Index(fields=["person"], name="gradebook_row_by_person"),
            models.Index(fields=["enrolment"], name="gradebook_row_by_enrolment"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.enrolment_id}"


class Deadline(models.Model):
    """When a column is due and from when on it is locked; the department's row is the default of every school."""

    unit = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.CASCADE, related_name="+", db_index=False)
    term = models.SmallIntegerField()
    column = models.CharField(max_length=8)  # layout.Column.code
    due_on = models.DateField(_("Hạn vào điểm"))  # inclusive
    locks_on = models.DateField(_("Ngày khóa"))  # from the beginning of this day nothing is changed
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = "Lịch vào điểm"

    class Meta:
        db_table = "gradebook_deadline"
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "year", "term", "column"], name="gradebook_one_deadline_a_column"
            ),
            models.CheckConstraint(
                condition=models.Q(locks_on__gt=models.F("due_on")), name="gradebook_locks_after_it_is_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.column} {self.due_on}"


class UnlockState(models.TextChoices):
    """States of a request to unlock."""

    ASKED = "asked", _("Chờ duyệt")
    GRANTED = "granted", _("Đã mở")
    REFUSED = "refused", _("Không mở")
    WITHDRAWN = "withdrawn", _("Đã rút")
    CLOSED = "closed", _("Đã khóa lại")


class Unlock(models.Model):
    """A request to change what is locked: whose cells, why, who allowed it and until when."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="unlocks", db_index=False)
    slots = ArrayField(models.SmallIntegerField())
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("Lý do"), max_length=300)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=UnlockState.choices, default=UnlockState.ASKED)
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(_("Trả lời"), max_length=300, blank=True)
    open_until = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(
        unit="sheet__school_id",
        course="sheet__course_id",
        classroom="sheet__classroom_id",
        person="asked_by_id",
    )
    audit_name = "Mở khóa điểm"

    class Meta:
        db_table = "gradebook_unlock"
        indexes = [models.Index(fields=["sheet", "state"], name="gradebook_unlock_by_sheet")]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="granted")
                | models.Q(decided_by__isnull=False, open_until__isnull=False),
                name="gradebook_an_unlock_is_granted_by_somebody_for_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.state}"


class Result(models.Model):
    """What follows from the marks for a pupil in a term (1, 2) or in the year (0)."""

    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, related_name="+", db_index=False)
    term = models.SmallIntegerField()
    rule_set = models.CharField(max_length=12)
    subjects: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict
    )  # subject -> average as MarkRow's
    missing = models.SmallIntegerField(default=0)  # subjects without an average
    learning = models.CharField(max_length=12, blank=True)  # a level of the rule set, adjusted
    learning_raw = models.CharField(max_length=12, blank=True)  # before the adjustment
    conduct = models.CharField(max_length=12, blank=True)
    absences = models.SmallIntegerField(null=True)  # half-day sessions of the year or term
    award = models.CharField(max_length=12, blank=True)
    outcome = models.CharField(max_length=16, blank=True)  # promotion.Outcome; the year only
    retest: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # subject -> mark taken again
    retest_learning = models.CharField(max_length=12, blank=True)  # the level after the re-test or supplement
    is_retest_over = models.BooleanField(default=False)
    summer_task = models.CharField(max_length=300, blank=True)  # what the pupil trains at in the summer
    summer_conduct = models.CharField(max_length=12, blank=True)
    summer_signed = models.BooleanField(default=False)  # parents signed the report of the summer training
    decision = models.CharField(max_length=300, blank=True)  # the principal's, in words
    distinction = models.CharField(
        max_length=300, blank=True
    )  # primary: in what the class recognised the pupil
    is_approved = models.BooleanField(default=False)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id", person="person_id")
    audit_name = "Kết quả học tập"

    class Meta:
        db_table = "gradebook_result"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "term"], name="gradebook_one_result_a_pupil_and_term"
            )
        ]
        indexes = [
            models.Index(fields=["classroom", "term"], name="gradebook_result_by_class"),
            models.Index(fields=["person"], name="gradebook_result_by_person"),
            models.Index(fields=["school", "term", "outcome"], name="gradebook_result_by_school"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.term}"


class ReviewState(models.TextChoices):
    """How far the results of a class have come."""

    OPEN = "open", _("Đang vào điểm")
    SUBMITTED = "submitted", _("Chờ hiệu trưởng duyệt")
    APPROVED = "approved", _("Đã duyệt")


class Review(models.Model):
    """The results of a class in a term (1, 2) or the year (0): reviewed by its teacher, approved by the head."""

    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+", db_index=False)
    term = models.SmallIntegerField()
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.OPEN)
    submitted_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    returned_for = models.CharField(_("Trả lại vì"), max_length=300, blank=True)
    computed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id")
    audit_name = "Duyệt kết quả lớp"

    class Meta:
        db_table = "gradebook_review"
        constraints = [
            models.UniqueConstraint(
                fields=["classroom", "term"], name="gradebook_one_review_a_class_and_term"
            )
        ]
        indexes = [models.Index(fields=["school", "year", "term"], name="gradebook_review_by_school")]

    def __str__(self) -> str:
        return f"{self.classroom_id} {self.term} {self.state}"


class FindingState(models.TextChoices):
    """What became of something odd."""

    OPEN = "open", _("Chưa xem")
    EXPLAINED = "explained", _("Đã giải thích")
    ACCEPTED = "accepted", _("Đã xem, chấp nhận")


class Finding(models.Model):
    """Something odd on a sheet, for a person to look at; never a verdict."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="findings", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, null=True, related_name="+")
    slot = models.SmallIntegerField(null=True)
    kind = models.CharField(max_length=16)  # rules.suspicious
    detail: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    found_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=FindingState.choices, default=FindingState.OPEN)
    explanation = models.CharField(_("Giải thích"), max_length=300, blank=True)
    explained_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", course="sheet__course_id", classroom="sheet__classroom_id")
    audit_name = "Dấu hiệu bất thường"

    class Meta:
        db_table = "gradebook_finding"
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "kind", "enrolment", "slot"],
                nulls_distinct=False,
                name="gradebook_one_finding_of_a_kind",
            )
        ]
        indexes = [models.Index(fields=["school", "state"], name="gradebook_finding_by_school")]

    def __str__(self) -> str:
        return f"{self.kind} {self.sheet_id}"


class Phrase(models.Model):
    """A sentence for comments: of a teacher, of a school for its teachers, or of the department for all schools."""

    owner = models.ForeignKey("people.Person", models.CASCADE, null=True, related_name="+", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    group = models.CharField(max_length=12)  # which comments it fits: a level of learning, or 'any'
    text = models.CharField(_("Câu nhận xét"), max_length=200)
    order = models.SmallIntegerField(default=100)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="owner_id")
    audit_name = "Câu nhận xét mẫu"

    class Meta:
        db_table = "gradebook_phrase"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "unit", "text"],
                nulls_distinct=False,
                name="gradebook_a_phrase_once_an_owner",
            ),
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True) ^ models.Q(unit__isnull=True),
                name="gradebook_a_phrase_is_somebodys",
            ),
        ]
        indexes = [models.Index(fields=["unit"], name="gradebook_phrase_by_unit")]

    def __str__(self) -> str:
        return self.text


class SchoolProgress(models.Model):
    """How far the marks of a school's term have come; refreshed by a job for schools that were touched."""

    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.CASCADE, related_name="+", db_index=False)
    term = models.SmallIntegerField()
    sheets = models.IntegerField()
    expected = models.IntegerField()  # cells of the whole term
    entered = models.IntegerField()
    due = models.IntegerField()  # cells whose day has come
    done = models.IntegerField()  # of those, filled
    late_sheets = models.IntegerField()
    late_teachers = models.IntegerField()
    unlocks = models.IntegerField(default=0)  # requests that wait
    findings = models.IntegerField(default=0)  # open ones
    approved = models.IntegerField(default=0)  # classes whose term is approved
    classes = models.IntegerField(default=0)
    touched_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField()

    objects = ScopedManager()
    scope = Scope(unit="school_id")

    class Meta:
        db_table = "gradebook_school_progress"
        constraints = [
            models.UniqueConstraint(
                fields=["year", "term", "school"], name="gradebook_one_progress_a_school_and_term"
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.term}: {self.entered}/{self.expected}"
