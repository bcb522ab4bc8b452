"""Manifest of curriculum and teaching assignments."""

from khue.kernel.access import roles
from khue.kernel.manifest import GrantSource, Module, NavLink, Permission, Reaction

MODULE = Module(
    name="curriculum",
    label="Chương trình và phân công",
    figures="khue.registry.curriculum.figures.FIGURES",
    permissions=(
        Permission(
            "curriculum.view",
            "Xem chương trình, môn học",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, *roles.STAFF),
        ),
        Permission(
            "curriculum.view_assignments",
            "Xem phân công giảng dạy",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, *roles.TEACHERS),
        ),
        Permission("curriculum.assign", "Phân công giảng dạy", roles.SCHOOL_OFFICE),
        Permission(
            "curriculum.view_workload",
            "Xem định mức, khối lượng giảng dạy",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE),
        ),
    ),
    navigation=(
        NavLink(
            "Môn học, phân công",
            "curriculum:assignments",
            "table",
            "curriculum.view_assignments",
            "Hồ sơ",
            320,
        ),
        NavLink("Chương trình môn học", "curriculum:programme", "book-2", "curriculum.view", "Đơn vị", 255),
        NavLink(
            "Khối lượng giảng dạy",
            "curriculum:workload",
            "chart-bar",
            "curriculum.view_workload",
            "Báo cáo",
            530,
        ),
    ),
    reactions=(
        Reaction("khue.kernel.org.events.UnitsMerged", "khue.registry.curriculum.unit_changes.units_merged"),
        Reaction("khue.kernel.org.events.UnitSplit", "khue.registry.curriculum.unit_changes.unit_split"),
        Reaction("khue.registry.staff.events.StaffLeft", "khue.registry.curriculum.reactions.staff_left"),
        Reaction(
            "khue.registry.staff.events.StaffReturned", "khue.registry.curriculum.reactions.staff_returned"
        ),
        Reaction(
            "khue.registry.roster.events.ClassOpened", "khue.registry.curriculum.reactions.class_opened"
        ),
    ),
    task_kinds={"curriculum.find_substitute": "Tìm người dạy thay"},
    grant_sources=(
        GrantSource(
            "curriculum.course",
            "select a.teacher_id as person_id, 'subject_teacher'::text as role, 'course'::text as scope_kind, "
            "a.course_id as scope_id, c.school_id as unit_id, a.starts_on, a.ends_on, a.id as source_id, "
            "s.short_name::text as label from curriculum_teaching_assignment a "
            "join curriculum_course c on c.id = a.course_id join curriculum_subject s on s.code = c.subject_id",
        ),
        GrantSource(
            "curriculum.class",
            "select a.teacher_id as person_id, 'class_teacher'::text as role, 'class'::text as scope_kind, "
            "c.classroom_id as scope_id, c.school_id as unit_id, a.starts_on, a.ends_on, a.id as source_id, "
            "k.name::text as label from curriculum_teaching_assignment a "
            "join curriculum_course c on c.id = a.course_id join roster_classroom k on k.id = c.classroom_id",
        ),
    ),
    demo=("khue.registry.curriculum.demo.make",),
    action_labels={
        "curriculum.add_teacher": "Thêm giáo viên dạy cùng, dạy thay",
        "curriculum.assign_teachers": "Phân công giáo viên",
        "curriculum.copy_last_year": "Phân công như năm trước",
        "curriculum.end_assignment": "Thôi phân công",
        "curriculum.make_courses": "Lập môn học bắt buộc của lớp",
        "curriculum.set_courses": "Chọn môn học của lớp",
    },
    url_prefix="mon-hoc/",
)
