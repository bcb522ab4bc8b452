"""The facts results follow from: classes and pupils with everything their sheets hold, in two statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from django.db.models import Exists, OuterRef
from django.utils import timezone

from khue.kernel.org.models import Unit, UnitKind
from khue.kernel.settings_store.values import province_values, values_of
from khue.kernel.statements import fetch
from khue.registry.roster.models import Enrolment
from khue.registry.roster.rules import default_outcome
from khue.school.attendance.queries import all_kept
from khue.school.gradebook.judging import (
    FINAL,
    SETTINGS,
    YEAR,
    Course,
    Pupil,
    Room,
    Stored,
    choices_of,
    rules_of,
    tested,
)
from khue.school.gradebook.models import Result, Sheet, SheetKind
from khue.school.gradebook.rules.promotion import Outcome
from khue.school.gradebook.rules.rule_sets import Choices

JUDGED: Final = ("studying", "suspended", "completed")

_ROOMS = """
select k.id, k.name, k.level, k.grade, k.year_id, k.school_id,
       coalesce((select json_agg(json_build_array(s.id, s.kind, s.term, coalesce(c.subject_id, ''),
                   coalesce(c.assessed_by, ''), coalesce(j.name, ''), coalesce(j.short_name, ''))
                   order by c.assessed_by desc, j."order", c.id)
                 from gradebook_sheet s left join curriculum_course c on c.id = s.course_id
                 left join curriculum_subject j on j.code = c.subject_id where s.classroom_id = k.id)::text, '[]'),
       coalesce((select json_object_agg(r.term, r.state)
                 from gradebook_review r where r.classroom_id = k.id)::text, '{}'),
       (select json_agg(json_build_array(v.name, v.unit_id, v.valid_from, v.value)) from settings_value v
          where v.name = any(%s) and v.valid_from <= %s
          and v.unit_id in (select id from org_unit where parent_id is null))
from roster_classroom k where k.id = any(%s) order by k.sort_key, k.id
"""

# One number a row of a sheet, and one short array a pupil: see judging. The last slots of qualities are 15 to 29.
_PUPILS = """
select e.classroom_id, e.id, e.person_id, p.full_name, e.status, coalesce(f.has_individual_plan, false),
       coalesce(m.codes, ''), coalesce(m.traits, ''), x.stored
