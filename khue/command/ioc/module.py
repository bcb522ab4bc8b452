"""Manifest of the operations centre."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission

WATCHERS = (*roles.OVERSEERS, *roles.HEADS)

MODULE = Module(
    name="ioc",
    label="Điều hành",
    url_prefix="dieu-hanh/",
    permissions=(
        Permission("ioc.choose_wall", "Chọn số liệu trên màn hình lớn của đơn vị", WATCHERS),
        Permission("ioc.use_desk", "Lập, đọc bàn theo dõi", WATCHERS),
    ),
    navigation=(
        NavLink(
            "Chỉ tiêu",
            "ioc:catalogue",
            "chart-line",
            "indicators.view",
            "Điều hành",
            order=11,
            short="Chỉ tiêu",
        ),
        NavLink(
            "Màn hình lớn",
            "ioc:wall",
            "device-desktop",
            "indicators.view",
            "Điều hành",
            order=12,
            short="Màn lớn",
        ),
        NavLink(
            "Bàn theo dõi",
            "ioc:desks",
            "layout-dashboard",
            "ioc.use_desk",
            "Điều hành",
            order=13,
            short="Bàn",
        ),
    ),
    jobs=(
        Job(
            "ioc.post_desks",
            "Gửi bàn theo dõi theo lịch",
            "khue.command.ioc.jobs.post_desks",
            cron="*/10 * * * *",
        ),
        Job(
            "ioc.count_cohorts",
            "Tính các khóa học sinh",
            "khue.command.ioc.jobs.count_cohorts",
            cron="5 * * * *",  # what is due since 03:00 of the province
        ),
    ),
    demo_fill=("khue.command.ioc.demo.fill", "khue.command.ioc.demo_desks.fill"),
    papers=("khue.command.ioc.paper.DESK",),
    benches=(
        "khue.command.ioc.bench.wall_page",
        "khue.command.ioc.bench_indicators.indicator_page",
        "khue.command.ioc.bench_live.drill_live",
        "khue.command.ioc.bench_cohort.cohort_page",
    ),
    notices=(
        NoticeKind("ioc.posting", "Bàn chỉ số định kỳ"),
        NoticeKind("ioc.share", "Bàn theo dõi được chia sẻ"),
    ),
    action_labels={
        "ioc.create_desk": "Lập bàn theo dõi",
        "ioc.save_desk": "Sửa bàn theo dõi",
        "ioc.close_desk": "Bỏ bàn theo dõi",
        "ioc.reopen_desk": "Lấy lại bàn theo dõi",
        "ioc.share_desk": "Chia sẻ bàn theo dõi",
        "ioc.unshare_desk": "Thôi chia sẻ bàn theo dõi",
        "ioc.schedule_desk": "Hẹn gửi bàn theo dõi",
        "ioc.unschedule_desk": "Thôi gửi bàn theo dõi",
        "ioc.post_desk": "Gửi bàn theo dõi",
    },
)
