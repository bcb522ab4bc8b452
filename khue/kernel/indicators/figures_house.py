"""Figures of the house itself: units and their campuses."""

from __future__ import annotations

from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Dimension, Figures, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, is_one_of, true
from khue.kernel.indicators.fact_sql import OWNERSHIP, SCHOOL_LEVEL, copied
from khue.kernel.indicators.places import Spot, may
from khue.kernel.org.models import Level

UNITS: Final = copied(
    "indicators.units",
    "Trường và điểm trường",
    """
    year int16, unit_id int32, campus_id int32, place text, school_level text, has_preschool bool,
    has_primary bool, has_lower bool, has_upper bool, has_continuing bool, ownership text, region int16,
    is_main bool, is_site bool, has_internet bool
    """,
    # A school, and under it its campuses; a site is a campus, or a school that has none.
    f"""
select 0 as year, u.id as unit_id, c.id as campus_id, coalesce(c.kind, u.kind) as place, {SCHOOL_LEVEL} as school_level,
       'MN' = any(u.levels) as has_preschool, 'TH' = any(u.levels) as has_primary, 'THCS' = any(u.levels) as has_lower,
       'THPT' = any(u.levels) as has_upper, 'GDTX' = any(u.levels) as has_continuing, {OWNERSHIP} as ownership,
       u.region, coalesce(c.is_main, true) as is_main,
       c.id is not null or not exists (
           select from org_unit k where k.parent_id = u.id and k.kind = 'campus' and k.closed_on is null
       ) as is_site, coalesce(c.has_internet, u.has_internet) as has_internet
from org_unit u
left join lateral (
    select null::bigint as id, null::text as kind, null::bool as is_main, null::bool as has_internet
    union all
    select k.id, k.kind, k.is_main, k.has_internet from org_unit k
    where k.parent_id = u.id and k.kind = 'campus' and k.closed_on is null
) c on true
where u.kind = 'school' and u.closed_on is null
""",  # noqa: S608
    rows="khue.kernel.indicators.figures_house.unit_rows",
)


# --- words ----------------------------------------------------------------------------------------------------------
Words = dict[object, str | Promise]


def level_words() -> Words:
    """Levels of education."""
    return dict(Level.choices)


def school_level_words() -> Words:
    """What a school teaches, in one word."""
    return {**level_words(), "LC": _("Liên cấp")}


def grade_words() -> Words:
    """Grades; groups of preschool by age."""
    young: Words = {
        -6: _("3–12 tháng"), -5: _("13–24 tháng"), -4: _("25–36 tháng"), -3: _("3–4 tuổi"), -2: _("4–5 tuổi"),
        -1: _("5–6 tuổi"),
    }  # fmt: skip
    return {**young, **{grade: _("Khối %(grade)s") % {"grade": grade} for grade in range(1, 13)}}


def sex_words() -> Words:
    """Boys and girls."""
    return {1: _("Nam"), 2: _("Nữ"), 0: _("Chưa ghi")}


def minority_words() -> Words:
    """Ethnic minorities and the others."""
    return {True: _("Dân tộc thiểu số"), False: _("Dân tộc Kinh, khác")}


def ownership_words() -> Words:
    """Who owns a school."""
    return {"public": _("Công lập"), "private": _("Ngoài công lập")}


def region_words() -> Words:
    """Regions of TT 20/2023."""
    return {
        1: _("Vùng 1: miền núi, hải đảo, khó khăn"),
        2: _("Vùng 2: thị trấn, nông thôn"),
        3: _("Vùng 3: thành phố"),
    }


_HERE: Final = "khue.kernel.indicators.figures_house"
DIMENSIONS: Final = (
    Dimension("level", "Cấp học", f"{_HERE}.level_words"),
    Dimension("school_level", "Loại trường", f"{_HERE}.school_level_words"),
    Dimension("grade", "Khối", f"{_HERE}.grade_words"),
    Dimension("sex", "Giới tính", f"{_HERE}.sex_words"),
    Dimension("minority", "Dân tộc", f"{_HERE}.minority_words"),
    Dimension("ownership", "Loại hình", f"{_HERE}.ownership_words"),
    Dimension("region", "Vùng", f"{_HERE}.region_words"),
)


def unit_rows(actor: Actor, spot: Spot) -> str:
    """The units of a place."""
    return reverse("org:unit", args=[spot.unit.pk]) if may(actor, "org.view", spot) else ""


# --- indicators -----------------------------------------------------------------------------------------------------
_OF: Final = ("school_level", "ownership", "region")
_SCHOOLS: Final = Measure(UNITS.name, count, is_one_of("place", "school"))
_SITES: Final = Measure(UNITS.name, count, true("is_site"))
_GROUP: Final = "Trường, điểm trường"
_NETWORK: Final = "Danh mục trường của tỉnh"

