"""Figures of roll call: what is copied and counted, and where the rows are shown."""

from __future__ import annotations

from typing import Any, Final

from django.urls import reverse

from khue.kernel.access.actor import Actor
from khue.kernel.indicators.declare import Expression, Figures, Indicator, Measure
from khue.kernel.indicators.expressions import count, from_, total, true
from khue.kernel.indicators.places import Spot, address, may
from khue.school.attendance import facts
from khue.school.attendance.facts import PUPILS, ROLLS, SCHOOLS

_GROUP: Final = "Chuyên cần"
_CALL: Final = "Điểm danh"
_RULE: Final = "TT 22/2021/TT-BGDĐT; Điều lệ trường học"
_BY: Final = ("level", "grade", "month", "ownership", "region", "school_level")
_PUPIL: Final = ("level", "grade", "sex", "ownership", "region", "school_level")
_OF: Final = ("ownership", "region", "school_level")
_TAKEN: Final = "Chỉ tính buổi chính đã điểm danh; học ở nhà không tính."


def _present(table: Any) -> Any:
    return table["expected"].sum() - table["excused"].sum() - table["unexcused"].sum()


def _absent(table: Any) -> Any:
    return table["excused"].sum() + table["unexcused"].sum()


def _share(
    name: str, label: str, short: str, code: str, words: str, formula: str, top: Expression, bottom: Expression,
    direction: str, target: float, amber: float, red: float, group: str = _GROUP,
) -> Indicator:  # fmt: skip
    return Indicator(
        name=name, label=label, unit="%", group=group, scale=100, decimals=1, short=short, code=code, source=_RULE,
        definition=f"{words} {_TAKEN}", formula=formula, direction=direction, target=target, amber=amber, red=red,  # type: ignore[arg-type]
        dimensions=_BY, top=Measure(ROLLS.name, top), bottom=Measure(ROLLS.name, bottom),
    )  # fmt: skip


def _pupils(
    name: str, label: str, short: str, code: str, words: str, formula: str, where: Expression, amber: float, red: float
) -> Indicator:  # fmt: skip
    return Indicator(
        name=name, label=label, unit="học sinh", group=_GROUP, short=short, code=code, source=_RULE, definition=words,
        formula=formula, direction="down", target=0, amber=amber, red=red, dimensions=_PUPIL, about_children=True,
        top=Measure(PUPILS.name, count, where),
    )  # fmt: skip


def _over(sessions: int, code: str, amber: float, red: float, tail: str = "") -> Indicator:
    return _pupils(
        f"attendance.over_{sessions}", f"Học sinh nghỉ quá {sessions} buổi", f"Nghỉ quá {sessions} buổi", code,
        f"Số học sinh đã nghỉ quá {sessions} buổi trong năm học, có phép và không phép, tính theo buổi học chính. "
        f"Đi muộn, về sớm, hoạt động của trường, học ở nhà không tính.{tail}",
        f"Đếm học sinh có số buổi nghỉ từ {sessions + 1} trở lên", from_("missed", sessions + 1), amber, red,
    )  # fmt: skip


