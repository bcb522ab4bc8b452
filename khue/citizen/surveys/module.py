"""Manifest of consent slips and surveys."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission, PersonalData, Setting

MAKERS = (*roles.HEADS, roles.HOMEROOM_TEACHER)

MODULE = Module(
    name="surveys",
    label="Phiếu đồng ý và phiếu hỏi",
    figures="khue.citizen.surveys.figures.FIGURES",
    permissions=(
        Permission("surveys.answer_consents", "Trả lời, rút phiếu đồng ý", roles.FAMILY),
        Permission(
            "surveys.answer", "Trả lời phiếu hỏi", (*roles.FAMILY, *roles.STAFF, *roles.SCHOOL_OFFICE)
        ),
        Permission(
            "surveys.view_consents", "Xem ai đồng ý", (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER)
        ),
        Permission("surveys.manage_consents", "Lập, gửi phiếu đồng ý", MAKERS),
        Permission("surveys.manage_surveys", "Lập phiếu hỏi, xem kết quả", (*MAKERS, *roles.OVERSEERS)),
    ),
    navigation=(
        NavLink(
            "Phiếu chờ trả lời", "surveys:open", "clipboard-text", "surveys.answer", "Gia đình", 307, roles.FAMILY,
            short="Phiếu",
        ),
        NavLink(
            "Phiếu hỏi gửi thầy cô", "surveys:open", "clipboard-text", "surveys.answer", "Lớp và môn", 196,
            (*roles.STAFF, *roles.SCHOOL_OFFICE), short="Trả lời",
        ),
        NavLink(
            "Phiếu đồng ý", "surveys:slips", "signature", "surveys.view_consents", "Phụ huynh", 165,
            short="Đồng ý",
        ),
        NavLink(
            "Lập phiếu hỏi", "surveys:surveys", "checklist", "surveys.manage_surveys", "Phụ huynh", 166,
            short="Phiếu hỏi",
        ),
    ),
    settings=(
        Setting(
            "surveys.biometrics", "Cho phép xin đồng ý dùng vân tay, khuôn mặt", "bool", False,
            help="Dữ liệu sinh trắc là dữ liệu nhạy cảm. Tắt thì không trường nào lập được phiếu cho việc này.",
            legal_source="Luật 91/2025/QH15",
        ),
    ),
    jobs=(
        Job("surveys.tell_opened", "Báo phiếu vừa mở", "khue.citizen.surveys.jobs.tell_opened", cron="* * * * *"),
        Job(
            "surveys.remind_surveys", "Nhắc trả lời phiếu hỏi sắp đóng", "khue.citizen.surveys.jobs.remind_surveys",
            cron="5 1 * * *",  # 08:05 of the province
        ),
    ),
    notices=(
        NoticeKind("surveys.slip_opened", "Nhà trường xin ý kiến phụ huynh"),
        NoticeKind("surveys.slip_reminder", "Phiếu đồng ý chưa trả lời"),
        NoticeKind("surveys.consent_withdrawn", "Có người rút đồng ý", urgency="pressing"),
        NoticeKind("surveys.survey_opened", "Có phiếu hỏi mới"),
        NoticeKind("surveys.survey_reminder", "Phiếu hỏi sắp đóng"),
    ),
    action_labels={
        "surveys.answer_slip": "Trả lời phiếu đồng ý",
        "surveys.answer_survey": "Trả lời phiếu hỏi",
        "surveys.change_slip": "Sửa phiếu đồng ý",
        "surveys.change_survey": "Sửa phiếu hỏi",
        "surveys.close_slip": "Đóng phiếu đồng ý",
        "surveys.close_survey": "Đóng phiếu hỏi",
        "surveys.make_slip": "Lập phiếu đồng ý",
        "surveys.make_survey": "Lập phiếu hỏi",
        "surveys.note_told": "Báo xong phiếu hỏi",
        "surveys.open_slip": "Gửi phiếu đồng ý",
        "surveys.open_survey": "Mở phiếu hỏi",
        "surveys.remind_slip": "Nhắc trả lời phiếu đồng ý",
        "surveys.remove_slip": "Xóa phiếu đồng ý chưa gửi",
        "surveys.remove_survey": "Xóa phiếu hỏi chưa mở",
        "surveys.take_replies": "Tải kết quả phiếu hỏi",
        "surveys.take_slip": "Tải danh sách phiếu đồng ý",
        "surveys.tell_slip": "Báo phiếu đồng ý cho gia đình",
        "surveys.tell_survey": "Báo phiếu hỏi cho người được hỏi",
        "surveys.withdraw_consent": "Rút đồng ý",
    },
    personal_data=(
        PersonalData(
            "Ai đồng ý việc gì, theo lời ghi nào, lúc nào", "basic", "GVCN, văn phòng trường, chính người trả lời",
            "5 năm sau ngày hết hiệu lực", "Chứng minh sự đồng ý (Luật 91/2025/QH15)",
        ),
        PersonalData(
            "Trả lời phiếu hỏi có tên", "basic", "Người lập phiếu", "1 năm sau khi đóng", "Đồng ý của người trả lời"
        ),
        PersonalData(
            "Ai đã trả lời phiếu hỏi giấu tên", "basic", "Không ai; máy dùng để không hỏi lại", "1 năm sau khi đóng"
        ),
    ),
    demo_fill=("khue.citizen.surveys.demo.fill",),
    benches=("khue.citizen.surveys.bench.asked_page",),
    family_lines=("khue.citizen.surveys.families.wanted_lines",),
    url_prefix="y-kien/",
)  # fmt: skip
