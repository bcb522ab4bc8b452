"""Indicators over the results of terms and years: levels, conduct, awards, promotion, completion."""

from __future__ import annotations

from typing import Final

from khue.kernel.indicators.declare import Expression, Indicator, Measure
from khue.kernel.indicators.expressions import both, count, from_, is_one_of
from khue.registry.roster.facts import ENROLMENTS
from khue.registry.roster.figures_movement import JUDGED
from khue.school.gradebook.facts import RESULTS

_GROUP: Final = "Kết quả học tập, rèn luyện"
_END: Final = "Kết quả cuối năm"
_TT22, _TT27, _RATE = (
    "TT 22/2021/TT-BGDĐT",
    "TT 27/2020/TT-BGDĐT",
    "TT 03/2024/TT-BGDĐT; cách tính của thống kê ngành",
)
_BY: Final = ("level", "grade", "sex", "minority", "ownership", "region", "school_level")
_SECONDARY: Final = ("THCS", "THPT", "GDTX")
_OLDER: Final = is_one_of("level", *_SECONDARY)
_YEAR: Final = is_one_of("term", 0)
_LEVELLED: Final[Expression] = lambda t: t.learning != ""  # noqa: E731
_CONDUCTED: Final[Expression] = lambda t: t.conduct != ""  # noqa: E731
_DECIDED: Final = both(_YEAR, lambda t: ~t.outcome.isin(["", "CHUA_DU"]))
_UP: Final = is_one_of("outcome", "LEN_LOP", "HOAN_THANH")
_TERMS: Final = ((1, "term1", "học kì I", "HKI"), (0, "year", "cả năm", "năm"))


def _share(
    name: str, label: str, short: str, code: str, words: str, formula: str, of: Expression, which: Expression, *,
    source: str = _TT22, direction: str = "", amber: float | None = None, red: float | None = None,
    levels: tuple[str, ...] = (), group: str = _GROUP,
) -> Indicator:  # fmt: skip
    return Indicator(
        name=name, label=label, unit="%", group=group, scale=100, decimals=1, short=short, code=code, source=source,
        definition=words, formula=formula, direction="up" if direction == "up" else "down" if direction else "",
        amber=amber, red=red, levels=levels, about_children=True, dimensions=_BY,
        top=Measure(RESULTS.name, count, both(of, which)), bottom=Measure(RESULTS.name, count, of),
    )  # fmt: skip


def _learning(
    number: int, code: str, level: str, words: str, direction: str, bounds: tuple[float, ...]
) -> Indicator:
    term, key, when, short = _TERMS[number]
    amber, red = bounds or (None, None)
    return _share(
        f"gradebook.{key}_{level.lower()}", f"Tỷ lệ học tập mức {words} {when}", f"Học tập {words} {short}", code,
        f"Trong số học sinh THCS, THPT và học viên GDTX đã có kết quả học tập {when}, bao nhiêu phần trăm đạt mức "
        f"{words}.",
        f"Số em mức {words} ÷ số em đã có kết quả học tập × 100",
        both(_OLDER, is_one_of("term", term), _LEVELLED), is_one_of("learning", level), direction=direction,
        amber=amber, red=red, levels=_SECONDARY,
    )  # fmt: skip


def _conduct(
    number: int, code: str, level: str, words: str, direction: str, bounds: tuple[float, ...]
) -> Indicator:
    term, key, when, short = _TERMS[number]
    amber, red = bounds or (None, None)
    return _share(
        f"gradebook.{key}_conduct_{level.lower()}", f"Tỷ lệ rèn luyện mức {words} {when}",
        f"Rèn luyện {words} {short}", code,
        f"Trong số học sinh THCS, THPT và học viên GDTX đã có kết quả rèn luyện {when}, bao nhiêu phần trăm đạt mức "
        f"{words}.",
        f"Số em mức {words} ÷ số em đã có kết quả rèn luyện × 100",
        both(_OLDER, is_one_of("term", term), _CONDUCTED), is_one_of("conduct", level), direction=direction,
        amber=amber, red=red, levels=_SECONDARY,
    )  # fmt: skip


