"""Manifest of the room of units."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission, SearchSource, Setting

MODULE = Module(
    name="org",
    label="Đơn vị",
    permissions=(
        Permission("org.view", "Xem cây đơn vị", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
        Permission(
            "org.manage",
            "Lập, sáp nhập, chia tách, đổi tên, giải thể đơn vị",
            roles.DEPARTMENT,
            dangerous=True,
        ),
        Permission(
            "org.edit", "Sửa thông tin liên hệ và điểm trường", (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE)
        ),
    ),
    navigation=(NavLink("Đơn vị, trường", "org:tree", "building-community", "org.view", "Đơn vị", 200),),
    settings=(
        Setting(
            "org.tree_preset",
            "Mô hình quản lý",
            "choice",
            "2_tier_2025",
            choices=(
                ("2_tier_2025", "Hai cấp (từ 01/07/2025)"),
                ("3_tier_legacy", "Ba cấp (trước 01/07/2025)"),
            ),
            legal_source="Luật Tổ chức chính quyền địa phương 2025",
        ),
    ),
    search=(SearchSource("org.units", "Đơn vị", "khue.kernel.org.queries.find_units", order=40),),
    demo=("khue.kernel.org.demo.make",),
    action_labels={
        "org.close": "Giải thể đơn vị",
        "org.close_campus": "Thôi điểm trường",
        "org.convert_tree": "Chuyển mô hình quản lý",
        "org.edit_contact": "Sửa thông tin liên hệ",
        "org.merge": "Sáp nhập trường",
        "org.move": "Đổi đơn vị quản lý",
        "org.open_campus": "Thêm điểm trường",
        "org.open_unit": "Lập đơn vị",
        "org.rename": "Đổi tên đơn vị",
        "org.reopen": "Cho đơn vị hoạt động trở lại",
        "org.split": "Chia tách trường",
    },
    url_prefix="don-vi/",
)
