"""Manifest of the room of files in and out."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission

MODULE = Module(
    name="exchange",
    label="Nhập xuất",
    permissions=(Permission("exchange.import", "Nhập dữ liệu từ Excel", roles.SCHOOL_OFFICE),),
    navigation=(NavLink("Nhập từ Excel", "exchange:start", "file-import", "exchange.import", "Hồ sơ", 340),),
    url_prefix="nhap/",
)
