"""Manifest of alerts."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, NavLink, NoticeKind, Permission

SEEING = (*roles.OVERSEERS, *roles.HEADS)

MODULE = Module(
    name="alerts",
    label="Cảnh báo",
    texts=("khue.command.alerts.shipped.texts",),
    permissions=(
        Permission("alerts.view", "Xem cảnh báo của đơn vị", SEEING),
        Permission("alerts.act", "Nhận, giao, nhắc theo cảnh báo", SEEING),
        Permission("alerts.close", "Đóng, mở lại cảnh báo", roles.OVERSEERS),
        Permission("alerts.manage", "Đặt quy tắc cảnh báo", roles.DEPARTMENT),
    ),
    navigation=(
        NavLink("Cảnh báo", "alerts:alerts", "alert-triangle", "alerts.view", "Điều hành", 30),
        NavLink("Quy tắc cảnh báo", "alerts:rules", "settings", "alerts.manage", "Điều hành", 350),
    ),
    figures_kept=("khue.command.alerts.jobs.evaluate",),
    jobs=(
        Job(  # counts of this module's own move without a refresh, and what a killed one left out is done here
            "alerts.evaluate",
            "Xét cảnh báo, báo người phụ trách",
            "khue.command.alerts.jobs.evaluate",
            cron="*/10 * * * *",
        ),
    ),
    task_kinds={"alerts.handle": "Xử lý cảnh báo"},
    panels=("khue.command.alerts.panels.open_alerts",),
    demo_fill=("khue.command.alerts.demo.fill",),
    notices=(NoticeKind("alerts.digest", "Cảnh báo mới"),),
    action_labels={
        "alerts.acknowledge": "Nhận cảnh báo",
        "alerts.add_rule": "Thêm quy tắc cảnh báo",
        "alerts.assign": "Giao người xử lý cảnh báo",
        "alerts.close": "Đóng cảnh báo",
        "alerts.evaluate": "Xét cảnh báo",
        "alerts.remind": "Nhắc giáo viên vào điểm chậm",
        "alerts.remind_heads": "Nhắc hiệu trưởng trường vào điểm chậm",
        "alerts.reopen": "Mở lại cảnh báo",
        "alerts.set_rule": "Sửa quy tắc cảnh báo",
        "alerts.switch_rule": "Tắt, bật quy tắc cảnh báo",
    },
    url_prefix="canh-bao/",
)