def _primary(
    code: str, level: str, words: str, short: str, direction: str, bounds: tuple[float, ...]
) -> Indicator:
    amber, red = bounds or (None, None)
    return _share(
        f"gradebook.primary_{level.lower()}", f"Tỷ lệ học sinh tiểu học {words}", short, code,
        f"Trong số học sinh tiểu học đã có kết quả giáo dục cả năm, bao nhiêu phần trăm được đánh giá {words}.",
        f"Số em {words} ÷ số em đã có kết quả × 100", both(is_one_of("level", "TH"), _YEAR, _LEVELLED),
        is_one_of("learning", level), source=_TT27, direction=direction, amber=amber, red=red, levels=("TH",),
    )  # fmt: skip


INDICATORS: Final = (
    _learning(0, "DP-160", "TOT", "Tốt", "up", ()),
    _learning(0, "DP-161", "KHA", "Khá", "", ()),
    _learning(0, "DP-162", "DAT", "Đạt", "", ()),
    _learning(0, "DP-163", "CHUA_DAT", "Chưa đạt", "down", (5, 10)),
    _learning(1, "DP-164", "TOT", "Tốt", "up", ()),
    _learning(1, "DP-165", "KHA", "Khá", "", ()),
    _learning(1, "DP-166", "DAT", "Đạt", "", ()),
    _learning(1, "DP-167", "CHUA_DAT", "Chưa đạt", "down", (3, 6)),
    _conduct(0, "DP-168", "TOT", "Tốt", "up", (85, 75)),
    _conduct(1, "DP-169", "TOT", "Tốt", "up", (85, 75)),
    _conduct(1, "DP-170", "CHUA_DAT", "Chưa đạt", "down", (0.5, 1)),
    _primary("DP-171", "EXCELLENT", "Hoàn thành xuất sắc", "Hoàn thành xuất sắc", "up", ()),
    _primary("DP-172", "WELL", "Hoàn thành tốt", "Hoàn thành tốt", "up", ()),
    _primary("DP-173", "DONE", "Hoàn thành", "Hoàn thành", "", ()),
    _primary("DP-174", "NOT_DONE", "Chưa hoàn thành", "Chưa hoàn thành", "down", (1, 3)),
    _share(
        "gradebook.incomplete", "Tỷ lệ học sinh còn thiếu điểm ở học kì I", "Thiếu điểm HKI", "DP-175",
        "Trong số học sinh THCS, THPT và học viên GDTX đã tính kết quả học kì I, bao nhiêu phần trăm còn môn chưa đủ "
        "điểm nên chưa xếp mức được.",
        "Số em còn môn chưa đủ điểm ÷ số em đã tính kết quả × 100", both(_OLDER, is_one_of("term", 1)),
        from_("missing", 1), direction="down", amber=1, red=5, levels=_SECONDARY,
    ),
    _share(
        "gradebook.awarded", "Tỷ lệ học sinh được khen thưởng cuối năm", "Được khen thưởng", "DP-176",
        "Trong số học sinh đã có kết quả cả năm, bao nhiêu phần trăm được danh hiệu Học sinh Xuất sắc, Học sinh Giỏi "
        "(tiểu học: Xuất sắc, Tiêu biểu).",
        "Số em có danh hiệu ÷ số em đã có kết quả cả năm × 100", both(_YEAR, _LEVELLED), lambda t: t.award != "",
        source=f"{_TT22}; {_TT27}", direction="up", group=_END,
    ),
    Indicator(
        name="gradebook.excellent", label="Học sinh Xuất sắc", unit="học sinh", group=_END, short="Học sinh Xuất sắc",
        definition="Số học sinh được danh hiệu Học sinh Xuất sắc cuối năm học.", formula="Đếm em có danh hiệu Xuất sắc",
        code="DP-177", source=f"{_TT22}; {_TT27}", direction="up", dimensions=_BY, about_children=True,
        top=Measure(RESULTS.name, count, both(_YEAR, is_one_of("award", "XUAT_SAC"))),
    ),
    _share(
        "gradebook.promoted", "Tỷ lệ lên lớp, hoàn thành chương trình lớp học", "Lên lớp", "DP-178",
        "Trong số học sinh cuối năm đã xét, bao nhiêu phần trăm được lên lớp hoặc hoàn thành chương trình lớp học, kể "
        "cả sau kiểm tra lại và rèn luyện hè.",
        "Số em lên lớp ÷ số em đã xét cuối năm × 100", _DECIDED, _UP, source=_RATE, direction="up", amber=98, red=95,
        group=_END,
    ),
    Indicator(
        name="gradebook.retained", label="Học sinh ở lại lớp", unit="học sinh", group=_END, short="Ở lại lớp",
        definition="Số học sinh cuối năm phải ở lại lớp.", formula="Đếm em có kết quả ở lại lớp", code="DP-179",
        source=_RATE, direction="down", target=0, amber=1, red=50, dimensions=_BY, about_children=True,
        top=Measure(RESULTS.name, count, both(_YEAR, is_one_of("outcome", "O_LAI"))),
    ),
    Indicator(
        name="gradebook.retention_rate", label="Tỷ lệ lưu ban", unit="%", group=_END, scale=100, decimals=2,
        short="Tỷ lệ lưu ban", code="DP-180", source=_RATE, direction="down", target=0.3, amber=1, red=2,
        definition="Cứ 100 học sinh đầu năm học thì bao nhiêu em cuối năm phải ở lại lớp. Có số từ khi học kì II kết "
        "thúc.",
        formula="Số học sinh ở lại lớp ÷ số học sinh đầu năm học × 100", about_children=True, dimensions=_BY,
        top=Measure(RESULTS.name, count, both(_YEAR, is_one_of("outcome", "O_LAI"))), bottom=JUDGED,
    ),
    Indicator(
        name="gradebook.pending", label="Học sinh chờ kiểm tra lại, rèn luyện hè", unit="học sinh", group=_END,
        short="Chờ sau hè", code="DP-181", source=f"{_TT22}; {_TT27}", direction="down", dimensions=(*_BY, "outcome"),
        definition="Số học sinh cuối năm còn chờ kiểm tra lại, đánh giá bổ sung, rèn luyện trong hè hoặc hiệu trưởng "
        "xét.",
        formula="Đếm em có kết quả cuối năm còn chờ", about_children=True,
        top=Measure(
            RESULTS.name, count,
            both(_YEAR, is_one_of("outcome", "KIEM_TRA_LAI", "REN_LUYEN_HE", "BO_SUNG", "HIEU_TRUONG_XET")),
        ),
    ),
    *(
        Indicator(
            name=f"gradebook.completed_{grade}", label=f"Tỷ lệ hoàn thành {words}", unit="%", group=_END, scale=100,
            decimals=1, short=short, code=code, source=_RATE, direction="up", target=100, amber=99, red=97,
            definition=f"Cứ 100 học sinh khối {grade} đầu năm học thì bao nhiêu em cuối năm {words_done}. Có số từ "
            "khi học kì II kết thúc.",
            formula=f"Số em khối {grade} {words_done} ÷ số em khối {grade} đầu năm học × 100", levels=levels,
            dimensions=("sex", "minority", "ownership", "region", "school_level"), about_children=True,
            top=Measure(RESULTS.name, count, both(_YEAR, is_one_of("grade", grade), _UP)),
            bottom=Measure(ENROLMENTS.name, count, both(is_one_of("grade", grade), lambda t: t.at_start & t.is_taught)),
        )
        for grade, words, words_done, short, code, levels in (
            (5, "chương trình tiểu học", "hoàn thành chương trình tiểu học", "Hoàn thành tiểu học", "DP-182", ("TH",)),
            (9, "chương trình THCS", "hoàn thành chương trình THCS", "Hoàn thành THCS", "DP-183", ("THCS", "GDTX")),
            (12, "lớp 12", "đủ điều kiện hoàn thành lớp 12", "Hoàn thành lớp 12", "DP-184", ("THPT", "GDTX")),
        )
    ),
)  # fmt: skip
