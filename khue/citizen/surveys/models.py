"""Consent slips and surveys, and what was answered.

A consent slip says what the law wants said before somebody agrees: what data, what for, until when, who receives them.
What people answer (`Decision`) is only ever added to: the newest of each person holds, with the hash of the text that
stood before their eyes. Whom a slip or a survey asks is a rule (unit, campus, grade, class) evaluated at reading.

Answers to an anonymous survey have no person, no number, no time and no row of their own. All sheets of one school lie
in one row (`Box`) in random order, written anew as a whole with each sheet that comes, so that nothing the database
keeps of a row tells which sheet came last; a box that grows too large is parted at random. Who has answered stands on a
`Receipt`, which knows no answer and no time. Answers to a named survey are a `Reply` of their own.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Purpose(models.TextChoices):
    """What a consent is asked for; each is asked apart from the others (rules/13 section 4)."""

    PHOTOS = "photos", _("Đăng ảnh, phim có hình em")
    WORKS = "works", _("Đăng tên, thành tích, bài làm của em")
    EXCURSION = "excursion", _("Tham quan, hoạt động ngoài trường")
    THIRD_PARTY_APP = "third_party_app", _("Dùng ứng dụng của đơn vị khác")
    HEALTH_CHECK = "health_check", _("Khám sức khỏe, tiêm chủng")
    RESEARCH = "research", _("Nghiên cứu, điều tra của đơn vị khác")
    BIOMETRICS = "biometrics", _("Vân tay, khuôn mặt để điểm danh")
    OTHER = "other", _("Việc khác")


class State(models.TextChoices):
    """Where a slip or a survey stands."""

    DRAFT = "draft", _("Bản nháp")
    OPEN = "open", _("Đang mở")
    CLOSED = "closed", _("Đã đóng")


class Slip(models.Model):
    """A consent slip of a school for a class, a grade, a campus or the whole school."""

    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    campus = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    grade = models.SmallIntegerField(null=True)
    classroom = models.ForeignKey(
        "roster.Classroom", models.PROTECT, null=True, related_name="+", db_index=False
    )
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    title = models.CharField(max_length=120)
    body = models.TextField()  # what it is about and what for
    data_kinds = models.CharField(max_length=300)  # which data
    receivers = models.CharField(max_length=300)  # who receives them
    until = models.DateField()  # the last day on which the consent holds
    due_on = models.DateField()  # the last day on which it can be given
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    text_hash = models.CharField(max_length=64, blank=True)  # of what people read, from the opening on
    made_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when the families were told that it is open
    reminded_on = models.DateField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager["Slip"]()
    scope = Scope(unit="school_id", campus="campus_id", classroom="classroom_id")
    audit_name = "Phiếu đồng ý"

    class Meta:
        db_table = "surveys_slip"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="draft") | ~models.Q(text_hash=""),
                name="surveys_an_open_slip_binds_its_text",
            ),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("due_on")),
                name="surveys_a_consent_outlasts_its_asking",
            ),
        ]
        indexes = [
            models.Index(fields=["school", "state"], name="surveys_slip_by_school"),
            models.Index(
                fields=["id"], name="surveys_slips_untold", condition=models.Q(state="open", told_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Given(models.TextChoices):
    """What somebody answered to a slip."""

    YES = "yes", _("Đồng ý")
    NO = "no", _("Không đồng ý")
    WITHDRAWN = "withdrawn", _("Đã rút đồng ý")


class Decision(models.Model):
    """One answer of one person about one pupil; never changed, the newest of each person holds."""

    slip = models.ForeignKey(Slip, models.PROTECT, related_name="decisions", db_index=False)
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, related_name="+")
    by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    is_own = models.BooleanField(default=False)  # the pupil, of themselves
    answer = models.CharField(max_length=9, choices=Given.choices)
    text_hash = models.CharField(max_length=64)  # of the text they saw
    given_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager["Decision"]()
    scope = Scope(
        unit="enrolment__school_id", campus="enrolment__campus_id", classroom="enrolment__classroom_id",
        person="enrolment__person_id",
    )  # fmt: skip
    audit_name = "Trả lời phiếu đồng ý"

    class Meta:
        db_table = "surveys_decision"
        indexes = [models.Index(fields=["slip", "enrolment", "id"], name="surveys_decision_by_pupil")]

    def __str__(self) -> str:
        return f"{self.slip_id} {self.enrolment_id} {self.answer}"


class Audience(models.TextChoices):
    """Who answers a survey, and how often."""

    CHILD = "child", _("Phụ huynh, mỗi con một phiếu")
    FAMILY = "family", _("Phụ huynh, mỗi gia đình một phiếu")
    PUPIL = "pupil", _("Học sinh")
    STAFF = "staff", _("Cán bộ, giáo viên, nhân viên")


class Survey(models.Model):
    """Questions of a unit to the families, the pupils or the staff of itself or of every school below it."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    grade = models.SmallIntegerField(null=True)
    classroom = models.ForeignKey(
        "roster.Classroom", models.PROTECT, null=True, related_name="+", db_index=False
    )
    audience = models.CharField(max_length=6, choices=Audience.choices)
    title = models.CharField(max_length=120)
    intro = models.CharField(max_length=500, blank=True)
    is_anonymous = models.BooleanField(default=True)
    questions: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)  # rules.Question
    opens_on = models.DateField()
    closes_on = models.DateField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager["Survey"]()
    scope = Scope(unit="unit_id", classroom="classroom_id")
    audit_name = "Phiếu hỏi"

    class Meta:
        db_table = "surveys_survey"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closes_on__gte=models.F("opens_on")),
                name="surveys_a_survey_closes_after_it_opens",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="surveys_survey_by_unit"),
            models.Index(
                fields=["closes_on"], name="surveys_open_by_close", condition=models.Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Turnout(models.Model):
    """How many answers one school could give to a survey, counted when its people are told."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="turnouts", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    asked = models.IntegerField()

    objects = ScopedManager["Turnout"]()
    scope = Scope(unit="survey__unit_id")

    class Meta:
        db_table = "surveys_turnout"
        constraints = [
            models.UniqueConstraint(fields=["survey", "unit"], name="surveys_one_turnout_a_school")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.unit_id}: {self.asked}"


class Receipt(models.Model):
    """That a sheet came: whose it is and nothing of what it says or when it came."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="receipts", db_index=False)
    key = models.CharField(max_length=24)  # of the child, the family or the person that answers once
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)

    objects = ScopedManager["Receipt"]()
    scope = Scope(person="person_id")
    audit_name = "Đã trả lời phiếu hỏi"

    class Meta:
        db_table = "surveys_receipt"
        constraints = [
            models.UniqueConstraint(fields=["survey", "key"], name="surveys_everybody_answers_once")
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.key}"


class Box(models.Model):
    """The sheets of one school to an anonymous survey, in random order; see the essay above."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="boxes", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    sheets: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)

    audit_name = "Thùng phiếu"
    audit_hide = frozenset({"sheets"})  # what is in it would stand beside who has just answered

    class Meta:
        db_table = "surveys_box"
        indexes = [models.Index(fields=["survey", "unit"], name="surveys_box_by_school")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.unit_id}"


class Reply(models.Model):
    """What one person answered to a named survey; may be changed until it closes."""

    survey = models.ForeignKey(Survey, models.CASCADE, related_name="replies", db_index=False)
    key = models.CharField(max_length=24)
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    enrolment = models.ForeignKey("roster.Enrolment", models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    sheet: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # question -> answer
    given_at = models.DateTimeField(auto_now_add=True)
    version = models.IntegerField(default=1)

    objects = ScopedManager["Reply"]()
    scope = Scope(unit="survey__unit_id", classroom="survey__classroom_id", person="person_id")
    audit_name = "Trả lời phiếu hỏi"

    class Meta:
        db_table = "surveys_reply"
        constraints = [models.UniqueConstraint(fields=["survey", "key"], name="surveys_one_reply_each")]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.key}"
