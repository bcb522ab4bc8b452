"""Manifest of roll call."""

from khue.kernel.access import roles
from khue.kernel.manifest import (
    Job,
    Module,
    NavLink,
    NoticeKind,
    Permission,
    PersonalData,
    Reaction,
    Setting,
)

CLASS = (roles.HOMEROOM_TEACHER, roles.CLASS_TEACHER)

MODULE = Module(
    name="attendance",
    label="Điểm danh",
    figures="khue.school.attendance.figures.FIGURES",
    carried=("khue.school.attendance.carried.ROLLS",),
    permissions=(
        Permission("attendance.view", "Xem điểm danh của lớp", (*roles.SCHOOL_OFFICE, *CLASS)),
        Permission("attendance.take", "Điểm danh lớp mình dạy", CLASS),
        Permission("attendance.override", "Sửa điểm danh đã qua ngày, có lý do", roles.HEADS),
        Permission("attendance.close", "Chốt tuần điểm danh", (roles.HOMEROOM_TEACHER,)),
        Permission("attendance.sign", "Ký duyệt tháng điểm danh", roles.HEADS),
        Permission("attendance.manage", "Đặt buổi học, mở lại tuần đã chốt", roles.SCHOOL_OFFICE),
        Permission("attendance.view_own", "Xem ngày học của con, của mình", roles.FAMILY),
        Permission("attendance.ask_leave", "Xin nghỉ cho con", (roles.GUARDIAN,)),
        Permission("attendance.check_in", "Báo có mặt học ở nhà", roles.FAMILY),
        Permission(
            "attendance.oversee", "Xem lớp, trường chưa điểm danh", (*roles.SCHOOL_OFFICE, *roles.OVERSEERS)
        ),
        Permission("attendance.remind_roll", "Nhắc lớp chưa điểm danh", roles.SCHOOL_OFFICE),
        Permission("attendance.answer_leave", "Trả lời đơn xin nghỉ", (roles.HOMEROOM_TEACHER, *roles.HEADS)),
    ),
    navigation=(
        NavLink("Điểm danh", "attendance:today", "user-check", "attendance.view", "Lớp và môn", 90),
        NavLink(
            "Đơn xin nghỉ", "attendance:leaves", "calendar-off", "attendance.answer_leave", "Lớp và môn", 95,
            short="Đơn nghỉ",
        ),
        NavLink(
            "Chưa điểm danh", "attendance:oversight", "clock", "attendance.oversee", "Lớp và môn", 92,
            short="Chưa điểm",
        ),
        NavLink("Buổi học", "attendance:plans", "calendar-event", "attendance.manage", "Lớp và môn", 340),
        NavLink("Xin nghỉ", "attendance:my_leaves", "calendar-off", "attendance.ask_leave", "Gia đình", 295, tab=30),
    ),
    settings=(
        Setting(
            "attendance.morning_bell", "Giờ vào tiết 1 buổi sáng", "text", "", min_level="school",
            help="Ghi như 07:00. Bỏ trống: 07:15 ở tiểu học, 07:00 ở cấp khác.",
        ),
        Setting(
            "attendance.afternoon_bell", "Giờ vào tiết 1 buổi chiều", "text", "", min_level="school",
            help="Ghi như 13:30. Bỏ trống: 13:30.",
        ),
        Setting("attendance.meal_roll", "Điểm danh bữa ăn bán trú", "bool", False, min_level="school"),
        Setting("attendance.bed_roll", "Điểm danh giờ ngủ nội trú", "bool", False, min_level="school"),
        Setting(
            "attendance.proof_days", "Được chuyển không phép thành có phép trong mấy ngày học", "int", 3,
            min_level="school",
        ),
        Setting(
            "attendance.half_share", "Vắng từ bao nhiêu phần trăm số tiết thì tính vắng cả buổi", "int", 50,
            help="Chỉ dùng cho lớp điểm danh từng tiết.",
        ),
        Setting(
            "attendance.lates_make_one", "Mấy lần đi muộn tính một buổi vắng không phép", "int", 0,
            help="0: đi muộn không tính thành vắng.",
        ),
    ),
    jobs=(
        Job(
            "attendance.count_rolls", "Đếm lớp đã điểm danh", "khue.school.attendance.counting_jobs.count_rolls",
            cron="*/10 0-11,23 * * *",  # 06:00 to 18:50 of the province
        ),
        Job(
            "attendance.count_past_rolls", "Đếm lại điểm danh mấy ngày qua",
            "khue.school.attendance.counting_jobs.count_past_rolls", cron="20 18 * * *",  # 01:20 of the province
        ),
        Job(
            "attendance.tell_absences", "Báo phụ huynh em vắng không phép",
            "khue.school.attendance.jobs.tell_absences", cron="* * * * *",
        ),
    ),
    reactions=(
        Reaction(
            "khue.school.attendance.events.AbsenceFound", "khue.school.attendance.actions.notices.absence_found"
        ),
        Reaction(
            "khue.school.attendance.events.AbsenceMended", "khue.school.attendance.actions.notices.absence_mended"
        ),
        Reaction("khue.school.attendance.events.LeaveAsked", "khue.school.attendance.actions.notices.leave_asked"),
        Reaction(
            "khue.school.attendance.events.LeaveAnswered", "khue.school.attendance.actions.notices.leave_answered"
        ),
        Reaction(
            "khue.registry.calendar.events.ClassesClosed", "khue.school.attendance.reactions.classes_closed"
        ),
        Reaction(
            "khue.registry.calendar.events.ClassesReopened", "khue.school.attendance.reactions.classes_reopened"
        ),
        Reaction("khue.kernel.org.events.UnitsMerged", "khue.school.attendance.reactions.units_merged"),
        Reaction("khue.kernel.org.events.UnitSplit", "khue.school.attendance.reactions.unit_split"),
    ),
    notices=(
        NoticeKind("attendance.absence", "Con vắng ở lớp, chưa có phép", "pressing", may_cost=True, shows_title=True),
        NoticeKind(
            "attendance.absence_withdrawn", "Tin báo vắng là nhầm, con có mặt", "pressing", may_cost=True,
            shows_title=True,
        ),
        NoticeKind("attendance.absence_answered", "Gia đình trả lời tin báo vắng", urgency="pressing"),
        NoticeKind("attendance.roll_missing", "Lớp chưa điểm danh", urgency="pressing"),
        NoticeKind("attendance.correction_answered", "Đề nghị sửa điểm danh có trả lời"),
        NoticeKind("attendance.leave_asked", "Có đơn xin nghỉ"),
        NoticeKind("attendance.leave_answered", "Đơn xin nghỉ có trả lời"),
    ),
    benches=("khue.school.attendance.bench.roll_save",),
    demo_fill=("khue.school.attendance.demo.fill",),
    panels=(
        "khue.school.attendance.panels.own_classes",
        "khue.school.attendance.panels.of_school",
        "khue.school.attendance.panels.of_area",
    ),
    papers=("khue.school.attendance.printing.papers.REGISTER",),
    task_kinds={
        "attendance.call_home": "Gọi gia đình em vắng liên tiếp",
        "attendance.correct_roll": "Đề nghị sửa điểm danh đã qua ngày",
    },
    personal_data=(
        PersonalData(
            "Ngày học, lý do nghỉ", "sensitive", "GVCN, giáo viên dạy lớp, văn phòng trường, cha mẹ",
            "Khi đang học và 1 năm sau",
        ),
    ),
    action_labels={
        "attendance.answer_correction": "Trả lời đề nghị sửa điểm danh",
        "attendance.answer_leave": "Trả lời đơn xin nghỉ",
        "attendance.answer_notice": "Trả lời tin báo vắng",
        "attendance.ask_correction": "Đề nghị sửa điểm danh",
        "attendance.ask_leave": "Xin nghỉ",
        "attendance.check_in": "Báo có mặt học ở nhà",
        "attendance.close_week": "Chốt tuần điểm danh",
        "attendance.excuse": "Chuyển vắng không phép thành có phép",
        "attendance.override": "Sửa điểm danh",
        "attendance.remind_roll": "Nhắc lớp chưa điểm danh",
        "attendance.remove_plan": "Bỏ cách xếp buổi học",
        "attendance.reopen_month": "Mở lại tháng điểm danh đã ký",
        "attendance.reopen_week": "Mở lại tuần điểm danh",
        "attendance.set_mark": "Sửa điểm danh trong ngày",
        "attendance.set_plan": "Đặt buổi học",
        "attendance.sign_month": "Ký duyệt tháng điểm danh",
        "attendance.take_late": "Điểm danh bù",
        "attendance.take_register": "In, xuất sổ điểm danh",
        "attendance.take_roll": "Điểm danh",
        "attendance.tell_absences": "Báo vắng cho phụ huynh",
        "attendance.withdraw_leave": "Rút đơn xin nghỉ",
    },
    url_prefix="diem-danh/",
)  # fmt: skip