from roster_enrolment e
join people_person p on p.id = e.person_id
left join roster_pupil_profile f on f.person_id = e.person_id
left join (
  select r.enrolment_id,
         array_agg((r.sheet_id << 24) | case
           when s.kind = 'conduct' then ((coalesce(r.marks[1], -1) + 1) << 18) | (coalesce(r.marks[2], 511) << 9)
                                        | coalesce(r.marks[3], 511)
           when s.rule_set in ('TT27_2020', 'TT30_2014') then (coalesce(r.marks[3], -100) + 128) << 8
                                                              | (coalesce(r.marks[4], -100) + 128)
           else coalesce(r.average, -100) + 128 end) filter (where s.kind <> 'traits')::text as codes,
         max(array_to_string(r.marks[16:30], ',', '')) filter (where s.kind = 'traits' and s.term = 2) as traits
  from gradebook_sheet s join gradebook_mark_row r on r.sheet_id = s.id
  where s.classroom_id = any(%s) and s.kind in ('subject', 'conduct', 'traits')
  group by r.enrolment_id
) m on m.enrolment_id = e.id
left join lateral (
  select json_agg(json_build_array(t.id, t.term, t.subjects, t.rule_set, t.missing, t.learning, t.learning_raw,
           t.conduct, t.absences, t.award, t.outcome, t.retest_learning, t.classroom_id, t.school_id,
           t.is_approved, t.retest, t.is_retest_over, t.summer_task, t.summer_conduct, t.summer_signed, t.decision,
           t.distinction, t.version))::text as stored
  from gradebook_result t where t.enrolment_id = e.id
) x on true
where e.classroom_id = any(%s) and e.status in ('studying', 'suspended', 'completed') and (%s = 0 or e.id = %s)
order by e.classroom_id, e.sort_key, e.id
"""


def all_choices() -> Choices:
    """What the province chose where the circulars leave it open; one question, asked once a run."""
    return choices_of(values_of(SETTINGS))


def all_rooms(classroom_ids: Sequence[int], choices: Choices | None = None) -> list[Room]:
    """Classes that a circular judges, in the order of the school; preschool groups are left out.

    What the province chose is read with them where the caller does not say it.
    """
    found = []
    wanted = SETTINGS if choices is None else ()
    rows = fetch(_ROOMS, [list(wanted), timezone.localdate(), list(classroom_ids)])
    for pk, name, level, grade, year, school, sheets, reviews, values in rows:
        if choices is None:
            choices = choices_of(province_values(SETTINGS, values or ()))
        rules = rules_of(level, grade, year, choices)
        if rules is not None:
            courses, own = _courses(orjson.loads(sheets), grade)
            states = {int(term): state for term, state in orjson.loads(reviews).items()}
            found.append(Room(pk, name, level, grade, year, school, rules, courses, own[0], own[1], states))
    return found


def _courses(
    sheets: Sequence[Sequence[Any]], grade: int
) -> tuple[tuple[Course, ...], tuple[tuple[int, int], tuple[int, int]]]:
    pairs: dict[str, list[int]] = {}
    about: dict[str, tuple[str, str, bool]] = {}
    own = {SheetKind.CONDUCT: [0, 0], SheetKind.TRAITS: [0, 0]}
    for pk, kind, term, subject, assessed_by, name, short in sheets:
        if kind == SheetKind.SUBJECT:
            pairs.setdefault(subject, [0, 0])[term - 1] = pk
            about[subject] = name, short, assessed_by == "marks"
        elif kind in own:
            own[kind][term - 1] = pk
    courses = [
        Course(subject, *about[subject], first, second, tested(grade, subject))
        for subject, (first, second) in pairs.items()
    ]
    courses.sort(key=lambda one: not one.is_scored)
    conduct, traits = own[SheetKind.CONDUCT], own[SheetKind.TRAITS]
    return tuple(courses), ((conduct[0], conduct[1]), (traits[0], traits[1]))


def all_pupils(classroom_ids: Sequence[int], enrolment_id: int = 0) -> dict[int, list[Pupil]]:
    """The pupils of classes in Vietnamese order, by class; with an enrolment, that pupil alone."""
    ids = list(classroom_ids)
    kept = all_kept(ids)
    found: dict[int, list[Pupil]] = {}
    for room, pk, person, name, status, has_plan, codes, traits, stored in fetch(
        _PUPILS, [ids, ids, enrolment_id, enrolment_id]
    ):
        found.setdefault(room, []).append(
            Pupil(
                pk,
                person,
                name,
                status,
                has_plan,
                codes,
                traits,
                _stored(stored) if stored else {},
                kept[room].of_pupil(pk) if room in kept else {},
            )
        )
    return found


def _stored(text: str) -> Mapping[int, Stored]:
    return {row[1]: Stored(row[0], row[1], row[2], tuple(row[3:12]), *row[12:]) for row in orjson.loads(text)}


def all_outcomes(enrolment_ids: Sequence[int]) -> dict[int, str]:
    """What approved year results say becomes of pupils, for the rollover: promote, complete or retain.

    Who still has a re-test, summer training, a supplement or the principal's decision before them is not promoted.
    """
    rows = Result.objects.filter(enrolment_id__in=list(enrolment_ids), term=YEAR, is_approved=True)
    found = {}
    for pk, outcome, level, grade, levels in rows.values_list(
        "enrolment_id", "outcome", "classroom__level", "classroom__grade", "school__levels"
    ):
        going = outcome in FINAL and outcome != Outcome.RETAINED
        found[pk] = default_outcome("studying", grade, level, tuple(levels)) if going else "retain"
    return found


def all_schools(unit_id: int, year_id: int) -> list[Unit]:
    """The schools at or below a unit that have sheets in a year."""
    top = Unit.objects.get(pk=unit_id)
    rows = Unit.objects.filter(path__startswith=top.path, kind=UnitKind.SCHOOL)
    return list(
        rows.filter(Exists(Sheet.objects.filter(school=OuterRef("pk"), year_id=year_id))).order_by("pk")
    )


def all_size(unit_id: int, year_id: int) -> tuple[int, int]:
    """How many schools and pupils a computing is about."""
    schools = [school.pk for school in all_schools(unit_id, year_id)]
    pupils = Enrolment.objects.filter(year_id=year_id, school_id__in=schools, status__in=JUDGED).count()
    return len(schools), pupils
