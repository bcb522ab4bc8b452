"""Manifest of the family's app."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission

MODULE = Module(
    name="family",
    label="Gia đình",
    permissions=(Permission("family.view_day", "Xem ngày học của con, của em", roles.FAMILY),),
    navigation=(
        NavLink(
            "Hôm nay",
            "family:today",
            "home",
            "family.view_day",
            "Gia đình",
            290,
            roles.FAMILY,
            short="Hôm nay",
            tab=10,
        ),
        NavLink(
            "Mọi trang",
            "family:more",
            "menu-2",
            "family.view_day",
            "Gia đình",
            399,
            roles.FAMILY,
            short="Thêm",
            tab=90,
        ),
    ),
    first_pages={roles.GUARDIAN: "family:today", roles.PUPIL: "family:today"},
    url_prefix="gia-dinh/",
)
