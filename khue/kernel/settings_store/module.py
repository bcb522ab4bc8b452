"""Manifest of the room of settings."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission

MODULE = Module(
    name="settings_store",
    label="Thiết lập",
    permissions=(
        Permission("settings_store.view", "Xem thiết lập", (*roles.OVERSEERS, *roles.HEADS)),
        Permission(
            "settings_store.change", "Đổi thiết lập", (*roles.DEPARTMENT, roles.PRINCIPAL), dangerous=True
        ),
    ),
    navigation=(
        NavLink("Thiết lập", "settings_store:list", "settings", "settings_store.view", "Hệ thống", 920),
    ),
    url_prefix="thiet-lap/",
)
