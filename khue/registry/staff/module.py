"""Manifest of staff records."""

from khue.kernel.access import roles
from khue.kernel.manifest import (
    ExchangeTable,
    GrantSource,
    Module,
    NavLink,
    PeopleScope,
    Permission,
    PersonalData,
    Reaction,
    SearchSource,
)

MODULE = Module(
    name="staff",
    label="Cán bộ, giáo viên",
    figures="khue.registry.staff.figures.FIGURES",
    permissions=(
        Permission("staff.view", "Xem danh sách cán bộ", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
        Permission("staff.view_file", "Xem hồ sơ cán bộ", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
        Permission("staff.manage", "Lập và sửa hồ sơ cán bộ", (*roles.DEPARTMENT, *roles.SCHOOL_OFFICE)),
        Permission(
            "staff.appoint", "Giao và thôi chức vụ", (*roles.DEPARTMENT, roles.PRINCIPAL), dangerous=True
        ),
        Permission("staff.export", "Xuất danh sách cán bộ", (*roles.OVERSEERS, *roles.SCHOOL_OFFICE)),
    ),
    navigation=(NavLink("Cán bộ, giáo viên", "staff:list", "id-badge-2", "staff.view", "Hồ sơ", 330),),
    grant_sources=(
        GrantSource(
            "staff.position",
            "select person_id, case when post in ('principal','vice_principal','clerk') then post::text "
            "else 'staff_member' end as role, 'unit'::text as scope_kind, unit_id as scope_id, unit_id, starts_on, "
            "ends_on, id as source_id, ''::text as label from staff_position",
        ),
    ),
    search=(
        SearchSource(
            "staff.members", "Cán bộ, giáo viên", "khue.registry.staff.queries.find_staff", order=20
        ),
    ),
    people_scopes=(
        PeopleScope(
            "staff.members",
            "staff",
            "Cán bộ, giáo viên",
            "khue.registry.staff.accounts.members",
            "khue.registry.staff.accounts.describe",
        ),
    ),
    reactions=(
        Reaction("khue.kernel.org.events.UnitsMerged", "khue.registry.staff.reactions.units_merged"),
        Reaction("khue.kernel.org.events.UnitClosed", "khue.registry.staff.reactions.unit_closed"),
    ),
    exchange=(ExchangeTable("staff", "khue.registry.staff.exchange.TABLE"),),
    personal_data=(
        PersonalData("Hồ sơ cán bộ", "confidential", "Thủ trưởng, người phụ trách hồ sơ", "Vĩnh viễn"),
    ),
    task_kinds={"staff.appoint_imported": "Giao chức vụ cho người vừa nhập từ tệp"},
    demo=("khue.registry.staff.demo.make",),
    action_labels={
        "staff.add_member": "Thêm cán bộ",
        "staff.change_member": "Sửa hồ sơ cán bộ",
        "staff.come_back": "Trở lại làm việc",
        "staff.drop_duty": "Bỏ kiêm nhiệm",
        "staff.end_position": "Thôi chức vụ",
        "staff.export_list": "Xuất danh sách cán bộ",
        "staff.leave": "Nghỉ, chuyển đi, thôi việc",
        "staff.reveal_number": "Xem số định danh của cán bộ",
        "staff.set_duty": "Giao kiêm nhiệm",
    },
    url_prefix="can-bo/",
    api="khue.registry.staff.api.router",
)
