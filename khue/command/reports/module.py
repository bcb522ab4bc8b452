"""Manifest of the statistical reports."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission, Setting

LAW = "TT 24/2018/TT-BGDĐT (chưa đối chiếu)"

MODULE = Module(
    name="reports",
    label="Báo cáo thống kê",
    texts=("khue.command.reports.definition.texts",),
    permissions=(
        Permission("reports.view", "Xem báo cáo thống kê", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
        Permission("reports.prepare", "Chuẩn bị báo cáo thống kê của trường", roles.SCHOOL_OFFICE),
        Permission("reports.sign", "Ký gửi báo cáo thống kê của trường", roles.HEADS, dangerous=True),
        Permission("reports.check", "Kiểm tra, trả lại báo cáo thống kê của trường", roles.OVERSEERS),
        Permission("reports.accept", "Nhận báo cáo thống kê, khóa báo cáo của tỉnh", roles.DEPARTMENT),
        Permission("reports.manage", "Mở kì báo cáo thống kê", roles.DEPARTMENT),
        Permission("reports.remind", "Nhắc trường chưa gửi báo cáo thống kê", roles.OVERSEERS),
    ),
    navigation=(
        NavLink(
            "Báo cáo thống kê", "reports:periods", "report", "reports.view", "Điều hành", 60, short="Báo cáo"
        ),
    ),
    settings=(
        Setting("reports.start_day", "Đầu năm: số liệu tính đến ngày", "text", "30/09", legal_source=LAW),
        Setting("reports.start_due", "Đầu năm: trường nộp trước hết ngày", "text", "15/10", legal_source=LAW),
        Setting("reports.mid_day", "Giữa năm: số liệu tính đến ngày", "text", "15/01", legal_source=LAW),
        Setting("reports.mid_due", "Giữa năm: trường nộp trước hết ngày", "text", "31/01", legal_source=LAW),
        Setting("reports.end_day", "Cuối năm: số liệu tính đến ngày", "text", "31/05", legal_source=LAW),
        Setting("reports.end_due", "Cuối năm: trường nộp trước hết ngày", "text", "15/06", legal_source=LAW),
        Setting(
            "reports.unusual_percent",
            "Thay đổi so với năm trước từ bao nhiêu phần trăm thì trường phải giải thích",
            "int",
            10,
        ),
        Setting("reports.remind_days", "Nhắc trường trước hạn bao nhiêu ngày", "int", 3),
    ),
    jobs=(
        Job("reports.fill", "Lập báo cáo thống kê của các trường", "khue.command.reports.jobs.fill"),
        Job("reports.file", "Lập tệp báo cáo thống kê của nhiều trường", "khue.command.reports.jobs.file"),
        Job("reports.refresh", "Lấy lại số liệu cho báo cáo chưa ký", "khue.command.reports.jobs.refresh",
            cron="40 19 * * *"),  # 02:40 of the province
        Job("reports.remind", "Nhắc trường chưa gửi báo cáo thống kê", "khue.command.reports.jobs.remind",
            cron="30 0 * * *"),  # 07:30 of the province
    ),
    task_kinds={
        "reports.sign": "Ký gửi báo cáo thống kê",
        "reports.check": "Kiểm tra báo cáo thống kê của trường",
        "reports.lock": "Nhận và khóa báo cáo thống kê",
    },
    notices=(
        NoticeKind("reports.returned", "Báo cáo bị trả lại"),
        NoticeKind("reports.owed", "Báo cáo còn nợ"),
    ),
    action_labels={
        "reports.open": "Mở kì báo cáo thống kê",
        "reports.set_days": "Đổi ngày của kì báo cáo",
        "reports.prepare_many": "Lập báo cáo thống kê của các trường",
        "reports.fill": "Lấy lại số liệu báo cáo",
        "reports.enter": "Ghi ô trường tự khai",
        "reports.explain": "Giải thích số liệu báo cáo",
        "reports.correct": "Lập bản sửa báo cáo thống kê",
        "reports.return": "Trả lại báo cáo thống kê",
        "reports.close": "Chốt báo cáo thống kê của các trường trong xã, phường",
        "reports.lock": "Khóa báo cáo thống kê của tỉnh",
    },
    papers=("khue.command.reports.printing.papers.REPORT",),
    benches=("khue.command.reports.bench.reports_fill", "khue.command.reports.bench.reports_total"),
    demo_fill=("khue.command.reports.demo.fill",),
    url_prefix="bao-cao/",
)  # fmt: skip
