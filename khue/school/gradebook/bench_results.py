"""What the year's results cost: school after school as the job does it, beside bare SQL over the same marks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection

from khue.kernel.access.actor import Actor
from khue.kernel.bench.declared import Run, bench
from khue.kernel.bench.measuring import CannotMeasureError, Cost, Result, leaving_nothing
from khue.kernel.org.models import Unit
from khue.school.gradebook.actions.results import Computed, compute_results
from khue.school.gradebook.queries.results import all_choices
from khue.school.gradebook.rules.rule_sets import Choices

SCHOOLS: Final = 12  # of the province, unless the whole is asked for

_SCHOOLS: Final = """
select s.school_id, s.year_id from gradebook_sheet s join calendar_school_year y on y.id = s.year_id and not y.is_closed
where s.kind <> 'observation' group by 1, 2 order by 1
"""
# Averages of both terms and of the year by subject, one row a pupil and period: what cannot be done without.
_BARE: Final = """
insert into gradebook_result (enrolment_id, person_id, school_id, classroom_id, term, rule_set, subjects, missing,
  learning, learning_raw, conduct, award, outcome, retest, summer_conduct, summer_signed, decision, is_approved,
  version, distinction, is_retest_over, retest_learning, summer_task)
select r.enrolment_id, r.person_id, s.school_id, s.classroom_id, p.term, s.rule_set,
  jsonb_object_agg(coalesce(c.subject_id, s.kind), r.average), count(*) filter (where r.average is null), '', '', '',
  '', '', '{}', '', false, '', false, 1, '', false, '', ''
from gradebook_sheet s join gradebook_mark_row r on r.sheet_id = s.id
left join curriculum_course c on c.id = s.course_id
join (values (1), (2), (0)) as p(term) on p.term in (s.term, 0)
where s.school_id = %s and s.year_id = %s
group by r.enrolment_id, r.person_id, s.school_id, s.classroom_id, p.term, s.rule_set
"""


@bench("year_results", group="gradebook")
def year_results(run: Run) -> Iterator[Result]:
    """Compute and write every result of a year, each school rolled back again; `n` is the pupils.

    Every school with `--full`, else twelve spread over the province. The ratio is of CPU times.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SCHOOLS)
        found = cursor.fetchall()
    if not found:
        raise CannotMeasureError("chưa có sổ điểm nào; chạy khue demo trước.")
    chosen = found if run.full else found[:: max(1, len(found) // SCHOOLS)]
    choices = all_choices()
    actor, meter = Actor.system("gradebook.compute_results"), run.meter
    ours, bare, pupils = Cost(0.0, 0.0), Cost(0.0, 0.0), 0
    for school_id, year_id in chosen:
        school = Unit.objects.get(pk=school_id)
        with leaving_nothing():
            done: list[Computed] = []
            cost = meter.once(lambda: done.append(_anew(actor, school, year_id, choices)))  # noqa: B023 (called now)
            ours = Cost(ours.cpu_ms + cost.cpu_ms, ours.wall_ms + cost.wall_ms)
            pupils += done[0].pupils
        with leaving_nothing(), connection.cursor() as cursor:
            cursor.execute("delete from gradebook_result where school_id = %s", [school_id])
            cost = meter.once(lambda: cursor.execute(_BARE, [school_id, year_id]))  # noqa: B023 (called now)
            bare = Cost(bare.cpu_ms + cost.cpu_ms, bare.wall_ms + cost.wall_ms)
    yield Result(
        "year_results", ours.cpu_ms, ours.wall_ms, pupils, bare.cpu_ms, ours.cpu_ms / bare.cpu_ms,
        "INSERT … SELECT trần cùng điểm trung bình",
    )  # fmt: skip


def _anew(actor: Actor, school: Unit, year_id: int, choices: Choices) -> Computed:
    return compute_results(actor, school, year_id=year_id, choices=choices)
