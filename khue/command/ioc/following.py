"""Following intakes through the enrolments of all years: what can become of a pupil, and the statement that tells it.

A pupil belongs to the intake of the first enrolment of the year: its school, its grade. From then on the last enrolment
of each year says where the pupil is, until a later year has one. The statement sorts the enrolments by person and
looks at neighbours: one pass, however many years there are to tell of.
"""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

# What has become of a pupil by the end of a year (of this year: by today); each pupil is one of them.
OUTCOMES: Final[dict[str, str | Promise]] = {
    "here": gettext_lazy("Vẫn học ở trường ban đầu"),
    "moved": gettext_lazy("Học ở trường khác trong tỉnh"),
    "repeated": gettext_lazy("Học chậm khối vì ở lại lớp"),
    "finished": gettext_lazy("Hoàn thành cấp học, chưa vào trường khác"),
    "left": gettext_lazy("Chuyển ra ngoài tỉnh"),
    "dropped": gettext_lazy("Bỏ học"),
    "other": gettext_lazy("Bảo lưu, đã mất hoặc chưa rõ"),
}
STAYED: Final = (
    "here",
    "moved",
    "repeated",
    "finished",
)  # still in the province's schools, or through with one

# The years of which there are enrolments, each found by one step in the index.
HELD: Final = """
with recursive held(id) as (
    (select year_id from roster_enrolment order by year_id limit 1)
    union all
    select (select e.year_id from roster_enrolment e where e.year_id > h.id order by e.year_id limit 1)
    from held h where h.id is not null
)
select id from held where id is not null order by id
"""
# What became of intakes: {among} narrows the persons, {part} is what a school is parted by beside the grade. After the
# preschool grades (-6 to -1) comes grade 1. `spans` holds what each last enrolment of a year says until the next one.
TOLD: Final = """
with spans as (
    select r.school, r.first_grade, r.part, r.year_id, r.next_year,
           case when r.status = 'completed' then 'finished' when r.status = 'dropped' then 'dropped'
                when r.status = 'transferred_out' then 'left'
                when r.status not in ('studying', 'suspended') then 'other'
                when r.grade <> 0
                     and r.grade - (r.first_grade < 0 and r.grade > 0)::int < r.first_grade + r.year_id - r.first_year
                     then 'repeated'
                when r.school_id = r.school then 'here' else 'moved' end as outcome,
           count(*) as pupils
    from (
        select e.year_id, e.school_id, e.grade, e.status, first_value(e.year_id) over begun as first_year,
               first_value(e.school_id) over begun as school, first_value(e.grade) over begun as first_grade,
               {part} as part,
               lead(e.year_id) over (
                   partition by e.person_id order by e.year_id, e.is_current, e.joined_on, e.id
               ) as next_year
        from roster_enrolment e where e.year_id >= %(year)s{among}
        window begun as (partition by e.person_id order by e.year_id, e.joined_on, e.id)
    ) r
    where r.first_year = %(year)s and (r.next_year is null or r.next_year > r.year_id)
    group by 1, 2, 3, 4, 5, 6
), told as (
    select s.school, s.first_grade as grade, s.part, y.id as until,
           case when y.id = s.year_id or s.outcome in ('finished', 'dropped', 'left') then s.outcome
                else 'other' end as outcome,
           s.pupils
    from spans s join unnest(%(years)s::int[]) as y(id)
    on y.id >= s.year_id and (s.next_year is null or y.id < s.next_year)
)
"""
