"""Manifest of the API room."""

from khue.kernel.access import roles
from khue.kernel.manifest import Module, NavLink, Permission

MODULE = Module(
    name="api",
    label="API",
    permissions=(Permission("api.use", "Dùng API", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),),
    navigation=(NavLink("Khóa API", "api:tokens", "lock-open", "api.use", "Hệ thống", 940),),
    action_labels={
        "api.create_token": "Lập khóa API",
        "api.revoke_token": "Thu hồi khóa API",
    },
    url_prefix="",
)
