"""What is counted of marks and results: the columnar copies (khue.kernel.indicators.declare)."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.fact_sql import (
    MINORITY,
    OWNERSHIP,
    SCHOOL_LEVEL,
    TODAY,
    copied,
    touched,
    values_of,
)
from khue.registry.calendar.spans import SPANS
from khue.registry.roster.facts import ENROLMENTS_CHANGED
from khue.school.gradebook import plan
from khue.school.gradebook.layout import MAX_REGULAR, TESTS, TT27, TT58, Column, columns_of
from khue.school.gradebook.queries.progress import all_part_of

_OF_CLASS: Final = "('studying', 'suspended', 'completed')"  # models.OF_CLASS: who owes marks to the class
_OF_SCHOOL: Final = f"{OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level"

# --- how far the sheets have come: `progress.count`, as one statement ------------------------------------------------
# Sheets whose columns are the same have the same shape; its name is worked out alike here and in SQL.
_SHAPE: Final = f"""
case s.kind when 'conduct' then 'C' when 'observation' then 'O'
     when 'traits' then case when k.grade > 2 then 'T' else 'T2' end
     else case s.rule_set when '{TT58}' then 'B' when '{TT27}' then
              case when (k.grade::int, c.subject_id::text) in {{tested}} then 'P' || k.grade || c.subject_id
                   else 'P' end
          else 'S' || least(s.regular, {MAX_REGULAR}) || case when s.has_topic then 't' else '' end end end
"""


def _shapes() -> list[tuple[str, Column]]:
    """Every shape a sheet can have, with each column in which a pupil owes a cell."""
    found: dict[str, tuple[Column, ...]] = {
        "C": columns_of("", "conduct", grade=6), "O": columns_of("", "observation", grade=-1),
        "T": columns_of("", "traits", grade=3), "T2": columns_of("", "traits", grade=2),
        "B": columns_of(TT58, "subject", grade=6), "P": columns_of(TT27, "subject", grade=1),
    }  # fmt: skip
    for grade, subjects in TESTS.items():
        for subject in subjects:
            found[f"P{grade}{subject}"] = columns_of(TT27, "subject", grade=grade, subject=subject)
    for regular in range(MAX_REGULAR + 1):
        for topic in (False, True):
            found[f"S{regular}{'t' if topic else ''}"] = columns_of(
                "", "subject", grade=6, regular=regular, has_topic=topic
            )
    return [(name, column) for name, columns in found.items() for column in columns if column.is_required]


_COLUMNS: Final = _shapes()
_TESTED: Final = "(" + ", ".join(f"({g}, '{subject}')" for g, all_ in TESTS.items() for subject in all_) + ")"
_COLUMN_ROWS: Final = values_of(
    [(name, column.slot, column.code, all_part_of(column.code)) for name, column in _COLUMNS]
)
_USUAL_ROWS: Final = values_of(
    [
        (code, plan.LIKE.get(code, code), plan.share_of(code))
        for code in sorted({column.code for _name, column in _COLUMNS})
    ]
)

# The day every column is due: by the school's own row, else the department's, else the usual day; by the column's own
# code before the one it is like. Schools without rows of their own share one line (school 0).
_DUE: Final = f"""
select t.year_id, t.number as term, w.school_id, c.code, coalesce(
    (select d.due_on from gradebook_deadline d where d.unit_id = w.school_id and d.year_id = t.year_id
     and d.term = t.number and d."column" in (c.code, c.alike) order by d."column" = c.code desc limit 1),
    (select d.due_on from gradebook_deadline d join org_unit o on o.id = d.unit_id and o.parent_id is null
     where d.year_id = t.year_id and d.term = t.number and d."column" in (c.code, c.alike)
     order by d."column" = c.code desc limit 1),
    t.starts_on + round((t.ends_on - t.starts_on) * c.share::float8)::int
) as due_on
from calendar_term t
cross join (select 0 as school_id union select distinct unit_id from gradebook_deadline) w
cross join {_USUAL_ROWS} as c(code, alike, share)
"""  # noqa: S608 (our own SQL)

# Sheets written since, those of classes whose pupils changed or came from; and all that are not over once the day has
# turned, or days were set.
_SHEETS_CHANGED: Final = f"""
select s.id from gradebook_sheet s where s.touched_at >= %(since)s::timestamptz
union select s.id from ({ENROLMENTS_CHANGED}) t cross join lateral (
          select e.classroom_id from roster_enrolment e where e.id = t.id
          union select v.classroom_id from roster_enrolment_event v where v.enrolment_id = t.id
      ) k join gradebook_sheet s on s.classroom_id = k.classroom_id
