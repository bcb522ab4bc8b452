"""Pupils, guardians, classes, enrolments and movements: one record for life, every change an event.

`Enrolment` says where a pupil is in one school year. Exactly one enrolment of a person `is_current`: the newest. It
decides who has custody of the record; a school from which the pupil has moved on no longer sees the person, only the
events it recorded. Lists read `Enrolment` joined to the person; `sort_key` is repeated on it so that a list of fifty
names costs the same in one school as in two thousand. `HeadCount` keeps the number of pupils of each class as of any
day: a row is written when the number changes, never otherwise, so "how many on that day" is one sum.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class Status(models.TextChoices):
    """Enrolment statuses of rules/03 section 5."""

    STUDYING = "studying", _("Đang học")
    SUSPENDED = "suspended", _("Tạm dừng học (kỷ luật)")
    RESERVED = "reserved", _("Bảo lưu, tạm nghỉ")
    TRANSFERRED_OUT = "transferred_out", _("Chuyển đi")
    DROPPED = "dropped", _("Bỏ học")
    COMPLETED = "completed", _("Hoàn thành cấp học")
    DECEASED = "deceased", _("Đã mất")


COUNTED = (Status.STUDYING, Status.SUSPENDED)


class PupilProfile(models.Model):
    """What schools keep about a pupil beyond the person: the sensitive fields of rules/13 live here."""

    person = models.OneToOneField(
        "people.Person", models.PROTECT, primary_key=True, related_name="pupil_profile"
    )
    disability = models.CharField(_("Loại khuyết tật"), max_length=40, blank=True)
    disability_severity = models.CharField(_("Mức độ"), max_length=20, blank=True)
    has_individual_plan = models.BooleanField(_("Có kế hoạch giáo dục cá nhân"), default=False)
    policy = models.CharField(_("Diện chính sách"), max_length=60, blank=True)
    health_note = models.CharField(_("Lưu ý sức khỏe"), max_length=300, blank=True)
    religion = models.CharField(max_length=2, blank=True)  # off by default (rules/16 section 7)
    birth_certificate = models.CharField(_("Số giấy khai sinh"), max_length=40, blank=True)
    lifelong_learning_id = models.CharField(max_length=20, blank=True)  # NĐ 88/2026 Art. 9, from 2027
    note = models.CharField(_("Ghi chú"), max_length=300, blank=True)

    objects = ScopedManager()
    scope = Scope(person="person_id")
    audit_name = "Hồ sơ học sinh"

    class Meta:
        db_table = "roster_pupil_profile"

    def __str__(self) -> str:
        return f"{self.person_id}"


class Relation(models.TextChoices):
    """What a guardian is to a pupil."""

    FATHER = "father", _("Cha")
    MOTHER = "mother", _("Mẹ")
    GUARDIAN = "guardian", _("Người giám hộ")
    GRANDPARENT = "grandparent", _("Ông, bà")
    OTHER = "other", _("Người thân khác")


class Guardianship(models.Model):
    """Who answers for a pupil, from when to when, and whether they may see the pupil's record."""

    pupil = models.ForeignKey("people.Person", models.PROTECT, related_name="guardianships", db_index=False)
    guardian = models.ForeignKey("people.Person", models.PROTECT, related_name="wards", db_index=False)
    relation = models.CharField(max_length=12, choices=Relation.choices)
    is_main_contact = models.BooleanField(_("Liên hệ chính"), default=False)
    may_view = models.BooleanField(
        _("Được xem hồ sơ"), default=True
    )  # off by court order or request (custody)
    restriction = models.CharField(_("Căn cứ hạn chế"), max_length=200, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(person="pupil_id")
    audit_name = "Quan hệ gia đình"

    class Meta:
        db_table = "roster_guardianship"
        indexes = [
            models.Index(fields=["guardian"], name="roster_guardianship_by_adult"),
            models.Index(fields=["pupil"], name="roster_guardianship_by_pupil"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["pupil", "guardian"],
                condition=models.Q(ends_on__isnull=True),
                name="roster_guardian_once_a_pupil",
            ),
            models.CheckConstraint(
                condition=~models.Q(pupil=models.F("guardian")), name="roster_nobody_guards_themselves"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guardian_id} → {self.pupil_id}"


class Classroom(models.Model):
    """A class (lớp) or preschool group of a school in one school year."""

    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    campus = models.ForeignKey("org.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("Tên lớp"), max_length=30)
    level = models.CharField(_("Cấp học"), max_length=5)
    grade = models.SmallIntegerField(_("Khối"))  # 1..12; preschool -6..-1: see lib.class_names
    combined_with = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="combined_from"
    )
    sessions_a_week = models.SmallIntegerField(_("Số buổi mỗi tuần"), default=6)
    is_special = models.BooleanField(_("Lớp chuyên"), default=False)
    sort_key = models.CharField(max_length=60)
    closed_on = models.DateField(null=True, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="school_id", campus="campus_id", classroom="pk")
    audit_name = "Lớp"

    class Meta:
        db_table = "roster_classroom"
        constraints = [
            models.UniqueConstraint(
                fields=["year", "school", "name"], name="roster_class_name_once_a_school_and_year"
            )
        ]
        indexes = [
            models.Index(fields=["school", "year", "sort_key"], name="roster_class_by_school"),
            models.Index(fields=["year", "grade"], name="roster_class_by_grade"),
        ]

    def __str__(self) -> str:
        return self.name


class Homeroom(models.Model):
    """Who is homeroom teacher of a class during [starts_on, ends_on)."""

    classroom = models.ForeignKey(Classroom, models.CASCADE, related_name="homerooms", db_index=False)
    teacher = models.ForeignKey("people.Person", models.PROTECT, related_name="homerooms", db_index=False)
    starts_on = models.DateField()
    ends_on = models.DateField()  # at the latest the end of the school year

    objects = ScopedManager()
    scope = Scope(unit="classroom__school_id", classroom="classroom_id")
    audit_name = "Chủ nhiệm"

    class Meta:
        db_table = "roster_homeroom"
        indexes = [
            models.Index(fields=["teacher"], name="roster_homeroom_by_teacher"),
            models.Index(fields=["classroom", "starts_on"], name="roster_homeroom_by_class"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="roster_homeroom_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.teacher_id} {self.classroom_id}"


class Enrolment(models.Model):
    """A pupil at a school in a school year."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="enrolments", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    campus = models.ForeignKey("org.Unit", models.PROTECT, null=True, blank=True, related_name="+")
    classroom = models.ForeignKey(
        Classroom, models.PROTECT, null=True, blank=True, related_name="enrolments", db_index=False
    )
    level = models.CharField(max_length=5)
    grade = models.SmallIntegerField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.STUDYING)
    status_on = models.DateField()
    joined_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)
    is_repeat = models.BooleanField(_("Học lại"), default=False)
    is_current = models.BooleanField(default=True)
    sort_key = models.CharField(max_length=400)  # the person's, repeated: see the module's essay
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id", campus="campus_id", classroom="classroom_id", person="person_id")
    audit_name = "Việc học"

    class Meta:
        db_table = "roster_enrolment"
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(is_current=True),
                name="roster_one_current_enrolment_a_pupil",
            ),
            models.UniqueConstraint(
                fields=["person", "year", "school"], name="roster_one_enrolment_a_pupil_school_and_year"
            ),
        ]
        indexes = [
            models.Index(fields=["year", "sort_key", "id"], name="roster_enrolment_by_name"),
            models.Index(fields=["school", "year", "sort_key", "id"], name="roster_enrolment_by_school"),
            models.Index(fields=["classroom", "sort_key"], name="roster_enrolment_by_class"),
            models.Index(
                fields=["year", "status", "sort_key"],
                name="roster_enrolment_by_rare_state",
                condition=~models.Q(status="studying"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.year_id}"


class EventKind(models.TextChoices):
    """What happened to an enrolment."""

    ADMITTED = "admitted", _("Tuyển mới, tiếp nhận")
    TRANSFERRED_IN = "transferred_in", _("Chuyển đến")
    TRANSFERRED_OUT = "transferred_out", _("Chuyển đi")
    CLASS_CHANGED = "class_changed", _("Chuyển lớp")
    DROPPED = "dropped", _("Bỏ học")
    RESERVED = "reserved", _("Bảo lưu")
    RETURNED = "returned", _("Học trở lại")
    SUSPENDED = "suspended", _("Tạm dừng học")
    PROMOTED = "promoted", _("Lên lớp")
    RETAINED = "retained", _("Ở lại lớp")
    COMPLETED = "completed", _("Hoàn thành cấp học")
    DECEASED = "deceased", _("Đã mất")
    CORRECTED = "corrected", _("Đính chính")


class EnrolmentEvent(models.Model):
    """One movement of a pupil, with its day, reason and decision; never changed, only corrected by another."""

    enrolment = models.ForeignKey(Enrolment, models.CASCADE, related_name="events", db_index=False)
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    classroom = models.ForeignKey(Classroom, models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=EventKind.choices)
    on = models.DateField()
    reason_code = models.CharField(max_length=20, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    decision = models.CharField(max_length=100, blank=True)
    other_school = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id", person="enrolment__person_id")

    class Meta:
        db_table = "roster_enrolment_event"
        indexes = [
            models.Index(fields=["enrolment", "on"], name="roster_event_by_enrolment"),
            models.Index(fields=["school", "on", "kind"], name="roster_event_by_school_and_day"),
            models.Index(fields=["on", "kind", "school"], name="roster_event_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class TransferState(models.TextChoices):
    """States of a transfer (rules/03 section 6); custody changes at PLACED."""

    SUBMITTED = "submitted", _("Chờ trường mới trả lời")
    ACCEPTED = "accepted", _("Trường mới đã nhận")
    REFUSED = "refused", _("Trường mới từ chối")
    RELEASED = "released", _("Trường cũ đã bàn giao")
    PLACED = "placed", _("Đã xếp lớp")
    CANCELLED = "cancelled", _("Đã rút đơn")


class Transfer(models.Model):
    """One two-sided request: the receiving school answers, the current school releases, the receiving one places."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="transfers")
    from_school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    to_school = models.ForeignKey("org.Unit", models.PROTECT, null=True, related_name="+", db_index=False)
    to_outside = models.CharField(_("Trường ngoài tỉnh"), max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=TransferState.choices, default=TransferState.SUBMITTED)
    reason_code = models.CharField(max_length=20)
    reason = models.CharField(max_length=200, blank=True)
    submitted_on = models.DateField()
    asked_by = models.ForeignKey(
        "people.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )  # unknown before Khuê kept it
    answer_due_on = models.DateField()
    release_due_on = models.DateField(null=True, blank=True)
    place_due_on = models.DateField(null=True, blank=True)
    refusal = models.CharField(max_length=300, blank=True)
    wanted_grade = models.SmallIntegerField()
    effective_on = models.DateField(null=True, blank=True)
    placed_enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="+")
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="from_school_id", person="enrolment__person_id")  # both sides: see queries.transfers
    audit_name = "Chuyển trường"

    class Meta:
        db_table = "roster_transfer"
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=models.Q(state__in=["submitted", "accepted", "released"]),
                name="roster_one_open_transfer_a_pupil",
            )
        ]
        indexes = [
            models.Index(fields=["from_school", "state"], name="roster_transfer_by_sender"),
            models.Index(fields=["to_school", "state"], name="roster_transfer_by_receiver"),
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} → {self.to_school_id}"


class HeadCount(models.Model):
    """Pupils of a class (or of a school without class) during [valid_from, valid_to)."""

    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+", db_index=False)
    campus = models.ForeignKey("org.Unit", models.CASCADE, null=True, related_name="+")
    classroom = models.ForeignKey(Classroom, models.CASCADE, null=True, related_name="+")
    year = models.ForeignKey("calendar.SchoolYear", models.CASCADE, related_name="+", db_index=False)
    level = models.CharField(max_length=5)
    grade = models.SmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    pupils = models.IntegerField()
    girls = models.IntegerField()
    minority = models.IntegerField()

    objects = ScopedManager()
    scope = Scope(unit="school_id", campus="campus_id", classroom="classroom_id")

    class Meta:
        db_table = "roster_head_count"
        constraints = [
            models.UniqueConstraint(
                fields=["school", "classroom", "year", "grade", "valid_from"],
                nulls_distinct=False,
                name="roster_head_count_once_a_day",
            )
        ]
        indexes = [
            models.Index(
                fields=["school", "year"],
                name="roster_head_count_now",
                condition=models.Q(valid_to__isnull=True),
            ),
            models.Index(fields=["year", "valid_from", "valid_to"], name="roster_head_count_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.classroom_id} {self.valid_from}: {self.pupils}"


class DuplicatePair(models.Model):
    """Two records that may be one human; a person decides, and a merge can be undone."""

    class Decision(models.TextChoices):
        OPEN = "open", _("Chưa xem")
        MERGED = "merged", _("Đã gộp")
        DIFFERENT = "different", _("Hai người khác nhau")

    first = models.ForeignKey("people.Person", models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey("people.Person", models.CASCADE, related_name="+", db_index=False)
    why = models.CharField(max_length=120)
    score = models.SmallIntegerField()
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    moved: models.JSONField[dict[str, Any]] = models.JSONField(
        default=dict, blank=True
    )  # what a merge moved, for undo
    decided_at = models.DateTimeField(null=True, blank=True)
    school = models.ForeignKey(
        "org.Unit", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )  # the school that holds both; none when two schools do: then only the department decides

    objects = ScopedManager()
    scope = Scope(unit="school_id")
    audit_name = "Hồ sơ trùng"
    audit_hide = frozenset({"moved"})  # the entry names every row already

    class Meta:
        db_table = "roster_duplicate_pair"
        indexes = [
            models.Index(fields=["school", "decision"], name="roster_duplicate_by_school"),
            models.Index(fields=["second"], name="roster_duplicate_by_second"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="roster_duplicate_pair_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="roster_duplicate_pair_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"


class QualityFigure(models.Model):
    """How many of each fault a school's records had at a moment; derived, so that a province adds up at once."""

    school = models.ForeignKey("org.Unit", models.CASCADE, related_name="+")
    year = models.ForeignKey("calendar.SchoolYear", models.CASCADE, related_name="+", db_index=False)
    pupils = models.IntegerField()
    classes = models.IntegerField()
    faults: models.JSONField[dict[str, int]] = models.JSONField(
        default=dict
    )  # check of queries.quality -> rows
    as_of = models.DateTimeField()

    objects = ScopedManager()
    scope = Scope(unit="school_id")

    class Meta:
        db_table = "roster_quality_figure"
        constraints = [
            models.UniqueConstraint(fields=["year", "school"], name="roster_quality_figure_once_a_school")
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.year_id}"


class RolloverState(models.TextChoices):
    """A rollover is a draft until run, and can be undone until confirmed."""

    DRAFT = "draft", _("Đang chuẩn bị")
    DONE = "done", _("Đã chuyển, chờ xác nhận")
    CONFIRMED = "confirmed", _("Đã xác nhận")
    UNDONE = "undone", _("Đã hoàn tác")


class Rollover(models.Model):
    """The year-end sweep of one school: promote, retain, leave, graduate."""

    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    from_year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+")
    to_year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=RolloverState.choices, default=RolloverState.DRAFT)
    class_names: models.JSONField[dict[str, str]] = models.JSONField(default=dict)  # old class id -> new name
    outcomes: models.JSONField[dict[str, str]] = models.JSONField(
        default=dict
    )  # enrolment id -> outcome, where not default
    result: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)  # what was made, for undo
    version = models.IntegerField(default=1)

    objects = ScopedManager()
    scope = Scope(unit="school_id")
    audit_name = "Kết chuyển năm học"
    audit_hide = frozenset({"result"})  # the entry names every row already

    class Meta:
        db_table = "roster_rollover"
        constraints = [
            models.UniqueConstraint(
                fields=["school", "from_year"],
                condition=~models.Q(state="undone"),
                name="roster_one_rollover_a_school_and_year",
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.from_year_id}"


class ExportState(models.TextChoices):
    """An export beyond the limit needs a second person (rules/13 section 11)."""

    ASKED = "asked", _("Chờ duyệt")
    APPROVED = "approved", _("Đã duyệt")
    REFUSED = "refused", _("Từ chối")
    USED = "used", _("Đã tải")


class ExportRequest(models.Model):
    """Somebody asks to take more pupils out at once than the limit allows; another answers."""

    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+")
    query = models.CharField(max_length=500)  # the list's address without its path: what is on screen
    pupils = models.IntegerField()
    reason = models.CharField(_("Lý do"), max_length=300)
    asked_by = models.ForeignKey("people.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=ExportState.choices, default=ExportState.ASKED)
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    valid_until = models.DateTimeField(null=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id")
    audit_name = "Xin xuất danh sách"

    class Meta:
        db_table = "roster_export_request"
        indexes = [models.Index(fields=["unit", "state"], name="roster_export_by_unit")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("asked_by")),
                name="roster_export_needs_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.pupils}"
