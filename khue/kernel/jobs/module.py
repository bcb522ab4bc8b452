"""Manifest of the room of background work."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission

MODULE = Module(
    name="jobs",
    label="Việc nền",
    permissions=(
        Permission("jobs.view", "Xem việc nền của đơn vị", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
    ),
    navigation=(NavLink("Việc nền", "jobs:runs", "progress-check", "jobs.view", "Hệ thống", 930),),
    jobs=(Job("jobs.sweep", "Nối lại việc bị đứt", "khue.kernel.jobs.sweep.sweep", cron="* * * * *"),),
    notices=(
        NoticeKind("jobs.done", "Việc nền đã xong"),
        NoticeKind("jobs.stopped", "Việc nền đã dừng"),
        NoticeKind("jobs.failed", "Việc nền chưa xong"),
    ),
    action_labels={
        "jobs.resume": "Làm tiếp việc nền",
        "jobs.retry_failures": "Thử lại phần chưa được",
        "jobs.start": "Giao việc nền",
        "jobs.start_unattended": "Giao việc nền",
        "jobs.stop": "Dừng việc nền",
    },
    url_prefix="viec-nen/",
)