INDICATORS: Final = (
    Indicator(
        name="indicators.schools", label="Trường", unit="trường", group=_GROUP, short="Trường",
        definition="Số trường đang hoạt động, công lập và ngoài công lập. Trường nhiều cấp đếm một lần; điểm trường "
        "không đếm.",
        formula="Đếm trường chưa giải thể", top=_SCHOOLS, source=_NETWORK, code="DP-01", dimensions=_OF,
    ),
    Indicator(
        name="indicators.preschools", label="Trường có cấp mầm non", unit="trường", group=_GROUP,
        short="Trường mầm non", definition="Số trường đang hoạt động có dạy trẻ mầm non.",
        formula="Đếm trường có cấp mầm non", code="DP-02", source=_NETWORK, dimensions=_OF, levels=("MN",),
        top=Measure(UNITS.name, count, both(is_one_of("place", "school"), true("has_preschool"))),
    ),
    Indicator(
        name="indicators.primary_schools", label="Trường có cấp tiểu học", unit="trường", group=_GROUP,
        short="Trường tiểu học", definition="Số trường đang hoạt động có dạy cấp tiểu học, kể cả trường liên cấp.",
        formula="Đếm trường có cấp tiểu học", code="2101", source="TT 03/2024/TT-BGDĐT", dimensions=_OF, levels=("TH",),
        top=Measure(UNITS.name, count, both(is_one_of("place", "school"), true("has_primary"))),
    ),
    Indicator(
        name="indicators.lower_schools", label="Trường có cấp THCS", unit="trường", group=_GROUP, short="Trường THCS",
        definition="Số trường đang hoạt động có dạy cấp trung học cơ sở, kể cả trường liên cấp.",
        formula="Đếm trường có cấp THCS", code="DP-03", source=_NETWORK, dimensions=_OF, levels=("THCS",),
        top=Measure(UNITS.name, count, both(is_one_of("place", "school"), true("has_lower"))),
    ),
    Indicator(
        name="indicators.upper_schools", label="Trường có cấp THPT", unit="trường", group=_GROUP, short="Trường THPT",
        definition="Số trường đang hoạt động có dạy cấp trung học phổ thông, kể cả trường liên cấp.",
        formula="Đếm trường có cấp THPT", code="DP-04", source=_NETWORK, dimensions=_OF, levels=("THPT",),
        top=Measure(UNITS.name, count, both(is_one_of("place", "school"), true("has_upper"))),
    ),
    Indicator(
        name="indicators.private_schools", label="Tỷ lệ trường ngoài công lập", unit="%", group=_GROUP, decimals=1,
        short="Ngoài công lập", scale=100, code="DP-05", source=_NETWORK, dimensions=("school_level", "region"),
        definition="Trong các trường đang hoạt động, bao nhiêu phần trăm là trường dân lập, tư thục.",
        formula="Số trường ngoài công lập ÷ số trường × 100",
        top=Measure(UNITS.name, count, both(is_one_of("place", "school"), is_one_of("ownership", "private"))),
        bottom=_SCHOOLS,
    ),
    Indicator(
        name="indicators.sites", label="Điểm trường", unit="điểm trường", group=_GROUP, short="Điểm trường",
        code="DP-06",
        definition="Số nơi có lớp học: điểm chính và các điểm lẻ. Trường chỉ có một nơi được đếm là một điểm.",
        formula="Số điểm trường + số trường không chia điểm", top=_SITES, source=_NETWORK, dimensions=_OF,
    ),
    Indicator(
        name="indicators.satellites", label="Điểm trường lẻ", unit="điểm trường", group=_GROUP, short="Điểm lẻ",
        code="DP-07",
        definition="Số điểm trường ngoài điểm chính, thường ở thôn, bản xa.",
        formula="Đếm điểm trường không phải điểm chính", source=_NETWORK, dimensions=_OF,
        top=Measure(UNITS.name, count, both(is_one_of("place", "campus"), false("is_main"))),
    ),
    Indicator(
        name="indicators.internet", label="Tỷ lệ điểm trường có internet", unit="%", group="Hạ tầng", scale=100,
        decimals=1, short="Có internet", code="DP-08", source=_NETWORK, direction="up", target=100, amber=99, red=90,
        definition="Trong các nơi có lớp học, bao nhiêu phần trăm đã có đường truyền internet.",
        formula="Số điểm trường có internet ÷ số điểm trường × 100", dimensions=_OF, bottom=_SITES,
        top=Measure(UNITS.name, count, both(true("is_site"), true("has_internet"))),
    ),
    Indicator(
        name="indicators.no_internet", label="Điểm trường chưa có internet", unit="điểm trường", group="Hạ tầng",
        short="Chưa có internet", code="DP-09", source=_NETWORK, direction="down", target=0, amber=1, red=10,
        definition="Số nơi có lớp học chưa có đường truyền internet: vào điểm ngoại tuyến rồi gửi sau.",
        formula="Đếm điểm trường không có internet", dimensions=_OF,
        top=Measure(UNITS.name, count, both(true("is_site"), false("has_internet"))),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=(UNITS,), dimensions=DIMENSIONS, indicators=INDICATORS)
