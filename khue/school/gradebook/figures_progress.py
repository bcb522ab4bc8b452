"""Indicators over how far the marks have come, what waits and what looks odd."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Expression, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, is_one_of, total, true
from khue.school.gradebook.facts import FINDINGS, PROGRESS, REVIEWS, SHEETS, UNLOCKS

_GROUP: Final = "Tiến độ vào điểm"
_WATCH: Final = "Giám sát điểm"
_RULE: Final = "TT 22/2021/TT-BGDĐT; TT 27/2020/TT-BGDĐT; lịch vào điểm của Sở"
_BY: Final = ("level", "grade", "subject", "term", "ownership", "region", "school_level")
_OF: Final = ("term", "ownership", "region", "school_level")


def _late(table: object) -> object:
    return table["due"].sum() - table["done"].sum()  # type: ignore[index]


def _share(
    name: str, label: str, short: str, code: str, words: str, formula: str, top: str, bottom: str,
    where: Expression | None = None, *, is_judged: bool = True, levels: tuple[str, ...] = (),
) -> Indicator:  # fmt: skip
    return Indicator(
        name=name, label=label, unit="%", group=_GROUP, scale=100, decimals=1, short=short, code=code, source=_RULE,
        definition=words, formula=formula, direction="up", target=100 if is_judged else None,
        amber=98 if is_judged else None, red=90 if is_judged else None, dimensions=_BY, levels=levels,
        top=Measure(SHEETS.name, total(top), where), bottom=Measure(SHEETS.name, total(bottom), where),
    )  # fmt: skip


INDICATORS: Final = (
    _share(
        "gradebook.done", "Tiến độ vào điểm đúng hạn", "Vào điểm đúng hạn", "DP-120",
        "Trong các ô điểm, ô nhận xét mức đạt đã đến hạn của năm học, bao nhiêu phần trăm đã vào xong. Em được miễn, "
        "đã kiểm tra bù thì ô coi như xong; em vắng chưa kiểm tra bù thì chưa.",
        "Số ô đã vào ÷ số ô đã đến hạn × 100", "done", "due",
    ),
    _share(
        "gradebook.middle_done", "Tiến độ vào điểm giữa kì", "Điểm giữa kì", "DP-121",
        "Trong các ô giữa kì đã đến hạn, bao nhiêu phần trăm đã vào xong.",
        "Số ô giữa kì đã vào ÷ số ô giữa kì đã đến hạn × 100", "middle_done", "middle_due",
    ),
    _share(
        "gradebook.final_done", "Tiến độ vào điểm cuối kì", "Điểm cuối kì", "DP-122",
        "Trong các ô cuối kì, rèn luyện, số buổi vắng đã đến hạn, bao nhiêu phần trăm đã vào xong.",
        "Số ô cuối kì đã vào ÷ số ô cuối kì đã đến hạn × 100", "final_done", "final_due",
    ),
    _share(
        "gradebook.primary_progress", "Tiến độ đánh giá của tiểu học", "Đánh giá tiểu học", "DP-123",
        "Trong các ô mức đạt, điểm kiểm tra, phẩm chất, năng lực của tiểu học đã đến hạn, bao nhiêu phần trăm đã vào.",
        "Số ô tiểu học đã vào ÷ số ô tiểu học đã đến hạn × 100", "done", "due", is_one_of("level", "TH"),
        levels=("TH",),
    ),
    _share(
        "gradebook.secondary_progress", "Tiến độ vào điểm của THCS, THPT", "Điểm THCS, THPT", "DP-124",
        "Trong các ô điểm, nhận xét, rèn luyện của THCS, THPT và giáo dục thường xuyên đã đến hạn, bao nhiêu phần trăm "
        "đã vào.",
        "Số ô đã vào ÷ số ô đã đến hạn × 100", "done", "due", is_one_of("level", "THCS", "THPT", "GDTX"),
        levels=("THCS", "THPT", "GDTX"),
    ),
    _share(
        "gradebook.entered", "Phần sổ điểm cả năm đã vào", "Sổ điểm đã vào", "DP-125",
        "Trong mọi ô của sổ điểm hai học kì, kể cả ô chưa đến hạn, bao nhiêu phần trăm đã vào.",
        "Số ô đã vào ÷ số ô của cả năm × 100", "entered", "cells", is_judged=False,
    ),
    Indicator(
        name="gradebook.late_cells", label="Ô điểm quá hạn chưa vào", unit="ô", group=_GROUP, short="Ô điểm quá hạn",
        definition="Số ô điểm, nhận xét đã qua hạn mà còn trống.", formula="Số ô đã đến hạn − số ô đã vào",
        code="DP-126", source=_RULE, direction="down", target=0, amber=1, red=5000, dimensions=_BY,
        top=Measure(SHEETS.name, _late),
    ),
    Indicator(
        name="gradebook.late_sheets", label="Trang sổ điểm chậm", unit="trang", group=_GROUP, short="Trang sổ chậm",
        definition="Số trang sổ điểm (một môn của một lớp trong một học kì, hoặc trang của chủ nhiệm) còn ô quá hạn.",
        formula="Đếm trang sổ còn ô quá hạn", code="DP-127", source=_RULE, direction="down", target=0, amber=1, red=200,
        dimensions=_BY, top=Measure(SHEETS.name, count, true("is_late")),
    ),
    Indicator(
        name="gradebook.late_sheet_rate", label="Tỷ lệ trang sổ điểm chậm", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Tỷ lệ trang chậm", code="DP-128", source=_RULE, direction="down", target=0, amber=5, red=20,
        definition="Trong các trang sổ điểm đã có ô đến hạn, bao nhiêu phần trăm còn ô quá hạn.",
        formula="Số trang chậm ÷ số trang đã có ô đến hạn × 100", dimensions=_BY,
        top=Measure(SHEETS.name, count, true("is_late")),
        bottom=Measure(SHEETS.name, count, lambda t: t.due > 0),
    ),
    Indicator(
        name="gradebook.late_teachers", label="Giáo viên còn nợ điểm", unit="lượt", group=_GROUP, short="GV nợ điểm",
        definition="Số giáo viên còn ít nhất một trang sổ chậm, cộng theo học kì; lấy từ bảng tiến độ của từng trường.",
        formula="Tổng số giáo viên chậm của các trường", code="DP-129", source=_RULE, direction="down", target=0,
        amber=1, red=100, dimensions=_OF, top=Measure(PROGRESS.name, total("late_teachers")),
    ),
    Indicator(
        name="gradebook.late_schools", label="Trường còn trang sổ điểm chậm", unit="lượt", group=_GROUP,
        short="Trường chậm điểm", code="DP-130", source=_RULE, direction="down", target=0, amber=1, red=50,
        definition="Số trường còn ít nhất một trang sổ chậm, cộng theo học kì.", formula="Đếm trường có trang sổ chậm",
        dimensions=_OF, top=Measure(PROGRESS.name, count, lambda t: t.late_sheets > 0),
    ),
    Indicator(
        name="gradebook.term1_approved", label="Tỷ lệ lớp đã duyệt kết quả học kì I", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Duyệt kết quả HKI", code="DP-131", source=_RULE, direction="up", target=100, amber=95,
        red=80, dimensions=("level", "grade", "ownership", "region", "school_level"),
        definition="Sau khi học kì I kết thúc: trong các lớp phổ thông và GDTX, bao nhiêu phần trăm đã được hiệu "
        "trưởng duyệt kết quả học kì I. Trước ngày đó chưa có số.",
        formula="Số lớp đã duyệt ÷ số lớp × 100",
        top=Measure(REVIEWS.name, count, both(is_one_of("term", 1), true("is_over"),
                                              is_one_of("review_state", "approved"))),
        bottom=Measure(REVIEWS.name, count, both(is_one_of("term", 1), true("is_over"))),
    ),
    Indicator(
        name="gradebook.year_approved", label="Tỷ lệ lớp đã duyệt kết quả cả năm", unit="%", group=_GROUP, scale=100,
        decimals=1, short="Duyệt kết quả năm", code="DP-132", source=_RULE, direction="up", target=100, amber=95,
        red=80, dimensions=("level", "grade", "ownership", "region", "school_level"),
        definition="Sau khi học kì II kết thúc: trong các lớp phổ thông và GDTX, bao nhiêu phần trăm đã được hiệu "
        "trưởng duyệt kết quả cả năm. Trước ngày đó chưa có số.",
        formula="Số lớp đã duyệt ÷ số lớp × 100",
        top=Measure(REVIEWS.name, count, both(is_one_of("term", 0), true("is_over"),
                                              is_one_of("review_state", "approved"))),
        bottom=Measure(REVIEWS.name, count, both(is_one_of("term", 0), true("is_over"))),
    ),
    Indicator(
        name="gradebook.unlocks_waiting", label="Đề nghị mở khóa điểm chờ duyệt", unit="đề nghị", group=_WATCH,
        short="Chờ mở khóa", code="DP-133", source=_RULE, direction="down", target=0, amber=1, red=50,
        definition="Số đề nghị mở khóa để sửa điểm mà hiệu trưởng chưa trả lời.", formula="Đếm đề nghị chờ duyệt",
        dimensions=("level", "grade", "term"), top=Measure(UNLOCKS.name, count, is_one_of("state", "asked")),
    ),
    Indicator(
        name="gradebook.unlocks_granted", label="Lần mở khóa điểm", unit="lần", group=_WATCH, short="Lần mở khóa",
        definition="Số lần sổ điểm đã được mở khóa trong năm học để sửa sau ngày khóa.", code="DP-134", source=_RULE,
        formula="Đếm đề nghị đã được mở, kể cả đã khóa lại", direction="down", dimensions=("level", "grade", "term"),
        top=Measure(UNLOCKS.name, count, is_one_of("state", "granted", "closed")),
    ),
    Indicator(
        name="gradebook.findings_open", label="Dấu hiệu bất thường chưa ai xem", unit="dấu hiệu", group=_WATCH,
        short="Dấu hiệu bất thường", code="DP-135", source=_RULE, direction="down", target=0, amber=1, red=100,
        definition="Số dấu hiệu cần người xem trên sổ điểm: sửa sau khóa, điểm giống nhau cả lớp, vào dồn một lúc và "
        "các dấu hiệu khác, chưa được giải thích hay chấp nhận. Dấu hiệu không phải kết luận.",
        formula="Đếm dấu hiệu còn mở", dimensions=("level", "grade", "term"),
        top=Measure(FINDINGS.name, count, is_one_of("state", "open")),
    ),
    Indicator(
        name="gradebook.findings", label="Dấu hiệu bất thường trong năm", unit="dấu hiệu", group=_WATCH,
        short="Dấu hiệu trong năm", code="DP-136", source=_RULE, dimensions=("level", "grade", "term"),
        definition="Số dấu hiệu bất thường đã thấy trong năm học, kể cả đã giải thích, đã chấp nhận.",
        formula="Đếm mọi dấu hiệu", top=Measure(FINDINGS.name, count),
    ),
)  # fmt: skip
