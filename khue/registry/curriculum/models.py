"""The 2018 curriculum by grade, the courses of each class, and who teaches them.

A course is a subject in a class in a year. From an open teaching assignment follow the rights of the subject teacher
at the course and, for names only, at the class.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class AssessedBy(models.TextChoices):
    """How a subject is assessed (rules/01)."""

    MARKS = "marks", _("Điểm số")
    COMMENTS = "comments", _("Nhận xét")


class Subject(models.Model):
    """A subject or educational activity of the programme."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    short_name = models.CharField(max_length=20)
    order = models.SmallIntegerField()
    words = models.CharField(max_length=300, blank=True)  # other wordings met in files, parted by |

    class Meta:
        db_table = "curriculum_subject"

    def __str__(self) -> str:
        return self.name


class SubjectPlan(models.Model):
    """What the programme gives a subject in a grade: periods a year, kind, assessment; effective-dated."""

    class Kind(models.TextChoices):
        COMPULSORY = "compulsory", _("Bắt buộc")
        ELECTIVE = "elective", _("Lựa chọn")
        OPTIONAL = "optional", _("Tự chọn")
        TOPIC = "topic", _("Chuyên đề học tập")

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="plans", db_index=False)
    level = models.CharField(max_length=5)
    grade = models.SmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    periods_a_year = models.SmallIntegerField()
    assessed_by = models.CharField(max_length=8, choices=AssessedBy.choices)
    valid_from = models.SmallIntegerField()  # school year
    valid_to = models.SmallIntegerField(null=True, blank=True)  # exclusive
    source = models.CharField(max_length=60)

    class Meta:
        db_table = "curriculum_subject_plan"
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "level", "grade", "valid_from"], name="curriculum_plan_once_a_grade"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.grade}"


class Course(models.Model):
    """A subject taught to a class in a school year."""

    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+")
    school = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    classroom = models.ForeignKey("roster.Classroom", models.CASCADE, related_name="courses", db_index=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="+", db_index=False)
    periods_a_year = models.SmallIntegerField(_("Số tiết cả năm"))
    assessed_by = models.CharField(max_length=8, choices=AssessedBy.choices)

    objects = ScopedManager()
    scope = Scope(unit="school_id", classroom="classroom_id", course="pk")
    audit_name = "Môn học của lớp"

    class Meta:
        db_table = "curriculum_course"
        constraints = [
            models.UniqueConstraint(fields=["classroom", "subject"], name="curriculum_subject_once_a_class")
        ]
        indexes = [
            models.Index(fields=["school", "year"], name="curriculum_course_by_school"),
            models.Index(fields=["subject"], name="curriculum_course_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.classroom_id}"


class TeachingAssignment(models.Model):
    """Who teaches a course during [starts_on, ends_on): main teacher, co-teacher or substitute."""

    class Role(models.TextChoices):
        MAIN = "main", _("Giáo viên chính")
        CO = "co", _("Cùng dạy")
        SUBSTITUTE = "substitute", _("Dạy thay")

    course = models.ForeignKey(Course, models.CASCADE, related_name="assignments", db_index=False)
    teacher = models.ForeignKey("people.Person", models.PROTECT, related_name="teaching", db_index=False)
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MAIN)
    periods_a_year = models.SmallIntegerField(_("Số tiết phụ trách"))
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=120, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="course__school_id", classroom="course__classroom_id", course="course_id")
    audit_name = "Phân công giảng dạy"

    class Meta:
        db_table = "curriculum_teaching_assignment"
        indexes = [
            models.Index(fields=["teacher"], name="curriculum_teaching_by_teacher"),
            models.Index(fields=["course", "role"], name="curriculum_teaching_by_course"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gte=models.F("starts_on")),
                name="curriculum_teaching_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.teacher_id} {self.course_id}"
