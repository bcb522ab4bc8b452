"""Manifest of the family's app."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, NoticeKind, Permission, PersonalData

SCHOOL_AND_HOMEROOM = (*roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER)

MODULE = Module(
    name="family",
    label="Gia đình",
    permissions=(
        Permission("family.view_day", "Xem ngày học của con, của em", roles.FAMILY),
        Permission("family.view_links", "Xem phụ huynh đã gắn với học sinh", SCHOOL_AND_HOMEROOM),
        Permission("family.issue_codes", "Cấp phiếu mã gắn phụ huynh", SCHOOL_AND_HOMEROOM, dangerous=True),
        Permission("family.ask_correction", "Đề nghị sửa thông tin liên hệ", (roles.GUARDIAN,)),
        Permission("family.decide_corrections", "Duyệt đề nghị sửa thông tin liên hệ", roles.SCHOOL_OFFICE),
    ),
    navigation=(
        NavLink(
            "Hôm nay",
            "family:today",
            "home",
            "family.view_day",
            "Gia đình",
            290,
            roles.FAMILY,
            short="Hôm nay",
            tab=10,
        ),
        NavLink("Sửa thông tin liên hệ", "family:contact", "phone", "family.ask_correction", "Gia đình", 330),
        NavLink(
            "Gắn với con",
            "family:link",
            "user-plus",
            "",
            "Gia đình",
            340,
            ("", roles.GUARDIAN, *roles.STAFF, *roles.OVERSEERS, *roles.SCHOOL_OFFICE, roles.SUBJECT_HEAD),
        ),
        NavLink("Phụ huynh", "family:slips", "users", "family.view_links", "Hồ sơ", 315, short="Phụ huynh"),
        NavLink(
            "Đề nghị của phụ huynh", "family:corrections", "pencil", "family.decide_corrections", "Hồ sơ", 316
        ),
        NavLink(
            "Mọi trang",
            "family:more",
            "menu-2",
            "family.view_day",
            "Gia đình",
            399,
            roles.FAMILY,
            short="Thêm",
            tab=90,
        ),
    ),
    notices=(
        NoticeKind(
            "family.linked", "Có người vừa được gắn với học sinh", urgency="pressing", must_reach=True
        ),
        NoticeKind("family.correction_answered", "Nhà trường trả lời đề nghị sửa thông tin liên hệ"),
    ),
    task_kinds={"family.decide_correction": "Duyệt đề nghị sửa thông tin liên hệ"},
    action_labels={
        "family.use_code": "Gắn với con bằng phiếu mã",
        "family.accept_correction": "Sửa thông tin liên hệ theo đề nghị của phụ huynh",
        "family.refuse_correction": "Không sửa thông tin liên hệ theo đề nghị",
        "family.withdraw_correction": "Rút đề nghị sửa thông tin liên hệ",
    },
    personal_data=(
        PersonalData(
            "Đề nghị sửa điện thoại, thư điện tử, chỗ ở",
            "basic",
            "Người đề nghị, văn phòng trường",
            "1 năm sau khi trả lời",
        ),
    ),
    family_lines=("khue.citizen.family.attended.day_lines", "khue.citizen.family.attended.task_lines"),
    benches=("khue.citizen.family.bench.parent_page", "khue.citizen.family.bench.app_first_visit_kb"),
    first_pages={roles.GUARDIAN: "family:today", roles.PUPIL: "family:today"},
    url_prefix="gia-dinh/",
)
