"""Staff: who works where, in which post, and what duties lighten their teaching (rules/12).

A person's posts are dated rows; from an open post follow the rights of principal, vice principal, clerk or member
of staff at that unit, and the day it ends they are gone.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.scope import Scope, ScopedManager


class StaffStatus(models.TextChoices):
    """Where a member of staff stands."""

    WORKING = "working", _("Đang làm việc")
    LEAVE = "leave", _("Nghỉ có thời hạn")
    MOVED = "moved", _("Chuyển công tác")
    RETIRED = "retired", _("Nghỉ hưu")
    QUIT = "quit", _("Thôi việc")
    DECEASED = "deceased", _("Đã mất")


class Post(models.TextChoices):
    """Posts in a school; the first three carry power."""

    PRINCIPAL = "principal", _("Hiệu trưởng")
    VICE_PRINCIPAL = "vice_principal", _("Phó hiệu trưởng")
    CLERK = "clerk", _("Văn thư")
    TEACHER = "teacher", _("Giáo viên")
    TEAM_LEADER = "youth_leader", _("Tổng phụ trách Đội")
    ACCOUNTANT = "accountant", _("Kế toán")
    LIBRARIAN = "librarian", _("Thư viện")
    EQUIPMENT = "equipment", _("Thiết bị, thí nghiệm")
    HEALTH = "health", _("Y tế")
    ICT = "ict", _("Công nghệ thông tin")
    ACADEMIC_CLERK = "academic_clerk", _("Giáo vụ")
    COUNSELLOR = "counsellor", _("Tư vấn học sinh")
    TREASURER = "treasurer", _("Thủ quỹ")
    NURSERY = "nursery", _("Nuôi dưỡng, cấp dưỡng")
    GUARD = "guard", _("Bảo vệ, phục vụ")
    OTHER = "other", _("Khác")


class StaffMember(models.Model):
    """The staff record of a person, at the unit that keeps the file."""

    person = models.OneToOneField(
        "people.Person", models.PROTECT, primary_key=True, related_name="staff_member"
    )
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=10, choices=StaffStatus.choices, default=StaffStatus.WORKING)
    status_on = models.DateField(null=True, blank=True)
    title_code = models.CharField(_("Chức danh nghề nghiệp"), max_length=20, blank=True)
    contract = models.CharField(_("Hình thức hợp đồng"), max_length=60, blank=True)
    qualification = models.CharField(_("Trình độ chuyên môn"), max_length=60, blank=True)
    subjects_text = models.CharField(_("Môn dạy"), max_length=200, blank=True)
    standard_result = models.CharField(_("Chuẩn nghề nghiệp"), max_length=40, blank=True)
    joined_sector_on = models.DateField(_("Ngày vào ngành"), null=True, blank=True)
    note = models.CharField(_("Ghi chú"), max_length=300, blank=True)
    sort_key = models.CharField(max_length=400)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="person_id")
    audit_name = "Hồ sơ cán bộ"

    class Meta:
        db_table = "staff_member"
        indexes = [
            models.Index(fields=["unit", "status", "sort_key"], name="staff_member_by_unit_and_name"),
            models.Index(fields=["sort_key"], name="staff_member_by_name"),
            models.Index(fields=["subjects_text"], name="staff_member_by_subjects"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"


class Position(models.Model):
    """A post held by a person at a unit during [starts_on, ends_on)."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="positions", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+", db_index=False)
    post = models.CharField(max_length=16, choices=Post.choices)
    is_main = models.BooleanField(default=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    decision = models.CharField(_("Quyết định"), max_length=100, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="person_id")
    audit_name = "Chức vụ"

    class Meta:
        db_table = "staff_position"
        indexes = [
            models.Index(fields=["person"], name="staff_position_by_person"),
            models.Index(fields=["unit", "post"], name="staff_position_by_unit"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=models.Q(post="principal", ends_on__isnull=True),
                name="staff_one_principal_a_school",
            ),
            models.UniqueConstraint(
                fields=["person"],
                condition=models.Q(is_main=True, ends_on__isnull=True),
                name="staff_one_main_position_a_person",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="staff_position_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_post_display()} {self.unit_id}"


class DutyKind(models.TextChoices):
    """Duties that lighten the teaching load (TT 05/2025: rules/12 section 3)."""

    GROUP_HEAD = "group_head", _("Tổ trưởng chuyên môn")
    GROUP_DEPUTY = "group_deputy", _("Tổ phó chuyên môn")
    EQUIPMENT_ROOM = "equipment_room", _("Phụ trách phòng bộ môn, thiết bị")
    PARTY_SECRETARY = "party_secretary", _("Bí thư chi bộ")
    UNION = "union", _("Công đoàn")
    YOUNG_CHILD = "young_child", _("Nuôi con dưới 12 tháng")
    BOARDING = "boarding", _("Quản lý nội trú")
    OTHER = "other", _("Khác")


class Duty(models.Model):
    """A duty of a member of staff in a school year, with the periods a week it takes off the norm."""

    person = models.ForeignKey("people.Person", models.PROTECT, related_name="duties", db_index=False)
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    year = models.ForeignKey("calendar.SchoolYear", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=DutyKind.choices)
    periods = models.DecimalField(_("Số tiết giảm mỗi tuần"), max_digits=4, decimal_places=1)
    note = models.CharField(max_length=120, blank=True)

    objects = ScopedManager()
    scope = Scope(unit="unit_id", person="person_id")

    class Meta:
        db_table = "staff_duty"
        constraints = [
            models.UniqueConstraint(fields=["person", "unit", "year", "kind"], name="staff_duty_once_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"
