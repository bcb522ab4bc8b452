"""Manifest of the room of notices."""

from khue.kernel.manifest import Job, Module, Setting

MODULE = Module(
    name="notify",
    label="Thông báo",
    settings=(
        Setting(
            "notify.quiet_from",
            "Giờ bắt đầu yên lặng",
            "int",
            21,
            help="Không gửi thư, tin nhắn sau giờ này.",
        ),
        Setting("notify.quiet_until", "Giờ hết yên lặng", "int", 6),
    ),
    jobs=(Job("notify.deliver", "Gửi thông báo", "khue.kernel.notify.jobs.deliver", cron="* * * * *"),),
    action_labels={
        "notify.mark_read": "Đọc thông báo",
        "notify.tell": "Gửi thông báo",
    },
    url_prefix="thong-bao/",
)
