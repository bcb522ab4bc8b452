"""Manifest of the room of figures."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, Permission, Setting

MODULE = Module(
    name="indicators",
    label="Chỉ tiêu",
    figures="khue.kernel.indicators.figures_house.FIGURES",
    texts=("khue.kernel.indicators.words.texts",),
    permissions=(
        Permission("indicators.view", "Xem chỉ tiêu của đơn vị", (*roles.OVERSEERS, *roles.HEADS)),
        Permission(
            "indicators.view_rows", "Xem số dưới 5 em trong chỉ tiêu", (*roles.OVERSEERS, *roles.HEADS)
        ),
        Permission("indicators.manage", "Cho tính lại số liệu", roles.DEPARTMENT),
    ),
    settings=(
        Setting(
            "indicators.every_minutes",
            "Cập nhật số liệu điều hành (phút một lần)",
            "int",
            15,
            help="Cứ từng ấy phút, phần đã thay đổi được chép và chỉ tiêu được tính lại; mỗi đêm chép lại toàn bộ.",
        ),
    ),
    jobs=(
        Job(
            "indicators.refresh",
            "Cập nhật số liệu điều hành",
            "khue.kernel.indicators.jobs.refresh_due",
            cron="*/5 * * * *",
        ),
        Job(
            "indicators.refresh_whole",
            "Chép lại toàn bộ số liệu điều hành",
            "khue.kernel.indicators.jobs.refresh_whole",
            cron="30 19 * * *",  # 02:30 of the province
        ),
        Job(
            "indicators.close",
            "Khóa số liệu các ngày đã qua",
            "khue.kernel.indicators.snapshots.close_yesterday",
            cron="40 17 * * *",  # 00:40 of the province
        ),
    ),
)
