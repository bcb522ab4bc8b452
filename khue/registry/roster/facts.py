"""What is counted of pupils and classes: the columnar copies (khue.kernel.indicators.declare)."""

from __future__ import annotations

from datetime import date
from typing import Final

from khue.kernel.indicators.fact_sql import (
    MINORITY,
    OWNERSHIP,
    SCHOOL_LEVEL,
    TODAY,
    USED_SINCE,
    copied,
    touched,
    values_of,
)
from khue.lib.workload import TEACHERS_PER_CLASS, StaffedLevel
from khue.registry.calendar.spans import SPANS
from khue.registry.roster import rules

COUNTED: Final = "('studying', 'suspended')"
# Who is of the school's count in a year: today's pupils; of a year that is over also who finished school in it.
IS_PUPIL: Final = f"(e.status in {COUNTED} or e.status = 'completed' and y.is_over)"
LEFT_ON: Final = f"case when e.status in {COUNTED} then null else coalesce(e.left_on, e.status_on) end"

# Enrolments whose rows may have changed: their own record, the person's, a guardian's, their school's.
ENROLMENTS_CHANGED: Final = f"""
select t.id from {touched("roster.enrolment")} t
union select e.id from {touched("people.person")} t join roster_enrolment e on e.person_id = t.id
union select v.enrolment_id from {touched("roster.enrolmentevent")} t join roster_enrolment_event v on v.id = t.id
union select e.id from {touched("roster.guardianship")} t join roster_guardianship g on g.id = t.id
      join roster_enrolment e on e.person_id = g.pupil_id
union select e.id from {touched("org.unit")} t join roster_enrolment e on e.school_id = t.id
union select e.id from {touched("roster.classroom")} t join roster_enrolment e on e.classroom_id = t.id
"""  # noqa: S608 (our own SQL)

