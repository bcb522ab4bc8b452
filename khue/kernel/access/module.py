"""Manifest of the access room."""

from khue.kernel.access import roles
from khue.kernel.manifest import GrantSource, Module, NavLink, NoticeKind, PeopleScope, Permission

MODULE = Module(
    name="access",
    label="Quyền",
    permissions=(
        Permission("access.view", "Xem ai giữ vai trò gì", (*roles.OVERSEERS, *roles.HEADS)),
        Permission("access.assign", "Giao và thu vai trò", (*roles.DEPARTMENT, *roles.HEADS), dangerous=True),
    ),
    navigation=(NavLink("Vai trò và quyền", "access:roles", "shield-check", "access.view", "Hệ thống", 900),),
    grant_sources=(
        GrantSource(
            "access.assignment",
            "select person_id, role::text, 'unit'::text as scope_kind, unit_id as scope_id, unit_id, starts_on, "
            "ends_on, id as source_id, ''::text as label from access_role_assignment",
        ),
    ),
    people_scopes=(
        PeopleScope(
            "access.officers",
            "officer",
            "Người giữ vai",
            "khue.kernel.access.people.officers",
            "khue.kernel.access.people.describe",
        ),
    ),
    notices=(NoticeKind("access.role", "Vai trò của thầy cô thay đổi"),),
    action_labels={
        "access.give_role": "Giao vai trò",
        "access.take_role": "Thu vai trò",
    },
    url_prefix="quyen/",
)
