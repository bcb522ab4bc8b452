"""Manifest of the roster: pupils, classes, enrolments, movements."""

from khue.kernel.access import roles
from khue.kernel.manifest import (
    ExchangeTable,
    GrantSource,
    Job,
    Module,
    NavLink,
    NoticeKind,
    PeopleScope,
    Permission,
    PersonalData,
    Reaction,
    SearchSource,
    Setting,
)

SCHOOL_AND_HOMEROOM = (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER)

MODULE = Module(
    name="roster",
    label="Học sinh",
    figures="khue.registry.roster.figures.FIGURES",
    permissions=(
        Permission(
            "roster.view_list",
            "Xem danh sách học sinh",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, *roles.TEACHERS),
        ),
        Permission(
            "roster.view_profile",
            "Xem hồ sơ học sinh",
            (*roles.OVERSEERS, *SCHOOL_AND_HOMEROOM, *roles.FAMILY),
        ),
        Permission("roster.view_sensitive", "Xem dữ liệu nhạy cảm của học sinh", SCHOOL_AND_HOMEROOM),
        Permission("roster.view_family", "Xem thông tin gia đình", (*SCHOOL_AND_HOMEROOM, *roles.FAMILY)),
        Permission("roster.edit_profile", "Sửa hồ sơ học sinh", SCHOOL_AND_HOMEROOM),
        Permission("roster.admit", "Tiếp nhận học sinh", roles.SCHOOL_OFFICE),
        Permission("roster.move", "Chuyển lớp, thôi học, bảo lưu, trở lại", roles.SCHOOL_OFFICE),
        Permission("roster.transfer", "Chuyển trường: gửi, trả lời, bàn giao, xếp lớp", roles.SCHOOL_OFFICE),
        Permission(
            "roster.view_classes", "Xem các lớp", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, *roles.TEACHERS)
        ),
        Permission("roster.manage_classes", "Lập lớp, giao chủ nhiệm", roles.SCHOOL_OFFICE),
        Permission("roster.view_counts", "Xem số lượng học sinh", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
        Permission("roster.roll_over", "Kết chuyển năm học", roles.HEADS, dangerous=True),
        Permission(
            "roster.merge", "Gộp hồ sơ trùng", (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE), dangerous=True
        ),
        Permission("roster.view_quality", "Xem chất lượng dữ liệu", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
        Permission("roster.export", "Xuất danh sách học sinh", (*roles.OVERSEERS, *SCHOOL_AND_HOMEROOM)),
        Permission(
            "roster.approve_export",
            "Duyệt xuất danh sách lớn",
            (*roles.DEPARTMENT, *roles.HEADS),
            dangerous=True,
        ),
        Permission(
            "roster.see_who", "Xem ai xem được hồ sơ này", (*roles.OVERSEERS, *roles.HEADS, *roles.FAMILY)
        ),
    ),
    navigation=(
        NavLink("Học sinh", "roster:pupils", "users", "roster.view_list", "Hồ sơ", 300),
        NavLink("Lớp", "roster:classes", "school", "roster.view_classes", "Hồ sơ", 305),
        NavLink(
            "Chuyển trường",
            "roster:transfers",
            "arrows-exchange",
            "roster.transfer",
            "Hồ sơ",
            310,
            short="Đơn chuyển",
        ),
        NavLink("Số lượng học sinh", "roster:counts", "chart-bar", "roster.view_counts", "Báo cáo", 500),
        NavLink("Chất lượng dữ liệu", "roster:quality", "checklist", "roster.view_quality", "Báo cáo", 510),
        NavLink("Hồ sơ trùng", "roster:duplicates", "copy", "roster.merge", "Báo cáo", 520),
        NavLink("Kết chuyển năm học", "roster:rollover", "trending-up", "roster.roll_over", "Hồ sơ", 350),
        NavLink(
            "Con của tôi",
            "roster:my_children",
            "home",
            "roster.view_profile",
            "Gia đình",
            300,
            (roles.GUARDIAN,),
        ),
        NavLink(
            "Hồ sơ của em", "roster:my_record", "user", "roster.view_profile", "Gia đình", 300, (roles.PUPIL,)
        ),
    ),
    grant_sources=(
        GrantSource(
            "roster.homeroom",
            "select h.teacher_id as person_id, 'homeroom_teacher'::text as role, 'class'::text as scope_kind, "
            "h.classroom_id as scope_id, c.school_id as unit_id, h.starts_on, h.ends_on, h.id as source_id, "
            "c.name::text as label from roster_homeroom h join roster_classroom c on c.id = h.classroom_id",
        ),
        GrantSource(
            "roster.guardianship",
            "select g.guardian_id as person_id, 'guardian'::text as role, 'person'::text as scope_kind, "
            "g.pupil_id as scope_id, null::bigint as unit_id, g.starts_on, g.ends_on, g.id as source_id, "
            "p.given_name::text as label from roster_guardianship g join people_person p on p.id = g.pupil_id "
            "where g.may_view",
        ),
        GrantSource(
            "roster.enrolment",
            "select e.person_id, 'pupil'::text as role, 'person'::text as scope_kind, e.person_id as scope_id, "
            "null::bigint as unit_id, e.joined_on as starts_on, null::date as ends_on, e.id as source_id, "
            "coalesce(c.name, '')::text as label from roster_enrolment e "
            "left join roster_classroom c on c.id = e.classroom_id "
            "where e.is_current and e.status <> 'deceased'",
        ),
    ),
    settings=(
        Setting(
            "roster.transfer_preset",
            "Thời hạn chuyển trường",
            "choice",
            "transfer_2026_draft",
            choices=(
                ("transfer_2026_draft", "5 hoặc 8 ngày / 3 / 3 (TT 15/2026, dự thảo)"),
                ("transfer_2020_primary", "3 / 3 / 3 (TT 28/2020)"),
            ),
            legal_source="TT 15/2026/TT-BGDĐT",
        ),
        Setting(
            "roster.transfer_answer_days",
            "Trường mới trả lời đơn chuyển trường (ngày làm việc, 0: theo quy định)",
            "int",
            0,
        ),
        Setting(
            "roster.transfer_release_days",
            "Trường cũ bàn giao hồ sơ (ngày làm việc, 0: theo quy định)",
            "int",
            0,
        ),
        Setting(
            "roster.transfer_place_days", "Trường mới xếp lớp (ngày làm việc, 0: theo quy định)", "int", 0
        ),
        Setting("roster.drop_out_days", "Vắng không phép liên tục thì coi là bỏ học (ngày)", "int", 45),
        Setting(
            "roster.class_limit_secondary",
            "Sĩ số tối đa một lớp THCS, THPT",
            "int",
            45,
            min_level="department",
        ),
        Setting(
            "roster.export_limit",
            "Số em một lần xuất không cần duyệt",
            "int",
            500,
            legal_source="Luật 91/2025",
        ),
    ),
    search=(
        SearchSource("roster.pupils", "Học sinh", "khue.registry.roster.queries.find_pupils", order=10),
        SearchSource("roster.classes", "Lớp", "khue.registry.roster.queries.find_classes", order=30),
    ),
    panels=(
        "khue.registry.roster.panels.head_counts",
        "khue.registry.roster.panels.my_classes",
    ),
    people_scopes=(
        PeopleScope(
            "roster.pupils",
            "pupil",
            "Học sinh",
            "khue.registry.roster.accounts.pupils",
            "khue.registry.roster.accounts.describe_pupils",
            "khue.registry.roster.accounts.classes",
        ),
        PeopleScope(
            "roster.guardians",
            "guardian",
            "Phụ huynh",
            "khue.registry.roster.accounts.guardians",
            "khue.registry.roster.accounts.describe_guardians",
        ),
    ),
    reactions=(
        Reaction("khue.kernel.org.events.UnitsMerged", "khue.registry.roster.reactions.units_merged"),
        Reaction("khue.kernel.org.events.UnitSplit", "khue.registry.roster.reactions.unit_split"),
        Reaction("khue.kernel.org.events.UnitClosed", "khue.registry.roster.reactions.unit_closed"),
        Reaction("khue.registry.calendar.events.ClassesClosed", "khue.registry.roster.closures.told_closed"),
        Reaction(
            "khue.registry.calendar.events.ClosureExtended", "khue.registry.roster.closures.told_extended"
        ),
        Reaction(
            "khue.registry.calendar.events.ClassesReopened", "khue.registry.roster.closures.told_reopened"
        ),
    ),
    exchange=(ExchangeTable("roster", "khue.registry.roster.exchange.TABLE"),),
    task_kinds={
        "roster.answer_transfer": "Trả lời đơn chuyển trường",
        "roster.release_transfer": "Bàn giao hồ sơ chuyển trường",
        "roster.place_transfer": "Xếp lớp học sinh chuyển đến",
        "roster.approve_export": "Duyệt xuất danh sách",
        "roster.merge_across": "Gộp hồ sơ trùng của hai trường",
    },
    personal_data=(
        PersonalData(
            "Khuyết tật, sức khỏe",
            "sensitive",
            "Y tế trường, GVCN, hiệu trưởng",
            "Khi đang học và 10 năm sau",
        ),
        PersonalData(
            "Diện chính sách", "confidential", "GVCN, văn phòng trường", "Khi đang học và 5 năm sau"
        ),
        PersonalData("Cha mẹ, người giám hộ", "basic", "GVCN, văn phòng trường", "Khi đang học và 1 năm sau"),
    ),
    jobs=(
        Job("roster.tell_closure", "Báo tin nghỉ học, học lại", "khue.registry.roster.closures.tell_closure"),
        Job(
            "roster.refresh_quality",
            "Tính lại chất lượng dữ liệu mọi trường",
            "khue.registry.roster.quality_figures.refresh_all",
            cron="20 1 * * *",
        ),
        Job(
            "roster.refresh_changed_quality",
            "Tính lại chất lượng dữ liệu trường vừa có thay đổi",
            "khue.registry.roster.quality_figures.refresh_changed",
            cron="*/5 * * * *",
        ),
    ),
    demo=("khue.registry.roster.demo.make",),
    benches=(
        "khue.registry.roster.bench_import.import_roster",
        "khue.registry.roster.bench_load.load_province",
        "khue.registry.roster.bench.pupil_list",
        "khue.registry.roster.bench.search",
    ),
    notices=(
        NoticeKind("roster.closure", "Trường nghỉ học, học lại", "emergency", True, True, True),
        NoticeKind("roster.transfer", "Đơn chuyển trường"),
        NoticeKind("roster.release_transfer", "Hồ sơ chuyển trường cần bàn giao"),
        NoticeKind("roster.answer_transfer", "Đơn xin chuyển đến cần trả lời"),
        NoticeKind("roster.place_transfer", "Học sinh chuyển đến cần xếp lớp"),
        NoticeKind("roster.approve_export", "Đơn xuất danh sách"),
    ),
    action_labels={
        "roster.accept_transfer": "Nhận học sinh chuyển đến",
        "roster.add_guardian": "Thêm người giám hộ",
        "roster.ask_export": "Xin xuất danh sách lớn",
        "roster.ask_merge": "Đề nghị gộp hồ sơ trùng",
        "roster.assign_homeroom": "Giao chủ nhiệm",
        "roster.cancel_transfer": "Rút đơn chuyển trường",
        "roster.change_class": "Sửa lớp",
        "roster.change_guardian": "Sửa người giám hộ",
        "roster.change_pupil": "Sửa hồ sơ học sinh",
        "roster.close_class": "Đóng lớp",
        "roster.confirm_rollover": "Chốt kết chuyển năm học",
        "roster.correct_movement": "Đính chính biến động",
        "roster.decide_export": "Duyệt xuất danh sách lớn",
        "roster.draft_rollover": "Soạn kết chuyển năm học",
        "roster.drop_draft": "Bỏ bản soạn kết chuyển",
        "roster.end_guardianship": "Thôi người giám hộ",
        "roster.end_homeroom": "Thôi chủ nhiệm",
        "roster.export_chosen": "Xuất danh sách học sinh đã chọn",
        "roster.export_class": "Xuất danh sách lớp",
        "roster.find_duplicates": "Tìm hồ sơ trùng",
        "roster.keep_apart": "Xác nhận không phải hồ sơ trùng",
        "roster.look_again": "Xem lại cặp hồ sơ trùng",
        "roster.open_class": "Lập lớp",
        "roster.place_pupils": "Xếp lớp, chuyển lớp",
        "roster.place_transfer": "Xếp lớp cho học sinh chuyển đến",
        "roster.read_number": "Xem số định danh, điện thoại",
        "roster.record_movement": "Ghi biến động học sinh",
        "roster.refuse_transfer": "Không nhận chuyển trường",
        "roster.release_transfer": "Bàn giao hồ sơ chuyển trường",
        "roster.reopen_class": "Mở lại lớp",
        "roster.restrict_guardian": "Hạn chế người giám hộ xem hồ sơ",
        "roster.run_rollover": "Kết chuyển năm học",
        "roster.set_main_contact": "Đổi người liên hệ chính",
        "roster.set_outcomes": "Soạn kết quả kết chuyển",
        "roster.submit_transfer": "Gửi đơn chuyển trường",
        "roster.undo_merge": "Hoàn tác gộp hồ sơ",
        "roster.undo_placing": "Hoàn tác xếp lớp",
        "roster.undo_rollover": "Hoàn tác kết chuyển năm học",
        "roster.use_export": "Tải danh sách đã duyệt",
    },
    url_prefix="",
    api="khue.registry.roster.api.router",
)