INDICATORS: Final = (
    _share(
        "attendance.rate", "Tỷ lệ chuyên cần", "Chuyên cần", "DP-210",
        "Trong số lượt học sinh phải có mặt, bao nhiêu phần trăm có mặt.",
        "Số lượt có mặt ÷ số lượt phải có mặt × 100", _present, total("expected"), "up", 98, 95, 90,
    ),
    _share(
        "attendance.unexcused_rate", "Tỷ lệ vắng không phép", "Vắng không phép", "DP-211",
        "Trong số lượt học sinh phải có mặt, bao nhiêu phần trăm vắng không phép.",
        "Số lượt vắng không phép ÷ số lượt phải có mặt × 100", total("unexcused"), total("expected"), "down", 0, 1, 3,
    ),
    _share(
        "attendance.unexcused_share", "Phần không phép trong số vắng", "Không phép trong vắng", "DP-212",
        "Trong số lượt vắng, bao nhiêu phần trăm không có phép.",
        "Số lượt vắng không phép ÷ số lượt vắng × 100", total("unexcused"), _absent, "down", 0, 30, 60,
    ),
    _share(
        "attendance.late_rate", "Tỷ lệ đi muộn", "Đi muộn", "DP-213",
        "Trong số lượt học sinh phải có mặt, bao nhiêu phần trăm đi muộn.",
        "Số lượt đi muộn ÷ số lượt phải có mặt × 100", total("late"), total("expected"), "down", 0, 3, 6,
    ),
    _share(
        "attendance.on_time", "Tỷ lệ điểm danh đúng giờ", "Điểm danh đúng giờ", "DP-214",
        "Trong số buổi đã điểm danh, bao nhiêu phần trăm được ghi trước khi hết tiết 1.",
        "Số buổi điểm danh đúng giờ ÷ số buổi đã điểm danh × 100", total("on_time"), total("rolls"), "up", 100, 95, 80,
        _CALL,
    ),
    Indicator(
        name="attendance.rolls", label="Buổi đã điểm danh", unit="buổi", group=_CALL, short="Buổi đã điểm danh",
        code="DP-215", source=_RULE, definition=f"Số buổi học của các lớp đã điểm danh trong năm học. {_TAKEN}",
        formula="Đếm buổi đã điểm danh", dimensions=_BY, top=Measure(ROLLS.name, total("rolls")),
    ),
    _over(20, "DP-216", 1, 20),
    _over(35, "DP-217", 1, 5),
    _over(45, "DP-218", 1, 3, " Nghỉ quá 45 buổi thì không được lên lớp."),
    _pupils(
        "attendance.away_3", "Học sinh nghỉ 3 ngày liền", "Nghỉ 3 ngày liền", "DP-219",
        "Số học sinh vắng ở buổi chính của cả ba ngày gần nhất mà lớp đã điểm danh, có phép và không phép.",
        "Đếm học sinh vắng 3 ngày gần nhất", true("away_3"), 1, 10,
    ),
    _pupils(
        "attendance.away_5", "Học sinh nghỉ 5 ngày liền", "Nghỉ 5 ngày liền", "DP-220",
        "Số học sinh vắng ở buổi chính của cả năm ngày gần nhất mà lớp đã điểm danh: em có nguy cơ bỏ học.",
        "Đếm học sinh vắng 5 ngày gần nhất", true("away_5"), 1, 5,
    ),
    Indicator(
        name="attendance.missing_today", label="Buổi hôm nay chưa điểm danh", unit="buổi", group=_CALL,
        short="Chưa điểm danh", code="DP-221", source=_RULE,
        definition="Số buổi học hôm nay của các lớp đã quá giờ điểm danh mà chưa ai ghi, như lần đếm gần nhất. Trường "
        "nghỉ, học ở nhà không tính.",
        formula="Đếm buổi quá giờ điểm danh mà chưa ghi", direction="down", target=0, amber=1, red=10,
        dimensions=_OF, top=Measure(SCHOOLS.name, total("overdue")),
    ),
    Indicator(
        name="attendance.taken_today", label="Tỷ lệ buổi hôm nay đã điểm danh", unit="%", group=_CALL, scale=100,
        decimals=1, short="Đã điểm danh hôm nay", code="DP-222", source=_RULE,
        definition="Trong số buổi học hôm nay đã vào học, bao nhiêu phần trăm đã điểm danh, như lần đếm gần nhất.",
        formula="Số buổi đã điểm danh ÷ số buổi đã vào học × 100", direction="up", target=100, amber=95, red=80,
        dimensions=_OF, top=Measure(SCHOOLS.name, total("taken")), bottom=Measure(SCHOOLS.name, total("due")),
    ),
    Indicator(
        name="attendance.calling", label="Tỷ lệ trường điểm danh điện tử", unit="%", group=_CALL, scale=100, decimals=1,
        short="Điểm danh điện tử", code="DP-223", source=_RULE,
        definition="Trong số trường có lớp của năm học đang chạy, bao nhiêu phần trăm có điểm danh trên Khuê trong 7 "
        "ngày qua.",
        formula="Số trường có điểm danh trong 7 ngày ÷ số trường có lớp × 100", direction="up", target=100, amber=90,
        red=50, dimensions=_OF, top=Measure(SCHOOLS.name, count, true("calls")), bottom=Measure(SCHOOLS.name, count),
    ),
    Indicator(
        name="attendance.leaves_waiting", label="Đơn xin nghỉ chưa trả lời quá 1 ngày", unit="đơn", group=_CALL,
        short="Đơn nghỉ chờ lâu", code="DP-224", source=_RULE,
        definition="Số đơn xin nghỉ phụ huynh gửi đã quá một ngày mà chưa ai trả lời.",
        formula="Đếm đơn chờ trả lời đã gửi quá 24 giờ", direction="down", target=0, amber=1, red=10, dimensions=_OF,
        top=Measure(SCHOOLS.name, total("leaves")),
    ),
)  # fmt: skip

FIGURES: Final = Figures(facts=facts.FACTS, indicators=INDICATORS)


# --- the pages with the rows ------------------------------------------------------------------------------------------
def school_rows(actor: Actor, spot: Spot) -> str:
    """Who has not taken the roll, by school above it and by class in it."""
    return address("attendance:oversight", spot) if may(actor, "attendance.oversee", Spot(spot.unit)) else ""


def roll_rows(actor: Actor, spot: Spot) -> str:
    """The week of the class; above it who has not taken the roll."""
    if spot.class_id and spot.unit.is_school and may(actor, "attendance.view", spot):
        return reverse("attendance:week", args=[spot.class_id])
    return school_rows(actor, spot)


def pupil_rows(actor: Actor, spot: Spot) -> str:
    """The week of the class; above it there is no page with pupils."""
    if spot.class_id and spot.unit.is_school and may(actor, "attendance.view", spot):
        return reverse("attendance:week", args=[spot.class_id])
    return ""
