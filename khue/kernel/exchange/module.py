"""Manifest of the room of files in and out."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission

MODULE = Module(
    name="exchange",
    label="Nhập xuất",
    permissions=(Permission("exchange.import", "Nhập dữ liệu từ Excel", roles.SCHOOL_OFFICE),),
    navigation=(NavLink("Nhập từ Excel", "exchange:start", "file-import", "exchange.import", "Hồ sơ", 340),),
    action_labels={
        "exchange.correct_cells": "Sửa ô của tệp nhập",
        "exchange.drop_import": "Bỏ lần nhập chưa ghi",
        "exchange.settle_columns": "Chọn cột của tệp nhập",
        "exchange.start_import": "Đưa tệp lên để nhập",
        "exchange.undo_import": "Hoàn tác lần nhập",
        "exchange.write_import": "Ghi tệp nhập",
    },
    url_prefix="nhap/",
)