union select s.id from roster_head_count h join {SPANS} y on y.id = h.year_id and not y.is_over
      join gradebook_sheet s on s.classroom_id = h.classroom_id
      where h.valid_from >= %(since)s::timestamptz::date or h.valid_to >= %(since)s::timestamptz::date
union select s.id from {touched("roster.classroom")} t join gradebook_sheet s on s.classroom_id = t.id
union select s.id from {touched("curriculum.course")} t join gradebook_sheet s on s.course_id = t.id
union select s.id from gradebook_sheet s join {SPANS} y on y.id = s.year_id and not y.is_over
      where %(since)s::timestamptz::date < {TODAY} or exists (
          select from audit_entry a where a.at >= %(since)s::timestamptz and a.action = 'gradebook.set_deadlines'
      )
"""  # noqa: S608

SHEETS: Final = copied(
    "gradebook.sheets",
    "Tiến độ vào điểm",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, sheet_id int32, page_kind text, level text, grade int16,
    subject text, term int16, cells int32, entered int32, due int32, done int32, middle_due int32,
    middle_done int32, final_due int32, final_done int32, is_late bool, ownership text, region int16,
    school_level text
    """,
    f"""
with due as materialized ({_DUE}),
page as materialized (
    select concat_ws('.', d.year_id, d.term, d.school_id, l.shape) as key, array_agg(l.slot::int) as slots,
           array_agg(l.part) as parts, array_agg(d.due_on < {TODAY}) as dues
    from {_COLUMN_ROWS} as l(shape, slot, code, part) join due d on d.code = l.code group by 1
),
own as materialized (select distinct unit_id from gradebook_deadline),
size as materialized (
    select e.classroom_id, count(*)::int as pupils from roster_enrolment e
    where e.status in {_OF_CLASS} and e.classroom_id is not null group by 1
)
select s.year_id as year, s.school_id as unit_id, k.campus_id, s.classroom_id as class_id, s.id as sheet_id,
       s.kind as page_kind, k.level, k.grade, coalesce(c.subject_id, s.kind) as subject, s.term, n.*,
       n.due > n.done as is_late, {_OF_SCHOOL}
from gradebook_sheet s join roster_classroom k on k.id = s.classroom_id join org_unit u on u.id = s.school_id
left join curriculum_course c on c.id = s.course_id left join size z on z.classroom_id = k.id
left join own o on o.unit_id = s.school_id
join page p on p.key = concat_ws('.', s.year_id, s.term, coalesce(o.unit_id, 0), {_SHAPE.format(tested=_TESTED)})
cross join lateral (
    select coalesce(sum(w.pupils), 0)::int as cells, coalesce(sum(w.there), 0)::int as entered,
           coalesce(sum(w.pupils) filter (where w.is_due), 0)::int as due,
           coalesce(sum(w.there) filter (where w.is_due), 0)::int as done,
           coalesce(sum(w.pupils) filter (where w.is_due and w.part = 'gk'), 0)::int as middle_due,
           coalesce(sum(w.there) filter (where w.is_due and w.part = 'gk'), 0)::int as middle_done,
           coalesce(sum(w.pupils) filter (where w.is_due and w.part = 'ck'), 0)::int as final_due,
           coalesce(sum(w.there) filter (where w.is_due and w.part = 'ck'), 0)::int as final_done
    from (
        select coalesce(z.pupils, 0) as pupils, v.part, v.is_due,
               least(coalesce(s.filled[v.slot + 1], 0), coalesce(z.pupils, 0)) as there
        from unnest(p.slots, p.parts, p.dues) as v(slot, part, is_due)
    ) w
) n
""",  # noqa: S608
    key="sheet_id",
    changed=_SHEETS_CHANGED,
    rows="khue.school.gradebook.figures.progress_rows",
)

