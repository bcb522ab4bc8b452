"""Manifest of the audit room."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, Permission

MODULE = Module(
    name="audit",
    label="Nhật ký",
    permissions=(
        Permission("audit.view", "Xem nhật ký thay đổi", (*roles.OVERSEERS, *roles.HEADS)),
        Permission("audit.verify", "Kiểm tra chuỗi nhật ký", roles.DEPARTMENT),
        Permission(
            "audit.erase",
            "Xóa dữ liệu cá nhân khỏi nhật ký theo luật",
            (roles.ADMINISTRATOR,),
            dangerous=True,
        ),
    ),
    navigation=(NavLink("Nhật ký", "audit:entries", "history", "audit.view", "Hệ thống", 910),),
    jobs=(
        Job(
            "audit.checkpoint",
            "Ký điểm kiểm tra nhật ký",
            "khue.kernel.audit.jobs.checkpoint",
            cron="*/10 * * * *",
        ),
    ),
    action_labels={
        "audit.erase_payload": "Xóa dữ liệu cá nhân khỏi nhật ký",
        "demo.make": "Tạo dữ liệu mẫu",
    },
    url_prefix="nhat-ky/",
)
