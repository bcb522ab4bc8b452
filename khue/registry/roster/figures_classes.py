"""Indicators over classes, their size, and the teachers they ask for."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, from_, is_one_of, total, true
from khue.registry.roster.facts import CLASSES, NORMS
from khue.registry.roster.figures_pupils import PUPILS
from khue.registry.staff.facts import STAFF

_GROUP: Final = "Lớp và sĩ số"
_POSTS: Final = "Định mức giáo viên"
_SIZE: Final = "Điều lệ trường học; TT 52/2020, TT 28/2020, TT 32/2020/TT-BGDĐT"
_NORM: Final = "TT 20/2023/TT-BGDĐT"
_TT03: Final = "TT 03/2024/TT-BGDĐT"
_BY: Final = ("level", "grade", "ownership", "region", "school_level")
_OF_LEVEL: Final = ("grade", "ownership", "region", "school_level")
_OF: Final = ("ownership", "region", "school_level")
_USED: Final = from_("pupils", 1)  # a class without pupils is not counted yet
ROOMS: Final = Measure(CLASSES.name, count, _USED)
_TEACHERS: Final = Measure(STAFF.name, count, is_one_of("duty", "teacher"))


def _of(level: str) -> Measure:
    return Measure(CLASSES.name, count, both(_USED, is_one_of("level", level)))


def _pupils_of(level: str) -> Measure:
    return Measure(CLASSES.name, total("pupils"), is_one_of("level", level))


def _size(name: str, words: str, short: str, level: str, code: str, amber: float, red: float) -> Indicator:
    return Indicator(
        name=name, label=f"Sĩ số bình quân lớp {words}", unit="học sinh/lớp", group=_GROUP, decimals=1, short=short,
        definition=f"Một lớp {words} có bao nhiêu học sinh, tính bình quân các lớp đang có học sinh.",
        formula=f"Số học sinh của các lớp {words} ÷ số lớp {words}", code=code, source=_SIZE, direction="down",
        amber=amber, red=red, levels=(level,), dimensions=_OF_LEVEL, top=_pupils_of(level), bottom=_of(level),
    )  # fmt: skip


INDICATORS: Final = (
    Indicator(
        name="roster.classes", label="Lớp, nhóm trẻ", unit="lớp", group=_GROUP, short="Lớp", code="DP-40",
        definition="Số lớp và nhóm trẻ đang có học sinh. Lớp mới lập chưa có em nào thì chưa đếm; lớp ghép đếm từng "
        "lớp.",
        formula="Đếm lớp có ít nhất một học sinh", source=_TT03, dimensions=_BY, top=ROOMS,
    ),
    Indicator(
        name="roster.nursery_groups", label="Nhóm trẻ nhà trẻ", unit="nhóm", group=_GROUP, short="Nhóm trẻ",
        definition="Số nhóm trẻ từ 3 đến 36 tháng đang có trẻ.", formula="Đếm nhóm trẻ có trẻ", code="1102",
        source=_TT03, levels=("MN",), dimensions=_OF_LEVEL,
        top=Measure(CLASSES.name, count, both(_USED, is_one_of("part", "NT"))),
    ),
    Indicator(
        name="roster.kindergarten_classes", label="Lớp mẫu giáo", unit="lớp", group=_GROUP, short="Lớp mẫu giáo",
        definition="Số lớp mẫu giáo từ 3 đến 6 tuổi đang có trẻ.", formula="Đếm lớp mẫu giáo có trẻ", code="1202",
        source=_TT03, levels=("MN",), dimensions=_OF_LEVEL,
        top=Measure(CLASSES.name, count, both(_USED, is_one_of("part", "MG"))),
    ),
    Indicator(
        name="roster.primary_classes", label="Lớp tiểu học", unit="lớp", group=_GROUP, short="Lớp tiểu học",
        definition="Số lớp từ khối 1 đến khối 5 đang có học sinh.", formula="Đếm lớp tiểu học có học sinh",
        code="2102", source=_TT03, levels=("TH",), dimensions=_OF_LEVEL, top=_of("TH"),
    ),
    Indicator(
        name="roster.lower_classes", label="Lớp THCS", unit="lớp", group=_GROUP, short="Lớp THCS", code="DP-41",
        definition="Số lớp từ khối 6 đến khối 9 đang có học sinh.", formula="Đếm lớp THCS có học sinh", source=_TT03,
        levels=("THCS",), dimensions=_OF_LEVEL, top=_of("THCS"),
    ),
    Indicator(
        name="roster.upper_classes", label="Lớp THPT", unit="lớp", group=_GROUP, short="Lớp THPT", code="DP-42",
        definition="Số lớp từ khối 10 đến khối 12 của trường THPT đang có học sinh.",
        formula="Đếm lớp THPT có học sinh", source=_TT03, levels=("THPT",), dimensions=_OF_LEVEL, top=_of("THPT"),
    ),
    Indicator(
        name="roster.class_size", label="Sĩ số bình quân một lớp", unit="học sinh/lớp", group=_GROUP, decimals=1,
        short="Học sinh một lớp", code="DP-43", source=_SIZE, dimensions=_BY,
        definition="Một lớp có bao nhiêu học sinh, tính bình quân các lớp đang có học sinh ở mọi cấp.",
        formula="Số học sinh đã xếp lớp ÷ số lớp", top=Measure(CLASSES.name, total("pupils")), bottom=ROOMS,
    ),
    _size("roster.size_preschool", "mầm non", "Sĩ số mầm non", "MN", "DP-44", 30, 35),
    _size("roster.size_primary", "tiểu học", "Sĩ số tiểu học", "TH", "DP-45", 33, 35),
    _size("roster.size_lower", "THCS", "Sĩ số THCS", "THCS", "DP-46", 42, 45),
    _size("roster.size_upper", "THPT", "Sĩ số THPT", "THPT", "DP-47", 42, 45),
    Indicator(
        name="roster.over_size", label="Lớp quá sĩ số", unit="lớp", group=_GROUP, short="Lớp quá sĩ số", code="DP-48",
        definition="Số lớp có nhiều học sinh hơn mức của điều lệ: tiểu học 35, THCS và THPT 45 (tỉnh có thể đặt thấp "
        "hơn), mẫu giáo 25 đến 35 theo tuổi, nhóm trẻ 15 đến 25, lớp chuyên 35.",
        formula="Đếm lớp có sĩ số lớn hơn mức", source=_SIZE, direction="down", target=0, amber=1, red=20,
        dimensions=_BY, top=Measure(CLASSES.name, count, is_one_of("fill", "over")),
    ),
    Indicator(
        name="roster.over_size_rate", label="Tỷ lệ lớp quá sĩ số", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Tỷ lệ quá sĩ số", code="DP-49", source=_SIZE, direction="down", target=0, amber=5, red=15,
        definition="Trong các lớp đang có học sinh, bao nhiêu phần trăm quá mức sĩ số.",
        formula="Số lớp quá sĩ số ÷ số lớp × 100", dimensions=_BY, bottom=ROOMS,
        top=Measure(CLASSES.name, count, is_one_of("fill", "over")),
    ),
    Indicator(
        name="roster.near_full", label="Lớp sắp đủ sĩ số", unit="lớp", group=_GROUP, short="Lớp sắp đủ", code="DP-50",
        definition="Số lớp chưa quá mức nhưng chỉ còn nhiều nhất hai chỗ.", source=_SIZE, dimensions=_BY,
        formula="Đếm lớp còn từ 0 đến 2 chỗ", top=Measure(CLASSES.name, count, is_one_of("fill", "near")),
    ),
    Indicator(
        name="roster.in_over_size", label="Tỷ lệ học sinh ở lớp quá sĩ số", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Học lớp quá sĩ số", code="DP-51", source=_SIZE, direction="down", target=0, amber=5, red=15,
        definition="Trong số học sinh đã xếp lớp, bao nhiêu phần trăm đang ngồi ở lớp quá mức sĩ số.",
        formula="Số học sinh của các lớp quá sĩ số ÷ số học sinh đã xếp lớp × 100", dimensions=_BY,
        top=Measure(CLASSES.name, total("pupils"), is_one_of("fill", "over")),
        bottom=Measure(CLASSES.name, total("pupils")),
    ),
    Indicator(
        name="roster.two_sessions", label="Tỷ lệ học sinh tiểu học học 2 buổi/ngày", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Học 2 buổi/ngày", code="DP-52", source="Chương trình GDPT 2018 (TT 32/2018/TT-BGDĐT)",
        direction="up", target=100, amber=98, red=90, levels=("TH",), dimensions=_OF_LEVEL,
        definition="Trong số học sinh tiểu học đã xếp lớp, bao nhiêu phần trăm ở lớp học từ 9 buổi một tuần.",
        formula="Số học sinh tiểu học ở lớp học 2 buổi/ngày ÷ số học sinh tiểu học × 100",
        top=Measure(CLASSES.name, total("pupils"), both(is_one_of("level", "TH"), true("two_sessions"))),
        bottom=_pupils_of("TH"),
    ),
    Indicator(
        name="roster.combined_classes", label="Lớp ghép", unit="lớp", group=_GROUP, short="Lớp ghép", code="DP-53",
        definition="Số lớp học chung một phòng, một giáo viên với lớp khối khác, thường ở điểm trường lẻ.",
        formula="Đếm lớp có học sinh được ghép với lớp khác", source=_SIZE, dimensions=_BY,
        top=Measure(CLASSES.name, count, both(_USED, true("is_combined"))),
    ),
    Indicator(
        name="roster.no_homeroom", label="Lớp chưa có chủ nhiệm", unit="lớp", group=_GROUP, short="Chưa có chủ nhiệm",
        definition="Số lớp đang có học sinh mà hôm nay không có giáo viên chủ nhiệm.", code="DP-54",
        formula="Đếm lớp không có chủ nhiệm", source="Điều lệ trường học (TT 15/2026/TT-BGDĐT)", direction="down",
        target=0, amber=1, red=10, dimensions=_BY,
        top=Measure(CLASSES.name, count, both(_USED, false("has_homeroom"))),
    ),
    Indicator(
        name="roster.empty_classes", label="Lớp chưa có học sinh", unit="lớp", group=_GROUP, short="Lớp trống",
        definition="Số lớp đã lập mà chưa có học sinh nào, thường là lớp lập thừa.", formula="Đếm lớp có sĩ số 0",
        code="DP-55", source="Chuẩn dữ liệu của tỉnh", direction="down", target=0, amber=1, red=20, dimensions=_BY,
        top=Measure(CLASSES.name, count, is_one_of("fill", "empty")),
    ),
    Indicator(
        name="roster.pupils_per_teacher", label="Số học sinh bình quân một giáo viên", unit="học sinh/giáo viên",
        group=_POSTS, decimals=1, short="Học sinh/giáo viên", code="DP-56", source=_TT03, direction="down",
        definition="Một giáo viên đứng lớp ứng với bao nhiêu học sinh, không tính cán bộ quản lý.",
        formula="Số học sinh ÷ số giáo viên", dimensions=_OF, top=PUPILS, bottom=_TEACHERS,
    ),
    Indicator(
        name="roster.teachers_per_class", label="Số giáo viên bình quân một lớp", unit="giáo viên/lớp", group=_POSTS,
        decimals=2, short="Giáo viên/lớp", code="DP-57", source=_NORM, direction="up", dimensions=_OF,
        definition="Một lớp ứng với bao nhiêu giáo viên. So với định mức: nhà trẻ 2,5; mẫu giáo 2,2; tiểu học 1,5; "
        "THCS 1,9; THPT 2,25.",
        formula="Số giáo viên ÷ số lớp", top=_TEACHERS, bottom=ROOMS,
    ),
    Indicator(
        name="roster.teachers_due", label="Giáo viên theo định mức", unit="giáo viên", group=_POSTS,
        short="Theo định mức", code="DP-58", source=_NORM, dimensions=_OF,
        definition="Số giáo viên mà các lớp đang có cần theo định mức, làm tròn theo từng trường và cấp học. Chưa có "
        "định mức cho giáo dục thường xuyên.",
        formula="Số lớp × định mức giáo viên một lớp", top=Measure(NORMS.name, total("due")),
    ),
    Indicator(
        name="roster.teachers_missing", label="Giáo viên còn thiếu", unit="giáo viên", group=_POSTS,
        short="Thiếu giáo viên", code="DP-59", source=_NORM, direction="down", target=0, amber=1, red=200,
        definition="Cộng số giáo viên còn thiếu của từng trường so với định mức. Trường thừa không bù cho trường "
        "thiếu.",
        formula="Tổng (định mức − số giáo viên) của các trường thiếu", dimensions=_OF,
        top=Measure(NORMS.name, total("missing")),
    ),
    Indicator(
        name="roster.teachers_spare", label="Giáo viên nhiều hơn định mức", unit="giáo viên", group=_POSTS,
        short="Thừa giáo viên", code="DP-60", source=_NORM, dimensions=_OF,
        definition="Cộng số giáo viên nhiều hơn định mức của từng trường.",
        formula="Tổng (số giáo viên − định mức) của các trường thừa", top=Measure(NORMS.name, total("spare")),
    ),
    Indicator(
        name="roster.missing_rate", label="Tỷ lệ thiếu giáo viên so với định mức", unit="%", group=_POSTS, scale=100,
        decimals=1, short="Tỷ lệ thiếu", code="DP-61", source=_NORM, direction="down", target=0, amber=5, red=10,
        definition="Số giáo viên còn thiếu bằng bao nhiêu phần trăm số giáo viên theo định mức.",
        formula="Giáo viên còn thiếu ÷ giáo viên theo định mức × 100", dimensions=_OF,
        top=Measure(NORMS.name, total("missing")), bottom=Measure(NORMS.name, total("due")),
    ),
    Indicator(
        name="roster.schools_short", label="Trường thiếu giáo viên", unit="trường", group=_POSTS,
        short="Trường thiếu GV", code="DP-62", source=_NORM, direction="down", target=0, amber=1, red=50,
        definition="Số trường có ít giáo viên hơn định mức.", formula="Đếm trường có số giáo viên nhỏ hơn định mức",
        dimensions=_OF, top=Measure(NORMS.name, count, from_("missing", 1)),
    ),
)  # fmt: skip
