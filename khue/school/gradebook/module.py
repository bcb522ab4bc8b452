"""Manifest of the gradebook."""

from khue.kernel.access import roles
from khue.kernel.manifest import GrantSource, Job, Module, NavLink, NoticeKind, Permission, Reaction, Setting

READERS = (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER, roles.SUBJECT_HEAD, roles.SUBJECT_TEACHER)

MODULE = Module(
    name="gradebook",
    label="Sổ điểm",
    figures="khue.school.gradebook.figures.FIGURES",
    carried=("khue.school.gradebook.carried.MARKS",),
    permissions=(
        Permission("gradebook.view", "Xem sổ điểm", READERS),
        Permission("gradebook.enter", "Vào điểm môn mình dạy", (roles.SUBJECT_TEACHER,)),
        Permission(
            "gradebook.enter_class", "Vào rèn luyện, phẩm chất, năng lực của lớp", (roles.HOMEROOM_TEACHER,)
        ),
        Permission("gradebook.bring_exam_marks", "Đưa điểm kì kiểm tra chung vào sổ", roles.HEADS),
        Permission("gradebook.view_own", "Xem điểm đã công bố của con, của mình", roles.FAMILY),
        Permission(
            "gradebook.set_deadlines", "Đặt hạn vào điểm, ngày khóa", (*roles.DEPARTMENT, *roles.HEADS)
        ),
        Permission("gradebook.unlock", "Duyệt mở khóa điểm", roles.HEADS, dangerous=True),
        Permission(
            "gradebook.view_progress",
            "Xem tiến độ vào điểm",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, roles.SUBJECT_HEAD),
        ),
        Permission("gradebook.remind", "Nhắc vào điểm", (*roles.OVERSEERS, *roles.HEADS, roles.SUBJECT_HEAD)),
        Permission(
            "gradebook.view_results", "Xem kết quả học tập", (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER)
        ),
        Permission(
            "gradebook.submit_results", "Trình kết quả của lớp", (roles.HOMEROOM_TEACHER, *roles.HEADS)
        ),
        Permission("gradebook.approve_results", "Duyệt kết quả học tập", roles.HEADS, dangerous=True),
        Permission("gradebook.return_results", "Trả lại kết quả của lớp để sửa", roles.HEADS),
        Permission("gradebook.compute_results", "Tính lại kết quả", (*roles.DEPARTMENT, *roles.HEADS)),
        Permission("gradebook.enter_retest", "Ghi kiểm tra lại, đánh giá bổ sung", roles.HEADS),
        Permission(
            "gradebook.report_summer", "Giao, báo cáo rèn luyện hè", (roles.HOMEROOM_TEACHER, *roles.HEADS)
        ),
        Permission("gradebook.finish_year", "Đánh giá sau hè, quyết định lên lớp", roles.HEADS),
        Permission("gradebook.set_phrases", "Giữ câu nhận xét mẫu chung", (*roles.DEPARTMENT, *roles.HEADS)),
        Permission("gradebook.view_findings", "Xem dấu hiệu bất thường", (*roles.HEADS, roles.SUBJECT_HEAD)),
    ),
    navigation=(
        NavLink("Sổ điểm", "gradebook:sheets", "table", "gradebook.view", "Lớp và môn", 100),
        NavLink(
            "Tiến độ vào điểm",
            "gradebook:progress",
            "progress-check",
            "gradebook.view_progress",
            "Lớp và môn",
            110,
            short="Tiến độ",
        ),
        NavLink(
            "Hạn vào điểm",
            "gradebook:deadlines",
            "calendar-event",
            "gradebook.set_deadlines",
            "Lớp và môn",
            310,
        ),
        NavLink("Mở khóa điểm", "gradebook:unlocks", "lock-open", "gradebook.view", "Lớp và môn", 315),
        NavLink("Cần xem lại", "gradebook:findings", "eye", "gradebook.view_findings", "Lớp và môn", 318),
        NavLink(
            "Kết quả học tập",
            "gradebook:results",
            "certificate",
            "gradebook.view_results",
            "Lớp và môn",
            130,
            short="Kết quả",
        ),
        NavLink(
            "Câu nhận xét mẫu",
            "gradebook:shared_phrases",
            "message",
            "gradebook.set_phrases",
            "Lớp và môn",
            330,
        ),
        NavLink(
            "Tính lại kết quả",
            "gradebook:compute_results",
            "refresh",
            "gradebook.compute_results",
            "Lớp và môn",
            320,
            roles=roles.DEPARTMENT,
        ),
        NavLink(
            "Kết quả học tập",
            "gradebook:my_marks",
            "chart-bar",
            "gradebook.view_own",
            "Gia đình",
            295,
            short="Kết quả",
            tab=20,
        ),
    ),
    grant_sources=(
        GrantSource(
            "gradebook.subject_head",
            "select d.person_id, 'subject_head'::text as role, 'course'::text as scope_kind, c.id as scope_id, "
            "d.unit_id, y.starts_on, y.ends_on, d.id as source_id, s.short_name::text as label "
            "from staff_duty d join calendar_school_year y on y.id = d.year_id "
            "join curriculum_course c on c.school_id = d.unit_id and c.year_id = d.year_id "
            "join curriculum_subject s on s.code = c.subject_id "
            "where d.kind = 'group_head' and exists (select from curriculum_teaching_assignment a "
            "join curriculum_course o on o.id = a.course_id where a.teacher_id = d.person_id "
            "and o.year_id = d.year_id and o.school_id = d.unit_id and o.subject_id = c.subject_id)",
        ),
    ),
    reactions=(
        Reaction("khue.registry.roster.events.ClassOpened", "khue.school.gradebook.reactions.class_opened"),
        Reaction(
            "khue.registry.curriculum.events.CoursesChanged",
            "khue.school.gradebook.reactions.courses_changed",
        ),
        Reaction("khue.registry.roster.events.PupilPlaced", "khue.school.gradebook.reactions.pupils_placed"),
        Reaction(
            "khue.school.gradebook.events.MarksPublished", "khue.school.gradebook.families.marks_published"
        ),
        Reaction(
            "khue.registry.roster.events.PupilLeft", "khue.school.gradebook.reactions.pupil_came_or_went"
        ),
        Reaction(
            "khue.registry.roster.events.PupilReturned", "khue.school.gradebook.reactions.pupil_came_or_went"
        ),
        Reaction("khue.kernel.org.events.UnitsMerged", "khue.school.gradebook.reactions.units_merged"),
        Reaction("khue.kernel.org.events.UnitSplit", "khue.school.gradebook.reactions.unit_split"),
    ),
    family_lines=("khue.school.gradebook.families.day_lines",),
    panels=(
        "khue.school.gradebook.progress_panels.own_sheets",
        "khue.school.gradebook.progress_panels.of_school",
        "khue.school.gradebook.progress_panels.of_area",
        "khue.school.gradebook.result_panels.my_class_results",
        "khue.school.gradebook.result_panels.classes_waiting",
    ),
    jobs=(
        Job(
            "gradebook.compute_results",
            "Tính lại kết quả học tập",
            "khue.school.gradebook.result_jobs.compute_results",
        ),
        Job(
            "gradebook.refresh_progress",
            "Đếm tiến độ vào điểm",
            "khue.school.gradebook.jobs.refresh_progress",
            cron="* * * * *",
        ),
        Job(
            "gradebook.remind_late",
            "Nhắc vào điểm theo bậc",
            "khue.school.gradebook.jobs.remind_late",
            cron="30 23 * * *",  # 06:30 of the province
        ),
        Job(
            "gradebook.fill_absences",
            "Lấy số buổi vắng từ sổ điểm danh",
            "khue.school.gradebook.absence_jobs.fill",
            cron="20 18 * * 6",  # 01:20 of the province, Sunday
        ),
        Job(
            "gradebook.find_suspicious",
            "Tìm điểm cần xem lại",
            "khue.school.gradebook.jobs.find_suspicious",
            cron="40 18 * * *",  # 01:40 of the province
        ),
    ),
    task_kinds={
        "gradebook.unlock": "Duyệt mở khóa điểm",
        "gradebook.explain": "Giải thích điểm cần xem lại",
        "gradebook.submit": "Trình kết quả của lớp",
        "gradebook.approve": "Duyệt kết quả của lớp",
        "gradebook.finish_year": "Làm xong việc cuối năm của lớp",
    },
    outcome_source="khue.school.gradebook.queries.results.all_outcomes",
    settings=(
        Setting(
            "gradebook.adjustment_mode",
            "Điều chỉnh một mức khi chỉ một môn kéo xuống",
            "choice",
            "strict",
            choices=(
                ("strict", "Môn thấp không được tính vào số môn đạt mức cao"),
                ("best_case", "Môn thấp được coi như đạt mức cao"),
            ),
            legal_source="TT 22/2021/TT-BGDĐT, Điều 9 khoản 3",
        ),
        Setting(
            "gradebook.retest_after_summer_training",
            "Được kiểm tra lại sau khi rèn luyện hè đạt (cả hai mặt chưa đạt)",
            "bool",
            False,
            legal_source="TT 22/2021/TT-BGDĐT, Điều 14",
        ),
        Setting(
            "gradebook.unlock_hours",
            "Mở khóa điểm trong bao nhiêu giờ",
            "int",
            48,
            min_level="school",
        ),
    ),
    benches=(
        "khue.school.gradebook.bench.grid_open",
        "khue.school.gradebook.bench.grid_save_45",
        "khue.school.gradebook.bench.grid_save_360",
        "khue.school.gradebook.bench.class_results",
        "khue.school.gradebook.bench.pupil_marks",
        "khue.school.gradebook.bench.progress_map",
        "khue.school.gradebook.bench_results.year_results",
        "khue.school.gradebook.bench_offline.offline_join",
        "khue.school.gradebook.bench_copy.refresh_full",
        "khue.school.gradebook.bench_copy.refresh_incremental",
        "khue.school.gradebook.bench_copy.save_beside_refresh",
    ),
    demo_fill=("khue.school.gradebook.demo.fill",),
    pupil_links=("khue.school.gradebook.families.pupil_link",),
    notices=(
        NoticeKind("gradebook.published", "Có điểm mới"),
        NoticeKind("gradebook.corrected", "Có điểm được sửa"),
        NoticeKind("gradebook.unlock", "Xin mở khóa sổ điểm"),
        NoticeKind("gradebook.explain", "Sổ điểm cần giải trình"),
        NoticeKind("gradebook.submit", "Kết quả lớp cần sửa và trình lại"),
        NoticeKind("gradebook.late", "Sổ chậm vào điểm"),
        NoticeKind("gradebook.late_subject", "Sổ của tổ chậm vào điểm"),
        NoticeKind("gradebook.late_school", "Trường còn sổ chậm vào điểm"),
        NoticeKind("gradebook.late_office", "Trường trực thuộc còn sổ chậm vào điểm"),
    ),
    action_labels={
        "gradebook.accept_carried": "Cho vào sổ điểm ghi lúc không có mạng",
        "gradebook.accept_finding": "Chấp nhận dấu hiệu bất thường",
        "gradebook.add_phrase": "Thêm câu nhận xét mẫu",
        "gradebook.ask_class_unlock": "Xin mở khóa sổ của lớp",
        "gradebook.ask_explanation": "Yêu cầu giải thích điểm",
        "gradebook.ask_unlock": "Xin mở khóa điểm",
        "gradebook.assign_summer_training": "Giao rèn luyện hè",
        "gradebook.choose_retest": "Chọn môn kiểm tra lại",
        "gradebook.close_unlock": "Khóa lại điểm đã mở",
        "gradebook.correct_results": "Sửa kết quả đã duyệt của một em",
        "gradebook.climb_ladder": "Nhắc vào điểm theo bậc",
        "gradebook.tell_office": "Báo phòng, Sở trường vào điểm chậm",
        "gradebook.decide_promotion": "Quyết định lên lớp",
        "gradebook.decide_unlock": "Trả lời xin mở khóa điểm",
        "gradebook.enter_class_marks": "Vào sổ chủ nhiệm",
        "gradebook.enter_marks": "Vào điểm",
        "gradebook.explain_class_finding": "Giải thích sổ của lớp",
        "gradebook.explain_finding": "Giải thích điểm",
        "gradebook.fill_absences": "Lấy số buổi vắng từ sổ điểm danh",
        "gradebook.export_results": "Xuất kết quả ra Excel",
        "gradebook.export_sheets": "Xuất sổ điểm ra Excel",
        "gradebook.judge_summer_training": "Đánh giá sau rèn luyện hè",
        "gradebook.lock_now": "Khóa cột điểm",
        "gradebook.note_inspection": "Ghi đã soát sổ đến đâu",
        "gradebook.publish": "Công bố điểm",
        "gradebook.publish_class": "Công bố sổ của lớp",
        "gradebook.recognise": "Ghi học sinh tiêu biểu",
        "gradebook.remind_heads": "Nhắc hiệu trưởng các trường chậm",
        "gradebook.add_shared_phrase": "Thêm câu nhận xét chung",
        "gradebook.remove_shared_phrase": "Bỏ câu nhận xét chung",
        "gradebook.remove_phrase": "Bỏ câu nhận xét mẫu",
        "gradebook.reopen_results": "Mở lại kết quả đã duyệt",
        "gradebook.report_summer_training": "Báo cáo rèn luyện hè",
        "gradebook.supplement": "Ghi đánh giá bổ sung",
        "gradebook.undo_marks_file": "Hoàn tác tệp điểm",
        "gradebook.undo_class_marks_file": "Hoàn tác tệp của sổ chủ nhiệm",
        "gradebook.withdraw_unlock": "Rút xin mở khóa điểm",
        "gradebook.write_findings": "Tìm dấu hiệu bất thường",
    },
    url_prefix="so-diem/",
)
