"""Indicators over marks as they are entered and over the averages of subjects."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Expression, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, false, from_, is_one_of, known, total, true, under
from khue.school.gradebook.facts import MARKS

_GROUP: Final = "Điểm số"
_TT22, _TT27 = "TT 22/2021/TT-BGDĐT", "TT 27/2020/TT-BGDĐT"
_BY: Final = ("level", "grade", "subject", "term", "school_level")
_SECONDARY: Final = ("THCS", "THPT", "GDTX")
_OLDER: Final = is_one_of("level", *_SECONDARY)
_AVERAGED: Final = both(_OLDER, true("is_scored"), known("average"))
_JUDGED: Final = both(_OLDER, false("is_scored"), known("average"))
_REACHED: Final = both(is_one_of("level", "TH"), known("reached"))


def _share(
    name: str, label: str, short: str, code: str, words: str, formula: str, top: Measure, bottom: Measure, *,
    source: str = _TT22, direction: str = "down", amber: float | None = None, red: float | None = None,
    levels: tuple[str, ...] = _SECONDARY,
) -> Indicator:  # fmt: skip
    return Indicator(
        name=name, label=label, unit="%", group=_GROUP, scale=100, decimals=1, short=short, code=code, source=source,
        definition=words, formula=formula, direction="up" if direction == "up" else "down", amber=amber, red=red,
        dimensions=_BY, levels=levels, about_children=True, top=top, bottom=bottom,
    )  # fmt: skip


def _mean(name: str, subject: str, words: str, short: str, code: str) -> Indicator:
    where: Expression = both(_AVERAGED, is_one_of("subject", subject))
    return Indicator(
        name=name, label=f"Điểm trung bình môn {words}", unit="điểm", group=_GROUP, scale=0.1, decimals=2, short=short,
        code=code, source=_TT22, direction="up", amber=6, red=5, levels=_SECONDARY, about_children=True,
        dimensions=("level", "grade", "term", "school_level"),
        definition=f"Bình quân điểm trung bình môn học kì của học sinh ở môn {words}, chỉ tính em đã đủ điểm.",
        formula="Tổng điểm trung bình môn ÷ số em đã có điểm trung bình môn",
        top=Measure(MARKS.name, total("average"), where), bottom=Measure(MARKS.name, count, where),
    )  # fmt: skip


INDICATORS: Final = (
    Indicator(
        name="gradebook.marks", label="Điểm đã vào", unit="điểm", group=_GROUP, short="Điểm đã vào", code="DP-140",
        definition="Số điểm thang 10 đang có trong sổ của học sinh trong lớp: điểm thường xuyên, giữa kì, cuối kì, và "
        "điểm bài kiểm tra của tiểu học.",
        formula="Đếm ô có điểm số", source=f"{_TT22}; {_TT27}", dimensions=_BY,
        top=Measure(MARKS.name, total("entered")),
    ),
    Indicator(
        name="gradebook.mark_mean", label="Điểm bình quân các ô điểm", unit="điểm", group=_GROUP, scale=0.1, decimals=2,
        short="Điểm bình quân", code="DP-141", source=f"{_TT22}; {_TT27}", direction="up", amber=6, red=5,
        dimensions=_BY, about_children=True,
        definition="Bình quân mọi điểm thang 10 đã vào, mỗi điểm tính một lần, không nhân hệ số: xem được ngay giữa "
        "kì.",
        formula="Tổng các điểm ÷ số điểm", top=Measure(MARKS.name, total("total")),
        bottom=Measure(MARKS.name, total("entered")),
    ),
    Indicator(
        name="gradebook.high", label="Tỷ lệ điểm từ 8 trở lên", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Điểm từ 8", code="DP-142", source=f"{_TT22}; {_TT27}", direction="up", dimensions=_BY,
        about_children=True, definition="Trong mọi điểm thang 10 đã vào, bao nhiêu phần trăm từ 8,0 trở lên.",
        formula="Số điểm từ 8,0 ÷ số điểm × 100", top=Measure(MARKS.name, total("high")),
        bottom=Measure(MARKS.name, total("entered")),
    ),
    Indicator(
        name="gradebook.low", label="Tỷ lệ điểm dưới 5", unit="%", group=_GROUP, scale=100, decimals=1,
        short="Điểm dưới 5", code="DP-143", source=f"{_TT22}; {_TT27}", direction="down", amber=15, red=25,
        dimensions=_BY, about_children=True,
        definition="Trong mọi điểm thang 10 đã vào, bao nhiêu phần trăm dưới 5,0.",
        formula="Số điểm dưới 5,0 ÷ số điểm × 100", top=Measure(MARKS.name, total("low")),
        bottom=Measure(MARKS.name, total("entered")),
    ),
    _share(
        "gradebook.average_high", "Tỷ lệ điểm trung bình môn từ 8 trở lên", "TB môn từ 8", "DP-144",
        "Trong các điểm trung bình môn học kì đã đủ, bao nhiêu phần trăm từ 8,0 trở lên.",
        "Số điểm trung bình môn từ 8,0 ÷ số điểm trung bình môn × 100",
        Measure(MARKS.name, count, both(_AVERAGED, from_("average", 80))), Measure(MARKS.name, count, _AVERAGED),
        direction="up",
    ),
    _share(
        "gradebook.average_low", "Tỷ lệ điểm trung bình môn dưới 5", "TB môn dưới 5", "DP-145",
        "Trong các điểm trung bình môn học kì đã đủ, bao nhiêu phần trăm dưới 5,0.",
        "Số điểm trung bình môn dưới 5,0 ÷ số điểm trung bình môn × 100",
        Measure(MARKS.name, count, both(_AVERAGED, under("average", 50))), Measure(MARKS.name, count, _AVERAGED),
        amber=10, red=20,
    ),
    _share(
        "gradebook.average_failing", "Tỷ lệ điểm trung bình môn dưới 3,5", "TB môn dưới 3,5", "DP-146",
        "Trong các điểm trung bình môn học kì đã đủ, bao nhiêu phần trăm dưới 3,5: một môn như vậy là kết quả học tập "
        "chưa đạt.",
        "Số điểm trung bình môn dưới 3,5 ÷ số điểm trung bình môn × 100",
        Measure(MARKS.name, count, both(_AVERAGED, under("average", 35))), Measure(MARKS.name, count, _AVERAGED),
        amber=2, red=5,
    ),
    Indicator(
        name="gradebook.average_mean", label="Điểm trung bình môn bình quân", unit="điểm", group=_GROUP, scale=0.1,
        decimals=2, short="TB môn bình quân", code="DP-147", source=_TT22, direction="up", amber=6, red=5,
        dimensions=_BY, levels=_SECONDARY, about_children=True,
        definition="Bình quân điểm trung bình môn học kì của mọi môn có điểm số, chỉ tính em đã đủ điểm ở môn đó.",
        formula="Tổng điểm trung bình môn ÷ số điểm trung bình môn",
        top=Measure(MARKS.name, total("average"), _AVERAGED), bottom=Measure(MARKS.name, count, _AVERAGED),
    ),
    _mean("gradebook.maths", "TOAN", "Toán", "TB môn Toán", "DP-148"),
    _mean("gradebook.literature", "NGU_VAN", "Ngữ văn", "TB môn Ngữ văn", "DP-149"),
    _mean("gradebook.language", "NGOAI_NGU_1", "Ngoại ngữ 1", "TB môn Ngoại ngữ 1", "DP-150"),
    _share(
        "gradebook.comment_failed", "Tỷ lệ chưa đạt ở môn đánh giá bằng nhận xét", "Nhận xét chưa đạt", "DP-151",
        "Trong các kết quả học kì của môn đánh giá bằng nhận xét ở THCS, THPT, bao nhiêu phần trăm là Chưa đạt.",
        "Số kết quả Chưa đạt ÷ số kết quả × 100",
        Measure(MARKS.name, count, both(_JUDGED, is_one_of("average", 0))), Measure(MARKS.name, count, _JUDGED),
        amber=1, red=3,
    ),
    _share(
        "gradebook.subject_well", "Tỷ lệ mức Hoàn thành tốt ở môn học tiểu học", "Hoàn thành tốt môn", "DP-152",
        "Trong các mức đạt được gần nhất của học sinh tiểu học ở từng môn (cuối kì, nếu chưa có thì giữa kì), bao "
        "nhiêu phần trăm là Hoàn thành tốt.",
        "Số mức Hoàn thành tốt ÷ số mức đã ghi × 100",
        Measure(MARKS.name, count, both(_REACHED, is_one_of("reached", 2))), Measure(MARKS.name, count, _REACHED),
        source=_TT27, direction="up", levels=("TH",),
    ),
    _share(
        "gradebook.subject_not_done", "Tỷ lệ mức Chưa hoàn thành ở môn học tiểu học", "Chưa hoàn thành môn", "DP-153",
        "Trong các mức đạt được gần nhất của học sinh tiểu học ở từng môn, bao nhiêu phần trăm là Chưa hoàn thành.",
        "Số mức Chưa hoàn thành ÷ số mức đã ghi × 100",
        Measure(MARKS.name, count, both(_REACHED, is_one_of("reached", 0))), Measure(MARKS.name, count, _REACHED),
        source=_TT27, amber=2, red=5, levels=("TH",),
    ),
)  # fmt: skip
