"""What is counted of staff: the columnar copies (khue.kernel.indicators.declare)."""

from __future__ import annotations

from typing import Final

from khue.kernel.access.roles import ROLES
from khue.kernel.indicators.fact_sql import (
    KINH,
    OWNERSHIP,
    SCHOOL_LEVEL,
    STRONG,
    TODAY,
    USED_SINCE,
    copied,
)
from khue.registry.calendar.spans import SPANS

_ACCOUNT: Final = f"""
a.id is not null as has_account, a.activated_at is not null as is_active,
exists (select from people_sign_in s where s.account_id = a.id and s.started_at >= {USED_SINCE}) as is_used,
exists (select from mfa_authenticator f where f.user_id = a.id and f.type in {STRONG}) as has_second_factor
"""  # noqa: S608 (our own SQL)
# How high a qualification is, from its words: 0 not said, 1 intermediate, 2 college, 3 bachelor, 4 master, 5 doctor.
_RANK: Final = """
case when q.words = '' then 0 when q.words ~ 'tiến s' then 5 when q.words ~ 'thạc s' then 4
     when q.words ~ 'đại học|cử nhân|kỹ sư|kĩ sư' then 3 when q.words ~ 'cao đẳng' then 2
     when q.words ~ 'trung cấp|sơ cấp' then 1 else 0 end
"""
# What the post asks for (Luật Giáo dục 2019 Art. 72): college in preschool, a bachelor's degree elsewhere.
_ASKED: Final = "case when u.levels = array['MN']::varchar[] then 2 else 3 end"

STAFF: Final = copied(
    "staff.staff",
    "Cán bộ, giáo viên, nhân viên",
    """
    year int16, unit_id int32, person_id int32, post text, duty text, sex int16, minority bool,
    age_band text, speciality text, contract text, qualification int16, asked int16, standard text,
    status text, has_account bool, is_active bool, is_used bool, has_second_factor bool, ownership text,
    region int16, school_level text
    """,
    # One row a person, year and main post: as of today, of a year that is over as of its last lessons.
    f"""
select y.id as year, u.id as unit_id, s.person_id, s.post,
       case when s.post in ('principal', 'vice_principal') then 'head' when s.post = 'teacher' then 'teacher'
            else 'other' end as duty,
       coalesce(p.sex, 0) as sex, p.ethnicity not in {KINH} as minority,
       case when b.age is null then '' when b.age < 30 then '<30' when b.age < 40 then '30-39'
            when b.age < 50 then '40-49' else '50+' end as age_band,
       coalesce(m.subjects_text, '') as speciality,
       case when lower(m.contract) ~ 'viên chức|công chức|biên chế' then 'tenured'
            when coalesce(m.contract, '') = '' then '' else 'contract' end as contract,
       {_RANK} as qualification, {_ASKED} as asked, coalesce(m.standard_result, '') as standard,
       coalesce(m.status, 'working') as status, {_ACCOUNT}, {OWNERSHIP} as ownership, u.region,
       {SCHOOL_LEVEL} as school_level
from staff_position s
join {SPANS} y on s.starts_on <= y.seen_on and (s.ends_on is null or s.ends_on > y.seen_on) and y.begins_on <= {TODAY}
join org_unit w on w.id = s.unit_id
join org_unit u on u.id = case when w.kind = 'campus' then w.parent_id else w.id end and u.kind = 'school'
join people_person p on p.id = s.person_id left join staff_member m on m.person_id = s.person_id
cross join lateral (select lower(coalesce(m.qualification, '')) as words) q
cross join lateral (select y.id - extract(year from p.birth_date)::int as age) b
left join people_account a on a.person_id = s.person_id and a.is_active
where s.is_main and (y.is_over or coalesce(m.status, 'working') in ('working', 'leave'))
""",  # noqa: S608
    rows="khue.registry.staff.figures.staff_rows",
)

_POWER: Final = "(" + ", ".join(f"'{role.code}'" for role in ROLES.values() if role.second_factor) + ")"
POWERS: Final = copied(
    "staff.powers",
    "Người giữ vai có quyền lớn",
    """
    year int16, unit_id int32, person_id int32, role text, has_account bool, is_active bool, is_used bool,
    has_second_factor bool
    """,
    # Roles whose power demands a second factor (rules/13 section 8), by post or given by hand; a person once a unit.
    f"""
select 0 as year, r.unit_id, r.person_id, r.role, {_ACCOUNT}
from (
    select unit_id, person_id, min(role) as role from (
        select unit_id, person_id, post as role from staff_position
        where post in {_POWER} and starts_on <= {TODAY} and (ends_on is null or ends_on > {TODAY})
        union all
        select unit_id, person_id, role from access_role_assignment
        where role in {_POWER} and starts_on <= {TODAY} and (ends_on is null or ends_on > {TODAY})
    ) every group by 1, 2
) r left join people_account a on a.person_id = r.person_id and a.is_active
""",  # noqa: S608
    rows="khue.registry.staff.figures.staff_rows",
)

FACTS: Final = (STAFF, POWERS)
