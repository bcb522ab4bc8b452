"""Manifest of messages between families and teachers, and of announcements."""

from khue.citizen.threads.hours import Hours
from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, NoticeKind, Permission, PersonalData, Setting

_USUAL = Hours()
_HALF_HOURS = tuple(
    (str(m), f"{m // 60} giờ" + (f" {m % 60}" if m % 60 else "")) for m in range(300, 1321, 30)
)
_CHATTING = (roles.GUARDIAN, *roles.STAFF)

MODULE = Module(
    name="threads",
    label="Tin nhắn, thông báo",
    figures="khue.citizen.threads.figures.FIGURES",
    permissions=(
        Permission("threads.read", "Đọc tin nhắn của mình", _CHATTING),
        Permission("threads.write", "Nhắn tin với giáo viên, với phụ huynh", (roles.GUARDIAN, *roles.TEACHERS)),
        Permission("threads.set_hours", "Đặt giờ trả lời phụ huynh", roles.STAFF),
        Permission("threads.hear_complaints", "Xem tin nhắn bị báo", roles.HEADS),
        Permission("threads.view_announcements", "Đọc thông báo", roles.EVERYONE),
        Permission(
            "threads.announce", "Gửi thông báo",
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, roles.HOMEROOM_TEACHER, roles.SUBJECT_TEACHER),
        ),
        Permission("threads.announce_emergency", "Gửi thông báo khẩn cấp", roles.HEADS),
    ),
    navigation=(
        NavLink(
            "Tin nhắn", "threads:inbox", "message", "threads.read", "Gia đình", 300, (roles.GUARDIAN,),
            short="Tin nhắn", tab=40,
        ),
        NavLink(
            "Thông báo của trường", "threads:announcements", "speakerphone", "threads.view_announcements", "Gia đình",
            305, (roles.GUARDIAN,),
        ),
        NavLink(
            "Thông báo của trường", "threads:announcements", "speakerphone", "threads.view_announcements", "Gia đình",
            305, (roles.PUPIL,), short="Thông báo", tab=40,
        ),
        NavLink(
            "Tin nhắn phụ huynh", "threads:inbox", "message", "threads.read", "Phụ huynh", 150, roles.STAFF,
            short="Tin nhắn",
        ),
        NavLink(
            "Thông báo", "threads:announcements", "speakerphone", "threads.view_announcements", "Phụ huynh", 155,
            (*roles.OVERSEERS, *roles.SCHOOL_OFFICE, *roles.STAFF), short="Thông báo",
        ),
        NavLink(
            "Tin nhắn bị báo", "threads:complaints", "alert-triangle", "threads.hear_complaints", "Phụ huynh", 160
        ),
    ),
    settings=(
        Setting(
            "threads.open_days", "Ngày giáo viên trả lời phụ huynh", "choice", _USUAL.days,
            choices=(
                ("23456", "Thứ Hai đến thứ Sáu"), ("234567", "Thứ Hai đến thứ Bảy"), ("2345678", "Tất cả các ngày"),
            ),
            min_level="school", help="Mỗi giáo viên đặt giờ riêng được.",
        ),
        Setting(
            "threads.open_from", "Giáo viên trả lời phụ huynh từ", "choice", str(_USUAL.start), choices=_HALF_HOURS,
            min_level="school",
        ),
        Setting(
            "threads.open_until", "Giáo viên trả lời phụ huynh đến", "choice", str(_USUAL.until), choices=_HALF_HOURS,
            min_level="school", help="Tin đến ngoài giờ được giữ lại, hôm sau mới báo cho giáo viên.",
        ),
    ),
    notices=(
        NoticeKind("threads.to_family", "Thầy cô nhắn cho gia đình"),
        NoticeKind("threads.to_teacher", "Phụ huynh nhắn"),
        NoticeKind("threads.announcement", "Nhà trường có thông báo"),
        NoticeKind("threads.to_confirm", "Nhà trường có thông báo cần xác nhận", urgency="pressing"),
        NoticeKind("threads.reminder", "Thông báo của nhà trường chờ xác nhận"),
        NoticeKind(
            "threads.emergency", "Thông báo khẩn cấp của nhà trường", urgency="emergency", may_cost=True,
            shows_title=True, must_reach=True,
        ),
        NoticeKind("threads.complaint_answered", "Nhà trường trả lời việc đã báo"),
    ),
    task_kinds={"threads.complaint": "Xem cuộc trò chuyện bị báo"},
    action_labels={
        "threads.write_to_teacher": "Phụ huynh nhắn cho giáo viên",
        "threads.write_to_families": "Nhắn cho phụ huynh của lớp",
        "threads.send": "Nhắn tin",
        "threads.see": "Xem tin nhắn",
        "threads.withdraw": "Thu hồi tin nhắn",
        "threads.report": "Báo tin nhắn với nhà trường",
        "threads.open_complaint": "Mở cuộc trò chuyện bị báo",
        "threads.close_complaint": "Trả lời người báo tin nhắn",
        "threads.edit_announcement": "Sửa thông báo",
        "threads.withdraw_announcement": "Rút thông báo",
        "threads.read_announcement": "Mở đọc thông báo",
        "threads.confirm_announcement": "Xác nhận đã đọc thông báo",
        "threads.remind": "Nhắc người chưa đọc thông báo",
    },
    personal_data=(
        PersonalData(
            "Tin nhắn giữa phụ huynh và giáo viên", "confidential",
            "Phụ huynh được xem hồ sơ của em, giáo viên đã nhắn; lãnh đạo trường chỉ khi một bên báo tin",
            "Hết năm học và 2 năm sau",
        ),
        PersonalData("Ai đã đọc, đã xác nhận thông báo", "basic", "Người gửi thông báo, lãnh đạo trường", "2 năm"),
    ),
    demo_fill=("khue.citizen.threads.demo.fill",),
    benches=("khue.citizen.threads.bench.talking_pages",),
    family_lines=("khue.citizen.threads.lines.lines",),
    url_prefix="tin-nhan/",
)  # fmt: skip
