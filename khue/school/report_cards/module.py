"""Manifest of the report cards."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission, Setting

STEPS = (
    ("homeroom,principal,school", "Chủ nhiệm, hiệu trưởng, trường"),
    ("subject,homeroom,principal,school", "Giáo viên môn học, chủ nhiệm, hiệu trưởng, trường"),
)

MODULE = Module(
    name="report_cards",
    label="Học bạ số",
    permissions=(
        Permission("report_cards.view", "Xem học bạ", (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER)),
        Permission("report_cards.view_own", "Xem học bạ của con, của mình", roles.FAMILY),
        Permission(
            "report_cards.view_progress", "Xem tiến độ ký học bạ", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)
        ),
        Permission("report_cards.compose", "Lập học bạ từ kết quả đã duyệt", (*roles.HEADS, roles.CLERK)),
        Permission("report_cards.sign_subject", "Ký môn mình dạy", (roles.SUBJECT_TEACHER,)),
        Permission("report_cards.sign_homeroom", "Ký học bạ của lớp chủ nhiệm", (roles.HOMEROOM_TEACHER,)),
        Permission("report_cards.sign_principal", "Ký duyệt học bạ", roles.HEADS, dangerous=True),
        Permission("report_cards.seal", "Ký số của trường trên học bạ", roles.SCHOOL_OFFICE, dangerous=True),
        Permission("report_cards.submit", "Nộp học bạ về Sở", roles.SCHOOL_OFFICE),
        Permission("report_cards.receive", "Nhận, trả lại học bạ trường nộp", roles.DEPARTMENT),
        Permission("report_cards.read_store", "Xem học bạ trong kho của tỉnh", roles.DEPARTMENT),
        Permission(
            "report_cards.ask_correction",
            "Đề nghị sửa học bạ đã cấp",
            (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER, *roles.FAMILY),
        ),
        Permission(
            "report_cards.decide_correction", "Quyết định sửa học bạ đã cấp", roles.HEADS, dangerous=True
        ),
        Permission("report_cards.export", "Xuất gói học bạ cho tỉnh khác", roles.SCHOOL_OFFICE),
    ),
    settings=(
        Setting(
            "report_cards.steps_primary",
            "Ai ký học bạ tiểu học, theo thứ tự",
            "choice",
            "homeroom,principal,school",
            choices=STEPS,
            legal_source="TT 70/2026/TT-BGDĐT (chưa đối chiếu), TT 27/2020/TT-BGDĐT",
        ),
        Setting(
            "report_cards.steps_secondary",
            "Ai ký học bạ THCS, THPT, GDTX, theo thứ tự",
            "choice",
            "subject,homeroom,principal,school",
            choices=STEPS,
            legal_source="TT 70/2026/TT-BGDĐT (chưa đối chiếu), TT 22/2021/TT-BGDĐT",
        ),
        Setting(
            "report_cards.personal_id_may_wait",
            "Hiệu trưởng được cho ký khi thiếu số định danh, có ghi lý do",
            "bool",
            True,
            legal_source="TT 70/2026/TT-BGDĐT (chưa đối chiếu)",
        ),
        Setting(
            "report_cards.verification_site",
            "Địa chỉ trang xác minh in trên học bạ",
            "text",
            "",
        ),
    ),
    navigation=(
        NavLink("Học bạ", "report_cards:my_cards", "certificate", "report_cards.view_own", "Gia đình", 295),
        NavLink(
            "Đề nghị sửa học bạ",
            "report_cards:corrections",
            "pencil",
            "report_cards.ask_correction",
            "Lớp và môn",
            345,
            short="Sửa học bạ",
            roles=(*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER),
        ),
    ),
    panels=("khue.school.report_cards.families.newly_issued",),
    pupil_links=("khue.school.report_cards.families.pupil_link",),
    task_kinds={
        "report_cards.decide_correction": "Trả lời đề nghị sửa học bạ",
        "report_cards.compose_edition": "Lập bản mới của học bạ",
        "report_cards.transfer_sheet": "Ký phiếu kết quả chuyển trường",
    },
    action_labels={
        "report_cards.excuse": "Cho ký khi thiếu số định danh",
        "report_cards.send_back": "Trả học bạ về để lập lại",
        "report_cards.start_batch": "Bắt đầu đợt ký học bạ",
        "report_cards.resume_batch": "Ký tiếp đợt đã dừng",
        "report_cards.end_substitute": "Thôi giao người ký thay",
        "report_cards.bring_package": "Nhận gói học bạ tỉnh khác",
        "report_cards.compose_transfer_sheet": "Lập phiếu kết quả chuyển trường",
        "report_cards.make_package": "Đóng gói học bạ",
        "report_cards.seal_transfer_sheet": "Đóng dấu số phiếu kết quả chuyển trường",
        "report_cards.sign_transfer_sheet": "Ký phiếu kết quả chuyển trường",
        "report_cards.take_book": "Tải quyển học bạ",
        "report_cards.take_own_book": "Gia đình tải quyển học bạ",
        "report_cards.take_package": "Tải gói học bạ",
        "report_cards.take_transfer_sheet": "Tải phiếu kết quả chuyển trường",
        "report_cards.write_receipt": "Ghi giấy tiếp nhận gói học bạ",
        "report_cards.ask_correction_as_holder": "Đề nghị trường cũ sửa học bạ",
        "report_cards.compose_edition": "Lập bản mới của học bạ",
        "report_cards.grant_correction": "Quyết định sửa học bạ",
        "report_cards.refuse_correction": "Trả lời không sửa học bạ",
        "report_cards.revoke": "Thu hồi học bạ",
        "report_cards.take_own_copy": "Gia đình tải học bạ",
        "report_cards.withdraw_correction": "Rút đề nghị sửa học bạ",
    },
    url_prefix="hoc-ba/",
)
