"""Last year's results of the small demo province: computed by the rules, approved class by class, the year closed."""

from __future__ import annotations

from typing import Final

from django.db import connection

from khue.kernel.access.actor import Actor
from khue.kernel.actions import Work
from khue.kernel.demo.loading import Loader
from khue.registry.roster.demo_history import LAST_YEAR
from khue.school.gradebook.actions.results import compute
from khue.school.gradebook.judging import YEAR
from khue.school.gradebook.queries.results import all_choices

_REVIEWS: Final = """
insert into gradebook_review (classroom_id, school_id, year_id, term, state, submitted_by_id, submitted_at,
  approved_by_id, approved_at, returned_for, computed_at, version)
select k.id, k.school_id, k.year_id, t.term, 'approved', h.teacher_id, t.day + interval '2 hours', p.person_id,
  t.day + interval '27 hours', '', t.day + interval '2 hours', 1
from roster_classroom k
cross join (values (1, timestamptz '2026-01-12 00:00+00'), (2, timestamptz '2026-05-22 00:00+00'),
  (0, timestamptz '2026-05-25 00:00+00')) as t(term, day)
left join roster_homeroom h on h.classroom_id = k.id
left join staff_position p on p.unit_id = k.school_id and p.post = 'principal'
where k.year_id = %(year)s and exists (select from gradebook_result r where r.classroom_id = k.id) order by k.id, t.term
"""

# What was owed after the year was settled in summer: taken again and passed by all who moved up, failed by the others;
# the principal decided on those with a plan of their own.
_AGAIN: Final = """
update gradebook_result r set is_retest_over = true, retest = (
  select jsonb_object_agg(s.key, case when n.is_repeat then (case when s.value::int < 2 then 0 else 20 end)
                                      when s.value::int < 2 then 1 else 55 end)
  from jsonb_each(r.subjects) s where s.value::int = 0 or s.value::int between 2 and 49)
from roster_enrolment e left join roster_enrolment n on n.person_id = e.person_id and n.year_id = e.year_id + 1
where e.id = r.enrolment_id and r.term = 0 and r.outcome in ('KIEM_TRA_LAI', 'BO_SUNG')
  and exists (select from jsonb_each(r.subjects) s where s.value::int = 0 or s.value::int between 2 and 49)
"""
_DECIDED: Final = """
update gradebook_result r set
  decision = case when n.is_repeat then 'Ở lại lớp để củng cố kiến thức, gia đình đồng ý.'
                  else 'Xét theo kế hoạch giáo dục cá nhân: em có tiến bộ.' end,
  outcome = case when n.is_repeat then 'O_LAI' when e.level = 'TH' then 'HOAN_THANH' else 'LEN_LOP' end
from roster_enrolment e left join roster_enrolment n on n.person_id = e.person_id and n.year_id = e.year_id + 1
where e.id = r.enrolment_id and r.term = 0 and r.outcome = 'HIEU_TRUONG_XET'
"""


def last_year(loader: Loader) -> None:
    """Compute, submit and approve every class of last year."""
    with connection.cursor() as cursor:
        cursor.execute("select id from roster_classroom where year_id = %s order by id", [LAST_YEAR])
        rooms = [pk for (pk,) in cursor.fetchall()]
    work = Work(Actor.system("gradebook.demo"), "gradebook.demo", [])
    done = compute(work, rooms, all_choices())
    loader.rows += done.written
    loader.counts["gradebook_result"] = done.written
    with connection.cursor() as cursor:
        cursor.execute(_AGAIN)
    compute(work, rooms, all_choices(), [YEAR])
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED)
        cursor.execute("update gradebook_result set is_approved = true")
        cursor.execute(_REVIEWS, {"year": LAST_YEAR})
        loader.rows += cursor.rowcount
        loader.counts["gradebook_review"] = cursor.rowcount
