"""Manifest of the school calendar."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission

MODULE = Module(
    name="calendar",
    label="Lịch năm học",
    permissions=(
        Permission("calendar.view", "Xem lịch năm học", roles.EVERYONE),
        Permission("calendar.manage", "Lập khung năm học của tỉnh", roles.DEPARTMENT),
        Permission(
            "calendar.set_days", "Đặt ngày nghỉ, ngày học bù của đơn vị", (*roles.OVERSEERS, *roles.HEADS)
        ),
        Permission(
            "calendar.close_classes", "Cho nghỉ học, mở lại (bão, dịch)", (*roles.OVERSEERS, *roles.HEADS)
        ),
    ),
    navigation=(
        NavLink("Lịch năm học", "calendar:year", "calendar", "calendar.view", "Đơn vị", 250),
        NavLink("Tạm nghỉ học", "calendar:closures", "calendar-off", "calendar.close_classes", "Đơn vị", 255),
    ),
    demo=("khue.registry.calendar.demo.make",),
    action_labels={
        "calendar.close_classes": "Cho tạm nghỉ học",
        "calendar.extend_closure": "Đổi ngày cuối của đợt nghỉ",
        "calendar.reopen_classes": "Mở lại sau đợt nghỉ",
        "calendar.change_frame": "Đổi khung năm học",
        "calendar.close_school_year": "Đóng năm học",
        "calendar.open_school_year": "Mở năm học",
        "calendar.remove_special_day": "Bỏ ngày nghỉ, ngày học bù",
        "calendar.set_special_day": "Đặt ngày nghỉ, ngày học bù",
    },
    url_prefix="lich/",
    year_source="khue.registry.calendar.queries.all_year_now",
)
