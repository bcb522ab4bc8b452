"""The roles people hold, in the field's own words; what each may do is said by the modules' manifests.

A *capacity* groups the roles that one person plays at one unit: teaching two classes and being homeroom teacher of
one is a single capacity "giáo viên" at that school; being its principal is another. Who teaches a course is
`subject_teacher` at the course, where marks are, and `class_teacher` at its class, where names are.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Role:
    """A role, the capacity it belongs to, and whether its power demands a second factor (rules/13 section 8)."""

    code: str
    label: str | Promise
    capacity: str
    second_factor: bool
    order: int
    icon: str = "user"


ADMINISTRATOR = "administrator"
DEPARTMENT_LEADER = "department_leader"
DEPARTMENT_OFFICER = "department_officer"
OFFICE_OFFICER = "office_officer"
PRINCIPAL = "principal"
VICE_PRINCIPAL = "vice_principal"
CLERK = "clerk"
STAFF_MEMBER = "staff_member"
HOMEROOM_TEACHER = "homeroom_teacher"
SUBJECT_HEAD = "subject_head"
SUBJECT_TEACHER = "subject_teacher"
CLASS_TEACHER = "class_teacher"
CLASS_SIGNER = "class_signer"
COURSE_SIGNER = "course_signer"
GUARDIAN = "guardian"
PUPIL = "pupil"

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        Role(ADMINISTRATOR, _("Quản trị hệ thống"), "administrator", True, 5, "settings"),
        Role(DEPARTMENT_LEADER, _("Lãnh đạo Sở"), "department", True, 10, "building-bank"),
        Role(DEPARTMENT_OFFICER, _("Chuyên viên Sở"), "department", True, 11, "building-bank"),
        Role(OFFICE_OFFICER, _("Cán bộ phụ trách giáo dục"), "office", True, 20, "building-community"),
        Role(PRINCIPAL, _("Hiệu trưởng"), "head", True, 30, "building"),
        Role(VICE_PRINCIPAL, _("Phó hiệu trưởng"), "head", True, 31, "building"),
        Role(CLERK, _("Văn thư"), "clerk", True, 40, "files"),
        Role(STAFF_MEMBER, _("Giáo viên, nhân viên"), "teacher", False, 50, "school"),
        Role(HOMEROOM_TEACHER, _("Giáo viên chủ nhiệm"), "teacher", False, 51, "school"),
        Role(SUBJECT_HEAD, _("Tổ trưởng chuyên môn"), "teacher", False, 52, "school"),
        Role(SUBJECT_TEACHER, _("Giáo viên bộ môn"), "teacher", False, 53, "school"),
        Role(CLASS_TEACHER, _("Giáo viên dạy lớp"), "teacher", False, 54, "school"),
        Role(CLASS_SIGNER, _("Chủ nhiệm năm trước, ký học bạ"), "teacher", False, 55, "school"),
        Role(COURSE_SIGNER, _("Giáo viên bộ môn năm trước, ký học bạ"), "teacher", False, 56, "school"),
        Role(GUARDIAN, _("Phụ huynh"), "guardian", False, 60, "home"),
        Role(PUPIL, pgettext_lazy("một", "Học sinh"), "pupil", False, 70, "user"),
    )
}

# Groups of roles for manifests, widest reach first.
DEPARTMENT = (ADMINISTRATOR, DEPARTMENT_LEADER, DEPARTMENT_OFFICER)
OVERSEERS = (*DEPARTMENT, OFFICE_OFFICER)
HEADS = (PRINCIPAL, VICE_PRINCIPAL)
SCHOOL_OFFICE = (*HEADS, CLERK)
TEACHERS = (HOMEROOM_TEACHER, SUBJECT_TEACHER, CLASS_TEACHER)
STAFF = (STAFF_MEMBER, *TEACHERS)
SIGNERS = (CLASS_SIGNER, COURSE_SIGNER)  # of a year that has ended: its report cards and nothing else
FAMILY = (GUARDIAN, PUPIL)
EVERYONE = (*OVERSEERS, *SCHOOL_OFFICE, *STAFF, *FAMILY)
GRANTABLE = (
    ADMINISTRATOR,
    DEPARTMENT_LEADER,
    DEPARTMENT_OFFICER,
    OFFICE_OFFICER,
    PRINCIPAL,
    VICE_PRINCIPAL,
    CLERK,
)
