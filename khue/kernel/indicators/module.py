"""Manifest of the room of figures."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, Permission

MODULE = Module(
    name="indicators",
    label="Chỉ tiêu",
    permissions=(
        Permission("indicators.view", "Xem chỉ tiêu của đơn vị", (*roles.OVERSEERS, *roles.HEADS)),
        Permission("indicators.manage", "Cho tính lại số liệu", roles.DEPARTMENT),
    ),
)
