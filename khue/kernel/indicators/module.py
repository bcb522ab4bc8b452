"""Manifest of the room of figures."""

from khue.kernel.access import roles
from khue.kernel.manifest import Job, Module, Permission

MODULE = Module(
    name="indicators",
    label="Chỉ tiêu",
    figures="khue.kernel.indicators.figures_house.FIGURES",
    permissions=(
        Permission("indicators.view", "Xem chỉ tiêu của đơn vị", (*roles.OVERSEERS, *roles.HEADS)),
        Permission(
            "indicators.view_rows", "Xem số dưới 5 em trong chỉ tiêu", (*roles.OVERSEERS, *roles.HEADS)
        ),
        Permission("indicators.manage", "Cho tính lại số liệu", roles.DEPARTMENT),
    ),
    jobs=(
        Job(
            "indicators.close",
            "Khóa số liệu các ngày đã qua",
            "khue.kernel.indicators.snapshots.close_yesterday",
            cron="40 17 * * *",  # 00:40 of the province
        ),
    ),
)
