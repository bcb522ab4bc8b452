"""Manifest of the gate."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission, PersonalData, Setting

MODULE = Module(
    name="gate",
    label="Cổng trường",
    permissions=(
        Permission("gate.manage", "Cấp thẻ, đặt đầu đọc thẻ", roles.SCHOOL_OFFICE),
        Permission("gate.view", "Xem lượt qua cổng", roles.SCHOOL_OFFICE),
    ),
    navigation=(
        NavLink("Thẻ học sinh", "gate:classes", "qrcode", "gate.manage", "Hồ sơ", 330, short="Thẻ"),
        NavLink("Lượt qua cổng", "gate:taps", "door-exit", "gate.view", "Hồ sơ", 331),
    ),
    settings=(
        Setting(
            "gate.tell_families",
            "Báo phụ huynh khi con qua cổng",
            "bool",
            False,
            min_level="school",
            help="Một tin khi em vào trường lần đầu trong ngày; khi em ra cổng, mỗi giờ nhiều nhất một tin.",
        ),
    ),
    notices=(
        NoticeKind("gate.passed", "Con qua cổng trường", "pressing", shows_title=True),
        NoticeKind("gate.strange", "Đầu đọc thẻ đọc nhiều thẻ lạ", "pressing"),
        NoticeKind("gate.lost_used", "Thẻ đã báo mất vừa được dùng", "pressing"),
    ),
    personal_data=(
        PersonalData(
            "Giờ vào, giờ ra của học sinh",
            "confidential",
            "Văn thư, hiệu trưởng; phụ huynh của chính em",
            "Từng lượt quẹt 30 ngày; giờ vào đầu, giờ ra cuối của ngày ở sổ điểm danh",
        ),
    ),
    jobs=(
        Job(
            "gate.forget_taps",
            "Xóa lượt qua cổng đã quá 30 ngày",
            "khue.school.gate.jobs.forget_taps",
            cron="40 2 * * *",
        ),
    ),
    demo_fill=("khue.school.gate.demo.fill",),
    papers=("khue.school.gate.paper.BADGES",),
    benches=("khue.school.gate.bench.taps_ingest",),
    action_labels={
        "gate.add_reader": "Thêm đầu đọc thẻ",
        "gate.cut_off_reader": "Ngắt đầu đọc thẻ",
        "gate.end_badge": "Khóa thẻ học sinh",
        "gate.forget_taps": "Xóa lượt qua cổng cũ",
        "gate.issue_badges": "Cấp thẻ cho lớp",
        "gate.issue_school_badges": "Cấp thẻ cho cả trường",
        "gate.renew_key": "Đổi khóa đầu đọc thẻ",
        "gate.replace_badge": "Thay thẻ học sinh",
        "gate.set_chip": "Ghi số chip của thẻ",
        "gate.take_in": "Nhận lượt qua cổng",
    },
    url_prefix="cong/",
)
