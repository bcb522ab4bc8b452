"""What is counted of report cards: the columnar copies (khue.kernel.indicators.declare)."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, copied, touched
from khue.registry.roster.facts import ENROLMENTS_CHANGED
from khue.school.report_cards.counting import PUPILS, STANDS

_CHANGED: Final = f"""
{ENROLMENTS_CHANGED}
union select c.enrolment_id from {touched("report_cards.card")} t join report_cards_card c on c.id = t.id
union select c.enrolment_id from report_cards_card c where greatest(
    c.composed_at, c.issued_at, c.submitted_at, c.decided_at) >= %(since)s::timestamptz
"""  # noqa: S608 (our own SQL)

# A pupil's year and the card that stands for it, 'none' before it is composed. A year counts from its first card on.
_CARDS: Final = f"""
select e.year_id as year, e.school_id as unit_id, e.campus_id, e.classroom_id as class_id, e.id as enrolment_id,
       e.level, e.grade, coalesce(c.state, 'none') as card_state, c.issued_at is not null as is_issued,
       coalesce(c.is_test, false) as is_test, coalesce(cardinality(c.problems) > 0, false) as has_problems,
       {OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level
from roster_enrolment e join org_unit u on u.id = e.school_id
left join report_cards_card c on c.enrolment_id = e.id and {STANDS}
where {PUPILS}
"""  # noqa: S608

CARDS: Final = copied(
    "report_cards.cards",
    "Học bạ",
    """
    year int16, unit_id int32, campus_id int32, class_id int32, enrolment_id int32, level text, grade int16,
    card_state text, is_issued bool, is_test bool, has_problems bool, ownership text, region int16, school_level text
    """,
    f"{_CARDS} and exists (select from report_cards_card o where o.year_id = e.year_id)",
    key="enrolment_id",
    changed=_CHANGED,
    rows="khue.school.report_cards.figures.card_rows",
)

# Last year's cards under this year, for its work is done in this one: a line for each class and state.
LAST_YEAR: Final = copied(
    "report_cards.last_year",
    "Học bạ năm học trước",
    """
    year int16, unit_id int32, campus_id int32, level text, grade int16, card_state text, is_issued bool, pupils int32,
    ownership text, region int16, school_level text
    """,
    f"""
select l.year + 1 as year, l.unit_id, l.campus_id, l.level, l.grade, l.card_state, l.is_issued, count(*)::int as pupils,
       l.ownership, l.region, l.school_level
from ({_CARDS} and exists (select from report_cards_card o where o.year_id = e.year_id)
      and exists (select from calendar_school_year n where n.id = e.year_id + 1)) l
group by 1, 2, 3, 4, 5, 6, 7, 9, 10, 11
""",  # noqa: S608
    rows="khue.school.report_cards.figures.card_rows",
)

CORRECTIONS: Final = copied(
    "report_cards.corrections",
    "Đề nghị sửa học bạ",
    "year int16, unit_id int32, class_id int32, level text, grade int16, state text",
    """
select c.year_id as year, c.school_id as unit_id, c.classroom_id as class_id, c.level, c.grade, r.state
from report_cards_correction r join report_cards_card c on c.id = r.card_id
""",
    rows="khue.school.report_cards.figures.correction_rows",
)

FACTS: Final = (CARDS, LAST_YEAR, CORRECTIONS)
