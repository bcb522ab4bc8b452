"""Indicators over pupils as they are today."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Indicator, Measure
from khue.kernel.indicators.expressions import both, count, is_one_of, true
from khue.registry.roster.facts import ENROLMENTS

_SENSITIVE: Final = {"rows": "roster.view_sensitive"}  # small numbers are shown to who sees such records only
_GROUP: Final = "Học sinh"
_IS: Final = true("is_pupil")
_TT03, _CHARTER = "TT 03/2024/TT-BGDĐT", "Điều lệ trường học (TT 15/2026/TT-BGDĐT)"
_BY: Final = ("level", "grade", "sex", "minority", "ownership", "region", "school_level")
_OF_LEVEL: Final = ("grade", "sex", "minority", "ownership", "region", "school_level")
PUPILS: Final = Measure(ENROLMENTS.name, count, _IS)
_AGED: Final = Measure(
    ENROLMENTS.name, count, both(_IS, is_one_of("age_fit", "right", "late", "far", "early"))
)

INDICATORS: Final = (
    Indicator(
        name="roster.pupils", label="Học sinh", unit="học sinh", group=_GROUP, short="Học sinh", code="DP-10",
        definition="Số trẻ và học sinh đang học ở mọi cấp, kể cả em đang tạm dừng học vì kỷ luật. Không đếm em bảo "
        "lưu, chuyển đi, bỏ học, đã hoàn thành cấp học.",
        formula="Đếm học sinh đang học", top=PUPILS, source=_TT03,
        dimensions=(*_BY, "age_fit"),
    ),
    Indicator(
        name="roster.nursery_children", label="Trẻ nhà trẻ", unit="trẻ", group=_GROUP, short="Trẻ nhà trẻ",
        definition="Số trẻ từ 3 đến 36 tháng đang học ở các nhóm trẻ.", formula="Đếm trẻ đang học ở nhóm trẻ",
        code="1105", source=_TT03, dimensions=_OF_LEVEL, levels=("MN",),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("level", "MN"), is_one_of("grade", -6, -5, -4))),
    ),
    Indicator(
        name="roster.kindergarten_children", label="Trẻ mẫu giáo", unit="trẻ", group=_GROUP, short="Trẻ mẫu giáo",
        definition="Số trẻ từ 3 đến 6 tuổi đang học ở các lớp mẫu giáo.", formula="Đếm trẻ đang học ở lớp mẫu giáo",
        code="1205", source=_TT03, dimensions=_OF_LEVEL, levels=("MN",),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("level", "MN"), is_one_of("grade", -3, -2, -1, 0))),
    ),
    Indicator(
        name="roster.primary_pupils", label="Học sinh tiểu học", unit="học sinh", group=_GROUP,
        short="Học sinh tiểu học", definition="Số học sinh đang học ở khối 1 đến khối 5.",
        formula="Đếm học sinh đang học cấp tiểu học", code="2105", source=_TT03, dimensions=_OF_LEVEL, levels=("TH",),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("level", "TH"))),
    ),
    Indicator(
        name="roster.lower_pupils", label="Học sinh THCS", unit="học sinh", group=_GROUP, short="Học sinh THCS",
        definition="Số học sinh đang học ở khối 6 đến khối 9, không kể học viên giáo dục thường xuyên.",
        formula="Đếm học sinh đang học cấp THCS", code="DP-11", source=_TT03, dimensions=_OF_LEVEL, levels=("THCS",),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("level", "THCS"))),
    ),
    Indicator(
        name="roster.upper_pupils", label="Học sinh THPT", unit="học sinh", group=_GROUP, short="Học sinh THPT",
        definition="Số học sinh đang học ở khối 10 đến khối 12, không kể học viên giáo dục thường xuyên.",
        formula="Đếm học sinh đang học cấp THPT", code="DP-12", source=_TT03, dimensions=_OF_LEVEL, levels=("THPT",),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("level", "THPT"))),
    ),
    Indicator(
        name="roster.continuing_learners", label="Học viên giáo dục thường xuyên", unit="học viên", group=_GROUP,
        short="Học viên GDTX", definition="Số học viên đang học chương trình giáo dục thường xuyên.",
        formula="Đếm học viên đang học", code="DP-13", source=_TT03, dimensions=_OF_LEVEL, levels=("GDTX",),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("level", "GDTX"))),
    ),
    Indicator(
        name="roster.entrants", label="Học sinh vào đầu cấp", unit="học sinh", group=_GROUP, short="Vào đầu cấp",
        definition="Số học sinh đang học khối 1, khối 6, khối 10 mà không phải học lại khối đó.",
        formula="Đếm học sinh khối 1, 6, 10 trừ em học lại", code="DP-14", source=_CHARTER, dimensions=_BY,
        top=Measure(ENROLMENTS.name, count, both(_IS, true("is_entrant"))),
    ),
    Indicator(
        name="roster.girls", label="Tỷ lệ học sinh nữ", unit="%", group=_GROUP, short="Học sinh nữ", scale=100,
        decimals=1, definition="Trong số học sinh đang học, bao nhiêu phần trăm là nữ.",
        formula="Số học sinh nữ ÷ số học sinh × 100", code="DP-15", source=_TT03,
        dimensions=("level", "grade", "minority", "ownership", "region", "school_level"),
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("sex", 2))), bottom=PUPILS,
    ),
    Indicator(
        name="roster.minority", label="Tỷ lệ học sinh dân tộc thiểu số", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Dân tộc thiểu số", definition="Trong số học sinh đang học, bao nhiêu phần trăm là người dân tộc thiểu "
        "số. Em chưa ghi dân tộc và em là người nước ngoài không tính là thiểu số.",
        formula="Số học sinh dân tộc thiểu số ÷ số học sinh × 100", code="DP-16", source=_TT03, about_children=True,
        dimensions=("level", "grade", "sex", "ownership", "region", "school_level"),
        top=Measure(ENROLMENTS.name, count, both(_IS, true("minority"))), bottom=PUPILS,
    ),
    Indicator(
        name="roster.disabled", label="Học sinh khuyết tật học hòa nhập", unit="học sinh", group=_GROUP,
        short="Khuyết tật hòa nhập", definition="Số học sinh đang học có ghi loại khuyết tật trong hồ sơ.",
        formula="Đếm học sinh có ghi khuyết tật", code="DP-17", source="TT 03/2018/TT-BGDĐT", about_children=True,
        more=_SENSITIVE,
        dimensions=_BY, top=Measure(ENROLMENTS.name, count, both(_IS, true("has_disability"))),
    ),
    Indicator(
        name="roster.plans", label="Tỷ lệ học sinh khuyết tật có kế hoạch cá nhân", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Có kế hoạch cá nhân", code="DP-18", source="TT 03/2018/TT-BGDĐT", direction="up",
        target=100, amber=95, red=80, about_children=True, more=_SENSITIVE, dimensions=_BY,
        definition="Trong số học sinh khuyết tật đang học, bao nhiêu phần trăm đã có kế hoạch giáo dục cá nhân.",
        formula="Số em có kế hoạch giáo dục cá nhân ÷ số em khuyết tật × 100",
        top=Measure(ENROLMENTS.name, count, both(_IS, true("has_disability"), true("has_plan"))),
        bottom=Measure(ENROLMENTS.name, count, both(_IS, true("has_disability"))),
    ),
    Indicator(
        name="roster.right_age", label="Tỷ lệ học sinh đúng độ tuổi", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Đúng độ tuổi", direction="up", target=98, amber=95, red=90, code="DP-19", source=_CHARTER,
        definition="Trong số học sinh phổ thông đã có ngày sinh, bao nhiêu phần trăm có năm sinh đúng với khối đang "
        "học: 6 tuổi ở khối 1, 11 tuổi ở khối 6, 15 tuổi ở khối 10. Không xét mầm non và giáo dục thường xuyên.",
        formula="Số em đúng tuổi của khối ÷ số em có ngày sinh × 100", dimensions=_BY, about_children=True,
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("age_fit", "right"))), bottom=_AGED,
    ),
    Indicator(
        name="roster.over_age", label="Tỷ lệ học sinh hơn tuổi", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Hơn tuổi", direction="down", target=1, amber=3, red=6, code="DP-20", source=_CHARTER,
        definition="Trong số học sinh phổ thông đã có ngày sinh, bao nhiêu phần trăm nhiều tuổi hơn tuổi của khối.",
        formula="Số em hơn tuổi ÷ số em có ngày sinh × 100", dimensions=_BY, about_children=True,
        top=Measure(ENROLMENTS.name, count, both(_IS, is_one_of("age_fit", "late", "far"))), bottom=_AGED,
    ),
    Indicator(
        name="roster.repeating", label="Tỷ lệ học sinh đang học lại lớp", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Đang học lại", direction="down", target=0.5, amber=1, red=2, code="DP-21", source=_CHARTER,
        definition="Trong số học sinh đang học, bao nhiêu phần trăm học lại khối của năm trước.",
        formula="Số em học lại ÷ số học sinh × 100", about_children=True, dimensions=_BY,
        top=Measure(ENROLMENTS.name, count, both(_IS, true("is_repeat"))), bottom=PUPILS,
    ),
)  # fmt: skip
