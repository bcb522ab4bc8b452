"""Figures of consent slips and surveys: what is copied and counted, and where the rows are shown."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from khue.citizen.surveys.queries.audience import SLIP_FITS
from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Figures, Indicator, Measure
from khue.kernel.indicators.expressions import total
from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, copied
from khue.kernel.indicators.places import Spot, may
from khue.registry.calendar.spans import SPANS

_GROUP: Final = "Phụ huynh"
_LAW: Final = "Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15"
_OF: Final = ("ownership", "region", "school_level")
_SCHOOL: Final = f"{OWNERSHIP} as ownership, u.region, {SCHOOL_LEVEL} as school_level"

# What the slips of the running year ask of the pupils of a school, and what was answered.
SLIPS: Final = copied(
    "surveys.slips",
    "Phiếu đồng ý",
    """
    year int16, unit_id int32, asked int32, answered int32, withdrawn int32, ownership text, region int16,
    school_level text
    """,
    f"""
select y.id as year, u.id as unit_id, a.asked, a.answered, a.withdrawn, {_SCHOOL}
from (
    select e.school_id, e.year_id, count(*)::int as asked, count(d.last)::int as answered,
           (count(*) filter (where d.withdrawn))::int as withdrawn
    from surveys_slip s join roster_enrolment e on {SLIP_FITS}
    left join lateral (
        select max(d.id) as last, bool_or(d.answer = 'withdrawn') as withdrawn from surveys_decision d
        where d.slip_id = s.id and d.enrolment_id = e.id
    ) d on true
    where s.state <> 'draft' group by 1, 2
) a join org_unit u on u.id = a.school_id join {SPANS} y on y.id = a.year_id and not y.is_over
""",  # noqa: S608 (our own SQL)
    rows="khue.citizen.surveys.figures.slip_rows",
)
# What surveys for guardians asked at a school, and how many sheets came.
SHEETS: Final = copied(
    "surveys.sheets",
    "Phiếu hỏi phụ huynh",
    """
    year int16, unit_id int32, asked int32, answered int32, ownership text, region int16, school_level text
    """,
    f"""
select y.id as year, u.id as unit_id, sum(t.asked)::int as asked, sum(r.n)::int as answered, {_SCHOOL}
from surveys_turnout t join surveys_survey s on s.id = t.survey_id and s.audience in ('child', 'family')
join org_unit u on u.id = t.unit_id
join {SPANS} y on not y.is_over and s.opens_on >= y.begins_on
cross join lateral (
    select count(*)::int as n from surveys_receipt r where r.survey_id = s.id and r.unit_id = t.unit_id
) r
group by y.id, u.id
""",  # noqa: S608
    rows="khue.citizen.surveys.figures.sheet_rows",
)

INDICATORS: Final = (
    Indicator(
        name="surveys.slips_answered", label="Tỷ lệ phiếu đồng ý đã trả lời", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Phiếu đồng ý trả lời", code="DP-250", source=_LAW,
        definition="Trong số lượt học sinh được xin ý kiến bằng phiếu đồng ý của năm học đang chạy, bao nhiêu phần "
        "trăm có người trả lời, đồng ý hoặc không.",
        formula="Số lượt đã trả lời ÷ số lượt được hỏi × 100", direction="up", target=95, amber=80, red=50,
        dimensions=_OF, top=Measure(SLIPS.name, total("answered")), bottom=Measure(SLIPS.name, total("asked")),
    ),
    Indicator(
        name="surveys.withdrawn", label="Lượt rút đồng ý", unit="lượt", group=_GROUP, short="Lượt rút đồng ý",
        code="DP-251", source=_LAW,
        definition="Số lượt học sinh mà phụ huynh hoặc chính em đã rút lời đồng ý trên phiếu của năm học đang chạy.",
        formula="Đếm lượt học sinh có lời rút đồng ý", dimensions=_OF, about_children=True,
        top=Measure(SLIPS.name, total("withdrawn")),
    ),
    Indicator(
        name="surveys.families_answered", label="Tỷ lệ phụ huynh trả lời phiếu hỏi", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Phụ huynh trả lời", code="DP-252", source="Quy định sử dụng của tỉnh",
        definition="Trong số phiếu hỏi gửi phụ huynh trong năm học đang chạy, bao nhiêu phần trăm có trả lời.",
        formula="Số phiếu đã trả lời ÷ số phiếu được hỏi × 100", direction="up", target=70, amber=50, red=25,
        dimensions=_OF, top=Measure(SHEETS.name, total("answered")), bottom=Measure(SHEETS.name, total("asked")),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=(SLIPS, SHEETS), indicators=INDICATORS)


# --- the pages with the rows ------------------------------------------------------------------------------------------
def slip_rows(actor: Actor, spot: Spot) -> str:
    """The slips of the school."""
    is_own = spot.unit.is_school and may(actor, "surveys.view_consents", Spot(spot.unit))
    return reverse("surveys:slips") if is_own else ""


def sheet_rows(actor: Actor, spot: Spot) -> str:
    """The surveys of the school."""
    is_own = spot.unit.is_school and may(actor, "surveys.manage_surveys", Spot(spot.unit))
    return reverse("surveys:surveys") if is_own and actor.unit_id == spot.unit.pk else ""
