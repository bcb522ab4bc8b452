"""Indicators over who comes and goes within the year; shares stand against the pupils at its beginning."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Indicator, Measure
from khue.kernel.indicators.expressions import both, count, is_one_of, true
from khue.registry.roster.facts import ENROLMENTS, EVENTS, LEAVERS, TRANSFERS

_GROUP: Final = "Biến động học sinh"
_TRANSFER: Final = "TT 15/2026/TT-BGDĐT (chuyển trường)"
_RATE: Final = "TT 03/2024/TT-BGDĐT; cách tính của thống kê ngành"
_BY: Final = ("level", "grade", "sex", "minority", "ownership", "region", "school_level")
_MOVES: Final = ("level", "grade", "sex", "minority", "month", "ownership", "region", "school_level")
AT_START: Final = Measure(ENROLMENTS.name, count, true("at_start"))
JUDGED: Final = Measure(
    ENROLMENTS.name, count, both(true("at_start"), true("is_taught"))
)  # lessons have ended
_DROPPED: Final = both(is_one_of("left_as", "dropped"), true("left_later"))


def _events(*kinds: str) -> Measure:
    return Measure(EVENTS.name, count, is_one_of("movement", *kinds))


INDICATORS: Final = (
    Indicator(
        name="roster.at_start", label="Học sinh đầu năm học", unit="học sinh", group=_GROUP, short="Học sinh đầu năm",
        definition="Số học sinh có trong danh sách vào ngày đầu tiên của học kì I. Đây là mẫu số của tỷ lệ bỏ học và "
        "lưu ban; em chuyển đến, tiếp nhận sau ngày đó không tính vào.",
        formula="Đếm em vào học từ ngày đầu học kì I trở về trước và chưa rời trường", code="DP-22", source=_RATE,
        top=AT_START, dimensions=_BY,
    ),
    Indicator(
        name="roster.came_later", label="Học sinh vào sau đầu năm", unit="học sinh", group=_GROUP, short="Vào sau",
        definition="Số học sinh chuyển đến hoặc được tiếp nhận sau ngày đầu học kì I, tính cả em sau đó đã đi.",
        formula="Đếm em vào học sau ngày đầu học kì I", code="DP-23", source=_RATE, dimensions=_BY,
        top=Measure(ENROLMENTS.name, count, true("came_later")),
    ),
    Indicator(
        name="roster.transferred_in", label="Lượt chuyển đến trong năm", unit="lượt", group=_GROUP, short="Chuyển đến",
        definition="Số lượt học sinh chuyển đến từ trường khác, trong hay ngoài tỉnh, từ sau ngày đầu học kì I.",
        formula="Đếm lượt chuyển đến", code="DP-24", source=_TRANSFER, dimensions=_MOVES,
        top=_events("transferred_in"),
    ),
    Indicator(
        name="roster.transferred_out", label="Học sinh chuyển đi trong năm", unit="học sinh", group=_GROUP,
        short="Chuyển đi", code="DP-25", source=_TRANSFER, dimensions=_BY,
        definition="Số học sinh đã chuyển sang trường khác, trong hay ngoài tỉnh, từ sau ngày đầu học kì I. Chuyển "
        "trường không phải bỏ học.",
        formula="Đếm em có trạng thái chuyển đi",
        top=Measure(ENROLMENTS.name, count, both(is_one_of("left_as", "transferred_out"), true("left_later"))),
    ),
    Indicator(
        name="roster.left_province", label="Học sinh chuyển ra ngoài tỉnh", unit="học sinh", group=_GROUP,
        short="Ra ngoài tỉnh", code="DP-26", source=_TRANSFER, dimensions=_BY,
        definition="Số học sinh đã chuyển đi mà không có mặt ở trường nào khác trong tỉnh trong năm học này.",
        formula="Đếm em chuyển đi, không còn học ở trường nào trong tỉnh", about_children=True,
        top=Measure(ENROLMENTS.name, count, both(true("left_province"), true("left_later"))),
    ),
    Indicator(
        name="roster.dropouts", label="Học sinh bỏ học", unit="học sinh", group=_GROUP, short="Bỏ học", code="DP-27",
        definition="Số học sinh có trạng thái bỏ học từ sau ngày đầu học kì I. Em đã học trở lại không còn tính.",
        formula="Đếm em bỏ học trong năm", source=_RATE, direction="down", target=0, amber=1, red=20,
        about_children=True, dimensions=_BY, top=Measure(ENROLMENTS.name, count, _DROPPED),
    ),
    Indicator(
        name="roster.dropout_rate", label="Tỷ lệ bỏ học", unit="%", group=_GROUP, scale=100, decimals=2,
        short="Tỷ lệ bỏ học", code="DP-28", source=_RATE, direction="down", target=0.1, amber=0.3, red=0.5,
        definition="Cứ 100 học sinh đầu năm học thì bao nhiêu em bỏ học trong năm. Em chuyển trường không tính là bỏ "
        "học.",
        formula="Số học sinh bỏ học trong năm ÷ số học sinh đầu năm học × 100", about_children=True, dimensions=_BY,
        top=Measure(ENROLMENTS.name, count, _DROPPED), bottom=AT_START,
    ),
    Indicator(
        name="roster.dropout_girls", label="Học sinh nữ bỏ học", unit="học sinh", group=_GROUP, short="Nữ bỏ học",
        definition="Trong số học sinh bỏ học trong năm, bao nhiêu em là nữ.", formula="Đếm học sinh nữ bỏ học",
        code="DP-29", source=_RATE, direction="down", target=0, amber=1, red=10, about_children=True,
        dimensions=("level", "grade", "minority", "ownership", "region", "school_level"),
        top=Measure(ENROLMENTS.name, count, both(_DROPPED, is_one_of("sex", 2))),
    ),
    Indicator(
        name="roster.dropout_hardship", label="Lượt bỏ học vì khó khăn, đi làm, lấy chồng lấy vợ", unit="lượt",
        group=_GROUP, short="Bỏ học vì khó khăn", code="DP-30", source=_RATE, direction="down", target=0, amber=1,
        red=10, about_children=True, dimensions=_MOVES,
        definition="Số lượt bỏ học trong năm mà lý do ghi là hoàn cảnh khó khăn, đi làm, nhà xa hoặc lập gia đình "
        "sớm: những em chính quyền xã có thể giúp trở lại.",
        formula="Đếm lượt bỏ học có lý do khó khăn, đi làm, nhà xa, lập gia đình sớm",
        top=Measure(
            EVENTS.name, count, both(is_one_of("movement", "dropped"),
                                     is_one_of("reason", "poor", "work", "far", "married")),
        ),
    ),
    Indicator(
        name="roster.dropout_moves", label="Lượt bỏ học theo tháng và lý do", unit="lượt", group=_GROUP,
        short="Lượt bỏ học", code="DP-31", source=_RATE, direction="down", target=0, amber=1, red=20,
        definition="Số lượt ghi bỏ học trong năm, kể cả em sau đó đã học trở lại; xem được theo tháng và lý do.",
        formula="Đếm lượt bỏ học", about_children=True, dimensions=(*_MOVES, "reason"), top=_events("dropped"),
    ),
    Indicator(
        name="roster.returned", label="Lượt học trở lại", unit="lượt", group=_GROUP, short="Học trở lại", code="DP-32",
        definition="Số lượt học sinh đã nghỉ hoặc bỏ học rồi trở lại lớp trong năm.", formula="Đếm lượt trở lại",
        source=_RATE, direction="up", about_children=True, dimensions=_MOVES, top=_events("returned"),
    ),
    Indicator(
        name="roster.reserved", label="Học sinh đang bảo lưu", unit="học sinh", group=_GROUP, short="Đang bảo lưu",
        definition="Số học sinh đang tạm nghỉ có bảo lưu kết quả.", formula="Đếm em có trạng thái bảo lưu",
        code="DP-33", source="Điều lệ trường học (TT 15/2026/TT-BGDĐT)", about_children=True, dimensions=_BY,
        top=Measure(ENROLMENTS.name, count, is_one_of("left_as", "reserved")),
    ),
    Indicator(
        name="roster.class_changes", label="Lượt chuyển lớp trong trường", unit="lượt", group=_GROUP,
        short="Chuyển lớp", code="DP-34", source="Quy chế của trường", dimensions=_MOVES,
        definition="Số lượt học sinh chuyển từ lớp này sang lớp khác của cùng trường từ sau ngày đầu học kì I.",
        formula="Đếm lượt chuyển lớp", top=_events("class_changed"),
    ),
    Indicator(
        name="roster.transfers_open", label="Đơn chuyển trường đang làm", unit="đơn", group=_GROUP, short="Đơn chuyển",
        definition="Số đơn chuyển trường chưa xong, tính ở trường đang phải làm bước tiếp theo: trường mới trả lời và "
        "xếp lớp, trường cũ bàn giao hồ sơ.",
        formula="Đếm đơn chờ trả lời, chờ bàn giao, chờ xếp lớp", code="DP-35", source=_TRANSFER,
        top=Measure(TRANSFERS.name, count),
    ),
    Indicator(
        name="roster.transfers_late", label="Đơn chuyển trường quá hạn", unit="đơn", group=_GROUP, short="Đơn quá hạn",
        definition="Số đơn chuyển trường mà trường đang giữ bước tiếp theo đã để quá hạn trả lời, bàn giao hay xếp "
        "lớp.",
        formula="Đếm đơn quá hạn", code="DP-36", source=_TRANSFER, direction="down", target=0, amber=1, red=10,
        top=Measure(TRANSFERS.name, count, true("is_late")),
    ),
    Indicator(
        name="roster.transition", label="Tỷ lệ chuyển cấp", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Chuyển cấp", code="DP-37", source=_RATE, direction="up", target=99.5, amber=98, red=95,
        definition="Trong số học sinh hoàn thành tiểu học, THCS năm trước, bao nhiêu phần trăm năm nay có tên ở khối "
        "6, khối 10 trong tỉnh; tính ở trường các em đã học xong. Năm đầu dùng Khuê, hồ sơ chưa nối qua hai năm, thì "
        "chưa có số.",
        formula="Số em vào khối 6, khối 10 năm nay ÷ số em hoàn thành khối 5, khối 9 năm trước × 100",
        dimensions=_BY, about_children=True,
        top=Measure(LEAVERS.name, count, true("went_on")), bottom=Measure(LEAVERS.name, count),
    ),
    Indicator(
        name="roster.transition_primary", label="Tỷ lệ vào lớp 6", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Vào lớp 6", code="DP-38", source=_RATE, direction="up", target=100, amber=99, red=97, levels=("TH",),
        definition="Trong số học sinh hoàn thành tiểu học năm trước, bao nhiêu phần trăm năm nay học khối 6 trong "
        "tỉnh.",
        formula="Số em vào khối 6 năm nay ÷ số em hoàn thành khối 5 năm trước × 100", about_children=True,
        dimensions=("sex", "minority", "ownership", "region", "school_level"),
        top=Measure(LEAVERS.name, count, both(is_one_of("grade", 5), true("went_on"))),
        bottom=Measure(LEAVERS.name, count, is_one_of("grade", 5)),
    ),
)  # fmt: skip