# --- marks -----------------------------------------------------------------------------------------------------------
_MARKS_CHANGED: Final = f"""
select s.id from gradebook_sheet s where s.touched_at >= %(since)s::timestamptz
union select r.sheet_id from ({ENROLMENTS_CHANGED}) t join gradebook_mark_row r on r.enrolment_id = t.id
"""  # noqa: S608

# A pupil on the sheet of a subject in a term, as long as they are of its class. What is counted are marks of ten: in
# primary school the tests (slots 1 and 3), while the level reached there (0 to 2) stands by itself.
MARKS: Final = copied(
    "gradebook.marks",
    "Điểm của học sinh theo môn",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, sheet_id int32, enrolment_id int32, level text,
    grade int16, subject text, term int16, is_scored bool, average int16, reached int16, entered int16, total int16,
    lowest int16, high int16, low int16, school_level text
    """,
    f"""
select s.year_id as year, s.school_id as unit_id, k.campus_id, s.classroom_id as class_id, s.id as sheet_id,
       r.enrolment_id, k.level, k.grade, c.subject_id as subject, s.term,
       s.rule_set = '{TT27}' or c.assessed_by = 'marks' as is_scored, r.average,
       case when s.rule_set <> '{TT27}' then null when r.marks[3] >= 0 then r.marks[3]
            when r.marks[1] >= 0 then r.marks[1] end as reached,
       m.entered, m.total, m.lowest, m.high, m.low, {SCHOOL_LEVEL} as school_level
from gradebook_mark_row r join gradebook_sheet s on s.id = r.sheet_id
join curriculum_course c on c.id = s.course_id join roster_classroom k on k.id = s.classroom_id
join org_unit u on u.id = s.school_id
join roster_enrolment e on e.id = r.enrolment_id and e.classroom_id = s.classroom_id and e.status in {_OF_CLASS}
cross join lateral (
    select count(*) as entered, sum(v) as total, min(v) as lowest, count(*) filter (where v >= 80) as high,
           count(*) filter (where v < 50) as low
    from unnest(case when s.rule_set = '{TT27}' then array[r.marks[2], r.marks[4]]
                     when c.assessed_by = 'marks' then r.marks end) as v where v >= 0
) m
where s.kind = 'subject'
""",  # noqa: S608
    key="sheet_id",
    changed=_MARKS_CHANGED,
    rows="khue.school.gradebook.figures.mark_rows",
)

# --- results ---------------------------------------------------------------------------------------------------------
_RESULTS_CHANGED: Final = f"""
select r.classroom_id from gradebook_review r
where r.computed_at >= %(since)s::timestamptz or r.submitted_at >= %(since)s::timestamptz
   or r.approved_at >= %(since)s::timestamptz
union select t.id from {touched("roster.classroom")} t
union select r.classroom_id from {touched("gradebook.review")} t join gradebook_review r on r.id = t.id
union select r.classroom_id from {touched("gradebook.result")} t join gradebook_result r on r.id = t.id
union select r.classroom_id from ({ENROLMENTS_CHANGED}) t join gradebook_result r on r.enrolment_id = t.id
union select k.id from {touched("org.unit")} t join roster_classroom k on k.school_id = t.id
"""  # noqa: S608

RESULTS: Final = copied(
    "gradebook.results",
    "Kết quả học kì và cả năm",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, enrolment_id int32, level text, grade int16,
    sex int16, minority bool, term int16, rule_set text, is_final_grade bool, missing int16, learning text,
    conduct text, absences int16, award text, outcome text, is_approved bool, ownership text, region int16,
    school_level text
    """,
    f"""
select k.year_id as year, r.school_id as unit_id, k.campus_id, r.classroom_id as class_id, r.enrolment_id, k.level,
       k.grade, coalesce(p.sex, 0) as sex, {MINORITY} as minority, r.term, r.rule_set,
       k.grade in (5, 9, 12) as is_final_grade, r.missing, r.learning, r.conduct, r.absences, r.award, r.outcome,
       r.is_approved, {_OF_SCHOOL}
from gradebook_result r join roster_classroom k on k.id = r.classroom_id
join roster_enrolment e on e.id = r.enrolment_id and e.classroom_id = r.classroom_id and e.status in {_OF_CLASS}
join people_person p on p.id = r.person_id join org_unit u on u.id = r.school_id
""",  # noqa: S608
    key="class_id",
    changed=_RESULTS_CHANGED,
    rows="khue.school.gradebook.figures.result_rows",
)