# The year of birth against the grade (rules/03 section 5): grade 1 at six, up to three years older.
_LATE: Final = "e.year_id - extract(year from p.birth_date)::int - e.grade - 5"
ENROLMENTS: Final = copied(
    "roster.enrolments",
    "Học sinh",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, enrolment_id int32, level text, grade int16,
    sex int16, minority bool, birth_year int16, age_fit text, status text, is_pupil bool, is_taught bool, at_start bool,
    came_later bool, left_as text, left_later bool, left_province bool, is_repeat bool, is_entrant bool,
    has_disability bool, has_plan bool, has_class bool, has_personal_id bool, has_ministry_code bool,
    has_basics bool, has_guardian bool, ownership text, region int16, school_level text
    """,
    f"""
select e.year_id as year, e.school_id as unit_id, e.campus_id, e.classroom_id as class_id, e.id as enrolment_id,
       e.level, e.grade, coalesce(p.sex, 0) as sex, {MINORITY} as minority,
       extract(year from p.birth_date)::int as birth_year,
       case when e.grade < 1 or e.level = 'GDTX' then 'free' when p.birth_date is null then 'unknown'
            when {_LATE} < 0 then 'early' when {_LATE} = 0 then 'right' when {_LATE} <= 3 then 'late'
            else 'far' end as age_fit,
       e.status, {IS_PUPIL} as is_pupil, y.is_taught,
       e.joined_on <= y.begins_on and coalesce({LEFT_ON} > y.begins_on, true) as at_start,
       e.joined_on > y.begins_on as came_later,
       case when e.status in {COUNTED} then '' else e.status end as left_as,
       coalesce({LEFT_ON} > y.begins_on, false) as left_later,
       e.status = 'transferred_out' and not exists (
           select from roster_enrolment o where o.person_id = e.person_id and o.year_id = e.year_id and o.id <> e.id
           and o.joined_on >= e.joined_on
       ) as left_province,
       e.is_repeat, e.grade in (1, 6, 10) and not e.is_repeat as is_entrant,
       coalesce(d.disability <> '', false) as has_disability, coalesce(d.has_individual_plan, false) as has_plan,
       e.classroom_id is not null as has_class, coalesce(p.personal_id, '') <> '' as has_personal_id,
       coalesce(p.ministry_code, '') <> '' as has_ministry_code,
       p.birth_date is not null and p.sex is not null and p.ethnicity <> '' as has_basics,
       exists (select from roster_guardianship g where g.pupil_id = e.person_id and g.ends_on is null) as has_guardian,
       {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from roster_enrolment e join {SPANS} y on y.id = e.year_id
join people_person p on p.id = e.person_id join org_unit u on u.id = e.school_id
left join roster_pupil_profile d on d.person_id = e.person_id
""",  # noqa: S608
    key="enrolment_id",
    changed=ENROLMENTS_CHANGED,
    rows="khue.registry.roster.figures.pupil_rows",
)

# The most pupils of a class by grade (rules/03 section 7); the province may set less for THCS and THPT.
_CAPS: Final = values_of(
    [
        (grade, special, rules.size_limit(grade, date(9999, 1, 1), is_special=special))
        for grade in range(-6, 13)
        for special in (False, True)
    ]
)
_SECONDARY: Final = f"""
coalesce((select v.value::text::int from settings_value v join org_unit o on o.id = v.unit_id and o.parent_id is null
          where v.name = 'roster.class_limit_secondary' and v.valid_from <= {TODAY}
          order by v.valid_from desc limit 1), 45)
"""  # noqa: S608

# Teachers a class asks for (TT 20/2023: rules/12 section 2); nine half-days a week and more are two sessions a day.
TWO_SESSIONS: Final = 9
_STAFFED: Final = {"NT": StaffedLevel.NURSERY, "MG": StaffedLevel.KINDERGARTEN, "TH": StaffedLevel.PRIMARY,
                   "THCS": StaffedLevel.LOWER_SECONDARY, "THPT": StaffedLevel.UPPER_SECONDARY}  # fmt: skip
_DUE: Final = values_of(
    [
        (part, two, float(TEACHERS_PER_CLASS[level, sessions]))
        for part, level in _STAFFED.items()
        for two in (False, True)
        for sessions in [
            next(n for n in ((2, 1) if two or part == "NT" else (1, 2)) if (level, n) in TEACHERS_PER_CLASS)
        ]
    ]
)
_PART: Final = "case when k.level <> 'MN' then k.level when k.grade <= -4 then 'NT' else 'MG' end"
_OPEN: Final = "(k.closed_on is null or k.closed_on > y.seen_on)"
_SIZES: Final = f"""
select e.classroom_id, count(*)::int as pupils from roster_enrolment e join {SPANS} y on y.id = e.year_id
where e.classroom_id is not null and {IS_PUPIL} group by 1
"""  # noqa: S608

CLASSES: Final = copied(
    "roster.classes",
    "Lớp",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, level text, part text, grade int16,
    pupils int32, cap int16, fill text, two_sessions bool, is_combined bool, is_special bool,
    has_homeroom bool, teachers_due float64, ownership text, region int16, school_level text
    """,
    f"""
select r.*, case when r.pupils = 0 then 'empty' when r.cap = 0 then 'free' when r.pupils > r.cap then 'over'
                 when r.pupils >= r.cap - {rules.NEAR} then 'near' else 'room' end as fill
from (
    select k.year_id as year, k.school_id as unit_id, k.campus_id, k.id as class_id, k.level, {_PART} as part, k.grade,
           coalesce(n.pupils, 0) as pupils,
           case when k.grade >= 6 and not k.is_special then least(c.most, {_SECONDARY}) else c.most end as cap,
           k.sessions_a_week >= {TWO_SESSIONS} as two_sessions,
           k.combined_with_id is not null
               or exists (select from roster_classroom o where o.combined_with_id = k.id) as is_combined,
           k.is_special, exists (
               select from roster_homeroom h where h.classroom_id = k.id and h.starts_on <= y.seen_on
               and h.ends_on > y.seen_on
           ) as has_homeroom, d.due::float8 as teachers_due, {OWNERSHIP} as ownership, u.region,
           {SCHOOL_LEVEL} as school_level
    from roster_classroom k join {SPANS} y on y.id = k.year_id join org_unit u on u.id = k.school_id
    left join ({_SIZES}) n on n.classroom_id = k.id
    left join {_CAPS} as c(grade, special, most) on c.grade = k.grade and c.special = k.is_special
    left join {_DUE} as d(part, two, due) on d.part = {_PART} and d.two = (k.sessions_a_week >= {TWO_SESSIONS})
    where {_OPEN}
) r
""",  # noqa: S608
    rows="khue.registry.roster.figures.class_rows",
)

# What a school's classes ask for, rounded half up by school and level, beside the teachers it has.
NORMS: Final = copied(
    "roster.norms",
    "Định mức giáo viên của trường",
    """
    year int16, unit_id int32, classes int32, due int32, teachers int32, missing int32, spare int32,
    ownership text, region int16, school_level text
    """,
    f"""
select n.year, n.unit_id, n.classes, n.due, n.teachers, greatest(n.due - n.teachers, 0) as missing,
       greatest(n.teachers - n.due, 0) as spare, {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from (
    select l.year, l.unit_id, sum(l.classes)::int as classes, sum(floor(l.due + 0.5))::int as due,
           coalesce(max(t.teachers), 0)::int as teachers
    from (
        select k.year_id as year, k.school_id as unit_id, {_PART} as part, count(*) as classes,
               sum(d.due::numeric) as due
        from roster_classroom k join {SPANS} y on y.id = k.year_id
        join ({_SIZES}) n on n.classroom_id = k.id
        join {_DUE} as d(part, two, due) on d.part = {_PART} and d.two = (k.sessions_a_week >= {TWO_SESSIONS})
        where {_OPEN} group by 1, 2, 3
    ) l
    left join (
        select y.id as year, case when w.kind = 'campus' then w.parent_id else w.id end as unit_id, count(*) as teachers
        from staff_position s join org_unit w on w.id = s.unit_id
        join {SPANS} y on s.starts_on <= y.seen_on and (s.ends_on is null or s.ends_on > y.seen_on)
        left join staff_member m on m.person_id = s.person_id
        where s.post = 'teacher' and s.is_main
          and (y.is_over or coalesce(m.status, 'working') in ('working', 'leave')) group by 1, 2
    ) t on t.year = l.year and t.unit_id = l.unit_id
    group by l.year, l.unit_id
) n join org_unit u on u.id = n.unit_id
""",  # noqa: S608
    rows="khue.registry.roster.figures.staff_rows",
)

EVENTS: Final = copied(
    "roster.events",
    "Biến động trong năm",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, enrolment_id int32, level text, grade int16,
    sex int16, minority bool, movement text, reason text, month text, ownership text, region int16,
    school_level text
    """,
    # Entries at the start of the year are seen in the enrolments; here is who moves once lessons have begun.
    f"""
select e.year_id as year, v.school_id as unit_id, e.campus_id, coalesce(v.classroom_id, e.classroom_id) as class_id,
       e.id as enrolment_id, e.level, e.grade, coalesce(p.sex, 0) as sex, {MINORITY} as minority, v.kind as movement,
       v.reason_code as reason, to_char(v."on", 'YYYY-MM') as month, {OWNERSHIP} as ownership, u.region,
       {SCHOOL_LEVEL} as school_level
from roster_enrolment_event v join roster_enrolment e on e.id = v.enrolment_id
join {SPANS} y on y.id = e.year_id join people_person p on p.id = e.person_id join org_unit u on u.id = v.school_id
where v.kind in ('admitted', 'transferred_in', 'transferred_out', 'dropped', 'reserved', 'returned', 'suspended',
                 'class_changed', 'deceased') and v."on" > y.begins_on
""",  # noqa: S608
    key="enrolment_id",
    changed=ENROLMENTS_CHANGED,
    rows="khue.registry.roster.figures.movement_rows",
)

TRANSFERS: Final = copied(
    "roster.transfers",
    "Đơn chuyển trường đang làm",
    "year int16, unit_id int32, transfer_id int32, step text, is_late bool",
    # Under the school whose turn it is: the new one answers and places, the old one hands over.
    f"""
select e.year_id as year, case when r.state = 'accepted' then r.from_school_id else r.to_school_id end as unit_id,
       r.id as transfer_id, r.state as step, coalesce(case r.state when 'submitted' then r.answer_due_on
           when 'accepted' then r.release_due_on else r.place_due_on end < {TODAY}, false) as is_late
from roster_transfer r join roster_enrolment e on e.id = r.enrolment_id
where r.state in ('submitted', 'accepted', 'released')
  and (r.state = 'accepted' or r.to_school_id is not null)
""",  # noqa: S608
    rows="khue.registry.roster.figures.transfer_rows",
)

# Who finished the last grade of a level last year, under this year: whether they are at school again. Where nobody at
# all is found again, records do not reach from one year to the next yet, and nothing is said.
LEAVERS: Final = copied(
    "roster.leavers",
    "Học sinh cuối cấp năm trước",
    """
    year int16, unit_id int32, class_id int32, level text, grade int16, sex int16, minority bool,
    went_on bool, ownership text, region int16, school_level text
    """,
    f"""
select l.* from (
select e.year_id + 1 as year, e.school_id as unit_id, e.classroom_id as class_id, e.level, e.grade,
       coalesce(p.sex, 0) as sex, {MINORITY} as minority, exists (
           select from roster_enrolment n where n.person_id = e.person_id and n.year_id = e.year_id + 1
           and n.grade = e.grade + 1
       ) as went_on, {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from roster_enrolment e join calendar_school_year y on y.id = e.year_id + 1 and y.starts_on <= {TODAY}
join people_person p on p.id = e.person_id join org_unit u on u.id = e.school_id
where e.status = 'completed' and e.grade in (5, 9)
) l where exists (
    select from roster_enrolment a join roster_enrolment b on b.person_id = a.person_id and b.year_id = a.year_id + 1
        and b.grade = a.grade + 1
    where a.status = 'completed' and a.year_id = l.year - 1 and a.grade = l.grade
)
""",  # noqa: S608
)

QUALITY: Final = copied(
    "roster.quality",
    "Lỗi dữ liệu theo trường",
    "year int16, unit_id int32, fault text, records int32, of int32",
    """
select q.year_id as year, q.school_id as unit_id, f.key as fault, f.value::int as records,
       case when f.key in ('over_full', 'near_full', 'no_homeroom') then q.classes else q.pupils end as of
from roster_quality_figure q cross join lateral jsonb_each_text(q.faults) f
""",
    rows="khue.registry.roster.figures.quality_rows",
)

ACCOUNTS: Final = copied(
    "roster.accounts",
    "Tài khoản của học sinh và gia đình",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, enrolment_id int32, level text, grade int16,
    has_account bool, is_active bool, is_used bool, guardians int16, guardian_accounts int16,
    guardians_active int16, guardians_used int16, is_linked bool, ownership text, region int16,
    school_level text
    """,
    f"""
select e.year_id as year, e.school_id as unit_id, e.campus_id, e.classroom_id as class_id, e.id as enrolment_id,
       e.level, e.grade, a.id is not null as has_account, a.activated_at is not null as is_active,
       exists (select from people_sign_in s where s.account_id = a.id and s.started_at >= {USED_SINCE}) as is_used,
       f.guardians, f.accounts as guardian_accounts, f.active as guardians_active, f.used as guardians_used,
       f.active > 0 as is_linked, {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from roster_enrolment e join org_unit u on u.id = e.school_id
left join people_account a on a.person_id = e.person_id and a.is_active
cross join lateral (
    select count(*) as guardians, count(b.id) as accounts, count(b.activated_at) as active,
           count(*) filter (where exists (
               select from people_sign_in s where s.account_id = b.id and s.started_at >= {USED_SINCE}
           )) as used
    from roster_guardianship g left join people_account b on b.person_id = g.guardian_id and b.is_active
    where g.pupil_id = e.person_id and g.ends_on is null and g.may_view
) f
where e.is_current and e.status in {COUNTED}
""",  # noqa: S608
    key="enrolment_id",
    # Beside the records: accounts opened or activated, who has signed in, and who has not for thirty days.
    changed=f"""{ENROLMENTS_CHANGED}
union select e.id from (
    select b.person_id from {touched("people.account")} t join people_account b on b.id = t.id
    union select b.person_id from people_sign_in s join people_account b on b.id = s.account_id
    where s.started_at >= %(since)s::timestamptz
       or s.started_at >= %(since)s::timestamptz - interval '30 days' and s.started_at < now() - interval '30 days'
) w cross join lateral (
    select w.person_id union select g.pupil_id from roster_guardianship g where g.guardian_id = w.person_id
) p join roster_enrolment e on e.person_id = p.person_id and e.is_current
""",  # noqa: S608
    rows="khue.registry.roster.figures.pupil_rows",
)

FACTS: Final = (ENROLMENTS, CLASSES, NORMS, EVENTS, TRANSFERS, LEAVERS, QUALITY, ACCOUNTS)