REVIEWS: Final = copied(
    "gradebook.reviews",
    "Duyệt kết quả các lớp",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, level text, grade int16, term int16, review_state text,
    is_over bool, ownership text, region int16, school_level text
    """,
    # Every class with pupils in every period (term 1, 2, the year as 0); `is_over`: its lessons have ended.
    f"""
select k.year_id as year, k.school_id as unit_id, k.campus_id, k.id as class_id, k.level, k.grade, t.term,
       coalesce(r.state, 'open') as review_state, t.ends_on < {TODAY} as is_over, {_OF_SCHOOL}
from roster_classroom k join {SPANS} y on y.id = k.year_id join org_unit u on u.id = k.school_id
join (
    select year_id, number as term, ends_on from calendar_term
    union all select year_id, 0, max(ends_on) from calendar_term group by year_id
) t on t.year_id = k.year_id
left join gradebook_review r on r.classroom_id = k.id and r.term = t.term
where k.level <> 'MN' and (k.closed_on is null or k.closed_on > y.seen_on) and exists (
    select from roster_enrolment e where e.classroom_id = k.id and e.status in {_OF_CLASS}
)
""",  # noqa: S608
    rows="khue.school.gradebook.figures.result_rows",
)

# --- what waits and what looks odd -----------------------------------------------------------------------------------
PROGRESS: Final = copied(
    "gradebook.progress",
    "Tiến độ của trường",
    """
    year int16, unit_id int32, term int16, sheets int32, late_sheets int32, late_teachers int32, unlocks int32,
    findings int32, ownership text, region int16, school_level text
    """,
    f"""
select g.year_id as year, g.school_id as unit_id, g.term, g.sheets, g.late_sheets, g.late_teachers, g.unlocks,
       g.findings, {_OF_SCHOOL}
from gradebook_school_progress g join org_unit u on u.id = g.school_id
""",  # noqa: S608
    rows="khue.school.gradebook.figures.progress_rows",
)

FINDINGS: Final = copied(
    "gradebook.findings",
    "Dấu hiệu bất thường của điểm",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, level text, grade int16, term int16, oddity text,
    state text
    """,
    """
select s.year_id as year, f.school_id as unit_id, k.campus_id, s.classroom_id as class_id, k.level, k.grade, s.term,
       f.kind as oddity, f.state
from gradebook_finding f join gradebook_sheet s on s.id = f.sheet_id join roster_classroom k on k.id = s.classroom_id
""",
    rows="khue.school.gradebook.figures.finding_rows",
)

UNLOCKS: Final = copied(
    "gradebook.unlocks",
    "Đề nghị mở khóa điểm",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, level text, grade int16, term int16, state text
    """,
    """
select s.year_id as year, s.school_id as unit_id, k.campus_id, s.classroom_id as class_id, k.level, k.grade, s.term,
       n.state
from gradebook_unlock n join gradebook_sheet s on s.id = n.sheet_id join roster_classroom k on k.id = s.classroom_id
""",
    rows="khue.school.gradebook.figures.unlock_rows",
)

FACTS: Final = (SHEETS, MARKS, RESULTS, REVIEWS, PROGRESS, FINDINGS, UNLOCKS)
